"""What came of an alert, and who was told of it.

Rules:
  - nothing can have come of an alert before "worth a look" stands; who the person was is known by a named means, and
    the score is none (`overt.domain.deciding`);
  - what came of it may be put right later: the last word counts, and every one stays in the record;
  - what was sent twice, as after a lost answer, is recorded once;
  - the pictures may be gone by then; the numbers are enough;
  - nothing is disclosed while people are still to decide (`require_may_leave`);
  - a disclosure is recorded with to whom, why and by whom, before anything is handed over; the ledger has the keyed
    digest of the reason, the reason itself is kept as a paper;
  - what is disclosed is the record of one alert without third parties: no picture, no entry of a list, no words;
  - pictures go with it in one way only (`overt.services.disclosing`).
"""

from __future__ import annotations

import hashlib
from typing import Any

from overt.domain.alert import SAYS
from overt.domain.deciding import (
    NoContact,
    Outcome,
    may_see,
    require_contact,
    require_decided,
    require_outcome,
    require_words,
    standing,
)
from overt.domain.decision import Followed, Means, Recipient, Result
from overt.domain.entries import WELFARE
from overt.domain.ids import made_us, new_id
from overt.domain.policy import Rules
from overt.domain.time import to_text
from overt.ledger.entry import Fact
from overt.services.adjudicate import NoSuchAlert, looked_ms, planned_response, row_of
from overt.services.explaining import explained_in, roles_in
from overt.services.installation import Installation
from overt.services.people import new_paper
from overt.store.ports import Work
from overt.store.records import AlertRow, DecisionRow, DeploymentRow, OutcomeRow, PaperRow

DISCLOSURE = "disclosure"
MISSING_PERSON = "missing-person"  # the use case


def conclude(
    installation: Installation,
    alert: str,
    *,
    means: Means,
    result: Result,
    held_min: int | None,
    followed: Followed,
    served_aim: bool,
    account: str,
    rules: Rules,
    welfare_only: bool = False,
) -> OutcomeRow:
    """Records what came of an alert. Arguments as in `Outcome`.

    Args:
        welfare_only: the entry's only response is the person's welfare. So it is of every entry where a deployment
            searches for a missing person, and where the entry says so, as long as the alert can be opened.

    Raises:
        NoSuchAlert: there is none.
        NoContact: "worth a look" does not stand.
        BadOutcome: it cannot be so.
    """
    outcome = Outcome(means=means, result=result, held_min=held_min, followed=followed, served_aim=served_aim)
    row = _row(installation, alert, installation.new_id(), outcome, account)
    return _conclude(installation, row, outcome, rules, welfare_only=welfare_only)


def conclude_once(
    installation: Installation, alert: str, outcome: Outcome, *, sent_as: str, account: str, rules: Rules
) -> OutcomeRow:
    """As `conclude`, for what may be sent again after a lost answer.

    Args:
        sent_as: what the sender calls it, at random; whoever sends the same again is given what was recorded.
    """
    row = _row(installation, alert, _id_of(installation, alert, account, sent_as), outcome, account)
    return _conclude(installation, row, outcome, rules)


def _conclude(
    installation: Installation, row: OutcomeRow, outcome: Outcome, rules: Rules, *, welfare_only: bool = False
) -> OutcomeRow:
    alert = row.alert
    welfare = welfare_only or planned_response(installation, alert) == WELFARE

    def change(work: Work) -> OutcomeRow:
        of = row_of(work, alert)
        before = work.alerts.outcomes(alert)
        if (known := next((one for one in before if one.id == row.id), None)) is not None:
            return known
        require_outcome(outcome, welfare_only=welfare or _for_welfare(work, of))
        require_contact(standing(work.alerts.decisions(alert), rules))
        require_real(of)  # last: of one that is open nobody is told that it is a decoy
        work.alerts.conclude(row)
        facts: dict[str, Fact] = {
            "alert": alert,
            "outcome": row.id,
            "means": row.means,
            "result": row.result,
            "held_min": row.held_min,
            "followed": row.followed,
            "served_aim": row.served_aim,
        }
        work.record("alert.concluded", actor=row.account, deployment=of.deployment, facts=facts)
        return row

    return installation.store.write(change)


def _row(installation: Installation, alert: str, new: str, outcome: Outcome, account: str) -> OutcomeRow:
    return OutcomeRow(
        id=new,
        alert=alert,
        at_us=installation.clock.now_us(),
        account=account,
        means=str(outcome.means),
        result=str(outcome.result),
        held_min=outcome.held_min,
        followed=str(outcome.followed),
        served_aim=outcome.served_aim,
    )


def _id_of(installation: Installation, alert: str, account: str, sent_as: str) -> str:
    """Always the same for what one account sends about one alert under one name, and nobody else's."""
    try:
        made = made_us(alert)
    except ValueError as error:
        raise NoSuchAlert("There is no such alert.", "Check its id.") from error
    digest = hashlib.sha256(installation.digest(f"outcome:{account}/{alert}/{sent_as}").encode()).digest()
    return new_id(made, lambda count: digest[:count])


def require_real(row: AlertRow) -> None:
    """Raises NoContact of a decoy: nobody passed, so nothing came of it, and there is nothing to hand over."""
    if row.is_decoy:
        raise NoContact("This alert is a decoy, a test without a passer-by.", "There is nothing to record about it.")


