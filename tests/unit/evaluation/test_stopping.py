"""The stop rule: its arithmetic, and what it does, calculated exactly and simulated."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from overt.evaluation import stopping
from overt.evaluation.stopping import StopRule

RULE = StopRule()
HORIZON = 100_000
RATES = (0.001, 0.002, 0.005, 0.01)


def test_the_log_ratio_is_that_of_two_binomials() -> None:
    for false, passages in ((0, 0), (0, 5000), (7, 7), (7, 8600), (60, 40_000)):
        expected = stats.binom.logpmf(false, passages, 0.002) - stats.binom.logpmf(false, passages, 0.001)
        assert RULE.log_ratio(false, passages) == pytest.approx(expected, abs=1e-9)


def test_it_stops_at_a_ratio_of_one_hundred_and_not_before() -> None:
    assert RULE.limit == pytest.approx(math.log(100))
    assert not RULE.crossed(6, 6)  # 2^6 = 64
    assert RULE.crossed(7, 7)  # 2^7 = 128
    assert RULE.crossed(7, 251)
    assert not RULE.crossed(7, 260)


def test_reaching_the_limit_exactly_is_enough() -> None:
    assert StopRule(h0=1 / 8, h1=1 / 4, alpha=1 / 2).crossed(1, 1)


def test_a_passage_alerts_before_it_is_counted() -> None:
    assert RULE.log_ratio(3, 0) == RULE.log_ratio(3, 3) == pytest.approx(3 * math.log(2))


@pytest.mark.parametrize("passages", [0, 1, 7, 251, 260, 1000, 8600, 100_000, 3_147_436])
def test_the_fewest_false_alerts_stop_and_one_fewer_does_not(passages: int) -> None:
    fewest = RULE.fewest_false(passages)
    assert RULE.crossed(fewest, passages)
    assert not RULE.crossed(fewest - 1, passages)


def test_at_10_000_passages_22_false_alerts_stop() -> None:
    assert [RULE.fewest_false(passages) for passages in (0, 1000, 10_000, 100_000)] == [7, 9, 22, 151]


def test_other_rates_and_another_alpha_are_kept() -> None:
    strict = StopRule(h0=0.0005, h1=0.005, alpha=0.2)
    assert strict.fewest_false(0) == 1  # a factor of 10 against 5
    assert strict.fewest_false(1000) == math.ceil((math.log(5) + 1000 * 0.0045116) / (math.log(10) + 0.0045116))


@pytest.mark.parametrize(("h0", "h1"), [(0.0, 0.002), (0.002, 0.002), (0.002, 0.001), (0.001, 1.0), (math.nan, 0.5)])
def test_rates_that_cannot_be_told_apart_are_refused(h0: float, h1: float) -> None:
    with pytest.raises(ValueError, match="two rates"):
        StopRule(h0=h0, h1=h1)


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan])
def test_an_alpha_that_is_no_chance_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        StopRule(alpha=alpha)


@pytest.mark.parametrize(("false", "passages"), [(-1, 5), (1, -5)])
def test_negative_counts_are_refused(false: int, passages: int) -> None:
    with pytest.raises(ValueError, match="cannot have been counted"):
        RULE.crossed(false, passages)


def chance_of_a_stop(rate: float, passages: int, rule: StopRule = RULE) -> float:
    """The chance that the rule has stopped by then, exactly.

    The fewest false alerts that stop grow by steps. Between two steps both counts only grow, so whether the rule has
    stopped is known at the last passage of each step: there, those who have not yet stopped are carried on.
    """
    going = np.ones(1)  # chance of k false alerts without a stop so far, for k = 0, 1, ...
    at, fewest = 0, rule.fewest_false(0)
    while at < passages:
        last = min(passages, last_passage(rule, fewest))
        if last > at:
            more = stats.binom.pmf(np.arange(fewest), last - at, rate)
            going, at = np.convolve(going, more)[:fewest], last
        fewest += 1
    return float(1 - going.sum())


def last_passage(rule: StopRule, false: int) -> int:
    """The largest number of passages at which this many false alerts stop."""
    low, high = false, 2_000 * false
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if rule.crossed(false, middle) else (low, middle - 1)
    return low


def delay(rate: float, share: float) -> int:
    """The passages after which this share of deployments has stopped, exactly."""
    low, high = 1, HORIZON
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if chance_of_a_stop(rate, middle) >= share else (middle + 1, high)
    return low


def simulated(rate: float, runs: int) -> NDArray[np.float64]:
    """Passages until the stop of each deployment; infinite where there is none within the horizon."""
    chance = np.random.default_rng(1)
    alerts = int(HORIZON * rate + 8 * math.sqrt(HORIZON * rate))  # more than any deployment sees within the horizon
    false = np.arange(1, alerts + 1)
    last = np.array([last_passage(RULE, int(k)) if RULE.crossed(int(k), int(k)) else -1 for k in false])
    stops = []
    for _ in range(runs // 1000):
        at = chance.geometric(rate, (1000, alerts)).cumsum(axis=1)
        stopping_now = (at <= last) & (at <= HORIZON)
        first = np.take_along_axis(at, stopping_now.argmax(axis=1)[:, None], axis=1)[:, 0]
        stops.append(np.where(stopping_now.any(axis=1), first, np.inf))
    return np.concatenate(stops)


def stated(table: int, rate: float) -> tuple[float, float, float]:
    """A row of the docstring's tables (0 calculated, 1 simulated): share stopped, median and 95th percentile."""
    text = (stopping.__doc__ or "").split("and simulated, 100,000 deployments a row")[table]
    found = re.search(rf"^ +{1000 * rate:.0f} in 1,000 +([\d.]+) % +(\S+) +(\S+)$", text, re.MULTILINE)
    assert found is not None
    share, *delays = (math.inf if number == "-" else float(number.replace(",", "")) for number in found.groups())
    return share / 100, delays[0], delays[1]


