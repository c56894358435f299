"""The oversight at work in a real browser: by keys alone, at every width, and what it holds is seen live."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from overt.domain.roles import Role
from overt.services.demo_stage import PASSWORD, PLAYERS
from tests.browser.browsing import Screen
from tests.browser.served import NAMES, demonstrated
from tests.needs import sample_footage
from tests.people import PASSWORD as OWN_PASSWORD
from tests.promises import scenes

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
PATIENCE_MS = 90_000
WHY, BACK = "Nobody can read the signs at the north entrance.", "There are new signs now."
FOUND, ANSWER = "The signs could not be read at night.", "There are new signs, with a light at each."


def test_a_finding_is_filed_and_answered_by_keys_alone(screen: Callable[[], Screen]) -> None:
    olivia, anna = screen(), screen()
    page, keys = olivia.sign_in(NAMES[Role.OVERSIGHT], OWN_PASSWORD, to="/oversight"), olivia.keyboard
    olivia.checked()
    keys.follow(page.get_by_role("link", name="The panel"))
    assert "every 90 days" in page.inner_text("main")
    olivia.checked()
    keys.follow(page.get_by_role("link", name="Findings"))
    olivia.checked()
    keys.write(page.get_by_label("What it is called"), "Signs")
    keys.write(page.get_by_label("What was found"), FOUND)
    keys.follow(page.get_by_role("button", name="File the finding"))
    olivia.checked()
    keys.follow(page.get_by_role("link", name="Reviews"))
    olivia.checked()
    page, keys = anna.sign_in(NAMES[Role.AUTHORISING_OFFICER], OWN_PASSWORD, to="/oversight/findings"), anna.keyboard
    anna.checked()
    keys.write(page.get_by_label("Answer it"), ANSWER)
    keys.follow(page.get_by_role("button", name="File the answer"))
    assert ANSWER in page.inner_text("main")
    anna.checked()


def test_what_is_held_is_seen_live_at_once_and_goes_on_when_it_is_lifted(browser: Browser, tmp_path: Path) -> None:
    names = {one.role: one.name for one in PLAYERS}
    with demonstrated(tmp_path, sample_footage()) as console:
        olivia, olga = Screen(browser, console.address), Screen(browser, console.address)
        for one in (olivia, olga):
            one.context.set_default_timeout(PATIENCE_MS)
        olga.sign_in(names[Role.OPERATOR], PASSWORD)
        olga.open("/live")
        olga.page.get_by_text("Picture of").first.wait_for()
        page, keys = olivia.sign_in(names[Role.OVERSIGHT], PASSWORD, to="/oversight"), olivia.keyboard
        keys.go_to(page.get_by_label("What", exact=True))
        page.keyboard.press("ArrowDown")
        keys.write(page.get_by_label("Why"), WHY)
        keys.follow(page.get_by_role("button", name="Hold it"))
        held = olga.page.locator("#held")
        held.wait_for(timeout=3000)
        assert WHY in held.inner_text()
        olga.page.get_by_text("No picture: nothing is scanned now").first.wait_for()
        olga.checked()
        olivia.checked()
        keys.write(page.get_by_label("Why it may go on"), BACK)
        keys.follow(page.get_by_role("button", name="Lift this hold"))
        held.wait_for(state="hidden")
        olga.page.get_by_text("No picture: nothing is scanned now").first.wait_for(state="hidden")
        olivia.checked()
        for one in (olivia, olga):
            one.context.close()
            assert not one.faults


def answered_late(route: Route) -> None:
    """Done at once, but its page comes when the script of the page before has long seen that it is done."""
    answer = route.fetch()
    time.sleep(1.0)
    route.fulfill(response=answer)


def test_a_forget_me_test_is_begun_and_broken_off_by_keys_alone(browser: Browser, tmp_path: Path) -> None:
    """Before an empty street, where the test waits for somebody to come."""
    names, footage = {one.role: one.name for one in PLAYERS}, tmp_path / "footage"
    footage.mkdir()
    scenes.clip(footage / "street.mp4", scenes.nobody(5))
    (footage / "the man.jpg").symlink_to(sample_footage() / "single_face.jpg")
    with demonstrated(tmp_path, footage) as console:
        olivia = Screen(browser, console.address)
        olivia.context.set_default_timeout(PATIENCE_MS)
        page, keys = olivia.sign_in(names[Role.OVERSIGHT], PASSWORD, to="/oversight/forgetting"), olivia.keyboard
        olivia.checked()
        keys.follow(page.get_by_role("button", name="Begin the test"))
        says, taken = page.locator("#says"), page.locator("#taken")
        expect(taken).to_have_text(re.compile(r"^\d+$"), timeout=PATIENCE_MS)
        assert says.inner_text()
        assert int(taken.inner_text()) >= 0
        olivia.checked()
        page.route("**/end", answered_late)
        keys.follow(page.get_by_role("button", name="Break it off"))
        page.get_by_text("It is in the ledger as").wait_for()
        olivia.checked()
        olivia.context.close()
        assert not olivia.faults
