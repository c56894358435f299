"""What came of an alert, holds on it, and its record for others."""

from __future__ import annotations

from typing import Any

import pytest
from httpx2 import Response

from overt.domain.roles import Role
from overt.services.accounts import approve, propose
from tests.people import PASSWORD
from tests.unit.console.alerting import CANNOT, REFERENCE, WORDS, Console, seen
from tests.unit.services.handed_over import over

OUTCOME = {"result": "right", "means": "document", "held_min": "4", "followed": "id-shown-released", "served": "yes"}
HOLD = {"case": "R v N, 2026/117", "days": "30", "second": "arthur", "password": PASSWORD}
WHY = "Order of the Crown Court, T2026/117"


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def alert(console: Console) -> str:
    """One that is worth a look."""
    return console.decided(console.alert(), "olga", "oscar")


def post(console: Console, name: str, alert: str, what: str, **form: Any) -> Response:
    answer = console[name].post(f"/alerts/{alert}/{what}", data=form)
    assert REFERENCE not in answer.text
    return answer


# What came of it


def test_what_came_of_it_is_recorded_by_who_met_the_person_and_can_be_put_right(console: Console, alert: str) -> None:
    assert "Say what came of it" in seen(console.page("ed", alert))
    page = seen(console.page("ed", alert, "/outcome"))
    assert "The machine’s prompt identifies nobody." in page
    answer = post(console, "ed", alert, "outcome", **OUTCOME)
    assert answer.headers["location"] == f"/alerts/{alert}?done=outcome"
    done = seen(console.page("ed", alert, "?done=outcome"))
    assert "What came of it is recorded." in done
    said = "It was the person. Identified: by a document. Held up for 4 minutes. Followed: they showed a document and"
    assert said in done
    assert "Something is recorded already." in seen(console.page("ed", alert, "/outcome"))
    other = {**OUTCOME, "result": "lost", "means": "not-identified", "held_min": "", "followed": "none", "served": "no"}
    assert post(console, "ed", alert, "outcome", **other).status_code == 303
    page = seen(console.page("olga", alert))
    assert "put right later" in page
    assert "They could not be found." in page
    assert [one.facts["result"] for one in console.entries("alert.concluded")] == ["right", "lost"]
    assert "to speak to" not in seen(console["ed"].get("/alerts"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"result": ""}, "It was not said what the alert turned out to be."),
        ({"means": "by-the-system"}, "It was not said how they were identified."),
        ({"followed": ""}, "It was not said what followed."),
        ({"served": ""}, "It was not said whether it served the aim."),
        ({"held_min": "a while"}, "given in whole minutes"),
        ({"held_min": "99999999"}, "given in whole minutes"),
        ({"held_min": ""}, "How long somebody was held up is said where they were spoken to"),
        ({"means": "not-identified"}, "does not go with"),
        ({"result": "wrong-person", "followed": "arrest", "served": "no"}, "Nobody is arrested on an alert unless"),
    ],
)
def test_what_cannot_be_so_is_told_and_what_was_typed_stays(
    console: Console, alert: str, change: dict[str, str], says: str
) -> None:
    answer = post(console, "ed", alert, "outcome", **OUTCOME | change)
    assert answer.status_code == 422
    assert says in seen(answer)
    assert f'value="{(OUTCOME | change)["held_min"]}"' in answer.text
    assert not console.entries("alert.concluded")


def test_nothing_can_have_come_of_an_alert_before_worth_a_look_stands(console: Console) -> None:
    alert = console.decided(console.alert(), "olga")
    assert '<form method="post" action="/alerts' not in console.page("ed", alert, "/outcome")
    assert "so nothing can have come of it" in seen(post(console, "ed", alert, "outcome", **OUTCOME))


def test_whoever_is_sought_for_their_welfare_is_not_arrested(console: Console) -> None:
    alert = console.decided(console.alert(response="welfare"), "olga", "oscar")
    page = console.page("ed", alert, "/outcome")
    assert 'value="arrest"' not in page
    assert "listed for the person’s welfare only" in page
    assert "Welfare: help, and no arrest" in page
    assert "knows no arrest" in seen(post(console, "ed", alert, "outcome", **OUTCOME | {"followed": "arrest"}))


def test_nobody_else_says_what_came_of_it(console: Console, alert: str) -> None:
    for name in ("olga", "audrey", "arthur"):
        assert console[name].get(f"/alerts/{alert}/outcome").status_code == 403
        assert post(console, name, alert, "outcome", **OUTCOME).status_code == 403


# Holds


