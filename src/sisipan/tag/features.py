"""What the model sees of each token by itself: the attributes of its type.

A type is a kind and a surface; what is known of it is the same wherever it stands, so it is worked out once and looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np

from sisipan.tag.fold import fold, unleet
from sisipan.tag.lexicon import lexicon, stored
from sisipan.tag.words import KINDS, matches, surface

TRADES = ("slot", "togel", "casino", "sportsbook", "poker", "gamble", "loan", "pharma", "adult", "academic_service", "followers", "crypto", "other")
GAMES = frozenset(TRADES[:6])
CLASSES = ("strong", "game", "trade", "promo", "talk", "polite", "disguised", "address", "markup", "hidden", "figure", "capital", "sign", "stop", "line")
GAP = 4  # empty rows between windows, as many as the model's widest step
AT_ONCE = 4096  # matches that are held
BLOCK = 64  # rows come in whole blocks: a matrix product then treats each row alike, to a millionth or so, whatever stands beside it

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em)?\b|(?:left|top)\s*:\s*-\d{3,}|text-indent\s*:\s*-|opacity\s*:\s*0|"
    r"(?:height|width)\s*:\s*[01](?:px)?\b|clip\s*:\s*rect|<noscript|<marquee|color\s*[=:].?#?fff",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+?62|08)[\dx*]{2,}|[\dx*]{4,}", re.IGNORECASE)
_WEAK = frozenset("slot slots poker betting taruhan casino casinos kasino казино слот слоты".split())  # as often named as promoted

@dataclass(frozen=True, slots=True)
class Type:
    """What is known of a token by its kind and surface: attributes, the plain word beneath (None for what is no word), classes it is counted in."""

    attributes: tuple[str, ...]
    word: str | None
    classes: tuple[str, ...]


@cache
def _stems() -> re.Pattern[str]:
    return re.compile("|".join(fold(stem)[0] for stem in stored()["stems"]))


@cache
def _unspaced() -> re.Pattern[str]:
    """The lexicon's words of scripts that put no blanks between words."""
    return re.compile("|".join(sorted((word for word in lexicon() if len(word) > 1 and _is_unspaced(word)), key=len, reverse=True)))


