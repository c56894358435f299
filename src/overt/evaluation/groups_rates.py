"""The rate of an error in a group, with what each person adds to it.

Rules:
  - whole persons are drawn again for an interval, never pictures or pairs; two copies of one person are never compared;
  - the interval is never narrower than Clopper-Pearson's, as if all cases were independent. Without any error
    it is Clopper-Pearson's with one case for each person;
  - comparisons of two people share persons on both sides. Without any error they are taken as independent, since there
    is nothing to tell otherwise, and the interval is too narrow;
  - people and groups are sorted by what they count before anything is drawn, so that neither names nor order matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import gammaln

from overt.evaluation.groups_counts import Column, Counts
from overt.evaluation.groups_statistics import FloatColumn, Rate
from overt.evaluation.intervals import Figure
from overt.evaluation.planner import Estimate
from overt.evaluation.resample import DRAWS, drawn_weights

Members = NDArray[np.intp]

NO_RATE: Final = Rate(figure=Figure.of(0, 0), spread=math.inf, by_person=np.zeros(0), independent=0)
_SIDES: Final = (2.5, 97.5)


def rate_by_person(
    errors: Column, cases: Column, *, seed: int, draws: int = DRAWS, persons: tuple[int, int] | None = None
) -> Rate:
    """The rate of errors in cases that belong to one person each.

    Args:
        errors, cases: of each person, shape (people,); whoever has no case is passed over.
        seed, draws: of the bootstrap.
        persons: one case of each person: errors and persons.
    """
    order = np.lexsort((errors, cases))
    order = order[cases[order] > 0]
    held, had = errors[order], cases[order]
    if not len(order):
        return NO_RATE
    weights = drawn_weights(len(order), seed=seed, draws=draws)
    num, den = int(held.sum()), int(had.sum())
    certain = Figure.of(num and len(order), len(order)) if num in (0, den) else Figure.of(num, den)
    return Rate(
        figure=_wider(Figure(num=num, den=den, low=certain.low, high=certain.high), weights @ held, weights @ had),
        spread=_spread(num, den, weights @ held, weights @ had),
        by_person=_pseudo_values(held, had, num, den),
        independent=len(order),
        persons=persons,
    )


def rate_within(counts: Counts, groups: Sequence[Members], *, seed: int, draws: int = DRAWS) -> Rate:
    """How often two people of the same group are taken for one another, over these groups together.

    Args:
        groups: the people of each, as positions in the columns of `counts`.
        seed, draws: of the bootstrap.
    """
    parts = []
    for members in groups:
        present = members[counts.acquired[members] > 0]
        false, pictures = counts.false[present][:, present], counts.acquired[present]
        parts.append((false, pictures, np.asarray(false.sum(axis=1)).ravel(), pictures * (pictures.sum() - pictures)))
    parts.sort(key=lambda part: (len(part[1]), int(part[2].sum()), int(part[3].sum())))
    drawn_errors, drawn_cases = np.zeros(draws), np.zeros(draws)
    for place, (false, pictures, held, had) in enumerate(parts):
        if not len(pictures):
            continue
        order = np.lexsort((had, held))
        weights = drawn_weights(len(order), seed=seed + place, draws=draws)
        drawn_errors += _products(weights, false[order][:, order], weights) / 2
        drawn_cases += _apart(weights, pictures[order])
    held, had = (np.concatenate([np.zeros(0, np.int64), *(part[column] for part in parts)]) for column in (2, 3))
    return _rate_of_pairs(held, had, int(held.sum()) // 2, int(had.sum()) // 2, drawn_errors, drawn_cases)


def rate_with_everybody(counts: Counts, members: Members, others: Members, *, seed: int, draws: int = DRAWS) -> Rate:
    """How often somebody of a group and anybody at all are taken for one another: each pair with a member, once.

    Args:
        members, others: who is in the group and who is not, as positions in the columns of `counts`.
        seed, draws: of the bootstrap, which draws members and others apart.
    """
    sides = []
    for people in (members, others):
        present = people[counts.acquired[people] > 0]
        everybody = np.concatenate([members, others])
        met = np.asarray(counts.false[present][:, everybody].sum(axis=1)).ravel()
        sides.append(present[np.lexsort((counts.acquired[present], met))])
    inside, outside = sides
    if not len(inside):
        return NO_RATE
    own, cross = counts.false[inside][:, inside], counts.false[inside][:, outside]
    here, there = counts.acquired[inside], counts.acquired[outside]
    held_own, held_cross = (np.asarray(part.sum(axis=1)).ravel() for part in (own, cross))
    had_own, had_cross = here * (here.sum() - here), here * there.sum()
    weights = drawn_weights(len(inside), seed=seed, draws=draws)
    beside = drawn_weights(len(outside), seed=seed + 1, draws=draws) if len(outside) else np.zeros((draws, 0))
    return _rate_of_pairs(
        held_own + held_cross,
        had_own + had_cross,
        int(held_own.sum()) // 2 + int(held_cross.sum()),
        int(had_own.sum()) // 2 + int(had_cross.sum()),
        _products(weights, own, weights) / 2 + _products(weights, cross, beside),
        _apart(weights, here) + (weights @ here) * (beside @ there),
    )


def expected_of_list(
    counts: Counts, members: Members, others: Members, size: int, *, seed: int, draws: int = DRAWS
) -> Estimate:
    """FPIR by the hypergeometric distribution: the share of a group's people who would be taken for somebody on a list
    of so many people, drawn at random from members and others together, without the one who passes.

    A person taken for m of M candidates meets none of them on a list of N with the chance C(M - m, N) / C(M, N). That
    is exact over all lists from this set, and takes one picture for each search. The interval draws people again.

    Args:
        members: who passes, at least two of them with a list picture.
        others: who may be on the list besides; empty draws the list from the group alone.
        size: people on the list, fewer than there are with a list picture.
        seed, draws: of the bootstrap.
    """
    everybody = np.concatenate([members, others])
    searched, beside = (
        side[np.argsort(np.asarray(counts.first_false[side][:, everybody].sum(axis=1)).ravel(), kind="stable")]
        for side in (people[counts.listed[people] > 0] for people in (members, others))
    )
    candidates = np.concatenate([searched, beside])
    false = counts.first_false[searched][:, candidates]
    value = float(_share_met(false, np.ones((1, len(searched))), np.ones((1, len(candidates))), size)[0])
    weights = drawn_weights(len(searched), seed=seed, draws=draws)
    of_beside = drawn_weights(len(beside), seed=seed + 1, draws=draws) if len(beside) else np.zeros((draws, 0))
    drawn = _share_met(false, weights, np.concatenate([weights, of_beside], axis=1), size)
    low, high = np.percentile(drawn, _SIDES)
    pairs = Figure.of(int(false.sum()), len(searched) * (len(candidates) - 1))
    return Estimate(
        value=value,
        low=min(value, float(low), chance_of_any(pairs.low, size)),
        high=max(value, float(high), chance_of_any(pairs.high, size)),
    )


def chance_of_any(fmr: float, size: int) -> float:
    """FPIR by the binomial formula, 1 - (1 - FMR)^N (ISO/IEC 19795-1), with independent comparisons.

    Where some people resemble many others it is too high, since their comparisons are not independent.
    """
    return 1.0 if fmr >= 1 else -math.expm1(size * math.log1p(-fmr))


def _share_met(false: csr_array, weights: FloatColumn, on_list: FloatColumn, size: int) -> FloatColumn:
    """Shape (draws,): the expected share of searches that meet somebody; no search meets its own person."""
    met = np.asarray((false @ on_list.T).T)
    candidates = on_list.sum(axis=1)[:, None] - weights
    clear = candidates - met - size
    logs = gammaln(candidates - met + 1) - gammaln(np.maximum(clear, 0) + 1)
    logs += gammaln(np.maximum(candidates - size, 0) + 1) - gammaln(candidates + 1)
    chance = np.where(met == 0, 0.0, np.where(clear < 0, 1.0, -np.expm1(np.minimum(logs, 0.0))))
    share: FloatColumn = (weights * chance).sum(axis=1) / weights.sum(axis=1)
    return share


def _rate_of_pairs(
    held: Column, had: Column, num: int, den: int, drawn_errors: FloatColumn, drawn_cases: FloatColumn
) -> Rate:
    if not den:
        return NO_RATE
    return Rate(
        figure=_wider(Figure.of(num, den), drawn_errors, drawn_cases),
        spread=_spread(num, den, drawn_errors, drawn_cases),
        by_person=_pseudo_values(held, had, num, den),
        independent=den,
    )


def _wider(certain: Figure, errors: FloatColumn, cases: FloatColumn) -> Figure:
    shares = errors[cases > 0] / cases[cases > 0]
    low, high = np.percentile(shares, _SIDES) if len(shares) else (certain.low, certain.high)
    return Figure(
        num=certain.num, den=certain.den, low=min(certain.low, float(low)), high=max(certain.high, float(high))
    )


def _spread(num: int, den: int, errors: FloatColumn, cases: FloatColumn) -> float:
    """Variance of the logarithm of a rate over the draws; half an error is added so that a draw without any counts."""
    if not num:
        return math.inf
    drawn = cases > 0
    logs = np.log((errors[drawn] + 0.5) / cases[drawn])
    return max(float(logs.var()) if len(logs) else 0.0, 1 / num - 1 / den)


def _pseudo_values(held: Column, had: Column, num: int, den: int) -> FloatColumn:
    """What each person says about the rate: n times the rate, less n - 1 times the rate without the person."""
    people, rate = len(held), num / den
    without = np.where(den > had, (num - held) / np.maximum(den - had, 1), rate)
    values: FloatColumn = people * rate - (people - 1) * without
    return values


def _products(left: FloatColumn, false: csr_array, right: FloatColumn) -> FloatColumn:
    """Shape (draws,): sum over i and j of left[i] false[i, j] right[j]."""
    products: FloatColumn = np.einsum("ij,ji->i", left, np.asarray(false @ right.T))
    return products


def _apart(weights: FloatColumn, pictures: Column) -> FloatColumn:
    """Comparisons of two different people, shape (draws,)."""
    shown = weights * pictures
    pairs: FloatColumn = (shown.sum(axis=1) ** 2 - (shown**2).sum(axis=1)) / 2
    return pairs
