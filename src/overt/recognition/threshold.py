"""From the impostor curve to the threshold of a watch list.

One search compares a passage with N rows, each with the false match rate (FMR) of the curve. If the comparisons are
independent, the share of unlisted passages that raise a false alert is

    FPIR = 1 - (1 - p x FMR)^N        (binomial model, terms of ISO/IEC 19795-1)

where p is how many times as often as one comparison a passage ends in a false alert: it is searched several times, and
a second shot has to agree. That is everybody's share. In the group for whom false matches are most frequent, g times as
frequent as for everybody, it is 1 - (1 - p x g x FMR)^N, and **this share decides the threshold**. What was not
measured counts as 1. The intervals carry over, because neither share falls as one of its parts grows.

Assumptions, named because they are not exact:
  - the N comparisons of a search are independent (rows of one entry are not, which makes the threshold too high, the
    safe side);
  - p and g were counted where they could be, at lower thresholds, and are the same at the list's;
  - the impostor comparisons of the curve are independent (each picture is in many of them), so its interval is
    narrower than it should be.

Where fewer than 30 errors were observed (the rule of 30), the tail is continued as an exponential: by how much the
about 1,000 highest comparisons exceed the threshold that they all reach, on average, is what it falls by a factor of e
in (a generalised Pareto tail of shape 0, fitted by maximum likelihood), and never below the counts themselves. Why this
one: docs/decisions/0014.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import BadModel, Refused

FloatArray64 = NDArray[np.float64]

ENOUGH_ERRORS: Final = 30
_TAIL_ERRORS: Final = 1000
_STEPS: Final = 10_000  # thresholds are multiples of 1/10,000, so that what is written down is what is used


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The threshold of a list, with the expectation it rests on.

    Attributes:
        value: cosine, -1 to 1, rounded up to four decimals.
        far_expected: expected share of unlisted passages that raise a false alert at `value`, 0 to 1.
        far_low, far_high: its 95 % interval (Clopper-Pearson on `errors`, and the interval of the step to a passage);
            widened to hold `far_expected` where that is extrapolated.
        errors: impostor comparisons of the curve at or above `value`, between two counts interpolated and rounded up.
        extrapolated: `value` lies beyond the last threshold with 30 observed errors.
        list_size: rows that each passage is compared with.
        wanted_far: the share that was asked for.
        worst_group: for whom false matches are most frequent, so that `wanted_far` is theirs; empty: none was found.
        worst_ratio: their share over everybody's, as measured.
    """

    value: float
    far_expected: float
    far_low: float
    far_high: float
    errors: int
    extrapolated: bool
    list_size: int
    wanted_far: float
    worst_group: str = ""
    worst_ratio: float = 1.0


def threshold_for(curve: ImpostorCurve, list_size: int, wanted_far: float) -> Threshold:
    """The smallest threshold at which the expected share of false alerts is at most the wanted one, worst group first.

    Args:
        curve: impostor curve of the model pack.
        list_size: rows compared with each passage, at least 1.
        wanted_far: above 0 and below 1.

    Raises:
        ValueError: a list size or share outside its range.
        BadModel: the curve rests on too few comparisons.
        Refused: no threshold up to 1 keeps to the wanted share.
    """
    if list_size < 1:
        raise ValueError(f"a list has at least 1 row, not {list_size}")
    if not 0 < wanted_far < 1:
        raise ValueError(f"the wanted share of false alerts must be above 0 and below 1, not {wanted_far}")
    tail = _tail(curve)
    passage, group = curve.passage, curve.worst_group
    times, worst = (1.0 if each is None else each.value for each in (passage, group))
    wanted_fmr = -math.expm1(math.log1p(-wanted_far) / list_size) / (times * max(1.0, worst))
    low, high = math.ceil(curve.thresholds[0] * _STEPS), _STEPS
    if _fmr(curve, tail, high / _STEPS) > wanted_fmr:
        raise Refused(
            f"No threshold keeps false alerts to {wanted_far:g} of the passages with {list_size} pictures on the list, "
            "by the calibration of this model pack.",
            "Shorten the watch list, or calibrate the pack with pictures of more people.",
        )
    while low < high:
        middle = (low + high) // 2
        if _fmr(curve, tail, middle / _STEPS) <= wanted_fmr:
            high = middle
        else:
            low = middle + 1
    value = low / _STEPS
    errors = math.ceil(_observed(curve, value))
    fmr_low, fmr_high = clopper_pearson(errors, curve.comparisons)
    fmr = _fmr(curve, tail, value)
    expected = _far(times * fmr, list_size)
    times_low, times_high = (1.0, 1.0) if passage is None else (passage.low, passage.high)
    return Threshold(
        value=value,
        far_expected=expected,
        far_low=min(expected, _far(times_low * fmr_low, list_size)),
        far_high=max(expected, _far(times_high * fmr_high, list_size)),
        errors=errors,
        extrapolated=value > tail.start,
        list_size=list_size,
        wanted_far=wanted_far,
        worst_group="" if group is None else group.of,
        worst_ratio=worst,
    )


