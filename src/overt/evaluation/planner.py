"""The expected number of false alerts, before the officer signs.

A threshold carries the share of unlisted passages that it is expected to alert on wrongly (FAR), with an interval. For
n passages of unlisted people:

    expected false alerts  = n FAR
    chance of at least one = 1 - (1 - FAR)^n
    band of the count      = 2.5 % quantile of Binomial(n, lower limit of FAR)
                          to 97.5 % quantile of Binomial(n, upper limit of FAR)

The first two take their interval from that of FAR, because neither falls as FAR grows. The band holds the count of at
least 95 % of runs at every rate inside the interval; it is wider than the spread at one known rate, because the rate
itself is known only from a calibration.

Assumptions, which the plan says in words too:
  - passages are independent. One person who walks by ten times is ten passages and no ten independent trials;
  - the people and cameras of the place are like those behind the calibration;
  - a group's ratio is taken as exact. Where groups were not measured, the plan says so and invents no factor.
Alerts on listed people, and those on volunteers and decoys, are no part of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scipy.special import betaincc

from overt.domain.errors import Refused
from overt.evaluation.intervals import in_words
from overt.recognition.threshold import Threshold

_SIDE: Final = 0.025


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An expected number with its 95 % interval, all in the unit of the field that holds it."""

    value: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """For example "5.0 (4.3 to 5.9)"."""
        return f"{_number(self.value)} ({_number(self.low)} to {_number(self.high)})"

    def record(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, kw_only=True)
class GroupPlan:
    """What one group has to expect.

    Attributes:
        name: the group, as its measurement calls it.
        ratio: its false alert rate over that of everybody, as measured.
        per_1000: false alerts in 1,000 of the group's passages.
        expected: false alerts if every planned passage were one of this group's: the most that it can bear.
        chance: of at least one under the same condition, 0 to 1.
    """

    name: str
    ratio: float
    per_1000: Estimate
    expected: Estimate
    chance: Estimate

    def sentence(self, passages: int) -> str:
        return (
            f"{self.name}: {_number(self.ratio)} times the rate of everybody, so {self.per_1000.words} false alerts in "
            f"1,000 of its passages; were all {passages:,} passages its own, {self.expected.words} false alerts, and a "
            f"chance of at least one of {_share(self.chance)}."
        )

    def record(self) -> dict[str, object]:
        return {
            "name": self.name,
            "ratio": self.ratio,
            "per_1000": self.per_1000.record(),
            "expected": self.expected.record(),
            "chance": self.chance.record(),
        }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """False alerts to expect of one deployment.

    Attributes:
        rows: pictures that each passage is compared with.
        threshold: cosine.
        extrapolated: the threshold lies beyond the last one with 30 observed errors.
        passages: expected passages of unlisted people.
        hours: of scanning.
        far: share of those passages that raise a false alert, 0 to 1.
        expected: false alerts in all.
        per_hour: false alerts an hour.
        chance: of at least one false alert, 0 to 1.
        band: fewest and most false alerts that a run should show, both included.
        groups: worst first; empty where not measured.
    """

    rows: int
    threshold: float
    extrapolated: bool
    passages: int
    hours: float
    far: Estimate
    expected: Estimate
    per_hour: Estimate
    chance: Estimate
    band: tuple[int, int]
    groups: tuple[GroupPlan, ...]

    def holds(self, false_alerts: int) -> bool:
        """Whether a run with as many passages as planned and this count is what the plan said."""
        return self.band[0] <= false_alerts <= self.band[1]

    def sentences(self) -> list[str]:
        """The plan in plain words, every number with its interval."""
        passages, pictures = _counted(self.passages, "passage"), _counted(self.rows, "picture")
        lines = [
            f"{passages} of people who are not on the list, in {_counted(self.hours, 'hour')}, each compared with "
            f"{pictures} at threshold {self.threshold:.4f}.",
            f"Expected false alerts: {self.expected.words} in all, {self.per_hour.words} an hour.",
            f"Chance of at least one false alert: {_share(self.chance)}.",
            f"In at least 95 of 100 such deployments the count lies between {self.band[0]:,} and {self.band[1]:,}; a "
            "count outside says that this plan does not hold for the place.",
        ]
        if self.extrapolated:
            lines.append(
                "The rate is extrapolated: at this threshold fewer than 30 errors were observed, so the true rate may "
                "lie outside its interval."
            )
        if self.groups:
            lines.append("Worst group first, each ratio as measured and without an interval of its own:")
            lines += [group.sentence(self.passages) for group in self.groups]
        else:
            lines.append(
                "False alerts by group have not been measured for this list and model pack, so this plan cannot say "
                "which group bears the most, nor how many."
            )
        lines.append(
            "This takes passages as independent and the people and cameras here as like those of the calibration; "
            "people who pass again and again widen it."
        )
        return lines

    def record(self) -> dict[str, object]:
        """The plan as plain JSON; `groups` is null where they were not measured."""
        return {
            "rows": self.rows,
            "threshold": self.threshold,
            "extrapolated": self.extrapolated,
            "passages": self.passages,
            "hours": self.hours,
            "far": self.far.record(),
            "expected": self.expected.record(),
            "per_hour": self.per_hour.record(),
            "chance": self.chance.record(),
            "band": list(self.band),
            "groups": [group.record() for group in self.groups] or None,
        }


