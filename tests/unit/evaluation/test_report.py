"""The report: complete in itself, escaped, readable by people and by what reads to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.evaluation.charts_palette import DARK, LIGHT
from overt.evaluation.report import Grid, Report, Section, to_html
from tests.unit.evaluation.drawings import DRAWN

VOID = {"meta", "br", "hr"}
CHART = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="a line">\n<path d="M 0 0"/>\n</svg>'
GRID = Grid(header=("List", "TPIR"), rows=(("1,000", "95.7 % (93.7 to 97.2 %)"), ("all", "none")))
SECTION = Section(
    heading="Missed", sentences=("2 of 9.", "The rest."), grid=GRID, chart=CHART, misuse="This is no street."
)


@dataclass(kw_only=True)
class Element:
    tag: str
    attributes: dict[str, str]
    inside: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        return [found for each in self.inside for found in ([each] if each.tag == tag else []) + each.all(tag)]

    def text(self) -> str:
        return " ".join("".join([*self.words, *(" " + each.text() for each in self.inside)]).split())


class Reader(HTMLParser):
    """The tree of a page; what is left open or closed wrongly fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root = Element(tag="", attributes={})
        self.open = [self.root]
        self.feed(page)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag=tag, attributes={name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag=tag, attributes={name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].words.append(data)


def report(*sections: Section, title: str = "Identification", lead: str = "It missed 5 %.") -> Report:
    return Report(title=title, lead=lead, sections=sections, provenance=(("Pack", "yunet-sface"), ("Seed", "7")))


def page(*sections: Section) -> Element:
    return Reader(to_html(report(*sections))).root


def test_a_page_needs_nothing_and_runs_nothing() -> None:
    charts = [Section(heading=name, chart=draw()) for name, draw in DRAWN.items()]
    text = to_html(report(SECTION, *charts))
    root = Reader(text).root
    for tag in ("script", "link", "img", "iframe", "image", "object", "base", "form"):
        assert root.all(tag) == []
    elements = [each for tag in {found[0] for found in re.findall(r"<([a-z]+)", text)} for each in root.all(tag)]
    assert not any(name == "src" or name.startswith("on") for each in elements for name in each.attributes)
    addresses = [each.attributes["href"] for tag in ("a", "use") for each in root.all(tag)]
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert set(re.findall(r"https?://[^\"\s<]+", text)) == {"http://www.w3.org/2000/svg"}  # a name, and no address
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    policy = next(each for each in root.all("meta") if "http-equiv" in each.attributes)
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_same_report_gives_the_same_bytes() -> None:
    assert to_html(report(SECTION)) == to_html(report(SECTION))


def test_a_page_has_one_title_and_its_headings_in_order() -> None:
    root = page(SECTION)
    assert root.all("title")[0].text() == root.all("h1")[0].text() == "Identification"
    assert len(root.all("h1")) == len(root.all("main")) == 1
    assert [each.text() for each in root.all("h2")] == ["Missed", "What the figures rest on"]
    assert root.all("html")[0].attributes["lang"] == "en-GB"
    assert "width=device-width" in str(root.all("meta"))


def test_what_a_figure_does_not_mean_stands_in_its_section() -> None:
    first, second = page(SECTION, Section(heading="Other")).all("section")[:2]
    note = next(each for each in first.all("div") if each.attributes.get("class") == "misuse")
    assert note.text() == "What this does not mean This is no street."
    assert note.attributes["role"] == "note"
    assert "does not mean" not in second.text()


def test_each_line_of_what_it_does_not_mean_is_a_paragraph() -> None:
    note = page(Section(heading="h", misuse="One.\nTwo.")).all("section")[0]
    assert [each.text() for each in note.all("p")] == ["One.", "Two."]


def test_a_section_shows_its_sentences_its_chart_and_its_table() -> None:
    section = page(SECTION).all("section")[0]
    assert [each.text() for each in section.all("p")][:2] == ["2 of 9.", "The rest."]
    (drawing,) = section.all("figure")[0].all("svg")
    assert drawing.attributes["role"] == "img"
    assert drawing.attributes["aria-label"] == "a line"


def test_a_table_names_its_columns_and_rows_and_numbers_align_right() -> None:
    section = page(SECTION).all("section")[0]
    assert [(each.attributes["scope"], each.text()) for each in section.all("th")] == [
        ("col", "List"),
        ("col", "TPIR"),
        ("row", "1,000"),
        ("row", "all"),
    ]
    assert [each.attributes.get("class") for each in section.all("td")] == ["number", "number"]
    assert all("class" not in each.attributes for each in section.all("th") if each.text() in {"List", "all"})
    region = next(each for each in section.all("div") if each.attributes.get("class") == "wide")
    assert region.attributes["tabindex"] == "0"  # so that a keyboard can move it


def test_the_name_of_a_table_is_its_caption_or_the_heading_of_its_section() -> None:
    named = Grid(header=("a",), rows=(("1",),), caption="Thresholds")
    root = page(Section(heading="One", grid=named), Section(heading="Two", grid=GRID))
    ids = {each.attributes["id"]: each.text() for tag in ("h2", "caption") for each in root.all(tag)}
    regions = [each for each in root.all("div") if each.attributes.get("role") == "region"]
    assert [ids[each.attributes["aria-labelledby"]] for each in regions] == ["Thresholds", "Two"]


def test_a_long_report_has_a_table_of_contents_that_leads_there() -> None:
    assert page(*[SECTION] * 3).all("nav") == []
    root = page(*(Section(heading=f"Part {number}") for number in range(4)))
    (contents,) = root.all("nav")
    links = [each.attributes["href"][1:] for each in contents.all("a")]
    headings = {each.attributes["id"]: each.text() for each in root.all("h2")}
    assert [headings[link] for link in links] == ["Part 0", "Part 1", "Part 2", "Part 3", "What the figures rest on"]
    bare = Report(title="t", lead="", sections=tuple(Section(heading=str(number)) for number in range(4)))
    assert "#provenance" not in to_html(bare)


def test_no_id_stands_twice_and_every_name_leads_to_one() -> None:
    charts = [Section(heading=name, chart=draw(), grid=GRID, misuse="x") for name, draw in DRAWN.items()]
    text = to_html(report(SECTION, *charts))
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|labelledby="|url\(#)([^")]+)', text)) <= set(ids)


