"""Alerts that wait for people: what nobody decided in time, and how many are open.

Rules:
  - an alert on which no verdict stands when the policy's minutes are over is counted as not verified, once, whoever
    looks; a verdict that comes later is recorded and may still be acted on, and the figure stays as it was;
  - a verdict of one of two people does not stop that clock: the verdict does not stand yet;
  - what was counted so no longer waits;
  - a decoy is none of these: its time over, it is taken back (`overt.services.decoy_alerts`).
"""

from __future__ import annotations

from contextlib import suppress

from overt.domain.deciding import is_overdue, standing, stands
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US
from overt.services.acting import NoPolicy, policy_of
from overt.services.decoy_alerts import take_back_overdue
from overt.services.installation import Installation
from overt.store.ports import Work
from overt.store.records import AlertRow, DecisionRow

#: A policy gives people an hour at most; a deployment that closed so long ago has been counted, or never will be.
LONG_OVER_US = 7 * DAY_US


def count_undecided(installation: Installation, deployment: str, rules: Rules) -> int:
    """Counts the alerts of a deployment that nobody decided in time; how many this call counted."""
    take_back_overdue(installation, deployment, rules)
    now_us = installation.clock.now_us()

    def overdue(work: Work) -> list[str]:
        return [row.id for row in waiting(work, deployment, rules) if is_overdue(row.at_us, now_us, rules)]

    def change(work: Work) -> int:
        counted = [alert for alert in overdue(work) if work.alerts.count_undecided(alert, now_us)]
        for alert in counted:
            work.record("alert.undecided", deployment=deployment, facts={"alert": alert})
        return len(counted)

    return installation.store.write(change) if installation.store.read(overdue) else 0


def count_every_undecided(installation: Installation) -> int:
    """As `count_undecided`, for every deployment by its own policy, whether it runs or is over; how many were counted.
    What was entered by a version that kept no policy has no minutes to count by."""
    since_us = installation.clock.now_us() - LONG_OVER_US

    def look(work: Work) -> list[tuple[str, Rules]]:
        found = []
        for row in work.deployments.recent(since_us):
            if row.policy_digest and work.alerts.of(row.id):
                with suppress(NoPolicy):  # of another version of Overt
                    found.append((row.id, policy_of(work, row).rules))
        return found

    return sum(count_undecided(installation, row, rules) for row, rules in installation.store.read(look))


def open_alerts(installation: Installation, deployment: str, rules: Rules) -> int:
    """How many alerts of a deployment wait for a verdict."""
    return len(installation.store.read(lambda work: waiting(work, deployment, rules)))


def waiting(work: Work, deployment: str, rules: Rules, *, decoys: bool = False) -> list[AlertRow]:
    """The alerts of a deployment on which no verdict stands and that were not counted, oldest first; with `decoys`,
    those too."""
    decisions: dict[str, list[DecisionRow]] = {}
    for one in work.alerts.decisions_of(deployment):
        decisions.setdefault(one.alert, []).append(one)
    return [
        row
        for row in work.alerts.of(deployment)
        if (decoys or not row.is_decoy)
        and row.undecided_us is None
        and not stands(standing(decisions.get(row.id, []), rules))
    ]
