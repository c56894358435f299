"""Intervals by person: wider than those of independent cases, never narrower, and blind to names and order."""

from __future__ import annotations

import numpy as np
import pytest

from overt.evaluation.intervals import Figure
from overt.evaluation.resample import drawn_weights, figure_by_person


def test_where_nobody_repeats_it_is_the_plain_interval() -> None:
    hits = np.array([True, False, True, True])
    assert figure_by_person(hits, np.array([4, 2, 9, 1]), seed=1) == Figure.of(3, 4)


def test_nothing_counted_is_no_figure() -> None:
    assert figure_by_person(np.zeros(0, np.bool_), np.zeros(0, np.intp), seed=1) == Figure.of(0, 0)


def test_people_whose_cases_fall_together_make_it_wider() -> None:
    people = np.repeat(np.arange(20), 10)
    together = figure_by_person(people < 10, people, seed=1)
    plain = Figure.of(100, 200)
    assert (together.num, together.den) == (100, 200)
    assert together.high - together.low > 2 * (plain.high - plain.low)
    # Twenty people that all hold or all fail are twenty cases: 10 of 20.
    assert together.low == pytest.approx(Figure.of(10, 20).low, abs=0.06)


def test_without_any_failure_it_is_never_narrower_than_the_plain_one() -> None:
    people = np.repeat(np.arange(5), 4)
    assert figure_by_person(np.ones(20, np.bool_), people, seed=1) == Figure.of(20, 20)


def test_names_and_order_do_not_matter_and_the_seed_repeats() -> None:
    chance = np.random.default_rng(3)
    people, hits = chance.integers(0, 30, 200), chance.random(200) < 0.8
    once = figure_by_person(hits, people, seed=7)
    order = chance.permutation(200)
    assert figure_by_person(hits[order], 1000 - people[order], seed=7) == once


def test_it_covers_the_truth_where_persons_differ() -> None:
    chance, covered = np.random.default_rng(5), 0
    for seed in range(60):
        rates = chance.beta(4, 1, 40)
        people = np.repeat(np.arange(40), 5)
        found = figure_by_person(chance.random(200) < rates[people], people, seed=seed, draws=300)
        covered += found.low <= 0.8 <= found.high
    assert covered >= 52  # of 60; 95 % would be 57, and 52 or fewer come once in 500


def test_every_draw_has_as_many_people() -> None:
    weights = drawn_weights(7, seed=1, draws=50)
    assert weights.shape == (50, 7)
    assert set(weights.sum(axis=1)) == {7.0}
