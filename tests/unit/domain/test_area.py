"""Areas are ground, not names: their size, the way between them, and when two are the same place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.area import EARTH_M, Area, gap_m, same_place
from tests.terms import square

METRES = st.floats(-3000, 3000)


def shifted(area: Area, degrees: float) -> Area:
    """The same ground further east."""
    return Area(corners=tuple((north, (east + degrees + 180) % 360 - 180) for north, east in area.corners))


@pytest.mark.parametrize(("side_m", "hectares"), [(10, 0.01), (100, 1), (1000, 100)])
def test_a_square_has_the_size_of_its_sides(side_m: float, hectares: float) -> None:
    assert square(side_m).hectares() == pytest.approx(hectares, rel=0.003)


def test_a_degree_at_the_equator_is_as_long_as_the_earth_says() -> None:
    degree = math.radians(EARTH_M)
    tile = Area(corners=((-0.5, 0), (-0.5, 1), (0.5, 1), (0.5, 0)))
    assert tile.hectares() == pytest.approx(degree**2 / 10_000, rel=1e-4)


def test_the_way_round_makes_no_difference_to_the_size() -> None:
    area = square(100)
    assert Area(corners=area.corners[::-1]).hectares() == pytest.approx(area.hectares())


def test_an_area_may_have_a_bay() -> None:
    bay = Area(corners=((0, 0), (0, 0.003), (0.003, 0.003), (0.001, 0.0015), (0.003, 0)))
    inlet = Area(corners=((0.0025, 0.0014), (0.0025, 0.0016), (0.0029, 0.0015)))
    assert 50 < gap_m(bay, inlet) < 150
    assert gap_m(bay, Area(corners=((0.0005, 0.0014), (0.0005, 0.0016), (0.0006, 0.0015)))) == 0


@pytest.mark.parametrize(
    ("corners", "says"),
    [
        (((0.0, 0.0), (0.0, 1.0)), "3 to 64 corners, not 2"),
        (tuple((0.0, n / 100) for n in range(65)), "3 to 64 corners, not 65"),
        (((0.0, 0.0), (0.0, 0.001), (91.0, 0.0)), "write latitude, then longitude"),
        (((0.0, 0.0), (0.0, 181.0), (0.001, 0.0)), "write latitude, then longitude"),
        (((0.0, 0.0), (0.0, 0.001), (math.nan, 0.0)), "write latitude, then longitude"),
        (((0.0, 0.0), (0.0, 0.001), (0.001, 0.0), (0.0, 0.0)), "need not repeat the first"),
        (((0.0, 0.0), (0.0, 0.001), (0.0, 0.002)), "on one line"),
        (((0.0, 0.0), (0.001, 0.002), (0.0, 0.002), (0.001, 0.0)), "sides of the area meet|on one line"),
        (((0.0, 0.0), (0.002, 0.002), (0.0, 0.002), (0.001, 0.0)), "sides of the area meet"),
        (((0.0, 0.0), (0.0, 0.002), (0.001, 0.002), (0.0, 0.001), (0.001, 0.0)), "sides of the area meet"),
    ],
    ids=["two", "many", "north", "east", "nan", "closed", "line", "bow", "crooked bow", "touching"],
)
def test_a_polygon_that_is_no_area_is_refused(corners: tuple[tuple[float, float], ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Area(corners=corners)


@pytest.mark.parametrize(("east_m", "apart_m"), [(0, 0), (99, 0), (149, 49), (151, 51), (400, 300)])
def test_areas_within_fifty_metres_are_the_same_place(east_m: float, apart_m: float) -> None:
    one, other = square(100), square(100, east_m=east_m)
    assert gap_m(one, other) == pytest.approx(apart_m, abs=0.3)
    assert same_place(one, other) == (apart_m <= 50)


def test_an_area_inside_another_is_the_same_place() -> None:
    outer, inner = square(1000), square(10, east_m=500, north_m=500)
    assert gap_m(outer, inner) == gap_m(inner, outer) == 0


def test_areas_that_cross_without_a_corner_in_each_other_are_the_same_place() -> None:
    wide = Area(corners=((0.001, 0), (0.001, 0.01), (0.002, 0.01), (0.002, 0)))
    tall = Area(corners=((0, 0.004), (0, 0.005), (0.01, 0.005), (0.01, 0.004)))
    assert gap_m(wide, tall) == gap_m(tall, wide) == 0


@given(east_m=METRES, north_m=METRES, degrees=st.floats(-360, 360))
def test_the_way_between_two_areas_is_the_same_from_both_and_everywhere_round_the_earth(
    east_m: float, north_m: float, degrees: float
) -> None:
    one, other = square(200), square(120, east_m=east_m, north_m=north_m)
    apart = gap_m(one, other)
    assert gap_m(other, one) == pytest.approx(apart, abs=1e-3)
    assert gap_m(shifted(one, degrees), shifted(other, degrees)) == pytest.approx(apart, abs=1e-3)
    flat = math.hypot(max(0, east_m - 200, -120 - east_m), max(0, north_m - 200, -120 - north_m))
    assert apart == pytest.approx(flat, rel=0.003, abs=0.5)


@given(degrees=st.floats(1, 359))
def test_areas_far_apart_are_never_one_place(degrees: float) -> None:
    assert not same_place(square(100), shifted(square(100), degrees))
