"""The area of a deployment as a drawing: its outline, north at the top, with a scale; no map of others is used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from overt.domain.area import EARTH_M, Point

#: Of the drawing, millimetres; the scale and the arrow stand below and beside the outline.
WIDTH_MM: Final = 56.0
HEIGHT_MM: Final = 46.0
_BAR_MM: Final = 8.0
_EDGE_MM: Final = 2.0
_ARROW_MM: Final = 8.0
_STEPS: Final = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What is drawn, in millimetres from the top left corner.

    Attributes:
        outline: corners of the area.
        bar_m, bar: length of the scale, metres and millimetres.
        width_m, height_m: of the area from west to east and from south to north, rounded to 5 metres.
    """

    outline: tuple[Point, ...]
    bar_m: int
    bar: float
    width_m: int
    height_m: int

    @property
    def points(self) -> str:
        """As SVG has them."""
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in self.outline)


def drawn(area: tuple[Point, ...]) -> Drawn:
    """The drawing of an area, corners (latitude, longitude) in degrees; a flat plane that touches the earth there."""
    metres = _metres(area)
    width, height = (max(each) - min(each) for each in zip(*metres, strict=True))
    room = (WIDTH_MM - 2 * _EDGE_MM - _ARROW_MM, HEIGHT_MM - 2 * _EDGE_MM - _BAR_MM)
    scale = min(room[0] / max(width, 1.0), room[1] / max(height, 1.0))
    west, south = (min(each) for each in zip(*metres, strict=True))
    left, top = (_EDGE_MM + (space - size * scale) / 2 for space, size in zip(room, (width, height), strict=True))
    bar_m = max((step for step in _STEPS if step * scale <= room[0] * 0.6), default=_STEPS[0])
    return Drawn(
        outline=tuple((left + (x - west) * scale, top + (south + height - y) * scale) for x, y in metres),
        bar_m=bar_m,
        bar=bar_m * scale,
        width_m=_rounded(width),
        height_m=_rounded(height),
    )


def _metres(area: tuple[Point, ...]) -> tuple[Point, ...]:
    """East and north of the first corner; the longitude turns the shorter way, so no area is torn by a meridian."""
    latitude, longitude = area[0]
    degree = math.radians(EARTH_M)
    shrink = math.cos(math.radians(latitude))
    return tuple((((x - longitude + 180) % 360 - 180) * degree * shrink, (y - latitude) * degree) for y, x in area)


def _rounded(metres: float) -> int:
    return max(5, round(metres / 5) * 5)
