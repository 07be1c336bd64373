"""Quotes: the place in a text that a quote names, or what came into question.

W3C Web Annotation Data Model: section 4.2.4, TextQuoteSelector (`exact`, `prefix`, `suffix`); section 4.2.9,
RangeSelector, as `first` and `last` words. All in code points.
"""

from __future__ import annotations

import difflib
import heapq
import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from sisipan.errors import AnchorError
from sisipan.offsets import line_column, line_starts

QUOTE_KEYS = ("exact", "first", "last", "prefix", "suffix")
_CLITIC = re.compile(r"(nya|ku|mu|lah|kah|pun)(?!\w)")
_BETWEEN, _WORD = re.compile(r"\S+"), re.compile(r"\w+")


def cuts_word(text: str, at: int, clitics: bool = False) -> bool:
    """Whether a word goes on across an offset; a capitalised word that is glued on begins a new one, a clitic too where `clitics` is set."""
    if not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()):
        return False
    if text[at].isupper() and text[at + 1 : at + 2].islower() or text[at].isdigit() != text[at - 1].isdigit():
        return False
    return not (clitics and _CLITIC.match(text, at))


@lru_cache(maxsize=8)
def starts_of(text: str, needle: str) -> Sequence[int]:
    """Every place of `text` where `needle` stands, in order; they may overlap."""
    found = array("l")
    at, step = text.find(needle) if needle else -1, 0
    while at >= 0:
        found.append(at)
        # two that overlap and are followed by as much again are followed by another: only what is new is read
        if step and text.startswith(needle[-step:], at + len(needle)):
            at += step
        else:
            after = text.find(needle, at + 1)
            at, step = after, after - at if after - at < len(needle) else 0
    return found


def occurrences(text: str, exact: str, prefix: str = "", suffix: str = "") -> list[tuple[int, int]]:
    """Every range of `text` that reads `exact`, directly after `prefix` and directly before `suffix`."""
    starts = starts_of(text, prefix + exact + suffix) if exact else ()
    return [(at + len(prefix), at + len(prefix) + len(exact)) for at in starts]


@lru_cache(maxsize=8)
def _of_whole_words(text: str, exact: str, prefix: str, suffix: str) -> Sequence[int]:
    """Where a quote stands, of whole words where there are such: `ia` is no part of `Sebagian`."""
    starts = array("l", (at + len(prefix) for at in starts_of(text, prefix + exact + suffix)))
    return array("l", (at for at in starts if not (cuts_word(text, at) or cuts_word(text, at + len(exact), clitics=True)))) or starts


def _nearest(starts: Sequence[int], size: int, near: tuple[int, int]) -> Sequence[int]:
    """Those of the ranges of `size`, which begin at `starts`, that touch a range, else the nearest: one, or one on either side."""
    first, last = bisect_left(starts, near[0] - size), bisect_right(starts, near[1])
    if first < last:
        return starts[first:last]
    sides = [(near[0] - size - starts[first - 1], starts[first - 1])] if first else []
    sides += [(starts[last] - near[1], starts[last])] if last < len(starts) else []
    return [at for distance, at in sides if distance == min(sides)[0]]


_HEAD = 80  # code points by which a long quote and what may be meant by it are compared: the comparison is quadratic
_WINDOWS = 400


@lru_cache(maxsize=2)
def _words(text: str) -> tuple[list[int], Mapping[str, list[int]]]:
    """Where a word of `text` begins, and where each does: as it stands between white space, and without the signs round it."""
    of: dict[str, list[int]] = defaultdict(list)
    for pattern in (_BETWEEN, _WORD):
        for match in pattern.finditer(text):
            of[match.group()].append(match.start())
    return sorted({at for places in of.values() for at in places}), of


