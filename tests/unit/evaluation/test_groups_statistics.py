"""Tests of differences against SciPy, published tables, and their own rules."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from overt.evaluation.groups_statistics import Rate, Ratio, fisher, holm, people_needed, ratio, shuffled
from overt.evaluation.intervals import Figure

COUNTS = st.integers(0, 60).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))


def rate(errors: int, cases: int) -> Rate:
    """A rate of independent cases."""
    spread = 1 / errors - 1 / cases if errors else math.inf
    return Rate(figure=Figure.of(errors, cases), spread=spread, by_person=np.zeros(cases), independent=cases)


@given(COUNTS, COUNTS)
def test_fisher_is_that_of_scipy(one: tuple[int, int], other: tuple[int, int]) -> None:
    table = np.array([[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]])
    assert fisher(*one, *other) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)


@given(COUNTS, COUNTS)
def test_fisher_does_not_mind_which_group_comes_first_nor_what_an_error_is(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    chance = fisher(*one, *other)
    assert fisher(*other, *one) == pytest.approx(chance, rel=1e-9)
    assert fisher(one[1] - one[0], one[1], other[1] - other[0], other[1]) == pytest.approx(chance, rel=1e-9)


def test_fisher_by_hand() -> None:
    # The lady tasting tea, 3 of 4 cups right. As unlikely or more are 4, 3, 1 and 0 of 4: (1 + 16 + 16 + 1) / 70.
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher(4, 4, 0, 4) == pytest.approx(2 / 70)
    assert fisher(0, 7, 0, 9) == 1.0


@pytest.mark.parametrize("counts", [(3, 2, 1, 4), (-1, 2, 1, 4), (1, 2, 5, 4)])
def test_fisher_of_no_shares_is_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no shares"):
        fisher(*counts)


def test_holm_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, and 0.04 may not be smaller than 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_never_helps_and_is_never_above_bonferroni(chances: list[float]) -> None:
    corrected = holm(chances)
    ranked = [corrected[i] for i in np.argsort(chances, kind="stable")]
    assert all(earlier <= later for earlier, later in pairwise(ranked))
    for plain, after in zip(chances, corrected, strict=True):
        assert plain <= after <= min(1.0, len(chances) * plain) + 1e-12


def test_89_against_84_percent_needs_about_730_people_a_group() -> None:
    assert people_needed(0.89, 0.84) == 733
    assert people_needed(0.84, 0.89) == people_needed(0.11, 0.16) == 733


@pytest.mark.parametrize(("share", "other"), [(0.5, 0.6), (0.05, 0.10), (0.001, 0.002), (0.89, 0.84)])
def test_so_many_people_give_80_percent_power(share: float, other: float) -> None:
    """Of the test that the formula is of: two shares, pooled variance, without continuity correction."""
    n, runs = people_needed(share, other), 20_000
    chance = np.random.default_rng(5)
    one, two = chance.binomial(n, share, runs) / n, chance.binomial(n, other, runs) / n
    middle = (one + two) / 2
    spread = np.sqrt(2 * middle * (1 - middle) / n)
    seen = np.abs(one - two) > 1.959964 * np.where(spread > 0, spread, np.inf)
    assert seen.mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(("share", "other"), [(0.5, 0.5), (-0.1, 0.5), (0.5, 1.1), (math.nan, 0.5)])
def test_people_for_no_difference_are_refused(share: float, other: float) -> None:
    with pytest.raises(ValueError, match="no two shares"):
        people_needed(share, other)


def test_the_ratio_of_independent_cases_is_that_of_katz() -> None:
    found = ratio(rate(30, 200), rate(15, 200))
    expected = stats.contingency.relative_risk(30, 200, 15, 200)
    low, high = expected.confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx((expected.relative_risk, low, high))


def test_the_ratio_to_the_overall_moves_by_the_share_of_the_others() -> None:
    found = ratio(rate(30, 200), rate(10, 100), overall=Figure.of(40, 300))
    value = 0.15 / (40 / 300)
    half = 1.959964 * (10 / 40) * math.sqrt(1 / 30 - 1 / 200 + 1 / 10 - 1 / 100)
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == pytest.approx((value * math.exp(-half), value * math.exp(half)), rel=1e-6)


def test_without_an_error_there_is_no_ratio_but_a_bound() -> None:
    none_here, none_there = ratio(rate(0, 300), rate(60, 300)), ratio(rate(60, 300), rate(0, 300))
    assert none_here.value is none_there.value is None
    assert none_here.low == 0
    assert none_here.high == pytest.approx(Figure.of(0, 300).high / Figure.of(60, 300).low)
    assert none_there.low == pytest.approx(1 / none_here.high)
    assert math.isinf(none_there.high)
    nothing = ratio(rate(0, 300), rate(0, 300))
    assert (nothing.value, nothing.low, nothing.high) == (None, 0.0, math.inf)
    assert ratio(rate(60, 300), rate(0, 300), overall=Figure.of(60, 600)) == nothing


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Ratio(value=2.14, low=1.26, high=3.449), "2.1 (1.3 to 3.4)"),
        (Ratio(value=19.4, low=0.24, high=148.2), "19 (0.24 to 148)"),
        (Ratio(value=None, low=1.3, high=math.inf), "at least 1.3"),
        (Ratio(value=None, low=0.0, high=0.31), "at most 0.31"),
        (Ratio(value=None, low=0.0, high=math.inf), "none"),
        (Ratio(value=0.0, low=0.0, high=1.0), "0 (0 to 1.0)"),
    ],
)
def test_a_ratio_reads_as_words(found: Ratio, says: str) -> None:
    assert found.words == says
    assert found.says_something == (says != "none")


def test_a_ratio_in_json_says_null_where_nothing_can_be_said() -> None:
    assert Ratio(value=None, low=1.3, high=math.inf).record() == {"value": None, "low": 1.3, "high": None}


@pytest.mark.parametrize(("value", "low", "high"), [(1.0, 2.0, 3.0), (None, -1.0, 1.0), (None, 2.0, 1.0)])
def test_limits_that_do_not_hold_the_ratio_are_refused(value: float | None, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        Ratio(value=value, low=low, high=high)


def test_a_limit_is_told_only_where_there_is_no_error() -> None:
    assert rate(0, 300).at_most == pytest.approx(0.01)
    assert rate(1, 300).at_most is None
    assert rate(0, 0).at_most is None


def test_shuffling_agrees_with_scipy() -> None:
    chance = np.random.default_rng(8)
    one, other = chance.normal(0.0, 1.0, 25), chance.normal(0.7, 2.0, 40)
    expected = stats.ttest_ind(
        one, other, equal_var=False, method=stats.PermutationMethod(n_resamples=9999, rng=chance)
    )
    assert shuffled(one, other, seed=1, shuffles=9999) == pytest.approx(expected.pvalue, abs=0.015)


def test_shuffling_minds_neither_the_order_of_people_nor_which_group_is_which() -> None:
    chance = np.random.default_rng(9)
    one, other = chance.gamma(1.0, size=30), chance.gamma(1.3, size=30)
    found = shuffled(one, other, seed=3)
    assert shuffled(other, one, seed=3) == found
    assert shuffled(chance.permutation(one), chance.permutation(other), seed=3) == found


def test_shuffling_has_something_to_say_only_where_people_differ() -> None:
    assert shuffled(np.zeros(20), np.zeros(30), seed=1) == 1.0
    assert shuffled(np.array([5.0]), np.zeros(30), seed=1) == 1.0
    assert shuffled(np.zeros(20), np.ones(20), seed=1, shuffles=999) == pytest.approx(0.001)


def test_shuffled_tests_of_equal_groups_are_significant_as_often_as_they_should() -> None:
    chance = np.random.default_rng(10)
    runs = 200
    small = sum(
        shuffled(chance.gamma(0.5, size=20), chance.gamma(0.5, size=20), seed=run, shuffles=199) <= 0.05
        for run in range(runs)
    )
    assert small / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
