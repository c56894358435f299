"""How a share and its interval are written, so that every page, paper and report writes them alike."""

from __future__ import annotations

from typing import Final

_SMALL_SHARE: Final = 0.01  # below it people read "1 in 1,229" more easily than 0.08 %,
_SMALL_HIGH: Final = 0.05  # as long as the whole interval is small
_NARROW: Final = 0.1  # an interval narrower than this needs a decimal


def in_words(value: float, low: float, high: float) -> str:
    """A share and its interval, all 0 to 1: "22 % (3 to 60 %)", or "1 in 1,229 (1 in 3,055 to 1 in 597)" where small.

    A share that is not 0 or 1 never reads as 0 or 100 %.
    """
    if value < _SMALL_SHARE and high < _SMALL_HIGH:
        return f"{_one_in(value)} ({_one_in(low)} to {_one_in(high)})"
    shares = (value, low, high)
    decimals = 1 if high - low < _NARROW or any(_swallowed(share, 0) for share in shares) else 0
    middle, left, right = (_percent(share, decimals) for share in shares)
    return f"{middle} % ({left} to {right} %)"


def _one_in(share: float) -> str:
    return "0" if share == 0 else f"1 in {1 / share:,.0f}"


def _percent(share: float, decimals: int) -> str:
    if _swallowed(share, decimals):
        return "under 0.1" if share < 1 / 2 else "over 99.9"
    return f"{100 * share:.{decimals}f}"


def _swallowed(share: float, decimals: int) -> bool:
    """Whether a share strictly between 0 and 1 would read as 0 or 100 % at this many decimals (0 or 1)."""
    return 0 < share < 1 and round(100 * share, decimals) in {0, 100}
