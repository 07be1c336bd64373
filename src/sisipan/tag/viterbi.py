"""The best tags under the scheme (Viterbi 1967), for all rows of a reading at once.

Between two tokens a path is outside regions (after O, E, U; before O, B, U) or inside one, so a row is a 2 by 2 matrix of what each way through it
gives, and the best way through several rows is their product where sums are maxima and products sums. All prefixes of such products come in as many
steps as the longest window has binary digits (Hillis and Steele 1986), each of them a few operations over all rows: no loop runs over tokens.
"""

from __future__ import annotations

import numpy as np

TAGS = "OBIEU"
_O, _B, _I, _E, _U = range(len(TAGS))


def _prefixes(ways: np.ndarray, longest: int) -> np.ndarray:
    """Of ways (4, n) through rows, from outside to outside, outside to inside, inside to outside, inside to inside, those through all rows up to each.

    Rows further back than `longest` may be left out.
    """
    ways, step = ways.copy(), 1
    while step <= longest:
        (a, b, c, d), (e, f, g, h) = ways[:, :-step], ways[:, step:]
        ways[:, step:] = np.maximum(a + e, b + g), np.maximum(a + f, b + h), np.maximum(c + e, d + g), np.maximum(c + f, d + h)
        step *= 2
    return ways


def _states(closed: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Whether the best path is inside a region before each row, outside after the last.

    It came from inside where the row is `closed` and the path is outside after it, or not `opened` and the path inside. So where one of both holds, it
    does not matter what comes after; where both hold the answer is the other than after the row, where neither holds the same.
    """
    closed, opened = closed[::-1], opened[::-1]
    settled = closed != opened
    turns = np.cumsum(closed & opened)
    last = np.maximum.accumulate(np.where(settled, np.arange(len(closed)), -1))
    return (np.where(last < 0, turns % 2, closed[last] ^ (turns - turns[last]) % 2) > 0)[::-1]


def _inside(scores: np.ndarray, window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether the best path is inside a region before each row and after it."""
    outside, begin, go_on, end, alone = scores.T
    gap = window < 0
    ways = np.empty((4, len(scores) + 1))
    ways[:, 1:] = np.where(gap, [[0], [-np.inf], [-np.inf], [-np.inf]], [np.maximum(outside, alone), begin, end, go_on])
    ways[:, 0] = 0, -np.inf, -np.inf, -np.inf
    stays, begins, ends, goes_on = ways[:, 1:]
    out, within, _, _ = _prefixes(ways, int(np.bincount(window[~gap]).max(initial=0)))[:, :-1]
    before = _states(within + ends > out + stays, out + begins >= within + goes_on)
    return before, np.append(before[1:], False)


def decode(scores: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The best tags (n,), numbers into `TAGS`, for scores (n, 5). Between windows lie gaps, where `window` is -1: there they are O, and no path is inside a region."""
    outside, begin, go_on, end, alone = scores.T
    tags = np.where((alone > outside) & (window >= 0), _U, _O)
    likely = np.zeros(window.max(initial=-1) + 2, bool)  # windows in which a region of several tokens can be better than none; the last stands for gaps
    likely[window[np.maximum(np.maximum(begin, go_on), end) > np.maximum(outside, alone)]] = True
    likely[-1] = True
    rows = np.flatnonzero(likely[window])
    before, after = _inside(scores[rows].astype(np.float64), window[rows])
    tags[rows] = np.select([before & after, before, after], [_I, _E, _B], tags[rows])
    return tags
