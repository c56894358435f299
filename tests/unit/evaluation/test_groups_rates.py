"""Rates of groups against plain loops and hand-worked tables, from the pictures on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.evaluation.groups_counts import Counts, counts_of
from overt.evaluation.groups_rates import (
    chance_of_any,
    expected_of_list,
    rate_by_person,
    rate_with_everybody,
    rate_within,
)
from overt.evaluation.intervals import Figure
from overt.evaluation.samples import ACQUIRED, NO_FACE, Samples

EAST, NORTH, NORTH_EAST = (1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5)
NOBODY = np.zeros(0, np.intp)


def samples_of_rows(rows: Sequence[tuple[str, tuple[float, float] | None]]) -> Samples:
    """One picture a row: whose, and its template, or None where no face was found."""
    names = tuple(dict.fromkeys(name for name, _ in rows))
    return Samples(
        templates=np.array([template or (0.0, 0.0) for _, template in rows], np.float32),
        people=np.array([names.index(name) for name, _ in rows], np.int32),
        names=names,
        pictures=tuple(f"{name}/{place}" for place, (name, _) in enumerate(rows)),
        failures=tuple(ACQUIRED if template else NO_FACE for _, template in rows),
    )


def random_counts(seed: int, people: int = 14, threshold: float = 0.3) -> Counts:
    """People with 0 to 4 pictures each, of whom some fail."""
    chance = np.random.default_rng(seed)
    pictures = [*chance.integers(1, 5, people - 1), 1]
    templates = chance.standard_normal((sum(pictures), 3)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    failures = tuple(NO_FACE if failed else ACQUIRED for failed in chance.random(sum(pictures)) < 0.15)
    templates[[failure != ACQUIRED for failure in failures]] = 0
    return counts_of(
        Samples(
            templates=templates,
            people=np.repeat(np.arange(people), pictures).astype(np.int32),
            names=tuple(f"{each:02}" for each in range(people)),
            pictures=tuple(str(each) for each in range(sum(pictures))),
            failures=failures,
        ),
        threshold,
    )


FIRST, SECOND, THIRD = np.arange(6), np.arange(6, 11), np.arange(11, 14)


def test_pictures_become_counts_by_hand() -> None:
    rows = [
        *[("ann", EAST), ("ann", NORTH_EAST), ("ann", None)],
        *[("bob", NORTH), ("bob", NORTH)],
        *[("cat", None), ("cat", None)],
        *[("dan", EAST)],
    ]
    found = counts_of(samples_of_rows(rows), 0.7)
    assert found.people == 4
    assert found.presented.tolist() == [3, 2, 2, 1]
    assert found.acquired.tolist() == [2, 2, 0, 1]
    assert found.first_failed.tolist() == [0, 0, 1, 0]
    assert (found.pairs.tolist(), found.apart.tolist()) == ([1, 1, 0, 0], [0, 0, 0, 0])
    assert (found.searches.tolist(), found.missed.tolist()) == ([2, 1, 1, 0], [1, 0, 1, 0])
    assert (found.first_searched.tolist(), found.first_missed.tolist()) == ([1, 1, 1, 0], [0, 0, 1, 0])
    assert found.listed.tolist() == [1, 1, 0, 1]
    assert found.false.toarray().tolist() == [[0, 2, 0, 2], [2, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0]]
    assert found.first_false.toarray().tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert found.highest[0] == (1.0, "ann/0", "dan/7")
    assert len(found.highest) == 8  # 4 of ann and bob, 2 of ann and dan, 2 of bob and dan
    assert counts_of(samples_of_rows(rows), 0.75).missed.tolist() == [2, 0, 1, 0]


def test_a_person_whose_first_picture_failed_is_listed_with_the_next_and_missed_with_the_first() -> None:
    found = counts_of(samples_of_rows([("ann", None), ("ann", EAST), ("ann", EAST), ("bob", NORTH)]), 0.7)
    assert (found.searches[0], found.missed[0], found.first_missed[0], found.listed[0]) == (2, 1, 1, 1)


def test_nobody_acquired_gives_counts_of_nothing() -> None:
    found = counts_of(samples_of_rows([("ann", None), ("bob", None)]), 0.7)
    assert found.acquired.sum() == found.listed.sum() == found.false.sum() == len(found.highest) == 0
    assert rate_within(found, [np.arange(2)], seed=1, draws=20).figure == Figure.of(0, 0)
    assert rate_with_everybody(found, np.arange(1), np.arange(1, 2), seed=1, draws=20).figure == Figure.of(0, 0)


def test_many_pictures_are_counted_in_blocks_as_in_one() -> None:
    chance = np.random.default_rng(4)
    n = 2200
    templates = chance.standard_normal((n, 8)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    people = np.sort(chance.permutation(np.repeat(np.arange(n // 2), 2))).astype(np.int32)
    samples = Samples(
        templates=templates,
        people=people,
        names=tuple(f"{each:04}" for each in range(n // 2)),
        pictures=tuple(f"{each:04}" for each in range(n)),
        failures=(ACQUIRED,) * n,
    )
    scores = templates @ templates.T
    other = np.triu(people[:, None] != people[None, :])
    found = counts_of(samples, 0.8)
    assert found.false.sum() / 2 == pytest.approx(int((scores[other] >= 0.8).sum()), abs=2)
    best = np.sort(scores[other])[::-1][:10]
    assert [score for score, _, _ in found.highest] == pytest.approx(best.tolist(), abs=1e-6)


def test_a_rate_of_persons_by_hand() -> None:
    found = rate_by_person(np.array([1, 0, 2, 0]), np.array([2, 1, 4, 0]), seed=1, persons=(1, 3))
    assert (found.figure.num, found.figure.den, found.independent, found.persons) == (3, 7, 3, (1, 3))
    # Sorted by cases; without the person with 0 of 1 it is 3 / 6, without 1 of 2 it is 2 / 5, without 2 of 4 1 / 3.
    assert found.by_person.tolist() == pytest.approx([9 / 7 - 2 * part for part in (3 / 6, 2 / 5, 1 / 3)])
    assert found.spread >= 1 / 3 - 1 / 7


def test_an_interval_by_person_is_never_narrower_than_clopper_pearson() -> None:
    alone = rate_by_person(np.array([1] * 5 + [0] * 45), np.ones(50, np.int64), seed=1).figure
    assert (alone.low, alone.high) == pytest.approx((Figure.of(5, 50).low, Figure.of(5, 50).high), abs=0.03)
    assert alone.low <= Figure.of(5, 50).low
    assert alone.high >= Figure.of(5, 50).high
    together = rate_by_person(np.array([10] * 5 + [0] * 45), np.full(50, 10), seed=1).figure
    assert together.high - together.low > 2 * (Figure.of(50, 500).high - Figure.of(50, 500).low)


@pytest.mark.parametrize("errors", [0, 10])
def test_without_an_error_or_a_success_every_person_counts_once(errors: int) -> None:
    found = rate_by_person(np.full(20, errors), np.full(20, 10), seed=1).figure
    expected = Figure.of(20 if errors else 0, 20)
    assert (found.low, found.high) == (expected.low, expected.high)
    assert (found.num, found.den) == (20 * errors, 200)


def brute_within(counts: Counts, groups: list[NDArray[np.intp]]) -> tuple[int, int]:
    pairs = [pair for members in groups for pair in combinations(members.tolist(), 2)]
    false = counts.false.toarray()
    return sum(int(false[pair]) for pair in pairs), sum(int(counts.acquired[i] * counts.acquired[j]) for i, j in pairs)


@pytest.mark.parametrize("seed", range(4))
def test_pairs_within_groups_are_those_of_a_plain_loop(seed: int) -> None:
    counts = random_counts(seed)
    for groups in ([FIRST], [SECOND], [FIRST, SECOND], [FIRST, SECOND, THIRD]):
        found = rate_within(counts, groups, seed=1, draws=50).figure
        assert (found.num, found.den) == brute_within(counts, groups)


@pytest.mark.parametrize("seed", range(4))
def test_pairs_with_everybody_are_those_of_a_plain_loop(seed: int) -> None:
    counts = random_counts(seed)
    others = np.concatenate([SECOND, THIRD])
    found = rate_with_everybody(counts, FIRST, others, seed=1, draws=50).figure
    everything, outside = brute_within(counts, [np.arange(14)]), brute_within(counts, [others])
    assert (found.num, found.den) == (everything[0] - outside[0], everything[1] - outside[1])
    alone = rate_with_everybody(counts, FIRST, NOBODY, seed=1, draws=50).figure
    assert (alone.num, alone.den) == brute_within(counts, [FIRST])


def test_what_people_say_about_pairs_adds_up_to_the_rate() -> None:
    """For pairs of people with one picture each the mean of the pseudo-values is the rate itself."""
    counts = counts_of(
        samples_of_rows([(f"{each:02}", (np.cos(each**1.7), np.sin(each**1.7))) for each in range(40)]), 0.9
    )
    found = rate_within(counts, [np.arange(40)], seed=1, draws=50)
    assert found.figure.num > 0
    assert found.by_person.mean() == pytest.approx(found.figure.num / found.figure.den)


def test_an_interval_of_pairs_holds_the_rate_of_all_people_as_often_as_it_says() -> None:
    """Templates on a circle: two match within 15 degrees, so the true rate is 30 / 360."""
    chance, inside, runs = np.random.default_rng(6), 0, 100
    for run in range(runs):
        angles = chance.random(25) * 2 * np.pi
        rows = [(f"{place:02}", (float(np.cos(angle)), float(np.sin(angle)))) for place, angle in enumerate(angles)]
        counts = counts_of(samples_of_rows(rows), float(np.cos(np.pi / 12)))
        figure = rate_within(counts, [np.arange(25)], seed=run, draws=200).figure
        inside += figure.low <= 30 / 360 <= figure.high
    assert inside / runs >= 0.93


def brute_list(counts: Counts, members: NDArray[np.intp], others: NDArray[np.intp], size: int) -> float:
    """The share over every person and every list of so many people."""
    false = counts.first_false.toarray()
    listed = [each for each in [*members.tolist(), *others.tolist()] if counts.listed[each]]
    met = [
        any(false[person, entry] for entry in entries)
        for person in members.tolist()
        if counts.listed[person]
        for entries in combinations([each for each in listed if each != person], size)
    ]
    return float(np.mean(met))


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("others", [NOBODY, np.concatenate([SECOND, THIRD])])
def test_the_expectation_over_lists_is_that_of_every_list(size: int, others: NDArray[np.intp]) -> None:
    for seed in range(3):
        counts = random_counts(seed, threshold=0.6)
        found = expected_of_list(counts, FIRST, others, size, seed=1)
        assert found.value == pytest.approx(brute_list(counts, FIRST, others, size))
        assert found.low <= found.value <= found.high


def test_a_list_without_false_matches_has_an_upper_limit_all_the_same() -> None:
    counts = random_counts(1, threshold=1.1)
    found = expected_of_list(counts, FIRST, SECOND, 3, seed=1)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high > 0


def test_the_formula_of_a_list() -> None:
    assert chance_of_any(0.0, 1000) == 0
    assert chance_of_any(1.0, 1) == 1
    assert chance_of_any(1e-6, 1000) == pytest.approx(1 - (1 - 1e-6) ** 1000)
    assert chance_of_any(0.5, 2) == pytest.approx(0.75)
