"""Roles stay apart, the record is for those who check it, and nobody untrained decides."""

from __future__ import annotations

from itertools import permutations

import pytest

from overt.domain.retention import DAY_US
from overt.domain.roles import OPPOSED, PERMISSIONS, TRAINED, Action, NotAllowed, NotTrained, Role, RolesOpposed
from overt.services.acting import act
from overt.services.people import Account
from overt.services.sessions import NotSignedIn, require, sign_in, signed_in
from overt.store.records import DeploymentRow
from overt.testing.fixed_clock import FixedClock
from tests.installations import in_memory
from tests.people import PASSWORD, administrators, person
from tests.stores import deployment, put

DOES = {
    Role.AUTHORISING_OFFICER: Action.AUTHORITY_SIGN,
    Role.LIST_MANAGER: Action.LIST_IMPORT,
    Role.OPERATOR: Action.WATCH_START,
    Role.ENGAGEMENT_OFFICER: Action.ALERT_CONCLUDE,
    Role.AUDITOR: Action.HOLD_LIFT,
}


@pytest.mark.parametrize(("first", "then"), list(permutations(OPPOSED, 2)))
def test_p09_nobody_acts_in_two_opposed_roles_in_one_deployment(first: Role, then: Role) -> None:
    installation = in_memory()
    put(installation.store, deployment(1), deployment(2))
    one, other = installation.store.read(lambda work: work.deployments.all())
    ann = person(installation, "ann", first, then)
    ben = person(installation, "ben", then)

    def acts(by: Account, role: Role, where: DeploymentRow) -> Role:
        return installation.store.write(lambda work: act(installation, work, by, DOES[role], where, roles_apart=True))

    assert acts(ann, first, one) is first
    with pytest.raises(RolesOpposed):
        acts(ann, then, one)
    assert acts(ben, then, one) is then
    assert acts(ann, then, other) is then


def test_p17_the_record_is_exported_by_those_who_check_and_had_no_part_in_it() -> None:
    assert set(PERMISSIONS[Action.LEDGER_EXPORT].roles) == {Role.AUDITOR, Role.OVERSIGHT}
    installation = in_memory()
    for at, role in enumerate(Role):
        account = person(installation, f"person {at}", role)
        if role in {Role.AUDITOR, Role.OVERSIGHT}:
            require(account, Action.LEDGER_EXPORT)
        else:
            with pytest.raises(NotAllowed, match=r"ledger\.export"):
                require(account, Action.LEDGER_EXPORT)


@pytest.mark.parametrize("role", TRAINED)
def test_p37_without_a_valid_training_nobody_who_decides_or_engages_signs_in_or_stays(role: Role) -> None:
    clock = FixedClock()
    installation = in_memory(clock)
    administrators(installation)
    person(installation, "carl", role)
    clock.advance(365 * DAY_US / 1_000_000 - 3600)
    token = sign_in(installation, "carl", PASSWORD, new_password=str).token
    assert signed_in(installation, token).name == "carl"
    clock.advance(3600)
    with pytest.raises(NotTrained, match="needs a valid training"):
        sign_in(installation, "carl", PASSWORD, new_password=str)
    with pytest.raises(NotSignedIn, match="session is over"):
        signed_in(installation, token)
