"""Complaints: filed, answered, counted. What somebody complains about is kept by codes; who complains is not kept here.

Rules:
  - what is kept is a case reference, kinds, the alert or the deployment that it is about, and the day on which it came
    in (`overt.domain.complaining`); the words and the name of whoever complains stay where the body keeps the case;
  - it is answered once, by who answers for deployments, and is due by the policy of its deployment, or by the strictest
    in use where it is about none; as long as one is overdue nothing new is authorised (`overt.domain.terms`);
  - a complaint about an alert changes nothing about when its pictures are erased: who wants them kept places a hold;
  - both are entries of the ledger: kinds, times, the result, and of the reference and the words the keyed digests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from overt.domain.complaining import (
    UPHELD,
    BadComplaint,
    Kind,
    Result,
    due_us,
    require_answer,
    require_complaint,
)
from overt.domain.decoying import are_shown_to
from overt.domain.roles import Action
from overt.ledger.entry import Fact
from overt.services.acting import file_paper, rules_of
from overt.services.adjudicate import no_such_alert, row_of
from overt.services.deployments import NotEntered
from overt.services.installation import Installation
from overt.services.kept_rules import rules_in_use
from overt.services.people import Account, require_actor
from overt.services.terms import COMPLAINT, COMPLAINT_ANSWER
from overt.store.ports import Work
from overt.store.records import DeploymentRow, PaperRow, State


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a complaint. `by`: name of who answered."""

    result: str
    text: str
    by: str
    at_us: int


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A complaint.

    Attributes:
        reference: under which the body keeps the case.
        deployment, name: id and name of the deployment that it is about; empty: of none.
        alert: the id; empty: about none.
        by: name of who filed it.
        due_us: None: no policy says.
        pictures_until_us: when the pictures of its alert are erased, unless somebody holds them; None: they are gone,
            or it is about no alert.
    """

    id: str
    reference: str
    kinds: tuple[str, ...]
    deployment: str
    name: str
    alert: str
    by: str
    filed_us: int
    received_us: int
    due_us: int | None
    answer: Answer | None
    pictures_until_us: int | None

    def late(self, now_us: int) -> bool:
        return self.answer is None and self.due_us is not None and now_us > self.due_us


def file_complaint(
    installation: Installation,
    by: Account,
    *,
    reference: str,
    kinds: Sequence[Kind],
    alert: str = "",
    deployment: str = "",
    received_us: int | None = None,
) -> Complaint:
    """Files a complaint that came in.

    Args:
        alert, deployment: what it is about, by their ids; of an alert the deployment is known. Both may be empty.
        received_us: when it came in; None: now.

    Raises:
        NotAllowed: this account may not.
        BadComplaint: something is missing.
        NoSuchAlert, NotEntered: there is nothing of that id.
    """
    now_us = installation.clock.now_us()
    since_us = now_us if received_us is None else received_us
    kept = require_complaint(reference, kinds, since_us, now_us)

    def change(work: Work) -> Complaint:
        require_actor(work, by, Action.COMPLAINT_FILE)
        row = _about(work, by, alert, deployment)
        until_us = _due(work, row, since_us, now_us)
        content: dict[str, object] = {"reference": kept, "kinds": [str(one) for one in kinds]}
        content |= {"received_us": since_us, "due_us": until_us}
        paper = file_paper(installation, work, COMPLAINT, by=by.id, row=row, about=alert, content=content)
        facts: dict[str, Fact] = {
            "complaint": paper.id,
            "kinds": tuple(str(one) for one in kinds),
            "reference": installation.digest(kept),
            "received_us": since_us,
            "due_us": until_us,
        }
        facts |= {"alert": alert} if alert else {}
        work.record("complaint.filed", actor=by.id, deployment=paper.deployment, facts=facts)
        return _complaint(work, paper)

    return installation.store.write(change)


def answer_complaint(installation: Installation, by: Account, complaint: str, result: Result, words: str) -> Complaint:
    """Answers a complaint.

    Raises:
        NotAllowed: this account may not.
        BadComplaint: there is no such complaint, it is answered, the answer says too little, or it is by whoever
            filed the complaint.
    """
    text = require_answer(words)

    def change(work: Work) -> Complaint:
        require_actor(work, by, Action.COMPLAINT_ANSWER)
        filed = next((paper for paper in work.papers.all(COMPLAINT) if paper.id == complaint), None)
        if filed is None:
            raise BadComplaint("There is no such complaint.", "See which there are with overt complaint list.")
        if work.papers.about(COMPLAINT_ANSWER, complaint):
            raise BadComplaint("This complaint is answered.", "Nothing that is filed is changed.")
        if filed.account == by.id:
            raise BadComplaint("You filed this complaint, and nobody answers their own.", "Another officer does.")
        row = None if filed.deployment is None else work.deployments.get(filed.deployment)
        content: dict[str, object] = {"result": str(result), "text": text}
        file_paper(installation, work, COMPLAINT_ANSWER, by=by.id, row=row, about=complaint, content=content)
        facts: dict[str, Fact] = {"complaint": complaint, "result": str(result), "words": installation.digest(text)}
        work.record("complaint.answered", actor=by.id, deployment=filed.deployment, facts=facts)
        return _complaint(work, filed)

    return installation.store.write(change)


def complaints(installation: Installation, by: Account) -> list[Complaint]:
    """Every complaint, those without an answer first, the most urgent at the top; raises NotAllowed."""

    def look(work: Work) -> list[Complaint]:
        require_actor(work, by, Action.COMPLAINT_SEE)
        return [_complaint(work, paper) for paper in work.papers.all(COMPLAINT)]

    found = installation.store.read(look)
    waiting = sorted((one for one in found if one.answer is None), key=lambda one: (one.due_us or 0, one.id))
    return waiting + [one for one in reversed(found) if one.answer is not None]


def complaints_counted(work: Work, papers: Iterable[PaperRow]) -> dict[str, int]:
    """How many complaints there are among the papers of a deployment, by the names of `DeploymentFacts`."""
    filed = [paper.id for paper in papers if paper.kind == COMPLAINT]
    answers = [answer for one in filed for answer in work.papers.about(COMPLAINT_ANSWER, one)]
    upheld = sum(answer.content["result"] in UPHELD for answer in answers)
    return {"complaints": len(filed), "complaints_answered": len(answers), "complaints_upheld": upheld}


def _about(work: Work, by: Account, alert: str, deployment: str) -> DeploymentRow | None:
    """The deployment that a complaint is about."""
    if alert:
        of = row_of(work, alert)
        if of.is_decoy and not are_shown_to(by.roles):
            raise no_such_alert()
        deployment = of.deployment
    row = work.deployments.get(deployment) if deployment else None
    if deployment and row is None:
        raise NotEntered(f"There is no deployment {deployment}.", "See which there are with overt figures.")
    return row


def _due(work: Work, row: DeploymentRow | None, received_us: int, now_us: int) -> int | None:
    own = None if row is None else rules_of(work, row)
    rules = [own] if own is not None else rules_in_use(work, now_us)
    return min((due_us(received_us, one) for one in rules), default=None)


def _complaint(work: Work, paper: PaperRow) -> Complaint:
    content, row = paper.content, None if paper.deployment is None else work.deployments.get(paper.deployment)
    kinds, due = content["kinds"], content["due_us"]
    assert isinstance(kinds, list)
    answers = work.papers.about(COMPLAINT_ANSWER, paper.id)
    alert = work.alerts.get(paper.about) if paper.about else None
    return Complaint(
        id=paper.id,
        reference=str(content["reference"]),
        kinds=tuple(map(str, kinds)),
        deployment="" if row is None else row.id,
        name="" if row is None else row.name,
        alert=paper.about,
        by=_name(work, paper.account),
        filed_us=paper.at_us,
        received_us=int(str(content["received_us"])),
        due_us=due if isinstance(due, int) else None,
        answer=_answer(work, answers[0]) if answers else None,
        pictures_until_us=alert.erase_after_us if alert is not None and alert.state is State.KEPT else None,
    )


def _answer(work: Work, paper: PaperRow) -> Answer:
    content = paper.content
    by = _name(work, paper.account)
    return Answer(result=str(content["result"]), text=str(content["text"]), by=by, at_us=paper.at_us)


def _name(work: Work, account: str) -> str:
    row = work.accounts.get(account)
    return account if row is None else row.name