def test_what_the_figures_rest_on_stands_at_the_end() -> None:
    last = page(SECTION).all("section")[-1]
    (terms,) = last.all("dl")
    assert [each.text() for each in terms.inside] == ["Pack", "yunet-sface", "Seed", "7"]
    assert [each.tag for each in terms.inside] == ["dt", "dd", "dt", "dd"]


def test_a_report_without_lead_and_provenance_has_no_empty_places() -> None:
    root = Reader(to_html(Report(title="t", lead="", sections=(Section(heading="h"),)))).root
    assert root.all("dl") == root.all("nav") == root.all("p") == root.all("figure") == root.all("table") == []


NASTY = "<script>alert(1)</script> & \" ' <img src=x onerror=y>"


def test_every_text_is_escaped() -> None:
    grid = Grid(header=(NASTY,), rows=((NASTY,),), caption=NASTY)
    section = Section(heading=NASTY, sentences=(NASTY,), grid=grid, misuse=NASTY)
    text = to_html(Report(title=NASTY, lead=NASTY, sections=(section,) * 4, provenance=((NASTY, NASTY),)))
    root = Reader(text).root
    assert root.all("script") == root.all("img") == []
    shown = [each.text() for tag in ("title", "h1", "h2", "th", "caption", "dt", "dd") for each in root.all(tag)]
    assert {each for each in shown if each not in {"Contents", "What the figures rest on"}} == {" ".join(NASTY.split())}


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    section = Section(heading="h", sentences=(text,), grid=Grid(header=(text,), rows=((text,),)), misuse=text)
    shown = to_html(Report(title="t", lead=text, sections=(section,), provenance=((text, text),))).encode()
    assert shown.count(b"<section") == 2


def test_the_name_of_a_file_that_is_no_text_can_be_shown() -> None:
    assert "caf?.jpg" in to_html(report(Section(heading="caf\udce9.jpg")))


def test_a_number_stays_on_a_line_with_its_per_cent_sign() -> None:
    assert "It missed 5\u00a0%." in to_html(report())


def test_the_page_has_both_palettes_and_prints_in_the_light_one() -> None:
    text = to_html(report())
    for role in LIGHT:
        assert f"--{role}: {LIGHT[role]};" in text
        assert f"--{role}: {DARK[role]};" in text
    assert text.index("@media screen and (prefers-color-scheme: dark)") < text.index("--ink: #f1f3f4;")
    assert "@media print" in text
    used = set(re.findall(r"var\(--([a-z-]+)\)", text))
    assert used == set(LIGHT)


@pytest.mark.parametrize(
    ("cells", "numeric"),
    [
        (("1", "2,390", "-0.5", "0.497"), True),
        (("95.7 % (93.7 to 97.2 %)", "1 in 114 (1 in 180 to 1 in 77)"), True),
        (("under 0.1 %", "over 99.9 % (over 99.9 to 100.0 %)"), True),
        (("1", "–", "", "none"), True),
        (("–", ""), False),
        (("1", "about 2"), False),
        (("Oxford Circus",), False),
        (("2026-11-28",), False),
        ((), False),
    ],
)
def test_a_column_of_numbers_is_told_from_words(cells: tuple[str, ...], numeric: bool) -> None:
    assert Grid(header=("a",), rows=tuple((cell,) for cell in cells)).numeric(0) is numeric


def test_a_table_that_does_not_fit_its_headings_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells where 2 headings"):
        Grid(header=("a", "b"), rows=(("1", "2"), ("3",)))
    with pytest.raises(ValueError, match="without headings"):
        Grid(header=(), rows=())


def test_what_has_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="heading"):
        Section(heading=" ")
    with pytest.raises(ValueError, match="title"):
        Report(title="", lead="", sections=())


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<style>*{}</style>",
        "<image href='a.png'/>",
        "<foreignObject/>",
        '<a href="https://example.org">x</a>',
        '<use href="other.svg#a"/>',
        '<use xlink:href="https://example.org/a.svg#b"/>',
        '<path onclick="x()"/>',
        '<path style="fill: url(https://example.org/a.svg#b)"/>',
        '<path style="fill: URL(a.svg)"/>',
        "<animate/>",
        "<!-- a comment -->",
        "<!DOCTYPE svg>",
    ],
)
def test_a_chart_that_could_run_or_load_something_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="neither run nor load"):
        Section(heading="h", chart=CHART.replace("\n<path", f"\n{inside}<path"))


def test_a_chart_may_speak_of_what_it_may_not_do() -> None:
    words = "based on one = 1, url(x), &lt;script&gt; and @import"
    section = Section(heading="h", chart=CHART.replace("<path", f"<text>{words}</text><path"))
    assert "@import" in section.chart


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        ("<p>no chart</p>", "one <svg>"),
        (CHART + "<script>1</script>", "one <svg>"),
        (CHART.replace(' aria-label="a line"', ""), "text alternative"),
    ],
)
def test_what_is_no_chart_is_refused(chart: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Section(heading="h", chart=chart)
