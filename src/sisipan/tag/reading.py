"""The tokens of all windows of some texts, as arrays.

Most of a text is words between single blanks, and most of these stood there before: what was cut once into tokens is looked up. Only where a token may
have blanks inside (markup, `s l o t`) every one of them is looked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

import numpy as np

from sisipan.ranges import ranges
from sisipan.tag.evidence import SHOWS, evidence, telling
from sisipan.tag.features import CLASSES, TRADES, Type, describe
from sisipan.tag.words import KINDS, lines, matches, pieces, surface

GAP = 4  # empty rows between windows, as many as the model's widest step
BLOCK = 64  # rows come in whole blocks: a matrix product then treats each row alike, to a millionth or so, whatever stands beside it
_CLASS = {name: at for at, name in enumerate(CLASSES)}
_TRADE = {f"c={trade}": at for at, trade in enumerate(TRADES)}  # by the attribute of who names it
_SHOW = {name: at for at, name in enumerate(SHOWS)}
_LONG = 64  # code points; a longer piece is hardly met again


class _TooLong(Exception):
    """A piece is not kept."""


class _Numbers(dict[str, int]):
    """Numbers of the types of one group of matches (see `words.matches`) by what was matched; a new one is taken into the `Types` that it belongs to."""

    def __init__(self, types: Types, group: str) -> None:
        self._types, self._group = types, group

    def __missing__(self, matched: str) -> int:
        self[matched] = number = self._types.number(KINDS[self._group], surface(self._group, matched))
        return number


class _Pieces(dict[str | int, int]):
    """Numbers of pieces of lines (see `words.pieces`), or of a type's token by itself. Of each are kept its tokens: their types, and where in it they start.

    A piece of more than `_LONG` code points raises _TooLong.
    """

    def __init__(self, types: Types) -> None:
        self._matched = types.matched
        self._first, self._count, self._types, self._starts, self._steps = (array("q") for _ in range(5))

    def __missing__(self, piece: str | int) -> int:
        if isinstance(piece, str) and len(piece) > _LONG:
            raise _TooLong
        tokens = [(0, piece)] if isinstance(piece, int) else [(match.start(), self._matched[match.lastgroup][match[0]]) for match in matches(piece, 0, len(piece))]
        number = len(self._first)
        self._first.append(len(self._types))
        self._count.append(len(tokens))
        for start, one in tokens:
            self._starts.append(start)
            self._types.append(one)
        self._steps.append(0 if isinstance(piece, int) else len(piece) + 1)
        self[piece] = number
        return number

    @property
    def kept(self) -> int:
        """How many tokens all pieces have together."""
        return len(self._types)

    def steps(self, numbers: np.ndarray) -> np.ndarray:
        """Of pieces: how many code points on the next one starts where one blank stands between them; 0 for a token by itself."""
        return np.frombuffer(self._steps, np.int64)[numbers]

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
        self._size = 0
        self._flags, self._named = np.zeros((1024, len(CLASSES)), np.uint8), np.zeros((1024, len(TRADES)), np.float32)
        self._shows = np.zeros((1024, len(SHOWS)), np.uint8)
        self._lengths, self._telling = np.zeros(1024, np.int64), np.zeros(1024, np.int64)

    @property
    def kept(self) -> int:
        """How much is kept: the number of types, of which long ones count for several, or of tokens of pieces if there are more."""
        return max(self._size, self.pieces.kept)

    def number(self, kind: str, surface: str) -> int:
        """The number of a token's type, which is taken in where it is not known yet."""
        number = self._numbers.get((kind, surface))
        if number is not None:
            return number
        one = describe(kind, surface)
        self._numbers[kind, surface] = number = len(self.known)
        self.known.append(one)
        self._size += 1 + len(surface) // _LONG
        if number == len(self._flags):
            old = self._flags, self._named, self._shows, self._lengths, self._telling
            self._flags, self._named, self._shows, self._lengths, self._telling = (np.concatenate([known, np.zeros_like(known)]) for known in old)
        for name in one.classes:
            self._flags[number, _CLASS[name]] = 1
        for name in one.attributes:
            if name in _TRADE:
                self._named[number, _TRADE[name]] = 1
        proven = evidence(kind, surface, one)
        for name in proven:
            if name in _SHOW:
                self._shows[number, _SHOW[name]] = 1
        self._lengths[number], self._telling[number] = len(surface), telling(proven)
        return number

    def flags(self, numbers: np.ndarray) -> np.ndarray:
        """Which classes each of the types is counted in, (n, len(CLASSES)) bytes."""
        return self._flags.take(numbers, 0)

    def are(self, name: str, numbers: np.ndarray) -> np.ndarray:
        """Whether each of the types is counted in a class, (n,)."""
        return self._flags[:, _CLASS[name]].take(numbers) > 0

    def named(self, numbers: np.ndarray) -> np.ndarray:
        """Which trades each of the types names, (n, len(TRADES))."""
        return self._named.take(numbers, 0)

    def telling(self, numbers: np.ndarray) -> np.ndarray:
        """How much a token of each of the types tells by itself (see `evidence.telling`)."""
        return self._telling.take(numbers)

    def shows(self, numbers: np.ndarray) -> np.ndarray:
        """Which of `SHOWS` a token of each of the types proves by itself, (n, len(SHOWS)) bytes."""
        return self._shows.take(numbers, 0)

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """How many code points a token of each of the types has."""
        return self._lengths.take(numbers)


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
    put = _Put(types.pieces, types.matched)
    numbers = put.numbers
    numbers += [gap] * GAP
    owners: list[tuple[int, int, int]] = [(-1, GAP, 0)]  # which text (or -1, a gap), how many pieces, where the first starts
    for number, (text, look) in enumerate(zip(texts, looks)):
        for start, end in look:
            before = len(numbers)
            if start > 0:
                numbers.append(mark)
            put.stretch(text, start, end)
            if end < len(text):
                numbers.append(mark)
            owners += [(number, len(numbers) - before, start), (-1, GAP, 0)]
            numbers += [gap] * GAP
    numbers, steps = put.pieces()
    counts, within, kinds = types.pieces.tokens(numbers)
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


