"""Is a difference between two groups more than chance? Ratios with intervals, tests, and how many people it takes.

Rules:
  - Fisher's exact test is used on persons only, one case each: it takes its cases as independent, and pairs of pictures
    are not, because one person is in many of them;
  - where pairs share persons, each person counts once, by what the rate would be without that person (jackknife
    pseudo-values; Arvesen, Annals of Mathematical Statistics 40, 1969, for pairs), and persons are dealt to the groups
    at random. The difference is divided by its spread (Janssen, Statistics and Probability Letters 36, 1997), so that
    groups of unequal size or spread may be compared;
  - the interval of a ratio is that of its logarithm (Katz and others, Biometrics 34, 1978) with the variance from a
    bootstrap by person, never narrower than if all errors were independent;
  - without an error there is no ratio, only a bound;
  - several groups are tested together: p-values are corrected (Holm, Scandinavian Journal of Statistics 6, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri

from overt.evaluation.intervals import Figure, rule_of_three

FloatColumn = NDArray[np.float64]

LEVEL: Final = 0.05
POWER: Final = 0.8
SHUFFLES: Final = 1999
_Z: Final = float(ndtri(1 - LEVEL / 2))
_SAME: Final = 1 + 1e-7  # probabilities this close are one and the same, as in R's fisher.test
_BLOCK: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Rate:
    """How often something goes wrong in one group.

    Attributes:
        figure: errors of cases, with its interval.
        spread: variance of the logarithm of the rate over persons; infinite without an error.
        by_person: shape (people,), float64: what each person says about the rate (jackknife pseudo-values).
        independent: cases that are taken as independent where there is no error: persons, or comparisons of two.
        persons: one case of each person, for Fisher's test: errors and persons; None where pairs share persons.
    """

    figure: Figure
    spread: float
    by_person: FloatColumn
    independent: int
    persons: tuple[int, int] | None = None

    @property
    def at_most(self) -> float | None:
        """One-sided 95 % limit where there is no error (rule of three); None where there is one, or no case."""
        return rule_of_three(self.independent) if self.independent and not self.figure.num else None


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One rate over another, with its 95 % interval.

    Attributes:
        value: None where one of the two has no error.
        low: 0 where nothing can be said.
        high: infinite where nothing can be said.
    """

    value: float | None
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high or (self.value is not None and not self.low <= self.value <= self.high):
            raise ValueError(f"{self.low} to {self.high} is no interval of the ratio {self.value}")

    @property
    def says_something(self) -> bool:
        """Whether there is a ratio, or at least a bound."""
        return self.value is not None or self.low > 0 or math.isfinite(self.high)

    @property
    def words(self) -> str:
        """For example "2.1 (1.3 to 3.4)", or a bound."""
        if self.value is not None:
            return f"{_times(self.value)} ({_times(self.low)} to {_times(self.high)})"
        if self.low > 0:
            return f"at least {_times(self.low)}"
        return "none" if math.isinf(self.high) else f"at most {_times(self.high)}"

    def record(self) -> dict[str, float | None]:
        """For JSON; null stands for what cannot be said."""
        return {"value": self.value, "low": self.low, "high": None if math.isinf(self.high) else self.high}


def ratio(one: Rate, other: Rate, *, overall: Figure | None = None) -> Ratio:
    """The rate of `one` over that of `other`, or over an overall rate of the two together.

    Over both together the logarithm of the rate moves by 1 - s of what it moves over the other, where s is the share of
    the errors that are the group's own (delta method). A ratio to the overall without an error has no bound either: the
    group is part of it.

    Args:
        one: the group.
        other: those that it is compared with; no person is in both.
        overall: errors of cases of both together, where the ratio is to be to that.
    """
    top, bottom = one.figure, other.figure
    if top.value and bottom.value:
        divisor, moves = bottom.value, 1.0
        if overall is not None and overall.value:
            divisor, moves = overall.value, 1 - top.num / (top.num + bottom.num)
        value, half = top.value / divisor, _Z * moves * math.sqrt(one.spread + other.spread)
        return Ratio(value=value, low=value * math.exp(-half), high=value * math.exp(half))
    low = top.low / bottom.high if top.num and overall is None else 0.0
    high = top.high / bottom.low if bottom.low and overall is None else math.inf
    return Ratio(value=None, low=low, high=high)


