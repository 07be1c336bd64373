"""How far two sets of spans agree: strict, exact-boundary, overlap, characters. Half-open spans, independent of order.

A span here is `(start, end, label)` in code points. Spans that touch, such as 0:5 and 5:9, share nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter

from sisipan.model import Article
from sisipan.offsets import merged, overlap

Labelled = tuple[int, int, str]
_start, _end = itemgetter(0), itemgetter(1)


def spans_of(article: Article, layer: str) -> list[Labelled]:
    """`(start, end, label)` of a layer."""
    return [(span.start, span.end, span.label) for span in getattr(article, layer)]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 from what was hit: `hit_p` of `found` found spans, `hit_r` of `wanted` wanted ones."""

    hit_p: float
    found: float
    hit_r: float
    wanted: float

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found and nothing wanted."""
        return self.hit_p / self.found if self.found else float(not self.wanted)

    @property
    def recall(self) -> float:
        """Share of what was wanted that was found; 1 where nothing was wanted and nothing found."""
        return self.hit_r / self.wanted if self.wanted else float(not self.found)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.hit_p + other.hit_p, self.found + other.found, self.hit_r + other.hit_r, self.wanted + other.wanted)


ZERO = Score(0, 0, 0, 0)


def strict(gold: Iterable[Labelled], predicted: Iterable[Labelled]) -> Score:
    """Same offsets and same label; one predicted span hits one gold span."""
    a, b = Counter(gold), Counter(predicted)
    hits = (a & b).total()
    return Score(hits, b.total(), hits, a.total())


def exact_boundary(gold: Iterable[Labelled], predicted: Iterable[Labelled]) -> Score:
    """Same offsets, whatever the label."""
    return strict([(s, e, "") for s, e, _ in gold], [(s, e, "") for s, e, _ in predicted])


def partial_overlap(gold: Sequence[Labelled], predicted: Sequence[Labelled]) -> Score:
    """Each span counts by the share of it that spans of the same label on the other side cover (SemEval-2020 task 11, Da San Martino et al.)."""

    def covered(ones: Sequence[Labelled], others: Sequence[Labelled]) -> float:
        by_label = {label: merged((s, e) for s, e, other in others if other == label) for label in {label for _, _, label in others}}

        def length(start: int, end: int, label: str) -> int:
            ranges = by_label.get(label, [])
            return sum(overlap(start, end, a, b) for a, b in ranges[bisect_right(ranges, start, key=_end) : bisect_left(ranges, end, key=_start)])

        return sum(length(s, e, label) / (e - s) for s, e, label in ones)

    return Score(covered(predicted, gold), len(predicted), covered(gold, predicted), len(gold))


def characters(gold: Iterable[Labelled], predicted: Iterable[Labelled]) -> Score:
    """Code points, whatever the label (Toxic Spans, SemEval-2021 task 5)."""
    a, b = (merged((s, e) for s, e, _ in spans) for spans in (gold, predicted))
    sizes = [sum(e - s for s, e in ranges) for ranges in (a, b, merged([*a, *b]))]
    shared = sizes[0] + sizes[1] - sizes[2]
    return Score(shared, sizes[1], shared, sizes[0])


def match(gold: Sequence[Labelled], predicted: Sequence[Labelled]) -> list[tuple[int, int]]:
    """Pairs of indices of spans that share code points, one to one: the largest overlap first, then the same label, then the earlier span."""
    order = sorted(range(len(predicted)), key=lambda j: predicted[j][0])
    starts = [predicted[j][0] for j in order]
    reach = list(accumulate((predicted[j][1] for j in order), max))  # how far any of those so far goes
    pairs = []
    for i, g in enumerate(gold):
        for j in order[bisect_right(reach, g[0]) : bisect_left(starts, g[1])]:
            p = predicted[j]
            if shared := overlap(g[0], g[1], p[0], p[1]):
                pairs.append((-shared, g[2] != p[2], g, p, i, j))
    left: set[int] = set()
    right: set[int] = set()
    out = []
    for *_, i, j in sorted(pairs):
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            out.append((i, j))
    return sorted(out)
