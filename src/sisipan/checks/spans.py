"""E2xx: single spans and the spans of one layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sisipan.anchor import is_quoted
from sisipan.checks.context import Record, brief, name_of, span_hit
from sisipan.findings import Hit, Place, check, checks_in
from sisipan.model import LAYERS
from sisipan.offsets import reads, to_code_points


def _raw(record: Record) -> Iterator[tuple[str, int, dict]]:
    for layer in LAYERS:
        values = record.data.get(layer)
        for index, span in enumerate(values if isinstance(values, list) else ()):
            if isinstance(span, dict):
                yield layer, index, span


@check("E201", "not-anchored", "record")
def not_anchored(record: Record) -> Iterator[Hit]:
    """A span is still written as a quote. `sisipan anchor FILE` turns quotes into offsets."""
    for layer, index, span in _raw(record):
        if is_quoted(span):
            yield span_hit(layer, index, span, "the span, its speaker or its cue is a quote without offsets; run `sisipan anchor`")


def _in_range(record: Record, start: object, end: object) -> str | None:
    """What is wrong with a range as such, or None."""
    if not (isinstance(start, int) and isinstance(end, int)) or isinstance(start, bool) or isinstance(end, bool):
        return None
    if start >= end:
        return f"start {start} is not before end {end}"
    if record.text is not None and end > len(record.text):
        return f"end {end} lies beyond the text, which has {len(record.text)} code points"
    return None


@check("E202", "range", "record")
def range_(record: Record) -> Iterator[Hit]:
    """A span covers at least one code point and lies within the text. Offsets count code points and the end is exclusive, unless the fields file of another corpus says otherwise."""
    for layer, index, span in _raw(record):
        wrong = _in_range(record, span.get("start"), span.get("end"))
        if wrong:
            yield span_hit(layer, index, span, wrong)


SEARCHED = 2**31  # code points: so much of a record is looked through, over all, for surfaces that stand elsewhere


def unit_hint(text: str, start: int, end: int, surface: str, search: bool = True) -> str:
    """Why offsets may miss their surface: counted in other units, or moved, which is looked for where `search` says so."""
    for unit, name in (("utf-16", "UTF-16 units"), ("utf-8", "bytes")):
        fitted = to_code_points(text, start, end, unit)
        if fitted and fitted != (start, end) and text[slice(*fitted)] == surface:
            return f"; the offsets fit {name}: convert them"
    at = text.find(surface) if search else None
    if at is None:
        return "; run `sisipan anchor`"
    if at < 0:
        return "; the surface is nowhere in the text"
    if text.find(surface, at + 1) < 0:
        return f"; it stands at {at}:{at + len(surface)}: run `sisipan anchor`"
    return "; run `sisipan anchor`"


@check("E203", "quote-mismatch", "record")
def quote_mismatch(record: Record) -> Iterator[Hit]:
    """The surface of a span is what stands between its offsets, exactly. It tells a moved offset from a wrong one."""
    text = record.text
    if text is None:
        return
    searches = SEARCHED // max(1, len(text))
    for layer, index, span in _raw(record):
        start, end, surface = span.get("start"), span.get("end"), span.get("text")
        if not isinstance(surface, str) or (layer, index) in record.unsound or not isinstance(start, int) or not isinstance(end, int):
            continue
        if 0 <= start < end and not reads(text, start, end, surface):
            found = text[start : min(end, start + 200)]
            searches -= 1
            yield span_hit(layer, index, span, f"text is {brief(surface)} but article has {brief(found)}{unit_hint(text, start, end, surface, searches >= 0)}")


@check("E204", "untrimmed", "record")
def untrimmed(record: Record) -> Iterator[Hit]:
    """A span neither starts nor ends with white space."""
    for layer in LAYERS:
        for index, span in record.sound[layer]:
            surface = span["text"] or ""
            if surface != surface.strip() and record.text is not None and reads(record.text, span["start"], span["end"], surface):
                yield span_hit(layer, index, span, f"{brief(surface)} starts or ends with white space; trim it")


@check("E205", "duplicate-id", "record")
def duplicate_id(record: Record) -> Iterator[Hit]:
    """The id of a span is unique within its article, over all layers (in another corpus: within its layer)."""
    counts = Counter(span.get("id") for _, _, span in _raw(record) if isinstance(span.get("id"), str))
    for layer, index, span in _raw(record):
        if isinstance(span.get("id"), str) and counts[span["id"]] > 1:
            counts[span["id"]] = -1
        elif isinstance(span.get("id"), str) and counts[span["id"]] < 0:
            yield span_hit(layer, index, span, f"the id {brief(span['id'])} is taken by an earlier span; give it another")


@check("E206", "overlap", "record")
def overlap(record: Record) -> Iterator[Hit]:
    """Spans of one layer do not overlap. Half-open spans that touch, such as 0:5 and 5:9, do not overlap."""
    for layer in LAYERS:
        furthest = None
        for index, span in sorted(record.sound[layer], key=lambda item: (item[1]["start"], item[1]["end"])):
            if furthest is not None and span["start"] < furthest["end"]:
                yield span_hit(layer, index, span, f"overlaps {name_of(furthest)} of the same layer; keep one, or cut one short")
            if furthest is None or span["end"] > furthest["end"]:
                furthest = span


@check("E207", "unsorted", "record")
def unsorted(record: Record) -> Iterator[Hit]:
    """The spans of a layer stand in order of `start`, so that the file reads like the article. `sisipan anchor` sorts them."""
    for layer in LAYERS:
        for (_, before), (index, span) in zip(record.sound[layer], record.sound[layer][1:]):
            if span["start"] < before["start"]:
                yield span_hit(layer, index, span, f"stands after {name_of(before)}; run `sisipan anchor` to sort")


@check("E209", "split-region", "record")
def split_region(record: Record) -> Iterator[Hit]:
    """A spam region is the whole stretch that was slipped in. Two with nothing but white space between them are one."""
    regions = sorted(record.sound["spam"], key=lambda item: item[1]["start"])
    for (_, before), (index, span) in zip(regions, regions[1:]):
        between = record.text[before["end"] : span["start"]] if record.fits and before["end"] <= span["start"] else "apart"
        if not between.strip():
            yield span_hit("spam", index, span, f"only white space lies between it and {name_of(before)}; make one region of them")


@check("I208", "not-checked", "record")
def not_checked(record: Record) -> Iterator[Hit]:
    """Spans that break the schema are not examined further: mend what E101 names and validate again."""
    if record.unchecked:
        yield Hit(Place("document"), f"{record.unchecked} of this article's spans not examined, since they break the schema: offsets, overlaps, references")


CHECKS = checks_in(globals())
