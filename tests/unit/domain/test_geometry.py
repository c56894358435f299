"""Zones: which polygons are allowed, what lies inside, and the rectangle around them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.geometry import Region, Zone

FRACTION = st.floats(min_value=0, max_value=1, width=32)


def inside(zone: Zone, x: float, y: float) -> bool:
    return bool(zone.contains(np.array([x], np.float32), np.array([y], np.float32))[0])


def test_without_corners_the_zone_is_the_whole_picture() -> None:
    assert Zone().region(1920, 1080) == Region(x=0, y=0, width=1920, height=1080)


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        (((0.0, 0.0), (1.0, 1.0)), "at least three corners"),
        (((0.0, 0.0), (1.2, 0.0), (1.0, 1.0)), "outside the picture"),
        (((0.0, 0.0), (1.0, -0.1), (1.0, 1.0)), "outside the picture"),
        (((0.0, 0.0), (1.0, float("nan")), (1.0, 1.0)), "outside the picture"),
        (((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)), "cross each other"),
        (((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)), "no area"),
    ],
)
def test_a_zone_that_is_no_area_of_the_picture_is_refused(corners: tuple[tuple[float, float], ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Zone(corners=corners)


def test_a_zone_with_a_notch_leaves_the_notch_out() -> None:
    zone = Zone(corners=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.0, 1.0)))
    assert inside(zone, 0.5, 0.4)
    assert inside(zone, 0.1, 0.8)
    assert not inside(zone, 0.5, 0.9)


def test_corners_in_either_direction_mean_the_same_zone() -> None:
    corners = ((0.2, 0.1), (0.9, 0.3), (0.6, 0.8))
    there, back = Zone(corners=corners), Zone(corners=corners[::-1])
    x, y = np.random.default_rng(1).random((2, 500), dtype=np.float32)
    assert np.array_equal(there.contains(x, y), back.contains(x, y))
    assert 0 < there.contains(x, y).sum() < 500


@given(FRACTION, FRACTION)
def test_a_rectangle_contains_just_what_lies_between_its_sides(x: float, y: float) -> None:
    zone = Zone(corners=((0.25, 0.25), (0.75, 0.25), (0.75, 0.5), (0.25, 0.5)))
    if min(abs(x - side) for side in (0.25, 0.75)) > 1e-6 and min(abs(y - side) for side in (0.25, 0.5)) > 1e-6:
        assert inside(zone, x, y) == (0.25 < x < 0.75 and 0.25 < y < 0.5)


@given(
    left=FRACTION,
    top=FRACTION,
    right=FRACTION,
    bottom=FRACTION,
    width=st.integers(min_value=2, max_value=4096),
    height=st.integers(min_value=2, max_value=2160),
)
def test_the_region_lies_in_the_frame_on_even_pixels_and_holds_the_zone(
    left: float, top: float, right: float, bottom: float, width: int, height: int
) -> None:
    if abs(right - left) * abs(bottom - top) < 1e-5:
        return
    zone = Zone(corners=((left, top), (right, top), (right, bottom), (left, bottom)))
    region = zone.region(width, height)
    assert region.x % 2 == region.y % 2 == 0
    assert region.x + region.width <= width
    assert region.y + region.height <= height
    assert region.x <= min(left, right) * width
    assert region.x + region.width >= max(left, right) * width - 1e-6
    assert region.y <= min(top, bottom) * height
    assert region.y + region.height >= max(top, bottom) * height - 1e-6


@pytest.mark.parametrize(
    "place", [(-2, 0, 4, 4), (0, -2, 4, 4), (1, 0, 4, 4), (0, 3, 4, 4), (0, 0, 1, 4), (0, 0, 4, 0)]
)
def test_a_region_off_the_even_grid_is_refused(place: tuple[int, int, int, int]) -> None:
    x, y, width, height = place
    with pytest.raises(ValueError, match="not a region"):
        Region(x=x, y=y, width=width, height=height)
