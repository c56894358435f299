"""Signs and leaflets in a real browser: nothing is cut, codes are read back from the picture, everybody can read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from overt.notices.notice import Notice
from overt.notices.papers import Order, Sheet, sheets
from overt.notices.wording import shipped
from tests.noticed import LONGEST, NOTHING_MEASURED, NOTICE, read_code

pytestmark = pytest.mark.long

CODES: Final = ("cy", "en")
NOTICES: Final = {
    "ordinary": NOTICE,
    "longest": LONGEST,
    "nothing": replace(NOTICE, area=(), measured=NOTHING_MEASURED, purpose="", use_case=""),
    "letters": replace(NOTICE, place="W" * 120, controller="MMMM " * 20),
}
NAMES: Final = [sheet.name.removesuffix(".en") for sheet in sheets(NOTICE, shipped()["en"], Order(large_print=True))]
PAGES: Final = {"poster-a4": 1, "poster-a3": 1, "ahead-50m-a4": 1, "ahead-50m-a3": 1, "leaflet": 2}
#: Everything with words that leaves the paper, or that lies on other words.
FAULTS: Final = """() => {
  const found = [], boxes = [];
  const papers = [...document.querySelectorAll('.page, .side')];
  for (const paper of papers) {
    const edge = paper.getBoundingClientRect();
    if (paper.scrollWidth > paper.clientWidth || paper.scrollHeight > paper.clientHeight) {
      found.push(`a paper holds more than it shows: ${paper.scrollWidth} x ${paper.scrollHeight}`);
    }
    for (const one of paper.querySelectorAll('.line, p, h1, h2, svg')) {
      if (one.matches('p, h1') && one.querySelector('.line')) continue;
      const box = one.getBoundingClientRect();
      if (!box.width) continue;
      if (box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom) {
        found.push(`leaves the paper: ${one.textContent.trim() || one.className.baseVal}`);
      }
      const range = document.createRange();
      range.selectNodeContents(one);
      const words = one.tagName === 'svg' ? box : range.getBoundingClientRect();
      const line = one.matches('.line') ? box : words; // letters have more room in themselves than a line gives them
      if (words.right > edge.right) found.push(`is too wide: ${one.textContent.trim()}`);
      boxes.push([one, { left: words.left, right: words.right, top: line.top, bottom: line.bottom }]);
    }
  }
  for (const [i, [one, a]] of boxes.entries()) {
    for (const [other, b] of boxes.slice(i + 1)) {
      const over = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const under = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (over > 1 && under > 2 && !one.contains(other)) {
        found.push(`lies on one another: ${one.textContent.trim()} / ${other.textContent.trim()}`);
      }
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def paper(browser: Browser) -> Iterator[Page]:
    """A page as wide as A3."""
    context = browser.new_context(viewport={"width": 1300, "height": 1700}, device_scale_factor=1.0)
    yield context.new_page()
    context.close()


def sheet(name: str, notice: Notice, code: str) -> Sheet:
    found = sheets(notice, shipped()[code], Order(large_print=True))
    return next(one for one in found if one.name == f"{name}.{code}")


def shown(page: Page, name: str, notice: Notice, code: str, media: str = "print") -> Page:
    page.emulate_media(media=media)  # type: ignore[arg-type]
    page.set_content(sheet(name, notice, code).html())
    return page


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("which", sorted(NOTICES))
@pytest.mark.parametrize("name", sorted(PAGES))
def test_nothing_is_cut_and_no_text_lies_on_another(name: str, which: str, code: str, paper: Page) -> None:
    page = shown(paper, name, NOTICES[which], code)
    assert page.evaluate(FAULTS) == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("which", ["longest", "ordinary"])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_browser_prints_it_on_as_many_pages_as_it_has(
    name: str, which: str, code: str, paper: Page, tmp_path: Path
) -> None:
    page = shown(paper, name, NOTICES[which], code)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.count(b"/Type /Page\n") == PAGES[name]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("which", ["longest", "letters"])
def test_large_print_is_large_and_no_wider_than_its_page(which: str, code: str, paper: Page) -> None:
    page = shown(paper, "large-print", NOTICES[which], code)
    page.set_viewport_size({"width": 658, "height": 900})  # 174 mm, between the margins of A4
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 658
    sizes = page.evaluate(
        "[...document.querySelectorAll('h1, h2, p, a')].map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 18 / 72 * 96
    page.set_viewport_size({"width": 1300, "height": 1700})


@pytest.mark.parametrize("scale", [1.0, 1.6, 2.5])
def test_the_code_is_read_back_from_the_picture_and_gives_the_registers_address(scale: float, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1300, "height": 1700}, device_scale_factor=scale)
    page = context.new_page()
    for name in (one for one in NAMES if one != "screen-reader"):
        for which in ("longest", "ordinary"):
            box = shown(page, name, NOTICES[which], "en").locator("svg.code").bounding_box()
            assert box is not None
            clip = {"x": box["x"] - 8, "y": box["y"] - 8, "width": box["width"] + 16, "height": box["height"] + 16}
            picture = page.screenshot(clip=clip, full_page=True)  # type: ignore[arg-type]
            drawn = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert read_code(np.asarray(drawn, np.uint8)) == NOTICES[which].page, (name, which)
    context.close()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", NAMES)
def test_everybody_can_read_it(name: str, code: str, paper: Page) -> None:
    page = shown(paper, name, NOTICE, code, media="screen")
    found = Axe().run(page).response["violations"]
    assert not found, "\n".join(f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}" for one in found)


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_in_black_and_white(name: str, paper: Page) -> None:
    page = shown(paper, name, NOTICE, "en")
    colours = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(one => { const style = getComputedStyle(one);"
        " return [style.color, style.backgroundColor] })"
    )
    assert set(colours) <= {"rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
