"""Scales of charts: limits that do not flatter, ticks that people can read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

Reading = Literal["number", "percent", "one in"]
"""How values of an axis are said: 0.001 as "0.001", as "0.1 %" or as "1 in 1,000"."""

_MOST_TICKS: Final = 6
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def read(value: float, reads_as: Reading) -> str:
    """A value in words: at most 4 digits that count, never "1e-05"."""
    if math.isinf(value):
        return "no limit"
    if reads_as == "percent":
        return f"{_plain(100 * value)} %"
    if reads_as == "one in" and 0 < value < 1:
        return f"1 in {1 / value:,.0f}"
    return _plain(value)


def limits(values: Iterable[float], *, log: bool, whole: bool = False) -> tuple[float, float]:
    """Lower and upper end of an axis that shows all finite values.

    Args:
        values: may hold NaN and infinities, which are passed over; on a scale of powers also what is not above 0.
        log: a scale of powers of ten.
        whole: the values are shares, so that the axis ends at 1 where they come near it.
    """
    shown = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if not shown:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(shown), max(shown)
    if log:
        return (low / 1.25, high * 1.25) if high > low else (low / 10, high * 10)
    if low >= 0 and low <= high / 2:
        low = 0.0
    room = 0.05 * (high - low) or 0.5 * abs(high) or 1.0
    upper = 1.0 if whole and high <= 1 and high > 0.6 else high + room
    return (low if low == 0 else low - room), upper


def ticks(low: float, high: float, *, log: bool) -> list[float]:
    """At most six values between the two, ascending, which read short."""
    return _powers(low, high) if log else _steps(low, high)


def _steps(low: float, high: float) -> list[float]:
    span = high - low
    size = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
    step = next(size * each for each in (*_STEPS, 20.0) if span / (size * each) <= _MOST_TICKS - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _powers(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / _MOST_TICKS))
    found = [10.0**power for power in range(first, last + 1, every)]
    if len(found) > 1:
        return found
    parts = (1.0, 2.0, 5.0)
    between = [part * 10.0**power for power in range(first - 1, last + 1) for part in parts]
    return [value for value in between if low <= value <= high] or [math.sqrt(low * high)]


def apart(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres of labels as near as can be to those wanted, in the same order, without overlap, between two ends.

    Where they do not fit between the ends they go on past the upper one.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    edge = low
    for index in order:  # pushed on from the lower end
        placed[index] = max(wanted[index], edge + sizes[index] / 2)
        edge = placed[index] + sizes[index] / 2
    edge = max(high, low + sum(sizes))
    for index in reversed(order):  # and back from the upper one
        placed[index] = min(placed[index], edge - sizes[index] / 2)
        edge = placed[index] - sizes[index] / 2
    return placed


def _plain(value: float) -> str:
    if value == 0:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
