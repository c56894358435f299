"""Charts of the figures' pages: what they show, what they say to who cannot see them, and no style of their own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from overt.console.pages.figures_charts import bar, over_time, scale, trace
from overt.domain.parts import Slice
from overt.domain.tally import MINUTE_US
from overt.services.figures import RULE
from overt.testing.fixed_clock import SOME_DAY_US

DAY_US = 24 * 60 * MINUTE_US


def part(at: int = 0, length_us: int = MINUTE_US, **changes: int) -> Slice:
    counts = dict.fromkeys(("detected", "searched", "right", "wrong", "unverified", "false_so_far"), 0)
    from_us = SOME_DAY_US + at * length_us
    return Slice(from_us=from_us, until_us=from_us + length_us, **{**counts, "passages_so_far": 0, **changes})


def drawn(svg: str) -> ElementTree.Element:
    assert "style=" not in svg
    assert 'role="img"' in svg
    return ElementTree.fromstring(svg)


def rects(svg: str, kind: str) -> list[dict[str, str]]:
    return [one.attrib for one in drawn(svg).iter("rect") if one.attrib.get("class") == kind]


def words(svg: str) -> str:
    return " ".join("".join(one.itertext()) for one in drawn(svg).iter("text"))


def test_a_bar_shows_each_part_by_its_size_and_the_smallest_can_be_seen() -> None:
    found = bar([("right", "Right", 500), ("wrong", "Wrong", 1), ("never", "Never", 0)], says="500 of 501")
    (right,), (wrong,) = rects(found, "right"), rects(found, "wrong")
    assert float(right["width"]) > 600
    assert float(wrong["width"]) >= 1
    assert not rects(found, "never")
    assert 'aria-label="500 of 501"' in found
    assert bar([("right", "Right", 0)], says="none") == ""


@pytest.mark.parametrize(
    ("ratio", "says"),
    [
        (0.0, "stands at 1;"),
        (1.0, "stands at 2.7;"),
        (-3.0, "stands at 1/20;"),
        (-30.0, "stands at under 1/1,000,000;"),
        (30.0, "stands at over 1,000,000;"),
    ],
)
def test_the_scale_says_where_the_ratio_stands(ratio: float, says: str) -> None:
    found = scale(ratio)
    assert says in found
    assert "at 100 the deployment ends" in found
    (dot,) = drawn(found).iter("circle")
    assert 0 < float(dot.attrib["cx"]) < 640
    assert ("▶" in words(found), "◀" in words(found)) == (ratio > RULE.limit, ratio < -RULE.limit)


def test_the_way_of_the_ratio_stays_on_the_sheet() -> None:
    slices = [part(at, false_so_far=at * at, passages_so_far=2000 * (at + 1)) for at in range(24)]
    found = trace(slices)
    (line,) = drawn(found).iter("polyline")
    points = [tuple(map(float, one.split(","))) for one in line.attrib["points"].split()]
    assert len(points) == 25
    height = float(drawn(found).attrib["viewBox"].split()[3])
    assert all(0 <= x <= 640 and 0 <= y <= height for x, y in points)
    assert "ends here" in words(found)
    assert trace(slices[:1]) == trace([]) == ""


def test_alerts_stand_above_one_another_under_the_passages() -> None:
    slices = [part(0, searched=10, right=2, wrong=1, unverified=1), part(1, searched=40), part(2)]
    found = over_time(slices)
    assert len(rects(found, "context")) == 2
    assert [len(rects(found, kind)) for kind in ("right", "wrong", "never")] == [1, 1, 1]
    assert "Passages searched, 50" in words(found)
    assert "Alerts, 4" in words(found)
    assert "50 passages searched, most of them (40) from" in found
    assert "2 verified right, 1 verified wrong." in found
    assert over_time([]) == ""


def test_times_of_one_day_have_no_date_and_those_of_several_have() -> None:
    assert len(re.findall(r"\d\d:\d\d", words(over_time([part(at) for at in range(24)])))) == 3
    assert "Nov" not in words(over_time([part()]))
    assert words(over_time([part(at, DAY_US) for at in range(3)])).count("Nov") == 3
