"""Charts: what is drawn where, in which colour, with which words; always the same bytes, and nothing else written."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.evaluation.charts import Bars, Line, Whisker, curve, forest, histogram
from overt.evaluation.charts_palette import DARK, LIGHT, variables
from overt.evaluation.charts_scale import apart, limits, read, ticks
from overt.evaluation.charts_sheet import LETTERS, ROW, WIDTH, _cache_folder, folded
from tests.needs import REPOSITORY
from tests.unit.evaluation.drawings import DRAWN, a_curve, a_forest, a_histogram

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=sorted(DRAWN))
def chart(request: pytest.FixtureRequest) -> str:
    return DRAWN[request.param]()


def texts(svg: str) -> dict[str, tuple[float, float, str]]:
    """Each text of a chart with its place, from the left and the top, and its style."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return {
        each.text or "": (float(each.get("x", 0)), float(each.get("y", 0)), each.get("style", "")) for each in found
    }


def whiskers(svg: str) -> list[tuple[float, float]]:
    """Left and right end of each whisker, from the top down."""
    ends = [re.fullmatch(r"M ([\d.]+) ([\d.]+)\s+L ([\d.]+) ([\d.]+)\s*", path) for path in _paths(svg, "ink")]
    return [(float(end[1]), float(end[3])) for end in ends if end and end[2] == end[4]]


def _paths(svg: str, role: str) -> list[str]:
    found = ElementTree.fromstring(svg).iter(f"{SVG}path")
    return [each.get("d", "") for each in found if f"stroke: var(--{role}," in each.get("style", "")]


def points(svg: str) -> list[float]:
    """How far from the left the round marks lie, from the top down."""
    root = ElementTree.fromstring(svg)
    round_ones = {each.get("id") for each in root.iter(f"{SVG}path") if each.get("d", "").count("C") == 8}
    return [float(each.get("x", 0)) for each in root.iter(f"{SVG}use") if each.get("href", "")[1:] in round_ones]


def test_a_chart_is_one_svg_with_a_text_alternative_that_loads_nothing(chart: str) -> None:
    root = ElementTree.fromstring(chart)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert len(root.get("aria-label", "")) > 60
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg",
        "g",
        "defs",
        "path",
        "use",
        "text",
        "clipPath",
        "rect",
    }
    assert all(each.get("href", "#").startswith("#") for each in root.iter())
    assert not any(name.startswith("on") for each in root.iter() for name in each.attrib)


def test_a_chart_names_colours_by_role_and_leaves_the_font_to_the_page(chart: str) -> None:
    named = re.findall(r"var\(--([a-z-]+), (#[0-9a-f]{6})\)", chart)
    assert {"ink", "quiet", "line"} <= {role for role, _ in named} or "ink" in dict(named)
    assert all(LIGHT[role] == colour for role, colour in named)
    assert re.findall(r"(?<!, )#[0-9a-f]{6}\b(?!-)", chart) == []
    assert "DejaVu" not in chart
    assert "font-family" not in chart.partition(">")[2]


def test_every_id_of_a_chart_is_used_and_no_two_charts_share_one() -> None:
    seen: set[str] = set()
    for draw in DRAWN.values():
        svg = draw()
        named = {each.get("id", "") for each in ElementTree.fromstring(svg).iter() if each.get("id")}
        used = set(re.findall(r"(?:href=\"#|url\(#)([\w.-]+)", svg))
        assert named == used
        assert not named & seen
        seen |= named


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_same_input_gives_the_same_bytes(draw: Callable[[], str]) -> None:
    assert draw() == draw()


WATCHED = """
import hashlib, json, os, sys
written = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        written.append(os.fsdecode(arguments[0]))
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink") and not os.path.isdir(arguments[0]):
        written.append(os.fsdecode(arguments[0]))
sys.addaudithook(watch)
import overt.evaluation.charts
asleep = "matplotlib" not in sys.modules
from tests.needs import REPOSITORY
from tests.unit.evaluation.drawings import DRAWN
before = dict(os.environ)
digests = {name: hashlib.sha256(draw().encode()).hexdigest() for name, draw in DRAWN.items()}
told = {"asleep": asleep, "pyplot": "matplotlib.pyplot" in sys.modules, "kept": before == dict(os.environ)}
print(json.dumps({"written": written, "digests": digests, **told}))
"""


