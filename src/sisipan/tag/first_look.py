"""The cheap first look: which stretches of a text the model has to read at all.

One RE2 automaton (linear time) over the text as it stands, with the disguises written into it instead of folding the
text: most pages have no hit and cost nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import re2

REACH = 80  # code points that are read on either side of a hit
SNAP = 80  # how far a line's end may be for the window to go on to it
COMPANY = 250  # how near hints must be to each other
LEAST = 3  # what hints must weigh together

_DISGUISES = (
    r"[a-z][0-9][a-z]",
    r"[^\pL\pN][\pL\pN](?:(?: [\pL\pN]){3}|(?:\.[\pL\pN]){3}|(?:-[\pL\pN]){3}|(?:_[\pL\pN]){3}|(?:\*[\pL\pN]){3})",
    r"[\x{1D400}-\x{1D7FF}\x{FF21}-\x{FF5A}\x{200B}-\x{200D}\x{2060}\x{1F110}-\x{1F1FF}\x{24B6}-\x{24E9}\x{1D00}-\x{1D7F}\x{334}-\x{338}]+",
    r"[a-z][\x{370}-\x{52f}]|[\x{370}-\x{52f}][a-z]",
)
_SIGNS = (r"\bBy [a-z]+[0-9]", r"[🎰🎲🃏🔞💋🍑💊]", r"\b08[0-9x*]{2}[-0-9x* ]{5}")
_ADDRESSES = (r"://", r"\bwww\.", r"\bwa\b", r"\.example\b", r"<a\s", r"\[url")


@cache
def automaton() -> tuple[Any, dict[str, int]]:
    """The compiled pattern, and the weight of hits that are hints only; see `windows`."""
    stored = json.loads(files("sisipan.tag").joinpath("lexicon.json").read_text("utf-8"))
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 64 << 20
    words = "|".join([*stored["first_look"], *stored["hints"], *stored["faint_hints"]])
    pattern = re2.compile("|".join([rf"\b(?:{words})(?:nya|s)?\b", *stored["stems"], *_SIGNS, *_ADDRESSES, *_DISGUISES]), options=options)
    return pattern, dict.fromkeys(stored["faint_hints"], 1) | dict.fromkeys([*stored["hints"], "address"], 2)


def _hits(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end (code points) and surface of each hit. Bytes are searched, since the library maps offsets slowly."""
    data = text.encode("utf-8")
    if len(data) == len(text):
        for match in automaton()[0].finditer(data):
            first, last = match.span()
            yield first, last, text[first:last]
        return
    at_byte = at = 0
    for match in automaton()[0].finditer(data):
        first, last = match.span()
        hit = data[first:last].decode("utf-8")
        at += len(data[at_byte:first].decode("utf-8"))
        yield at, at + len(hit), hit
        at_byte, at = last, at + len(hit)


@lru_cache(maxsize=1 << 14)
def _hint(hit: str) -> tuple[str, int] | None:
    """What a hit hints at, addresses all at one thing, and its weight; None where the hit is enough by itself."""
    low, weights = hit.lower(), automaton()[1]
    if low in ("://", "www.", "wa", ".example", "[url") or low.startswith("<a"):
        return "address", weights["address"]
    return next(((one, weights[one]) for one in (low, low.removesuffix("nya"), low.removesuffix("s")) if one in weights), None)


def _edge(text: str, at: int, step: int, snap: int) -> int:
    """The end of the line before or after `at` where it is near, or else white space."""
    if at <= 0 or at >= len(text):
        return min(max(at, 0), len(text))
    if step < 0:
        line = text.rfind("\n", max(0, at - snap), at) + 1
        return line or (0 if at <= snap else max(text.rfind(" ", max(0, at - 60), at), at - 60, 0))
    line = text.find("\n", at, at + snap)
    if line >= 0:
        return line
    blank = text.find(" ", at, at + 60)
    return len(text) if at + snap >= len(text) else blank if blank >= 0 else min(at + 60, len(text))


def _cut(text: str, ranges: Iterable[tuple[int, int]], snap: int) -> list[tuple[int, int]]:
    """Ranges with their ends moved to where lines or words end; those that come to touch are one."""
    out: list[tuple[int, int]] = []
    for start, end in ranges:
        low, high = _edge(text, start, -1, snap), _edge(text, end, 1, snap)
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return out


def windows(text: str, reach: int = REACH, snap: int = SNAP, least: int = LEAST) -> list[tuple[int, int]]:
    """Half-open ranges in code points that the model has to read, cut at line ends or white space; apart, in order.

    A hit is read with `reach` on either side, and on to the end of its line where that is within `snap`. A hint is a hit only in company:
    hints within `COMPANY` of the last one that differ must weigh `least` together (a faint one weighs 1, any other 2).
    """
    out: list[tuple[int, int]] = []
    waiting: dict[str, tuple[int, int]] = {}  # hints that have no company yet: where each ends, what it weighs
    for start, end, hit in _hits(text):
        hint = _hint(hit)
        waiting = {one: known for one, known in waiting.items() if start - known[0] <= COMPANY}
        if hint is not None and not (out and start - reach <= out[-1][1]):
            waiting.setdefault(hint[0], (end, hint[1]))
            if sum(weight for _, weight in waiting.values()) < least:
                continue
        first = min([start, *(at for at, _ in waiting.values())])
        low, high = max(0, first - reach), min(len(text), end + reach)
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
        waiting = {}
    return _cut(text, out, snap)


def widened(text: str, look: Sequence[tuple[int, int]], by: Sequence[tuple[int, int]], snap: int = SNAP) -> list[tuple[int, int]]:
    """Windows that go on by so many code points before and after, cut and joined as those of `windows`."""
    return _cut(text, [(max(0, start - before), min(len(text), end + after)) for (start, end), (before, after) in zip(look, by)], snap)
