"""Scores and agreement against other libraries, by hand, and by chance."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from conftest import BASE
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

from sisipan.agreement import agreement, alpha_nominal, kappa, unitising_alpha
from sisipan.build import load_article
from sisipan.score import characters, exact_boundary, match, partial_overlap, strict

FLOOD = load_article(BASE, "banjir-demak")
judgements = st.lists(st.tuples(st.sampled_from("OABC"), st.sampled_from("OABC")), min_size=2, max_size=40)


@given(judgements)
def test_alpha_and_kappa_are_those_of_nltk(pairs: list[tuple[str, str]]) -> None:
    task = AnnotationTask([row for n, (a, b) in enumerate(pairs) for row in (("a", n, a), ("b", n, b))])
    counts = np.zeros((4, 4))
    for a, b in pairs:
        counts["OABC".index(a), "OABC".index(b)] += 1
    values = {value for pair in pairs for value in pair}
    assert alpha_nominal(counts) == pytest.approx(task.alpha() if len(values) > 1 else 1.0)
    found = kappa(pairs)
    if found is not None:
        assert found == pytest.approx(task.kappa()) == pytest.approx(cohen_kappa_score(*zip(*pairs)))


def test_neighbours_do_not_overlap() -> None:
    assert match([(0, 5, "A")], [(5, 9, "A")]) == []
    assert partial_overlap([(0, 5, "A")], [(5, 9, "A")]).f1 == 0
    assert characters([(0, 5, "A")], [(4, 9, "A")]).precision == pytest.approx(1 / 5)


def test_scores_worked_by_hand() -> None:
    gold = [(0, 10, "A"), (20, 30, "B")]
    found = [(0, 10, "B"), (25, 30, "B"), (40, 50, "A")]
    assert strict(gold, found).f1 == 0
    assert (exact_boundary(gold, found).precision, exact_boundary(gold, found).recall) == (pytest.approx(1 / 3), pytest.approx(1 / 2))
    overlap = partial_overlap(gold, found)
    assert (overlap.precision, overlap.recall) == (pytest.approx(1 / 3), pytest.approx(0.25))
    assert strict([], []).f1 == 1 and characters([], [(0, 1, "A")]).f1 == 0 and partial_overlap([(0, 1, "A")], []).f1 == 0


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from("AB")), max_size=8).map(lambda found: [(s, s + n, x) for s, n, x in found])


@given(spans, spans, st.randoms())
def test_matching_is_one_to_one_and_independent_of_order(gold: list, found: list, shuffle: random.Random) -> None:
    pairs = match(gold, found)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    again_gold, again_found = gold[:], found[:]
    shuffle.shuffle(again_gold)
    shuffle.shuffle(again_found)
    total = sum(min(gold[i][1], found[j][1]) - max(gold[i][0], found[j][0]) for i, j in pairs)
    assert total == sum(min(again_gold[i][1], again_found[j][1]) - max(again_gold[i][0], again_found[j][0]) for i, j in match(again_gold, again_found))
    for measure in (strict, exact_boundary, partial_overlap, characters):
        assert measure(gold, found).f1 == pytest.approx(measure(again_gold, again_found).f1)
        assert measure(gold, found).precision == pytest.approx(measure(found, gold).recall)


def units(generator: random.Random, length: int) -> list[tuple[int, int, str]]:
    """Spans laid at random."""
    out, at = [], 0
    while at < length:
        start = at + generator.randint(1, 60)
        at = start + generator.randint(1, 30)
        if at < length:
            out.append((start, at, generator.choice("xy")))
    return out


def test_unitising_alpha_is_one_for_equals_and_about_zero_for_chance() -> None:
    generator = random.Random(1)
    one = units(generator, 3000)
    assert unitising_alpha([(one, one)], [3000]) == 1
    assert unitising_alpha([([], [])], [10]) == 1
    chance = [unitising_alpha([(units(generator, 3000), units(generator, 3000))], [3000]) for _ in range(60)]
    assert abs(sum(chance) / len(chance)) < 0.1
    near = [(s + 1, e, x) for s, e, x in one]
    assert 0.9 < unitising_alpha([(one, near)], [3000]) < 1


def test_observed_disagreement_worked_by_hand() -> None:
    # Units 0:10 and 2:10 of one label on a continuum of 100: squared difference 4 + 0, counted from both sides.
    from sisipan.agreement import _gaps, _observed

    a, b = [(0, 10)], [(2, 10)]
    assert _observed(a, b, _gaps(a, 100), _gaps(b, 100)) == 4
    assert _observed(a, [], _gaps(a, 100), _gaps([], 100)) == 100


def test_agreement_of_a_pass_with_itself_is_perfect_and_a_change_shows_where_it_is() -> None:
    for one in agreement([(FLOOD, FLOOD)]):
        assert (one.strict.f1, one.overlap.f1, one.characters.f1, one.alpha, one.unitising_alpha) == (1, 1, 1, 1, 1)
    claim = replace(FLOOD.claims[0], checkworthy=False, claimant="e5", cue=None)
    other = replace(FLOOD, claims=(claim, FLOOD.claims[1]), entities=FLOOD.entities[:-1])
    entities, claims, spam = agreement([(FLOOD, other)])
    assert entities.strict.recall == pytest.approx(5 / 6) and entities.strict.precision == 1
    assert entities.labels["DAT"][0].f1 == 0 and entities.labels["PER"][0].f1 == 1
    assert claims.strict.f1 == 1 and claims.attributes["checkworthy"][1:] == (0.5, 2)
    assert claims.attributes["cue"][1] == claims.attributes["claimant"][1] == 0.5
    assert spam.strict.f1 == 1
