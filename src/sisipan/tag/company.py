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
FLAGS = slice(-_WIDE, None)  # the columns of a token's own classes
_TOLD = 2 * _WIDE + 1  # columns of each unit: counts, shares, its length
_CLOSE = len(NEAR) * _WIDE + _PLACES
WIDTH = _CLOSE + 4 * _TOLD + _WIDE


@dataclass(frozen=True, slots=True)
class _Units:
    """Lines, sentences or windows: `of` (n,) numbers the unit of each row; of each unit its first row, the one past its last, and what is counted, (units, `_TOLD`)."""

    of: np.ndarray
    first: np.ndarray
    last: np.ndarray
    told: np.ndarray


class Company:
    """Counts of the classes about the rows of a reading; `flags` (n, len(CLASSES)) tells the classes of each row.

    Of each class: how many within 3, 10, 30 tokens; on the line, in the sentence, in the window as a count and three times the share; in all windows of the
    text as a count and per thousand code points of the text. Beside these how far the ends of line and sentence are, how long line, sentence, window and text.
    What is near is given as square roots, the rest as the logarithm of one more.
    """

    def __init__(self, reading: Reading, flags: np.ndarray) -> None:
        self._flags, self._window = flags, reading.window
        self._sums = np.zeros((len(flags) + 1, _WIDE), np.float32)
        np.cumsum(flags, 0, out=self._sums[1:])
        self._line, self._sentence, self._windows = self._units("line"), self._units("stop"), self._units(None)
        self._told = [(units.of, units.told) for units in (self._line, self._sentence, self._windows)] + [(reading.text, self._texts(reading))]

    def _units(self, ending: str | None) -> _Units:
        """Units that end with a token of the class `ending`, or with their window."""
        fresh = np.ones(len(self._window), bool)
        fresh[1:] = self._window[1:] != self._window[:-1]
        if ending is not None:
            fresh[1:] |= self._flags[:-1, CLASSES.index(ending)] > 0
        first = np.flatnonzero(fresh)
        last = np.append(first[1:], len(fresh))
        length = (last - first).astype(np.float32)[:, None]
        count = self._sums.take(last, 0) - self._sums.take(first, 0)
        return _Units(np.cumsum(fresh) - 1, first, last, np.log1p(np.concatenate([count, count * (3 / length), length / 4], 1)))

    def _texts(self, reading: Reading) -> np.ndarray:
        """What is counted of each text, (texts + 1, `_TOLD`); the last row stands for gaps."""
        size = np.append(reading.sizes, 1).astype(np.float32)[:, None]
        count = np.zeros((len(size), _WIDE), np.float32)
        windows = self._windows
        np.add.at(count, reading.text[windows.first], self._sums[windows.last] - self._sums[windows.first])
        return np.concatenate([np.log1p(np.concatenate([count, count * (1000 / np.maximum(size, 300))], 1)), np.log(size + 1) / 8], 1)

    def _close(self, low: int, high: int) -> np.ndarray:
        """Counts near rows `low` up to `high`, and how far the ends of line and sentence are."""
        at = np.arange(low, high)
        window = self._windows.of[low:high]
        first, last = self._windows.first.take(window), self._windows.last.take(window)
        out = np.empty((high - low, _CLOSE), np.float32)
        for number, radius in enumerate(NEAR):
            near = out[:, number * _WIDE : (number + 1) * _WIDE]
            np.subtract(self._sums.take(np.minimum(at + radius + 1, last), 0), self._sums.take(np.maximum(at - radius, first), 0), out=near)
        for column, units in zip(range(_CLOSE - _PLACES, _CLOSE, 2), (self._line, self._sentence)):
            of = units.of[low:high]
            out[:, column] = np.minimum(at - units.first[of], _MOST) / 4
            out[:, column + 1] = np.minimum(units.last[of] - 1 - at, _MOST) / 4
        return np.sqrt(out, out=out)

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
