"""How many leaflets were given out, as the officer who answers for a deployment says.

Rules:
  - whoever gives them out counts them, and nobody guesses.
"""

from __future__ import annotations

from typing import Final

from overt.domain.errors import Refused
from overt.services.counted_afterwards import count_afterwards, last_word
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.terms import LEAFLETS
from overt.store.records import DeploymentRow, PaperRow

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

    unwatched = BadLeaflets(
        "This deployment was never watched, so no leaflet was given out for it.",
        "Count them with the deployment that was watched.",
    )
    return count_afterwards(
        installation,
        by,
        row,
        {"leaflets": leaflets},
        paper=LEAFLETS,
        entry="leaflets.counted",
        unwatched=unwatched,
    )


def leaflets_of(papers: list[PaperRow]) -> int | None:
    """The last word among a deployment's papers; None: nobody has said it."""
    said = last_word(papers, LEAFLETS)
    return None if said is None else said["leaflets"]
