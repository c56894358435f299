"""Deployments in a real browser: from a draft to the end by keys alone, at every width, open to everybody."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from overt.bootstrap import Ready
from overt.console import runs
from overt.domain.roles import Role
from overt.vault import passphrase
from tests.authority import OFFICER
from tests.browser.browsing import listening
from tests.installations import PASSPHRASE
from tests.people import PASSWORD
from tests.unit.console.deploying import REFERENCE, Console
from tests.unit.console.test_deployment_pages import KEY_WORDS, pem

WIDE, PHONE = (1280, 720), (390, 844)
CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome") or ""
PATIENCE_MS: Final = 60_000
MANAGER, OPERATOR = f"the {Role.LIST_MANAGER}", f"the {Role.OPERATOR}"
MOST_TABS: Final = 150

pytestmark = pytest.mark.long


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """One that listens, and whose runs do nothing until they are stopped."""

    def run(ready: Ready, viewer: object, stop: threading.Event, *beside: object) -> None:
        stop.wait(60)

    monkeypatch.setattr(runs, "run_watch", run)
    monkeypatch.setattr(passphrase, "MEMORY_KIB", 64)
    with listening(lambda host: Console(tmp_path, host=host, secure=False)) as found:
        yield found


Opens = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, console: Console) -> Iterator[Opens]:
    """Opens a page for somebody; what a page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(name: str, path: str = "/deployments", size: tuple[int, int] = WIDE, *, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            base_url=console.origin,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"/sign-in?next={path}")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def to(page: Page, selector: str) -> None:
    """Goes with the tabulator to what is meant."""
    for _ in range(MOST_TABS):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keys on {page.url}")


def type_in(page: Page, selector: str, text: str) -> None:
    to(page, selector)
    page.keyboard.type(text)


def presses(page: Page, selector: str) -> None:
    """Goes to a link or a button, and presses it."""
    to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def looks_well(page: Page) -> None:
    """Everybody can use it, and nothing lies beyond the edge."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen, page.url
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


def test_from_a_draft_to_its_end_by_keys_alone(console: Console, opened: Opens) -> None:
    draft = console.as_(Role.LIST_MANAGER).draft(
        **console.filled(console.list_imported(), **{"deployment.name": "", "deployment.place": ""})
    )
    manager = opened(MANAGER)
    presses(manager, f"a[href='{draft}']")
    assert manager.locator(".field .state", has_text="to fill in").count() == 2
    type_in(manager, "[name='deployment.name']", "High Street")
    type_in(manager, "[name='deployment.place']", "between the station and the clock tower")
    presses(manager, "button[value='check']")
    type_in(manager, "#passphrase", PASSPHRASE)
    with manager.expect_navigation():
        manager.keyboard.press("Enter")
    at = manager.evaluate("location.pathname")
    assert "High Street" in manager.title()

    officer = opened(OFFICER)
    presses(officer, f"a[href='{at}/sign']")
    type_in(officer, "#password", PASSWORD)
    officer.set_input_files("#key", {"name": "key.pem", "mimeType": "application/x-pem-file", "buffer": pem()})
    type_in(officer, "#passphrase", KEY_WORDS)
    with officer.expect_navigation():
        officer.keyboard.press("Enter")
    assert "Authorised" in officer.inner_text("h1")
    presses(officer, f"a[href='{at}/notice']")
    type_in(officer, "#where", "on the town's site")
    officer.fill("#since", "2026-11-20T09:00")
    presses(officer, "form.fields button")
    assert "on the town's site" in officer.inner_text("main")

    operator = opened(OPERATOR, at)
    presses(operator, f"a[href='{at}/signs']")
    type_in(operator, "#where-1", "by the station")
    type_in(operator, "#metres-1", "20")
    presses(operator, "form.each button")
    assert "the one there is stands and can be read" in operator.inner_text("main")
    operator.goto("/deployments")
    presses(operator, f"a[href='{at}/start']")
    type_in(operator, "#passphrase", PASSPHRASE)
    with operator.expect_navigation():
        operator.keyboard.press("Enter")
    assert "Being watched" in operator.inner_text("h1")
    presses(operator, f"form[action='{at}/stop'] button")
    assert "Authorised" in operator.inner_text("h1")

    officer.reload()
    presses(officer, f"a[href='{at}/end']")
    type_in(officer, "#reason", "It is no longer needed.")
    presses(officer, f"form[action='{at}/cancel'] button")
    assert "Cancelled" in officer.inner_text("h1")


def test_the_slider_shows_another_threshold_with_and_without_a_script(console: Console, opened: Opens) -> None:
    manager = console.as_(Role.LIST_MANAGER)
    path = manager.draft(**console.filled(console.list_imported()))
    at = manager.led(f"{path}/enter", {"passphrase": PASSPHRASE}).partition("?")[0]
    page = opened(OFFICER, f"{at}/plan")
    before = page.inner_text(".step:not([hidden]) .figure")
    to(page, "#at")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#one-in") == "3,000"
    assert page.inner_text(".step:not([hidden]) .figure") != before
    assert "another one" in page.inner_text(".step:not([hidden])")
    plain = console.as_(Role.AUTHORISING_OFFICER).get(f"{at}/plan?at=0").text
    assert 'for="at">1,000</output>' in plain


@pytest.mark.parametrize(("size", "dark"), [(WIDE, True), (PHONE, False)])
def test_every_page_is_for_everybody_at_every_width(
    console: Console, opened: Opens, size: tuple[int, int], dark: bool
) -> None:
    manager = console.as_(Role.LIST_MANAGER)
    faulty = manager.draft(**{"deployment.area": "x", "camera.0.url": "ftp://" + "x" * 120, "document.0.kind": "dpia"})
    late = console.filled(console.list_imported(), **{"authority.valid_until": console.moment(20)})
    path = manager.draft(**late)
    by_manager = opened(MANAGER, "/deployments", size, dark=dark)
    for address in (
        *("/deployments", "/deployments/drafts", faulty, f"{faulty}/text", f"{faulty}/enter", path, f"{path}/enter"),
    ):
        by_manager.goto(address)
        looks_well(by_manager)
    manager.keep(path, {**late, "authority.valid_until": console.moment(4)})
    at = manager.led(f"{path}/enter", {"passphrase": PASSPHRASE}).partition("?")[0]
    by_officer = opened(OFFICER, "/deployments", size, dark=dark)
    pages = ("/plan", "/sign", "/notice", "/end", "/review", "/permit")
    for address in ("/deployments", at, *(f"{at}{page}" for page in pages)):
        by_officer.goto(address)
        looks_well(by_officer)
        assert REFERENCE not in by_officer.content()
    by_operator = opened(OPERATOR, "/deployments", size, dark=dark)
    for address in ("/deployments", at, f"{at}/signs", f"{at}/start", f"{at}/end"):
        by_operator.goto(address)
        looks_well(by_operator)
