"""Alerts in numbers and codes, and the verdicts of people who have looked.

Rules:
  - no face, no reference of a listed person, and no words that somebody wrote about one: they may name people;
  - score, threshold and expectation are null until everybody who has to decide has, where the policy is blind-first,
    and what other people said is left out until then;
  - a verdict is given in a browser's session only: a token never reaches a face, so who comes with one has not looked.
"""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from pydantic import Field

from overt.console.api.shapes import (
    MOST,
    Answer,
    Before,
    Id,
    IdInPath,
    Limit,
    Moment,
    Part,
    moment,
    part,
    told,
)
from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.visitor import visitor_of
from overt.domain.alert import SAYS
from overt.domain.deciding import MOST_CHARACTERS
from overt.domain.decision import Verdict
from overt.domain.roles import Action, roles_for
from overt.services import adjudicate
from overt.services.at_alerts import KNOWS, Listed, alerts, allowed

doors = Doors("/api/v1", tags=["alerts"])

KNOWS_ALERTS = only(*KNOWS, by_token=True)
Said = Literal["worth-a-look", "not-the-person", "cannot-tell"]
Stands = Literal["open", "one-of-two", "worth-a-look", "not-the-person", "cannot-tell", "disagree"]
Pictures = Literal["kept", "erasing", "erased"]


class AlertLine(Answer):
    """A possible match, in short."""

    alert: Id
    deployment: Id
    deployment_name: str
    camera: str
    at: Moment
    says: str = Field(description="Always `possible match`: the machine only prompts.")
    standing: Stands | None = Field(description="Null where the policy is not known.")
    seconds_left: int | None = Field(description="Until it counts as not verified; null: it does not wait.")
    not_decided_in_time: bool
    pictures: Pictures


class Decided(Answer):
    """What somebody said of it. The words are not here: they may name people."""

    account: Id
    at: Moment
    verdict: Said


class CameOf(Answer):
    """What came of it, in codes."""

    at: Moment
    means: str
    result: str
    followed: str
    held_min: int | None
    served_aim: bool | None


class Held(Answer):
    hold: Id
    ends: Moment
    lifted: bool


class Alert(Answer):
    """A possible match, in numbers and codes."""

    alert: Id
    deployment: Id
    camera: str
    at: Moment
    passage: int
    says: str
    shots: int
    cautions: list[str]
    score: float | None = Field(description="Cosine; null while it is withheld.")
    threshold: float | None = Field(description="Null while it is withheld.")
    false_alerts_per_1000: float | None = Field(description="Expected at this score; null while it is withheld.")
    pictures: Pictures
    erased_after: Moment = Field(description="When its pictures' key is destroyed, unless it is held.")
    standing: Stands
    not_decided_in_time: bool
    looked: int = Field(description="How many people were shown the pictures.")
    decisions: list[Decided]
    outcomes: list[CameOf]
    holds: list[Held]


class NewDecision(Answer):
    """What somebody saw, and why they say so."""

    verdict: Said
    words: str = Field(
        min_length=1, max_length=MOST_CHARACTERS, description="The reason, three letters at least; sealed at once."
    )


class Decision(Answer):
    """What was recorded."""

    decision: Id
    alert: Id
    at: Moment
    standing: Stands


@doors.get("/alerts", KNOWS_ALERTS, responses=told(401), summary="Alerts, newest first")
def every(
    request: Request, waiting: bool = False, erased: bool = False, before: Before = None, limit: Limit = MOST
) -> Part[AlertLine]:
    """With `waiting`, only those that wait for a verdict; with `erased`, also those whose pictures are gone."""
    found = alerts(house_of(request).installation, visitor_of(request).account, erased=erased)
    wanted = [one for one in found if not waiting or one.waits_us is not None]
    return part(wanted, before, limit, id_of=lambda one: one.row.id, shown=_line)


@doors.get(
    "/alerts/{alert}",
    KNOWS_ALERTS,
    responses=told(401, 404, 409),
    summary="One alert, without its pictures",
    description="In which of your roles you look at it is noted in its deployment, as on every other channel.",
)
def one(request: Request, alert: IdInPath) -> Alert:
    installation, account = house_of(request).installation, visitor_of(request).account
    action = next((action for action in KNOWS if roles_for(account.roles, action)), Action.ALERT_SEE)
    policy = allowed(installation, account, action, alert)
    facts = adjudicate.facts_of(installation, alert, account=account.id, rules=policy.rules)
    row, score = facts.row, facts.sees.score
    return Alert.model_validate(
        {
            "alert": row.id,
            "deployment": row.deployment,
            "camera": row.camera,
            "at": moment(row.at_us),
            "passage": row.passage,
            "says": SAYS,
            "shots": row.shots,
            "cautions": list(row.cautions),
            "score": round(row.score, 4) if score else None,
            "threshold": round(row.threshold, 4) if score else None,
            "false_alerts_per_1000": float(f"{row.false_alerts_per_1000:.3g}") if score else None,
            "pictures": str(row.state),
            "erased_after": moment(row.erase_after_us),
            "standing": str(facts.standing),
            "not_decided_in_time": row.undecided_us is not None,
            "looked": len(facts.looks),
            "decisions": [
                {"account": said.account, "at": moment(said.at_us), "verdict": str(said.verdict)}
                for said in facts.decisions
            ],
            "outcomes": [
                {
                    "at": moment(came.at_us),
                    "means": came.means,
                    "result": came.result,
                    "followed": came.followed,
                    "held_min": came.held_min,
                    "served_aim": came.served_aim,
                }
                for came in facts.outcomes
            ],
            "holds": [
                {"hold": held.id, "ends": moment(held.lifted_us or held.expires_us), "lifted": bool(held.lifted_us)}
                for held in facts.holds
            ],
        }
    )


@doors.post(
    "/alerts/{alert}/decisions",
    only(Action.ALERT_DECIDE),
    responses=told(401, 404, 409, 411, 413),
    status_code=201,
    summary="Say what you saw",
    description="A verdict counts only from somebody to whom this console has shown both faces, long enough before. No "
    "token reaches a face, so none opens this: it is for scripts of the console's own pages, in a browser's session.",
)
def decide(request: Request, alert: IdInPath, said: NewDecision) -> Decision:
    installation, account = house_of(request).installation, visitor_of(request).account
    policy = allowed(installation, account, Action.ALERT_DECIDE, alert)
    row = adjudicate.decide(
        installation,
        alert,
        Verdict(said.verdict),
        words=said.words,
        account=account.id,
        rules=policy.rules,
        retention=policy.retention(),
    )
    facts = adjudicate.facts_of(installation, alert, account=account.id, rules=policy.rules)
    return Decision.model_validate(
        {"decision": row.id, "alert": alert, "at": moment(row.at_us), "standing": str(facts.standing)}
    )


def _line(one: Listed) -> AlertLine:
    row = one.row
    return AlertLine.model_validate(
        {
            "alert": row.id,
            "deployment": row.deployment,
            "deployment_name": one.deployment,
            "camera": row.camera,
            "at": moment(row.at_us),
            "says": SAYS,
            "standing": None if one.standing is None else str(one.standing),
            "seconds_left": None if one.waits_us is None else one.waits_us // 1_000_000,
            "not_decided_in_time": row.undecided_us is not None,
            "pictures": str(row.state),
        }
    )
