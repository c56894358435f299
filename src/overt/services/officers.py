"""How long people worked for a deployment, as the officer who answers for it says: what a right alert cost.

Rules:
  - nobody but people knows who was there and for how long, so it is said, and never guessed from who signed in;
  - it may be put right later: the last word counts, and every one stays in the record;
  - it names nobody: how many people, and for how many minutes each on average.
"""

from __future__ import annotations

from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.words import many
from overt.ledger.entry import Fact
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import OFFICERS, STARTED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, PaperRow

MOST_OFFICERS = 500
MOST_MINUTES = 7 * 24 * 60


class BadOfficerTime(Refused):
    code = "bad-officer-time"


def count_officers(
    installation: Installation, by: Account, row: DeploymentRow, *, officers: int, minutes: int
) -> PaperRow:
    """Records how many people worked for a deployment, and for how many minutes each on average.

    Raises:
        NotAllowed: this account may not.
        BadOfficerTime: the numbers cannot be, or the deployment was never watched.
    """
    for number, most, what in ((officers, MOST_OFFICERS, "person"), (minutes, MOST_MINUTES, "minute")):
        if not 1 <= number <= most:
            raise BadOfficerTime(
                f"{many(number, what, 'people' if what == 'person' else 'minutes')} cannot be.",
                f"Give a whole number from 1 to {most:,}.",
            )

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.REVIEW_FILE)
        if not any(paper.kind == STARTED for paper in work.papers.of(row.id)):
            raise BadOfficerTime("This deployment was never watched, so nobody worked for it.")
        content: dict[str, object] = {"officers": officers, "minutes": minutes}
        paper = file_paper(installation, work, OFFICERS, by=by.id, row=row, content=content)
        facts: dict[str, Fact] = {"paper": paper.id, "officers": officers, "minutes": minutes}
        work.record("officers.counted", actor=by.id, deployment=row.id, facts=facts)
        return paper

    return installation.store.write(change)


def officer_min(papers: list[PaperRow]) -> int | None:
    """What the last word among a deployment's papers comes to, minutes; None: nobody has said it."""
    said = [paper.content for paper in papers if paper.kind == OFFICERS]
    return int(str(said[-1]["officers"])) * int(str(said[-1]["minutes"])) if said else None