@pytest.mark.parametrize(
    "named", [pytest.param(False, id="home"), pytest.param(True, id="MPLCONFIGDIR", marks=pytest.mark.long)]
)
def test_a_drawing_writes_its_cache_only_and_follows_no_style_of_the_person(tmp_path: Path, named: bool) -> None:
    home, cache, elsewhere = tmp_path / "overt", tmp_path / "cache", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "matplotlibrc").write_text("font.size: 30\nsvg.fonttype: path\naxes.facecolor: red\n", "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "XDG", "MATPLOTLIB"))}
    own = {"OVERT_HOME": str(home), "HOME": str(elsewhere), "TMPDIR": str(elsewhere), "PYTHONDONTWRITEBYTECODE": "1"}
    own |= {"MPLCONFIGDIR": str(cache), "XDG_CACHE_HOME": str(elsewhere)} if named else {}
    command = [sys.executable, "-W", "error", "-c", WATCHED]
    environment = kept | own | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    written_to = cache if named else home
    outside = [path for path in told["written"] if not Path(path).is_relative_to(written_to) and path != os.devnull]
    assert outside == []
    assert sorted(path.name for path in elsewhere.iterdir()) == ["matplotlibrc"]
    assert home.exists() is not named
    assert list((cache if named else home / "cache" / "matplotlib").glob("fontlist*"))
    assert told["digests"] == {name: hashlib.sha256(draw().encode()).hexdigest() for name, draw in DRAWN.items()}
    assert told["asleep"]
    assert told["kept"]
    assert not told["pyplot"]


def test_the_environment_is_as_before_once_matplotlib_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/as/before")
    monkeypatch.setenv("OVERT_HOME", str(tmp_path))
    with _cache_folder():
        during = os.environ["MPLCONFIGDIR"], os.environ["XDG_CACHE_HOME"]
    assert set(during) == {str(tmp_path / "cache" / "matplotlib")}
    assert os.environ["XDG_CACHE_HOME"] == "/as/before"
    assert "MPLCONFIGDIR" not in os.environ


def test_a_curve_shows_its_title_units_labels_and_marks() -> None:
    shown = texts(a_curve())
    for text in ("FPIR (share of searches)", "FNIR (share of searches)", "list of 1,000", "list of 100", "promise"):
        assert text in shown
    assert "Missed against falsely alerted, n = 581" in " ".join(shown)
    assert {"1 in 10,000", "10 %"} <= set(shown)
    assert "var(--accent" in shown["list of 1,000"][2]
    assert "var(--quiet" in shown["list of 100"][2]


def test_a_curve_says_its_ends_and_extremes_in_its_alternative() -> None:
    says = ElementTree.fromstring(a_curve()).get("aria-label", "")
    assert says == (
        "Missed against falsely alerted, n = 581. list of 1,000: from 20 % at 1 in 10,000 to 2 % at 1 in 10, lowest "
        "2 %, highest 20 %. list of 100: from 10 % at 1 in 10,000 to 1 % at 1 in 10, lowest 1 %, highest 10 %. "
        "promise: marked at 1 in 1,000."
    )


def test_an_interval_is_a_band_with_two_edges() -> None:
    x, y = [0, 1, 2], [0.2, 0.4, 0.3]
    plain = curve([Line(label="a", x=x, y=y)], title="t", x_label="x", y_label="y")
    banded = curve([Line(label="a", x=x, y=y, low=[0.1] * 3, high=[0.5] * 3)], title="t", x_label="x", y_label="y")
    assert len(_paths(banded, "accent")) == len(_paths(plain, "accent")) + 2
    assert "opacity: 0.14" in banded
    assert "opacity: 0.14" not in plain


def test_a_gap_stays_a_gap_and_arrays_are_welcome() -> None:
    x, y = np.arange(5), np.array([0.1, 0.2, np.nan, 0.3, 0.4])
    line = Line(label="a", x=x, y=y)  # type: ignore[arg-type]
    drawn = [path for path in _paths(curve([line], title="t", x_label="x", y_label="y"), "accent") if "C" not in path]
    assert max(path.count("M") for path in drawn) == 2
    assert line.x == (0.0, 1.0, 2.0, 3.0, 4.0)


def test_labels_of_lines_that_end_together_keep_apart() -> None:
    names = ("first", "second", "third", "fourth", "fifth")
    lines = [Line(label=name, x=[0, 1], y=[0, 0.5 + index / 1000]) for index, name in enumerate(names)]
    shown = texts(curve(lines, title="t", x_label="x", y_label="y"))
    heights = sorted(shown[name][1] for name in names)
    assert all(lower - upper >= ROW for upper, lower in pairwise(heights))


def test_lines_of_one_colour_have_different_dashes() -> None:
    lines = [Line(label=str(index), x=[0, 1], y=[index, index], subject=False) for index in range(3)]
    found = re.findall(r"stroke-dasharray: ([\d., ]+)", curve(lines, title="t", x_label="x", y_label="y"))
    assert len(set(found)) == 2  # and the first is solid


def test_points_that_a_scale_of_powers_cannot_show_are_left_out() -> None:
    line = Line(label="a", x=[0, 0.001, 0.01, 0.1], y=[0.5, 0.2, 0.1, 0])
    svg = curve([line], title="t", x_label="x", y_label="y", log_x=True, log_y=True)
    assert len(points(svg)) == 2
    alone = Line(label="a", x=[0, 0], y=[0, 0])
    assert "<svg" in curve([alone], title="t", x_label="x", y_label="y", log_x=True, log_y=True)


def test_a_single_point_has_room_around_it() -> None:
    (middle,) = points(curve([Line(label="", x=[3], y=[0.5])], title="t", x_label="x", y_label="y"))
    assert 60 < middle < WIDTH - 60


def test_many_points_are_a_line_and_few_are_marked() -> None:
    few, many = (Line(label="", x=list(range(n)), y=list(range(n))) for n in (5, 50))
    assert len(points(curve([few], title="t", x_label="x", y_label="y"))) == 5
    assert points(curve([many], title="t", x_label="x", y_label="y")) == []


def test_words_that_do_not_fit_beside_each_other_get_rows_of_their_own() -> None:
    marks = [(place / 10, f"a rather long word {place}") for place in range(1, 9)]
    shown = texts(curve([Line(label="", x=[0, 1], y=[0, 1])], title="t", x_label="x", y_label="y", marks=marks))
    rows = [shown[text][1] for _, text in marks]
    assert [lower - upper for upper, lower in pairwise(rows)] == pytest.approx([ROW] * 7)


@pytest.mark.parametrize(
    ("marks", "slanted"),
    [
        ([(0.5, "threshold")], 0),
        ([(0.99, "a word that is pushed in by the edge")], 0),
        ([(0.5, "one word"), (0.52, "another word")], 1),  # which makes way for the first
        ([(place / 10, f"a rather long word {place}") for place in range(1, 9)], 0),
    ],
)
def test_the_line_of_a_word_goes_straight_down_where_its_place_lies_under_it(
    marks: list[tuple[float, str]], slanted: int
) -> None:
    svg = curve([Line(label="", x=[0, 1], y=[0, 1])], title="t", x_label="x", y_label="y", marks=marks)
    ends = [re.findall(r"[ML] ([\d.]+)", path) for path in _paths(svg, "ink")]
    assert len(ends) == 2 * len(marks)
    assert sum(len(set(end)) > 1 for end in ends) == slanted


def test_a_histogram_names_each_group_over_its_peak() -> None:
    svg = a_histogram()
    shown = texts(svg)
    assert shown["two people"][0] < shown["threshold"][0] < shown["one person"][0]
    assert "Share of each group in a bin" in shown
    says = ElementTree.fromstring(svg).get("aria-label", "")
    assert "one person: between 0.4 and 1, most near 0.7." in says
    assert "threshold: marked at 0.5." in says


def test_a_group_that_is_empty_is_said_to_be() -> None:
    svg = histogram([Bars(label="nobody", edges=[0, 1], shares=[0])], title="t", x_label="x")
    assert "nobody: none." in svg


def test_a_forest_row_carries_its_words_and_the_alternative_all_of_them() -> None:
    svg = a_forest()
    shown = texts(svg)
    assert {"London 2018 (n = 42)", "19 % (9 to 34 %)", "London 2020 (n = 8)", "12.5 % (0.3 to 52.7 %)", "50 %"} <= set(
        shown
    )
    says = ElementTree.fromstring(svg).get("aria-label", "")
    assert says == (
        "Alerts verified right. London 2018: 19 % (9 to 34 %), n = 42. London 2020: 12.5 % (0.3 to 52.7 %), n = 8."
    )


@pytest.mark.parametrize("log", [False, True])
def test_a_whisker_lies_where_its_scale_says(log: bool) -> None:
    numbers = [(1.0, 2.0, 4.0), (2.0, 4.0, 8.0), (4.0, 8.0, 16.0)]
    rows = [Whisker(label=str(value), value=value, low=low, high=high) for low, value, high in numbers]
    svg = forest(rows, title="t", x_label="ratio", log_x=log)
    ends, middles = whiskers(svg), points(svg)
    assert len(ends) == len(middles) == 3

    def place(value: float) -> float:
        first, last = (math.log(1), math.log(16)) if log else (1, 16)
        return ends[0][0] + (ends[2][1] - ends[0][0]) * ((math.log(value) if log else value) - first) / (last - first)

    for (low, value, high), (left, right), middle in zip(numbers, ends, middles, strict=True):
        assert (left, middle, right) == pytest.approx((place(low), place(value), place(high)), abs=0.01)


def test_what_a_scale_cannot_show_ends_in_a_wedge_at_its_edge() -> None:
    rows = [
        Whisker(label="none seen", value=0, low=0, high=0.003),
        Whisker(label="some", value=0.01, low=0.001, high=0.1),
        Whisker(label="no limit", value=0.02, low=0.01, high=math.inf),
    ]
    svg = forest(rows, title="t", x_label="FAR", log_x=True, reads="one in")
    (first, _), (inner, outer), (_, last) = whiskers(svg)
    assert first < inner
    assert last > outer
    assert len(points(svg)) == 2  # 0 has no place
    says = ElementTree.fromstring(svg).get("aria-label", "")
    assert "none seen: 0 (0 to 1 in 333)." in says
    assert "no limit: 1 in 50 (1 in 100 to no limit)." in says


def test_a_long_label_takes_rows_of_its_own_and_its_own_words_come_first() -> None:
    label = "people whom nobody labelled, seen at night from far away, with glasses"
    shown = texts(
        forest([Whisker(label=label, value=2, low=1, high=3, note="n = 7", says="twice")], title="t", x_label="x")
    )
    assert "twice" in shown
    assert shown["twice"][1] > max(place[1] for text, place in shown.items() if text.startswith("people"))
    assert any(text.endswith("(n = 7)") for text in shown)


def test_text_is_text_whatever_it_holds() -> None:
    label = "$x^2$ <b>&\n\x07 人 \udcff"
    for svg in (
        curve([Line(label=label, x=[0, 1], y=[0, 1])], title=label, x_label=label, y_label=label, marks=[(1, label)]),
        forest([Whisker(label=label, value=1, low=1, high=1, note=label)], title=label, x_label=label),
        histogram([Bars(label=label, edges=[0, 1], shares=[1])], title=label, x_label=label),
    ):
        assert any("$x^2$ <b>&" in text for text in texts(svg))
        assert "<b>" not in svg
        svg.encode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"x": [], "y": []}, "no points"),
        ({"x": [1, 2], "y": [1]}, "different lengths"),
        ({"x": [1], "y": [1], "low": [0]}, "one limit"),
        ({"x": [1], "y": [1], "low": [0, 0], "high": [2, 2]}, "different lengths"),
        ({"x": [math.nan], "y": [1]}, "nowhere"),
        ({"x": [1], "y": [math.inf]}, "nowhere"),
        ({"x": [1], "y": [math.nan]}, "gaps only"),
        ({"x": [1], "y": [1], "low": [1.5], "high": [2]}, "leaves its interval"),
        ({"x": [1], "y": [1], "low": [0], "high": [0.5]}, "leaves its interval"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(wrong: dict[str, list[float]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Line(label="a", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edges", "shares", "says"),
    [
        ([0, 1], [], "needs bins"),
        ([0, 1], [0.5, 0.5], "one edge more"),
        ([0, 0, 1], [0.5, 0.5], "ascend"),
        ([0, math.inf], [1], "ascend"),
        ([0, 1], [1.5], "no share"),
        ([0, 1], [math.nan], "no share"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(edges: list[float], shares: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Bars(label="a", edges=edges, shares=shares)


@pytest.mark.parametrize(
    ("value", "low", "high"), [(1, 2, 3), (1, 0, 0.5), (math.nan, 0, 1), (1, math.nan, 2), (1, 0, math.nan)]
)
def test_a_whisker_that_makes_no_sense_is_refused(value: float, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="leaves its interval"):
        Whisker(label="a", value=value, low=low, high=high)


def test_a_chart_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a line"):
        curve([], title="t", x_label="x", y_label="y")
    with pytest.raises(ValueError, match="needs a group"):
        histogram([], title="t", x_label="x")
    with pytest.raises(ValueError, match="needs a row"):
        forest([], title="t", x_label="x")


@pytest.mark.parametrize(
    ("value", "number", "percent", "one_in"),
    [
        (0, "0", "0 %", "0"),
        (0.00001, "0.00001", "0.001 %", "1 in 100,000"),
        (0.001, "0.001", "0.1 %", "1 in 1,000"),
        (0.497, "0.497", "49.7 %", "1 in 2"),
        (1, "1", "100 %", "1"),
        (-0.25, "-0.25", "-25 %", "-0.25"),
        (12345.678, "12,346", "1,234,568 %", "12,346"),
        (math.inf, "no limit", "no limit", "no limit"),
    ],
)
def test_a_number_reads_plainly(value: float, number: str, percent: str, one_in: str) -> None:
    assert (read(value, "number"), read(value, "percent"), read(value, "one in")) == (number, percent, one_in)


def test_limits_do_not_flatter() -> None:
    assert limits([0.2, 0.9], log=False)[0] == 0  # no cut scale where nought is near
    assert limits([0.2, 0.9], log=False, whole=True) == (0, 1)
    assert limits([0.90, 0.95], log=False)[0] < 0.9
    assert limits([3, 3], log=False) == pytest.approx((1.5, 4.5))
    assert limits([0, 0], log=False) == (0, 1)
    assert limits([-1, 1], log=False) == pytest.approx((-1.1, 1.1))
    assert limits([math.nan, math.inf], log=False) == (0, 1)
    assert limits([0, math.nan], log=True) == (0.1, 1)
    assert limits([0.01, 0.01], log=True) == pytest.approx((0.001, 0.1))
    low, high = limits([0, 0.001, 0.1], log=True)
    assert low < 0.001 < 0.1 < high


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_lie_on_the_axis_ascend_and_are_few(low: float, span: float) -> None:
    found = ticks(low, low + span, log=False)
    assert all(low - 1e-6 * span - 1e-9 <= value <= low + span + 1e-6 * span + 1e-9 for value in found)
    assert 2 <= len(found) <= 6
    assert all(left < right for left, right in pairwise(found))


@given(st.floats(1e-9, 1e6), st.floats(1.01, 1e9))
def test_ticks_of_powers_lie_on_the_axis_ascend_and_are_few(low: float, factor: float) -> None:
    found = ticks(low, low * factor, log=True)
    assert all(low * (1 - 1e-6) <= value <= low * factor * (1 + 1e-6) for value in found)
    assert 1 <= len(found) <= 6
    assert all(left < right for left, right in pairwise(found))


@given(st.lists(st.tuples(st.floats(-100, 500), st.floats(1, 60)), max_size=8))
def test_labels_are_put_apart_in_their_order(wanted: list[tuple[float, float]]) -> None:
    places, sizes = [place for place, _ in wanted], [size for _, size in wanted]
    found = apart(places, sizes, 0, 400)
    order = sorted(range(len(places)), key=lambda index: places[index])
    for left, right in pairwise(order):
        assert found[right] - found[left] >= (sizes[left] + sizes[right]) / 2 - 1e-6
    for centre, size in zip(found, sizes, strict=True):
        assert centre - size / 2 >= -1e-6
        assert centre + size / 2 <= max(400, sum(sizes)) + 1e-6


def test_labels_that_do_not_meet_stay_where_they_are() -> None:
    assert apart([50, 200, 120], [20, 20, 20], 0, 400) == [50, 200, 120]


def test_a_number_stays_with_its_per_cent_sign() -> None:
    assert folded("an alert is right in 19 % of cases", 23) == ["an alert is right in", "19 % of cases"]


def test_a_title_as_long_as_the_sheet_stays_on_it() -> None:
    svg = forest([Whisker(label="a", value=1, low=1, high=1)], title="word " * 40, x_label="x")
    rows = [text for text in texts(svg) if text.startswith("word")]
    assert rows
    assert all(len(row) <= LETTERS for row in rows)
    assert all(0 <= x <= WIDTH for x, _, _ in texts(svg).values())


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_a_contrast_of_4_5_and_lines_of_3(colours: dict[str, str]) -> None:
    for text, ground in (
        *(("ink", "paper"), ("quiet", "paper"), ("accent", "paper"), ("amber", "paper")),
        *(("ink", "amber-ground"), ("amber", "amber-ground")),
    ):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for line in ("ink", "quiet", "accent"):
        assert contrast(colours[line], colours["paper"]) >= 3


def test_both_palettes_have_the_same_roles() -> None:
    assert list(LIGHT) == list(DARK)
    assert variables({"ink": "#000000", "paper": "#ffffff"}) == "--ink: #000000; --paper: #ffffff;"