def _is_unspaced(word: str) -> bool:
    """Whether a word is of a script that puts no blanks between words (Thai, Chinese, Japanese) or few (Korean)."""
    return any("\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in word)


def _shape(word: str) -> str:
    out = ""
    for c in word[:24]:
        kind = "X" if c.isupper() else "d" if c.isdigit() else "x" if c.isalpha() or unicodedata.category(c)[0] == "M" else "-"
        out += "" if out.endswith(kind) else kind
    return out[:6]


def _script(plain: str) -> str:
    code = max(map(ord, plain))
    return "latin" if code < 0x250 else "cyrillic" if 0x370 <= code < 0x530 else "other"


def _sign(surface: str) -> Type:
    first = surface[0]
    name = first if ord(first) < 0x2000 or first in "–—“”‘’…•→»" else "emoji" if ord(first) > 0x2600 else "symbol"
    return Type((f"sign={name}", f"sign={name}{min(len(surface), 3)}"), None, ("stop",) if name in ".!?" and len(surface) == 1 else ("sign",))


def _link(kind: str, surface: str) -> Type:
    plain = surface.lower()
    hidden = kind == "markup" and _HIDDEN.search(surface)
    outward = "://" in surface
    telling = kind == "address" or outward or "content=" in plain
    found = {name for word in re.findall(r"[a-z]{3,}", plain) for name in lexicon().get(word, ())} if telling else set()
    found &= {*TRADES, "promo"}
    stem = telling and bool(_stems().search(plain))
    trade, game = found & set(TRADES), bool(found & GAMES) or stem
    name = re.match(r"[<\[&]?/?\w*", surface).group().lower() if kind == "markup" else surface[0] if surface[0] == "@" else ""
    attributes = [f"kind={kind}", f"name={name}", *["hidden"] * bool(hidden), *["outward"] * outward, *["stem"] * stem, *(f"c={one}" for one in sorted(found))]
    attributes += ["c=game"] * game + ["c=trade"] * bool(trade or stem)
    classes = [kind] + ["hidden"] * bool(hidden) + ["address"] * (kind == "markup" and outward) + ["strong"] * stem + ["game"] * game
    return Type(tuple(attributes), None, (*classes, *["trade"] * bool(trade or stem), *["promo"] * ("promo" in found)))


def _word(kind: str, surface: str) -> Type:
    plain, ways = fold(surface)
    readings = [plain, *unleet(plain)] if any(c.isdigit() for c in plain) else [plain]
    readings += [one.removesuffix("nya") for one in readings if one.endswith("nya") and len(one) > 6]
    readings += [re.sub(r"\d+$", "", plain)] if re.search(r"[a-z]{3}\d+$", plain) else []
    readings += _unspaced().findall(plain) if _is_unspaced(plain) else []
    found = {name for one in readings for name in lexicon().get(one, ())}
    stem = any(_stems().search(one) for one in readings)
    if "leet" in ways and not found and not re.search(r"[a-z]{2}", plain):
        ways = ways - {"leet"}  # a serial number
    trade, game = found & set(TRADES), bool(found & GAMES) or stem
    strong = stem and plain not in _WEAK
    attributes = [f"kind={kind}", f"shape={_shape(surface)}", f"script={_script(plain)}", f"long={min(len(plain), 12) // 3}"]
    attributes += ["brand"] * bool(re.fullmatch(r"[a-z]{3,}\d{1,4}[a-z]?", plain) and "leet" not in ways)
    attributes += ["phone"] * bool(_PHONE.fullmatch(plain) and not plain.isalpha())
    attributes += [*(f"way={way}" for way in sorted(ways)), *["disguised"] * bool(ways), *["stem"] * stem, *["c=strong"] * strong, *(f"c={name}" for name in sorted(found))]
    attributes += ["c=game"] * game + ["c=trade"] * bool(trade)
    classes = ["figure"] * plain[0].isdigit() + ["capital"] * surface[0].isupper() + ["strong"] * strong + ["game"] * game + ["trade"] * bool(trade or stem)
    classes += ["promo"] * ("promo" in found) + ["talk"] * ("talk" in found) + ["polite"] * ("polite" in found) + ["disguised"] * bool(ways)
    return Type(tuple(attributes), next((one for one in readings if one in lexicon()), plain)[:20], tuple(classes))


def describe(kind: str, surface: str) -> Type:
    """What is known of a token of `kind` (see `words.cut`; `cut` marks where a window ends inside a text)."""
    if kind == "cut":
        return Type(("cut",), None, ())
    if kind == "line":
        return Type((f"line={min(surface.count(chr(10)), 3)}",), None, ("stop", "line"))
    if kind == "sign":
        return _sign(surface)
    if kind == "figure":
        return Type(("figure", f"shape={_shape(surface)}"), None, ("figure",))
    return _link(kind, surface) if kind in ("markup", "address") else _word(kind, surface)


class _Numbers(dict[str, int]):
    """Numbers of the types of one group of matches (see `words.matches`) by what was matched; a new one is taken into the `Types` that it belongs to."""

    def __init__(self, types: Types, group: str) -> None:
        self._types, self._group = types, group

    def __missing__(self, matched: str) -> int:
        self[matched] = number = self._types.number(KINDS[self._group], surface(self._group, matched))
        return number


class Types:
    """Types met so far, numbered from 1 in the order in which they were met; 0 is the empty row between windows."""

    def __init__(self) -> None:
        self.known: list[Type] = [Type((), None, ())]
        self.matched = {group: _Numbers(self, group) for group in KINDS}
        self._numbers: dict[tuple[str, str], int] = {}
        self._flags, self._named = (np.zeros((1024, len(names)), np.float32) for names in (CLASSES, TRADES))
        self._lengths = np.zeros(1024, np.int64)

    def number(self, kind: str, surface: str) -> int:
        """The number of a token's type, which is taken in where it is not known yet."""
        number = self._numbers.get((kind, surface))
        if number is not None:
            return number
        one = describe(kind, surface)
        self._numbers[kind, surface] = number = len(self.known)
        self.known.append(one)
        if number == len(self._flags):
            self._flags, self._named, self._lengths = (np.concatenate([array, np.zeros_like(array)]) for array in (self._flags, self._named, self._lengths))
        self._flags[number, [CLASSES.index(name) for name in one.classes]] = 1
        self._named[number, [at for at, trade in enumerate(TRADES) if f"c={trade}" in one.attributes]] = 1
        self._lengths[number] = len(surface)
        return number

    def flags(self, numbers: np.ndarray) -> np.ndarray:
        """Which classes each of the types is counted in, (n, len(CLASSES))."""
        return self._flags[numbers]

    def named(self, numbers: np.ndarray) -> np.ndarray:
        """Which trades each of the types names, (n, len(TRADES))."""
        return self._named[numbers]

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """How many code points a token of each of the types has."""
        return self._lengths[numbers]


@dataclass(frozen=True, slots=True)
class Reading:
    """The tokens of all windows of some texts, with `GAP` empty rows before, between and after windows.

    Arrays of shape (n,): `text` (which text), `window` (which window; -1 in a gap), `starts` and `ends` in code points,
    `types` (numbers of `Types`). A token that marks where a window was cut is empty.
    """

    text: np.ndarray
    window: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    types: np.ndarray
    sizes: np.ndarray


def read(texts: Sequence[str], looks: Sequence[Sequence[tuple[int, int]]], types: Types) -> Reading:
    """The windows of texts as tokens; `looks` are the windows of each text (see `first_look`), in order and apart."""
    starts, kinds = [0] * GAP, [0] * GAP
    owners: list[tuple[int, int]] = [(-1, GAP)]  # which text (or -1, a gap), and how many rows
    mark = types.number("cut", "")
    matched = types.matched
    for number, (text, look) in enumerate(zip(texts, looks)):
        for start, end in look:
            before = len(starts)
            if start > 0:
                starts.append(start), kinds.append(mark)
            tokens = matches(text, start, end)
            while some := list(islice(tokens, AT_ONCE)):
                starts += [match.start() for match in some]
                kinds += [matched[match.lastgroup][match[0]] for match in some]
            if end < len(text):
                starts.append(end), kinds.append(mark)
            owners += [(number, len(starts) - before), (-1, GAP)]
            starts += [0] * GAP
            kinds += [0] * GAP
    rest = -len(starts) % BLOCK
    owners.append((-1, rest))
    whose, counts = np.array(owners).T
    order = np.cumsum(whose >= 0) - 1
    first, numbers = np.array(starts + [0] * rest), np.array(kinds + [0] * rest)
    window = np.repeat(np.where(whose < 0, -1, order), counts)
    return Reading(np.repeat(whose, counts), window, first, first + types.lengths(numbers), numbers, np.array([len(text) for text in texts]))


def vocabulary(counted: Iterable[tuple[str, int]], words: frozenset[str], least: int) -> list[str]:
    """Attributes seen at least so often, in order; words only of the lexicon or of `words`."""
    return sorted(name for name, count in counted if count >= least and (not name.startswith("w=") or name[2:] in words or name[2:] in lexicon()))
