"""A share with the interval that belongs to it.

Rules:
  - a number never travels alone: `Figure` keeps numerator, denominator and interval together;
  - nothing counted is no figure: the value is null and the interval 0 to 1;
  - intervals are two-sided, 95 % unless said otherwise: `clopper_pearson` wherever people read it, because it covers at
    least 95 % at every share and every n; `wilson` is narrower and covers 95 % only on average;
  - all of them take the n cases as independent. Where persons repeat, resample persons instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from overt.domain.shares import in_words
from overt.recognition.threshold import clopper_pearson

__all__ = ["Figure", "clopper_pearson", "in_words", "rule_of_three", "wilson"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`num` of `den` cases, with an interval of the share.

    Attributes:
        num: cases counted, 0 to `den`.
        den: all cases.
        low, high: limits of the share, 0 to 1.

    Raises:
        ValueError: the counts are no share, or the limits no interval.
    """

    num: int
    den: int
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.num <= self.den:
            raise ValueError(f"{self.num} of {self.den} is no share")
        if not 0 <= self.low <= self.high <= 1:
            raise ValueError(f"{self.low} to {self.high} is no interval of a share")

    @classmethod
    def of(cls, num: int, den: int) -> Figure:
        """The figure with its 95 % Clopper-Pearson interval; 0 to 1 where nothing was counted."""
        low, high = (0.0, 1.0) if num == den == 0 else clopper_pearson(num, den)
        return cls(num=num, den=den, low=low, high=high)

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None where `den` is 0."""
        return self.num / self.den if self.den else None

    def sentence(self, cases: str) -> str:
        """For example "2 of 9 alerts verified right: 22 % (3 to 60 %)", `cases` being "alerts verified right"."""
        value = self.value
        says = "no figure yet (0 to 100 %)" if value is None else in_words(value, self.low, self.high)
        return f"{self.num:,} of {self.den:,} {cases}: {says}"

    def record(self) -> dict[str, float | int | None]:
        """The object that stands for a figure in JSON."""
        return {"value": self.value, "num": self.num, "den": self.den, "low": self.low, "high": self.high}


def wilson(num: int, den: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson, J. American Statistical Association 22, 1927).

    It never leaves 0 to 1 and its mean coverage is close to `level`; at small shares it may cover less.

    Args:
        num: 0 to den.
        den: at least 1.
        level: mean coverage, above 0 and below 1.

    Raises:
        ValueError: the counts are no share.
    """
    if not 0 <= num <= den or den < 1:
        raise ValueError(f"{num} of {den} is no share")
    z = float(ndtri((1 + level) / 2))
    share, spread = num / den, z * z / den
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    low = 0.0 if num == 0 else centre - half
    high = 1.0 if num == den else centre + half
    return low, high


def rule_of_three(den: int) -> float:
    """What a share is at most when none of `den` cases was counted: 3/den, at most 1 (Hanley and Lippman-Hand, JAMA
    249, 1983).

    One-sided 95 %, and never below the exact limit 1 - 0.05^(1/den). The upper end of a two-sided interval is higher,
    about 3.7/den.

    Raises:
        ValueError: fewer than one case.
    """
    if den < 1:
        raise ValueError(f"none of {den} says nothing about a share")
    return min(1.0, 3 / den)
