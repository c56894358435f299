"""One picture against one: counted like a plain loop, judged in folds, refused where a file is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from overt.domain.errors import Refused
from overt.evaluation import verification
from overt.evaluation.protocol import Half, halves
from overt.evaluation.verification import JudgedPairs, comparisons, folded, pairs_of, verified
from tests.unit.evaluation.drawn import people


def whole(counts: list[int], **drawn: object) -> Half:
    """Everybody in one half."""
    samples = people(counts, **drawn)  # type: ignore[arg-type]
    rows = {person: np.flatnonzero(samples.people == person) for person in range(len(counts))}
    return Half(samples=samples, pictures=rows)


def test_every_comparison_is_counted_once() -> None:
    half = whole([3, 1, 2, 4], noise=1.0, faceless=(1, 9))
    found, samples = comparisons(half), half.samples
    mated: list[float] = []
    impostor: list[float] = []
    for one in range(10):
        for other in range(one + 1, 10):
            face = samples.acquired[one] and samples.acquired[other]
            score = float(samples.templates[one] @ samples.templates[other]) if face else -2.0
            (mated if samples.people[one] == samples.people[other] else impostor).append(score)
    assert sorted(found.mated.tolist()) == pytest.approx(sorted(mated), abs=1e-6)
    assert found.impostors == len(impostor)
    assert found.impostor.tolist() == pytest.approx(sorted(s for s in impostor if s > -2), abs=1e-6)
    for value in (-1.0, 0.2, 0.6):
        fnmr, fmr = found.fnmr(value, seed=1), found.fmr(value, seed=1)
        assert (fnmr.num, fnmr.den) == (sum(s < value for s in mated), len(mated))
        assert (fmr.num, fmr.den) == (sum(s >= value for s in impostor), len(impostor))


def test_the_people_of_a_score_are_those_whose_pictures_gave_it() -> None:
    half = whole([2, 2, 2], noise=1.0)
    found = comparisons(half)
    for score, (one, other) in zip(found.impostor, found.pairs, strict=True):
        rows = (
            half.samples.templates[half.samples.people == one] @ half.samples.templates[half.samples.people == other].T
        )
        assert np.abs(rows - score).min() < 1e-6


def test_only_the_highest_scores_are_kept_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    half = whole([3] * 40, noise=1.0)
    every = comparisons(half)
    monkeypatch.setattr(verification, "_KEPT", 500)
    monkeypatch.setattr(verification, "_BLOCK", 7)
    found = comparisons(half)
    assert found.impostors == every.impostors
    # Another block rounds otherwise, in the last place.
    assert found.impostor.tolist() == pytest.approx(every.impostor[-500:].tolist(), abs=1e-6)
    value = float(every.impostor[-100])
    assert found.fmr(value, seed=1) == every.fmr(value, seed=1)
    with pytest.raises(Refused, match="below every score"):
        found.threshold(0.5)


def test_a_threshold_lets_at_most_the_wanted_share_match() -> None:
    found = comparisons(whole([2] * 100, noise=1.0))
    for fmr in (0.1, 0.01, 0.002):
        value = found.threshold(fmr)
        assert value == round(value, 4)
        assert found.fmr(value, seed=1).num <= found.impostors * fmr
        assert found.fmr(value - 0.02, seed=1).num > found.impostors * fmr
    with pytest.raises(Refused, match="rule of 30"):
        found.threshold(0.0001)


def test_the_other_half_chooses_and_what_cannot_be_chosen_is_left_out() -> None:
    choosing, measuring = (comparisons(half) for half in halves(people([3] * 200, noise=1.0), seed=1))
    at = verified(choosing, measuring, (0.01, 0.001, 0.0001), seed=1)
    assert [one.fmr_wanted for one in at] == [0.01, 0.001]
    assert at[0].fmr.low < 0.01 < at[0].fmr.high
    assert at[0].fnmr.num <= at[1].fnmr.num
    assert at[0].record()["fmr"] == at[0].fmr.record()


def test_intervals_know_that_people_repeat() -> None:
    half = whole([6] * 12, noise=1.0)
    half.samples.templates[:12] = half.samples.templates[0]  # two people who are one another's double
    found = comparisons(half)
    fmr = found.fmr(0.999, seed=1)
    assert fmr.num == 36
    assert fmr.low == 0.0  # the one pair of people is often not drawn at all
    assert found.fmr(1.5, seed=1).num == 0


@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [4]])
def test_without_mated_or_other_people_nothing_is_compared(counts: list[int]) -> None:
    with pytest.raises(Refused, match="one of these is missing"):
        comparisons(whole(counts))


def judged(seed: int = 1, *, folds: int = 4, pairs: int = 50) -> JudgedPairs:
    chance = np.random.default_rng(seed)
    same = np.tile(np.repeat([True, False], pairs // 2), folds)
    scores = chance.normal(np.where(same, 0.6, 0.1), 0.15).astype(np.float32)
    return JudgedPairs(scores=scores, same=same, fold=np.repeat(np.arange(folds), pairs))


def test_each_fold_is_judged_by_the_threshold_of_the_others() -> None:
    pairs = judged()
    found, right = folded(pairs), 0
    for fold, threshold in enumerate(found.thresholds):
        others = pairs.fold != fold

        def judges(value: float, among: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
            return int(((pairs.scores[among] >= value) == pairs.same[among]).sum())

        assert judges(threshold, others) == max(judges(float(value), others) for value in pairs.scores[others])
        right += judges(threshold, ~others)
    assert (found.right.num, found.right.den) == (right, 200)
    assert found.mean == pytest.approx(right / 200)
    assert found.record()["failed_to_acquire"] == 0


def test_a_missing_face_counts_as_different_people() -> None:
    pairs = judged()
    lost = replace(pairs, scores=np.where(np.arange(200) % 50 == 0, np.float32(-2.0), pairs.scores))
    assert folded(lost).failed == 4
    assert folded(lost).right.num < folded(pairs).right.num


def test_one_fold_is_none() -> None:
    with pytest.raises(Refused, match="at least two folds"):
        folded(judged(folds=1))


PAIRS = "2 1\np0000\t1\t2\np0000\t1\tp0001\t2\n\np0001 1 2\np0002 1 p0000 3\n"


def test_pairs_are_read_from_the_file_of_the_set() -> None:
    samples = people([3, 2, 1], faceless=(3,))
    found = pairs_of(samples, PAIRS)
    rows = [(0, 1), (0, 4), (3, 4), (5, 2)]
    wanted = [float(samples.templates[one] @ samples.templates[other]) for one, other in rows]
    wanted[2] = -2.0
    assert found.scores.tolist() == pytest.approx(wanted, abs=1e-6)
    assert found.same.tolist() == [True, False, True, False]
    assert found.fold.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins with"),
        ("ten 300\n", "begins with"),
        ("0 300\n", "begins with"),
        ("10\n", "begins with"),
        ("2 1\np0000 1\n", "Line 2 of the pairs file is no pair"),
        ("2 1\np0000 one two\n", "is no pair"),
        ("2 1\np0000 1 9\n", "p0000/p0000_0009, which is not among"),
        ("2 2\np0000 1 2\n", "holds 1"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        pairs_of(people([3, 2, 1]), text)
