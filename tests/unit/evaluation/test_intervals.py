"""Intervals against SciPy, against their definition, and against the field records that were published."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from overt.evaluation.intervals import Figure, clopper_pearson, in_words, rule_of_three, wilson
from overt.recognition import threshold

Method = Literal["exact", "wilson"]
Interval = Callable[[int, int], tuple[float, float]]


@pytest.mark.parametrize(("method", "interval"), [("exact", clopper_pearson), ("wilson", wilson)])
@pytest.mark.parametrize("den", [1, 2, 7, 9, 20, 42, 104, 1000, 8600, 383_356, 3_147_436])
def test_an_interval_is_that_of_scipy(method: Method, interval: Interval, den: int) -> None:
    for num in {*range(min(den, 20) + 1), den // 3, den // 2, den - 1, den}:
        expected = stats.binomtest(num, den).proportion_ci(0.95, method=method)
        assert interval(num, den) == pytest.approx(
            (expected.low, expected.high), rel=1e-8, abs=1e-11
        )  # SciPy searches for the exact ones to 2e-12


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_another_level_is_that_of_scipy_too(level: float) -> None:
    methods: list[tuple[Method, tuple[float, float]]]
    methods = [("exact", clopper_pearson(7, 50, level)), ("wilson", wilson(7, 50, level))]
    for method, found in methods:
        expected = stats.binomtest(7, 50).proportion_ci(level, method=method)
        assert found == pytest.approx((expected.low, expected.high), rel=1e-9)


def coverage(interval: Interval, den: int, share: float) -> float:
    """The chance that the interval of a Binomial(den, share) count holds the share, exactly."""
    counts = np.arange(den + 1)
    limits = np.array([interval(int(num), den) for num in counts])
    inside = (limits[:, 0] <= share) & (share <= limits[:, 1])
    return float(stats.binom.pmf(counts, den, share)[inside].sum())


@pytest.mark.parametrize("den", [1, 7, 20, 42, 100, 1000])
def test_clopper_pearson_covers_at_least_95_percent_at_every_share(den: int) -> None:
    for share in (0.0, 0.0001, 0.001, 0.01, 0.05, 0.19, 0.5, 0.76, 0.89, 0.995, 1.0):
        assert coverage(clopper_pearson, den, share) >= 0.95 - 1e-12


def test_wilson_covers_95_percent_on_average_and_less_at_small_shares() -> None:
    assert np.mean([coverage(wilson, 100, share) for share in np.linspace(0.005, 0.995, 199)]) > 0.945
    assert coverage(wilson, 1000, 0.001) == pytest.approx(0.920, abs=0.001)
    assert coverage(clopper_pearson, 1000, 0.001) > 0.98


@pytest.mark.parametrize(("den", "share"), [(7, 0.5), (42, 0.19), (1000, 0.001), (8600, 7 / 8600), (3000, 0.89)])
def test_clopper_pearson_covers_simulated_counts(den: int, share: float) -> None:
    runs = 20_000
    drawn, times = np.unique(np.random.default_rng(4).binomial(den, share, runs), return_counts=True)
    limits = [clopper_pearson(int(num), den) for num in drawn]
    covered = sum(int(n) for (low, high), n in zip(limits, times, strict=True) if low <= share <= high)
    assert covered / runs >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize(
    ("num", "den", "low", "high"),
    [
        (2, 104, 0.002, 0.068),  # London 2016-17: precision
        (8, 42, 0.086, 0.341),  # London 2018-19, verified of those that could be
        (1, 8, 0.003, 0.527),  # Oxford Circus 2020: precision
        (173, 2470, 0.060, 0.081),  # Cardiff 2017: precision
        (2067, 2077, 0.991, 0.998),  # London 2024-25: precision
        (8, 10, 0.44, 0.97),
        (4, 6, 0.22, 0.96),
    ],
)
def test_the_precision_of_a_field_record_is_recomputed(num: int, den: int, low: float, high: float) -> None:
    found = Figure.of(num, den)
    digits = 2 if den <= 10 and num > 1 else 3
    assert (round(found.low, digits), round(found.high, digits)) == (low, high)


@pytest.mark.parametrize(
    ("num", "den", "value", "low", "high"),
    [
        (7, 8600, 1229, 3055, 597),  # Oxford Circus 2020
        (10, 3_147_436, 314_744, 656_346, 171_146),  # London 2024-25
        (10, 44_468, 4_447, 9_273, 2_418),  # Swansea 2018
    ],
)
def test_the_false_alerts_of_a_field_record_are_recomputed(num: int, den: int, value: int, low: int, high: int) -> None:
    says = Figure.of(num, den).sentence("passages alerted wrongly")
    assert says == f"{num} of {den:,} passages alerted wrongly: 1 in {value:,} (1 in {low:,} to 1 in {high:,})"


def test_one_false_alert_of_383_356_says_little() -> None:
    found = Figure.of(1, 383_356)
    assert 1 / found.low == pytest.approx(15.1e6, rel=0.01)
    assert round(1 / found.high) == 68_805


def test_no_false_alert_in_130_000_proves_one_in_43_333_and_no_less() -> None:
    assert 1 / rule_of_three(130_000) == pytest.approx(43_333, abs=1)


@pytest.mark.parametrize("den", [1, 2, 3, 4, 10, 30, 100, 1000, 10**6])
def test_the_rule_of_three_is_never_below_the_exact_one_sided_limit(den: int) -> None:
    exact = 1 - 0.05 ** (1 / den)
    assert exact <= rule_of_three(den) <= 1
    assert rule_of_three(den) <= exact * (1.02 if den >= 100 else 1.6)
    assert rule_of_three(den) <= clopper_pearson(0, den)[1] or den < 10  # two-sided 95 % lies higher


@pytest.mark.parametrize(
    ("num", "den", "says"),
    [
        (2, 9, "22 % (3 to 60 %)"),
        (8, 42, "19 % (9 to 34 %)"),
        (1, 8, "12.5 % (0.3 to 52.7 %)"),
        (3, 3, "100 % (29 to 100 %)"),
        (0, 20, "0 % (0 to 17 %)"),
        (0, 1000, "0 (0 to 1 in 272)"),
        (1, 200, "1 in 200 (1 in 7,900 to 1 in 36)"),
        (15, 1000, "1.5 % (0.8 to 2.5 %)"),
        (1, 105, "1.0 % (under 0.1 to 5.2 %)"),
        (2067, 2077, "99.5 % (99.1 to 99.8 %)"),
        (999_999, 1_000_000, "over 99.9 % (over 99.9 to over 99.9 %)"),
        (0, 0, "no figure yet (0 to 100 %)"),
    ],
)
def test_a_figure_reads_as_a_sentence(num: int, den: int, says: str) -> None:
    assert Figure.of(num, den).sentence("alerts verified right") == f"{num:,} of {den:,} alerts verified right: {says}"


def test_a_share_that_is_not_whole_never_reads_as_0_or_100_percent() -> None:
    assert in_words(1 - 1e-9, 0.2, 1.0) == "over 99.9 % (20.0 to 100.0 %)"
    assert in_words(0.02, 1e-9, 0.9) == "2.0 % (under 0.1 to 90.0 %)"


def test_a_figure_in_json_has_the_five_keys_of_the_design() -> None:
    low, high = clopper_pearson(2, 9)
    assert Figure.of(2, 9).record() == {"value": 2 / 9, "num": 2, "den": 9, "low": low, "high": high}


def test_nothing_counted_has_no_value_and_the_whole_interval() -> None:
    assert Figure.of(0, 0).record() == {"value": None, "num": 0, "den": 0, "low": 0.0, "high": 1.0}


def test_a_figure_may_carry_another_interval() -> None:
    low, high = wilson(2, 9)
    assert Figure(num=2, den=9, low=low, high=high).value == 2 / 9


@pytest.mark.parametrize(("num", "den"), [(-1, 9), (10, 9), (1, 0), (0, -1)])
def test_counts_that_are_no_share_are_refused(num: int, den: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        Figure(num=num, den=den, low=0.0, high=1.0)
    with pytest.raises(ValueError, match="no share"):
        Figure.of(num, den)
    with pytest.raises(ValueError, match="no share"):
        wilson(num, den)


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.5), (0.5, 0.4), (0.5, 1.1), (math.nan, 0.5), (0.1, math.nan)])
def test_limits_that_are_no_interval_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        Figure(num=1, den=2, low=low, high=high)


def test_no_cases_say_nothing() -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(0, 0)
    with pytest.raises(ValueError, match="says nothing"):
        rule_of_three(0)


def test_there_is_one_clopper_pearson_in_the_house() -> None:
    assert clopper_pearson is threshold.clopper_pearson


def test_the_statistics_of_the_product_come_without_the_slow_part_of_scipy() -> None:
    program = (
        "import sys, overt.evaluation.intervals, overt.evaluation.planner, overt.evaluation.stopping;"
        "sys.exit('scipy.stats' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
