"""The planner's curve as the text of one `<svg>`: expected false alerts over the threshold, with their interval.

No style attributes (the pages' rules forbid them): classes of `deployments.css` colour it, in light and dark alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 72, 16, 12, 56
_LEAST: Final = 0.001


@dataclass(frozen=True, kw_only=True)
class Point:
    """Expected false alerts at a threshold, with their 95 % interval."""

    at: float
    value: float
    low: float
    high: float


def chart(points: Sequence[Point], own: Point, *, passages: int) -> str:
    """The curve, with the deployment's own threshold marked.

    Args:
        points: by threshold, at least two of different thresholds; else there is no curve, and the text is empty.
    """
    if len({point.at for point in points}) < 2:
        return ""
    frame = _Frame.of([*points, own])
    upper = [(frame.x(point.at), frame.y(point.high)) for point in points]
    lower = [(frame.x(point.at), frame.y(point.low)) for point in reversed(points)]
    middle = [(frame.x(point.at), frame.y(point.value)) for point in points]
    x, y = frame.x(own.at), frame.y(own.value)
    said = (
        f"At the threshold {own.at:.4f} {_said(own.value)} false alerts are expected in {passages:,} passages, "
        f"between {_said(own.low)} and {_said(own.high)}."
    )
    anchor, beside = ("end", -8) if x > (WIDTH + LEFT) / 2 else ("start", 8)
    return "".join(
        (
            f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">',
            *frame.grid(),
            f'<polygon class="band" points="{_path(upper + lower)}"/>',
            f'<polyline class="line" points="{_path(middle)}"/>',
            f'<line class="own" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>',
            f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.y(own.high):.1f}" '
            f'y2="{frame.y(own.low):.1f}"/>',
            f'<circle class="own" cx="{x:.1f}" cy="{y:.1f}" r="5"/>',
            f'<text x="{x + beside:.1f}" y="{TOP + 16}" text-anchor="{anchor}">'
            f"{_said(own.value)} ({_said(own.low)} to {_said(own.high)})</text>",
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">'
            "Threshold (cosine)</text>",
            "</svg>",
        )
    )


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """Where numbers lie on the sheet: thresholds across, powers of ten upwards."""

    left: float
    right: float
    low: float
    high: float

    @classmethod
    def of(cls, points: Sequence[Point]) -> _Frame:
        values = [max(_LEAST, number) for point in points for number in (point.low, point.value, point.high)]
        at = [point.at for point in points]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return cls(left=min(at), right=max(at), low=low, high=max(high, low + 1))

    def x(self, threshold: float) -> float:
        return LEFT + (threshold - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, count: float) -> float:
        up = (math.log10(max(_LEAST, count)) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> list[str]:
        found = []
        for power in range(int(self.low), int(self.high) + 1):
            y = self.y(10.0**power)
            found.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            found.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
        step = next(one for one in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if (self.right - self.left) / one <= 8)
        for number in range(math.ceil(self.left / step), math.floor(self.right / step) + 1):
            x = self.x(number * step)
            found.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{number * step:.2f}</text>'
            )
        return found


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _said(number: float) -> str:
    return f"{number:.2g}" if number < 10 else f"{number:,.0f}"
