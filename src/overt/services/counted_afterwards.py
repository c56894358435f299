"""What people say afterwards in numbers of a deployment that was watched.

Rules:
  - who answers for a deployment says it, and it may be put right later: the last word counts, and every one stays in
    the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import STARTED
from overt.store.ports import Work
from overt.store.records import DeploymentRow, PaperRow


def count_afterwards(
    installation: Installation,
    by: Account,
    row: DeploymentRow,
    numbers: Mapping[str, int],
    *,
    paper: str,
    entry: str,
    unwatched: Refused,
) -> PaperRow:
    """Files numbers as a paper of the kind `paper`, with an entry of the kind `entry`.

    Raises:
        NotAllowed: this account may not.
        Refused: `unwatched`, where the deployment was never watched.
    """

    def change(work: Work) -> PaperRow:
        require_actor(work, by, Action.REVIEW_FILE)
        if not any(one.kind == STARTED for one in work.papers.of(row.id)):
            raise unwatched
        filed = file_paper(installation, work, paper, by=by.id, row=row, content=dict(numbers))
        work.record(entry, actor=by.id, deployment=row.id, facts={"paper": filed.id, **numbers})
        return filed

    return installation.store.write(change)


def last_word(papers: Iterable[PaperRow], kind: str) -> dict[str, int] | None:
    """The newest numbers of a kind among a deployment's papers, which come oldest first; None: nobody has said them."""
    said = [paper.content for paper in papers if paper.kind == kind]
    return {name: int(str(number)) for name, number in said[-1].items()} if said else None
