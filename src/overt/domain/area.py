"""The ground that a deployment covers: a polygon of latitudes and longitudes.

Rules:
  - an area has 3 to 64 corners, sides that do not meet except at the corners, and a size above nothing;
  - two areas at most SAME_PLACE_M apart are the same place, whatever they are called.

All lengths are taken on a flat plane (equirectangular) that touches the earth between the areas: within 0.3 % for areas
a few kilometres wide. Areas across the 180th meridian work; corners beyond 85 degrees north or south are refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

from overt.domain.geometry import properly_cross

Point: TypeAlias = tuple[float, float]
Side: TypeAlias = tuple[Point, Point]

EARTH_M: Final = 6_371_000.0
#: Wider than the error of a hand-drawn corner, so that moving or renaming a place makes no new one.
SAME_PLACE_M: Final = 50.0
LEAST_SIDE_M: Final = 0.1
CORNERS: Final = range(3, 65)


@dataclass(frozen=True, kw_only=True)
class Area:
    """Corners in order around the area, each (latitude, longitude) in degrees, WGS 84.

    Raises:
        ValueError: a polygon that breaks the rules of this module.
    """

    corners: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.corners) not in CORNERS:
            raise ValueError(f"an area has {CORNERS.start} to {CORNERS.stop - 1} corners, not {len(self.corners)}")
        for latitude, longitude in self.corners:
            if not (abs(latitude) <= 85 and abs(longitude) <= 180):
                raise ValueError(
                    f"({latitude:g}, {longitude:g}) is no corner: write latitude, then longitude, in degrees"
                )
        sides = _sides(_on_plane(self, self))
        if any(math.dist(*side) < LEAST_SIDE_M for side in sides):
            raise ValueError("two corners that follow each other are the same; the last need not repeat the first")
        if self.hectares() < 1e-4:
            raise ValueError("the area has no size: its corners lie on one line")
        if any(_between(sides[i], sides[j]) < LEAST_SIDE_M / 10 for i, j in _strangers(len(sides))):
            raise ValueError("the sides of the area meet; name its corners in order, around it")

    def hectares(self) -> float:
        """Its size (shoelace formula), 10,000 square metres a hectare."""
        doubled = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _sides(_on_plane(self, self)))
        return abs(doubled) / 2 / 10_000


def gap_m(one: Area, other: Area) -> float:
    """The shortest way between two areas, metres; 0 where they touch, cross or one holds the other."""
    a, b = _on_plane(one, other), _on_plane(other, one)
    if _inside(a[0], b) or _inside(b[0], a):
        return 0.0
    return min(_between(side, across) for side in _sides(a) for across in _sides(b))


def same_place(one: Area, other: Area) -> bool:
    return gap_m(one, other) <= SAME_PLACE_M


def _on_plane(area: Area, other: Area) -> tuple[Point, ...]:
    """The corners of `area` in metres east and north, on the plane that it shares with `other`."""
    latitudes = [latitude for latitude, _ in (*area.corners, *other.corners)]
    shrink = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
    degree = math.radians(EARTH_M)
    first = area.corners[0][1]
    # A turn at a time: first to the first corner, then on from there, so that no area is torn by a meridian.
    start = _turned(first - min(first, other.corners[0][1]))
    return tuple(
        ((start + _turned(longitude - first)) * degree * shrink, latitude * degree)
        for latitude, longitude in area.corners
    )


def _turned(degrees: float) -> float:
    """The same turn as an angle from -180 (included) to 180 degrees."""
    return (degrees + 180) % 360 - 180


def _sides(corners: tuple[Point, ...]) -> list[Side]:
    return list(zip(corners, corners[1:] + corners[:1], strict=True))


def _strangers(sides: int) -> list[tuple[int, int]]:
    """Numbers of two sides that share no corner."""
    return [(i, j) for i, j in combinations(range(sides), 2) if j - i not in (1, sides - 1)]


def _between(one: Side, other: Side) -> float:
    (a, b), (c, d) = one, other
    if properly_cross(a, b, c, d):
        return 0.0
    return min(_to_side(a, other), _to_side(b, other), _to_side(c, one), _to_side(d, one))


def _to_side(point: Point, side: Side) -> float:
    (x0, y0), (x1, y1) = side
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = ((point[0] - x0) * (x1 - x0) + (point[1] - y0) * (y1 - y0)) / length
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - x0 - along * (x1 - x0), point[1] - y0 - along * (y1 - y0))


def _inside(point: Point, corners: tuple[Point, ...]) -> bool:
    """Even-odd rule."""
    x, y = point
    crossed = [
        x < (x1 - x0) * (y - y0) / (y1 - y0) + x0 for (x0, y0), (x1, y1) in _sides(corners) if (y0 > y) != (y1 > y)
    ]
    return sum(crossed) % 2 == 1
