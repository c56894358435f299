"""Who may do what to an alert, and which alerts there are.

Rules:
  - what somebody does to an alert they do in one of their roles in its deployment, which is noted there;
  - the rules are those of the policy that the deployment was entered with;
  - a list of alerts has no score and nobody's name;
  - whoever goes up to people in the street has no alert that is a decoy, and can open none: to them there is none;
  - whoever may know which alerts there are may read what is not sealed of one; that is no deed, and is not noted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from overt.domain.deciding import standing, stands, undecided_in_us
from overt.domain.decision import Standing
from overt.domain.decoying import are_shown_to
from overt.domain.policy import Policy, Rules
from overt.domain.roles import Action, require_allowed, roles_for
from overt.services.acting import act, policy_of, rules_of
from overt.services.adjudicate import no_such_alert, row_of
from overt.services.installation import Installation
from overt.services.people import Account
from overt.store.ports import Work
from overt.store.records import AlertRow, DecisionRow, DeploymentRow, State

#: Whoever may do one of these needs to know which alerts there are.
KNOWS = (Action.ALERT_SEE, Action.ALERT_DISCLOSE, Action.HOLD_PLACE, Action.HOLD_SECOND, Action.HOLD_LIFT)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of a list of alerts.

    Attributes:
        standing: None where the policy is not known.
        waits_us: until it counts as not verified, microseconds, 0 at least; None: it does not wait.
        own: whether the one who asks has decided about it.
        concluded: whether it was recorded what came of it.
    """

    row: AlertRow
    deployment: str  # its name
    standing: Standing | None
    waits_us: int | None
    own: bool = False
    concluded: bool = False


@dataclass(frozen=True, kw_only=True)
class Known:
    """An alert as it is to somebody who may know that there is one."""

    row: AlertRow
    deployment: DeploymentRow
    policy: Policy


def allowed(installation: Installation, by: Account, action: Action, alert: str) -> Policy:
    """Notes that an account does this to an alert; returns the policy that it goes by.

    Raises:
        NoSuchAlert: there is none.
        NotAllowed, RolesOpposed: it may not.
        NoPolicy: the deployment was entered without one.
    """

    def change(work: Work) -> Policy:
        row = work.deployments.get(_shown(work, by, alert).deployment)
        assert row is not None  # an alert belongs to a deployment, by its foreign key
        policy = policy_of(work, row)
        act(installation, work, by, action, row, roles_apart=policy.rules.roles_apart)
        return policy

    return installation.store.write(change)


def known(installation: Installation, by: Account, alert: str) -> Known:
    """An alert and the policy that it goes by; nothing is noted.

    Raises:
        NoSuchAlert: there is none.
        NotAllowed: the account has nothing to do with alerts.
        NoPolicy: the deployment was entered without one.
    """
    _require_knows(by)

    def look(work: Work) -> Known:
        row = _shown(work, by, alert)
        deployment = work.deployments.get(row.deployment)
        assert deployment is not None  # by its foreign key
        return Known(row=row, deployment=deployment, policy=policy_of(work, deployment))

    return installation.store.read(look)


def alerts(installation: Installation, by: Account, *, erased: bool = False) -> list[Listed]:
    """The alerts of all deployments: those that wait first, the most urgent at the top; then the others, newest first.

    Args:
        erased: with those whose pictures are gone and that wait for nobody.

    Raises:
        NotAllowed: the account has nothing to do with alerts.
    """
    _require_knows(by)
    now_us = installation.clock.now_us()

    def look(work: Work) -> list[Listed]:
        return [one for row in work.deployments.all() for one in _of(work, row, by, now_us)]

    found = [
        one
        for one in installation.store.read(look)
        if erased or one.waits_us is not None or one.row.state is State.KEPT
    ]
    return sorted(found, key=lambda one: (one.waits_us is None, one.waits_us or 0, -one.row.at_us, one.row.id))


def _shown(work: Work, by: Account, alert: str) -> AlertRow:
    """An alert, as far as there is one to this account."""
    row = row_of(work, alert)
    if row.is_decoy and not are_shown_to(by.roles):
        raise no_such_alert()
    return row


def _require_knows(by: Account) -> None:
    if not any(roles_for(by.roles, action) for action in KNOWS):
        require_allowed(by.roles, Action.ALERT_SEE)


def _of(work: Work, deployment: DeploymentRow, by: Account, now_us: int) -> list[Listed]:
    decoys = are_shown_to(by.roles)
    rows = [row for row in work.alerts.of(deployment.id) if decoys or not row.is_decoy]
    if not rows:
        return []
    decisions: dict[str, list[DecisionRow]] = {}
    for one in work.alerts.decisions_of(deployment.id):
        decisions.setdefault(one.alert, []).append(one)
    rules = rules_of(work, deployment)
    concluded = {one.alert for one in work.alerts.outcomes_of(deployment.id)}
    found = []
    for row in rows:
        said = decisions.get(row.id, [])
        listed = _listed(row, deployment.name, said, rules, now_us)
        own = any(one.account == by.id for one in said)
        found.append(replace(listed, own=own, concluded=row.id in concluded))
    return found


def _listed(row: AlertRow, deployment: str, decisions: list[DecisionRow], rules: Rules | None, now_us: int) -> Listed:
    if rules is None:
        return Listed(row=row, deployment=deployment, standing=None, waits_us=None)
    where = standing(decisions, rules)
    waits = row.undecided_us is None and not stands(where)
    waits_us = max(0, undecided_in_us(row.at_us, now_us, rules)) if waits else None
    return Listed(row=row, deployment=deployment, standing=where, waits_us=waits_us)
