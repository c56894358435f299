"""The rules of handing over the pictures of an alert. Nothing here knows of a store or a screen.

Rules:
  - one person hands them over, and a second one agrees; neither has decided about the alert (`require_two_apart`);
  - there is a case, by its reference (`require_case`);
  - they go to whoever weighs evidence. They do not go to the person whom the alert was about: one of the pictures may
    be of somebody else who is listed (`require_pictures_for`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from overt.domain.deciding import Decided
from overt.domain.decision import Recipient
from overt.domain.errors import Refused

#: To whom pictures may go.
PICTURES_FOR: Final = (
    Recipient.COURT,
    Recipient.PROSECUTION,
    Recipient.DEFENCE,
    Recipient.REGULATOR,
    Recipient.COMPLAINT,
)
MOST_CHARACTERS: Final = 200


class BadDisclosure(Refused):
    """Pictures may not be handed over so."""

    code = "bad-disclosure"


def require_pictures_for(to: Recipient) -> None:
    """Raises BadDisclosure where no picture goes to this recipient."""
    if to not in PICTURES_FOR:
        raise BadDisclosure(
            "The pictures do not go to the person whom the alert is about: one of them may be of somebody else.",
            "Hand over the record alone. A court, or whoever handles a complaint, can be given the pictures.",
        )


def require_case(case: str) -> str:
    """The reference of a case, without blanks around it.

    Raises:
        BadDisclosure: there is none, or it is no short text.
    """
    kept = case.strip()
    if not kept or len(kept) > MOST_CHARACTERS or not kept.isprintable():
        raise BadDisclosure(
            f"Pictures leave for a case, and its reference, at most {MOST_CHARACTERS} characters, was not given.",
            "Give the reference of the case.",
        )
    return kept


def require_two_apart(first: str, second: str, decisions: Iterable[Decided]) -> None:
    """Raises BadDisclosure unless these are two accounts, and neither has decided about the alert."""
    if first == second:
        raise BadDisclosure("Pictures leave with a second person, and you named yourself.", "Ask somebody else.")
    decided = {one.account for one in decisions}
    if decided & {first, second}:
        who = "You have" if first in decided else "The second person has"
        raise BadDisclosure(
            f"{who} decided about this alert. Its pictures leave with two people who did not.", "Ask somebody else."
        )