def false_alerts_per_1000(curve: ImpostorCurve, score: float, list_size: int) -> float:
    """Expected false alerts at `score` or above per 1,000 passages of unlisted people, everybody's share.

    Never less than one error in all comparisons of the curve would give: a calibration cannot show more than it saw.

    Raises:
        BadModel: the curve rests on too few comparisons.
    """
    fmr = max(_fmr(curve, _tail(curve), score), 1 / curve.comparisons)
    return 1000.0 * _far(fmr if curve.passage is None else curve.passage.value * fmr, list_size)


def clopper_pearson(errors: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share (Clopper and Pearson, Biometrika 26, 1934).

    Args:
        errors: 0 to trials.
        trials: at least 1.
        level: coverage, above 0 and below 1.
    """
    if not 0 <= errors <= trials or trials < 1:
        raise ValueError(f"{errors} of {trials} is no share")
    side = (1 - level) / 2
    low = 0.0 if errors == 0 else float(betaincinv(errors, trials - errors + 1, side))
    high = 1.0 if errors == trials else float(betaincinv(errors + 1, trials - errors, 1 - side))
    return low, high


@dataclass(frozen=True, kw_only=True)
class _Tail:
    """Errors beyond `start`, where `most` were observed: `errors` at `begin`, less by a factor of e in each `scale`."""

    start: float
    most: float
    begin: float
    errors: float
    scale: float

    def at(self, threshold: float) -> float:
        return min(self.most, self.errors * math.exp((self.begin - threshold) / self.scale))


def _tail(curve: ImpostorCurve) -> _Tail:
    counts = np.array(curve.errors, np.float64)
    enough = np.flatnonzero(counts >= ENOUGH_ERRORS)
    if len(set(counts[enough])) < 2:
        raise BadModel(
            f"The calibration of this model pack shows fewer than two thresholds with {ENOUGH_ERRORS} errors, "
            "so no threshold can be derived from it.",
            "Calibrate the pack with pictures of more people: overt calibrate FOLDER.",
        )
    # A coarse curve may jump over the stretch; its last two different counts are then the best there is.
    other = int(enough[counts[enough] > counts[enough[-1]]][-1])
    begin = min(other, int(np.flatnonzero(counts >= min(_TAIL_ERRORS, counts[0]))[-1]))
    grid = np.array(curve.thresholds)[begin:]
    return _Tail(
        start=curve.thresholds[enough[-1]],
        most=float(counts[enough[-1]]),
        begin=curve.thresholds[begin],
        errors=float(counts[begin]),
        scale=1 / _rate(grid - grid[0], counts[begin:] - np.append(counts[begin + 1 :], 0.0)),
    )


def _rate(edges: FloatArray64, within: FloatArray64) -> float:
    """The rate of an exponential by maximum likelihood, from counts between ascending edges that begin at 0; the last
    count lies anywhere beyond the last edge."""
    widths, most = np.diff(edges), 1e4

    def slope_of_likelihood(rate: float) -> float:
        inside = within[:-1] * (widths / np.expm1(np.minimum(rate * widths, 700.0)) - edges[:-1])
        return float(inside.sum() - within[-1] * edges[-1])

    if slope_of_likelihood(most) >= 0:  # everything lies in the first step
        return most
    least = 1e-13
    while most - least > 1e-12 * most:  # halving: scipy's root finders would cost each command a quarter of a second
        middle = (least + most) / 2
        least, most = (middle, most) if slope_of_likelihood(middle) > 0 else (least, middle)
    return (least + most) / 2


def _fmr(curve: ImpostorCurve, tail: _Tail, threshold: float) -> float:
    """The false match rate at a threshold; never grows with the threshold."""
    errors = _observed(curve, threshold)
    if threshold > tail.start:
        errors = max(errors, tail.at(threshold))
    return min(1.0, errors / curve.comparisons)


def _observed(curve: ImpostorCurve, threshold: float) -> float:
    """Errors at a threshold, between two counts on a straight line of their logarithms."""
    above = int(np.searchsorted(curve.thresholds, threshold, side="right"))
    if above == 0:
        return float(curve.comparisons)
    here = curve.errors[above - 1]
    after = curve.errors[above] if above < len(curve.errors) else here
    if after in (0, here):
        return float(here)
    left, right = curve.thresholds[above - 1], curve.thresholds[above]
    return math.exp(math.log(here) + math.log(after / here) * (threshold - left) / (right - left))


def _far(fmr: float, list_size: int) -> float:
    return 1.0 if fmr >= 1.0 else -math.expm1(list_size * math.log1p(-fmr))
