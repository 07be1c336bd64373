"""What the model sees of each token: the attributes of its type, and the company it keeps.

A type is a kind and a surface; what is known of it is the same wherever it stands, so it is worked out once and looked
up. Company is counted: how many tokens of each class stand near, on the line, in the sentence, in the rest of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from sisipan.tag.first_look import windows
from sisipan.tag.fold import fold, unleet
from sisipan.tag.words import KINDS, matches

TRADES = ("slot", "togel", "casino", "sportsbook", "poker", "gamble", "loan", "pharma", "adult", "academic_service", "followers", "crypto", "other")
GAMES = frozenset(TRADES[:6])
CLASSES = ("strong", "game", "trade", "promo", "talk", "polite", "disguised", "address", "markup", "hidden", "figure", "capital", "sign", "stop", "line")
NEAR = (3, 10, 30)
WIDTH = 10 * len(CLASSES) + 7  # of the company of a token
GAP = 4  # empty rows between windows, as many as the model's widest step
BLOCK = 64  # rows come in whole blocks: a matrix product then treats each row alike, whatever stands beside it

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em)?\b|(?:left|top)\s*:\s*-\d{3,}|text-indent\s*:\s*-|opacity\s*:\s*0|"
    r"(?:height|width)\s*:\s*[01](?:px)?\b|clip\s*:\s*rect|<noscript|<marquee|color\s*[=:].?#?fff",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+?62|08)[\dx*]{2,}|[\dx*]{4,}", re.IGNORECASE)
_WEAK = frozenset("slot slots poker betting taruhan casino casinos kasino казино слот слоты".split())  # as often named as promoted

Look = Callable[[str], Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Type:
    """What is known of a token by its kind and surface: attributes, the plain word beneath (None for what is no word), classes it is counted in."""

    attributes: tuple[str, ...]
    word: str | None
    classes: tuple[str, ...]


@cache
def lexicon() -> dict[str, frozenset[str]]:
    """The classes (a trade, `promo`, `talk`, `polite`) of each word of `lexicon.json`."""
    out: dict[str, set[str]] = {}
    for name, words in _stored().items():
        if name not in ("stems", "first_look", "hints", "faint_hints"):
            for word in words:
                out.setdefault(word, set()).add(name)
    return {word: frozenset(names) for word, names in out.items()}


@cache
def _stored() -> dict[str, list[str]]:
    return json.loads(files("sisipan.tag").joinpath("lexicon.json").read_text("utf-8"))


@cache
def _stems() -> re.Pattern[str]:
    return re.compile("|".join(_stored()["stems"]))


def _shape(word: str) -> str:
    out = ""
    for c in word[:24]:
        kind = "X" if c.isupper() else "d" if c.isdigit() else "x" if c.isalpha() else "-"
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
    """Numbers of the types of one kind by surface; a new one is taken into the `Types` that it belongs to."""

    def __init__(self, types: Types, kind: str) -> None:
        self._types, self._kind = types, kind

    def __missing__(self, surface: str) -> int:
        self[surface] = number = self._types.add(describe(self._kind, surface))
        return number


class Types:
    """Types met so far, numbered from 1 in the order in which they were met; 0 is the empty row between windows."""

    def __init__(self) -> None:
        self.known: list[Type] = [Type((), None, ())]
        by_kind = {kind: _Numbers(self, kind) for kind in ("cut", *KINDS.values())}
        self.numbers = {"cut": by_kind["cut"]} | {group: by_kind[kind] for group, kind in KINDS.items()}
        self._flags = np.zeros((1024, len(CLASSES)), np.float32)

    def add(self, one: Type) -> int:
        """Take in a type that is not known yet; its number."""
        number = len(self.known)
        self.known.append(one)
        if number == len(self._flags):
            self._flags = np.concatenate([self._flags, np.zeros_like(self._flags)])
        self._flags[number, [CLASSES.index(name) for name in one.classes]] = 1
        return number

    def flags(self, numbers: np.ndarray) -> np.ndarray:
        """Which classes each of the types is counted in, (n, len(CLASSES))."""
        return self._flags[numbers]


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


def read(texts: Sequence[str], types: Types, look: Look = windows) -> Reading:
    """The windows of texts as tokens; `sizes` (texts,) are the lengths of the texts, `look` finds the windows of one."""
    starts, ends, kinds = [0] * GAP, [0] * GAP, [0] * GAP
    owners: list[tuple[int, int]] = [(-1, GAP)]  # which text (or -1, a gap), and how many rows
    mark = types.numbers["cut"][""]
    for number, text in enumerate(texts):
        for start, end in look(text):
            before = len(starts)
            if start > 0:
                starts.append(start), ends.append(start), kinds.append(mark)
            for match in matches(text, start, end):
                starts.append(match.start()), ends.append(match.end()), kinds.append(types.numbers[match.lastgroup][match[0]])
            if end < len(text):
                starts.append(end), ends.append(end), kinds.append(mark)
            owners += [(number, len(starts) - before), (-1, GAP)]
            for column in (starts, ends, kinds):
                column += [0] * GAP
    owners.append((-1, -len(starts) % BLOCK))
    for column in (starts, ends, kinds):
        column += [0] * (-len(column) % BLOCK)
    whose, counts = np.array(owners).T
    order = np.cumsum(whose >= 0) - 1
    rows = (np.array(column) for column in (starts, ends, kinds))
    return Reading(np.repeat(whose, counts), np.repeat(np.where(whose < 0, -1, order), counts), *rows, np.array([len(text) for text in texts]))


def _units(ends: np.ndarray, window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row and the one past the last of the unit (a line, a sentence) that each row belongs to; a unit ends with a row of `ends` or with its window."""
    fresh = np.ones(len(ends), bool)
    fresh[1:] = (ends[:-1] > 0) | (window[1:] != window[:-1])
    first = np.flatnonzero(fresh)
    unit = np.cumsum(fresh) - 1
    return first[unit], np.append(first[1:], len(ends))[unit]


