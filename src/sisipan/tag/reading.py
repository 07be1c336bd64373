"""The tokens of all windows of some texts, as arrays.

Most of a text is words between single blanks, and most of these stood there before: what was cut once into tokens is looked up. Only where a token may
have blanks inside (markup, `s l o t`) every one of them is looked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import sub

import numpy as np

from sisipan.ranges import ranges
from sisipan.tag.features import CLASSES, TRADES, Type, describe
from sisipan.tag.words import KINDS, lines, matches, pieces, surface

GAP = 4  # empty rows between windows, as many as the model's widest step
_HELD = 4096  # matches at a time
BLOCK = 64  # rows come in whole blocks: a matrix product then treats each row alike, to a millionth or so, whatever stands beside it
_CLASS = {name: at for at, name in enumerate(CLASSES)}
_TRADE = {f"c={trade}": at for at, trade in enumerate(TRADES)}  # by the attribute of who names it
_LONG = 64  # code points; a longer piece is hardly met again


class _Numbers(dict[str, int]):
    """Numbers of the types of one group of matches (see `words.matches`) by what was matched; a new one is taken into the `Types` that it belongs to."""

    def __init__(self, types: Types, group: str) -> None:
        self._types, self._group = types, group

    def __missing__(self, matched: str) -> int:
        self[matched] = number = self._types.number(KINDS[self._group], surface(self._group, matched))
        return number


class _Pieces(dict[str | int, int]):
    """Numbers of pieces of lines (see `words.pieces`), or of a type's token by itself. Of each are kept its tokens: their types, and where in it they start."""

    def __init__(self, types: Types) -> None:
        self._matched = types.matched
        self._first, self._count, self._types, self._starts = (array("q") for _ in range(4))

    def __missing__(self, piece: str | int) -> int:
        tokens = [(0, piece)] if isinstance(piece, int) else [(match.start(), self._matched[match.lastgroup][match[0]]) for match in matches(piece, 0, len(piece))]
        number = len(self._first)
        self._first.append(len(self._types))
        self._count.append(len(tokens))
        self._starts.extend(start for start, _ in tokens)
        self._types.extend(one for _, one in tokens)
        self[piece] = number
        return number

    @property
    def kept(self) -> int:
        """How many tokens all pieces have together."""
        return len(self._types)

    def tokens(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of pieces, one after the other: how many tokens each has; where in its piece each token starts, and its type."""
        first, counts, starts, types = (np.frombuffer(some, np.int64) for some in (self._first, self._count, self._starts, self._types))
        first, counts = first[numbers], counts[numbers]
        at = ranges(first, first + counts)
        return counts, starts[at], types[at]


class Types:
    """Types met so far, numbered from 1 in the order in which they were met; 0 is the empty row between windows."""

    def __init__(self) -> None:
        self.known: list[Type] = [Type((), None, ())]
        self.matched = {group: _Numbers(self, group) for group in KINDS}
        self.pieces = _Pieces(self)
        self._numbers: dict[tuple[str, str], int] = {}
        self._flags, self._named = (np.zeros((1024, len(names)), np.float32) for names in (CLASSES, TRADES))
        self._lengths = np.zeros(1024, np.int64)

    @property
    def kept(self) -> int:
        """How much is kept: the number of types, or of tokens of pieces if there are more."""
        return max(len(self.known), self.pieces.kept)

    def number(self, kind: str, surface: str) -> int:
        """The number of a token's type, which is taken in where it is not known yet."""
        number = self._numbers.get((kind, surface))
        if number is not None:
            return number
        one = describe(kind, surface)
        self._numbers[kind, surface] = number = len(self.known)
        self.known.append(one)
        if number == len(self._flags):
            self._flags, self._named, self._lengths = (np.concatenate([known, np.zeros_like(known)]) for known in (self._flags, self._named, self._lengths))
        for name in one.classes:
            self._flags[number, _CLASS[name]] = 1
        for name in one.attributes:
            if name in _TRADE:
                self._named[number, _TRADE[name]] = 1
        self._lengths[number] = len(surface)
        return number

    def flags(self, numbers: np.ndarray) -> np.ndarray:
        """Which classes each of the types is counted in, (n, len(CLASSES))."""
        return self._flags[numbers]

    def are(self, name: str, numbers: np.ndarray) -> np.ndarray:
        """Whether each of the types is counted in a class, (n,)."""
        return self._flags[:, _CLASS[name]][numbers] > 0

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
    `types` (numbers of `Types`). A token that marks where a window was cut is empty. `sizes` are those of the texts, in code points.
    """

    text: np.ndarray
    window: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    types: np.ndarray
    sizes: np.ndarray


def read(texts: Sequence[str], looks: Sequence[Sequence[tuple[int, int]]], types: Types) -> Reading:
    """The windows of texts as tokens; `looks` are the windows of each text (see `first_look`), in order and apart."""
    gap, mark = types.pieces[0], types.pieces[types.number("cut", "")]
    numbers, steps = [gap] * GAP, [0] * GAP  # of pieces, and how many code points on the next begins
    owners: list[tuple[int, int, int]] = [(-1, GAP, 0)]  # which text (or -1, a gap), how many pieces, where the first starts
    for number, (text, look) in enumerate(zip(texts, looks)):
        for start, end in look:
            before = len(steps)
            if start > 0:
                steps.append(0), numbers.append(mark)
            _put(text, start, end, types, numbers, steps)
            if end < len(text):
                steps.append(0), numbers.append(mark)
            owners += [(number, len(steps) - before, start), (-1, GAP, 0)]
            steps += [0] * GAP
            numbers += [gap] * GAP
    counts, within, kinds = types.pieces.tokens(np.array(numbers))
    whose, owned, origin = np.array(owners).T
    head = np.cumsum(owned) - owned
    place = np.cumsum(steps) - steps
    first = np.repeat(place + np.repeat(origin - place[head], owned), counts) + within
    owned = np.add.reduceat(counts, head)
    rest = np.zeros(-len(kinds) % BLOCK, np.int64)
    first, kinds = np.append(first, rest), np.append(kinds, rest)
    order = np.cumsum(whose >= 0) - 1
    text, window = (np.append(np.repeat(some, owned), rest - 1) for some in (whose, np.where(whose < 0, -1, order)))
    return Reading(text, window, first, first + types.lengths(kinds), kinds, np.array([len(text) for text in texts]))


def _put(text: str, start: int, end: int, types: Types, numbers: list[int], steps: list[int]) -> None:
    """Put the pieces of a stretch of `text` behind `numbers`, and how far on the next begins behind `steps`."""
    parts = lines(text, start, end)
    if parts is None:
        _put_tokens(text, start, end, types, numbers, steps)
        return
    for number, part in enumerate(parts):
        some = [part] if number % 2 else pieces(part)
        if some is None or max(map(len, some)) > _LONG:
            _put_tokens(text, start, start + len(part), types, numbers, steps)
        else:
            numbers += map(types.pieces.__getitem__, some)
            steps += [len(piece) + 1 for piece in some]
            steps[-1] -= 1  # no blank stands before or after the end of a line
        start += len(part)


def _put_tokens(text: str, start: int, end: int, types: Types, numbers: list[int], steps: list[int]) -> None:
    """As `_put`, each token by itself."""
    numbers.append(types.pieces[""])
    tokens = matches(text, start, end)
    while some := list(islice(tokens, _HELD)):
        numbers += [types.pieces[types.matched[match.lastgroup][match[0]]] for match in some]
        starts = [match.start() for match in some]
        steps += map(sub, starts, [start, *starts[:-1]])
        start = starts[-1]
    steps.append(end - start)
