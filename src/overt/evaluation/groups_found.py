"""What a comparison of groups finds, as values: rates, ratios, verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from overt.evaluation.groups_statistics import Ratio
from overt.evaluation.intervals import Figure
from overt.evaluation.planner import Estimate

MORE, FEWER, CANNOT_TELL, TOO_SMALL, ALONE, MIX = (
    "more than the others",
    "fewer than the others",
    "cannot tell from this sample",
    "too small to compare",
    "no other group to compare with",
    "follows the mix of the set, not tested",
)
FTA, FNMR, FNIR, FMR_OWN, FMR_ALL, FPIR = "fta", "fnmr", "fnir", "fmr_own", "fmr_all", "fpir"
FISHER, SHUFFLED, UNTESTED = "Fisher's exact test on persons", "permutation test by person", "none"
HYPERGEOMETRIC, BINOMIAL = "hypergeometric", "binomial"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One group's rate of one error.

    Attributes:
        group: its label in the set.
        people: with at least one case.
        rate: errors of cases, with its interval.
        at_most: one-sided 95 % limit of the rate where there is no error; else None.
        to_best, to_overall, to_others: ratios; None where nothing can be compared, and of the best to itself.
        chance: p-value of the test against the others; None where not tested.
        corrected: the same, corrected for all groups and errors of the comparison.
        verdict: MORE, FEWER, CANNOT_TELL, TOO_SMALL, ALONE or MIX.
    """

    group: str
    people: int
    rate: Figure
    at_most: float | None
    to_best: Ratio | None
    to_overall: Ratio | None
    to_others: Ratio | None
    chance: float | None
    corrected: float | None
    verdict: str

    @property
    def flagged(self) -> bool:
        return self.verdict in {MORE, FEWER}

    def record(self) -> dict[str, object]:
        ratios = {"to_best": self.to_best, "to_overall": self.to_overall, "to_others": self.to_others}
        return {
            "group": self.group,
            "people": self.people,
            "rate": self.rate.record(),
            "at_most": self.at_most,
            **{name: None if each is None else each.record() for name, each in ratios.items()},
            "p": self.chance,
            "p_corrected": self.corrected,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One error in all the groups.

    Attributes:
        error: FTA, FNMR, FNIR, FMR_OWN or FMR_ALL.
        threshold: cosine; None for FTA, which has none.
        overall: the rate of all the groups together.
        test: FISHER, SHUFFLED or UNTESTED.
        needed: people in each group that show a difference of 5 points (FNIR only), or None.
        rows: highest rate first.
    """

    error: str
    threshold: float | None
    overall: Figure
    test: str
    needed: int | None
    rows: tuple[Row, ...]

    def record(self) -> dict[str, object]:
        return {
            "error": self.error,
            "threshold": self.threshold,
            "overall": self.overall.record(),
            "test": self.test,
            "people_needed": self.needed,
            "groups": [row.record() for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True)
class FalseAlerts:
    """FPIR of one group: expected share of its people taken for somebody on a list of `size` people, not themselves.

    Attributes:
        own, everybody: with a list of the group's own people, and of all the groups' people.
        own_by, everybody_by: HYPERGEOMETRIC or BINOMIAL.
    """

    group: str
    searches: int
    own: Estimate
    own_by: str
    everybody: Estimate
    everybody_by: str

    def record(self) -> dict[str, object]:
        return {
            "group": self.group,
            "searches": self.searches,
            "own": {**self.own.record(), "by": self.own_by},
            "everybody": {**self.everybody.record(), "by": self.everybody_by},
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The groups of one attribute, or of several crossed.

    Attributes:
        by: the attribute, as the set calls it.
        differences: one for each error and threshold.
        false_alerts: FPIR by group, highest with a list of its own first; only groups with two list pictures.
        twice: people in each group, one search each, that show twice the overall FPIR; None without a false match.
    """

    by: str
    differences: tuple[Difference, ...]
    false_alerts: tuple[FalseAlerts, ...]
    twice: int | None

    @property
    def flagged(self) -> list[tuple[Difference, Row]]:
        return [(each, row) for each in self.differences for row in each.rows if row.flagged]

    def record(self) -> dict[str, object]:
        return {
            "by": self.by,
            "differences": [each.record() for each in self.differences],
            "fpir": [each.record() for each in self.false_alerts],
            "people_needed_for_twice_the_fpir": self.twice,
        }


@dataclass(frozen=True, kw_only=True)
class Mistaken:
    """A group whose people are taken for somebody else more often than everybody.

    Attributes:
        people: of the group, and in the whole set.
        times: as often as everybody, before a list as mixed as the set; `low` above 1.
        own: the same before a list of this group alone.
        pairs: pairs of a member with anybody that match falsely.
    """

    group: str
    people: tuple[int, int]
    times: Estimate
    own: Estimate
    pairs: int


def most_mistaken(comparisons: Iterable[Comparison], threshold: float) -> Mistaken | None:
    """The group that is mistaken most often, at a threshold; None where the interval of none lies above 1.

    Args:
        comparisons: made for a list of 1 person, where what a passage meets is one comparison.
    """
    found = []
    for comparison in comparisons:
        people = sum(one.searches for one in comparison.false_alerts)
        rate = sum(one.searches * one.everybody.value for one in comparison.false_alerts) / max(1, people)
        pairs = {
            row.group: row.rate.num
            for difference in comparison.differences
            if difference.error == FMR_ALL and difference.threshold == threshold
            for row in difference.rows
        }
        found += [
            Mistaken(
                group=one.group,
                people=(one.searches, people),
                times=_over(one.everybody, rate),
                own=_over(one.own, rate),
                pairs=pairs[one.group],
            )
            for one in comparison.false_alerts
            if one.group in pairs and one.everybody.low > rate > 0
        ]
    return max(found, key=lambda one: one.times.value, default=None)


def _over(estimate: Estimate, rate: float) -> Estimate:
    return Estimate(value=estimate.value / rate, low=estimate.low / rate, high=estimate.high / rate)
