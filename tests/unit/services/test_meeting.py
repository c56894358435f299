"""Whom an officer on the street is to meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.deciding import NoContact
from overt.domain.decision import Verdict
from overt.domain.roles import NotAllowed, Role
from overt.domain.time import SECOND_US
from overt.services.adjudicate import NoSuchAlert
from overt.services.erase import erase_alert
from overt.services.explaining import place_of
from overt.services.installation import Installation
from overt.services.meeting import MeetingOver, over_us, require_meeting, say_seen, to_meet
from overt.services.people import Account
from overt.store.records import DeploymentRow, DeploymentState
from tests.installations import kinds
from tests.people import person
from tests.stores import uuid
from tests.unit.services.keeping import ANN, BEN, RULES, Kept, raised
from tests.unit.services.policed import policed
from tests.unit.services.test_outcomes import concluded
from tests.unit.services.verdicts import ONE, TWO, decided


@pytest.fixture
def deployment(installation: Installation) -> DeploymentRow:
    return policed(installation)


@pytest.fixture
def ed(installation: Installation, deployment: DeploymentRow) -> Account:
    return person(installation, "ed", Role.ENGAGEMENT_OFFICER)


def accepted(installation: Installation, verdict: Verdict = Verdict.WORTH_A_LOOK) -> str:
    alert = raised(installation)
    for account in (ANN, BEN):
        decided(installation, alert, verdict, account=account, rules=RULES, policy=TWO)
    return alert


def test_only_those_that_everybody_said_are_worth_a_look(installation: Installation, ed: Account) -> None:
    waiting, rejected = raised(installation), accepted(installation, Verdict.NOT_THE_PERSON)
    half = raised(installation)
    decided(installation, half, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES, policy=TWO)
    assert to_meet(installation, ed) == []
    alert = accepted(installation)
    (one,) = to_meet(installation, ed)
    assert one.row.id == alert not in (waiting, rejected)
    assert (one.place, one.deployment, one.opens, one.welfare) == ("there", "High Street", True, False)
    assert one.row.sealed is None


def test_once_something_came_of_it_nobody_is_sent(installation: Installation, ed: Account) -> None:
    alert = accepted(installation)
    concluded(installation, alert, rules=TWO)
    assert to_meet(installation, ed) == []
    with pytest.raises(MeetingOver):
        require_meeting(installation, alert, TWO)


def test_a_decoy_is_nobodys_to_meet(installation: Installation, ed: Account) -> None:
    alert = accepted(installation)
    require_meeting(installation, alert, TWO)
    row = installation.store.read(lambda work: work.alerts.get(alert))
    assert row is not None
    new = installation.new_id()
    installation.store.write(lambda work: work.alerts.add(replace(row, id=new, about="decoy")))
    for account in (ANN, BEN):
        installation.store.write(
            lambda work, account=account: work.alerts.decide(  # type: ignore[misc]
                replace(work.alerts.decisions(alert)[0], id=installation.new_id(), alert=new, account=account)
            )
        )
    assert [one.row.id for one in to_meet(installation, ed)] == [alert]
    with pytest.raises(MeetingOver):
        require_meeting(installation, new, ONE)


def test_the_pictures_of_a_deployment_that_is_over_are_not_opened(
    installation: Installation, kept: Kept, ed: Account, deployment: DeploymentRow
) -> None:
    alert = accepted(installation)
    kept.clock.set_now(deployment.closes_us - SECOND_US)
    require_meeting(installation, alert, TWO)
    kept.clock.set_now(deployment.closes_us)
    with pytest.raises(MeetingOver):
        require_meeting(installation, alert, TWO)
    (one,) = to_meet(installation, ed)
    assert (one.opens, one.over_us) == (False, deployment.closes_us), "what came of it is still to be said"


def test_what_is_erased_cannot_be_opened_and_is_off_the_list(installation: Installation, ed: Account) -> None:
    alert = accepted(installation)
    erase_alert(installation, alert, "by-hand")
    assert to_meet(installation, ed) == []


def test_when_a_deployment_is_over(deployment: DeploymentRow) -> None:
    closes_us = deployment.closes_us
    assert over_us(deployment, 5) == closes_us
    cancelled = replace(deployment, state=DeploymentState.CANCELLED)
    assert over_us(cancelled, 5) == 5
    assert over_us(replace(deployment, state=DeploymentState.ENDED, ended_us=3), 5) == 3
    assert over_us(replace(deployment, state=DeploymentState.ENDED, ended_us=9), 5) == 5


def test_the_place_of_an_earlier_version_is_its_name(deployment: DeploymentRow) -> None:
    assert place_of(deployment) == "there"
    assert place_of(replace(deployment, terms={})) == "High Street"


def test_seen_is_said_once_by_each_officer(installation: Installation, ed: Account) -> None:
    alert, eve = accepted(installation), person(installation, "eve", Role.ENGAGEMENT_OFFICER)
    assert say_seen(installation, alert, account=ed.id, rules=TWO)
    assert not say_seen(installation, alert, account=ed.id, rules=TWO)
    assert say_seen(installation, alert, account=eve.id, rules=TWO)
    assert kinds(installation).count("alert.seen") == 2
    (one,) = to_meet(installation, ed)
    assert one.seen_by == {ed.id, eve.id}


def test_nobody_has_seen_an_alert_that_nobody_is_to_act_on(installation: Installation, ed: Account) -> None:
    alert = raised(installation)
    with pytest.raises(NoContact):
        say_seen(installation, alert, account=ed.id, rules=ONE)
    with pytest.raises(NoContact):
        require_meeting(installation, alert, ONE)
    with pytest.raises(NoSuchAlert):
        say_seen(installation, uuid(0x99), account=ed.id, rules=ONE)
    with pytest.raises(NoSuchAlert):
        require_meeting(installation, uuid(0x99), ONE)


def test_whom_to_meet_is_for_those_alone_who_meet_people(installation: Installation) -> None:
    with pytest.raises(NotAllowed):
        to_meet(installation, person(installation, "olga", Role.OPERATOR))
