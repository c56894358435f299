"""Signing in and out by the browser: what a session is worth, for whom, and for how long."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi import FastAPI
from starlette.testclient import TestClient

from overt.console.pages.sign_in import _within
from overt.console.visitor import COOKIE
from overt.domain.roles import Role
from overt.services import accounts
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.sessions import NotSignedIn, sign_in, signed_in
from overt.testing.fixed_clock import FixedClock
from tests.consoles import console_of, house_in, session_of, visiting
from tests.installations import in_memory, kinds
from tests.people import PASSWORD, administrators, person

NEW = "another horse battery"


@dataclass
class Visited:
    """A console whose administrators are ann and ben, with eve the auditor."""

    app: FastAPI
    installation: Installation
    clock: FixedClock
    ann: Account
    ben: Account
    eve: Account


@pytest.fixture
def console(tmp_path: Path) -> Visited:
    clock = FixedClock()
    installation = in_memory(clock)
    ann, ben = administrators(installation)
    eve = person(installation, "eve", Role.AUDITOR)
    app = console_of(house_in(installation, tmp_path))
    return Visited(app=app, installation=installation, clock=clock, ann=ann, ben=ben, eve=eve)


@pytest.fixture
def browser(console: Visited) -> Iterator[TestClient]:
    with visiting(console.app) as client:
        yield client


def enter(client: TestClient, name: str = "eve", password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """Status, and where it leads or what it says."""
    answer = client.post("/sign-in", data={"name": name, "password": password, **more})
    return answer.status_code, answer.headers.get("location", answer.text)


def is_in(console: Visited, token: str) -> bool:
    with visiting(console.app, token) as client:
        return client.get("/account").status_code == 200


def test_signing_in_gives_a_cookie_for_this_host_alone(console: Visited, browser: TestClient) -> None:
    answer = browser.post("/sign-in", data={"name": "Eve", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    parts = [part.strip().lower() for part in cookie.split(";")]
    assert parts[0].startswith("__host-overt=")
    assert set(parts[1:]) == {"httponly", "max-age=28800", "path=/", "samesite=strict", "secure"}
    token = browser.cookies[COOKIE]
    assert len(bytes.fromhex(token)) == 32
    assert token not in answer.text
    assert signed_in(console.installation, token) == console.eve


def test_a_cookie_that_somebody_planted_is_not_adopted(console: Visited, browser: TestClient) -> None:
    browser.cookies.set(COOKIE, "f" * 64)
    enter(browser)
    token = console.installation.store.read(lambda work: work.sessions.of(console.eve.id))
    assert len(token) == 1
    with pytest.raises(NotSignedIn):
        signed_in(console.installation, "f" * 64)
    assert not is_in(console, "f" * 64)


def test_the_session_that_a_browser_had_is_ended_when_somebody_signs_in(console: Visited, browser: TestClient) -> None:
    planted = session_of(console.installation, console.ann)
    browser.cookies.set(COOKIE, planted)
    enter(browser)
    assert not is_in(console, planted)


def test_a_refusal_leaves_the_session_that_was_there(console: Visited, browser: TestClient) -> None:
    before = session_of(console.installation, console.ann)
    browser.cookies.set(COOKIE, before)
    status, says = enter(browser, password="wrong horse battery")
    assert status == 422
    assert "The name or the password is wrong." in says
    assert is_in(console, before)


def test_what_was_typed_is_not_shown_again_but_for_the_name(browser: TestClient) -> None:
    _, says = enter(browser, name="<b>eve</b>", password="a secret that is wrong", next="/people")
    assert "&lt;b&gt;eve&lt;/b&gt;" in says
    assert "<b>eve" not in says
    assert "a secret that is wrong" not in says
    assert 'name="next" value="/people"' in says


def test_refusals_cost_growing_waits(console: Visited, browser: TestClient) -> None:
    assert enter(browser, password="wrong horse battery")[0] == 422
    status, says = enter(browser)
    assert status == 422
    assert "locked for a while" in says
    console.clock.advance(1)
    assert enter(browser)[0] == 303


@pytest.mark.parametrize("name", ["Ünïcödé", "名前", "eve\u200b", "ａｎｎ", "a" * 64])
def test_names_are_of_any_script(console: Visited, browser: TestClient, name: str) -> None:
    status, _ = enter(browser, name=name)
    assert status == (303 if name == "ａｎｎ" else 422)


def test_a_stolen_session_is_worth_nothing_after_signing_out(console: Visited, browser: TestClient) -> None:
    enter(browser)
    stolen = browser.cookies[COOKIE]
    assert is_in(console, stolen)
    answer = browser.post("/sign-out")
    assert answer.headers["location"] == "/sign-in?done=signed-out"
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not is_in(console, stolen)
    assert browser.get("/sign-in?done=signed-out").text.count("You are signed out.") == 1
    assert browser.post("/sign-out").status_code == 303


def test_nor_after_the_password_changed(console: Visited, browser: TestClient) -> None:
    enter(browser)
    stolen = browser.cookies[COOKIE]
    console.clock.advance(1)
    wrong = browser.post("/account/password", data={"present": PASSWORD, "new_password": NEW, "again": NEW + "x"})
    assert wrong.status_code == 422
    assert "The two new passwords differ." in wrong.text
    answer = browser.post("/account/password", data={"present": PASSWORD, "new_password": NEW, "again": NEW})
    assert answer.headers["location"] == "/sign-in?done=password"
    assert not is_in(console, stolen)
    assert enter(browser, password=NEW)[0] == 303


def test_nor_after_the_roles_changed_or_the_account_was_closed(console: Visited) -> None:
    stolen = session_of(console.installation, console.eve)
    console.clock.advance(1)
    accounts.change_roles(console.installation, console.ann, "eve", ["oversight"])
    assert not is_in(console, stolen)
    accounts.approve(console.installation, console.ben, "eve")
    console.clock.advance(1)
    again = session_of(console.installation, console.eve)
    assert is_in(console, again)
    accounts.close(console.installation, console.ann, "eve")
    assert not is_in(console, again)


def test_nor_after_its_time(console: Visited) -> None:
    stolen = session_of(console.installation, console.eve)
    console.clock.advance(8 * 3600 - 1)
    assert is_in(console, stolen)
    console.clock.advance(1)
    assert not is_in(console, stolen)


def test_one_account_may_have_two_sessions_and_end_the_other(console: Visited, browser: TestClient) -> None:
    other = session_of(console.installation, console.eve)
    stranger = session_of(console.installation, console.ann)
    console.clock.advance(60)
    enter(browser)
    page = browser.get("/account").text
    assert "2 sessions of your account are open." in page
    assert other not in page
    assert page.count("This one") == 1
    assert browser.post("/account/sessions/end").headers["location"] == "/account?done=sessions-ended"
    assert not is_in(console, other)
    assert is_in(console, stranger)
    assert "1 session of your account is open." in browser.get("/account?done=sessions-ended").text


def test_a_token_of_a_program_is_not_a_cookie_of_a_browser(console: Visited, browser: TestClient) -> None:
    token = session_of(console.installation, console.eve)
    answer = browser.get("/account", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert "A token does not open this." in answer.text


def test_the_first_visit_is_by_the_code_of_the_invitation(console: Visited, browser: TestClient) -> None:
    invitation = accounts.propose(console.installation, console.ann, "dora", ["oversight"])
    accounts.approve(console.installation, console.ben, "dora")
    status, says = enter(browser, "dora", invitation.code)
    assert status == 422
    assert "Choose a password now." in says
    assert invitation.code not in says
    assert enter(browser, "dora", invitation.code, new_password=NEW, again="other")[0] == 422
    assert enter(browser, "dora", invitation.code, new_password=NEW, again=NEW) == (303, "/")
    assert enter(browser, "dora", NEW) == (303, "/")


NEXT = {
    "/people": "/people",
    "/people?x=1": "/people?x=1",
    "": "/",
    "/": "/",
    "//evil.example": "/",
    "/\\evil.example": "/",
    "\\/evil.example": "/",
    "https://evil.example": "/",
    "evil.example": "/",
    "javascript:alert(1)": "/",
    "/\tevil.example": "/",
    "/a\r\nset-cookie: x=1": "/",
    "/a\x00": "/",
    "/people\\..": "/",
}


@pytest.mark.parametrize(("asked", "led"), NEXT.items())
def test_one_is_led_to_a_page_of_this_console_only(console: Visited, browser: TestClient, asked: str, led: str) -> None:
    assert _within(asked) == led
    status, where = enter(browser, next=asked)
    assert (status, where) == (303, led)
    assert urlsplit(where).netloc == ""


def test_a_page_is_not_spoken_to_by_words_in_its_address(browser: TestClient) -> None:
    page = browser.get("/sign-in?done=You+are+hacked&next=%22%3E%3Cscript%3E").text
    assert "hacked" not in page
    assert "<script>" not in page


def test_a_second_factor_is_set_up_asked_for_and_taken_off(console: Visited, browser: TestClient) -> None:
    enter(browser)
    assert browser.post("/account/second-factor", data={"present": "wrong horse battery"}).status_code == 422
    console.clock.advance(1)
    shown = browser.post("/account/second-factor", data={"present": PASSWORD})
    secret = shown.text.partition('<p class="big"><code>')[2].partition("<")[0]
    assert "otpauth://totp/" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert secret not in browser.get("/account").text
    codes = TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), 30)

    def code(steps: int = 0) -> str:
        return codes.generate(console.clock.now_us() // 1_000_000 + 30 * steps).decode()

    assert browser.post("/account/second-factor/confirm", data={"code": "x"}).status_code == 422
    console.clock.advance(2)
    led = browser.post("/account/second-factor/confirm", data={"code": code()}).headers["location"]
    assert led == "/account?done=factor-on"
    assert "Take the second factor off" in browser.get(led).text
    console.clock.advance(30)
    status, says = enter(browser)
    assert status == 422
    assert "This account has a second factor." in says
    assert enter(browser, code=code(-5))[0] == 422
    console.clock.advance(1)
    used = code()
    assert enter(browser, code=f" {used[:3]} {used[3:]} ") == (303, "/")
    assert enter(browser, code=used)[0] == 422
    console.clock.advance(30)
    wrong = browser.post("/account/second-factor/remove", data={"present": PASSWORD, "code": used})
    assert wrong.status_code == 422
    console.clock.advance(30)
    gone = browser.post("/account/second-factor/remove", data={"present": PASSWORD, "code": code()})
    assert gone.headers["location"] == "/account?done=factor-off"
    assert enter(browser) == (303, "/")
    assert kinds(console.installation).count("session.refused") == 5


def test_a_program_signs_in_by_the_same_rules(console: Visited) -> None:
    assert sign_in(console.installation, "eve", PASSWORD, new_password=str).account == console.eve
