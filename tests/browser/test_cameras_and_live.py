"""Cameras are tried and their zones drawn, by keys alone; live pictures are for everybody, at every width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from overt.domain.roles import Role
from overt.services.demo_stage import PASSWORD, PLAYERS
from tests.browser.browsing import Screen
from tests.browser.served import NAMES, demonstrated
from tests.integration.servers import mjpeg_server
from tests.needs import sample_footage
from tests.people import PASSWORD as OWN_PASSWORD

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
PATIENCE_MS = 90_000


def test_a_camera_is_tried_and_its_zone_drawn_by_keys_alone(screen: Callable[[], Screen]) -> None:
    mine = screen()
    mine.context.set_default_timeout(PATIENCE_MS)
    page, keys = mine.sign_in(NAMES[Role.OPERATOR], OWN_PASSWORD, to="/cameras"), mine.keyboard
    mine.checked()
    keys.follow(page.get_by_role("link", name="Add a camera"))
    mine.checked()
    keys.write(page.get_by_label("Address"), "ftp://10.0.0.5/stream")
    keys.follow(page.get_by_role("button", name="Try the camera"))
    assert "10.0.0.5" not in page.inner_text("main").partition("Such as")[0]
    assert page.get_by_role("alert").count() == 1
    with mjpeg_server(sample_footage() / "single_face.mp4", 12) as address:
        keys.write(page.get_by_label("Address"), address)
        keys.follow(page.get_by_role("button", name="Try the camera"))
        page.get_by_role("heading", name="The camera answers").wait_for()
    mine.checked()
    still = page.get_by_role("img", name="What the camera shows, every face covered")
    assert still.evaluate("one => one.complete && one.naturalWidth > 0")
    corner = page.locator(".corner").first
    before = page.get_by_label("Corners").input_value()
    keys.press(corner, "Shift+ArrowRight")
    assert page.get_by_label("Corners").input_value() != before
    keys.write(page.get_by_label("Name"), "the door")
    keys.follow(page.get_by_role("button", name="Save the camera"))
    assert page.get_by_role("heading", name="the door").count() == 1
    mine.checked()


@pytest.fixture
def operator(browser: Browser, tmp_path: Path) -> Iterator[Screen]:
    """At the live page of a demonstration that plays the sample footage."""
    with demonstrated(tmp_path, sample_footage()) as console:
        mine = Screen(browser, console.address)
        mine.context.set_default_timeout(PATIENCE_MS)
        (name,) = (one.name for one in PLAYERS if one.role is Role.OPERATOR)
        mine.sign_in(name, PASSWORD)
        mine.open("/live")
        yield mine
        mine.context.close()
    assert not mine.faults, "\n".join(mine.faults)


def test_live_pictures_come_and_everybody_can_use_the_page(operator: Screen) -> None:
    page = operator.page
    page.get_by_text("Picture of").first.wait_for()
    assert "Live since" in page.inner_text("main")
    assert page.get_by_role("heading", name="single_face").count() == 1
    operator.checked()
