"""From a curve to a threshold, on a curve whose answer is known: FMR = 10^(-10 t)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import expon

from overt.domain.calibration import ImpostorCurve, Multiple
from overt.domain.errors import BadModel, Refused
from overt.recognition.threshold import clopper_pearson, false_alerts_per_1000, threshold_for

COMPARISONS = 100_000_000
GRID = tuple(step / 200 for step in range(201))
CURVE = ImpostorCurve(
    thresholds=GRID,
    errors=tuple(math.floor(COMPARISONS * 10 ** (-10 * t) + 1e-6) for t in GRID),
    comparisons=COMPARISONS,
    people=2000,
    pictures=15_000,
    source="a formula",
)


@pytest.mark.parametrize("list_size", [1, 6, 275, 1000])
def test_inside_the_counts_the_threshold_is_that_of_the_formula(list_size: int) -> None:
    found = threshold_for(CURVE, list_size, 0.01)
    fmr = 1 - 0.99 ** (1 / list_size)
    assert found.value == pytest.approx(-math.log10(fmr) / 10, abs=2e-4)
    assert found.far_low <= found.far_expected <= found.far_high
    assert 0.0095 < found.far_expected <= 0.01
    assert not found.extrapolated
    assert found.errors == pytest.approx(fmr * COMPARISONS, rel=0.02)
    assert (found.list_size, found.wanted_far) == (list_size, 0.01)


def test_beyond_thirty_errors_the_tail_is_exponential_and_marked() -> None:
    found = threshold_for(CURVE, 10_000, 0.0001)
    assert found.extrapolated
    assert found.value == pytest.approx(0.8, abs=0.003)
    assert found.errors <= 2
    assert found.far_high > 0.0001  # what was observed cannot show so little


def test_a_bulge_of_look_alikes_beyond_the_tail_raises_the_threshold() -> None:
    errors = tuple(max(n, 20 if t <= 0.9 else 0) for t, n in zip(GRID, CURVE.errors, strict=True))
    bulge = threshold_for(replace(CURVE, errors=errors), 10_000, 0.0001)
    assert bulge.value >= 0.9
    assert bulge.extrapolated


def test_a_threshold_is_a_multiple_of_a_ten_thousandth_and_the_one_below_is_too_low() -> None:
    found = threshold_for(CURVE, 275, 0.001)
    assert found.value == round(found.value, 4)
    assert false_alerts_per_1000(CURVE, found.value, 275) <= 1.0
    assert false_alerts_per_1000(CURVE, found.value - 1e-4, 275) > 1.0


def test_the_expectation_at_the_threshold_is_the_one_it_reports() -> None:
    found = threshold_for(CURVE, 1000, 0.001)
    assert false_alerts_per_1000(CURVE, found.value, 1000) == pytest.approx(1000 * found.far_expected)


def test_below_the_curve_every_comparison_is_a_false_match() -> None:
    assert false_alerts_per_1000(CURVE, -0.5, 10) == 1000.0


def test_a_generous_wish_is_met_by_the_lowest_threshold_of_the_curve() -> None:
    curve = replace(CURVE, thresholds=tuple(t / 2 + 0.4 for t in GRID), errors=tuple(n // 1000 for n in CURVE.errors))
    assert threshold_for(curve, 1, 0.5).value == 0.4


@pytest.mark.parametrize("wanted_far", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_outside_its_range_is_refused(wanted_far: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        threshold_for(CURVE, 10, wanted_far)


def multiple(value: float) -> Multiple:
    return Multiple(of="x", value=value, low=value / 2, high=value * 2, threshold=0.4, errors=100, source="drawn")


def test_a_passage_that_alerts_twice_as_often_needs_the_threshold_of_a_list_of_twice_the_length() -> None:
    twice = replace(CURVE, passage=multiple(2.0))
    found, longer = threshold_for(twice, 275, 0.001), threshold_for(CURVE, 550, 0.001)
    assert found.value == pytest.approx(longer.value, abs=2e-4)
    assert found.far_expected <= 0.001
    assert found.far_low < 0.6 * found.far_expected
    assert found.far_high > 1.7 * found.far_expected
    assert false_alerts_per_1000(twice, found.value, 275) == pytest.approx(1000 * found.far_expected)


def test_the_worst_group_decides_the_threshold_and_all_others_bear_less() -> None:
    found = threshold_for(replace(CURVE, worst_group=multiple(4.0)), 275, 0.001)
    assert found.value == pytest.approx(threshold_for(CURVE, 1100, 0.001).value, abs=2e-4)
    assert found.far_expected == pytest.approx(0.00025, rel=0.02)
    assert (found.worst_group, found.worst_ratio) == ("x", 4.0)


def test_a_worst_group_that_fares_better_than_everybody_lowers_nothing() -> None:
    assert threshold_for(replace(CURVE, worst_group=multiple(0.5)), 275, 0.001).value == (
        threshold_for(CURVE, 275, 0.001).value
    )


def test_a_list_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 row"):
        threshold_for(CURVE, 0, 0.001)


def test_a_wish_that_no_threshold_meets_is_refused_with_what_to_do() -> None:
    flat = replace(CURVE, errors=tuple(1000 - step for step in range(201)))
    with pytest.raises(Refused, match="No threshold keeps") as refusal:
        threshold_for(flat, 10_000, 0.001)
    assert refusal.value.todo


@pytest.mark.parametrize("errors", [(29,) * 201, (500,) * 201, (500, *(29,) * 200)])
def test_a_curve_of_too_few_errors_gives_no_threshold(errors: tuple[int, ...]) -> None:
    with pytest.raises(BadModel, match="fewer than two thresholds"):
        threshold_for(replace(CURVE, errors=errors), 10, 0.001)


@pytest.mark.parametrize("step", [0.001, 0.005, 0.02])
def test_the_tail_falls_as_the_maximum_likelihood_of_scipy_says(step: float) -> None:
    """An exponential fitted by SciPy to the single excesses, which the curve no longer knows."""
    drawn = np.random.default_rng(3).gamma(2.0, 0.04, 400_000)
    grid = np.arange(0, 1 + step / 2, step)
    errors = tuple(int((drawn >= t).sum()) for t in grid)
    curve = replace(CURVE, thresholds=tuple(grid.tolist()), errors=errors, comparisons=400_000)
    begin = grid[np.flatnonzero(np.array(errors) >= 1000)[-1]]
    excesses = drawn[drawn >= begin] - begin
    _, scale = expon.fit(excesses, floc=0)
    expected = begin + scale * math.log(len(excesses) / 2)  # two errors left
    assert threshold_for(curve, 1, 2 / 400_000).value == pytest.approx(expected, abs=2e-3)


def test_a_coarse_curve_uses_its_last_two_different_counts() -> None:
    coarse = replace(CURVE, thresholds=(0.0, 0.2, 0.4, 0.6), errors=(10**8, 10**6, 10**4, 0))
    assert threshold_for(coarse, 10_000, 0.001).value == pytest.approx(0.7, abs=2e-3)


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        (1, 10, 0.002528579, 0.445016117),
        (0, 1000, 0.0, 1 - 0.025 ** (1 / 1000)),
        (20, 20, 0.025 ** (1 / 20), 1.0),
    ],
)
def test_the_interval_is_that_of_the_textbook(errors: int, trials: int, low: float, high: float) -> None:
    found_low, found_high = clopper_pearson(errors, trials)
    assert found_low == pytest.approx(low, abs=1e-8)
    assert found_high == pytest.approx(high, abs=1e-8)


def test_more_errors_than_trials_are_no_share() -> None:
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(3, 2)
