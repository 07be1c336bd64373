"""Inter-annotator agreement of two passes, per layer, label and attribute.

Sources: Krippendorff's alpha for nominal data on words, and unitising alpha (Krippendorff 2004, *Measuring the
Reliability of Qualitative Text Analysis Data*, Quality & Quantity 38, equations for one category summed over
categories); Cohen's kappa (1960) on matched spans; intervals by bootstrap over articles (Efron 1979).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sisipan.model import LAYERS, Article
from sisipan.score import ZERO, Labelled, Score, characters, exact_boundary, match, partial_overlap, spans_of, strict
from sisipan.segment import word_spans

Pair = tuple[Article, Article]
ATTRIBUTES = {"claims": ("label", "checkworthy", "speaker", "cue", "claimant"), "spam": ("label", "form", "obfuscation"), "entities": ("label",)}
RESAMPLES = 1000


@dataclass(frozen=True)
class LayerAgreement:
    """Agreement on one layer. `boundary` asks for the same offsets only, `strict` for the same label too. `labels` gives strict and overlap scores per label; `attributes` pairs (kappa or None, raw agreement, matched spans)."""

    layer: str
    strict: Score
    boundary: Score
    overlap: Score
    characters: Score
    labels: dict[str, tuple[Score, Score]]
    alpha: float
    alpha_interval: tuple[float, float]
    unitising_alpha: float
    attributes: dict[str, tuple[float | None, float, int]]


def alpha_nominal(counts: np.ndarray) -> float:
    """Krippendorff's alpha of two coders from their table of counts (value by A, value by B); 1 where only one value occurs."""
    coincidences = counts + counts.T
    totals = coincidences.sum(axis=1)
    n = totals.sum()
    expected = (n * n - (totals * totals).sum()) / (n * (n - 1)) if n > 1 else 0.0
    observed = (n - np.trace(coincidences)) / n if n else 0.0
    return 1.0 if expected == 0 else float(1 - observed / expected)


def kappa(pairs: Sequence[tuple[object, object]]) -> float | None:
    """Cohen's kappa of paired judgements; None where there is one value only, so that nothing can be told."""
    if not pairs:
        return None
    n = len(pairs)
    a, b = Counter(x for x, _ in pairs), Counter(y for _, y in pairs)
    expected = sum(a[value] * b[value] for value in a) / n**2
    observed = sum(x == y for x, y in pairs) / n
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _word_counts(pair: Pair, layer: str, values: list[str]) -> np.ndarray:
    """Table of the labels that A and B give each word of an article; a word has the label of a span that it overlaps."""
    index = {value: n for n, value in enumerate(values)}
    labelled = []
    for article in pair:
        of = ["O"] * len(article.text)
        for start, end, label in spans_of(article, layer):
            of[start:end] = [label] * (end - start)
        labelled.append(of)
    counts = np.zeros((len(values), len(values)))
    for start, end in word_spans(pair[0].text):
        a, b = (next((value for value in of[start:end] if value != "O"), "O") for of in labelled)
        counts[index[a], index[b]] += 1
    return counts


def unitising_alpha(units: Sequence[tuple[Sequence[Labelled], Sequence[Labelled]]], lengths: Sequence[int]) -> float:
    """Unitising alpha of two coders over texts laid end to end; 1 where no one marked anything.

    `units` gives the spans of A and B for each text, `lengths` the code points of each.
    """
    total = sum(lengths)
    by_label: dict[str, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = defaultdict(lambda: ([], []))
    offset = 0
    for (a, b), length in zip(units, lengths):
        for side, spans in enumerate((a, b)):
            for start, end, label in spans:
                by_label[label][side].append((offset + start, offset + end))
        offset += length
    observed = expected = 0.0
    for sides in by_label.values():
        ordered = [sorted(side) for side in sides]
        gaps = [_gaps(side, total) for side in ordered]
        observed += 2 * _observed(*ordered, *gaps) / (2 * total**2)
        expected += _expected(ordered, gaps, total)
    return 1.0 if expected == 0 else 1 - observed / expected


def _gaps(units: Sequence[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for unit in units for edge in unit), total]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2]) if a < b]


