"""Alerts in a real browser: decided by keys alone, heard, seen at every width, and open to everybody."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from overt.domain.decision import Verdict
from overt.engine.clock import SystemClock
from tests.browser.browsing import listening
from tests.people import PASSWORD
from tests.unit.console.alerting import CANNOT, NOT, WORTH, Console
from tests.unit.services.keeping import RULES
from tests.unit.services.verdicts import TWO, decided

WIDE, FULL, PHONE = (1280, 720), (1920, 1080), (390, 844)
CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome") or ""
PATIENCE_MS: Final = 60_000
WORDS: Final = "The ears and the chin"

pytestmark = pytest.mark.long


class TickingClock(SystemClock):
    """The machine's, for the console; `advance` waits."""

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def console() -> Iterator[Console]:
    """One that listens; everybody's verdicts are given through their own programs."""
    with listening(lambda host: Console(clock=TickingClock(), host=host, secure=False)) as found:  # type: ignore[arg-type]
        yield found


Opens = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, console: Console) -> Iterator[Opens]:
    """Opens a page for somebody; what a page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(name: str, path: str = "/alerts", size: tuple[int, int] = WIDE, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            base_url=f"http://{console.host}",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"/sign-in?next={path}")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(re.compile(re.escape(path)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def becomes(page: Page, expression: str, wanted: object = True) -> None:
    """The page's own rules forbid that a test waits inside it."""
    until_s, found = time.monotonic() + PATIENCE_MS / 1000, None
    while time.monotonic() < until_s:
        found = page.evaluate(expression)
        if found == wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} is {found}, not {wanted}")


def shown(page: Page) -> Page:
    becomes(page, "document.querySelector('#faces img').naturalWidth > 0")
    return page


