"""Differences between groups of people, both ways: who is missed more often, and who is taken for somebody else.

Rules:
  - both ways: misses (FNMR, FNIR) and false matches (FMR, FPIR), and pictures in which no face was found;
  - each group is compared with all the others of the same set. Sets are never compared with one another, because their
    pictures differ, too;
  - a difference is told only where the corrected test and the interval of the ratio agree. Anything else is "cannot
    tell from this sample", which is not "no difference". The tests of all groups and errors of a comparison are
    corrected together, so that a fair matcher is blamed in at most about 5 % of comparisons;
  - a group with fewer than 10 people is too small, and so is one with fewer than 10 others;
  - without identities there are no mated pairs, and nothing is said about misses;
  - false matches are counted at the working threshold, and at a lower one with more of them to count;
  - false matches with everybody are told and not tested: a group that is large in a set meets more of its own, who look
    more alike, so that the rate follows the mix of the set.

Ratios to the best group are told, and nothing is based on them: the best is chosen after looking, so they are too large
on average. Terms of ISO/IEC 19795-1 and 19795-10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from overt.evaluation.groups_counts import Column, Counts, counts_of
from overt.evaluation.groups_found import (
    ALONE,
    BINOMIAL,
    CANNOT_TELL,
    FEWER,
    FISHER,
    FMR_ALL,
    FMR_OWN,
    FNIR,
    FNMR,
    FTA,
    HYPERGEOMETRIC,
    MIX,
    MORE,
    SHUFFLED,
    TOO_SMALL,
    UNTESTED,
    Comparison,
    Difference,
    FalseAlerts,
    Row,
)
from overt.evaluation.groups_rates import (
    Members,
    chance_of_any,
    expected_of_list,
    rate_by_person,
    rate_with_everybody,
    rate_within,
)
from overt.evaluation.groups_statistics import LEVEL, SHUFFLES, Rate, fisher, holm, people_needed, ratio, shuffled
from overt.evaluation.intervals import Figure
from overt.evaluation.planner import Estimate
from overt.evaluation.resample import DRAWS
from overt.evaluation.samples import Samples

FEWEST: Final = 10
SEEN: Final = 0.05  # the difference of misses that a sample should be able to show


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How groups are compared.

    Attributes:
        threshold: cosine at which a list of `list_size` works.
        lower: cosine with more false matches to count; None leaves it out.
        list_size: people on a list, at least 1.
        seed: of every random choice.
        draws, shuffles: of the bootstrap and of the permutation tests.
    """

    threshold: float
    lower: float | None
    list_size: int
    seed: int
    draws: int = DRAWS
    shuffles: int = SHUFFLES

    def __post_init__(self) -> None:
        if not -1 <= self.threshold <= 1 or (self.lower is not None and not -1 <= self.lower <= self.threshold):
            raise ValueError("thresholds are cosines from -1 to 1, the lower one not above the other")
        if self.list_size < 1 or self.seed < 0 or self.draws < 1 or self.shuffles < 1:
            raise ValueError("a list has at least 1 person, a seed is at least 0, and something is drawn")


def compare(
    samples: Samples, groups: Mapping[str, Mapping[str, tuple[str, ...]]], *, identities: bool, settings: Settings
) -> tuple[tuple[Comparison, ...], Counts]:
    """Every comparison of a set, and the counts at the working threshold.

    Args:
        samples: of the set.
        groups: for each comparison the people of each group, by name.
        identities: whether pictures of one person are known to be that.
    """
    counts = counts_of(samples, settings.threshold)
    lower = None if settings.lower is None else counts_of(samples, settings.lower)
    position = {name: place for place, name in enumerate(samples.names)}
    return tuple(
        compare_groups(
            by,
            {group: np.array([position[name] for name in people], np.intp) for group, people in of_group.items()},
            counts,
            lower,
            identities=identities,
            settings=settings,
        )
        for by, of_group in groups.items()
    ), counts


