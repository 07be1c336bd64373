"""The texts of a batch as one run of bytes: where code points, capitals and odd characters stand."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa

CONTINUATION, CAPITAL, WORD, CONTROL, SPACE, LEAD = 1, 2, 4, 8, 16, 32
_PAD = 16


def _classes() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    for byte in range(256):
        character = chr(byte)
        if byte >= 0x80:
            table[byte] = CONTINUATION if byte < 0xC0 else LEAD | CAPITAL
        elif byte < 0x20 or byte == 0x7F:
            table[byte] = (0 if character == "\n" else CONTROL) | (SPACE if character.isspace() else 0)
        else:
            table[byte] = CAPITAL * character.isupper() | WORD * (character.isalnum() or character == "_") | SPACE * character.isspace()
    return table


CLASSES = _classes()


@lru_cache(maxsize=1)
def _seconds() -> frozenset[str]:
    """Every character that may join the one before it when a text is normalised to NFC."""
    blocks = (np.arange(first, first + 0x100, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass") for first in range(0, 0x110000, 0x100))
    decomposed = (character for block in blocks if not unicodedata.is_normalized("NFD", block) for character in block)
    pairs = (unicodedata.decomposition(character).split() for character in decomposed)
    found = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    return frozenset(found | {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))})


def plain(character: str) -> bool:
    """Whether a character is in NFC whatever stands beside it, and visible: no mark, no control or format character, no odd space.

    Python itself answers; the rest is left to the checks.
    """
    if unicodedata.category(character)[0] in "CZM" or not unicodedata.is_normalized("NFC", character):
        return False
    apart = unicodedata.normalize("NFD", character)
    return unicodedata.combining(apart[0]) == 0 and apart[0] not in _seconds() and character not in _seconds()


@lru_cache(maxsize=1)
def _judged() -> np.ndarray:
    """For each code point 0 (not looked at yet), 1 (plain) or 2 (not); filled as characters turn up."""
    return np.zeros(0x110000, np.uint8)


def plain_points(points: np.ndarray) -> np.ndarray:
    """Which of the code points are `plain`."""
    judged = _judged()
    verdicts = judged[points]
    if (verdicts == 0).any():
        for point in np.unique(points[verdicts == 0]).tolist():
            judged[point] = 1 if plain(chr(point)) else 2
        verdicts = judged[points]
    return verdicts == 1


def byte_run(array: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of all strings, one after the other and padded with zeros, and the n + 1 offsets into them."""
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    first, last = (int(bounds[0]), int(bounds[-1])) if len(bounds) else (0, 0)
    out = np.zeros(last - first + _PAD, np.uint8)
    if last > first:
        out[: last - first] = np.frombuffer(data, np.uint8)[first:last]
    return out, bounds - first


def eight_bytes(run: np.ndarray) -> np.ndarray:
    """At each place of a padded run the eight bytes that start there, as one number (little-endian)."""
    return np.ndarray((len(run) - 7,), "<u8", run, strides=(1,))


KEEP = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)


@dataclass(frozen=True)
class Texts:
    """The texts of a batch. A null text is an empty one here. Offsets called `place` count bytes of the whole run."""

    array: pa.StringArray

    @cached_property
    def _run(self) -> tuple[np.ndarray, np.ndarray]:
        return byte_run(self.array)

    @property
    def run(self) -> np.ndarray:
        """The bytes, padded."""
        return self._run[0]

    @property
    def bounds(self) -> np.ndarray:
        """Where each text starts; one more for the end."""
        return self._run[1]

    @cached_property
    def classes(self) -> np.ndarray:
        """What each byte is."""
        return CLASSES[self.run]

    @cached_property
    def _continuations(self) -> np.ndarray:
        return np.flatnonzero(self.classes[: self.bounds[-1]] & CONTINUATION)

    @cached_property
    def first_points(self) -> np.ndarray:
        """How many code points come before each text (and before the end)."""
        return self.bounds - np.searchsorted(self._continuations, self.bounds)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Code points of each text."""
        return np.diff(self.first_points)

    def places(self, rows: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """The place of each code point, given its text and its offset there (0 to the size of the text)."""
        points = self.first_points[rows] + offsets
        more = self._continuations - np.arange(len(self._continuations))
        return points + np.searchsorted(more, points, side="right") if len(more) else points

    def rows_at(self, places: np.ndarray) -> np.ndarray:
        """The text in which each place lies."""
        return np.searchsorted(self.bounds, places, side="right") - 1

    @cached_property
    def leads(self) -> np.ndarray:
        """Places of the characters beyond ASCII."""
        return np.flatnonzero(self.classes[: self.bounds[-1]] & LEAD)

    @cached_property
    def points(self) -> np.ndarray:
        """The code points of the characters at `leads`."""
        lead, a, b, c = (self.run[self.leads + n].astype(np.int64) for n in range(4))
        two = (lead & 0x1F) << 6 | a & 0x3F
        three = (lead & 0x0F) << 12 | (a & 0x3F) << 6 | b & 0x3F
        four = (lead & 0x07) << 18 | (a & 0x3F) << 12 | (b & 0x3F) << 6 | c & 0x3F
        return np.where(lead < 0xE0, two, np.where(lead < 0xF0, three, four))

    def odd_rows(self) -> np.ndarray:
        """Texts with a character that is not `plain`: the checks are asked about those."""
        controls = np.flatnonzero(self.classes[: self.bounds[-1]] & CONTROL)
        odd = self.leads[~plain_points(self.points)] if len(self.leads) else controls[:0]
        return np.unique(self.rows_at(np.concatenate([controls, odd])))
