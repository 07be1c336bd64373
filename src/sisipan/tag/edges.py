"""Where regions end: what the network is unsure of at their edges is settled by the lines of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

NEAR = 2  # tokens that may stand between the edge of a region inside a line and the next token that tells of spam
MOST = 0.4  # of a line that is wholly a region's where this much is and a sentence ends in it
LONG = 2000  # code points; a line as long is no paragraph
HEAD = 2, 50  # lines that the head of a comment has at most, code points that each of these has at most
_STOP = re.compile(r"[.!?](?=\s|\Z)|[。！？।]")
_DATED = re.compile(r"\d{1,2}[:.h] ?\d\d\b|\b(?:19|20)\d\d\b|(?::|\.\.\.|…)\Z")


def _outermost(first: np.ndarray, last: np.ndarray, tells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each region, rows `first` up to `last`, the first and the last row that tells; those of the region where none does."""
    at = np.flatnonzero(tells)
    low, high = np.searchsorted(at, first), np.searchsorted(at, last)
    told = np.append(at, 0)
    return np.where(low < high, told[low], first), np.where(low < high, told[high - 1], last - 1)


def told_lines(first: np.ndarray, last: np.ndarray, tells: np.ndarray, breaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Regions, half-open ranges of rows `first` up to `last`, without those whole lines at their ends in which no token tells (n,) of spam; `breaks` (n,) are the ends of lines.

    One in which none tells at all stays as it is.
    """
    (head, tail), ends = _outermost(first, last, tells), np.flatnonzero(breaks)
    before, after = np.append(-1, ends)[np.searchsorted(ends, head)], np.append(ends, len(breaks))[np.searchsorted(ends, tail)]
    return np.maximum(first, before + 1), np.minimum(last, after)


def cores(first: np.ndarray, last: np.ndarray, tells: np.ndarray, breaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of regions, rows `first` up to `last`, the rows `NEAR` about the tokens that tell (n,) of spam, as half-open ranges of rows.

    An edge stays where no token tells, or a line ends (`breaks`, n) between it and the next one that does.
    """
    (head, tail), ends = _outermost(first, last, tells), np.append(0, np.cumsum(breaks))
    return (
        np.where(ends[head] == ends[first], np.maximum(first, head - NEAR), first),
        np.where(ends[last] == ends[tail], np.minimum(last, tail + NEAR + 1), last),
    )


def trimmed(text: str, start: int, end: int, core: tuple[int, int]) -> tuple[int, int]:
    """The region with its edges moved to those of its core where something else stands beside it on its line."""
    low, high = core
    return (
        low if low > start and text[_line(text, start)[0] : start].strip() else start,
        high if high < end and text[end : _line(text, end - 1)[1]].strip() else end,
    )


def completed(text: str, regions: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Regions, in order, with the whole of each line of which they hold `MOST` and the end of a sentence: who promotes in sentences has a paragraph to himself.

    A line that is all of the text, or has `LONG` code points and more, is not taken so. A region with the end of a sentence that has its lines to itself takes the
    head of the comment that it is (see `_headed`). Regions may come to overlap.
    """
    if not any(_STOP.search(text, start, end) for start, end in regions):
        return list(regions)
    lines = [_lines(text, start, end) for start, end in regions]
    held: dict[tuple[int, int], list[str]] = {}
    for (start, end), ends in zip(regions, lines):
        for low, high in set(ends):
            held.setdefault((low, high), []).append(text[max(low, start) : min(high, end)].strip())
    whole = len(text.strip())
    full = {(low, high) for (low, high), parts in held.items() if high - low < LONG and _is_full(text[low:high].strip(), parts, whole)}
    out, before = [], 0
    for (start, end), (head, tail) in zip(regions, lines):
        low, high = head[0] if head in full else start, tail[1] if tail in full else end
        low, high = high - len(text[low:high].lstrip()), low + len(text[low:high].rstrip())
        first = head[0]
        if text[first - 1 : first] == "\n" and not text[first:low].strip() and not text[high : tail[1]].strip():
            low = _headed(text, before, first, low, high)
        out.append((low, high))
        before = high
    return out


def _is_full(line: str, parts: Sequence[str], whole: int) -> bool:
    """Whether a line of which regions hold some parts is wholly theirs; `whole` is how much the text has."""
    return len(line) < whole and any(map(_inner, parts)) and sum(map(len, parts)) >= MOST * len(line)


def _inner(part: str) -> bool:
    """Whether a sentence ends inside, and something follows."""
    stop = _STOP.search(part)
    return stop is not None and stop.end() < len(part)


def _headed(text: str, before: int, at: int, start: int, end: int) -> int:
    """Where a region that has its lines, from `at` on, to itself starts with the head of a comment; a sentence must end in it.

    That is the one or two short lines right above it, above which is a blank one, the page's beginning, or `before`. One of them has a year, an hour, or a colon
    or dots at its end.
    """
    if not _STOP.search(text, start, end):
        return start
    lines: list[str] = []
    first = start
    while at > before:
        low = _line(text, at - 1)[0]
        line = text[max(low, before) : at - 1]
        if not line.strip():
            break
        lines.append(line.strip())
        if low < before or len(lines) > HEAD[0] or len(lines[-1]) > HEAD[1]:
            return start
        first, at = low + len(line) - len(line.lstrip()), low
    return first if any(map(_DATED.search, lines)) else start


def _lines(text: str, start: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first and the last line of a region, often the same."""
    head = _line(text, start)
    return head, head if end <= head[1] else _line(text, end - 1)


def _line(text: str, at: int) -> tuple[int, int]:
    """The half-open range of the line in which a code point stands, without what ends it; of a long one at least `LONG` code points of it."""
    low, high = text.rfind("\n", max(0, at - LONG), at), text.find("\n", at, at + LONG)
    return max(0, at - LONG) if low < 0 else low + 1, min(len(text), at + LONG) if high < 0 else high
