"""What posters and leaflets say: only what was recorded, escaped, in full, and what was not measured is called so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from overt.notices.area_map import HEIGHT_MM, WIDTH_MM, drawn
from overt.notices.leaflet import large, leaflet, measured, plain, questions
from overt.notices.notice import Measured, Notice
from overt.notices.paper import can_make_pdf, to_pdf
from overt.notices.papers import BadDistance, Order, sheets
from overt.notices.poster import ahead, poster
from overt.notices.sign_sheet import stylesheet
from overt.notices.wording import Language, shipped
from tests.needs import needs_part
from tests.noticed import DEPLOYMENT, LONGEST, MEASURED, NOTHING_MEASURED, NOTICE, RATE

EN, CY = shipped()["en"], shipped()["cy"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=a>&{{7*7}}{place}'
ALL = [sheet.name for sheet in sheets(NOTICE, EN, Order(large_print=True))]


class Text(HTMLParser):
    """The words of a page, and its tags with what they have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "title", "script")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    @property
    def said(self) -> str:
        return " ".join(self.words)


def made(name: str, notice: Notice = NOTICE, language: Language = EN, link: str = "") -> str:
    found = {one.name: one for one in sheets(notice, language, Order(large_print=True))}
    return found[name].html(link=link)


@pytest.mark.parametrize("name", ALL)
def test_every_paper_says_where_when_by_whom_and_where_to_read_more(name: str) -> None:
    page = Text(made(name))
    for said in (NOTICE.place, EN.window(NOTICE.opens, NOTICE.closes), NOTICE.controller, NOTICE.mark):
        assert said in page.said
    assert NOTICE.complaints in page.said
    assert ("a", {"href": NOTICE.page}) in page.tags
    assert NOTICE.page in page.said.replace(" ", "")


@pytest.mark.parametrize("name", ALL)
def test_every_paper_has_title_language_and_one_heading_and_loads_nothing(name: str) -> None:
    html = made(name)
    page = Text(html)
    assert ("html", {"lang": "en-GB", "dir": "ltr"}) in page.tags
    assert re.search(r"<title>[^<]*High Street", html)
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "object")]
    assert not re.search(r"url\(|@import|\bstyle=", html)
    assert stylesheet() in html


@pytest.mark.parametrize("name", ALL)
def test_for_the_console_the_same_paper_has_its_style_sheet_beside_it(name: str) -> None:
    html = made(name, link="/notices/signs.css")
    assert '<link rel="stylesheet" href="/notices/signs.css">' in html
    assert "<style" not in html
    assert html.replace('<link rel="stylesheet" href="/notices/signs.css">', f"<style>{stylesheet()}</style>") == made(
        name
    )


@pytest.mark.parametrize("name", ALL)
def test_hostile_texts_are_words_and_nothing_else(name: str) -> None:
    group = replace(MEASURED.group, name=HOSTILE) if MEASURED.group else None
    fields: dict[str, Any] = dict.fromkeys(
        ("place", "purpose", "use_case", "controller", "complaints", "pack", "version", "deployment"), HOSTILE
    )
    measured_of = replace(MEASURED, group=group)
    notice = replace(NOTICE, **fields, measured=measured_of, page=f"https://x.example/{HOSTILE}")
    html = made(name, notice)
    ordinary = Text(made(name))
    page = Text(html)
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in ordinary.tags} | {"p", "div"}
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
    assert "49" not in page.said.replace("249", "")
    assert "{place}" in page.said.replace(" ", "")


def test_the_leaflet_asks_what_people_ask() -> None:
    asked = [one.heading for one in questions(NOTICE, EN)]
    assert asked == [
        *("What is this?", "Where?", "When?", "Why?", "By whom?", "Who supplies it?", "What happens to my face?"),
        *("What if I am stopped?", "Was I on a list?", "How do I ask or complain?", "How often is it wrong?"),
        "Can the record be changed afterwards?",
    ]
    for made_of in (leaflet, large, plain):
        page = Text(made_of(NOTICE, EN))
        assert [tag for tag, _ in page.tags].count("h2") == len(asked)
        assert all(one in page.said for one in asked)