def compare_groups(
    by: str,
    groups: Mapping[str, Members],
    counts: Counts,
    lower: Counts | None,
    *,
    identities: bool,
    settings: Settings,
) -> Comparison:
    """The comparison of some groups, whose people are positions in the columns of the counts."""
    others = {
        group: np.concatenate([np.zeros(0, np.intp), *(people for name, people in groups.items() if name != group)])
        for group in groups
    }
    differences = [_of_persons(FTA, counts.first_failed, _ones(counts), groups, others, counts, settings)]
    if identities:
        differences += [
            _of_persons(FNIR, counts.first_missed, counts.first_searched, groups, others, counts, settings),
            _of_persons(FNMR, None, None, groups, others, counts, settings),
        ]
    for at, threshold in ((counts, settings.threshold), (lower, settings.lower)):
        if at is not None:
            differences.append(_within(groups, at, threshold, settings))
            if len(groups) > 1:
                differences.append(_with_everybody(groups, others, at, threshold, settings))
    false_alerts = _false_alerts(groups, others, counts, differences, settings)
    return Comparison(
        by=by,
        differences=_judged(differences),
        false_alerts=false_alerts,
        twice=_twice(differences, settings.list_size),
    )


def _ones(counts: Counts) -> Column:
    return np.ones(counts.people, np.int64)


def _of_persons(
    error: str,
    persons_errors: Column | None,
    persons_cases: Column | None,
    groups: Mapping[str, Members],
    others: Mapping[str, Members],
    counts: Counts,
    settings: Settings,
) -> Difference:
    """An error in cases of one person each; `persons_...` one case of each person, for Fisher's test."""
    errors, cases = {
        FTA: (counts.presented - counts.acquired, counts.presented),
        FNIR: (counts.missed, counts.searches),
        FNMR: (counts.apart, counts.pairs),
    }[error]

    def rate(people: Members) -> Rate:
        persons = None
        if persons_errors is not None and persons_cases is not None:
            persons = int(persons_errors[people].sum()), int(persons_cases[people].sum())
        return rate_by_person(errors[people], cases[people], seed=settings.seed, draws=settings.draws, persons=persons)

    everybody = rate(np.concatenate(list(groups.values())))
    value = everybody.figure.value
    needed = None
    if error == FNIR and value is not None:
        needed = people_needed(value, value + SEEN if value + SEEN <= 1 else value - SEEN)
    return Difference(
        error=error,
        threshold=None if error == FTA else settings.threshold,
        overall=everybody.figure,
        test=SHUFFLED if persons_errors is None else FISHER,
        needed=needed,
        rows=_rows(
            {group: rate(people) for group, people in groups.items()},
            {group: rate(people) for group, people in others.items()},
            everybody.figure,
            settings,
        ),
    )


def _within(groups: Mapping[str, Members], counts: Counts, threshold: float | None, settings: Settings) -> Difference:
    def rate(*chosen: Members) -> Rate:
        return rate_within(counts, chosen, seed=settings.seed, draws=settings.draws)

    overall = rate(*groups.values()).figure
    return Difference(
        error=FMR_OWN,
        threshold=threshold,
        overall=overall,
        test=SHUFFLED,
        needed=None,
        rows=_rows(
            {group: rate(people) for group, people in groups.items()},
            {group: rate(*(people for name, people in groups.items() if name != group)) for group in groups},
            overall,
            settings,
        ),
    )


def _with_everybody(
    groups: Mapping[str, Members],
    others: Mapping[str, Members],
    counts: Counts,
    threshold: float | None,
    settings: Settings,
) -> Difference:
    def rate(inside: Members, outside: Members) -> Rate:
        return rate_with_everybody(counts, inside, outside, seed=settings.seed, draws=settings.draws)

    overall = rate_within(
        counts, [np.concatenate(list(groups.values()))], seed=settings.seed, draws=settings.draws
    ).figure
    return Difference(
        error=FMR_ALL,
        threshold=threshold,
        overall=overall,
        test=UNTESTED,
        needed=None,
        rows=_rows(
            {group: rate(people, others[group]) for group, people in groups.items()},
            {group: rate(others[group], people) for group, people in groups.items()},
            overall,
            None,
        ),
    )


def _rows(
    of_group: Mapping[str, Rate], of_others: Mapping[str, Rate], overall: Figure, settings: Settings | None
) -> tuple[Row, ...]:
    """One row a group, highest rate first; `settings` of the test, None where there is to be none."""
    large = [group for group, rate in of_group.items() if _is_large(rate)]
    tested = [group for group in large if _is_large(of_others[group])]
    lowest = min((_value(of_group[group]) for group in large), default=0.0)
    best = next((of_group[group] for group in sorted(large) if _value(of_group[group]) == lowest), None)
    rows = []
    for group, rate in of_group.items():
        others = of_others[group]
        compared = group in tested
        chance = None
        if compared and settings is not None and (rate.figure.num or others.figure.num):
            chance = _chance(rate, others, settings)
        rows.append(
            Row(
                group=group,
                people=len(rate.by_person),
                rate=rate.figure,
                at_most=rate.at_most,
                to_best=ratio(rate, best) if compared and best is not None and _value(rate) > lowest else None,
                to_overall=ratio(rate, others, overall=overall) if compared else None,
                to_others=ratio(rate, others) if compared else None,
                chance=chance,
                corrected=None,
                verdict=ALONE if len(of_group) == 1 else MIX if settings is None else TOO_SMALL,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-(row.rate.value or 0.0), row.group)))


