"""What must hold of intervals, plans and the stop rule whatever the counts."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc, betaincc

from overt.evaluation.intervals import Figure, clopper_pearson, in_words, rule_of_three, wilson
from overt.evaluation.planner import band_of, plan_for
from overt.evaluation.stopping import StopRule
from overt.recognition.threshold import Threshold

LEVELS = st.floats(0.5, 0.999)
COUNTS = st.integers(0, 10**7)
RULES = st.builds(
    lambda h0, factor, alpha: StopRule(h0=h0, h1=h0 * factor, alpha=alpha),
    st.floats(1e-5, 0.05),
    st.floats(1.2, 10.0),
    st.floats(0.001, 0.5),
)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    den = draw(st.one_of(st.integers(1, 50), st.integers(1, 10**7)))
    return draw(st.integers(0, den)), den


@st.composite
def thresholds(draw: st.DrawFn) -> Threshold:
    low, value, high = sorted(draw(st.lists(st.floats(0, 1), min_size=3, max_size=3)))
    return Threshold(
        value=0.4,
        far_expected=value,
        far_low=low,
        far_high=high,
        errors=1,
        extrapolated=draw(st.booleans()),
        list_size=draw(st.integers(1, 10_000)),
        wanted_far=0.001,
    )


@given(shares(), LEVELS)
def test_both_intervals_hold_the_share_and_stay_between_0_and_1(share: tuple[int, int], level: float) -> None:
    num, den = share
    for low, high in (clopper_pearson(num, den, level), wilson(num, den, level)):
        assert 0 <= low <= num / den * (1 + 1e-12)
        assert num / den <= high * (1 + 1e-12) <= 1 + 1e-12


@given(shares())
def test_an_interval_of_the_others_is_the_mirror_image(share: tuple[int, int]) -> None:
    num, den = share
    for interval in (clopper_pearson, wilson):
        low, high = interval(num, den)
        assert interval(den - num, den) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(shares())
def test_the_limits_of_clopper_and_pearson_leave_a_fortieth_on_each_side(share: tuple[int, int]) -> None:
    num, den = share
    low, high = clopper_pearson(num, den)
    assert num == 0 or betainc(num, den - num + 1, low) == pytest.approx(0.025, rel=1e-6)
    assert num == den or betaincc(num + 1, den - num, high) == pytest.approx(0.025, rel=1e-6)


@given(shares())
def test_one_more_case_never_lowers_a_limit(share: tuple[int, int]) -> None:
    num, den = share
    for interval in (clopper_pearson, wilson):
        (low, high), (low_after, high_after) = interval(num, den + 1), interval(num + 1, den + 1)
        assert low <= low_after
        assert high <= high_after


@given(shares())
def test_every_figure_can_be_written_down_and_said(share: tuple[int, int]) -> None:
    figure = Figure.of(*share)
    record = figure.record()
    assert list(record) == ["value", "num", "den", "low", "high"]
    assert record["value"] is not None
    assert record["value"] == figure.num / figure.den
    assert figure.sentence("alerts").startswith(f"{share[0]:,} of {share[1]:,} alerts: ")


@given(shares())
def test_words_never_round_a_chance_to_certainty(share: tuple[int, int]) -> None:
    num, den = share
    says = in_words(num / den, *clopper_pearson(num, den)).split(" ")[0]
    assert says not in {"0", "0.0"} or num == 0
    assert says not in {"100", "100.0"} or num == den


@given(st.integers(1, 10**9))
def test_the_rule_of_three_is_an_upper_limit(den: int) -> None:
    assert -math.expm1(math.log(0.05) / den) <= rule_of_three(den) <= 1


@given(thresholds(), st.integers(1, 10**7), st.floats(0.01, 100.0), st.floats(0.0, 20.0))
def test_a_plan_is_in_order(threshold: Threshold, passages: int, hours: float, ratio: float) -> None:
    plan = plan_for(threshold, passages=passages, hours=hours, groups={"A": ratio, "B": 1.0})
    estimates = [plan.far, plan.expected, plan.per_hour, plan.chance]
    for group in plan.groups:
        estimates += [group.per_1000, group.expected, group.chance]
    assert all(0 <= estimate.low <= estimate.value <= estimate.high for estimate in estimates)
    assert 0 <= plan.band[0] <= plan.band[1] <= passages
    assert plan.band[0] <= plan.expected.high + 1
    assert plan.band[1] >= plan.expected.low - 1
    assert plan.groups[0].ratio >= plan.groups[1].ratio
    assert all(plan.sentences())


@given(thresholds(), st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_passages_never_expect_fewer_false_alerts(threshold: Threshold, one: int, other: int) -> None:
    few, many = (plan_for(threshold, passages=n, hours=1.0) for n in sorted((one, other)))
    assert few.expected.value <= many.expected.value
    assert few.chance.value <= many.chance.value
    assert few.band[0] <= many.band[0]
    assert few.band[1] <= many.band[1]


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_wider_rate_never_narrows_the_band(passages: int, one: float, two: float, three: float) -> None:
    low, middle, high = sorted((one, two, three))
    outer, inner = band_of(passages, low, high), band_of(passages, middle, middle)
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


@given(RULES, COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_log_ratio_rises_with_false_alerts_and_falls_with_passages(
    rule: StopRule, false: int, more: int, passages: int, further: int
) -> None:
    assert rule.log_ratio(false, passages) <= rule.log_ratio(false + more, passages)
    assert rule.log_ratio(false, passages) >= rule.log_ratio(false, passages + further)


@given(RULES, COUNTS, st.integers(-3, 3))
def test_exactly_the_counts_from_the_fewest_on_stop(rule: StopRule, passages: int, beside: int) -> None:
    fewest = rule.fewest_false(passages)
    false = max(0, fewest + beside)
    assert rule.crossed(false, passages) == (false >= fewest)


@given(RULES, COUNTS, COUNTS)
def test_more_passages_never_need_fewer_false_alerts(rule: StopRule, passages: int, further: int) -> None:
    assert rule.fewest_false(passages) <= rule.fewest_false(passages + further)


@given(RULES, st.floats(0.0, 1.0))
def test_one_passage_at_or_below_the_promise_never_raises_the_expected_ratio(rule: StopRule, share: float) -> None:
    """What Ville's inequality rests on, in exact arithmetic."""
    rate = Fraction(rule.h0) * Fraction(share)
    alert = Fraction(rule.h1) / Fraction(rule.h0)
    none = (1 - Fraction(rule.h1)) / (1 - Fraction(rule.h0))
    assert rate * alert + (1 - rate) * none <= 1
