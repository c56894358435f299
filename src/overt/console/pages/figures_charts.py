"""Charts of the figures' pages, each as the text of one `<svg>`: bars of shares, the stop rule's scale, and over time.

No style attributes (the pages' rules forbid them): classes of `figures.css` colour them, in light, dark and on paper.
Accent is what was confirmed right, ink what was wrong, an empty frame what nobody ever found out: they
can be told apart without colour. The text alternative holds the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from overt.console.render import local_zone
from overt.domain.parts import Slice
from overt.domain.tally import MINUTE_US
from overt.domain.time import to_datetime
from overt.notices.register_charts import BAR_HEIGHT, WIDTH, shares
from overt.services.figures import RULE

_LEFT, _RIGHT = 88, 16
_PANEL: Final = 110.0
_GAP: Final = 44.0
_DAY_US: Final = 24 * 60 * MINUTE_US


def bar(parts: Sequence[tuple[str, str, float]], *, says: str) -> str:
    """One bar of parts of a whole.

    Args:
        parts: class, name and size of each, in order.
        says: the text alternative.

    Returns:
        Empty where there is nothing.
    """
    drawn = shares(parts)
    return _svg(BAR_HEIGHT, says, drawn, kind="share") if drawn else ""


def scale(log_ratio: float) -> str:
    """Where the likelihood ratio of the stop rule stands, between the promise and the end."""
    height, top, base = 92, 34.0, 58.0
    limit = RULE.limit

    def x(value: float) -> float:
        return _LEFT + (max(-limit, min(limit, value)) + limit) / (2 * limit) * (WIDTH - 2 * _LEFT)

    drawn = [
        f'<rect class="ends" x="{x(limit):.1f}" y="{top:.1f}" width="{_LEFT - 16}" height="{base - top:.1f}"/>',
        f'<line class="axis" x1="{x(-limit):.1f}" x2="{x(limit):.1f}" y1="{base}" y2="{base}"/>',
        f'<text class="ends-word" x="{x(limit) + 6:.1f}" y="{top + 17:.1f}">ends</text>',
    ]
    for value, text in _powers(limit):
        drawn.append(f'<line class="axis" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{base}" y2="{base + 6}"/>')
        drawn.append(f'<text x="{x(value):.1f}" y="{base + 24}" text-anchor="middle">{text}</text>')
    at = x(log_ratio)
    beyond = "◀ " * (log_ratio < -limit) + _ratio(log_ratio) + " ▶" * (log_ratio > limit)
    anchor = "start" if at < 2 * _LEFT else "end" if at > WIDTH - 2 * _LEFT else "middle"
    drawn.append(f'<line class="stands" x1="{at:.1f}" x2="{at:.1f}" y1="{top - 4}" y2="{base}"/>')
    drawn.append(f'<circle class="stands" cx="{at:.1f}" cy="{base}" r="6"/>')
    drawn.append(f'<text class="strong" x="{at:.1f}" y="{top - 12}" text-anchor="{anchor}">{beyond}</text>')
    says = f"The likelihood ratio stands at {_ratio(log_ratio)}; at {_ratio(limit)} the deployment ends."
    return _svg(height, says, drawn)


def trace(slices: Sequence[Slice]) -> str:
    """How the likelihood ratio came to stand where it does; empty where there is no way to show. What speaks for the
    promise more clearly than the lower bound runs along the lower edge: nothing follows from it."""
    if len(slices) < 2:
        return ""
    ratios = [RULE.log_ratio(one.false_so_far, one.passages_so_far) for one in slices]
    low, high = -1.1 * RULE.limit, max(1.1 * RULE.limit, *ratios)
    top, height = 24.0, 170.0

    def y(value: float) -> float:
        return top + (high - max(low, value)) / (high - low) * height

    edges = [_LEFT + (WIDTH - _LEFT - _RIGHT) * at / len(slices) for at in range(len(slices) + 1)]
    points = [(edges[0], y(0.0)), *((edges[at + 1], y(ratio)) for at, ratio in enumerate(ratios))]
    drawn = []
    for value, text in _powers(RULE.limit):
        kind = "limit" if value == RULE.limit else "grid"
        drawn.append(
            f'<line class="{kind}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        )
        drawn.append(f'<text x="{_LEFT - 8}" y="{y(value) + 5:.1f}" text-anchor="end">{text}</text>')
    drawn.append(
        f'<text class="ends-word" x="{WIDTH - _RIGHT}" y="{y(RULE.limit) - 6:.1f}" text-anchor="end">ends here</text>'
    )
    drawn.append(f'<polyline class="line" points="{" ".join(f"{x:.1f},{up:.1f}" for x, up in points)}"/>')
    drawn.append(f'<circle class="stands" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="5"/>')
    drawn += _hours(slices, top + height)
    says = (
        f"The likelihood ratio over time: from 1 to {_ratio(ratios[-1])}, highest {_ratio(max(ratios))}; "
        f"at {_ratio(RULE.limit)} the deployment ends."
    )
    return _svg(round(top + height + _GAP), says, drawn)


def over_time(slices: Sequence[Slice]) -> str:
    """Passages searched and alerts, one above the other; empty where nothing was counted."""
    if not slices:
        return ""
    passages, alerts = sum(one.searched for one in slices), sum(one.alerts for one in slices)
    first = 28.0
    second = first + _PANEL + _GAP
    drawn = _panel(first, f"Passages searched, {passages:,}", [[("context", one.searched)] for one in slices])
    named = [[("right", one.right), ("wrong", one.wrong), ("never", one.unverified)] for one in slices]
    drawn += _panel(second, f"Alerts, {alerts:,}", named)
    drawn += _hours(slices, second + _PANEL)
    most = max(slices, key=lambda one: one.searched)
    says = (
        f"Over time: {passages:,} passages searched, most of them ({most.searched:,}) from "
        f"{_clock(most.from_us, slices)}; {alerts:,} alerts, {sum(one.right for one in slices):,} verified right, "
        f"{sum(one.wrong for one in slices):,} verified wrong."
    )
    return _svg(round(second + _PANEL + _GAP), says, drawn)


def _panel(top: float, title: str, bars: Sequence[Sequence[tuple[str, int]]]) -> list[str]:
    """Bars of one quantity, each of parts that stand on one another."""
    most = max(1, *(sum(size for _, size in one) for one in bars))
    room = (WIDTH - _LEFT - _RIGHT) / len(bars)
    base = top + _PANEL
    drawn = [
        f'<text class="strong" x="{_LEFT}" y="{top - 10:.1f}">{escape(title)}</text>',
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{top:.1f}" y2="{top:.1f}"/>',
        f'<text x="{_LEFT - 8}" y="{top + 5:.1f}" text-anchor="end">{most:,}</text>',
        f'<text x="{_LEFT - 8}" y="{base + 5:.1f}" text-anchor="end">0</text>',
    ]
    for at, parts in enumerate(bars):
        up = base
        for kind, size in parts:
            if size:
                height = _PANEL * size / most
                up -= height
                drawn.append(
                    f'<rect class="{kind}" x="{_LEFT + at * room + room * 0.1:.1f}" y="{up:.1f}" '
                    f'width="{min(room * 0.8, 60.0):.1f}" height="{height:.1f}"/>'
                )
    drawn.append(f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{base:.1f}" y2="{base:.1f}"/>')
    return drawn


def _hours(slices: Sequence[Slice], base: float) -> list[str]:
    """The times under a chart: begin, end, and at most one between."""
    times = [one.from_us for one in slices] + [slices[-1].until_us]
    shown = sorted({0, (len(times) - 1) // 2, len(times) - 1})
    room = (WIDTH - _LEFT - _RIGHT) / len(slices)
    drawn = []
    for at in shown:
        anchor = "end" if at == len(times) - 1 else "start" if at == 0 else "middle"
        x, text = _LEFT + at * room, _clock(times[at], slices)
        drawn.append(f'<text x="{x:.1f}" y="{base + 20:.1f}" text-anchor="{anchor}">{text}</text>')
    return drawn


def _clock(us: int, slices: Sequence[Slice]) -> str:
    moment = to_datetime(us).astimezone(local_zone(us))
    days = slices[-1].until_us - slices[0].from_us > _DAY_US
    return f"{moment.day} {moment:%b %H:%M}" if days else f"{moment:%H:%M}"


def _powers(limit: float) -> list[tuple[float, str]]:
    """Ratios between the two ends, and how they are written."""
    powers = range(-int(limit / math.log(10) + 1e-9), int(limit / math.log(10) + 1e-9) + 1)
    return [(power * math.log(10), _ratio(power * math.log(10))) for power in powers[:-1]] + [(limit, _ratio(limit))]


def _ratio(log_ratio: float) -> str:
    """A likelihood ratio: `3.2`, `1/50`."""
    if abs(log_ratio) > math.log(1e6):
        return "over 1,000,000" if log_ratio > 0 else "under 1/1,000,000"
    number = math.exp(abs(log_ratio))
    said = f"{number:,.1f}".removesuffix(".0") if number < 10 else f"{number:,.0f}"
    return said if log_ratio >= 0 or said == "1" else f"1/{said}"


def _svg(height: int, says: str, drawn: Sequence[str], kind: str = "plot") -> str:
    ratio = ' preserveAspectRatio="none"' if kind == "share" else ""
    head = f'<svg class="{kind}" viewBox="0 0 {WIDTH} {height}"{ratio} role="img" aria-label="{escape(says)}">'
    return head + "".join(drawn) + "</svg>"