class Company:
    """Counts of the classes about the rows of a reading; `flags` (n, len(CLASSES)) tells the classes of each row.

    Of each class: within 3, 10, 30 tokens; on the line and in the sentence, as a count and a share; in the rest of the text,
    as a count and per thousand code points.
    """

    def __init__(self, reading: Reading, flags: np.ndarray) -> None:
        self._reading, self._flags = reading, flags
        self._sums = np.zeros((len(flags) + 1, len(CLASSES)), np.float32)
        np.cumsum(flags, 0, out=self._sums[1:])
        self._window = _units(np.zeros(len(flags)), reading.window)
        self._units = [_units(flags[:, CLASSES.index(name)], reading.window) for name in ("line", "stop")]
        self._totals = np.zeros((len(reading.sizes) + 1, len(CLASSES)), np.float32)
        np.add.at(self._totals, reading.text, flags)  # gaps go to the last row

    def rows(self, low: int, high: int) -> np.ndarray:
        """The company of rows `low` up to `high`, as the logarithm of one more: (high - low, WIDTH), zero in gaps."""
        width, here = len(CLASSES), slice(low, high)
        at = np.arange(low, high)
        out = np.empty((high - low, WIDTH), np.float32)
        first, last = (edge[here] for edge in self._window)
        for number, radius in enumerate(NEAR):
            self._between(np.maximum(at - radius, first), np.minimum(at + radius + 1, last), out[:, number * width : (number + 1) * width])
        column = len(NEAR) * width
        near = out[:, column - width : column]
        for first, last in self._units:
            first, last = first[here], last[here]
            count, share, length = out[:, column : column + width], out[:, column + width : column + 2 * width], (last - first).astype(np.float32)
            self._between(first, last, count)
            np.multiply(count, (3 / length)[:, None], out=share)
            column += 2 * width
            out[:, column], out[:, column + 1], out[:, column + 2] = length / 4, np.minimum(at - first, 8) / 4, np.minimum(last - 1 - at, 8) / 4
            column += 3
        text = self._reading.text[here]
        size = np.append(self._reading.sizes, 1)[text].astype(np.float32)
        rest, dense = out[:, column : column + width], out[:, column + width : column + 2 * width]
        np.subtract(self._totals[text], near, out=rest)
        np.multiply(rest, (1000 / np.maximum(size, 300))[:, None], out=dense)
        column += 2 * width
        counts = out[:, :column]
        counts += 1
        np.log(counts, out=counts)
        out[:, column : column + width] = self._flags[here]
        out[:, -1] = np.log(size + 1) / 8
        out[self._reading.window[here] < 0] = 0
        return out

    def _between(self, first: np.ndarray, last: np.ndarray, out: np.ndarray) -> None:
        """Counts of the rows from `first` up to `last`, written to `out`."""
        np.subtract(self._sums.take(last, 0), self._sums.take(first, 0), out=out)


def vocabulary(counted: Iterable[tuple[str, int]], words: frozenset[str], least: int) -> list[str]:
    """Attributes seen at least so often, in order; words only of the lexicon or of `words`."""
    return sorted(name for name, count in counted if count >= least and (not name.startswith("w=") or name[2:] in words or name[2:] in lexicon()))