class _Put:
    """Pieces of stretches of text, one after the other: their numbers, and how many code points on the next one starts."""

    def __init__(self, known: _Pieces, matched: dict[str, _Numbers]) -> None:
        self.numbers: list[int] = []
        self._known, self._matched = known, matched
        self._bare: list[int] = []  # places in `numbers` of pieces that no blank follows
        self._steps: dict[int, int] = {}  # by place, where the piece itself does not tell

    def pieces(self) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of all pieces, and their steps."""
        numbers = np.array(self.numbers)
        steps = self._known.steps(numbers)
        steps[self._bare] -= 1
        steps[list(self._steps)] = list(self._steps.values())
        return numbers, steps

    def stretch(self, text: str, start: int, end: int) -> None:
        """Put the pieces of a stretch of `text`."""
        parts = lines(text, start, end)
        if parts is None:
            self._tokens(text, start, end)
            return
        for number, part in enumerate(parts):
            if not self._line([part] if number % 2 else pieces(part)):
                self._tokens(text, start, start + len(part))
            start += len(part)

    def _line(self, some: list[str] | None) -> bool:
        """Put the pieces of a line; False where that cannot be."""
        if some is None:
            return False
        before = len(self.numbers)
        try:
            self.numbers += map(self._known.__getitem__, some)
        except _TooLong:
            del self.numbers[before:]
            return False
        self._bare.append(len(self.numbers) - 1)
        return True

    def _tokens(self, text: str, start: int, end: int) -> None:
        """Put each token of a stretch by itself."""
        starts, kinds = [start], [self._known[""]]
        for match in matches(text, start, end):
            starts.append(match.start())
            kinds.append(self._known[self._matched[match.lastgroup][match[0]]])
        before = len(self.numbers)
        self.numbers += kinds
        self._steps.update(zip(range(before, len(self.numbers)), map(sub, [*starts[1:], end], starts)))
