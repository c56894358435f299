"""The demonstration's first page: one press for each role, and a console that is no other than the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import skimage
from PIL import Image
from playwright.sync_api import Browser

from overt.services.demo_stage import PASSWORD, PLAYERS
from tests.browser.browsing import Screen
from tests.browser.served import demonstrated
from tests.unit.video.clips import numbered, write_clip

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def mine(browser: Browser, tmp_path: Path) -> Iterator[Screen]:
    footage = tmp_path / "footage"
    footage.mkdir()
    write_clip(footage / "street.mp4", numbered(20))
    Image.fromarray(skimage.data.astronaut()).save(footage / "eileen.png")
    with demonstrated(tmp_path, footage) as console:
        screen = Screen(browser, console.address)
        yield screen
        screen.context.close()
    assert not screen.faults, "\n".join(screen.faults)


def test_whoever_tries_it_signs_in_by_one_press_and_has_an_account_of_each_role(mine: Screen) -> None:
    page, keys = mine.open("/sign-in?next=/people"), mine.keyboard
    mine.checked()
    shown = page.get_by_role("region", name="This is a demonstration")
    assert PASSWORD in shown.inner_text()
    assert shown.get_by_role("button").all_inner_texts() == [f"Sign in as {one.name}" for one in PLAYERS]
    keys.follow(shown.get_by_role("button", name="Sign in as administrator"))
    assert mine.path == "/people"
    assert page.get_by_role("rowheader").count() == len(PLAYERS)
    keys.follow(page.get_by_role("button", name="Sign out"))
    mine.sign_in("operator", PASSWORD)