def _value(rate: Rate) -> float:
    return rate.figure.value or 0.0


def _is_large(rate: Rate) -> bool:
    return len(rate.by_person) >= FEWEST


def _chance(one: Rate, other: Rate, settings: Settings) -> float:
    if one.persons is not None and other.persons is not None:
        return fisher(*one.persons, *other.persons)
    return shuffled(one.by_person, other.by_person, seed=settings.seed, shuffles=settings.shuffles)


def _judged(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """The differences with their verdicts, the tests of all groups and errors corrected together.

    Two groups are one test, looked at from both sides.
    """
    chances: dict[tuple[int, str], float] = {}
    for place, difference in enumerate(differences):
        for row in difference.rows[:1] if len(difference.rows) == 2 else difference.rows:
            if row.chance is not None:
                chances[place, row.group] = row.chance
    corrected = dict(zip(chances, holm(list(chances.values())), strict=True))
    judged = []
    for place, difference in enumerate(differences):
        first = difference.rows[0].group if len(difference.rows) == 2 else None
        rows = tuple(_verdict(row, corrected.get((place, first or row.group))) for row in difference.rows)
        judged.append(replace(difference, rows=rows))
    return tuple(judged)


def _verdict(row: Row, corrected: float | None) -> Row:
    if row.verdict in {ALONE, MIX} or row.to_others is None:
        return row
    verdict = CANNOT_TELL
    if corrected is not None and corrected <= LEVEL:
        verdict = MORE if row.to_others.low > 1 else FEWER if row.to_others.high < 1 else CANNOT_TELL
    return replace(row, corrected=corrected, verdict=verdict)


def _false_alerts(
    groups: Mapping[str, Members],
    others: Mapping[str, Members],
    counts: Counts,
    differences: list[Difference],
    settings: Settings,
) -> tuple[FalseAlerts, ...]:
    size = settings.list_size
    listed = {group: int(counts.listed[people].sum()) for group, people in groups.items()}
    able = [group for group in groups if listed[group] > 1]
    own_exact = bool(able) and size < min(listed[group] for group in able)
    all_exact = size < sum(listed.values())
    found = []
    for group in able:
        rates = {each.error: _rate_of(each, group) for each in reversed(differences) if each.threshold is not None}
        nobody = np.zeros(0, np.intp)
        own_rate = rates[FMR_OWN]

        def everybody(size: int, group: str = group) -> Estimate:
            """Of those who pass: a pair of two members counts for both."""
            return expected_of_list(
                counts, groups[group], others[group], size, seed=settings.seed, draws=settings.draws
            )

        of_everybody = (
            everybody(size) if all_exact else _by_formula(everybody(1) if len(others[group]) else own_rate, size)
        )
        found.append(
            FalseAlerts(
                group=group,
                searches=listed[group],
                own=expected_of_list(counts, groups[group], nobody, size, seed=settings.seed, draws=settings.draws)
                if own_exact
                else _by_formula(own_rate, size),
                own_by=HYPERGEOMETRIC if own_exact else BINOMIAL,
                everybody=of_everybody,
                everybody_by=HYPERGEOMETRIC if all_exact else BINOMIAL,
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.own.value, each.group)))


def _rate_of(difference: Difference, group: str) -> Figure:
    return next(row.rate for row in difference.rows if row.group == group)


def _by_formula(rate: Figure | Estimate, size: int) -> Estimate:
    return Estimate(
        value=chance_of_any(rate.value or 0.0, size),
        low=chance_of_any(rate.low, size),
        high=chance_of_any(rate.high, size),
    )


def _twice(differences: list[Difference], size: int) -> int | None:
    first = next(each for each in differences if each.error in (FMR_ALL, FMR_OWN))
    share = chance_of_any(first.overall.value or 0.0, size)
    return people_needed(share, 2 * share) if 0 < share <= 1 / 2 else None
