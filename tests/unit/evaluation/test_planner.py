"""The plan before the signature: its numbers, its words, and that runs keep to it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from overt.domain.errors import Refused
from overt.evaluation.planner import Estimate, band_of, plan_for
from overt.recognition.threshold import Threshold, clopper_pearson

THRESHOLD = Threshold(
    value=0.4739,
    far_expected=0.000998,
    far_low=0.000854,
    far_high=0.00117,
    errors=161,
    extrapolated=False,
    list_size=100,
    wanted_far=0.001,
)


def test_the_expected_false_alerts_are_passages_times_rate_with_the_interval_of_the_rate() -> None:
    plan = plan_for(THRESHOLD, passages=5000, hours=8.0)
    assert plan.expected == Estimate(value=5000 * 0.000998, low=5000 * 0.000854, high=5000 * 0.00117)
    assert plan.per_hour.value == pytest.approx(4.99 / 8)
    assert (plan.per_hour.low, plan.per_hour.high) == pytest.approx((4.27 / 8, 5.85 / 8))
    assert (plan.rows, plan.threshold, plan.passages, plan.hours) == (100, 0.4739, 5000, 8.0)


@pytest.mark.parametrize(("passages", "far"), [(1, 0.001), (700, 0.001), (10**6, 1e-9), (10, 0.3)])
def test_the_chance_of_at_least_one_is_that_of_a_binomial(passages: int, far: float) -> None:
    known = replace(THRESHOLD, far_expected=far, far_low=far / 2, far_high=2 * far)
    chance = plan_for(known, passages=passages, hours=1.0).chance
    expected = [stats.binom.sf(0, passages, rate) for rate in (far, far / 2, 2 * far)]
    assert (chance.value, chance.low, chance.high) == pytest.approx(expected, rel=1e-9)


def test_a_rate_of_one_alerts_for_certain_and_a_rate_of_none_never() -> None:
    plan = plan_for(replace(THRESHOLD, far_low=0.0, far_high=1.0), passages=10, hours=1.0)
    assert (plan.chance.low, plan.chance.high) == (0.0, 1.0)
    assert plan.band == (0, 10)
    assert "(0 to 10)" in plan.sentences()[1]


@pytest.mark.parametrize("passages", [1, 40, 5000, 3_147_436])
@pytest.mark.parametrize("rate", [1e-6, 0.000998, 0.02, 0.5, 0.999])
def test_the_band_at_one_known_rate_is_that_of_scipy(passages: int, rate: float) -> None:
    expected = stats.binom.ppf(0.025, passages, rate), stats.binom.ppf(0.975, passages, rate)
    assert band_of(passages, rate, rate) == expected


@pytest.mark.parametrize("passages", [1, 200, 5000, 40_000])
def test_at_every_rate_inside_the_interval_at_least_95_percent_of_runs_fall_inside_the_band(passages: int) -> None:
    fewest, most = plan_for(THRESHOLD, passages=passages, hours=8.0).band
    for rate in np.linspace(THRESHOLD.far_low, THRESHOLD.far_high, 9):
        inside = stats.binom.cdf(most, passages, rate) - stats.binom.cdf(fewest - 1, passages, rate)
        assert inside >= 0.95 - 1e-9


@pytest.mark.parametrize("rate", [THRESHOLD.far_low, THRESHOLD.far_expected, THRESHOLD.far_high])
def test_simulated_runs_fall_inside_the_stated_band(rate: float) -> None:
    plan, runs = plan_for(THRESHOLD, passages=5000, hours=8.0), 2000
    walks = np.random.default_rng(9)
    inside = sum(plan.holds(int((walks.random(plan.passages) < rate).sum())) for _ in range(runs))
    assert inside / runs >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


def test_a_run_at_five_times_the_rate_falls_outside() -> None:
    plan = plan_for(THRESHOLD, passages=5000, hours=8.0)
    counts = np.random.default_rng(9).binomial(5000, 5 * THRESHOLD.far_expected, 1000)
    assert np.mean([plan.holds(int(count)) for count in counts]) < 0.01
    assert not plan.holds(-1)
    assert plan.holds(plan.band[0])
    assert plan.holds(plan.band[1])
    assert not plan.holds(plan.band[1] + 1)


@pytest.mark.parametrize("true_far", [0.0001, 0.001, 0.005])
@pytest.mark.parametrize("comparisons", [3_000, 30_000])
@pytest.mark.parametrize("passages", [500, 5_000])
def test_with_the_rate_itself_drawn_from_a_calibration_the_band_still_holds_95_percent(
    true_far: float, comparisons: int, passages: int
) -> None:
    """The whole chain: a calibration with its own luck, the plan made from it, then a run at the true rate."""
    covered = 0.0
    counts = np.arange(int(stats.binom.ppf(1 - 1e-9, comparisons, true_far)) + 1)
    for errors, chance in zip(counts, stats.binom.pmf(counts, comparisons, true_far), strict=True):
        fewest, most = band_of(passages, *clopper_pearson(int(errors), comparisons))
        held = stats.binom.cdf(most, passages, true_far) - stats.binom.cdf(fewest - 1, passages, true_far)
        covered += float(chance * held)
    assert covered >= 0.95


def test_groups_come_worst_first_with_their_own_rates() -> None:
    plan = plan_for(THRESHOLD, passages=5000, hours=8.0, groups={"B": 0.5, "C": 2.5, "A": 2.5, "none": 0.0})
    assert [group.name for group in plan.groups] == ["A", "C", "B", "none"]
    worst = plan.groups[0]
    assert worst.ratio == 2.5
    assert worst.per_1000.value == pytest.approx(2.495)
    assert (worst.expected.low, worst.expected.high) == pytest.approx((2.5 * 4.27, 2.5 * 5.85))
    assert worst.chance.value == pytest.approx(1 - (1 - 2.5 * 0.000998) ** 5000)
    assert worst.sentence(5000) == (
        "A: 2.5 times the rate of everybody, so 2.5 (2.1 to 2.9) false alerts in 1,000 of its passages; were all "
        "5,000 passages its own, 12 (11 to 15) false alerts, and a chance of at least one of over 99.9 % (over 99.9 to "
        "over 99.9 %)."
    )


def test_a_groups_rate_is_never_above_one() -> None:
    plan = plan_for(replace(THRESHOLD, far_expected=0.3, far_high=0.6), passages=10, hours=1.0, groups={"A": 4.0})
    assert plan.groups[0].expected == Estimate(value=10.0, low=10 * 4 * 0.000854, high=10.0)
    assert plan.groups[0].chance.value == 1.0


@pytest.mark.parametrize("groups", [None, {}])
def test_groups_that_were_not_measured_are_said_so_and_get_no_factor(groups: dict[str, float] | None) -> None:
    plan = plan_for(THRESHOLD, passages=5000, hours=8.0, groups=groups)
    assert plan.groups == ()
    assert plan.record()["groups"] is None
    assert any("have not been measured" in line for line in plan.sentences())


def test_the_plan_reads_as_sentences_with_every_interval() -> None:
    fewest, most = plan_for(THRESHOLD, passages=5000, hours=7.5).band
    assert plan_for(THRESHOLD, passages=5000, hours=7.5).sentences() == [
        "5,000 passages of people who are not on the list, in 7.5 hours, each compared with 100 pictures at threshold "
        "0.4739.",
        "Expected false alerts: 5.0 (4.3 to 5.9) in all, 0.67 (0.57 to 0.78) an hour.",
        "Chance of at least one false alert: 99.3 % (98.6 to 99.7 %).",
        f"In at least 95 of 100 such deployments the count lies between {fewest} and {most}; a count outside says that "
        "this plan does not hold for the place.",
        "False alerts by group have not been measured for this list and model pack, so this plan cannot say which "
        "group bears the most, nor how many.",
        "This takes passages as independent and the people and cameras here as like those of the calibration; people "
        "who pass again and again widen it.",
    ]


def test_a_rare_chance_reads_as_one_in_so_many() -> None:
    rare = replace(THRESHOLD, far_expected=1e-6, far_low=5e-7, far_high=2e-6)
    assert plan_for(rare, passages=1000, hours=1.0).sentences()[2] == (
        "Chance of at least one false alert: 1 in 1,000 (1 in 2,000 to 1 in 500)."
    )


def test_one_of_a_kind_is_written_in_the_singular() -> None:
    plan = plan_for(replace(THRESHOLD, list_size=1), passages=1, hours=1.0)
    assert plan.sentences()[0].startswith(
        "1 passage of people who are not on the list, in 1 hour, each compared with 1"
    )
    assert "1 picture at" in plan.sentences()[0]


def test_an_extrapolated_threshold_is_said_so() -> None:
    plan = plan_for(replace(THRESHOLD, extrapolated=True), passages=5000, hours=8.0, groups={"A": 1.2})
    lines = plan.sentences()
    assert plan.extrapolated
    assert any(line.startswith("The rate is extrapolated") for line in lines)
    assert not any("not been measured" in line for line in lines)
    assert any(line.startswith("A: 1.2 times") for line in lines)


def test_the_record_is_plain_json() -> None:
    plan = plan_for(THRESHOLD, passages=5000, hours=8.0, groups={"A": 2.0})
    record = json.loads(json.dumps(plan.record()))
    assert record["expected"] == {"value": 4.99, "low": pytest.approx(4.27), "high": pytest.approx(5.85)}
    assert record["far"] == {"value": 0.000998, "low": 0.000854, "high": 0.00117}
    assert record["band"] == list(plan.band)
    assert record["groups"][0]["ratio"] == 2.0
    assert set(record["groups"][0]) == {"name", "ratio", "per_1000", "expected", "chance"}
    assert set(record) == {
        *("rows", "threshold", "extrapolated", "passages", "hours", "far", "expected"),
        *("per_hour", "chance", "band", "groups"),
    }


@pytest.mark.parametrize("passages", [0, -5])
def test_a_plan_without_passages_is_refused(passages: int) -> None:
    with pytest.raises(Refused, match="at least 1 expected passage"):
        plan_for(THRESHOLD, passages=passages, hours=8.0)


@pytest.mark.parametrize("hours", [0.0, -1.0, math.nan, math.inf])
def test_a_plan_without_a_time_is_refused(hours: float) -> None:
    with pytest.raises(Refused, match="above 0 hours"):
        plan_for(THRESHOLD, passages=5000, hours=hours)


@pytest.mark.parametrize("ratio", [-0.1, math.nan, math.inf])
def test_a_ratio_that_nobody_can_have_measured_is_refused(ratio: float) -> None:
    with pytest.raises(Refused, match="ratio of the group B"):
        plan_for(THRESHOLD, passages=5000, hours=8.0, groups={"A": 1.0, "B": ratio})
