"""Meeting a person: which alerts an officer on the street is to act on, and that they have seen them.

Rules:
  - nobody is sent to anybody before "worth a look" stands, and nobody once it is recorded what came of it;
  - a decoy stands for nobody who is there, so it is nobody's to meet;
  - pictures of it may be opened until its deployment is over, and no longer;
  - "seen" is said once by each account, and is an entry of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.domain.deciding import require_contact, standing
from overt.domain.decision import Standing
from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.roles import Action, require_allowed
from overt.domain.tally import DECOY
from overt.services.adjudicate import planned_response, row_of
from overt.services.at_alerts import Listed, alerts
from overt.services.explaining import place_of
from overt.services.installation import Installation
from overt.services.outcomes import is_for_welfare
from overt.services.people import Account, new_paper
from overt.store.ports import Work
from overt.store.records import AlertRow, DeploymentRow, DeploymentState, State

SEEN = "seen"
_OVER = (DeploymentState.ENDED, DeploymentState.CANCELLED)


class MeetingOver(Refused):
    code = "meeting-over"


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """Somebody who is to be met.

    Attributes:
        place: in words, as the deployment file has it.
        response: what was planned for them, a code of the policy; "" where that is not known.
        welfare: they are looked for for their own sake.
        seen_by: accounts that said that they have seen the alert.
        over_us: when the deployment is over, and its pictures leave every phone.
        opens: whether the pictures can be opened now.
    """

    row: AlertRow
    deployment: str  # its name
    place: str
    response: str
    welfare: bool
    seen_by: frozenset[str]
    over_us: int
    opens: bool


def to_meet(installation: Installation, by: Account) -> list[Meeting]:
    """Whom somebody is to meet, the newest first.

    Raises:
        NotAllowed: it is not theirs to meet people.
    """
    require_allowed(by.roles, Action.ALERT_CONCLUDE)
    found = [one for one in alerts(installation, by) if _is_to_meet(one)]
    about = installation.store.read(lambda work: {one.row.id: _about(work, one.row) for one in found})
    now_us = installation.clock.now_us()
    return [_meeting(installation, one, about[one.row.id], now_us) for one in found]


def require_meeting(installation: Installation, alert: str, rules: Rules) -> None:
    """Goes on where the pictures of an alert may be opened on the street.

    Raises:
        NoSuchAlert: there is none.
        NoContact: "worth a look" does not stand.
        MeetingOver: its deployment is over, or it is recorded what came of it, or it is a decoy's.
    """
    now_us = installation.clock.now_us()

    def look(work: Work) -> bool:
        row = row_of(work, alert)
        deployment = work.deployments.get(row.deployment)
        assert deployment is not None  # by its foreign key
        require_contact(standing(work.alerts.decisions(alert), rules))
        return (
            row.about != DECOY
            and not row.is_decoy
            and not work.alerts.outcomes(alert)
            and now_us < over_us(deployment, now_us)
        )

    if not installation.store.read(look):
        raise MeetingOver(
            "The pictures of this alert are no longer opened here: its deployment is over, or it is recorded what came "
            "of it.",
            "Say what came of it, if that is still to be done.",
        )


def say_seen(installation: Installation, alert: str, *, account: str, rules: Rules) -> bool:
    """Records that an officer has seen whom they are to meet; says whether this is the first time that they say so.

    Raises:
        NoSuchAlert: there is none.
        NoContact: "worth a look" does not stand.
    """
    deployment = installation.store.read(lambda work: row_of(work, alert)).deployment
    paper = new_paper(installation, SEEN, about=alert, deployment=deployment, by=account)

    def change(work: Work) -> bool:
        require_contact(standing(work.alerts.decisions(alert), rules))
        if any(one.account == account for one in work.papers.about(SEEN, alert)):
            return False
        work.papers.add(paper)
        work.record("alert.seen", actor=account, deployment=deployment, facts={"alert": alert})
        return True

    return installation.store.write(change)


def over_us(deployment: DeploymentRow, now_us: int) -> int:
    """When a deployment is, or was, over; of one that was ended by hand, at the latest now."""
    if deployment.state in _OVER:
        return min(now_us, deployment.closes_us if deployment.ended_us is None else deployment.ended_us)
    return deployment.closes_us


def _is_to_meet(one: Listed) -> bool:
    return one.standing is Standing.WORTH_A_LOOK and not one.concluded and one.row.about != DECOY


def _about(work: Work, row: AlertRow) -> tuple[DeploymentRow, frozenset[str]]:
    deployment = work.deployments.get(row.deployment)
    assert deployment is not None  # by its foreign key
    return deployment, frozenset(paper.account for paper in work.papers.about(SEEN, row.id))


def _meeting(
    installation: Installation, one: Listed, about: tuple[DeploymentRow, frozenset[str]], now_us: int
) -> Meeting:
    deployment, seen_by = about
    ends_us = over_us(deployment, now_us)
    return Meeting(
        row=one.row,
        deployment=deployment.name,
        place=place_of(deployment),
        response=planned_response(installation, one.row.id),
        welfare=is_for_welfare(deployment),
        seen_by=seen_by,
        over_us=ends_us,
        opens=one.row.state is State.KEPT and now_us < ends_us,
    )
