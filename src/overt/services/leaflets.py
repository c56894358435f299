"""How many leaflets were given out, as the officer who answers for a deployment says.

Rules:
  - whoever gives them out counts them, and nobody guesses; it may be put right later: the last word counts, and every
    one stays in the record.
"""

from __future__ import annotations

from typing import Final

from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.ledger.entry import Fact
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import STARTED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, PaperRow

LEAFLETS: Final = "leaflets"
MOST: Final = 1_000_000


class BadLeaflets(Refused):
    code = "bad-leaflets"


def count_leaflets(installation: Installation, by: Account, row: DeploymentRow, leaflets: int) -> PaperRow:
    """Records how many leaflets were given out.

    Raises:
        NotAllowed: this account may not.
        BadLeaflets: the number cannot be, or the deployment was never watched.
    """
    if not 0 <= leaflets <= MOST:
        raise BadLeaflets(f"{leaflets:,} leaflets cannot be.", f"Give a whole number from 0 to {MOST:,}.")

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.REVIEW_FILE)
        if not any(paper.kind == STARTED for paper in work.papers.of(row.id)):
            raise BadLeaflets("This deployment was never watched, so no leaflet was given out for it.")
        paper = file_paper(installation, work, LEAFLETS, by=by.id, row=row, content={"leaflets": leaflets})
        facts: dict[str, Fact] = {"paper": paper.id, "leaflets": leaflets}
        work.record("leaflets.counted", actor=by.id, deployment=row.id, facts=facts)
        return paper

    return installation.store.write(change)


def leaflets_of(papers: list[PaperRow]) -> int | None:
    """The last word among a deployment's papers; None: nobody has said it."""
    said = [paper.content for paper in papers if paper.kind == LEAFLETS]
    return int(str(said[-1]["leaflets"])) if said else None
