"""Charts of the register: what they show is where it belongs, and their words hold the numbers."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from overt.notices.register_charts import Span, bar, outline, spans
from tests.registers import AREA


def numbers(drawn: str, pattern: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, found.groups())) for found in re.finditer(pattern, drawn)]


def test_a_bar_shows_shares_and_no_part_that_is_there_vanishes() -> None:
    drawn = bar([("right", "Right", 1), ("wrong", "Wrong", 0), ("never", "Never", 9999)], says="so many")
    ElementTree.fromstring(drawn)
    assert "Wrong" not in drawn
    assert 'aria-label="so many"' in drawn
    widths = [one for (one,) in numbers(drawn, r' width="([\d.]+)"')]
    assert widths[0] >= 1
    assert widths[1] > 600


def test_a_bar_of_nothing_is_not_drawn() -> None:
    assert bar([("right", "Right", 0)], says="") == ""


@pytest.mark.parametrize(
    ("value", "low", "high"), [(4.5, 1, 11), (0.0, 0, 0), (0.02, 0, 0.07), (12_000, 9_000, 15_000)]
)
def test_spans_lie_on_their_axis(value: float, low: float, high: float) -> None:
    expected = Span(name="Expected", says=f"{low} to {high}", value=value, low=low, high=high, kind="expected")
    unknown = Span(name="Came", says="not yet", value=None, low=0, high=0, kind="actual")
    drawn = spans([expected, unknown], axis="False <alerts>", says="both")
    ElementTree.fromstring(drawn)
    assert drawn.count("<circle") == 1
    assert "False &lt;alerts&gt;" in drawn
    ((x,),) = numbers(drawn, r'cx="([\d.]+)"')
    assert 16 <= x <= 608
    (left, right) = numbers(drawn, r'class="expected"><line x1="([\d.]+)" x2="([\d.]+)"')[0]
    assert left <= x <= right
    assert 2 <= drawn.count('text-anchor="middle"') <= 8


def test_an_outline_is_drawn_true_to_scale_with_north_above() -> None:
    drawn = outline([(one[0], one[1]) for one in AREA])
    ElementTree.fromstring(drawn)
    assert "104 m from west to east and 89 m from south to north" in drawn
    (points,) = re.findall(r'points="([^"]+)"', drawn)
    corners = [tuple(map(float, point.split(","))) for point in points.split()]
    assert corners[0][1] > corners[2][1], "south is below"
    assert corners[0][0] < corners[1][0], "west is left"
    wide, tall = corners[1][0] - corners[0][0], corners[0][1] - corners[2][1]
    assert wide / tall == pytest.approx(104 / 89, abs=0.01)
    ((start, end),) = numbers(drawn, r'class="mark" d="M([\d.]+) [\d.]+V[\d.]+H([\d.]+)V')
    assert (end - start) / 50 == pytest.approx(wide / 104, rel=0.01)
    assert all(0 <= x <= 320 and 0 <= y <= 200 for x, y in corners)


@pytest.mark.parametrize(
    "corners",
    [
        [(0.0, 179.999), (0.0, -179.999), (0.001, 180.0)],
        [(80.0, 10.0), (80.00001, 10.1), (80.0, 10.2)],
        [(51.0, -3.0), (51.0, -2.5), (51.4, -2.7)],
        [(-33.9, 151.2), (-33.90001, 151.20001), (-33.9, 151.20001)],
    ],
    ids=["across the last meridian", "flat", "a county", "a doorway"],
)
def test_any_area_fits(corners: list[tuple[float, float]]) -> None:
    drawn = outline(corners)
    (points,) = re.findall(r'points="([^"]+)"', drawn)
    for x, y in (map(float, point.split(",")) for point in points.split()):
        assert 0 <= x <= 320
        assert 0 <= y <= 200
    ((start, end),) = numbers(drawn, r'class="mark" d="M([\d.]+) [\d.]+V[\d.]+H([\d.]+)V')
    assert start < end < 320
