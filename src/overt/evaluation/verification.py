"""Verification: is this the same person? One picture against one (ISO/IEC 19795-1).

    FNMR(t) = mated comparisons below t, or with a picture that gave no template / all mated comparisons
    FMR(t)  = impostor comparisons at or above t / all impostor comparisons

Rules:
  - without a pairs file every two pictures of one person are a mated comparison, and every two of different people an
    impostor one. People are split: one half chooses the threshold for each wanted FMR, the other measures;
  - with a pairs file only its pairs are compared, by the protocol of Labeled Faces in the Wild (Huang et al., 2007): of
    its folds each is judged with the threshold that is best for all the others, and the mean over the folds is told;
  - a picture without a face cannot match: it is a miss in a mated comparison and no false match in another;
  - comparisons share pictures and people, so the intervals are by person (`resample`): both sides of a comparison are
    drawn again, and a comparison of two people counts as often as both were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import Refused
from overt.domain.geometry import FloatArray
from overt.evaluation.intervals import Figure
from overt.evaluation.protocol import Half
from overt.evaluation.resample import drawn_weights
from overt.evaluation.samples import Samples

NO_SCORE: Final = -2.0
_BLOCK = 512
_KEPT = 2_000_000  # impostor scores from the top that are kept one by one; nobody wants a threshold below them
_SIDE = 2.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparisons:
    """Scores of comparisons, and whose they are.

    Attributes:
        mated: shape (m,), float32, -2 where a picture has no template; mated_people: shape (m,).
        impostor: shape (i,), float32, the highest ones, ascending.
        pairs: shape (i, 2): the two people of each of these.
        impostors: all impostor comparisons.
        counts: shape (p,): pictures of each person, by their number.
    """

    mated: FloatArray
    mated_people: NDArray[np.intp]
    impostor: FloatArray
    pairs: NDArray[np.intp]
    impostors: int
    counts: NDArray[np.int64]

    def threshold(self, fmr: float) -> float:
        """The lowest threshold, a multiple of 1/10,000, at which at most this share of impostor comparisons matches.

        Raises:
            Refused: fewer than 30 comparisons would match, or more than were kept.
        """
        allowed = int(self.impostors * fmr)
        if allowed < 30:
            raise Refused(
                f"An FMR of {fmr:g} cannot be chosen with {self.impostors:,} impostor comparisons: fewer than 30 would "
                "match (rule of 30).",
                "Give pictures of more people, or ask for a larger FMR.",
            )
        if allowed >= len(self.impostor):
            raise Refused(f"An FMR of {fmr:g} lies below every score that was kept.", "Ask for a smaller FMR.")
        above = float(self.impostor[-allowed - 1])  # the first one that must not match
        return float(np.floor(above * 10_000) + 1) / 10_000

    def fnmr(self, threshold: float, *, seed: int) -> Figure:
        """Misses among the mated comparisons, the interval by person."""
        missed = self.mated < threshold
        weights = self._weights(seed)[:, self.mated_people]
        return _figure(int(missed.sum()), len(missed), weights @ missed, weights.sum(axis=1))

    def fmr(self, threshold: float, *, seed: int) -> Figure:
        """Matches among the impostor comparisons, the interval by person."""
        above = int(np.searchsorted(self.impostor, np.float32(threshold)))
        weights = self._weights(seed)
        one, other = self.pairs[above:].T
        matched = (weights[:, one] * weights[:, other]).sum(axis=1)
        drawn = weights @ self.counts
        every = (drawn**2 - weights**2 @ self.counts**2) / 2
        return _figure(len(self.impostor) - above, self.impostors, matched, every)

    def _weights(self, seed: int) -> NDArray[np.float64]:
        return drawn_weights(len(self.counts), seed=seed)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The figures at one threshold."""

    fmr_wanted: float
    threshold: float
    fnmr: Figure
    fmr: Figure

    def record(self) -> dict[str, object]:
        return {
            "fmr_wanted": self.fmr_wanted,
            "threshold": self.threshold,
            "fnmr": self.fnmr.record(),
            "fmr": self.fmr.record(),
        }


