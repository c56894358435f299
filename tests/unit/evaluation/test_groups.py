"""A biased matcher is found out, a fair one with 20 people a group is not; neither names nor order matter."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.evaluation.groups import Settings, compare
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
    Row,
    most_mistaken,
)
from overt.evaluation.groups_rates import chance_of_any
from overt.evaluation.groups_statistics import fisher
from overt.evaluation.samples import ACQUIRED, NO_FACE, Samples
from tests.needs import rounds

SETTINGS = Settings(threshold=0.5, lower=0.38, list_size=30, seed=1, draws=100, shuffles=499)
LENGTH, PICTURES = 32, 4

Groups = dict[str, tuple[str, ...]]


def matcher(
    seed: int, groups: Mapping[str, tuple[int, float, float]], failing: Mapping[str, float] | None = None
) -> tuple[Samples, Groups]:
    """Templates of people with 4 pictures each.

    Args:
        groups: people; noise of their pictures, which makes misses; what they have in common, which makes them alike.
        failing: the share of pictures without a face.
    """
    chance = np.random.default_rng(seed)
    templates: list[NDArray[np.float64]] = []
    names: list[str] = []
    failures: list[bool] = []
    members: Groups = {}
    for group, (people, noise, alike) in groups.items():
        faces = chance.standard_normal((people, LENGTH)) + alike * chance.standard_normal(LENGTH)
        faces /= np.linalg.norm(faces, axis=1, keepdims=True)
        spoilt = chance.standard_normal((people, PICTURES, LENGTH)) * noise / math.sqrt(LENGTH)
        templates.append((faces[:, None] + spoilt).reshape(-1, LENGTH))
        failures += (chance.random(people * PICTURES) < (failing or {}).get(group, 0.0)).tolist()
        members[group] = tuple(f"{group}-{place:03}" for place in range(people))
        names += members[group]
    stacked = np.concatenate(templates).astype(np.float32)
    stacked /= np.linalg.norm(stacked, axis=1, keepdims=True)
    stacked[failures] = 0
    samples = Samples(
        templates=stacked,
        people=np.repeat(np.arange(len(names)), PICTURES).astype(np.int32),
        names=tuple(names),
        pictures=tuple(f"{name}/{place}" for name in names for place in range(PICTURES)),
        failures=tuple(NO_FACE if failed else ACQUIRED for failed in failures),
    )
    return samples, members


def compared(made: tuple[Samples, Groups], settings: Settings = SETTINGS, *, identities: bool = True) -> Comparison:
    samples, groups = made
    (found,), _ = compare(samples, {"colour": groups}, identities=identities, settings=settings)
    return found


def difference(found: Comparison, error: str, threshold: float | None = SETTINGS.threshold) -> Difference:
    at = None if error == FTA else threshold
    return next(each for each in found.differences if (each.error, each.threshold) == (error, at))


def row(of: Difference, group: str) -> Row:
    return next(row for row in of.rows if row.group == group)


def verdicts(of: Difference) -> dict[str, str]:
    return {row.group: row.verdict for row in of.rows}


def test_a_matcher_that_misses_one_group_twice_as_often_is_found_out() -> None:
    for seed in range(rounds(few=1, many=20)):
        found = compared(matcher(seed, {"blue": (300, 0.85, 0), "red": (300, 1.0, 0)}))
        missed = difference(found, FNIR)
        red, blue = row(missed, "red"), row(missed, "blue")
        assert red.to_best is not None
        assert red.to_best.low < red.rate.num / blue.rate.num < red.to_best.high
        assert 1.4 < red.rate.num / blue.rate.num < 3.0
        assert verdicts(missed) == {"red": MORE, "blue": FEWER}
        assert verdicts(difference(found, FNMR)) == {"red": MORE, "blue": FEWER}
        assert missed.rows[0] is red


def test_a_matcher_that_finds_one_group_more_alike_is_found_out() -> None:
    for seed in range(rounds(few=1, many=20)):
        found = compared(matcher(seed, {"blue": (120, 0.85, 0), "green": (120, 0.85, 0), "red": (120, 0.85, 0.5)}))
        assert verdicts(difference(found, FMR_OWN))["red"] == MORE
        assert verdicts(difference(found, FMR_OWN, SETTINGS.lower))["red"] == MORE
        assert found.false_alerts[0].group == "red"


def test_the_group_that_is_most_often_mistaken_is_named_with_how_often() -> None:
    made = matcher(1, {"blue": (200, 0.85, 0.0), "red": (100, 0.85, 0.9)})
    worst = most_mistaken([compared(made, replace(SETTINGS, list_size=1))], SETTINGS.threshold)
    assert worst is not None
    assert worst.group == "red"
    assert 1 < worst.times.low < worst.times.value < worst.own.value
    first = made[0].templates[::PICTURES]
    false = first @ first.T >= SETTINGS.threshold
    np.fill_diagonal(false, val=False)
    assert worst.times.value == pytest.approx(false[200:].mean() / false.mean(), rel=0.02)


def test_a_fair_matcher_has_no_group_that_is_most_often_mistaken() -> None:
    made = matcher(1, {"blue": (20, 0.85, 0.0), "red": (20, 0.85, 0.0)})
    assert most_mistaken([compared(made, replace(SETTINGS, list_size=1))], SETTINGS.threshold) is None
    assert most_mistaken([], SETTINGS.threshold) is None


def test_a_list_longer_than_the_set_counts_a_pair_of_two_members_for_both() -> None:
    made = matcher(1, {"blue": (200, 0.85, 0.0), "red": (100, 0.85, 0.9)})
    long, one = (compared(made, replace(SETTINGS, list_size=size)).false_alerts for size in (5000, 1))
    single = {each.group: each.everybody.value for each in one}
    for each in long:
        assert each.everybody_by == BINOMIAL
        assert each.everybody.value == pytest.approx(chance_of_any(single[each.group], 5000))


def test_a_matcher_that_finds_no_face_in_one_group_is_found_out() -> None:
    for seed in range(rounds(few=1, many=20)):
        found = compared(matcher(seed, {"blue": (200, 0.8, 0), "red": (200, 0.8, 0)}, {"red": 0.2, "blue": 0.01}))
        assert verdicts(difference(found, FTA)) == {"red": MORE, "blue": FEWER}
        assert verdicts(difference(found, FNIR)) == {"red": MORE, "blue": FEWER}


def fair(seed: int) -> Comparison:
    """Twenty people a group, by turns two or three groups, with more or fewer misses, alike or not."""
    noise, alike = (0.75, 0.95)[seed % 2], (0.0, 0.3)[seed // 2 % 2]
    groups = ("blue", "red", "green")[: 2 + seed // 4 % 2]
    settings = replace(SETTINGS, threshold=(0.45, 0.5)[seed // 8 % 2], seed=seed)
    return compared(matcher(seed, dict.fromkeys(groups, (20, noise, alike)), dict.fromkeys(groups, 0.02)), settings)


def test_a_fair_matcher_with_20_people_a_group_is_not_blamed() -> None:
    runs = rounds(few=10, many=100)
    blamed = sum(bool(fair(seed).flagged) for seed in range(runs))
    assert blamed / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_fair_matcher_is_blamed_in_at_most_5_percent_of_many_samples() -> None:
    runs = 200
    blamed = sum(bool(fair(seed).flagged) for seed in range(runs))
    assert blamed / runs <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def test_twenty_people_a_group_cannot_tell_even_where_misses_double() -> None:
    found = compared(matcher(3, {"blue": (20, 0.85, 0), "red": (20, 0.95, 0)}))
    missed = difference(found, FNIR)
    assert verdicts(missed) == {"red": CANNOT_TELL, "blue": CANNOT_TELL}
    assert missed.needed is not None
    assert missed.needed > 20


UNEVEN = {"blue": (40, 0.85, 0.0), "green": (25, 0.95, 0.2), "red": (60, 0.9, 0.4)}


@cache
def uneven() -> Comparison:
    return compared(matcher(5, UNEVEN))


def by_group(found: Comparison, names: Mapping[str, str]) -> dict[tuple[str, float | None, str], Row]:
    """Every row, under the name that `names` gives its group."""
    return {
        (each.error, each.threshold, names[row.group]): replace(row, group=names[row.group])
        for each in found.differences
        for row in each.rows
    }


def test_other_names_of_the_groups_give_the_same_figures_under_those_names() -> None:
    samples, groups = matcher(5, UNEVEN)
    other = {"blue": "red", "green": "blue", "red": "green"}
    renamed = compared((samples, {other[group]: people for group, people in groups.items()}))
    plain = uneven()
    assert by_group(plain, other) == by_group(renamed, {group: group for group in other})
    assert {other[each.group]: each.own for each in plain.false_alerts} == {
        each.group: each.own for each in renamed.false_alerts
    }


def test_two_groups_look_the_same_from_both_sides() -> None:
    samples, groups = matcher(6, {"blue": (60, 0.85, 0), "red": (80, 0.95, 0.3)})
    for each in compared((samples, groups)).differences:
        one, other = each.rows
        assert one.chance == other.chance
        assert one.corrected == other.corrected
        if one.to_others is not None and other.to_others is not None and one.to_others.value is not None:
            assert other.to_others.value == pytest.approx(1 / one.to_others.value)
            assert other.to_others.low == pytest.approx(1 / one.to_others.high)


def test_the_order_of_people_and_groups_does_not_matter() -> None:
    samples, groups = matcher(5, UNEVEN)
    order = np.random.default_rng(1).permutation(len(samples.names))
    rows = (order[:, None] * PICTURES + np.arange(PICTURES)).ravel()
    moved = Samples(
        templates=samples.templates[rows],
        people=samples.people.copy(),
        names=tuple(samples.names[place] for place in order),
        pictures=tuple(samples.pictures[place] for place in rows),
        failures=samples.failures,
    )
    plain = uneven()
    again = compared((moved, dict(reversed(groups.items()))))
    for one, other in zip(plain.differences, again.differences, strict=True):
        assert [(row.group, row.rate.num, row.rate.den, row.verdict) for row in one.rows] == [
            (row.group, row.rate.num, row.rate.den, row.verdict) for row in other.rows
        ]
        assert [row.chance for row in one.rows] == [row.chance for row in other.rows]
        for left, right in zip(one.rows, other.rows, strict=True):
            assert right.rate.high == pytest.approx(left.rate.high, rel=0.1)  # people who count alike are drawn alike
    for one_alert, other_alert in zip(plain.false_alerts, again.false_alerts, strict=True):
        assert other_alert.own.value == pytest.approx(one_alert.own.value)


def test_each_error_says_how_it_was_tested() -> None:
    found = uneven()
    assert {each.error: each.test for each in found.differences} == {
        FTA: FISHER,
        FNIR: FISHER,
        FNMR: SHUFFLED,
        FMR_OWN: SHUFFLED,
        FMR_ALL: UNTESTED,
    }
    assert set(verdicts(difference(found, FMR_ALL)).values()) == {MIX}
    assert all(row.chance is None for row in difference(found, FMR_ALL).rows)


def test_misses_are_tested_on_one_search_of_each_person() -> None:
    samples, groups = matcher(9, {"blue": (50, 0.85, 0), "red": (50, 1.0, 0)})
    missed = difference(compared((samples, groups)), FNIR)
    scores = np.einsum("ij,ij->i", samples.templates[0::PICTURES], samples.templates[1::PICTURES])
    firsts = [int((scores[part] < SETTINGS.threshold).sum()) for part in (slice(0, 50), slice(50, 100))]
    assert row(missed, "blue").chance == pytest.approx(fisher(firsts[0], 50, firsts[1], 50))
    assert missed.overall.den == 100 * (PICTURES - 1)


def test_a_group_without_an_error_has_a_limit_and_no_ratio_and_may_differ_all_the_same() -> None:
    found = compared(matcher(10, {"blue": (200, 0.8, 0), "red": (200, 0.8, 0)}, {"red": 0.2}))
    failed = difference(found, FTA)
    blue = row(failed, "blue")
    assert blue.rate.num == 0
    assert blue.at_most == pytest.approx(3 / 200)
    assert blue.to_others is not None
    assert blue.to_others.value is None
    assert blue.to_others.high < 1
    assert verdicts(failed) == {"red": MORE, "blue": FEWER}
    assert row(failed, "red").at_most is None


def test_no_error_at_all_tells_nothing() -> None:
    found = compared(matcher(11, {"blue": (30, 0.1, 0), "red": (30, 0.1, 0)}))
    for error in (FTA, FNIR, FNMR):
        each = difference(found, error)
        assert each.overall.num == 0
        assert set(verdicts(each).values()) == {CANNOT_TELL}
        assert all(row.chance is None for row in each.rows)


def test_a_group_of_nine_is_too_small_and_one_of_ten_is_not() -> None:
    found = compared(matcher(12, {"blue": (30, 0.9, 0), "green": (9, 0.9, 0), "red": (10, 0.9, 0)}))
    missed = difference(found, FNIR)
    small = row(missed, "green")
    assert (small.verdict, small.to_others, small.to_best, small.to_overall, small.chance) == (
        TOO_SMALL,
        None,
        None,
        None,
        None,
    )
    assert row(missed, "red").verdict in {CANNOT_TELL, MORE, FEWER}
    pair = difference(compared(matcher(13, {"blue": (30, 0.9, 0), "green": (9, 0.9, 0)})), FNIR)
    assert set(verdicts(pair).values()) == {TOO_SMALL}


def test_the_best_of_the_groups_has_no_ratio_to_itself() -> None:
    missed = difference(uneven(), FNIR)
    assert [row.to_best is None for row in missed.rows] == [False, False, True]


def test_one_group_alone_has_figures_and_no_comparison() -> None:
    found = compared(matcher(15, {"blue": (30, 0.9, 0.3)}))
    assert {row.verdict for each in found.differences for row in each.rows} == {ALONE}
    assert FMR_ALL not in {each.error for each in found.differences}
    assert not found.flagged
    (alerts,) = found.false_alerts
    assert alerts.own == alerts.everybody


def test_without_identities_nothing_is_said_about_misses() -> None:
    found = compared(matcher(16, UNEVEN), identities=False)
    assert {each.error for each in found.differences} == {FTA, FMR_OWN, FMR_ALL}


def test_without_a_lower_threshold_there_is_one_rate_of_false_matches() -> None:
    found = compared(matcher(17, UNEVEN), replace(SETTINGS, lower=None))
    assert [each.threshold for each in found.differences if each.error == FMR_OWN] == [SETTINGS.threshold]


def test_a_list_longer_than_a_group_goes_by_the_formula_for_all_groups() -> None:
    made = matcher(5, UNEVEN)
    short = {each.group: each for each in compared(made, replace(SETTINGS, list_size=24)).false_alerts}
    assert {each.own_by for each in short.values()} == {HYPERGEOMETRIC}
    long = compared(made, replace(SETTINGS, list_size=100))
    assert {(each.own_by, each.everybody_by) for each in long.false_alerts} == {(BINOMIAL, HYPERGEOMETRIC)}
    longer = compared(made, replace(SETTINGS, list_size=125))
    assert {(each.own_by, each.everybody_by) for each in longer.false_alerts} == {(BINOMIAL, BINOMIAL)}
    red = next(each for each in long.false_alerts if each.group == "red")
    rate = row(difference(long, FMR_OWN), "red").rate
    assert red.own.value == pytest.approx(chance_of_any(rate.num / rate.den, 100))


def test_a_longer_list_never_has_fewer_false_alerts() -> None:
    made = matcher(5, UNEVEN)
    values = [
        {each.group: each.everybody.value for each in compared(made, replace(SETTINGS, list_size=size)).false_alerts}
        for size in (1, 10, 100)
    ]
    for group in UNEVEN:
        assert values[0][group] <= values[1][group] <= values[2][group]


def test_people_without_a_label_are_in_no_group_and_in_no_figure() -> None:
    samples, groups = matcher(20, UNEVEN)
    fewer = {group: people[:20] for group, people in groups.items()}
    found = compared((samples, fewer))
    assert difference(found, FTA).overall.den == 60 * PICTURES
    assert sum(row.people for row in difference(found, FNIR).rows) == 60


def test_people_of_whom_nothing_is_acquired_are_missed_and_match_nobody() -> None:
    found = compared(matcher(21, {"blue": (20, 0.8, 0), "red": (20, 0.8, 0)}, {"red": 1.0}))
    assert row(difference(found, FNIR), "red").rate.num == 20 * (PICTURES - 1)
    assert row(difference(found, FMR_OWN), "red").rate.den == 0
    assert row(difference(found, FMR_OWN), "red").verdict == TOO_SMALL
    assert [each.group for each in found.false_alerts] == ["blue"]


def test_the_record_is_plain_json_without_infinities() -> None:
    record = uneven().record()
    text = json.dumps(record, allow_nan=False)
    assert json.loads(text)["by"] == "colour"


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 1.1},
        {"threshold": math.nan},
        {"lower": 0.6},
        {"lower": -1.1},
        {"list_size": 0},
        {"seed": -1},
        {"draws": 0},
        {"shuffles": 0},
    ],
)
def test_settings_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"thresholds are|a list has"):
        replace(SETTINGS, **wrong)  # type: ignore[arg-type]
