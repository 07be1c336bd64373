"""Code points, UTF-16 units and bytes; lines and columns; the hash of a text.

Every offset in Sisipan counts Unicode code points, end-exclusive, which is how Python indexes a `str`.
"""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate


def text_sha256(text: str) -> str:
    """Hexadecimal SHA-256 of `text` in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def lone_surrogate(text: str) -> int | None:
    """Offset of the first half of a UTF-16 pair, which no UTF-8 can hold; None where there is none."""
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return error.start
    return None


@lru_cache(maxsize=8)
def _boundaries(text: str, unit: str) -> Sequence[int]:
    """Offset of every code point of `text` (and of its end), counted in `unit` (`utf-16` or `utf-8`)."""
    longer = {"utf-16": ("\uffff",), "utf-8": ("\x7f", "\u07ff", "\uffff")}[unit]  # beyond each, a character takes one more
    if text.isascii() or max(text) <= longer[0]:
        return range(len(text) + 1)
    return array("l", accumulate((1 + sum(map(character.__gt__, longer)) for character in text), initial=0))


def to_code_points(text: str, start: int, end: int, unit: str) -> tuple[int, int] | None:
    """Turn a range counted in `unit` (`utf-16` or `utf-8`) into code points.

    Returns None where an end falls inside a character or outside the text.
    """
    boundaries = _boundaries(text, unit)
    at = [bisect_left(boundaries, offset) for offset in (start, end)]
    if all(n < len(boundaries) and boundaries[n] == offset for n, offset in zip(at, (start, end))):
        return at[0], at[1]
    return None


def from_code_points(text: str, start: int, end: int, unit: str) -> tuple[int, int]:
    """Turn a range in code points into one counted in `unit` (`utf-16` or `utf-8`)."""
    boundaries = _boundaries(text, unit)
    return boundaries[start], boundaries[end]


def line_starts(text: str) -> list[int]:
    """Offset of the first code point of every line; lines end with `\\n` only."""
    starts = [0]
    position = text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return starts


def line_column(starts: list[int], offset: int) -> tuple[int, int]:
    """Line and column, both counted from 1, of a code point, given `line_starts` of the text."""
    line = bisect_right(starts, offset) - 1
    return line + 1, offset - starts[line] + 1


def overlap(a_start: int, a_end: int, b_start: int, b_end: int) -> int:
    """Number of code points that two half-open ranges share."""
    return max(0, min(a_end, b_end) - max(a_start, b_start))


def reads(text: str, start: int, end: int, surface: str) -> bool:
    """Whether a range of the text is this surface, in the time that it takes to compare as much as the surface holds."""
    there = max(0, min(end, len(text)) - start)
    return there == len(surface) and (not there or text.startswith(surface, start))


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open ranges in any order as ranges that lie apart: those that overlap or touch become one, empty ones go."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
