"""The edges of spans in a batch: where one may cut a word, take in a sign, or leave a gap that is none.

As in `spans`, every function returns numbers of rows that the checks must look at; what is decided by letters beyond ASCII is left to them.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sisipan.fast.spans import Layer
from sisipan.fast.texts import KEEP, WORD, Texts, eight_bytes
from sisipan.quotes import cuts_word

_LETTER, _DIGIT, _UPPER, _LOWER = 1, 2, 4, 8
_LEADING, _TRAILING = b",;:.!?)", b",;:!?("


def _kinds() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    for byte in range(128):
        character = chr(byte)
        table[byte] = _LETTER * character.isalpha() | _DIGIT * character.isdigit() | _UPPER * character.isupper() | _LOWER * character.islower()
    table[128:] = _LETTER
    return table


_KINDS = _kinds()


def cuts(texts: Texts, rows: np.ndarray, offsets: np.ndarray, places: np.ndarray, clitics: bool) -> np.ndarray:
    """W503, E307: rows in which an offset cuts a word. Where letters stand on both sides of its place, `cuts_word` itself is asked."""
    before, after, next_ = (_KINDS[texts.run[places + n]] for n in (-1, 0, 1))
    inside = (before & (_LETTER | _DIGIT) > 0) & (after & (_LETTER | _DIGIT) > 0) & (places > texts.bounds[rows]) & (places < texts.bounds[rows + 1])
    glued = (after & _UPPER > 0) & (next_ & _LOWER > 0)
    some = np.flatnonzero(inside & ~glued)
    found = [row for row, offset in zip(rows[some].tolist(), offsets[some].tolist()) if cuts_word(texts.array[row].as_py(), offset, clitics)]
    return np.array(found, np.int64)


def odd_signs(texts: Texts, rows: np.ndarray, first: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """E307: rows in which a range starts or ends with a sign that is no part of it, or may hold one half of a pair."""
    start, end = texts.run[first], texts.run[stop - 1]
    wrong = np.isin(start, np.frombuffer(_LEADING, np.uint8)) | np.isin(end, np.frombuffer(_TRAILING, np.uint8))
    wrong |= (start == 0xE2) | ((end & 0xC0) == 0x80) & (texts.run[stop - 3] == 0xE2)  # quotation marks among others
    run = texts.run[: texts.bounds[-1]]
    counts = []
    for sign in b'()"':
        places = np.flatnonzero(run == sign)
        counts.append(np.searchsorted(places, stop) - np.searchsorted(places, first))
    wrong |= (counts[0] != counts[1]) | (counts[2] % 2 > 0)
    quotes = [texts.leads[texts.points == point] for point in (0x201C, 0x201D)]
    opened, closed = (np.searchsorted(places, stop) - np.searchsorted(places, first) for places in quotes)
    return rows[wrong | (opened != closed)]


def close_regions(spam: Layer, texts: Texts, first: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """E209: rows with two spam regions between which nothing but white space lies."""
    pairs = np.flatnonzero(spam.rows[1:] == spam.rows[:-1])
    gaps = zip(spam.rows[pairs].tolist(), stop[pairs].tolist(), first[pairs + 1].tolist())
    return np.array([row for row, a, b in gaps if not texts.run[a:b].tobytes().decode().strip()], np.int64)


def starting_with(names: Layer, chosen: np.ndarray, texts: Texts, first: np.ndarray, words: Collection[str]) -> np.ndarray:
    """W504: which chosen spans may start with one of the words (in lower case), as far as eight bytes tell."""
    some = np.flatnonzero(chosen)
    first = first[some]
    start = eight_bytes(texts.run)[first]
    wrong = (start & np.uint64(0x8080808080808080)) > 0
    lowered = start | np.uint64(0x2020202020202020)
    for word in words:
        size = min(len(word), 8)
        spelt = (lowered & KEEP[size]) == np.uint64(int.from_bytes(word[:size].encode().ljust(8, b"\0"), "little"))
        wrong |= spelt & ((len(word) >= 8) | ((texts.classes[first + size] & WORD) == 0))
    return some[wrong]
