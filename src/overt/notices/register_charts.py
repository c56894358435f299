"""Charts of the register, each as the text of one `<svg>`: shares, what was expected beside what came, an area.

No style attributes and no script: classes of `register.css` colour them, in light, dark and on paper. Accent is the
subject, ink what was wrong, an empty frame what nobody ever found out, so they are told apart without colour. The text
alternative holds the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup

WIDTH: Final = 640
BAR_HEIGHT: Final = 24
_LEAST: Final = 4.0  # a part that is not empty is seen
_LEFT, _RIGHT = 16, 32
_MAP: Final = (320, 200)
_EDGE: Final = 24.0
_EARTH_M: Final = 6_371_000.0


@dataclass(frozen=True, kw_only=True)
class Span:
    """One line of a comparison.

    Attributes:
        name: what it is.
        says: its numbers in words, as they stand beside it.
        value, low, high: on the axis; a value that is not known has a span only.
        kind: its class, "expected" or "actual".
    """

    name: str
    says: str
    value: float | None
    low: float
    high: float
    kind: str


def bar(parts: Sequence[tuple[str, str, float]], *, says: str) -> Markup:
    """One bar of parts of a whole; empty where there is nothing.

    Args:
        parts: class, name and size of each, in order.
        says: the text alternative.
    """
    drawn = shares(parts)
    return _svg(WIDTH, BAR_HEIGHT, says, drawn, kind="share") if drawn else Markup()


def shares(parts: Sequence[tuple[str, str, float]]) -> list[str]:
    """The rectangles of a bar, WIDTH x BAR_HEIGHT: class, name and size of each part, in order; empty where there is
    nothing."""
    whole = sum(size for _, _, size in parts)
    if whole <= 0:
        return []
    shown = [(kind, name, size, max(_LEAST, WIDTH * size / whole)) for kind, name, size in parts if size > 0]
    scale = WIDTH / sum(width for *_, width in shown)
    drawn, x = [], 0.0
    for kind, name, size, width in shown:
        drawn.append(
            f'<rect class="{kind}" x="{x + 1:.1f}" y="1" width="{max(1.0, width * scale - 2):.1f}" '
            f'height="{BAR_HEIGHT - 2}"><title>{escape(name)}: {size:,.0f}</title></rect>'
        )
        x += width * scale
    return drawn


def spans(lines: Sequence[Span], *, axis: str, says: str) -> Markup:
    """Lines one above the other on one axis that begins at 0, each with its interval as a whisker.

    Args:
        axis: what is counted, under the axis.
        says: the text alternative.
    """
    most = max([one.high for one in lines] + [one.value or 0.0 for one in lines] + [1e-9])
    step = _step(most)
    most = max(step, math.ceil(most / step - 1e-9) * step)
    top, each = 8.0, 56.0
    base = top + each * len(lines) + 4

    def x(value: float) -> float:
        return _LEFT + value / most * (WIDTH - _LEFT - _RIGHT)

    drawn = [f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{base:.1f}" y2="{base:.1f}"/>']
    for at in range(round(most / step) + 1):
        drawn.append(
            f'<line class="grid" x1="{x(at * step):.1f}" x2="{x(at * step):.1f}" y1="{top}" y2="{base + 4:.1f}"/>'
        )
        drawn.append(f'<text x="{x(at * step):.1f}" y="{base + 20:.1f}" text-anchor="middle">{at * step:,g}</text>')
    drawn.append(f'<text x="{WIDTH - _RIGHT}" y="{base + 40:.1f}" text-anchor="end">{escape(axis)}</text>')
    for at, one in enumerate(lines):
        y = top + each * at + 38
        drawn.append(
            f'<text x="{_LEFT}" y="{y - 18:.1f}"><tspan class="strong">{escape(one.name)}:</tspan> '
            f"{escape(one.says)}</text>"
        )
        drawn.append(_whisker(one, x, y))
    return _svg(WIDTH, round(base + 48), says, drawn, kind="plot")


def _whisker(one: Span, x: Callable[[float], float], y: float) -> str:
    low, high = x(one.low), x(one.high)
    drawn = (
        f'<g class="{one.kind}"><line x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<line x1="{low:.1f}" x2="{low:.1f}" y1="{y - 5:.1f}" y2="{y + 5:.1f}"/>'
        f'<line x1="{high:.1f}" x2="{high:.1f}" y1="{y - 5:.1f}" y2="{y + 5:.1f}"/>'
    )
    if one.value is not None:
        drawn += f'<circle cx="{x(one.value):.1f}" cy="{y:.1f}" r="6"/>'
    return drawn + "</g>"


def outline(corners: Sequence[tuple[float, float]]) -> Markup:
    """The outline of an area with its north and a scale; no map is drawn under it, since that would come from others.

    Args:
        corners: latitude and longitude of each, in degrees, in order around the area.
    """
    width, height = _MAP
    middle = math.radians(sum(latitude for latitude, _ in corners) / len(corners))
    degree = math.radians(_EARTH_M)
    first = corners[0][1]
    plane = [
        (((longitude - first + 180) % 360 - 180) * degree * math.cos(middle), latitude * degree)
        for latitude, longitude in corners
    ]
    left, right = min(x for x, _ in plane), max(x for x, _ in plane)
    low, high = min(y for _, y in plane), max(y for _, y in plane)
    room = (width - 2 * _EDGE, height - 3 * _EDGE)
    scale = min(room[0] / max(right - left, 1.0), room[1] / max(high - low, 1.0))
    edge = (width - (right - left) * scale) / 2, _EDGE + max(0.0, room[1] - (high - low) * scale) / 2
    at = [(edge[0] + (x - left) * scale, edge[1] + (high - y) * scale) for x, y in plane]
    metres = _round_length((width - 4 * _EDGE) / 2 / scale)
    end, base = _EDGE + metres * scale, height - 14.0
    drawn = [
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}"/>',
        f'<polygon class="area" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}"/>',
        f'<path class="mark" d="M{_EDGE:.1f} {base - 5:.1f}V{base:.1f}H{end:.1f}V{base - 5:.1f}"/>',
        f'<text x="{end + 8:.1f}" y="{base + 2:.1f}">{_length(metres)}</text>',
        f'<path class="mark" d="M{width - 20} 34V14M{width - 25} 20L{width - 20} 13L{width - 15} 20"/>',
        f'<text x="{width - 20}" y="48" text-anchor="middle">N</text>',
    ]
    says = (
        f"Outline of the area: {len(corners)} corners, {_length(right - left)} from west to east and "
        f"{_length(high - low)} from south to north."
    )
    return _svg(width, height, says, drawn, kind="map")


def _round_length(most: float) -> float:
    """The longest of 1, 2, 5, 10, 20 ... metres that is not longer."""
    power = 10.0 ** math.floor(math.log10(max(most, 1.0)))
    return next(one * power for one in (5.0, 2.0, 1.0) if one * power <= max(most, 1.0))


def _length(metres: float) -> str:
    return f"{metres:,.0f} m" if metres < 1000 else f"{metres / 1000:,.1f} km"


def _step(most: float) -> float:
    """Between two marks of an axis that ends at `most`: 1, 2 or 5 times a power of ten, at most 6 of them."""
    power = 10.0 ** math.floor(math.log10(most / 6))
    return next(one * power for one in (1.0, 2.0, 5.0, 10.0) if one * power * 6 >= most)


def _svg(width: int, height: int, says: str, drawn: Sequence[str], *, kind: str) -> Markup:
    shape = ' preserveAspectRatio="none"' if kind == "share" else ""
    return Markup(  # noqa: S704  (numbers, and words that were escaped)
        f'<svg class="{kind}" role="img" viewBox="0 0 {width} {height}"{shape} aria-label="{escape(says)}">'
        f"{''.join(drawn)}</svg>"
    )
