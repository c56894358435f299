"""Figures taken apart for people: names for those who may know them, and nothing that is still to be decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.decision import Result, Verdict
from overt.domain.roles import Role
from overt.domain.tally import DeploymentFacts
from overt.services.figure_parts import Parts, labels_for, parts_of
from overt.services.figures import figures_of
from overt.services.people import Account
from tests.histories import TWO_VERDICTS, History
from tests.people import person
from tests.stores import uuid

WORTH, NOT = Verdict.WORTH_A_LOOK, Verdict.NOT_THE_PERSON
SECOND_US = 1_000_000


@pytest.fixture
def history() -> History:
    return History()


def facts_of(history: History) -> DeploymentFacts:
    facts = figures_of(history.installation, [history.deployment])[0].facts
    assert facts is not None
    return facts


def parts_for(history: History, by: Account) -> Parts:
    facts = facts_of(history)
    return parts_of(facts, labels_for(history.installation, by, facts))


def test_what_each_person_decided_comes_with_how_long_it_took_and_its_intervals(history: History) -> None:
    history.minute()
    for at, (verdict, seconds) in enumerate([(WORTH, 2.5), (NOT, 4), (NOT, 9)], 1):
        history.says(history.raised(at), verdict, looked_us=round(seconds * SECOND_US))
    (one,) = parts_of(facts_of(history)).people
    assert (one.label, one.time_s) == (uuid(0xAA), (4.0, 2.5, 9.0))
    assert (one.accepted.num, one.accepted.den) == (one.soon.num, one.soon.den) == (1, 3)
    record = parts_of(facts_of(history)).record()
    (said,) = record["operators"]
    assert said["time_s"] == {"median": 4.0, "least": 2.5, "most": 9.0}
    assert set(said["soon"]) == {"value", "num", "den", "low", "high"}
    (camera,), (part,) = record["cameras"], record["slices"]
    assert (camera["camera"], camera["alerts"], camera["faces_seen"]) == ("north", 3, 100)
    assert (part["from"], part["never_verified"]) == ("2026-11-22T09:00:00.000Z", 3)


def test_an_alert_whose_look_is_not_known_has_no_time(history: History) -> None:
    history.says(history.raised(1), WORTH)
    facts = facts_of(history)
    (one,) = parts_of(replace(facts, alerts=tuple(replace(one, looked_ms=()) for one in facts.alerts))).people
    assert (one.time_s, one.soon.den, one.record()["time_s"]) == (None, 0, None)


@pytest.mark.parametrize("role", list(Role))
def test_names_are_for_those_who_may_know_accounts(history: History, role: Role) -> None:
    who = [person(history.installation, name, Role.OPERATOR) for name in ("olga", "oscar")]
    for at, one in enumerate(who):
        history.says(history.raised(at), WORTH, by=one.id)
    history.says(history.raised(5), WORTH, by=0xAA)  # of somebody whose account is not known here
    labels = [one.label for one in parts_for(history, person(history.installation, "visitor", role)).people]
    if role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.OVERSIGHT):
        assert labels == ["olga", "oscar", uuid(0xAA)]
    else:
        assert labels == ["operator 1", "operator 2", "operator 3"]


def test_who_has_spoken_first_shows_nowhere_before_the_second_has(history: History) -> None:
    history.enter(TWO_VERDICTS)
    by = person(history.installation, "visitor", Role.OPERATOR)
    who = [person(history.installation, name, Role.OPERATOR).id for name in ("olga", "oscar", "otto")]
    first = history.raised(1)
    for account in who[:2]:
        history.says(first, WORTH, by=account)
    before = parts_for(history, by)
    second = history.raised(2)
    with_open = parts_for(history, by)
    history.says(second, NOT, by=who[2])
    assert parts_for(history, by) == with_open
    assert parts_for(history, by).people == before.people
    history.says(second, NOT, by=who[0])
    assert [one.label for one in parts_for(history, by).people] == ["operator 1", "operator 2", "operator 3"]


def test_cameras_have_their_own_figures(history: History) -> None:
    history.minute(seen=1000)
    history.minute(camera=1, seen=500)
    history.ended(1, Result.RIGHT)
    history.says(history.raised(2, camera=1), NOT)
    cameras = parts_of(facts_of(history)).cameras
    assert {name: (one.far_high.num, one.far_high.den) for name, one in cameras.items()} == {
        "north": (0, 999),
        "south": (1, 500),
    }
