"""What a picture of a person may show besides: no other face, and nothing outside the zone.

Rules:
  - the box of every other face, widened by a quarter of its width and height on each side, is flat grey;
  - the person's own box is taken out of those masks, so that nobody who stands near hides the face that counts;
  - whatever lies outside the zone is flat grey, the person's own box too;
  - pixels are overwritten where they lie; nothing covered can be brought back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray, in_polygon

GREY = 128
WIDER = 0.25
#: Two boxes that share more than this (intersection over union) show one face, as they do for the detector.
ONE_FACE = 0.3

ByteArray = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Surroundings:
    """What is known of a frame around the faces that are looked at.

    Attributes:
        boxes: shape (n, 4), float32: every face that was found in the frame, pixels of the frame.
        corners: shape (k, 2), float32: the zone's polygon, likewise.
    """

    boxes: FloatArray
    corners: FloatArray


def cover_faces(picture: ByteArray, own: FloatArray, others: Iterable[FloatArray]) -> None:
    """Overwrites other faces.

    Args:
        picture: shape (h, w, 3), uint8; changed in place.
        own: shape (4,), the person's own box: left, top, right, bottom in pixels of the picture, at any place.
        others: each of shape (4,), likewise.
    """
    height, width = picture.shape[:2]
    # Inwards: what is spared must lie in the own box whole.
    spared = (ceil(own[0]), ceil(own[1]), floor(own[2]), floor(own[3]))
    for other in others:
        left, top, right, bottom = other.tolist()
        wider, higher = WIDER * (right - left), WIDER * (bottom - top)
        mask = (
            max(0, floor(left - wider)),
            max(0, floor(top - higher)),
            min(width, ceil(right + wider)),
            min(height, ceil(bottom + higher)),
        )
        for x0, y0, x1, y1 in _without(mask, spared):
            picture[y0:y1, x0:x1] = GREY


def cover_outside(picture: ByteArray, corners: FloatArray) -> None:
    """Overwrites every pixel whose centre or one of whose corners lies outside a polygon.

    Args:
        picture: shape (h, w, 3), uint8; changed in place.
        corners: shape (k, 2), the polygon (even-odd rule): x, y in pixels of the picture, at any place.
    """
    height, width = picture.shape[:2]
    polygon = [(float(x), float(y)) for x, y in corners]
    if _holds(polygon, corners, width, height):
        return
    y, x = np.mgrid[0 : height + 1, 0 : width + 1].astype(np.float64)
    at_corners = in_polygon(polygon, x, y)
    kept = at_corners[:-1, :-1] & at_corners[:-1, 1:] & at_corners[1:, :-1] & at_corners[1:, 1:]
    kept &= in_polygon(polygon, x[:-1, :-1] + 0.5, y[:-1, :-1] + 0.5)
    picture[~kept] = GREY


def all_but_own(boxes: FloatArray, own: FloatArray) -> FloatArray:
    """The boxes without the one that shows the same face as `own`, where one does.

    Args:
        boxes: shape (n, 4): left, top, right, bottom.
        own: shape (4,), in the same pixels.
    """
    if not len(boxes):
        return boxes
    shared_sides = np.minimum(boxes[:, 2:], own[2:]) - np.maximum(boxes[:, :2], own[:2])
    shared = np.maximum(shared_sides, 0).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (own[2:] - own[:2]).prod()
    overlap = shared / np.maximum(areas - shared, 1e-6)
    nearest = int(np.argmax(overlap))
    others: FloatArray = np.delete(boxes, nearest, axis=0) if overlap[nearest] > ONE_FACE else boxes
    return others


def _holds(polygon: Sequence[tuple[float, float]], corners: FloatArray, width: int, height: int) -> bool:
    """Whether a picture surely lies inside a polygon: no side comes near it, and one of its points is inside. Most
    faces are far from the zone's border, and asking for every pixel takes a millisecond."""
    ends = np.roll(corners, -1, axis=0)
    low, high = np.minimum(corners, ends), np.maximum(corners, ends)
    comes_near = (low <= (width, height)).all(axis=1) & (high >= 0).all(axis=1)
    return not comes_near.any() and bool(in_polygon(polygon, np.zeros(1), np.zeros(1))[0])


def _without(mask: tuple[int, int, int, int], spared: tuple[int, int, int, int]) -> Iterator[tuple[int, int, int, int]]:
    """The parts of a rectangle (left, top, right, bottom) that lie outside another one: above, below, beside."""
    left, top, right, bottom = mask
    if right <= left or bottom <= top:
        return
    hole_left, hole_top = max(left, spared[0]), max(top, spared[1])
    hole_right, hole_bottom = min(right, spared[2]), min(bottom, spared[3])
    if hole_right <= hole_left or hole_bottom <= hole_top:
        yield mask
        return
    yield left, top, right, hole_top
    yield left, hole_bottom, right, bottom
    yield left, hole_top, hole_left, hole_bottom
    yield hole_right, hole_top, right, hole_bottom