def test_a_second_person_seconds_a_hold_with_their_own_password(console: Console, alert: str) -> None:
    assert "At most 180, by the policy." in seen(console.page("ed", alert, "/hold"))
    assert post(console, "ed", alert, "hold", **HOLD).headers["location"] == f"/alerts/{alert}?done=hold"
    assert "held as evidence until" in seen(console.page("ed", alert))
    (entry,) = console.entries("hold.placed")
    assert (entry.actor, entry.facts["seconded_by"]) == (console.people["ed"].id, console.people["arthur"].id)
    sessions = [one for one in console.entries("session.opened") if one.actor == console.people["arthur"].id]
    ended = [one for one in console.entries("session.ended") if one.actor == console.people["arthur"].id]
    assert len(sessions) == len(ended) == 1, "their session lasts for this one thing"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"case": " "}, "A hold needs the reference of its case."),
        ({"days": "0"}, "at most 180 days off"),
        ({"days": "999"}, "at most 180 days off"),
        ({"days": "many"}, "given in whole days"),
        ({"password": "wrong password here"}, "The name or the password is wrong."),
        ({"second": "nobody"}, "The name or the password is wrong."),
        ({"second": "otto"}, "Your account may not do this (hold.second)"),
        ({"second": "ed"}, "Your account may not do this (hold.second)"),
    ],
)
def test_a_hold_that_may_not_be_is_refused_and_no_password_comes_back(
    console: Console, alert: str, change: dict[str, str], says: str
) -> None:
    answer = post(console, "ed", alert, "hold", **HOLD | change)
    assert answer.status_code == 422
    assert says in seen(answer)
    assert PASSWORD not in answer.text
    assert "wrong password here" not in answer.text
    assert not console.entries("hold.placed")


def test_the_code_of_an_invitation_seconds_nothing(console: Console, alert: str) -> None:
    """Whoever invited somebody knows it."""
    invitation = propose(console.installation, console.people["ann"], "nora", [Role.OVERSIGHT])
    approve(console.installation, console.people["ben"], "nora")
    answer = post(console, "ed", alert, "hold", **HOLD | {"second": "nora", "password": invitation.code})
    assert "has no password of their own" in seen(answer)
    assert not console.entries("hold.placed")


def test_nothing_erased_can_be_held(console: Console) -> None:
    alert = console.alert()
    console.erase(alert)
    assert "nothing left to hold" in seen(console.page("ed", alert, "/hold"))
    assert "have been erased" in seen(post(console, "ed", alert, "hold", **HOLD))
    assert "Hold it as evidence" not in seen(console.page("ed", alert))


def test_a_hold_is_lifted_by_those_whom_it_does_not_concern(console: Console, alert: str) -> None:
    post(console, "ed", alert, "hold", **HOLD)
    (entry,) = console.entries("hold.placed")
    hold = str(entry.facts["hold"])
    assert "Lift the hold" not in seen(console.page("ed", alert))
    assert "Lift the hold that ends" in seen(console.page("audrey", alert))
    assert post(console, "audrey", alert, "lift", hold=hold).headers["location"] == f"/alerts/{alert}?done=lifted"
    assert "to be erased" in seen(console.page("audrey", alert))
    again = post(console, "audrey", alert, "lift", hold=hold)
    assert "There is no such hold on this alert" in seen(again)
    assert post(console, "arthur", alert, "lift", hold=hold).status_code == 403


# The record


def test_the_record_is_shown_once_it_is_recorded_who_gets_it(console: Console, alert: str) -> None:
    assert "Disclose its record" in seen(console.page("arthur", alert))
    post(console, "ed", alert, "outcome", **OUTCOME)
    post(console, "ed", alert, "hold", **HOLD)
    early = console["arthur"].get(f"/alerts/{alert}/record")
    assert early.headers["location"] == f"/alerts/{alert}/disclose"
    assert "no third party" in seen(console.page("arthur", alert, "/disclose"))
    answer = post(console, "arthur", alert, "disclose", to="court", why=WHY)
    assert answer.headers["location"] == f"/alerts/{alert}/record?done=disclosed"
    page = console.page("arthur", alert, "/record?done=disclosed")
    said = seen(page)
    for part in (
        "possible match",
        "worth a look",
        "it was the person",
        "a court",
        "Alerts begin at a score of 0.5; this one had 0.7.",
    ):
        assert part in said, part
    for part in (REFERENCE, WORDS, WHY, "<img"):
        assert part not in page, part
    assert len(console.entries("alert.disclosed")) == 1
    console.page("arthur", alert, "/record")
    assert len(console.entries("alert.disclosed")) == 1


def test_a_record_tells_no_score_and_no_verdict_before_all_are_in(console: Console) -> None:
    alert = console.decided(console.alert(score=0.87654), "olga", verdict=CANNOT)
    refused = post(console, "arthur", alert, "disclose", to="regulator", why=WHY)
    assert (refused.status_code, "Verdicts on this alert are outstanding" in seen(refused)) == (422, True)
    assert console.entries("alert.disclosed") == []
    over(console.installation, alert)
    post(console, "arthur", alert, "disclose", to="regulator", why=WHY)
    page = seen(console.page("arthur", alert, "/record"))
    assert "0.87" not in page
    assert "said: cannot tell" not in page
    assert "not told yet" in page
    assert "not told before everybody who has to decide has" in page


def test_a_disclosure_says_to_whom_and_why(console: Console, alert: str) -> None:
    assert "It was not said who is told." in seen(post(console, "arthur", alert, "disclose", to="a newspaper", why=WHY))
    empty = post(console, "arthur", alert, "disclose", to="court", why="")
    assert (empty.status_code, "needs its reason in words" in seen(empty)) == (422, True)
    assert 'value="court" checked' in empty.text
    for name in ("olga", "ed", "audrey"):
        assert console[name].get(f"/alerts/{alert}/record").status_code == 403
        assert post(console, name, alert, "disclose", to="court", why=WHY).status_code == 403
