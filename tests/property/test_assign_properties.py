"""Our own assignment against SciPy's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from overt.recognition.assign import assign


@given(
    rows=st.integers(0, 9),
    columns=st.integers(0, 9),
    levels=st.sampled_from([2, 5, 10_000_000]),
    lowest=st.sampled_from([0.0, -3.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_pairs_cost_as_little_as_those_of_scipy(
    rows: int, columns: int, levels: int, lowest: float, seed: int
) -> None:
    cost = lowest + np.random.default_rng(seed).integers(0, levels, (rows, columns)) / levels * 4
    at, of = assign(cost)
    expected = cost[linear_sum_assignment(cost)].sum()
    assert len(at) == len(of) == min(rows, columns)
    assert len(set(at.tolist())) == len(set(of.tolist())) == len(at)
    assert list(at) == sorted(at)
    np.testing.assert_allclose(cost[at, of].sum(), expected, atol=1e-9)


def test_many_rows_at_once() -> None:
    cost = np.random.default_rng(7).random((64, 64))
    at, of = assign(cost)
    np.testing.assert_allclose(cost[at, of].sum(), cost[linear_sum_assignment(cost)].sum(), atol=1e-9)
