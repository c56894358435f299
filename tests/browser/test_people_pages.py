"""Two administrators make accounts, approve them, record trainings and pin a key, by keys alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from overt.domain.retention import DAY_US
from tests.authority import SECOND_KEY, public
from tests.browser.browsing import Screen
from tests.browser.served import PASSWORD, Served

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def of(page: Page, name: str) -> Locator:
    """Somebody's row."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def opened(mine: Screen, name: str) -> Locator:
    """The row of somebody, with what can be changed about them."""
    row = of(mine.page, name)
    mine.keyboard.press(row.locator("summary"))
    return row


def refused(page: Page) -> str:
    return page.get_by_role("alert").inner_text()


def test_two_administrators_make_an_officer_who_signs_and_an_operator_who_is_trained(
    console: Served, screen: Callable[[], Screen]
) -> None:
    ann, ben = screen(), screen()
    page, keys = ann.sign_in("ann", PASSWORD, "/people"), ann.keyboard
    ann.checked()

    keys.write(page.get_by_label("Name", exact=True), "olga")
    keys.press(page.get_by_role("checkbox", name="authorising officer"), "Space")
    keys.write(page.get_by_label("Rank, for authorising officers"), "superintendent")
    keys.follow(page.get_by_role("button", name="Propose the account"))
    code = page.locator("#code").inner_text()
    assert len(code.split("-")) == 4
    assert "waits for another administrator" in page.get_by_role("status").inner_text()
    ann.checked()
    ann.open("/people")
    assert code not in page.content()  # it was shown once

    keys.follow(page.get_by_role("button", name="Approve olga"))
    assert "needs a second administrator" in refused(page)
    ben.sign_in("ben", PASSWORD, "/people")
    ben.keyboard.follow(ben.page.get_by_role("button", name="Approve olga"))
    assert of(ben.page, "olga").get_by_role("cell").nth(3).inner_text() == "active"

    row = opened(ben, "olga")
    ben.checked()
    ben.keyboard.write(row.get_by_label("Public signing key"), "no key")
    ben.keyboard.follow(row.get_by_role("button", name="Pin the key"))
    assert "This is no public key" in refused(ben.page)
    row = opened(ben, "olga")
    ben.keyboard.write(row.get_by_label("Public signing key"), f"ed25519:{public(SECOND_KEY)}")
    ben.keyboard.follow(row.get_by_role("button", name="Pin the key"))
    ann.open("/people")
    keys.follow(page.get_by_role("button", name="Approve olga"))
    with console.installation() as installation:
        olga = installation.store.read(lambda work: work.accounts.by_name("olga"))
    assert olga is not None
    assert (olga.key, olga.rank, olga.state) == (public(SECOND_KEY), "superintendent", "active")

    keys.write(page.get_by_label("Name", exact=True), "otto")
    keys.press(page.get_by_role("checkbox", name="operator"), "Space")
    keys.follow(page.get_by_role("button", name="Propose the account"))
    code = page.locator("#code").inner_text()
    ben.open("/people")
    ben.keyboard.follow(ben.page.get_by_role("button", name="Approve otto"))
    assert "none recorded" in of(ben.page, "otto").inner_text()
    row = opened(ben, "otto")
    day = row.get_by_label("Training counts until").get_attribute("max")
    assert day is not None
    ben.keyboard.write_day(row.get_by_label("Training counts until"), day)
    ben.keyboard.follow(row.get_by_role("button", name="Record the training"))
    with console.installation() as installation:
        otto = installation.store.read(lambda work: work.accounts.by_name("otto"))
        now_us = installation.clock.now_us()
    assert otto is not None
    assert otto.trained_until_us is not None
    assert otto.trained_until_us > now_us + DAY_US
    assert "none recorded" not in of(ben.page, "otto").inner_text()


def test_an_account_is_closed_for_good_and_its_session_ends(screen: Callable[[], Screen]) -> None:
    ann, supplier = screen(), screen()
    supplier.sign_in("the supplier", PASSWORD)
    ann.sign_in("ann", PASSWORD, "/people")
    row = opened(ann, "the supplier")
    ann.keyboard.follow(row.get_by_role("button", name="Close this account for good"))
    assert of(ann.page, "the supplier").get_by_role("cell").nth(3).inner_text() == "closed"
    assert of(ann.page, "the supplier").locator("summary").count() == 0
    supplier.open("/account")
    assert supplier.path == "/sign-in"


def test_who_may_only_look_is_shown_nothing_to_press(screen: Callable[[], Screen]) -> None:
    mine = screen()
    mine.sign_in("the auditor", PASSWORD)
    page = mine.open("/people")
    assert page.get_by_role("button").all_inner_texts() == ["Sign out"]
    assert "Administrators make and change accounts." in page.get_by_role("main").inner_text()
    mine.checked()


def test_who_may_not_look_is_told_who_may(screen: Callable[[], Screen]) -> None:
    mine = screen()
    mine.sign_in("the operator", PASSWORD)
    page = mine.open("/people")
    assert "an administrator, an auditor or somebody of the oversight" in refused(page)
    assert page.get_by_role("link", name="People").count() == 0
    mine.checked()
