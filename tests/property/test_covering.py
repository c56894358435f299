"""No pixel of another face's box survives in a crop outside the person's own box, and none outside the zone."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray, Zone
from overt.faces.crop import GREY, WIDER, all_but_own, cover_faces, cover_outside

PAINT = 7
sides = st.integers(2, 48)


@st.composite
def boxes(draw: st.DrawFn) -> FloatArray:
    """Anywhere in or near a picture of up to 48 pixels, thin ones too."""
    left, top = draw(st.floats(-30, 60, width=32)), draw(st.floats(-30, 60, width=32))
    width, height = draw(st.floats(0.0625, 50, width=32)), draw(st.floats(0.0625, 50, width=32))
    return np.array([left, top, left + width, top + height], np.float32)


def painted(height: int, width: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), PAINT, np.uint8)


def touched(box: FloatArray, height: int, width: int) -> NDArray[np.bool_]:
    """Pixels of which the box covers any part."""
    y, x = np.mgrid[0:height, 0:width]
    inside: NDArray[np.bool_] = (x + 1 > box[0]) & (x < box[2]) & (y + 1 > box[1]) & (y < box[3])
    return inside


def whole(box: FloatArray, height: int, width: int) -> NDArray[np.bool_]:
    """Pixels that lie in the box whole."""
    y, x = np.mgrid[0:height, 0:width]
    inside: NDArray[np.bool_] = (x >= box[0]) & (x + 1 <= box[2]) & (y >= box[1]) & (y + 1 <= box[3])
    return inside


def wider(box: FloatArray) -> FloatArray:
    outwards = np.array([-1, -1, 1, 1])
    return np.asarray(box + (WIDER * np.tile(box[2:] - box[:2], 2) + 0.01) * outwards, np.float32)


@given(sides, sides, boxes(), st.lists(boxes(), max_size=4))
def test_no_pixel_of_another_face_survives_outside_the_persons_own_box(
    height: int, width: int, own: FloatArray, others: list[FloatArray]
) -> None:
    picture = painted(height, width)
    cover_faces(picture, own, others)
    spared = whole(own, height, width)
    for other in others:
        assert (picture[touched(other, height, width) & ~spared] == GREY).all()


@given(sides, sides, boxes(), st.lists(boxes(), max_size=4))
def test_the_persons_own_face_and_what_lies_far_from_others_is_left_as_it_was(
    height: int, width: int, own: FloatArray, others: list[FloatArray]
) -> None:
    picture = painted(height, width)
    cover_faces(picture, own, others)
    near = np.zeros((height, width), np.bool_)
    for other in others:
        near |= touched(wider(other), height, width)
    assert (picture[whole(own, height, width) | ~near] == PAINT).all()
    assert set(np.unique(picture)) <= {PAINT, GREY}


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    fraction = st.integers(0, 64).map(lambda n: n / 64)
    point = st.tuples(fraction, fraction)
    try:
        return Zone(corners=tuple(draw(st.lists(point, min_size=3, max_size=6))))
    except ValueError:
        assume(False)
        raise


@given(sides, sides, zones(), st.floats(20, 200), st.floats(-100, 40), st.floats(-100, 40))
def test_no_pixel_survives_whose_centre_lies_outside_the_zone(
    height: int, width: int, zone: Zone, size: float, x0: float, y0: float
) -> None:
    picture = painted(height, width)
    corners = np.array(zone.corners, np.float32) * np.float32(size) + np.array([x0, y0], np.float32)
    cover_outside(picture, corners)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    centres = ((x.ravel() - x0) / size).astype(np.float32), ((y.ravel() - y0) / size).astype(np.float32)
    inside = zone.contains(*centres).reshape(height, width)
    close = np.zeros((height, width), np.bool_)  # a sixteenth of a pixel is all that a side may be off
    for dx, dy in ((-0.1, 0), (0.1, 0), (0, -0.1), (0, 0.1)):
        moved = centres[0] + np.float32(dx / size), centres[1] + np.float32(dy / size)
        close |= zone.contains(*moved).reshape(height, width) != inside
    assert (picture[~inside & ~close] == GREY).all()


@given(sides, sides)
def test_a_zone_around_the_whole_crop_covers_nothing(height: int, width: int) -> None:
    picture = painted(height, width)
    cover_outside(picture, np.array([[-2, -2], [width + 2, -2], [width + 2, height + 2], [-2, height + 2]], np.float32))
    assert (picture == PAINT).all()


@given(boxes(), st.lists(boxes(), max_size=4))
def test_at_most_one_box_is_taken_for_the_persons_own(own: FloatArray, others: list[FloatArray]) -> None:
    known = np.array(others, np.float32).reshape(-1, 4)
    assert len(all_but_own(known, own)) in (len(known), len(known) - 1)
    with_own = np.concatenate([known, own[None]])
    assert len(all_but_own(with_own, own)) == len(known)