def require_may_leave(work: Work, alert: str, rules: Rules) -> AlertRow:
    """The row of an alert about which something may leave. Whether people are still to decide is looked at first, so
    that of one that is open nobody is told that it is a decoy.

    Raises:
        NoSuchAlert: there is none.
        NotDecided: verdicts on it are outstanding.
        NoContact: it was a decoy.
    """
    row = row_of(work, alert)
    require_decided(work.alerts.decisions(alert), rules, counted=row.undecided_us is not None)
    require_real(row)
    return row


def is_for_welfare(deployment: DeploymentRow) -> bool:
    """Whether everybody on its list is looked for for their own sake."""
    return deployment.terms.get("use_case") == MISSING_PERSON


def _for_welfare(work: Work, of: AlertRow) -> bool:
    deployment = work.deployments.get(of.deployment)
    return deployment is not None and is_for_welfare(deployment)


def disclose(
    installation: Installation, alert: str, *, to: Recipient, why: str, account: str, rules: Rules
) -> dict[str, Any]:
    """Records that the record of an alert is handed over; returns that record.

    Args:
        why: the request, the order or the duty, by its reference; no names.

    Raises:
        NoSuchAlert: there is none.
        NotDecided: verdicts on it are outstanding.
        NoContact: it was a decoy.
        NoWords: it does not say why.
    """
    require_words(why)
    of = installation.store.read(lambda work: row_of(work, alert)).deployment
    content: dict[str, object] = {"to": str(to), "why": why}
    paper = new_paper(installation, DISCLOSURE, about=alert, content=content, deployment=of, by=account)

    def change(work: Work) -> dict[str, Any]:
        require_may_leave(work, alert, rules)
        record = disclosed_record(work, paper, rules)
        facts = disclosure_facts(installation, paper)
        work.record("alert.disclosed", actor=account, deployment=paper.deployment, facts=facts)
        return record

    return installation.store.write(change)


def disclosed_record(work: Work, paper: PaperRow, rules: Rules) -> dict[str, Any]:
    """Keeps a disclosure; returns the record of its alert, in which it stands."""
    work.papers.add(paper)
    return _record(work, paper.about, rules)


def disclosure_facts(installation: Installation, paper: PaperRow) -> dict[str, Fact]:
    """What the ledger has of a disclosure; its reason by a keyed digest."""
    return {
        "alert": paper.about,
        "disclosure": paper.id,
        "to": str(paper.content["to"]),
        "why": installation.digest(str(paper.content["why"])),
    }


def alert_record(installation: Installation, alert: str, rules: Rules) -> dict[str, Any]:
    """The record of one alert without third parties, for JSON.

    Raises:
        NoSuchAlert: there is none.
    """
    return installation.store.read(lambda work: _record(work, alert, rules))


def _record(work: Work, alert: str, rules: Rules) -> dict[str, Any]:
    row = row_of(work, alert)
    decisions = work.alerts.decisions(alert)
    sees, looks = may_see(decisions, rules), work.alerts.looks(alert)
    about, roles = explained_in(work, row), roles_in(work, row.deployment)
    return {
        "alert": row.id,
        "says": SAYS,
        "deployment": row.deployment,
        "place": about.pop("place"),
        "camera": row.camera,
        "at": to_text(row.at_us),
        "score": round(row.score, 4) if sees.score else None,
        "threshold": round(row.threshold, 4) if sees.score else None,
        "false_alerts_per_1000": float(f"{row.false_alerts_per_1000:.3g}") if sees.score else None,
        "shots": row.shots,
        "cautions": list(row.cautions),
        "pictures": str(row.state),
        "shown": [{"account": look.account, "at": to_text(look.shown_us)} for look in looks],
        "standing": str(standing(decisions, rules)),
        "decisions": [
            {**_decision(one, show=sees.others), "role": roles.get(one.account), "looked_ms": looked_ms(one, looks)}
            for one in decisions
        ],
        "not_decided_in_time": None if row.undecided_us is None else to_text(row.undecided_us),
        "outcomes": [{**_outcome(one), "role": roles.get(one.account)} for one in work.alerts.outcomes(alert)],
        "holds": [
            {"placed_at": to_text(one.placed_us), "ends_at": to_text(one.lifted_us or one.expires_us)}
            for one in work.alerts.holds(alert)
        ],
        "disclosed": [
            {
                "at": to_text(one.at_us),
                "to": one.content["to"],
                "account": one.account,
                "pictures": one.content.get("pictures", 0),
            }
            for one in work.papers.about(DISCLOSURE, alert)
        ],
        **about,
    }


def _decision(row: DecisionRow, *, show: bool) -> dict[str, Any]:
    return {"account": row.account, "at": to_text(row.at_us), "verdict": str(row.verdict) if show else None}


def _outcome(row: OutcomeRow) -> dict[str, Any]:
    return {
        "account": row.account,
        "at": to_text(row.at_us),
        "means": row.means,
        "result": row.result,
        "held_min": row.held_min,
        "followed": row.followed,
        "served_aim": row.served_aim,
    }


def as_text(record: dict[str, Any]) -> str:
    """The record for paper, as Markdown."""
    lines = [f"# Record of alert {record['alert']}", ""]
    for name, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += ["", f"## {_said(name)}", ""]
            lines += ["- " + ", ".join(f"{_said(key)}: {_value(each)}" for key, each in one.items()) for one in value]
        elif name != "alert":
            lines.append(f"- {_said(name)}: {_value(value)}")
    return "\n".join([*lines, ""])


def _said(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