@dataclass(frozen=True, kw_only=True)
class Folds:
    """What a pairs file gave.

    Attributes:
        right: pairs judged rightly, of all.
        mean, spread: mean over the folds of the share judged rightly, and its standard error.
        thresholds: of each fold, chosen by the others.
        failed: pairs with a picture without a face.
    """

    right: Figure
    mean: float
    spread: float
    thresholds: tuple[float, ...]
    failed: int

    def record(self) -> dict[str, object]:
        return {
            "pairs": self.right.record(),
            "mean": self.mean,
            "standard_error": self.spread,
            "thresholds": list(self.thresholds),
            "failed_to_acquire": self.failed,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedPairs:
    """Pairs of a pairs file. `scores`: shape (n,), -2 where a face is missing; `same`, `fold`: shape (n,)."""

    scores: FloatArray
    same: NDArray[np.bool_]
    fold: NDArray[np.intp]


def comparisons(half: Half) -> Comparisons:
    """Every comparison among the pictures of one half.

    Raises:
        Refused: no person has two pictures, or there is only one person.
    """
    samples = half.samples
    rows = np.sort(np.concatenate([np.asarray(rows, np.intp) for rows in half.pictures.values()]))
    templates, acquired = samples.templates[rows], samples.acquired[rows]
    _, people = np.unique(samples.people[rows], return_inverse=True)
    counts = np.bincount(people)
    mated, mated_people = _mated(templates, acquired, counts)
    if not len(mated) or len(counts) < 2:
        raise Refused(
            "Verification compares two pictures of one person, and pictures of two people; one of these is missing.",
            "Give at least two people, some with two pictures or more.",
        )
    impostor, pairs = _impostor(templates, acquired, people)
    return Comparisons(
        mated=mated,
        mated_people=mated_people,
        impostor=impostor,
        pairs=pairs,
        impostors=int((len(people) ** 2 - (counts**2).sum()) // 2),
        counts=counts.astype(np.int64),
    )


def verified(choosing: Comparisons, measuring: Comparisons, wanted: Sequence[float], *, seed: int) -> list[Verified]:
    """The figures of the measuring half at thresholds of the other; those that cannot be chosen are left out."""
    found = []
    for fmr in wanted:
        try:
            threshold = choosing.threshold(fmr)
        except Refused:
            continue
        fnmr, observed = measuring.fnmr(threshold, seed=seed), measuring.fmr(threshold, seed=seed)
        found.append(Verified(fmr_wanted=fmr, threshold=threshold, fnmr=fnmr, fmr=observed))
    return found


def folded(pairs: JudgedPairs) -> Folds:
    """Judges each fold with the threshold that is best for all the others.

    Raises:
        Refused: fewer than two folds.
    """
    folds = np.unique(pairs.fold)
    if len(folds) < 2:
        raise Refused("A pairs file needs at least two folds.", "Write folds and pairs a fold into its first line.")
    thresholds = [_best_threshold(pairs, pairs.fold != fold) for fold in folds]
    right = np.zeros(len(pairs.scores), np.bool_)
    for fold, threshold in zip(folds, thresholds, strict=True):
        here = pairs.fold == fold
        right[here] = (pairs.scores[here] >= threshold) == pairs.same[here]
    shares = np.array([right[pairs.fold == fold].mean() for fold in folds])
    return Folds(
        right=Figure.of(int(right.sum()), len(right)),
        mean=float(shares.mean()),
        spread=float(shares.std(ddof=1) / np.sqrt(len(shares))),
        thresholds=tuple(thresholds),
        failed=int((pairs.scores == NO_SCORE).sum()),
    )


def _best_threshold(pairs: JudgedPairs, among: NDArray[np.bool_]) -> float:
    """The lowest score that judges most pairs rightly."""
    scores, same = pairs.scores[among], pairs.same[among]
    candidates = np.unique(scores)
    same_above = len(scores[same]) - np.searchsorted(np.sort(scores[same]), candidates)
    other_below = np.searchsorted(np.sort(scores[~same]), candidates)
    return float(candidates[int(np.argmax(same_above + other_below))])


def _mated(
    templates: FloatArray, acquired: NDArray[np.bool_], counts: NDArray[np.int64]
) -> tuple[FloatArray, NDArray[np.intp]]:
    scores: list[FloatArray] = []
    starts = np.concatenate([[0], np.cumsum(counts)])
    several = np.flatnonzero(counts > 1)
    for person in several:
        own = slice(starts[person], starts[person + 1])
        one, other = np.triu_indices(counts[person], 1)
        cosines = np.einsum("ij,ij->i", templates[own][one], templates[own][other])
        cosines[~(acquired[own][one] & acquired[own][other])] = NO_SCORE
        scores.append(cosines.astype(np.float32))
    pairs = counts[several] * (counts[several] - 1) // 2
    return (np.concatenate(scores) if scores else np.zeros(0, np.float32)), np.repeat(several, pairs)


def _impostor(
    templates: FloatArray, acquired: NDArray[np.bool_], people: NDArray[np.intp]
) -> tuple[FloatArray, NDArray[np.intp]]:
    """The highest impostor scores, ascending, and the two people of each."""
    templates, people = templates[acquired], people[acquired]
    scores, pairs = np.zeros(0, np.float32), np.zeros((0, 2), np.intp)
    for top in range(0, len(people), _BLOCK):
        rows = slice(top, top + _BLOCK)
        found = templates[rows] @ templates[top:].T
        one, other = np.nonzero(people[None, top:] > people[rows, None])
        scores = np.concatenate([scores, found[one, other]])
        pairs = np.concatenate([pairs, np.stack([people[rows][one], people[top:][other]], axis=1)])
        if len(scores) > 2 * _KEPT:
            keep = np.argpartition(scores, -_KEPT)[-_KEPT:]
            scores, pairs = scores[keep], pairs[keep]
    order = np.argsort(scores, kind="stable")[-_KEPT:]
    return scores[order], pairs[order]


def _figure(num: int, den: int, hits: NDArray[np.float64], cases: NDArray[np.float64]) -> Figure:
    """The share with the wider limits of the two: by person, and Clopper-Pearson as if comparisons were independent."""
    plain = Figure.of(num, den)
    shares = hits[cases > 0] / cases[cases > 0]
    if not len(shares):
        return plain
    low, high = np.percentile(shares, [_SIDE, 100 - _SIDE])
    return Figure(num=num, den=den, low=min(plain.low, float(low)), high=max(plain.high, float(high)))


def pairs_of(samples: Samples, text: str) -> JudgedPairs:
    """The pairs of a file in the form of LFW's `pairs.txt`.

    The first line has the number of folds and of mated (and as many other) pairs in each; a line of three words is a
    mated pair (person, number, number), one of four an impostor pair (person, number, person, number). Pictures are
    `person/person_0001` whatever their suffix.

    Raises:
        Refused: a line of another form, or a picture that the samples do not hold.
    """
    place = {picture.rpartition(".")[0]: row for row, picture in enumerate(samples.pictures)}
    lines = [line.split() for line in text.splitlines() if line.strip()]
    folds, each = _heading(lines)
    one, other, same = [], [], []
    for number, words in enumerate(lines[1:], 2):
        left, right = _named(words, number)
        for name in (left, right):
            if name not in place:
                raise Refused(
                    f"Line {number} of the pairs file names {name}, which is not among the pictures.",
                    "Give the folder that the pairs are of, with all pictures of each person.",
                )
        one.append(place[left])
        other.append(place[right])
        same.append(len(words) == 3)
    if len(one) != folds * each * 2:
        raise Refused(
            f"The pairs file promises {folds} folds of 2 x {each} pairs and holds {len(one)}.", "Take the whole file."
        )
    scores = np.einsum("ij,ij->i", samples.templates[one], samples.templates[other]).astype(np.float32)
    scores[~(samples.acquired[one] & samples.acquired[other])] = NO_SCORE
    fold = np.repeat(np.arange(folds), 2 * each)
    return JudgedPairs(scores=scores, same=np.array(same, np.bool_), fold=fold)


def _heading(lines: Sequence[Sequence[str]]) -> tuple[int, int]:
    if not lines or len(lines[0]) != 2 or not all(word.isdecimal() and int(word) for word in lines[0]):
        raise Refused("A pairs file begins with the number of folds and of pairs in each.", "Write, say: 10 300")
    return int(lines[0][0]), int(lines[0][1])


def _named(words: Sequence[str], line: int) -> tuple[str, str]:
    if len(words) == 3:
        words = (words[0], words[1], words[0], words[2])
    if len(words) != 4 or not (words[1].isdecimal() and words[3].isdecimal()):
        raise Refused(f"Line {line} of the pairs file is no pair.", "Write: person number number, or two of each.")
    one, other = (f"{name}/{name}_{int(number):04d}" for name, number in (words[:2], words[2:]))
    return one, other
