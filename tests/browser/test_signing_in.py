"""Signing in as people do, by keys alone: the first time, with a wrong password, and once too often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from overt.services.accounts import approve, propose
from overt.services.people import Account, account_of
from tests.browser.browsing import Screen
from tests.browser.served import PASSWORD, Served

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
NEW_PASSWORD = "staple battery horse"


def invited(console: Served, name: str) -> str:
    """The code with which somebody signs in first."""
    with console.installation() as installation:
        ann, ben = (_account(console, one) for one in ("ann", "ben"))
        code = propose(installation, ann, name, ["auditor"]).code
        approve(installation, ben, name)
    return code


def _account(console: Served, name: str) -> Account:
    with console.installation() as installation:
        row = installation.store.read(lambda work: work.accounts.by_name(name))
    assert row is not None
    return account_of(row)


def test_a_first_visit_with_the_code_of_an_invitation(console: Served, screen: Callable[[], Screen]) -> None:
    code, mine = invited(console, "alma"), screen()
    page, keys = mine.open("/people"), mine.keyboard
    assert mine.path == "/sign-in"
    mine.checked()
    assert page.get_by_label("Name of your account").evaluate("one => one === document.activeElement")
    keys.write(page.get_by_label("Name of your account"), "alma")
    keys.write(page.get_by_label("Password, or the code"), code)
    keys.follow(page.get_by_role("button", name="Sign in"))
    assert "This is your first visit" in page.get_by_role("alert").inner_text()
    mine.checked()
    for label, text in (
        ("Code of your invitation", code),
        ("New password", NEW_PASSWORD),
        ("New password again", "another one"),
    ):
        keys.write(page.get_by_label(label, exact=True), text)
    keys.follow(page.get_by_role("button", name="Sign in"))
    assert "The two new passwords differ." in page.get_by_role("alert").inner_text()
    for label, text in (
        ("Code of your invitation", code),
        ("New password", NEW_PASSWORD),
        ("New password again", NEW_PASSWORD),
    ):
        keys.write(page.get_by_label(label, exact=True), text)
    keys.follow(page.get_by_role("button", name="Sign in"))
    assert mine.path == "/people"  # where she wanted to go
    keys.follow(page.get_by_role("button", name="Sign out"))
    assert page.get_by_role("status").inner_text() == "You are signed out."
    assert mine.context.cookies() == []
    mine.sign_in("alma", NEW_PASSWORD)


def test_a_wrong_password_says_no_more_than_that(screen: Callable[[], Screen]) -> None:
    mine = screen()
    page, keys = mine.open("/sign-in"), mine.keyboard
    for name in ("ann", "nobody of this name"):
        keys.write(page.get_by_label("Name of your account"), name)
        keys.write(page.get_by_label("Password, or the code"), "not the password")
        keys.follow(page.get_by_role("button", name="Sign in"))
        assert "The name or the password is wrong." in page.get_by_role("alert").inner_text()
        assert page.get_by_role("alert").evaluate("one => one === document.activeElement")
        assert page.get_by_label("Name of your account").input_value() == name
        assert page.get_by_label("Password, or the code").input_value() == ""
    mine.checked()


def test_a_wrong_password_costs_a_wait_under_that_name(screen: Callable[[], Screen]) -> None:
    mine = screen()
    page = mine.open("/sign-in")

    def told(password: str) -> str:
        page.get_by_label("Name of your account").fill("the evaluator")
        page.get_by_label("Password, or the code").fill(password)
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in", exact=True).click()
        return page.get_by_role("alert").inner_text()

    while "refused 4 times" not in told("not the password"):  # each refusal doubles the wait: eight seconds by then
        pass
    said = told(PASSWORD)
    assert "locked for a while" in said
    assert "Try again after" in said
    mine.checked()


def test_one_s_own_password_is_changed_and_every_session_ends(screen: Callable[[], Screen]) -> None:
    mine, other = screen(), screen()
    for one in (mine, other):
        one.sign_in("the oversight", PASSWORD)
    page, keys = mine.open("/account"), mine.keyboard
    mine.checked()
    for label, text in (("Present", PASSWORD), ("New", NEW_PASSWORD)):
        keys.write(page.get_by_label(f"{label} password", exact=True), text)
    keys.write(page.get_by_label("New password again"), NEW_PASSWORD)
    keys.follow(page.get_by_role("button", name="Change the password"))
    assert page.get_by_role("status").inner_text() == "Your password is changed. Sign in with the new one."
    other.open("/account")
    assert other.path == "/sign-in"
    mine.sign_in("the oversight", NEW_PASSWORD)
