"""How long people worked for a deployment, as the officer who answers for it says: what a right alert cost.

Rules:
  - nobody but people knows who was there and for how long, so it is said, and never guessed from who signed in;
  - it names nobody: how many people, and for how many minutes each on average.
"""

from __future__ import annotations

from overt.domain.errors import Refused
from overt.domain.words import many
from overt.services.counted_afterwards import count_afterwards, last_word
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.terms import OFFICERS
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

    return count_afterwards(
        installation,
        by,
        row,
        {"officers": officers, "minutes": minutes},
        paper=OFFICERS,
        entry="officers.counted",
        unwatched=BadOfficerTime("This deployment was never watched, so nobody worked for it."),
    )


def officer_min(papers: list[PaperRow]) -> int | None:
    """What the last word among a deployment's papers comes to, minutes; None: nobody has said it."""
    said = last_word(papers, OFFICERS)
    return None if said is None else said["officers"] * said["minutes"]