@pytest.mark.parametrize("language", [EN, CY], ids=["en", "cy"])
def test_the_leaflet_says_where_its_head_is_checked_what_to_type_and_how_the_key_begins(language: Language) -> None:
    record = questions(NOTICE, language)[-1].answer[0]
    assert f"{NOTICE.mark}." in record
    assert f"--expect {NOTICE.mark} " in record
    assert "https://lfr.borsetshire.example/public/check.html " in record
    assert record.endswith(" ed25519:8f7e6d5c4b3a2918")
    for made_of in (leaflet, large, plain):
        assert record in Text(made_of(NOTICE, language)).said


def test_a_leaflet_of_an_earlier_version_is_drawn_again_without_a_key() -> None:
    kept = {name: value for name, value in NOTICE.to_plain().items() if name != "key"}
    again = Notice.from_plain(json.loads(json.dumps(kept)))
    assert again == replace(NOTICE, key="")
    assert "ed25519" not in Text(leaflet(again, EN)).said


def test_what_is_measured_is_said_with_its_interval() -> None:
    rate, conditions = measured(MEASURED, EN)
    assert "0.62 (0.41 to 0.90) are expected to cause a false alert" in rate
    assert "With the 8,000 passers-by expected here, that makes 5.0 false alerts (3.3 to 7.2)." in rate
    assert "16,046,182 comparisons of pictures of 2,860 people, for 120 pictures on the list" in rate
    assert "0.4827" not in rate
    assert "the figure is extrapolated" in rate
    assert "the group “Indian” had 1.6 times as many false comparisons as everybody (1.4 to 1.8)" in conditions
    assert "darker than 31 of 255" in conditions
    assert "Below 22 it pauses" in conditions
    assert "Crowds: not measured." in conditions


def test_what_was_not_measured_is_called_so() -> None:
    said = " ".join(measured(NOTHING_MEASURED, EN))
    for what in (
        "How often a false alert is raised was not measured for this list.",
        "Groups: differences between groups of people were not measured.",
        "Night and darkness: not measured.",
        "Crowds: not measured.",
    ):
        assert what in said
    assert not re.search(r"\d", said)


def test_a_crowd_that_was_measured_and_passages_that_were_not_planned() -> None:
    crowded = replace(LONGEST.measured, rate=replace(RATE, here=None, passages=0, extrapolated=False))
    rate, conditions = measured(crowded, EN)
    assert "How many people will pass was not planned" in rate
    assert "extrapolated" not in rate
    assert "with more than 25 faces at once" in conditions
    assert "Above 40 it pauses." in conditions
    assert crowded.crowd is not None
    assert "pauses" not in " ".join(
        measured(Measured(**{**vars(crowded), "dark": None, "crowd": replace(crowded.crowd, red=None)}), EN)
    )


def test_a_leaflet_of_more_than_two_sides_is_in_the_smallest_type() -> None:
    html = leaflet(replace(NOTICE, place="word " * 900), EN)
    assert 'class="a5 leaflet s16"' in html
    assert html.count('class="side"') == 2


def test_a_trial_says_that_it_is_one() -> None:
    trial = replace(NOTICE, kind="trial")
    assert "This is a trial with volunteers." in Text(poster(trial, EN, "a4")).said
    assert "volunteers who agreed to it are on the list" in Text(leaflet(trial, EN)).said
    assert "trial" not in Text(poster(NOTICE, EN, "a4")).said


def test_the_sign_before_the_area_says_how_far_it_is() -> None:
    page = Text(ahead(NOTICE, CY, "a3", 1200))
    assert "Adnabod wynebau byw o'ch blaen 1,200 metr" in page.said
    assert ("svg", {"class": "arrow", "viewbox": "0 0 46 34", "aria-hidden": "true"}) in page.tags


