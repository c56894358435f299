"""A watch list as people make it: dropped or chosen, imported, approved by a second person, erased; by keyboard."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.drafting import listed
from tests.installations import PASSPHRASE
from tests.integration.test_uploads_leave_nothing import Served, cache_of, serving
from tests.needs import data_folder
from tests.people import PASSWORD

#: A browser, a console and its networks take their time on a busy machine.
pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

CHROMIUM = Path("/usr/bin/chromium")
DROP = """
async ([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  const where = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    where.dispatchEvent(new DragEvent(kind, { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }
}
"""


@dataclass(frozen=True)
class Desk:
    """A console, a browser, and pictures of four people, one of whom is under 18 and one of whom cannot be listed."""

    served: Served
    browser: Browser
    pictures: tuple[Path, ...]

    def page(self, name: str, width: int = 1280) -> Page:
        address = f"http://127.0.0.1:{self.served.port}"
        context = self.browser.new_context(base_url=address, viewport={"width": width, "height": 720})
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
        page.goto("/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/lists")
        return page


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("lists")
    portraits = sorted((data_folder() / "portraits").glob("*.jpg"))[:4]
    names = [path.stem for path in portraits]
    changes: dict[str, Any] = {names[0]: {"age": "13-17"}, names[1]: {"category": "intelligence"}}
    listed(folder / "list", names, now_us=time.time_ns() // 1000, **changes)
    for path in portraits:
        (folder / "list" / f"{path.stem}.png").unlink()
        (folder / "list" / path.name).write_bytes(path.read_bytes())
    (folder / "served").mkdir()
    with serving(folder / "served") as served:
        yield Desk(served, browser, tuple(sorted((folder / "list").iterdir())))


def tab_to(page: Page, selector: str) -> None:
    """Goes on with the keyboard until something has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def press(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


def require_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_list_from_its_pictures_to_its_receipt(desk: Desk) -> None:
    cat = desk.page("cat")
    require_accessible(cat)
    press(cat, "a.button")
    cat.wait_for_url("**/lists/import")
    require_accessible(cat)
    cat.set_input_files("#files", [str(path) for path in desk.pictures])
    assert "5 files chosen" in cat.inner_text("#chosen")
    tab_to(cat, "#passphrase")
    cat.keyboard.type(PASSPHRASE)
    tab_to(cat, "#again")
    cat.keyboard.type("something else")
    cat.keyboard.press("Enter")
    assert "differ" in cat.inner_text("#problem")
    cat.fill("#again", PASSPHRASE)
    assert "5 files chosen" in cat.inner_text("#chosen")  # a mistake costs nothing that was chosen
    cat.keyboard.press("Enter")
    cat.wait_for_url("**/lists/import/progress")
    cat.wait_for_selector("#read, a.button", timeout=60_000)
    cat.wait_for_selector("text=Look at the list", timeout=60_000)
    assert "1 entry left out" in cat.inner_text("main")
    require_accessible(cat)
    press(cat, "a.button")
    cat.wait_for_url("**/lists/drafts/*")
    cat.wait_for_load_state("networkidle")
    assert cat.locator(".verdicts tbody tr").count() == 3
    cat.locator(".face img").first.scroll_into_view_if_needed()
    assert cat.evaluate("[...document.querySelectorAll('.face img')][0].naturalWidth") >= 640
    require_accessible(cat)
    _approved_and_erased(desk, cat)
    assert cache_of(desk.served) == []


def _approved_and_erased(desk: Desk, cat: Page) -> None:
    dan = desk.page("dan", width=390)
    dan.goto(cat.url)
    require_accessible(dan)
    tab_to(dan, "#passphrase")
    dan.keyboard.type(PASSPHRASE)
    dan.keyboard.press("Enter")
    dan.wait_for_selector(".verdicts")
    press(dan, ".verdicts th a")
    dan.wait_for_selector("#reason")
    require_accessible(dan)
    tab_to(dan, "#reason")
    dan.keyboard.type("Her family agreed.")
    press(dan, "form[action$='/approve'] button")
    dan.wait_for_selector("text=The entry is approved.")
    cat.reload()
    assert "approved" in cat.inner_text(".verdicts")
    press(dan, "a[href$='/erase']")
    dan.wait_for_selector("button.warn")
    press(dan, "button.warn")
    dan.wait_for_selector("text=Key destroyed")
    require_accessible(dan)
    cat.reload()
    assert "is erased" in cat.inner_text("h1")


def test_pictures_are_dropped(desk: Desk) -> None:
    cat = desk.page("cat")
    cat.goto("/lists/import")
    cat.evaluate(DROP, ["nobody.jpg", base64.b64encode(b"not a picture").decode()])
    expect(cat.locator("#chosen")).to_have_text(re.compile("^1 file chosen"))
    cat.fill("#passphrase", PASSPHRASE)
    cat.fill("#again", PASSPHRASE)
    cat.click("text=Import the list")
    cat.wait_for_selector("text=Nothing was kept", timeout=60_000)
    assert "nobody" in cat.inner_text("table")
    cat.goto("/lists/import")
    cat.evaluate(DROP, ["people.zip", base64.b64encode(b"no ZIP").decode()])
    cat.fill("#passphrase", PASSPHRASE)
    cat.fill("#again", PASSPHRASE)
    cat.click("text=Import the list")
    cat.wait_for_selector("#problem")
    assert "cannot be read as a ZIP" in cat.inner_text("#problem")
    assert cat.input_value("#passphrase") == PASSPHRASE


def test_without_a_script_a_list_is_imported_too(desk: Desk) -> None:
    context = desk.browser.new_context(base_url=f"http://127.0.0.1:{desk.served.port}", java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#name", "dan")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.goto("/lists/import")
    page.set_input_files("#files", [str(path) for path in desk.pictures])
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.click("main form button")
    page.wait_for_url("**/lists/import/progress")
    page.wait_for_selector("text=Look at the list", timeout=60_000)  # the page refreshes itself