def _observed(a: list, b: list, gaps_a: list, gaps_b: list) -> float:
    """Sum of squared differences between the sections of A and those of B."""
    total, low = 0.0, 0
    for start, end in a:
        while low < len(b) and b[low][1] <= start:
            low += 1
        n = low
        while n < len(b) and b[n][0] < end:
            total += (start - b[n][0]) ** 2 + (end - b[n][1]) ** 2
            n += 1
    for units, gaps in ((a, gaps_b), (b, gaps_a)):
        n = 0
        for start, end in units:
            while n < len(gaps) and gaps[n][1] < end:
                n += 1
            if n < len(gaps) and gaps[n][0] <= start and end <= gaps[n][1]:
                total += (end - start) ** 2
    return total


def _expected(units: Sequence[list], gaps: Sequence[list], total: int) -> float:
    """What the same sections would disagree by if they were placed by chance."""
    lengths = np.array([end - start for side in units for start, end in side], dtype=float)
    spaces = np.array([end - start for side in gaps for start, end in side], dtype=float)
    n, m = len(lengths), 2
    inner = (n - 1) / 3 * (2 * lengths**3 - 3 * lengths**2 + lengths)
    spaces.sort()
    first = np.searchsorted(spaces, lengths)  # of the gaps that a section fits in
    behind = np.append(np.cumsum(spaces[::-1])[::-1], 0)
    room = behind[first] - (len(spaces) - first) * (lengths - 1)
    above = 2 / total * (inner + lengths**2 * room).sum()
    below = m * total * (m * total - 1) - (lengths * (lengths - 1)).sum()
    return above / below


def _attribute(pairs: Sequence[Pair], layer: str, name: str) -> tuple[float | None, float, int]:
    """Kappa (for closed lists), raw agreement and number of spans that both passes have with the same offsets, or overlapping for label."""

    def value(article: Article, span: object) -> object:
        found = getattr(span, name)
        if name in ("speaker", "cue"):
            return (found.start, found.end) if found else None
        if name == "claimant" and found is not None:
            return next((e.start, e.end) for e in article.entities if e.id == found)
        return found

    judged = []
    for a, b in pairs:
        ones, others = getattr(a, layer), getattr(b, layer)
        for i, j in match(spans_of(a, layer), spans_of(b, layer)):
            judged.append((value(a, ones[i]), value(b, others[j])))
    raw = sum(x == y for x, y in judged) / len(judged) if judged else 1.0
    return (kappa(judged) if name in ("label", "checkworthy", "form", "obfuscation") else None), raw, len(judged)


def layer_agreement(pairs: Sequence[Pair], layer: str, resamples: int = RESAMPLES) -> LayerAgreement:
    """Agreement of the two passes over articles whose text is at hand; the interval holds 95 of 100 resamples."""
    def total(measure: Callable[[list[Labelled], list[Labelled]], Score], label: str | None = None) -> Score:
        kept = [[[s for s in spans_of(article, layer) if label in (None, s[2])] for article in pair] for pair in pairs]
        return sum((measure(a, b) for a, b in kept), ZERO)

    found = sorted({span[2] for pair in pairs for article in pair for span in spans_of(article, layer)})
    tables = np.array([_word_counts(pair, layer, ["O", *found]) for pair in pairs])
    chosen = np.random.default_rng(0).integers(0, len(pairs), (resamples, len(pairs)))
    alphas = [alpha_nominal(tables[rows].sum(axis=0)) for rows in chosen]
    return LayerAgreement(
        layer,
        total(strict),
        total(exact_boundary),
        total(partial_overlap),
        total(characters),
        {label: (total(strict, label), total(partial_overlap, label)) for label in found},
        alpha_nominal(tables.sum(axis=0)),
        (float(np.quantile(alphas, 0.025)), float(np.quantile(alphas, 0.975))),
        unitising_alpha([(spans_of(a, layer), spans_of(b, layer)) for a, b in pairs], [len(a.text) for a, _ in pairs]),
        {name: _attribute(pairs, layer, name) for name in ATTRIBUTES[layer]},
    )


def agreement(pairs: Sequence[Pair]) -> list[LayerAgreement]:
    """Agreement on every layer."""
    return [layer_agreement(pairs, layer) for layer in LAYERS]
