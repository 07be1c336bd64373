"""Ranges: as Python counts them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sisipan.ranges import ranges


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9))))
def test_numbers_of_ranges_come_one_range_after_the_other(pairs: list[tuple[int, int]]) -> None:
    start, size = np.array(pairs, np.int64).reshape(-1, 2).T
    assert ranges(start, start + size).tolist() == [number for first, many in pairs for number in range(first, first + many)]
