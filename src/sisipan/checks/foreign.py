"""E7xx, and what of E1xx and E2xx holds for other people's records: their names, their units, their layers.

Offsets in messages are counted as that corpus counts them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from sisipan.checks import spans, texts
from sisipan.checks.context import Record, brief
from sisipan.checks.others import UNITS, Counting, Mark, Other, Rules
from sisipan.checks.spans import SEARCHED
from sisipan.findings import Check, Hit, Place, check, checks_in
from sisipan.offsets import reads
from sisipan.schemas import Schemas


def _hit(mark: Mark, message: str) -> Hit:
    return Hit(mark.place, message, mark.name)


@check("E701", "field-mismatch", "other")
def field_mismatch(other: Other) -> Iterator[Hit]:
    """A record of another corpus does not hold what the fields file says: no text where it should stand, a layer that is no list, an offset that is no integer."""
    yield from other.misfits


def _schema(other: Other) -> Iterator[Hit]:
    yield from other.violations


def _text(check: Check) -> Callable[[Other], Iterator[Hit]]:
    """A check of texts, over another corpus; only where in the text it stands is told in the message."""

    def run(other: Other) -> Iterator[Hit]:
        for hit in check.run(Record("", {"text": other.text}, Schemas({}))):
            yield Hit(Place("text"), f"at code point {hit.place.at[0]}: {hit.message.replace('run `sisipan anchor`', 'count the offsets anew')}")

    return run


def _hash(other: Other) -> Iterator[Hit]:
    if other.text is not None and other.sha256 is not None:
        found = hashlib.sha256(other.text.encode("utf-8", "surrogatepass")).hexdigest()
        if other.sha256 != found:
            yield Hit(Place("hash"), f"the hash is {other.sha256[:12]}… but the text has {found[:12]}…; the text was edited since, or hashed in another form")


def wrong_range(text: str, mark: Mark, counting: Counting) -> str | None:
    """What is wrong with the offsets of a mark as such, or None."""
    start, end, unit = mark.start, mark.end, UNITS[counting.unit]
    if start is None or end is None or mark.at is not None:
        return None
    if start < 0:
        return f"start {start} lies before the text"
    if start >= end + counting.inclusive:
        return f"start {start} is after end {end}, which is inclusive" if counting.inclusive else f"start {start} is not before end {end}"
    if end + counting.inclusive > counting.length(text):
        return f"end {end} lies beyond the text, which has {counting.length(text)} {unit}"
    return f"{start}:{end} cuts a character in two, counted in {unit}"


def other_counting(text: str, mark: Mark, counting: Counting, search: bool = True) -> str:
    """Why offsets may miss their surface: counted in another way, or moved, which is looked for where `search` says so; empty where nothing helps."""
    if mark.surface is None or mark.start is None or mark.end is None:
        return ""
    others = [Counting(unit, inclusive) for unit in (counting.unit, *UNITS) for inclusive in (counting.inclusive, not counting.inclusive)]
    for way in others:
        at = way.read(text, mark.start, mark.end)
        if way != counting and at is not None and reads(text, *at, mark.surface):
            return f"; the offsets fit {way}: convert them, or say so in the fields file"
    if not search:
        return ""
    first = text.find(mark.surface)
    if first < 0 or not mark.surface:
        return "; the surface is nowhere in the text"
    if text.find(mark.surface, first + 1) < 0:
        return "; it stands at {}:{}".format(*counting.write(text, first, first + len(mark.surface)))
    return f"; it stands there {text.count(mark.surface)} times, nowhere at these offsets"


def _range(other: Other) -> Iterator[Hit]:
    searches = SEARCHED // max(1, len(other.text or ""))
    for _, marks in other.layers if other.text is not None else ():
        for mark in marks:
            wrong = wrong_range(other.text, mark, other.counting)
            if wrong:
                searches -= 1
                hint = other_counting(other.text, mark, other.counting, searches >= 0)
                yield _hit(mark, wrong + (hint if "nowhere" not in hint else ""))


def _quote(other: Other) -> Iterator[Hit]:
    searches = SEARCHED // max(1, len(other.text or ""))
    for _, marks in other.layers if other.text is not None else ():
        for mark in marks:
            if mark.at is None or mark.surface is None or reads(other.text, *mark.at, mark.surface):
                continue
            start, end = mark.at
            searches -= 1
            hint = other_counting(other.text, mark, other.counting, searches >= 0)
            yield _hit(mark, f"text is {brief(mark.surface)} but the record has {brief(other.text[start : min(end, start + 200)])}{hint}")


def _untrimmed(other: Other) -> Iterator[Hit]:
    for _, marks in other.layers if other.text is not None else ():
        for mark in marks:
            if mark.at is None:
                continue
            start, end = mark.at
            if (other.text[start].isspace() or other.text[end - 1].isspace()) and (mark.surface is None or reads(other.text, start, end, mark.surface)):
                yield _hit(mark, f"{brief(other.text[start : min(end, start + 200)])} starts or ends with white space; trim it")


def _repeated(marks: Iterable[Mark], key: Callable[[Mark], object]) -> Iterator[tuple[Mark, Mark]]:
    """Each mark whose key an earlier one has, with that one; those whose key is None are passed over."""
    seen: dict[object, Mark] = {}
    for mark in marks:
        at = key(mark)
        if at is not None and seen.setdefault(at, mark) is not mark:
            yield mark, seen[at]


def _duplicate_id(other: Other) -> Iterator[Hit]:
    for rules, marks in other.layers:
        for mark, _ in _repeated(marks, lambda mark: mark.id):
            yield _hit(mark, f"the id {brief(mark.id)} is taken by an earlier span of {rules.name}; give it another")


def _overlap(other: Other) -> Iterator[Hit]:
    for rules, marks in other.layers:
        furthest: Mark | None = None
        for mark in sorted((mark for mark in marks if mark.at is not None and rules.overlap == "forbidden"), key=lambda mark: mark.at):
            same = furthest is not None and (mark.at, mark.label) == (furthest.at, furthest.label)  # E702 tells of those
            if furthest is not None and mark.at[0] < furthest.at[1] and not same:
                yield _hit(mark, f"overlaps {furthest.name} of the same layer; keep one, or cut one short")
            if furthest is None or mark.at[1] > furthest.at[1]:
                furthest = mark


def _unsorted(other: Other) -> Iterator[Hit]:
    for rules, marks in other.layers:
        placed = [mark for mark in marks if mark.at is not None and rules.order == "start"]
        for before, mark in pairwise(placed):
            if mark.at[0] < before.at[0]:
                yield _hit(mark, f"stands after {before.name}; sort the layer by start")


@check("E702", "duplicate-span", "other")
def duplicate_span(other: Other) -> Iterator[Hit]:
    """A layer of another corpus holds a span twice: same offsets, same label. Counts and scores take it for two."""
    for rules, marks in other.layers:
        for mark, first in _repeated(() if rules.twice else marks, lambda mark: (mark.at, mark.label) if mark.at is not None else None):
            yield _hit(mark, f"is {first.name} once more, label and all; keep one")


def _targets(other: Other) -> dict[tuple[str, str], frozenset]:
    """What references may name, by layer and by the way they name it."""
    out: dict[tuple[str, str], frozenset] = {}
    for rules, marks in other.layers:
        out[rules.name, "id"] = frozenset(mark.id for mark in marks if mark.id is not None)
        out[rules.name, "index"] = frozenset(mark.index for mark in marks)
    return out


@check("E703", "dangling-reference", "other")
def dangling_reference(other: Other) -> Iterator[Hit]:
    """A span of another corpus names one that its record does not have: the head of a relation, the claimant of a claim."""
    known = _targets(other)
    for rules, marks in other.layers:
        for mark in marks:
            for reference in rules.references:
                named = mark.references.get(reference.field)
                if named is None or isinstance(named, (str, int)) and named in known.get((reference.layer, reference.by), ()):
                    continue
                what = "is no id" if reference.by == "id" else "is no index"
                yield _hit(mark, f"{reference.field} {brief(named)} {what} of {reference.layer} in this record")


def _label(rules: Rules, mark: Mark) -> str | None:
    if rules.labels and mark.label is not None and mark.label not in rules.labels:
        return f"{brief(mark.label)} is not one of {', '.join(rules.labels[:30])}{', …' if len(rules.labels) > 30 else ''}"
    return None


@check("E704", "unknown-label", "other")
def unknown_label(other: Other) -> Iterator[Hit]:
    """A label of another corpus is not in the closed list that its fields file gives. What its schema forbids is E101."""
    for rules, marks in other.layers:
        for mark in marks:
            wrong = _label(rules, mark)
            if wrong:
                yield _hit(mark, wrong)


@check("E705", "orphan-span", "others")
def orphan_span(_: object) -> Iterator[Hit]:
    """A row of a span table names a text that is in none of the texts given: it was renamed or left out, or its file was not named."""
    yield from ()


@check("W706", "duplicate-text", "others")
def duplicate_text(_: object) -> Iterator[Hit]:
    """Two records of another corpus have the same text, to the letter. Where they are in different splits it is E407."""
    yield from ()


@check("I707", "held-in-memory", "others")
def held_in_memory(_: object) -> Iterator[Hit]:
    """A span table stands in another order than its texts, so that many of its rows were held in memory. Sort both by the document's id, and none are."""
    yield from ()


def _as(checks: Iterable[Check], code: str, run: Callable[[Other], Iterator[Hit]] | None = None) -> Check:
    """A check of Sisipan's own records, over other people's."""
    found = next(check for check in checks if check.code == code)
    return replace(found, level="other", run=run or _text(found))


CHECKS = checks_in(globals())
OTHERS: tuple[Check, ...] = (
    *(_as(texts.CHECKS, code) for code in ("E102", "E103", "E104", "E105", "E112")),
    _as(texts.CHECKS, "E101", _schema),
    _as(texts.CHECKS, "E108", _hash),
    _as(spans.CHECKS, "E202", _range),
    _as(spans.CHECKS, "E203", _quote),
    _as(spans.CHECKS, "E204", _untrimmed),
    _as(spans.CHECKS, "E205", _duplicate_id),
    _as(spans.CHECKS, "E206", _overlap),
    _as(spans.CHECKS, "E207", _unsorted),
    *(check for check in CHECKS if check.level == "other"),
)
