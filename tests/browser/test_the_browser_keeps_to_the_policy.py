"""What the pages forbid a browser does not do: planted scripts, frames, forms to elsewhere, other hosts."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.people import PASSWORD
from tests.served import Served, served

CHROMIUM = Path("/usr/bin/chromium")
PAGES = ("/sign-in", "/account", "/people", "/nowhere")

pytestmark = pytest.mark.long
PLANTED = """
    const script = document.createElement("script");
    script.textContent = "window.planted = true";
    document.body.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.planted = true");
    document.body.append(button);
    button.click();
    const link = document.createElement("a");
    link.href = "javascript:window.planted=true";
    document.body.append(link);
    link.click();
    document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.planted=true'>");
"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("console")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium(browser: Any) -> Any:
    return browser


@pytest.fixture
def page(chromium: Any, console: Served) -> Iterator[Any]:
    """Of ann, who is signed in."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{console.address}/sign-in")
        page.fill("#name", "ann")
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{console.address}/people")
        yield page


@contextmanager
def elsewhere(html: str) -> Iterator[tuple[str, list[str]]]:
    """Another server's address, whose every page is this, and what it was asked for."""
    asked: list[str] = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join(10)


@pytest.mark.parametrize("path", PAGES)
def test_a_script_that_somebody_planted_does_not_run(page: Any, console: Served, path: str) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{console.address}{path}")
    page.evaluate(PLANTED)
    page.wait_for_timeout(200)
    assert page.evaluate("window.planted") is None
    assert sum("Content Security Policy" in text for text in refused) >= 3


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_own_policy(page: Any, console: Served, path: str) -> None:
    refused: list[str] = []
    failed: list[str] = []
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.on("requestfailed", lambda request: failed.append(f"{request.failure} {request.url}"))
    page.goto(f"{console.address}{path}")
    page.wait_for_load_state("networkidle")
    failed = [one for one in failed if not one.startswith("net::ERR_ABORTED ")]  # the browser took it back itself
    assert not [text for text in refused if "Content Security Policy" in text]
    assert failed == []
    assert page.locator("[style]").count() == 0
    assert page.locator("script:not([src])").count() == 0


def test_no_other_page_shows_this_one_in_a_frame(chromium: Any, console: Served) -> None:
    html = f"<iframe id='frame' src='{console.address}/sign-in'></iframe>"
    with elsewhere(html) as (address, _), chromium.new_context() as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_timeout(500)
        frame = page.frames[-1]
        assert frame.locator("#password").count() == 0


def test_nothing_goes_to_another_host(page: Any, console: Served) -> None:
    with elsewhere("seen") as (address, asked):
        page.evaluate(f"fetch('{address}/fetched').catch(() => 0)")
        page.evaluate(f"new Image().src = '{address}/picture'")
        page.evaluate(f"navigator.sendBeacon('{address}/beacon')")
        page.evaluate(
            f"""const form = document.createElement('form');
            form.action = '{address}/form'; form.method = 'post'; document.body.append(form); form.submit();"""
        )
        frame = f"const frame = document.createElement('iframe'); frame.src = '{address}/frame';"
        page.evaluate(f"{frame} document.body.append(frame)")
        page.wait_for_timeout(500)
        assert asked == []


def test_another_page_cannot_act_for_somebody_who_is_signed_in(page: Any, console: Served) -> None:
    form = f"<form method='post' action='{console.address}/sign-out'></form><script>document.forms[0].submit()</script>"
    with elsewhere(form) as (address, _):
        other = page.context.new_page()
        other.goto(address)
        other.get_by_text("was not done").first.wait_for()
    page.goto(f"{console.address}/account")
    assert page.url == f"{console.address}/account"


def test_a_script_of_the_page_cannot_read_the_session(page: Any) -> None:
    assert page.evaluate("document.cookie") == ""
