"""What is written about a deployment once it is over, and what independent reviewers found.

Rules:
  - who authorised a deployment says afterwards whether it did what it was for; until then nothing new is authorised;
  - a finding of somebody who had no part in it is answered in words, or it is overdue and says so;
  - nothing that was filed is changed or taken back.
"""

from __future__ import annotations

from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import ANSWER, FINDING, OUTSIDE, REVIEW, STARTED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow

LEAST_WORDS = 5


class BadPaper(Refused):
    code = "bad-paper"


def file_review(installation: Installation, by: Account, row: DeploymentRow, text: str) -> PaperRow:
    """Files the review of a deployment that is over.

    Raises:
        NotAllowed: this account may not.
        BadPaper: too few words, the deployment is not over, or its review is filed.
    """
    words, now_us = _written(text), installation.clock.now_us()

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.REVIEW_FILE)
        now, papers = work.deployments.get(row.id), work.papers.of(row.id)
        open_states = (DeploymentState.NEW, DeploymentState.AUTHORISED)
        if now is None or (now.state in open_states and now_us < now.closes_us):
            raise BadPaper("This deployment is not over.", "Review it when it is.")
        if any(paper.kind == REVIEW for paper in papers):
            raise BadPaper("The review of this deployment is filed.", "Nothing that is filed is changed.")
        if not any(paper.kind == STARTED for paper in papers):
            raise BadPaper("This deployment was never watched, so there is nothing to review.")
        return file_paper(installation, work, REVIEW, by=by.id, row=row, content={"text": words}, recorded=True)

    return installation.store.write(change)


def file_outside_authorisation(installation: Installation, by: Account, row: DeploymentRow, text: str) -> PaperRow:
    """Files a court's or an independent authority's decision that came after an urgent start."""
    words = _written(text, least=1)

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.AUTHORITY_SIGN)
        return file_paper(installation, work, OUTSIDE, by=by.id, row=row, content={"text": words}, recorded=True)

    return installation.store.write(change)


def file_finding(installation: Installation, by: Account, name: str, text: str) -> PaperRow:
    """Files what a review found; it is to be answered."""
    content: dict[str, object] = {"name": _written(name, least=1), "text": _written(text)}

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.FINDING_FILE)
        return file_paper(installation, work, FINDING, by=by.id, row=None, content=content, recorded=True)

    return installation.store.write(change)


def answer_finding(installation: Installation, by: Account, finding: str, text: str) -> PaperRow:
    """Answers a finding.

    Raises:
        BadPaper: there is no such finding, or it is answered.
    """
    words = _written(text)

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.FINDING_ANSWER)
        if finding not in {paper.id for paper in work.papers.all(FINDING)}:
            raise BadPaper("There is no such finding.", "See which there are with overt finding list.")
        if work.papers.about(ANSWER, finding):
            raise BadPaper("This finding is answered.", "Nothing that is filed is changed.")
        return file_paper(
            installation, work, ANSWER, by=by.id, row=None, about=finding, content={"text": words}, recorded=True
        )

    return installation.store.write(change)


def findings(installation: Installation, by: Account) -> list[tuple[PaperRow, PaperRow | None]]:
    """Every finding with its answer, oldest first."""

    def look(work: Work) -> list[tuple[PaperRow, PaperRow | None]]:
        require_actor(work, by, Action.FIGURES_SEE)
        answers = {paper.about: paper for paper in work.papers.all(ANSWER)}
        return [(paper, answers.get(paper.id)) for paper in work.papers.all(FINDING)]

    return installation.store.read(look)


def _written(text: str, least: int = LEAST_WORDS) -> str:
    if len(text.split()) < least:
        raise BadPaper(
            f"This needs at least {least} {'word' if least == 1 else 'words'}.", "Write it so that others can follow."
        )
    return text.strip()
