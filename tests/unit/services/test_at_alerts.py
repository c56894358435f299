"""Who may do what to an alert, and which alerts there are."""

from __future__ import annotations

import pytest

from overt.domain.decision import Followed, Means, Result, Standing, Verdict
from overt.domain.roles import Action, NotAllowed, Role, RolesOpposed
from overt.services.acting import NoPolicy
from overt.services.adjudicate import NoSuchAlert
from overt.services.at_alerts import alerts, allowed, known
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.services.outcomes import conclude
from overt.services.undecided import count_undecided
from tests.installations import kinds
from tests.people import person
from tests.stores import uuid
from tests.unit.services.keeping import ANN, RULES, Kept, raised
from tests.unit.services.policed import policed
from tests.unit.services.verdicts import TWO, decided


def test_whoever_has_the_role_may_and_goes_by_the_policy_of_the_deployment(installation: Installation) -> None:
    policed(installation, "eu-ai-act")
    alert, dora = raised(installation), person(installation, "dora", Role.OPERATOR)
    for action in (Action.ALERT_SEE, Action.ALERT_DECIDE):
        assert allowed(installation, dora, action, alert).name == "eu-ai-act"
    with pytest.raises(NotAllowed):
        allowed(installation, dora, Action.ALERT_CONCLUDE, alert)
    with pytest.raises(NoSuchAlert):
        allowed(installation, dora, Action.ALERT_SEE, uuid(0x99))


def test_nobody_acts_in_two_opposed_roles_in_one_deployment(installation: Installation) -> None:
    policed(installation)
    alert, dora = raised(installation), person(installation, "dora", Role.OPERATOR, Role.AUDITOR)
    allowed(installation, dora, Action.ALERT_DECIDE, alert)
    with pytest.raises(RolesOpposed):
        allowed(installation, dora, Action.HOLD_LIFT, alert)


def test_an_alert_without_a_policy_is_nobodys(installation: Installation) -> None:
    alert, dora = raised(installation), person(installation, "dora", Role.OPERATOR)
    with pytest.raises(NoPolicy):
        allowed(installation, dora, Action.ALERT_SEE, alert)
    (listed,) = alerts(installation, dora)
    assert (listed.standing, listed.waits_us) == (None, None)


def test_those_that_wait_stand_first_and_the_most_urgent_at_the_top(installation: Installation, kept: Kept) -> None:
    deployment = policed(installation).id
    policed(installation, digest="e" * 64)  # one without alerts
    dora = person(installation, "dora", Role.OPERATOR)
    late = raised(installation)
    kept.clock.advance(300)
    count_undecided(installation, deployment, TWO)
    overdue = raised(installation)
    kept.clock.advance(200)
    done, erased = raised(installation), raised(installation)
    for account in (ANN, uuid(0xAB)):
        decided(installation, done, Verdict.CANNOT_TELL, account=account, rules=RULES, policy=TWO)
        decided(installation, erased, Verdict.CANNOT_TELL, account=account, rules=RULES, policy=TWO)
    erase_alert(installation, erased, "by-hand")
    kept.clock.advance(200)
    half = raised(installation)
    decided(installation, half, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES, policy=TWO)
    found = [(one.row.id, one.standing, one.waits_us) for one in alerts(installation, dora)]
    assert found == [
        (overdue, Standing.OPEN, 0),
        (half, Standing.ONE_OF_TWO, 300_000_000),
        (done, Standing.CANNOT_TELL, None),
        (late, Standing.OPEN, None),
    ]
    assert {one.row.id for one in alerts(installation, dora, erased=True)} == {overdue, half, done, late, erased}
    assert {one.deployment for one in alerts(installation, dora)} == {"High Street"}


@pytest.mark.parametrize("role", [Role.ENGAGEMENT_OFFICER, Role.AUTHORISING_OFFICER, Role.AUDITOR, Role.OVERSIGHT])
def test_whoever_has_to_do_with_alerts_may_know_which_there_are(installation: Installation, role: Role) -> None:
    assert alerts(installation, person(installation, "dora", role)) == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SUPPLIER, Role.LIST_MANAGER, Role.EVALUATOR])
def test_nobody_else_may(installation: Installation, role: Role) -> None:
    with pytest.raises(NotAllowed):
        alerts(installation, person(installation, "dora", role))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUTHORISING_OFFICER, Role.AUDITOR])
def test_whoever_may_know_of_an_alert_may_read_what_is_not_sealed_and_nothing_is_noted(
    installation: Installation, role: Role
) -> None:
    deployment = policed(installation, "eu-ai-act")
    alert, dora = raised(installation), person(installation, "dora", role)
    before = kinds(installation)
    found = known(installation, dora, alert)
    assert (found.row.id, found.deployment.id, found.policy.name) == (alert, deployment.id, "eu-ai-act")
    assert kinds(installation) == before
    with pytest.raises(NoSuchAlert):
        known(installation, dora, uuid(0x99))


def test_nobody_else_may_read_it(installation: Installation) -> None:
    policed(installation)
    alert = raised(installation)
    with pytest.raises(NotAllowed):
        known(installation, person(installation, "dora", Role.LIST_MANAGER), alert)


def test_a_list_says_what_one_has_decided_and_what_is_concluded(installation: Installation) -> None:
    policed(installation)
    dora = person(installation, "dora", Role.OPERATOR)
    alert = raised(installation)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=ANN, rules=RULES)
    (theirs,) = alerts(installation, dora)
    assert (theirs.own, theirs.concluded) == (False, False)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=dora.id, rules=RULES)
    conclude(
        installation,
        alert,
        means=Means.NOT_IDENTIFIED,
        result=Result.LOST,
        held_min=None,
        followed=Followed.NOTHING,
        served_aim=False,
        account=ANN,
        rules=TWO,
    )
    (mine,) = alerts(installation, dora)
    assert (mine.own, mine.concluded) == (True, True)
