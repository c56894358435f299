"""Who may do what, as a table; who may not be two at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import Refused
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.roles import (
    FACELESS,
    FACES,
    OPPOSED,
    PERMISSIONS,
    TRAINED,
    Action,
    BadRoles,
    NotAllowed,
    NotTrained,
    Role,
    RolesOpposed,
    TooFewAdministrators,
    TrainingTooLong,
    acting_as,
    administrators_needed,
    checked_roles,
    require_administrators,
    require_allowed,
    require_apart,
    require_training,
    require_training_end,
    roles_for,
    session_ends_us,
)

NOW_US = 20_000 * DAY_US + 9 * HOUR_US
AO, LIST, OPERATOR, ENGAGEMENT, AUDITOR, EVALUATOR, OVERSIGHT, ADMINISTRATOR, SUPPLIER = Role

DECISIONS: list[tuple[str, Role, Action, bool]] = [
    ("an administrator makes accounts", ADMINISTRATOR, Action.ACCOUNT_PROPOSE, True),
    ("nobody else does", AO, Action.ACCOUNT_PROPOSE, False),
    ("an administrator sees no face", ADMINISTRATOR, Action.ALERT_SEE, False),
    ("a supplier sees no face", SUPPLIER, Action.ALERT_SEE, False),
    ("a supplier sees figures, to mend what is slow", SUPPLIER, Action.FIGURES_SEE, True),
    ("a supplier sees no list", SUPPLIER, Action.LIST_IMPORT, False),
    ("an authorising officer signs", AO, Action.AUTHORITY_SIGN, True),
    ("an administrator does not sign", ADMINISTRATOR, Action.AUTHORITY_SIGN, False),
    ("an authorising officer compiles no list", AO, Action.LIST_IMPORT, False),
    ("a list manager starts nothing", LIST, Action.WATCH_START, False),
    ("an operator starts the watch", OPERATOR, Action.WATCH_START, True),
    ("an operator decides", OPERATOR, Action.ALERT_DECIDE, True),
    ("an engagement officer decides, too", ENGAGEMENT, Action.ALERT_DECIDE, True),
    ("an operator does not say what came of it", OPERATOR, Action.ALERT_CONCLUDE, False),
    ("an engagement officer does", ENGAGEMENT, Action.ALERT_CONCLUDE, True),
    ("an auditor takes the record", AUDITOR, Action.LEDGER_EXPORT, True),
    ("an operator does not", OPERATOR, Action.LEDGER_EXPORT, False),
    ("an auditor sees no picture of an alert", AUDITOR, Action.ALERT_SEE, False),
    ("oversight may have evidence kept", OVERSIGHT, Action.HOLD_PLACE, True),
    ("oversight stops no deployment", OVERSIGHT, Action.AUTHORITY_CANCEL, False),
    ("an operator cannot let evidence go", OPERATOR, Action.HOLD_LIFT, False),
    ("an evaluator files findings", EVALUATOR, Action.FINDING_FILE, True),
    ("an authorising officer answers them", AO, Action.FINDING_ANSWER, True),
    ("who is evaluated does not file them", AO, Action.FINDING_FILE, False),
]


@pytest.mark.parametrize(("says", "role", "action", "allowed"), DECISIONS, ids=[each[0] for each in DECISIONS])
def test_the_table_of_permissions(says: str, role: Role, action: Action, allowed: bool) -> None:
    assert (role in PERMISSIONS[action].roles) is allowed
    if allowed:
        require_allowed([role], action)
    else:
        with pytest.raises(NotAllowed):
            require_allowed([role], action)


def test_every_action_has_its_roles_and_a_reason() -> None:
    assert set(PERMISSIONS) == set(Action)
    for permission in PERMISSIONS.values():
        assert permission.roles
        assert len(set(permission.roles)) == len(permission.roles)
        assert permission.why


def test_no_faceless_role_may_do_what_shows_a_face() -> None:
    assert set(FACELESS) == {ADMINISTRATOR, SUPPLIER}
    for action in Action:
        if action in FACES or action.startswith(("list.", "alert.")):
            assert action in FACES
            assert not set(FACELESS) & set(PERMISSIONS[action].roles)


def test_a_refusal_names_the_action_and_who_may() -> None:
    with pytest.raises(NotAllowed, match=r"alert\.see") as caught:
        require_allowed([ADMINISTRATOR], Action.ALERT_SEE)
    assert caught.value.todo == "Ask somebody who may: an operator or an engagement officer."
    with pytest.raises(NotAllowed) as caught:
        require_allowed([], Action.WATCH_START)
    assert caught.value.todo == "Ask somebody who may: an operator."


def test_somebody_acts_in_the_role_in_which_they_have_acted_before() -> None:
    both = (OPERATOR, ENGAGEMENT)
    assert roles_for(both, Action.ALERT_DECIDE) == both
    assert acting_as(both, Action.ALERT_DECIDE) is OPERATOR
    assert acting_as(both, Action.ALERT_DECIDE, {ENGAGEMENT}) is ENGAGEMENT
    assert acting_as(both, Action.ALERT_CONCLUDE, {OPERATOR}) is ENGAGEMENT
    with pytest.raises(NotAllowed):
        acting_as(both, Action.LIST_IMPORT)


@given(st.lists(st.sampled_from(Role), min_size=1))
def test_roles_are_kept_once_each_in_one_order_or_refused(roles: list[Role]) -> None:
    try:
        kept = checked_roles(str(role) for role in roles)
    except BadRoles:
        assert set(roles) & set(FACELESS)
        assert len(set(roles)) > 1
    else:
        assert set(kept) == set(roles)
        assert list(kept) == sorted(kept, key=list(Role).index)
        if set(kept) & set(FACELESS):
            assert not any(set(kept) & set(PERMISSIONS[action].roles) for action in FACES)


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        ([], "needs a role"),
        (["boss"], "no role boss"),
        (["operator", "boss", "chief"], "no role boss, chief"),
        (["administrator", "operator"], "administrator sees no face, so it cannot be that of an operator"),
        (["supplier", "list-manager"], "supplier sees no face, so it cannot be that of a list manager"),
    ],
)
def test_roles_that_no_account_can_have(codes: list[str], says: str) -> None:
    with pytest.raises(BadRoles, match=says):
        checked_roles(codes)


def test_an_administrator_may_be_a_supplier_or_an_auditor_too() -> None:
    assert checked_roles(["supplier", "administrator", "auditor"]) == (AUDITOR, ADMINISTRATOR, SUPPLIER)


@given(st.dictionaries(st.sampled_from("abc"), st.sets(st.sampled_from(Role))), st.sampled_from(Role))
def test_nobody_acts_in_two_opposed_roles_in_one_deployment(acted: dict[str, set[Role]], role: Role) -> None:
    opposed = role in OPPOSED and bool((acted.get("a", set()) - {role}) & set(OPPOSED))
    require_apart(acted, "a", role, roles_apart=False)
    if opposed:
        with pytest.raises(RolesOpposed, match="roles_apart"):
            require_apart(acted, "a", role)
    else:
        require_apart(acted, "a", role)


def test_what_another_person_did_opposes_nobody() -> None:
    require_apart({"ann": [AO]}, "ben", OPERATOR)


@pytest.mark.parametrize("two", [True, False])
def test_as_many_administrators_as_the_policy_wants(two: bool) -> None:
    needed = administrators_needed(two_administrators=two)
    assert needed == (2 if two else 1)
    require_administrators(needed, two_administrators=two)
    with pytest.raises(TooFewAdministrators, match="two administrators" if two else "an administrator"):
        require_administrators(needed - 1, two_administrators=two)


@pytest.mark.parametrize("role", Role)
def test_operators_and_engagement_officers_need_a_training(role: Role) -> None:
    require_training([role], NOW_US + 1, NOW_US)
    for until_us, says in ((None, "none is recorded"), (NOW_US, "yours ended")):
        if role in TRAINED:
            with pytest.raises(NotTrained, match=says):
                require_training([AUDITOR, role], until_us, NOW_US)
        else:
            require_training([role], until_us, NOW_US)


def test_a_training_counts_to_the_end_of_the_last_day() -> None:
    until_us = 20_031 * DAY_US
    require_training_end(until_us, NOW_US, 30)
    require_training_end(0, NOW_US, 30)
    with pytest.raises(TrainingTooLong, match="30 days"):
        require_training_end(until_us + 1, NOW_US, 30)


SESSIONS: list[tuple[tuple[Role, ...], int | None, int]] = [
    ((AUDITOR,), None, 8 * HOUR_US),
    ((AUDITOR,), NOW_US + HOUR_US, 8 * HOUR_US),
    ((OPERATOR,), NOW_US + HOUR_US, HOUR_US),
    ((OPERATOR,), NOW_US + 9 * HOUR_US, 8 * HOUR_US),
]


@pytest.mark.parametrize(("roles", "until_us", "lasts_us"), SESSIONS)
def test_a_session_ends_with_its_hours_or_the_training(
    roles: tuple[Role, ...], until_us: int | None, lasts_us: int
) -> None:
    assert session_ends_us(NOW_US, 8, roles, until_us) == NOW_US + lasts_us


REFUSALS: list[Callable[[], object]] = [
    lambda: checked_roles([]),
    lambda: require_apart({"a": [AO]}, "a", AUDITOR),
    lambda: require_administrators(0, two_administrators=False),
    lambda: require_training([OPERATOR], None, NOW_US),
    lambda: require_training_end(10**18, NOW_US, 1),
]


@pytest.mark.parametrize("refused", REFUSALS)
def test_every_refusal_says_what_to_do(refused: Callable[[], object]) -> None:
    with pytest.raises(Refused) as caught:
        refused()
    assert caught.value.todo
