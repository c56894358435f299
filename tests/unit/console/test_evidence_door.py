"""The pictures of an alert leave by the page on which its record is disclosed, and by no other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from httpx2 import Response

from overt.domain.roles import Role
from overt.services.desk import alert_facts
from overt.services.evidence_file import read_evidence
from overt.services.own_account import begin_second_factor, confirm_second_factor
from overt.vault.recipient import open_sealed
from tests.people import PASSWORD, person
from tests.unit.console.alerting import REFERENCE, Console, seen
from tests.unit.services.handed_over import CASE, KEY, PUBLIC, WHY, over

PICTURES = {
    "to": "court",
    "why": WHY,
    "what": "pictures",
    "case": CASE,
    "key": PUBLIC,
    "second": "audrey",
    "password": PASSWORD,
}


@pytest.fixture
def console() -> Console:
    return Console()


def evidential(console: Console) -> str:
    alert = console.alert()
    facts = alert_facts(console.row(alert), 0)
    console.installation.store.write(
        lambda work: work.record("alert.raised", deployment=console.deployment.id, facts=facts)
    )
    return over(console.installation, alert)


def code_of(secret: str, now_us: int) -> str:
    """What an authenticator shows."""
    codes = TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), 30)
    return codes.generate(now_us // 1_000_000).decode()


def post(console: Console, alert: str, name: str = "arthur", **change: Any) -> Response:
    return console[name].post(f"/alerts/{alert}/disclose", data=PICTURES | change)


def test_the_file_comes_as_the_answer_sealed_and_only_the_recipient_reads_it(console: Console) -> None:
    alert = console.decided(evidential(console), "olga", "oscar")
    assert "as evidence, sealed for the recipient" in seen(console.page("arthur", alert, "/disclose"))
    answer = post(console, alert)
    assert answer.status_code == 200, seen(answer)
    assert answer.headers["content-disposition"].startswith('attachment; filename="evidence-')
    assert answer.headers["content-type"] == "application/octet-stream"
    for plain in (b"\xff\xd8\xff", REFERENCE.encode(), CASE.encode(), PASSWORD.encode()):
        assert plain not in answer.content
    opened = read_evidence(open_sealed(KEY, answer.content), console.installation.public_key)
    assert opened.parts["pictures/listed.jpg"].startswith(b"\xff\xd8\xff")
    assert json.loads(opened.parts["entry.json"])["reference"] == REFERENCE
    (entry,) = console.entries("alert.disclosed")
    assert (entry.actor, entry.facts["seconded_by"], entry.facts["pictures"]) == (
        console.people["arthur"].id,
        console.people["audrey"].id,
        4,
    )
    sessions = [one.kind for one in console.entries("session.ended") if one.actor == console.people["audrey"].id]
    assert sessions == ["session.ended"], "hers lasts for this one thing"
    assert "with 4 pictures, sealed" in seen(console.page("arthur", alert, "/record"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"to": "subject"}, "do not go to the person whom the alert is about"),
        ({"to": ""}, "It was not said who is told."),
        ({"why": ""}, "needs its reason in words"),
        ({"case": " "}, "its reference, at most 200 characters, was not given"),
        ({"key": PUBLIC[:-2]}, "64 hexadecimal digits"),
        ({"key": "x25519:" + "0" * 64}, "everybody could open"),
        ({"second": "arthur"}, "you named yourself"),
        ({"second": "nobody"}, "The name or the password is wrong."),
        ({"second": "otto"}, "Your account may not do this (evidence.second)"),
        ({"password": "wrong password here"}, "The name or the password is wrong."),
    ],
)
def test_what_may_not_be_is_refused_and_what_was_typed_stays_but_no_password(
    console: Console, change: dict[str, str], says: str
) -> None:
    alert = evidential(console)
    answer = post(console, alert, **change)
    assert answer.status_code == 422
    assert says in seen(answer)
    assert PASSWORD not in answer.text
    assert "wrong password here" not in answer.text
    assert 'value="pictures" checked' in answer.text
    assert not console.entries("alert.disclosed")


def test_nobody_who_decided_hands_it_over_or_seconds_it(console: Console) -> None:
    """An account with two roles; in another deployment it may."""
    console.people["olaf"] = person(console.installation, "olaf", Role.OPERATOR, Role.OVERSIGHT)
    alert = console.decided(evidential(console), "olaf", "oscar")
    answer = post(console, alert, second="olaf")
    assert "The second person has decided about this alert." in seen(answer)
    assert not console.entries("alert.disclosed")


def test_what_is_erased_cannot_leave(console: Console) -> None:
    alert = evidential(console)
    console.erase(alert)
    page = console.page("arthur", alert, "/disclose")
    assert 'value="pictures"' not in page
    assert "Its pictures are erased." in seen(page)
    assert "have been erased" in seen(post(console, alert))


def test_nobody_else_comes_to_this_door(console: Console) -> None:
    alert = evidential(console)
    for name in ("olga", "ed", "audrey", "sue", "lisa", "eva", "ann"):
        assert post(console, alert, name).status_code == 403
    assert not console.entries("alert.disclosed")


def test_a_second_person_with_a_second_factor_shows_its_code(console: Console) -> None:
    alert, audrey = evidential(console), console.people["audrey"]
    secret = begin_second_factor(console.installation, audrey, PASSWORD).secret
    confirm_second_factor(console.installation, audrey, code_of(secret, console.clock.now_us()))
    console.clock.advance(60)
    assert "This account has a second factor." in seen(post(console, alert))
    assert not console.entries("alert.disclosed")
    answer = post(console, alert, code=code_of(secret, console.clock.now_us()))
    assert answer.status_code == 200, seen(answer)