def plan_for(threshold: Threshold, *, passages: int, hours: float, groups: Mapping[str, float] | None = None) -> Plan:
    """The plan of a deployment.

    Args:
        threshold: for the rows of its list.
        passages: expected passages of unlisted people while scanning, at least 1.
        hours: of scanning, above 0.
        groups: each measured group's false alert rate over that of everybody; None or empty where not measured.

    Raises:
        Refused: a number outside its range.
    """
    if passages < 1:
        raise Refused(
            f"A plan needs at least 1 expected passage, not {passages}.",
            "Count how many people pass in an hour like the planned ones, and write down that number times the hours.",
        )
    if not 0 < hours < math.inf:
        raise Refused(
            f"A plan needs a time of scanning above 0 hours, not {hours}.",
            "Give the deployment an end after its start.",
        )
    ratios = dict(groups or {})
    wrong = next((name for name, ratio in ratios.items() if not 0 <= ratio < math.inf), None)
    if wrong is not None:
        raise Refused(
            f"The ratio of the group {wrong} is {ratios[wrong]}, which no measurement can give.",
            "Measure the groups again, or leave them out; the plan then says that they were not measured.",
        )
    far = Estimate(value=threshold.far_expected, low=threshold.far_low, high=threshold.far_high)
    worst_first = sorted(ratios, key=lambda name: (-ratios[name], name))
    return Plan(
        rows=threshold.list_size,
        threshold=threshold.value,
        extrapolated=threshold.extrapolated,
        passages=passages,
        hours=hours,
        far=far,
        expected=_times(far, passages),
        per_hour=_times(far, passages / hours),
        chance=_at_least_one(far, passages),
        band=band_of(passages, far.low, far.high),
        groups=tuple(_group(name, ratios[name], far, passages) for name in worst_first),
    )


def band_of(passages: int, far_low: float, far_high: float) -> tuple[int, int]:
    """Fewest and most false alerts of at least 95 % of runs, at every rate between the two (each 0 to 1)."""
    return _quantile(_SIDE, passages, far_low), _quantile(1 - _SIDE, passages, far_high)


def _group(name: str, ratio: float, far: Estimate, passages: int) -> GroupPlan:
    own = _times(far, ratio, most=1.0)
    return GroupPlan(
        name=name,
        ratio=ratio,
        per_1000=_times(own, 1000),
        expected=_times(own, passages),
        chance=_at_least_one(own, passages),
    )


def _times(estimate: Estimate, factor: float, most: float = math.inf) -> Estimate:
    value, low, high = (min(most, factor * limit) for limit in (estimate.value, estimate.low, estimate.high))
    return Estimate(value=value, low=low, high=high)


def _at_least_one(far: Estimate, passages: int) -> Estimate:
    value, low, high = (
        1.0 if rate >= 1 else -math.expm1(passages * math.log1p(-rate)) for rate in (far.value, far.low, far.high)
    )
    return Estimate(value=value, low=low, high=high)


def _quantile(share: float, n: int, rate: float) -> int:
    """The smallest count with at least `share` of Binomial(n, rate) at or below it."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        # P(X <= k) of a binomial is a regularised incomplete beta function; here k < n always.
        if float(betaincc(middle + 1, n - middle, rate)) >= share:
            high = middle
        else:
            low = middle + 1
    return low


def _share(chance: Estimate) -> str:
    return in_words(chance.value, chance.low, chance.high)


def _counted(number: float, noun: str) -> str:
    """The number as it was given, with its noun: "1 hour", "7.5 hours", "5,000 passages"."""
    return f"{number:,.10g} {noun}{'' if number == 1 else 's'}"


def _number(number: float) -> str:
    """Two digits that count below 10, whole numbers from there on."""
    if number == 0:
        return "0"
    decimals = max(0, 1 - math.floor(math.log10(number)))
    return f"{number:,.{decimals}f}"
