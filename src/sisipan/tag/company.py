"""The company that a token keeps: how many tokens of each class stand near, on its line, in its sentence, its window, its text.

What is counted of a line, sentence, window or text is the same for all its tokens, and is worked out once. A network's first layer is a sum over what is
counted; so its part of the sum is worked out once for each of them, too (`Company.through`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sisipan.tag.features import CLASSES
from sisipan.tag.reading import Reading

NEAR = (3, 10, 30)
_PLACES = 4  # columns that tell how far it is to the ends of the line and of the sentence
_MOST = 8  # tokens; ends further off are as good as this far
_WIDE = len(CLASSES)
_BYTES = -(-_WIDE // 8) * 8  # classes are counted in the bytes of whole words of 64 bits, eight at a time
_FEW = 255  # rows; a count of more may not fit into a byte
FLAGS = slice(-_WIDE, None)  # the columns of a token's own classes
_TOLD = 2 * _WIDE + 1  # columns of each unit: counts, shares, its length
_CLOSE = len(NEAR) * _WIDE + _PLACES
WIDTH = _CLOSE + 4 * _TOLD + _WIDE


@dataclass(frozen=True, slots=True)
class _Units:
    """Lines, sentences or windows: `of` (n,) numbers the unit of each row; of each unit its first row, the one past its last, and how many of each class, (units, `_WIDE`)."""

    of: np.ndarray
    first: np.ndarray
    last: np.ndarray
    count: np.ndarray

    @classmethod
    def of_parts(cls, fresh: np.ndarray, first: np.ndarray, count: np.ndarray) -> _Units:
        """Units that begin where it is `fresh` (n,), of smaller ones that begin at `first` and have `count`; each of these lies in one unit."""
        begins = np.flatnonzero(fresh)
        return cls(np.cumsum(fresh) - 1, begins, np.append(begins[1:], len(fresh)), np.add.reduceat(count, np.searchsorted(first, begins)))

    def told(self) -> np.ndarray:
        """What is told of each unit, (units, `_TOLD`)."""
        length = (self.last - self.first).astype(np.float32)[:, None]
        return np.log1p(np.concatenate([self.count, self.count * (3 / length), length / 4], 1))


class Company:
    """Counts of the classes about the rows of a reading; `flags` (n, len(CLASSES)) tells the classes of each row.

    Of each class: how many within 3, 10, 30 tokens; on the line, in the sentence, in the window as a count and three times the share; in all windows of the
    text as a count and per thousand code points of the text. Beside these how far the ends of line and sentence are, how long line, sentence, window and text.
    What is near is given as square roots, the rest as the logarithm of one more.
    """

    def __init__(self, reading: Reading, flags: np.ndarray) -> None:
        self._flags, self._window = flags, reading.window
        counted = np.zeros((len(flags) + 1, _BYTES), np.uint8)
        counted[1:, :_WIDE] = flags
        self._sums = np.cumsum(counted.view(np.uint64), 0)
        window = np.diff(reading.window, prepend=-2) != 0
        line = window | np.append(False, flags[:-1, CLASSES.index("line")] > 0)
        sentence = line | np.append(False, flags[:-1, CLASSES.index("stop")] > 0)
        first = np.flatnonzero(sentence | (np.arange(len(flags)) % _FEW == 0))
        self._sentence = _Units.of_parts(sentence, first, self._between(first, np.append(first[1:], len(flags))).astype(np.float32))
        self._line = _Units.of_parts(line, self._sentence.first, self._sentence.count)
        self._windows = _Units.of_parts(window, self._line.first, self._line.count)
        self._told = [(units.of, units.told()) for units in (self._line, self._sentence, self._windows)] + [(reading.text, self._texts(reading))]

    def _between(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """How many of each class are among the rows `low` up to `high`, `_FEW` at most: (n, _WIDE) bytes, though sums of all rows have long run over."""
        return (self._sums.take(high, 0) - self._sums.take(low, 0)).view(np.uint8)[:, :_WIDE]

    def _texts(self, reading: Reading) -> np.ndarray:
        """What is counted of each text, (texts + 1, `_TOLD`); the last row stands for gaps."""
        size = np.append(reading.sizes, 1).astype(np.float32)[:, None]
        count = np.zeros((len(size), _WIDE), np.float32)
        np.add.at(count, reading.text[self._windows.first], self._windows.count)
        return np.concatenate([np.log1p(np.concatenate([count, count * (1000 / np.maximum(size, 300))], 1)), np.log(size + 1) / 8], 1)

    def _close(self, low: int, high: int) -> np.ndarray:
        """Counts near rows `low` up to `high`, and how far the ends of line and sentence are."""
        at = np.arange(low, high)
        window = self._windows.of[low:high]
        first, last = self._windows.first.take(window), self._windows.last.take(window)
        ends = np.empty((high - low, _PLACES), np.float32)
        for column, units in zip(range(0, _PLACES, 2), (self._line, self._sentence)):
            of = units.of[low:high]
            ends[:, column] = np.minimum(at - units.first[of], _MOST) / 4
            ends[:, column + 1] = np.minimum(units.last[of] - 1 - at, _MOST) / 4
        near = [self._between(np.maximum(at - radius, first), np.minimum(at + radius + 1, last)) for radius in NEAR]
        return np.concatenate([np.sqrt(np.concatenate(near, 1), dtype=np.float32), np.sqrt(ends)], 1)

    def rows(self, low: int, high: int) -> np.ndarray:
        """The company of rows `low` up to `high`: (high - low, WIDTH), zero in gaps."""
        told = [values.take(of[low:high], 0) for of, values in self._told]
        out = np.concatenate([self._close(low, high), *told, self._flags[low:high]], 1)
        out[self._window[low:high] < 0] = 0
        return out

    def through(self, weight: np.ndarray) -> Callable[[int, int], np.ndarray]:
        """A function from `low` and `high` to what `rows` gives times a layer's `weight` (outputs, WIDTH), but for the flags' part, which belongs to a token's type.

        Gaps hold anything.
        """
        close, *others = np.split(weight[:, : WIDTH - _WIDE], range(_CLOSE, WIDTH - _WIDE, _TOLD), axis=1)
        sentence, first = self._sentence.of, self._sentence.first  # a sentence lies within one line, window and text
        told = sum((values @ part.T).take(of[first], 0) for (of, values), part in zip(self._told, others))

        def rows(low: int, high: int) -> np.ndarray:
            out = self._close(low, high) @ close.T
            out += told.take(sentence[low:high], 0)
            return out

        return rows