def test_small_print_is_never_below_12_points() -> None:
    for language in (EN, CY):
        for html in (poster(LONGEST, language, "a4"), ahead(LONGEST, language, "a4", 2000)):
            sizes = [int(size) for size in re.findall(r'class="line s(\d+)"', html)]
            assert min(sizes) == 24  # half points
            assert max(sizes) >= 100


@pytest.mark.parametrize("metres", [4, 2001, -1], ids=["near", "far", "behind"])
def test_a_sign_stands_within_reason(metres: int) -> None:
    with pytest.raises(BadDistance):
        Order(ahead_m=(metres,))
    with pytest.raises(BadDistance):
        Order(ahead_m=tuple(range(10, 19)))
    assert Order(ahead_m=(50, 50)).ahead_m == (50,)


def test_the_map_keeps_the_shape_of_the_area_with_north_at_the_top() -> None:
    found = drawn(((51.5, 0.0), (51.5, 0.00144), (51.5009, 0.00144), (51.5009, 0.0)))
    assert (found.width_m, found.height_m) == (100, 100)
    (west, south), (east, _), (_, north), _ = found.outline
    assert east - west == pytest.approx(south - north, rel=0.01)
    assert found.bar == pytest.approx((east - west) * found.bar_m / 99.7, rel=0.01)
    assert all(0 <= x <= WIDTH_MM and 0 <= y <= HEIGHT_MM for x, y in found.outline)


def test_the_map_of_an_area_across_the_180th_meridian_is_not_torn() -> None:
    found = drawn(((-16.0, 179.9995), (-16.0, -179.9995), (-16.001, -179.9995)))
    assert found.width_m == 105
    assert all(0 <= x <= WIDTH_MM for x, _ in found.outline)


def test_a_place_without_an_area_has_no_map_and_more_room_for_words() -> None:
    html = poster(replace(NOTICE, area=()), EN, "a4")
    assert "<polygon" not in html
    assert 'class="face alone"' in html
    assert "<polygon" not in large(replace(NOTICE, area=()), EN)


@pytest.mark.parametrize("notice", [NOTICE, LONGEST, replace(NOTICE, measured=NOTHING_MEASURED)], ids=["n", "l", "0"])
def test_a_notice_is_written_down_and_read_back(notice: Notice) -> None:
    back = Notice.from_plain(json.loads(json.dumps(notice.to_plain())))
    assert back == notice
    assert leaflet(back, CY) == leaflet(notice, CY)


Makes = Callable[[Notice, Language], str]
PAGES: dict[str, tuple[Makes, int]] = {
    "poster-a4": (lambda notice, language: poster(notice, language, "a4"), 1),
    "poster-a3": (lambda notice, language: poster(notice, language, "a3"), 1),
    "ahead-a4": (lambda notice, language: ahead(notice, language, "a4", 2000), 1),
    "ahead-a3": (lambda notice, language: ahead(notice, language, "a3", 2000), 1),
    "leaflet": (leaflet, 2),
}


@pytest.mark.long
@pytest.mark.parametrize("code", ["cy", "en"])
@pytest.mark.parametrize("which", ["ordinary", "longest"])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_posters_have_one_page_as_pdf_and_the_leaflet_two(name: str, which: str, code: str) -> None:
    needs_part(not can_make_pdf(), "needs WeasyPrint and Pango")
    make, pages = PAGES[name]
    found = to_pdf(make({"ordinary": NOTICE, "longest": LONGEST}[which], shipped()[code]))
    assert found.pages == pages


def test_the_ids_of_files_say_what_they_are() -> None:
    assert [
        *("poster-a4.en", "poster-a3.en", "ahead-50m-a4.en", "ahead-50m-a3.en", "leaflet.en", "large-print.en"),
        "screen-reader.en",
    ] == ALL
    assert DEPLOYMENT in NOTICE.page
