"""From the frame to the prompt before an operator's eyes: the console in a real browser, four cameras at once.

    python -m bench.prompt_on_screen

`overt demo` plays four rehearsed streets, in which everybody is on the list, and serves its console; Chromium shows the
operator's alerts. Each prompt is timed from the capture of the frame that raised it to the moment at which its link
stands in the page, by one clock.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.data import Absent, data
from bench.table import Table, alone
from overt.domain.figures import percentile
from overt.domain.roles import Role
from overt.services.demo_stage import PASSWORD, PLAYERS

CAMERAS = 4
SECONDS = 60
PASSAGES = 20
SIZE = "1280x720"
START_S = 120.0
OVERT = str(Path(sys.executable).with_name("overt"))
#: Remembers when each alert first stood in the page, milliseconds since 1970.
_WATCH = """() => {
  window.seenAt = {};
  const look = () => {
    for (const link of document.querySelectorAll("main a[href^='/alerts/']")) {
      const id = new URL(link.href).pathname.split("/")[2];
      if (id && !(id in window.seenAt)) window.seenAt[id] = Date.now();
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


def prompt_on_screen(folder: Path) -> Table:
    footage = _streets(folder / "footage")
    with _demonstration(folder, footage) as address, _chromium() as page:
        _sign_in(page, address)
        before = {one["alert"] for one in _alerts(page)}
        page.evaluate(_WATCH)
        page.wait_for_timeout(SECONDS * 1000)
        seen = page.evaluate("() => window.seenAt")
        raised = {one["alert"]: datetime.fromisoformat(one["at"]).timestamp() for one in _alerts(page)}
    delays = sorted(seen[one] / 1000 - at_s for one, at_s in raised.items() if one in seen and one not in before)
    missed = sum(1 for one in raised if one not in seen)
    return Table(
        title=f"From the frame to the prompt on screen, {CAMERAS} cameras of 720 lines",
        header=("prompts", "p50, s", "p95, s", "worst, s", "not on screen by the end"),
        rows=(
            (
                str(len(delays)),
                *(f"{percentile(delays, part) or 0.0:.2f}" for part in (0.5, 0.95, 1.0)),
                str(missed),
            ),
        ),
        says=(
            f"`overt demo` with its console, {CAMERAS} rehearsed streets of {SIZE}, {PASSAGES} passages in {SECONDS} s "
            "each, everybody on the list; Chromium on the same machine shows the operator's page of alerts. From the "
            "capture of the frame that raised the alert to its link in the page; what stood there before is left out.",
        ),
    )


def _streets(folder: Path) -> Path:
    """Four streets and the pictures of everybody, as the demonstration takes them."""
    portraits = data("portraits")
    folder.mkdir()
    for picture in sorted(portraits.glob("*.jpg")):
        shutil.copy(picture, folder / picture.name)
    for camera in range(CAMERAS):
        words = ("--seconds", str(SECONDS), "--passages", str(PASSAGES), "--size", SIZE, "--seed", str(camera + 1))
        out = folder / f"street-{camera + 1}.mp4"
        subprocess.run([OVERT, "rehearse", str(portraits), "--out", str(out), *words], check=True, capture_output=True)
    return folder


@contextmanager
def _demonstration(folder: Path, footage: Path) -> Iterator[str]:
    said = folder / "said.txt"
    environment = {**os.environ, "OVERT_HOME": str(folder / "home")}
    command = [OVERT, "demo", "--footage", str(footage), "--port", "0"]
    with said.open("wb") as err:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=err)
    try:
        yield _address(process, said)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        words = said.read_text("utf-8")
        if "http://" in words and words.endswith("\n"):
            return words[words.index("http://") :].split()[0].rstrip("/")
        time.sleep(0.1)
    sys.exit(f"The demonstration has no console: {said.read_text('utf-8')}")


@contextmanager
def _chromium() -> Iterator[Page]:
    path = shutil.which("chromium")
    if path is None:
        raise Absent("Left out: it needs Chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 720})
        browser.close()


def _sign_in(page: Page, address: str) -> None:
    (name,) = (one.name for one in PLAYERS if one.role is Role.OPERATOR)
    page.goto(f"{address}/sign-in?next=/alerts")
    page.get_by_label("Name of your account").fill(name)
    page.get_by_label("Password, or the code").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in", exact=True).click()


def _alerts(page: Page) -> list[dict[str, str]]:
    """As the API tells them to the same person."""
    found: list[dict[str, str]] = []
    more: str | None = ""
    while more is not None:
        answer = json.loads(page.evaluate("async (path) => (await fetch(path)).text()", f"/api/v1/alerts?{more}"))
        found += answer["items"]
        more = None if answer["next"] is None else f"before={answer['next']}"
    return found


def main() -> None:
    alone(prompt_on_screen)


if __name__ == "__main__":
    main()
