"""Decoding: the best path under the scheme, against all paths there are; each window by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sisipan.tag.reading import GAP
from sisipan.tag.viterbi import TAGS, decode


@given(st.lists(st.lists(st.integers(-40, 0), min_size=5, max_size=5), min_size=1, max_size=6), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_decoding_finds_the_best_path_that_the_scheme_allows(rows: list[list[int]], gap: int) -> None:
    scores = np.array(rows, np.float32) + np.arange(5, dtype=np.float32) / 64  # no ties
    follows = {"O": "OBU", "E": "OBU", "U": "OBU", "B": "IE", "I": "IE"}

    def allowed(path: tuple[int, ...]) -> bool:
        tags = [TAGS[n] for n in path]
        return tags[0] in "OBU" and tags[-1] in "OEU" and all(b in follows[a] for a, b in itertools.pairwise(tags))

    best = max(sum(scores[n, tag] for n, tag in enumerate(path)) for path in itertools.product(range(5), repeat=len(rows)) if allowed(path))
    padded = np.concatenate([np.zeros((gap, 5), np.float32), scores, np.zeros((2, 5), np.float32)])
    window = np.array([-1] * gap + [0] * len(rows) + [-1] * 2)
    path = decode(padded, window)[gap : gap + len(rows)]
    assert allowed(tuple(path)) and sum(scores[n, tag] for n, tag in enumerate(path)) == pytest.approx(best, abs=1e-3)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_windows_are_decoded_each_by_itself(sizes: list[int], seed: int) -> None:
    dice = np.random.default_rng(seed)
    certain = dice.choice([1, 1, 1000, 1e6], len(sizes))
    rows = [(np.log(dice.dirichlet([1, 0.3, 0.3, 0.3, 0.3], size) + 1e-9) * much).astype(np.float32) for size, much in zip(sizes, certain)]
    gap = np.zeros((GAP, 5), np.float32)
    scores = np.concatenate([part for some in rows for part in (gap, some)] + [gap])
    window = np.concatenate([part for number, size in enumerate(sizes) for part in ([-1] * GAP, [number] * size)] + [[-1] * GAP])
    alone = [decode(some, np.zeros(len(some), np.int64)) for some in rows]
    tags = decode(scores, window)
    assert tags[window >= 0].tolist() == np.concatenate(alone).tolist() and not tags[window < 0].any()