@pytest.mark.parametrize("rate", RATES)
def test_the_docstring_states_the_exact_false_stops_and_delays(rate: float) -> None:
    share, *delays = stated(0, rate)
    assert share == pytest.approx(chance_of_a_stop(rate, HORIZON), abs=0.5e-5)
    assert delays == ([delay(rate, 0.5), delay(rate, 0.95)] if rate > RULE.h0 else [math.inf, math.inf])


@pytest.mark.long
@pytest.mark.parametrize("rate", RATES)
def test_the_docstring_states_what_100_000_simulated_deployments_did(rate: float) -> None:
    """Within the luck of the draw: NumPy promises no draws that stay the same from one version to the next."""
    stops = simulated(rate, 100_000)
    share, *delays = stated(1, rate)
    assert share == pytest.approx(float(np.isfinite(stops).mean()), abs=0.0015)
    assert delays == pytest.approx(np.quantile(stops, [0.5, 0.95], method="inverted_cdf"), rel=0.02)


@pytest.mark.parametrize("rate", RATES)
def test_simulated_deployments_stop_as_calculated(rate: float) -> None:
    runs = 4000
    stops = simulated(rate, runs)
    for passages in (1000, 3000, 10_000, HORIZON):
        expected = chance_of_a_stop(rate, passages)
        spread = math.sqrt(max(expected * (1 - expected), 1 / runs) / runs)
        assert float((stops <= passages).mean()) == pytest.approx(expected, abs=4 * spread)


@pytest.mark.parametrize("rate", [0.0002, 0.0005, 0.001])
def test_a_system_that_keeps_its_promise_is_ever_stopped_with_a_chance_of_at_most_alpha(rate: float) -> None:
    within, long_after = chance_of_a_stop(rate, HORIZON), chance_of_a_stop(rate, 10 * HORIZON)
    assert max(within, long_after) <= RULE.alpha
    assert abs(long_after - within) < 1e-5


def test_a_rate_that_wanders_below_the_promise_stops_no_more_often() -> None:
    """The guarantee needs no constant rate: quiet mornings, and afternoons just at the promise."""
    chance = np.random.default_rng(3)
    blocks, runs = 200, 4000
    rates = np.where(np.arange(blocks) % 2 == 0, 0.0, RULE.h0)
    false = chance.binomial(500, rates, (runs, blocks)).cumsum(axis=1)
    fewest = np.array([RULE.fewest_false(500 * block) for block in range(1, blocks + 1)])
    stopped = float((false >= fewest).any(axis=1).mean())
    assert stopped <= RULE.alpha


def test_an_ordinary_interval_looked_at_after_every_alert_would_stop_far_too_often() -> None:
    """Why the rule is sequential: the same promise, judged again and again by the lower end of a 95 % interval."""
    chance, runs = np.random.default_rng(5), 4000
    false = np.arange(1, 161)
    at = chance.geometric(RULE.h0, (runs, 160)).cumsum(axis=1)
    lower = stats.beta.ppf(0.025, false, at - false + 1)
    stopped = float(((lower > RULE.h0) & (at <= HORIZON)).any(axis=1).mean())
    assert stopped == pytest.approx(0.217, abs=4 * math.sqrt(0.217 * 0.783 / runs))
