"""Chromium for the tests: each person has a browser of their own, and everything that it does is looked at.

- A request that leaves for another host than the console fails the test, and so does an error in the browser's console.
- `Screen.checked` looks at a page as it is: axe in light and in dark, no sideways scrolling at any width, one heading
  of the first order.
- `Keyboard` does everything by keys; what it goes to has to be reached by Tab and to show that it has the focus.
"""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol, TypeVar
from urllib.parse import quote, urlsplit

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, sync_playwright

from tests.needs import needs_part

Scheme = Literal["dark", "light"]
SCHEMES: tuple[Scheme, ...] = ("dark", "light")  # as it was, at last
WIDTHS = (390, 1280, 1920)
HEIGHT = 720
SERIOUS = ("serious", "critical")
MOST_STOPS = 80
#: A page may make a sound before anybody has touched it.
SOUNDS = "--autoplay-policy=no-user-gesture-required"
#: A refusal is a page of its own, and Chromium calls that an error.
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (403|422) ")


class Served(Protocol):
    """A console of a test."""

    @property
    def app(self) -> FastAPI: ...


C = TypeVar("C", bound=Served)


@contextmanager
def listening(made: Callable[[str], C]) -> Iterator[C]:
    """A console that listens. `made`: makes it, of the host and port under which it is reached."""
    listens = socket.create_server(("127.0.0.1", 0))
    found = made(f"127.0.0.1:{listens.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(found.app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]}, daemon=True)
    thread.start()
    yield found
    server.should_exit = True
    thread.join(30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    needs_part(path is not None, "needs Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--lang=en-GB", SOUNDS])
        try:
            yield browser
        finally:
            browser.close()


class Screen:
    """One person's browser.

    Attributes:
        page: its one page.
        faults: what must not be: requests to others, errors of scripts, styles that were refused, forms cut off.
    """

    def __init__(self, browser: Browser, address: str, *, width: int = 1280) -> None:
        self.address = address.rstrip("/")
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, locale="en-GB", color_scheme="light", reduced_motion="reduce"
        )
        self.context.set_default_timeout(20_000)
        self._host = urlsplit(self.address).netloc
        self.context.on("request", lambda request: self._sent(request.url))
        self.context.on("requestfailed", self._failed)
        self.context.on("console", lambda message: self._said(message.type, message.text))
        self.context.on("weberror", lambda fault: self.faults.append(f"fault of a script: {fault.error}"))
        self.page: Page = self.context.new_page()
        self.keyboard = Keyboard(self.page)

    def open(self, path: str = "/") -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def sign_in(self, name: str, password: str, to: str = "/account") -> Page:
        """By the page for it, which leads on to where one wanted to go."""
        page = self.open(f"/sign-in?next={quote(to)}")
        page.get_by_label("Name of your account").fill(name)
        page.get_by_label("Password, or the code").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{self.address}{to}")
        return page

    def checked(self) -> None:
        """Fails where the page as it is now cannot be used by everybody."""
        before = self.page.viewport_size
        assert before is not None
        assert self.page.locator("h1").count() == 1
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            sideways = self.page.evaluate(
                "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
            )
            assert sideways <= 0, f"{self.path} scrolls {sideways} px sideways at {width} px"
            if width == WIDTHS[0]:
                self.accessible("light, on a phone")
        self.page.set_viewport_size(before)
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            self.accessible(scheme)

    def accessible(self, how: str) -> None:
        """Fails where axe finds what is serious. `how`: the page is shown, for the message."""
        found = [one for one in Axe().run(self.page).response["violations"] if one["impact"] in SERIOUS]
        assert not found, "\n".join(
            f"{self.path}, {how}: {one['help']}: {node['html']}" for one in found for node in one["nodes"]
        )

    def _sent(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self.faults.append(f"a request left for {url}")

    def _failed(self, request: Request) -> None:
        answered = request.existing_response is not None  # as by a file, which is saved
        if request.method == "POST" and request.is_navigation_request() and not answered:
            self.faults.append(f"what somebody sent was cut off: {request.url}")

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" and not _REFUSED.match(text):
            self.faults.append(f"an error in the browser's console: {text}")


class Keyboard:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def go_to(self, target: Locator) -> None:
        """Tabs on until this has the focus, and sees that it shows."""
        for _ in range(MOST_STOPS):
            if target.evaluate("one => one === document.activeElement"):
                break
            self._page.keyboard.press("Tab")
        else:
            raise AssertionError(f"nobody comes to {target} by Tab")
        shows = target.evaluate("one => one.matches(':focus-visible') && getComputedStyle(one).outlineStyle !== 'none'")
        assert shows, f"{target} does not show that it has the focus"

    def write(self, target: Locator, text: str) -> None:
        self.go_to(target)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def write_day(self, target: Locator, day: str) -> None:
        """Into a field for a day (2027-05-31), in whatever order this browser has its parts."""
        year, month, of_month = day.split("-")
        self.go_to(target)
        for digits in (of_month + month + year, month + of_month + year):
            self._page.keyboard.type(digits)
            if target.input_value() == day:
                return
            for _ in range(2):
                self._page.keyboard.press("ArrowLeft")
        raise AssertionError(f"{day} cannot be typed; the field holds {target.input_value()}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.go_to(target)
        self._page.keyboard.press(key)

    def follow(self, target: Locator, key: str = "Enter") -> None:
        """Presses, and waits for the page that comes."""
        self.go_to(target)
        with self._page.expect_navigation():
            self._page.keyboard.press(key)