def faults(page: Page) -> list[str]:
    """What axe finds, but for what is minor."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] != "minor"]


def said(console: Console, alert: str, name: str, verdict: str) -> None:
    """A verdict of somebody else."""
    account = console.people[name].id
    decided(console.installation, alert, Verdict(verdict), account=account, rules=RULES, policy=TWO)


def test_an_alert_is_decided_by_keys_alone_and_no_single_key_sends_anything(console: Console, opened: Opens) -> None:
    alert = console.alert()
    page = opened("olga")
    assert page.evaluate("document.activeElement.id") == "first"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/alerts/{alert}$"))
    shown(page)
    for key, verdict in (("u", CANNOT), ("n", NOT), ("y", WORTH)):
        page.keyboard.press(key)
        assert page.evaluate("document.querySelector('input[name=verdict]:checked').value") == verdict
        assert page.evaluate("document.activeElement.id") == "words"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") != "words"
    page.wait_for_timeout(200)
    assert not console.entries("alert.decided")
    page.keyboard.press("y")
    page.keyboard.type(f"{WORDS}, yes")
    assert page.input_value("#words") == f"{WORDS}, yes", "in words the keys are letters"
    becomes(page, "document.getElementById('send').disabled", False)
    assert page.inner_text("#send") == "Record: worth a look"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("done=verdict"))
    assert [one.facts["verdict"] for one in console.entries("alert.decided")] == ["worth-a-look"]
    assert len(console.entries("alert.shown")) == 1, "one view is one look"


def test_the_button_says_how_long_to_look_still(console: Console, opened: Opens) -> None:
    page = opened("olga", f"/alerts/{console.alert()}")
    becomes(page, "/in [12] s/.test(document.getElementById('send').textContent)")
    assert page.is_disabled("#send")
    shown(page)
    becomes(page, "document.getElementById('send').disabled", False)
    (look,) = console.entries("alert.shown")
    assert console.clock.now_us() - look.at_us >= 2_000_000


def test_keys_can_be_switched_off(console: Console, opened: Opens) -> None:
    page = shown(opened("olga", f"/alerts/{console.alert()}"))
    page.click("#keys")
    assert page.inner_text("#keys") == "Keys Y, N, U are off"
    page.keyboard.press("n")
    assert page.evaluate("document.querySelector('input[name=verdict]:checked')") is None
    page.reload()
    assert page.get_attribute("#keys", "aria-pressed") == "false"


def test_not_the_person_takes_the_pictures_from_the_page_at_once(console: Console, opened: Opens) -> None:
    page = shown(opened("olga", f"/alerts/{console.alert()}"))
    page.route("**/verdict", lambda route: route.fulfill(status=204))  # so the page stays
    page.keyboard.press("n")
    page.keyboard.type(WORDS)
    becomes(page, "document.getElementById('send').disabled", False)
    page.keyboard.press("Enter")
    becomes(page, "document.getElementById('faces')?.textContent", "The pictures have left this page.")
    assert page.evaluate("document.images.length") == 0


def test_what_others_decide_takes_the_pictures_from_a_page_that_is_open(console: Console, opened: Opens) -> None:
    alert = console.alert()
    page = shown(opened("otto", f"/alerts/{alert}"))
    for name in ("olga", "oscar"):
        said(console, alert, name, NOT)
    becomes(page, "document.querySelector('#faces img')", None)
    becomes(page, "document.querySelector('.head').textContent.includes('not the person')")


def test_a_new_alert_appears_by_itself_is_counted_in_the_title_and_heard(console: Console, opened: Opens) -> None:
    page = opened("olga")
    assert page.title() == "Alerts · Overt"
    assert "No alert waits" in page.inner_text("main")
    first = console.announced()
    becomes(page, "document.title", "(1) Alerts · Overt")
    assert page.locator(f"a[href='/alerts/{first}']").count() == 1
    becomes(page, "document.documentElement.dataset.sounded", "1")
    becomes(page, "document.activeElement.id", "first")
    page.click("#sound")
    assert page.inner_text("#sound") == "Sound is off"
    console.announced()
    becomes(page, "document.title", "(2) Alerts · Overt")
    assert page.evaluate("document.documentElement.dataset.sounded") == "1"
    page.click("#sound")
    becomes(page, "document.documentElement.dataset.sounded", "2")


def test_whoever_decides_hears_of_others_without_a_new_look(console: Console, opened: Opens) -> None:
    alert = console.alert()
    page = shown(opened("olga", f"/alerts/{alert}"))
    console.announced()
    becomes(page, "document.title", "(1) Possible match: decide · Overt")
    assert page.inner_text("#live") == "1 other alert waits"
    becomes(page, "document.documentElement.dataset.sounded", "1")
    shown(page)
    assert len(console.entries("alert.shown")) == 1


def test_the_focus_goes_from_verdicts_to_words_to_the_button(console: Console, opened: Opens) -> None:
    page = shown(opened("olga", f"/alerts/{console.alert()}"))
    becomes(page, "document.getElementById('send').disabled", False)
    page.focus("input[value=cannot-tell]")
    order = []
    for _ in range(4):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id"))
    assert order == ["words", "send", "keys", "sound"]
    page.keyboard.press("Tab")
    page.focus("#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "verdict"


def test_a_page_that_comes_back_from_the_past_opens_its_pictures_anew(console: Console, opened: Opens) -> None:
    page = shown(opened("olga", f"/alerts/{console.alert()}"))
    page.goto("/alerts")
    page.go_back()
    page.wait_for_url(re.compile("/alerts/[0-9a-f-]+$"))
    shown(page)
    assert len(console.entries("alert.shown")) == 2


def test_whoever_is_no_longer_signed_in_has_no_pictures_before_them(console: Console, opened: Opens) -> None:
    page = shown(opened("olga", f"/alerts/{console.alert()}"))
    page.request.post("/sign-out", headers={"origin": f"http://{console.host}"})
    console.announced()
    page.wait_for_url(re.compile("/sign-in"))
    assert len(console.entries("alert.shown")) == 1


@pytest.mark.parametrize("size", [WIDE, FULL, PHONE])
def test_both_faces_are_seen_without_scrolling(console: Console, opened: Opens, size: tuple[int, int]) -> None:
    page = shown(opened("olga", f"/alerts/{console.alert(cautions=('small face', 'dark'))}", size))
    width, height = size
    box = page.locator("#faces img").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    tall = box["height"] > box["width"]
    assert tall == (width < 641)
    faces_end = box["y"] + box["height"] * (0.77 if tall else 0.63)
    assert faces_end <= height, "both large faces end above the fold"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if not tall:
        button = page.locator("#send").bounding_box()
        assert button is not None
        assert button["y"] + button["height"] <= height
    for target in page.locator("main button:visible, main .verdict, main summary").all():
        found = target.bounding_box()
        assert found is not None
        assert found["height"] >= (44 if tall else 36)


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_every_page_is_open_to_everybody(console: Console, opened: Opens, size: tuple[int, int], scheme: str) -> None:
    empty = opened("olga", "/alerts", size, scheme)
    assert faults(empty) == []
    waiting, alert = console.alert(cautions=("small face",)), console.alert()
    for name in ("olga", "oscar"):
        said(console, alert, name, WORTH)
    empty.goto("/alerts")
    assert faults(empty) == []
    empty.goto(f"/alerts/{waiting}")
    assert faults(shown(empty)) == []
    officer = opened("ed", f"/alerts/{alert}", size, scheme)
    for path in ("", "?look", "/outcome", "/hold"):
        officer.goto(f"/alerts/{alert}{path}")
        assert faults(officer) == [], path
        assert officer.evaluate("document.documentElement.scrollWidth") <= size[0], path
    author = opened("arthur", f"/alerts/{alert}/disclose", size, scheme)
    assert faults(author) == []
    author.check("input[value=court]")
    author.fill("#why", "Order T2026/117")
    author.click("main button")
    author.wait_for_url(re.compile("record"))
    assert faults(author) == []
    auditor = opened("audrey", "/alerts?all", size, scheme)
    assert faults(auditor) == []
