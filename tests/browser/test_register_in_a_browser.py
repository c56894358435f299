"""The public register in a real browser: from the console without signing in, and as a folder on a plain web server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser

from overt.console.app import create_app
from overt.console.house import House
from overt.console.public_site import PublicSite
from overt.console.runs import Runs
from overt.notices.register import OFFERED, Site, write_site
from overt.settings import Settings
from tests.browser.browsing import SCHEMES, WIDTHS, Screen, listening
from tests.installations import in_memory
from tests.registers import register

pytestmark = pytest.mark.long

IDS = [one["id"] for one in register()["deployments"]]
PAGES = ("", "how.html", "check.html", *(f"{one}/" for one in IDS))


@dataclass
class Console:
    app: FastAPI


def console_at(host: str, document: dict[str, object]) -> Console:
    installation = in_memory()
    house = House(
        installation=installation,
        settings=Settings(),
        runs=Runs(installation, Settings()),
        hosts=frozenset({host}),
        secure=False,
    )
    house.__dict__["public_site"] = PublicSite(lambda: Site(document), lambda: 1, lambda: 1)
    hosts.append(host)
    return Console(app=create_app(house))


hosts: list[str] = []


@pytest.fixture
def address() -> Iterator[str]:
    """Of the register in a console."""
    with listening(lambda host: console_at(host, register())):
        yield f"http://{hosts[-1]}/public/"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[str]:
    """Of the folder on a web server, not at its root."""
    write_site(register(), tmp_path / "transparency" / "lfr")
    serve = partial(Quiet, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), serve)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/transparency/lfr/"
    server.shutdown()
    thread.join(10)
    server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def no_finding(screen: Screen) -> None:
    """Axe finds nothing at all, by day and by night, and nothing scrolls sideways at any width."""
    screen.checked()
    for scheme in SCHEMES:
        screen.page.emulate_media(color_scheme=scheme)
        found = Axe().run(screen.page).response["violations"]
        assert not found, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_used_by_everybody(browser: Browser, address: str, path: str) -> None:
    screen = Screen(browser, address)
    screen.open(f"/{path}")
    for closed in screen.page.locator("details").all():
        closed.evaluate("one => one.open = true")
    no_finding(screen)
    screen.context.close()
    assert screen.faults == []


def test_an_empty_register_and_one_of_hostile_words_can_be_used_too(browser: Browser) -> None:
    words = "W" * 4000
    hostile = register()
    for one in hostile["deployments"]:
        one["name"], one["place"], one["authority"]["text"] = words, words, {words: words}
        one["cameras"][0]["name"] = one["purpose"] = words
        one["authority"]["changes"]["fields"] = {words: [["gone", words], ["new", "\u202eleft" * 500]]}
    empty = register() | {"deployments": [], "totals": [], "coverage": None, "publications": []}
    for document in (empty, hostile):
        with listening(partial(console_at, document=document)):
            screen = Screen(browser, f"http://{hosts[-1]}/public")
            for path in ("/", *(f"/{one['id']}/" for one in document["deployments"][:1])):
                screen.open(path)
                no_finding(screen)
            screen.context.close()
            assert screen.faults == []


def test_without_a_script_everything_is_reached_and_nothing_leaves(browser: Browser, hosted: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": WIDTHS[0], "height": 720})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(f"{hosted}index.html")
    page.get_by_role("link", name="High Street, Saturday", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "High Street, Saturday"
    page.get_by_role("link", name=re.compile("How this was computed ?: Verified right, of all alerts")).click()
    assert page.url == f"{hosted}how.html#verified"
    page.get_by_role("link", name="Check it yourself", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check it yourself"
    page.get_by_role("link", name="Every deployment", exact=True).click()
    page.get_by_role("link", name="High Street, Sunday", exact=True).click()
    page.get_by_text("As it stands, without the difference").first.click()
    assert page.locator("details[open] .written").first.is_visible()
    context.close()
    assert asked
    assert all(url.startswith(hosted) for url in asked)


def test_the_short_address_leads_to_the_deployment(browser: Browser, address: str, hosted: str) -> None:
    for begins in (address, hosted):
        screen = Screen(browser, begins)
        screen.open(f"/{IDS[0]}")
        assert screen.page.url == f"{begins}{IDS[0]}/"
        assert screen.page.get_by_role("heading", level=1).inner_text() == "High Street, St Nicholas Day"
        assert screen.page.evaluate("getComputedStyle(document.body).display") == "flex", "the styles are found"
        screen.context.close()
        assert screen.faults == []


def test_it_is_read_by_keys(browser: Browser, address: str) -> None:
    screen = Screen(browser, address)
    page = screen.open(f"/{IDS[4]}/")
    screen.keyboard.follow(page.get_by_role("link", name=re.compile("How this was computed ?: Served the aim")))
    assert page.url == f"{address}how.html#served_aim"
    screen.keyboard.follow(page.get_by_role("navigation").get_by_role("link", name="Every deployment"))
    screen.keyboard.press(page.get_by_text("Every count of all operations together"))
    assert page.get_by_text("Passages in which a face was found").first.is_visible()
    screen.context.close()
    assert screen.faults == []


def test_on_paper_it_has_no_buttons_and_no_dark(browser: Browser, address: str) -> None:
    screen = Screen(browser, address)
    page = screen.open(f"/{IDS[4]}/")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    for name in ("The register", "On this page"):
        assert not page.get_by_role("navigation", name=name).is_visible()
    assert page.get_by_text("6 of 11 alerts verified right").is_visible()
    assert len(page.pdf(format="A4")) > 10_000
    screen.context.close()


def test_what_is_offered_is_linked_from_the_page_that_says_how_to_check(browser: Browser, address: str) -> None:
    screen = Screen(browser, address)
    page = screen.open("/check.html")
    for path in OFFERED:
        assert page.get_by_role("link", name=path, exact=True).count() == 1
    screen.context.close()
