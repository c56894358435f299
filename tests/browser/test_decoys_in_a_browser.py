"""A decoy in a real browser: it looks, sounds and is decided as any other alert; then the page says what it was."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.browser.test_alerts_in_a_browser import (
    FULL,
    PHONE,
    WIDE,
    WORDS,
    Opens,
    becomes,
    console,
    faults,
    opened,
    said,
    shown,
)
from tests.unit.console.alerting import WORTH, Console
from tests.unit.console.test_decoy_pages import decoy

pytestmark = pytest.mark.long
__all__ = ("console", "opened")  # fixtures

#: Where screenshots go, for people to look at; nowhere where it is not set.
PICTURES = os.environ.get("OVERT_SCREENSHOTS", "")


def decided_by_keys(page: object, console: Console, alert: str) -> None:
    said(console, alert, "oscar", WORTH)
    shown(page)  # type: ignore[arg-type]
    page.keyboard.press("y")  # type: ignore[attr-defined]
    page.keyboard.type(WORDS)  # type: ignore[attr-defined]
    becomes(page, "document.getElementById('send').disabled", False)  # type: ignore[arg-type]
    page.keyboard.press("Enter")  # type: ignore[attr-defined]
    page.wait_for_url(re.compile("done=verdict"))  # type: ignore[attr-defined]


def test_a_decoy_is_decided_by_keys_and_is_told_after_the_verdict(console: Console, opened: Opens) -> None:
    alert = decoy(console)
    page = opened("olga")
    assert page.title().startswith("(1) Alerts") or page.title().startswith("Alerts")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/alerts/{alert}$"))
    assert page.title() == "Possible match: decide · Overt"
    assert "decoy" not in page.inner_text("main").lower()
    decided_by_keys(page, console, alert)
    assert page.inner_text("h1") == "This was a decoy"
    assert "You said: worth a look. That was right." in page.inner_text("main")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Back to the alerts"
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE, FULL], ids=lambda size: str(size[0]))
def test_the_pages_of_decoys_are_open_to_everybody_at_every_width(
    console: Console, opened: Opens, size: tuple[int, int], scheme: str
) -> None:
    alert = decoy(console)
    for name in ("olga", "oscar"):
        said(console, alert, name, WORTH)
    for name, path in (("olga", f"/alerts/{alert}"), ("olga", "/decoys"), ("ann", "/decoys"), ("lisa", "/decoys")):
        page = opened(name, path, size, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert faults(page) == []
        if PICTURES:
            kind = "told" if "alerts" in path else f"decoys-{name}"
            page.screenshot(path=Path(PICTURES) / f"{kind}-{size[0]}-{scheme}.png")
