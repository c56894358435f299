"""Places in a picture. Pixels are x to the right and y down, from the upper left corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

WHOLE_PICTURE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class Region:
    """A rectangle of whole pixels inside a frame, on even coordinates so that it also cuts the colour planes."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.width < 2 or self.height < 2 or self.x % 2 or self.y % 2:
            raise ValueError(f"not a region of a frame: {self}")


@dataclass(frozen=True, kw_only=True)
class Zone:
    """The zone of recognition: a polygon in fractions of the picture's width and height.

    Rules:
      - at least three corners, each from 0 to 1;
      - the area is larger than nothing, and no two sides cross.
    """

    corners: tuple[tuple[float, float], ...] = WHOLE_PICTURE

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"a zone needs at least three corners; this one has {len(self.corners)}")
        for x, y in self.corners:
            if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
                raise ValueError(
                    f"the corner ({x:g}, {y:g}) lies outside the picture; "
                    "each number is a fraction of its width or height, from 0 to 1"
                )
        if _sides_cross(self.corners):
            raise ValueError("the sides of the zone cross each other; name the corners in order, around the zone")
        if abs(_signed_area(self.corners)) < 1e-6:
            raise ValueError("the zone has no area; its corners lie on one line")

    def contains(self, x: FloatArray, y: FloatArray) -> NDArray[np.bool_]:
        """Which points lie inside (even-odd rule).

        Args:
            x, y: shape (n,), fractions of the picture's width and height.
        """
        return in_polygon(self.corners, x, y)

    def region(self, width: int, height: int) -> Region:
        """The smallest even-aligned rectangle of a `width` x `height` frame that holds the whole zone."""
        xs = [x for x, _ in self.corners]
        ys = [y for _, y in self.corners]
        left, top = int(min(xs) * width) // 2 * 2, int(min(ys) * height) // 2 * 2
        right = min(width, -(-int(np.ceil(max(xs) * width)) // 2) * 2)
        bottom = min(height, -(-int(np.ceil(max(ys) * height)) // 2) * 2)
        left, top = min(left, (width - 2) // 2 * 2), min(top, (height - 2) // 2 * 2)
        return Region(x=left, y=top, width=max(2, right - left), height=max(2, bottom - top))


def in_polygon(
    corners: Sequence[tuple[float, float]], x: NDArray[np.floating], y: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Which points lie inside a polygon (even-odd rule). `x`, `y`: of one shape, in the units of the corners."""
    inside = np.zeros(np.shape(x), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 == y1:
            continue
        spans = (y0 > y) != (y1 > y)
        inside ^= spans & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside


def _signed_area(corners: tuple[tuple[float, float], ...]) -> float:
    return 0.5 * sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True))


def _sides_cross(corners: tuple[tuple[float, float], ...]) -> bool:
    sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
    return any(properly_cross(*sides[i], *sides[j]) for i in range(len(sides)) for j in range(i + 1, len(sides)))


def properly_cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    """Whether the lines from a to b and from c to d cross in a point that is an end of neither."""

    def turn(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0