def _windows(text: str, exact: str) -> list[int]:
    """Where the first windows of the quote's length begin that share a word with it; where none does, the first of all."""
    starts, of = _words(text)
    head = exact[:_HEAD]
    words = {*_BETWEEN.findall(head), *_WORD.findall(head)}
    reach = len(exact) + 2
    places = heapq.merge(*([(at + len(word) - reach, at) for at in of.get(word, [])[:_WINDOWS]] for word in words))
    near: list[int] = []
    for first, last in places:
        at = bisect_left(starts, max(first, near[-1] + 1 if near else 0))
        near += starts[at : bisect_right(starts, last, at)]
        if len(near) >= _WINDOWS:
            break
    return (near or starts)[:_WINDOWS]


def look_alikes(text: str, exact: str, count: int = 3) -> tuple[tuple[int, int], ...]:
    """The stretches of `text` most like a quote that was not found: windows of the same length round shared words, known by how they begin."""
    size, head = len(exact), exact[:_HEAD]
    matcher = difflib.SequenceMatcher(None, "", head, autojunk=False)

    @cache
    def likeness(window: str) -> float:
        matcher.set_seq1(window)
        return matcher.ratio() if matcher.quick_ratio() >= 0.6 else 0.0

    scored = sorted(((likeness(text[at : at + len(head)]), -at) for at in _windows(text, exact)), reverse=True)
    chosen: list[tuple[int, int]] = []
    for score, at in scored:
        if score >= 0.6 and all(abs(-at - other) >= size for other, _ in chosen):
            chosen.append((-at, min(len(text), -at + size)))
        if len(chosen) == count:
            break
    return tuple(chosen)


_line_starts = lru_cache(maxsize=2)(line_starts)
_SHOWN = 200  # code points of a long range


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN // 2]}…{words[-_SHOWN // 2 :]}"


def describe(text: str, ranges: Iterable[tuple[int, int]], context: int = 18) -> str:
    """Ranges as a person reads them: line, column, offsets and surroundings."""
    starts = _line_starts(text)
    lines = []
    for start, end in ranges:
        line, column = line_column(starts, start)
        around = f"{text[max(0, start - context):start]}»{_cut(text[start:end])}«{text[end:end + context]}".replace("\n", "⏎")
        lines.append(f"line {line}, column {column} [{start}:{end}] …{around}…")
    return "; ".join(lines)


def resolve_quote(text: str, quote: Mapping[str, str], near: tuple[int, int] | None = None) -> tuple[int, int]:
    """Range of the one place that a quote names.

    With `near`, which serves speakers and cues, the occurrence closest to that range is meant, of whole words where there are such. Raises AnchorError,
    with the candidates, where the quote is missing or several places fit equally well.
    """
    if "first" in quote or "last" in quote:
        first, last = str(quote.get("first", "")), str(quote.get("last", ""))
        head = resolve_quote(text, {"exact": first, "prefix": quote.get("prefix", "")}, near)
        tails = starts_of(text, last + quote.get("suffix", "")) if last else ()
        tail = bisect_left(tails, head[1] - len(last))
        if tail == len(tails):
            raise AnchorError(f"no {last!r} after {first!r}", look_alikes(text, last))
        return head[0], tails[tail] + len(last)
    exact, prefix, suffix = str(quote.get("exact", "")), quote.get("prefix", ""), quote.get("suffix", "")
    found = starts_of(text, prefix + exact + suffix) if exact else ()
    if not found:
        alike = look_alikes(text, exact) if exact else ()
        hint = f"; most alike: {describe(text, alike)}" if alike else ""
        raise AnchorError(f"the quote {exact!r} is not in the text{hint}", alike)
    if len(found) > 1 and near is not None:
        found, prefix = _nearest(_of_whole_words(text, exact, prefix, suffix), len(exact), near), ""
    ranges = tuple((at + len(prefix), at + len(prefix) + len(exact)) for at in found[:6])
    if len(found) > 1:
        raise AnchorError(f"the quote {exact!r} stands {len(found)} times; add prefix or suffix: {describe(text, ranges)}", ranges)
    return ranges[0]
