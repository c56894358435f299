"""The figures' pages in a real browser: by day and by night, at every width, by keys, on paper, and by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from overt.console.visitor import COOKIE
from overt.domain.decision import Result, Verdict
from overt.domain.figures import Counts
from overt.domain.roles import Role
from overt.services.acting import file_paper
from overt.services.terms import STARTED
from tests.browser.browsing import Screen, listening
from tests.histories import History
from tests.unit.console.deploying import Console

pytestmark = pytest.mark.long


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """One that listens."""
    with listening(lambda host: Console(tmp_path, host=host, secure=False)) as found:
        yield found


def screen(browser: Browser, console: Console, role: str) -> Screen:
    """The browser of somebody of this role, who is signed in."""
    found = Screen(browser, console.origin)
    token = str(console.as_(role).client.cookies.get(COOKIE))
    found.context.add_cookies(
        [{"name": COOKIE, "value": token, "domain": "127.0.0.1", "path": "/", "secure": True, "httpOnly": True}]
    )
    return found


def eventful(console: Console) -> History:
    """A watched deployment with something of everything."""
    history = History(clock=console.clock, on=console.installation)
    store, deployment = console.installation.store, history.deployment
    row = store.read(lambda work: work.deployments.get(deployment))
    store.write(lambda work: file_paper(console.installation, work, STARTED, by="system", row=row))
    for at in range(60):
        counts = Counts(frames=1, faces_detected=70, faces_seen=60, green_s=50, amber_s=8, red_s=2)
        history.counted(at, at % 2, counts)
    history.ended(1, Result.RIGHT)
    history.ended(2, Result.WRONG_PERSON, held_min=12)
    for passage in range(3, 8):
        history.says(history.raised(passage, camera=1), Verdict.NOT_THE_PERSON, looked_us=2_600_000)
    return history


def test_every_state_of_the_pages_can_be_used_by_everybody(browser: Browser, console: Console) -> None:
    officer = screen(browser, console, Role.AUTHORISING_OFFICER)
    officer.open("/figures")
    officer.checked()
    history = History(clock=console.clock, on=console.installation)
    officer.open(f"/figures/{history.deployment}")
    officer.checked()
    history = eventful(console)
    for path in ("/figures", f"/figures/{history.deployment}"):
        officer.open(path)
        officer.checked()
    officer.context.close()
    assert officer.faults == []


def test_how_long_people_worked_is_said_by_keys_and_it_prints_without_its_buttons(
    browser: Browser, console: Console
) -> None:
    history = eventful(console)
    officer = screen(browser, console, Role.AUTHORISING_OFFICER)
    page = officer.open(f"/figures/{history.deployment}")
    officer.keyboard.write(page.get_by_label("How many people worked for it"), "6")
    officer.keyboard.write(page.get_by_label("Hours each, on average"), "7.5")
    officer.keyboard.follow(page.get_by_role("button", name="Record it"))
    assert page.get_by_text("45.0 officer-hours for 1 right alert").is_visible()
    page.emulate_media(media="print")
    for hidden in ("Print these figures", "Put it right"):
        assert not page.get_by_role("button", name=hidden).is_visible()
    assert page.get_by_text("How computed:").first.is_visible()
    assert page.get_by_role("img").count() >= 5
    officer.context.close()
    assert officer.faults == []
