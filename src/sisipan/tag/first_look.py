"""The cheap first look: which stretches of a text the model has to read at all.

RE2 automata (linear time) over the text as it stands, with the disguises written into them instead of folding the
text: most pages hold nothing but a faint hint or two and cost nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

import re2

from sisipan.tag.fold import fold
from sisipan.tag.lexicon import listed

REACH = 80  # code points that are read on either side of a hit
SNAP = 80  # how far a line's end may be for the window to go on to it
COMPANY = 250  # how near hints must be to each other
LEAST = 3  # what hints must weigh together
JUMP = 30  # bytes that are passed over after a hit
_LONGEST = 40  # code points of a word; a longer hit is a run of disguised letters

_DISGUISES = (
    r"[a-z][0-9][a-z]",
    r"(?:^|[^\pL\pN])[\pL\pN](?:(?: [\pL\pN]){3}|(?:\.[\pL\pN]){3}|(?:-[\pL\pN]){3}|(?:_[\pL\pN]){3}|(?:\*[\pL\pN]){3})",
    r"[\x{1D400}-\x{1D7FF}\x{FF21}-\x{FF5A}\x{200B}-\x{200D}\x{2060}\x{1F110}-\x{1F1FF}\x{24B6}-\x{24E9}\x{1D00}-\x{1D7F}\x{334}-\x{338}]+",
    r"[a-z][\x{370}-\x{52f}]|[\x{370}-\x{52f}][a-z]",
)
_SIGNS = (r"\bBy [a-z]+[0-9]", r"[🎰🎲🃏🔞💋🍑💊]", r"\b08[0-9x*]{2}[-0-9x* ]{5}")
# ways to hide that hardly stand in a page's own source for another end, which those of the features may
_HIDING = (r"display\s*:\s*none", r"visibility\s*:\s*hidden", r"(?:left|top|indent)\s*:\s*-\d{3}", r"font-size\s*:\s*[01](?:px|pt|em)?\b")
_ENDINGS = "app asia bet club com example fun id info link live net online org pro shop site store top vip website win xyz".split()  # of bare addresses; seldom words
_ADDRESSES = (r"://", r"\bwww\.", r"\bwa\b", rf"\.(?:{'|'.join(_ENDINGS)})\b", r"<a\s", r"\[url")


def _spellings(word: str) -> set[str]:
    """The word, and without its accents where that leaves plain letters: people write `prestamo`, too."""
    return {one for one in (word, fold(word)[0]) if one == word or one.isascii()}


@cache
def _automaton(*lists: str) -> Callable[[bytes, int], tuple[int, int]]:
    """A function that finds the next of the disguises, signs, hidden blocks, addresses, stems and words of some lists of the lexicon in a text, from a byte on.

    It gives the bytes where the hit starts and ends, -1 where there is none.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 64 << 20
    words = sorted({spelt for name in lists for word in listed(name) for spelt in _spellings(word)}, reverse=True)  # the first that fits is taken, `jasa like` before `jasa`; neighbours share their beginning
    edged = "|".join(word for word in words if word[0].isascii() and word[-1].isascii())
    others = [word for word in words if not (word[0].isascii() and word[-1].isascii())]  # the library knows edges of ASCII words only: inside others they are hits, too; before `edged`, since they may begin with one of it
    pattern = re2.compile("|".join([*others, rf"\b(?:{edged.replace(' ', '[ -]')})(?:nya|s)?\b", *listed("stems"), *_SIGNS, *_HIDING, *_ADDRESSES, *_DISGUISES]), options=options)
    try:  # the library's own `search` makes a generator and an object of each hit, which takes longer than the search itself
        match, anywhere = pattern._regexp.Match, re2._Anchor.UNANCHORED
    except AttributeError:  # another version of the library
        return lambda data, start: hit.span() if (hit := pattern.search(data, start)) else (-1, -1)
    return lambda data, start: match(anywhere, data, start, len(data))[0]


@cache
def _weights() -> dict[str, int]:
    """What words weigh: `LEAST` those that are enough by themselves, hints less; see `windows`."""
    out = {"address": 2}
    for name, weight in (("faint_hints", 1), ("hints", 2), ("first_look", LEAST)):
        for word in listed(name):
            out |= dict.fromkeys(_spellings(word), weight)
    return out


def suspect(text: str) -> bool:
    """Whether there is more in a text than faint hints, which alone are hardly ever spam: if not, the tagger looks no further."""
    return _automaton("first_look", "hints")(text.encode("utf-8"), 0)[0] >= 0


@lru_cache(maxsize=1 << 14)
def _hint(hit: bytes) -> tuple[int, str, int]:
    """How many code points a hit has; what it hints at, addresses all at one thing; its weight, `LEAST` where it is enough by itself."""
    text, weights = hit.decode("utf-8"), _weights()
    low = text.lower()
    if len(text) > _LONGEST:
        return len(text), "", LEAST
    if low in ("://", "www.", "wa", "[url") or low.startswith("<a") or (low[0] == "." and low[1:] in _ENDINGS):
        return len(text), "address", weights["address"]
    name = next((one for one in (low, low.removesuffix("nya"), low.removesuffix("s")) if one in weights), "")
    return len(text), name, weights.get(name, LEAST)


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

    A hit is read with `reach` on either side, and on to the end of its line where that is within `snap`; the next is looked for `JUMP` bytes on, since
    what is nearer is read anyhow. A hint is a hit only in company: hints within `COMPANY` of the last one that differ must weigh `least` together
    (a faint one weighs 1, any other 2). Raises UnicodeEncodeError where the text holds half a surrogate pair.
    """
    out: list[tuple[int, int]] = []
    waiting: dict[str, tuple[int, int]] = {}  # hints that have no company yet: where each starts, what it weighs
    data, search = text.encode("utf-8"), _automaton("first_look", "hints", "faint_hints")  # bytes are searched, since the library maps offsets slowly
    wide = len(data) != len(text)
    at_byte = at = 0
    while True:
        first, last = search(data, at_byte)
        if first < 0:
            return _cut(text, out, snap)
        start = at + len(data[at_byte:first].decode("utf-8")) if wide else first
        size, hint, weight = (_hint if last - first <= 4 * _LONGEST else _hint.__wrapped__)(data[first:last])  # a long hit is not kept
        at_byte, at = last, start + size
        low, high = start - reach, at + reach
        if waiting:
            waiting = {one: known for one, known in waiting.items() if start - known[0] <= COMPANY}
        if weight < LEAST and not (out and low <= out[-1][1]):
            waiting.setdefault(hint, (start, weight))
            if sum(weight for _, weight in waiting.values()) < least:
                continue
        if waiting:
            low = min(start, *(place for place, _ in waiting.values())) - reach
            waiting = {}
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
        at_byte = min(len(data), last + JUMP)
        while wide and at_byte < len(data) and data[at_byte] & 0xC0 == 0x80:
            at_byte += 1
        at += len(data[last:at_byte].decode("utf-8")) if wide else at_byte - last


def widened(text: str, look: Sequence[tuple[int, int]], by: Sequence[tuple[int, int]], snap: int = SNAP) -> list[tuple[int, int]]:
    """Windows that go on by so many code points before and after, cut and joined as those of `windows`."""
    return _cut(text, [(max(0, start - before), min(len(text), end + after)) for (start, end), (before, after) in zip(look, by)], snap)