def fisher(errors: int, cases: int, other_errors: int, other_cases: int) -> float:
    """Fisher's exact test of two shares, two-sided: the chance of a table as unlikely as this one, or more, where both
    groups are alike (Fisher, Journal of the Royal Statistical Society 85, 1922).

    Raises:
        ValueError: counts that are no shares.
    """
    if not (0 <= errors <= cases and 0 <= other_errors <= other_cases):
        raise ValueError(f"{errors} of {cases} and {other_errors} of {other_cases} are no shares")
    both, everybody = errors + other_errors, cases + other_cases
    possible = np.arange(max(0, both - other_cases), min(both, cases) + 1)
    logs = _log_choose(cases, possible) + _log_choose(other_cases, both - possible)
    chances = np.exp(logs - _log_choose(everybody, np.array(both)))
    seen = chances[errors - possible[0]]
    return min(1.0, float(chances[chances <= seen * _SAME].sum()))


def shuffled(one: FloatColumn, other: FloatColumn, *, seed: int, shuffles: int = SHUFFLES) -> float:
    """Permutation test of two means by person, two-sided.

    Args:
        one, other: what each person of either group says about the rate.
        seed: of the shuffles. Which of the two groups comes first does not matter.
        shuffles: at least 1; the smallest p-value is 1 / (shuffles + 1).
    """
    small, large = sorted((np.sort(one), np.sort(other)), key=lambda group: (len(group), group.tolist()))
    if len(small) < 2:
        return 1.0
    pooled = np.concatenate([small, large])
    if pooled.min() == pooled.max():
        return 1.0
    seen = abs(_studentised(small[None], large[None])[0])
    chance = np.random.default_rng(seed)
    at_least = 0
    for start in range(0, shuffles, step := max(1, _BLOCK // len(pooled))):
        dealt = chance.permuted(np.tile(pooled, (min(step, shuffles - start), 1)), axis=1)
        at_least += int((abs(_studentised(dealt[:, : len(small)], dealt[:, len(small) :])) >= seen / _SAME).sum())
    return (at_least + 1) / (shuffles + 1)


def holm(chances: Sequence[float]) -> list[float]:
    """The p-values of several tests, corrected so that a single false claim among all of them stays as rare as 5 %."""
    corrected = [0.0] * len(chances)
    most = 0.0
    for place, position in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        most = max(most, min(1.0, (len(chances) - place) * chances[position]))
        corrected[position] = most
    return corrected


def people_needed(share: float, other: float) -> int:
    """People in each of two groups, one case each, that show the two shares to differ, at 5 % two-sided with 80 %
    power (Fleiss, Statistical Methods for Rates and Proportions, 1981, without continuity correction):

        n = (z(0.975) sqrt(2 p q) + z(0.8) sqrt(p1 q1 + p2 q2))^2 / (p1 - p2)^2,  p = (p1 + p2) / 2,  q = 1 - p

    Raises:
        ValueError: a share outside 0 to 1, or no difference.
    """
    if not (0 <= share <= 1 and 0 <= other <= 1) or share == other:
        raise ValueError(f"{share} and {other} are no two shares that differ")
    middle = (share + other) / 2
    both = math.sqrt(2 * middle * (1 - middle))
    each = math.sqrt(share * (1 - share) + other * (1 - other))
    return math.ceil((_Z * both + float(ndtri(POWER)) * each) ** 2 / (share - other) ** 2)


def _studentised(one: FloatColumn, other: FloatColumn) -> FloatColumn:
    """Welch's t, row by row; infinite where two groups differ and neither spreads."""
    spread = one.var(axis=1, ddof=1) / one.shape[1] + other.var(axis=1, ddof=1) / other.shape[1]
    apart = one.mean(axis=1) - other.mean(axis=1)
    still = spread <= np.finfo(np.float64).tiny
    far = np.where(apart == 0, 0.0, np.inf)
    result: FloatColumn = np.where(still, far, apart / np.sqrt(np.where(still, 1.0, spread)))
    return result


def _log_choose(n: int, k: NDArray[np.intp]) -> FloatColumn:
    chosen: FloatColumn = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return chosen


def _times(number: float) -> str:
    """Two digits that count below 10, whole numbers from there on."""
    if number == 0:
        return "0"
    return f"{number:,.{max(0, 1 - math.floor(math.log10(number)))}f}"
