"""Complaints: what they are about, and what came of them. Nothing here says who complains or what they say.

Rules:
  - a complaint has a case reference under which the body keeps it elsewhere, one or more kinds, and what it is about;
    no words of whoever complains, and nobody's name: `require_complaint`;
  - it is answered with a result, once, and with words that name nobody;
  - it is due within the policy's days, counted from when it came in: `due_us`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US

MOST_CHARACTERS: Final = 80
LEAST_WORDS: Final = 5


class Kind(StrEnum):
    """What somebody complains about."""

    STOPPED = "stopped"  # that they were stopped because of an alert
    TREATED = "treated"  # how they were treated
    LISTED = "listed"  # that they are or were on a list
    SCANNED = "scanned"  # that their face was scanned
    SIGNS = "signs"  # that signs or leaflets were missing or wrong
    PICTURES = "pictures"  # what was kept, erased or handed over
    NO_ANSWER = "no-answer"  # that a question was not answered
    ELSE = "something-else"


class Result(StrEnum):
    """What came of a complaint."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly-upheld"
    NOT_UPHELD = "not-upheld"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed-on"  # to the body that is to decide about it


#: In these something was found to be wrong.
UPHELD: Final = (Result.UPHELD, Result.PARTLY_UPHELD)


class BadComplaint(Refused):
    code = "bad-complaint"


def require_complaint(reference: str, kinds: Sequence[Kind], received_us: int, now_us: int) -> str:
    """The reference, as it is kept.

    Raises:
        BadComplaint: there is no reference or a long one, no kind, or it came in at a time still to come.
    """
    kept = " ".join(reference.split())
    if not kept or len(kept) > MOST_CHARACTERS:
        raise BadComplaint(
            f"A complaint has a case reference of at most {MOST_CHARACTERS} characters.",
            "Give the reference under which it is kept; no name.",
        )
    if not kinds:
        raise BadComplaint("It is not said what the complaint is about.", "Choose at least one kind.")
    if received_us > now_us:
        raise BadComplaint("A complaint cannot have come in at a time still to come.", "Correct the day.")
    return kept


def require_answer(words: str) -> str:
    """The words, as they are kept; raises BadComplaint where they are too few."""
    if len(words.split()) < LEAST_WORDS:
        raise BadComplaint(
            f"An answer has at least {LEAST_WORDS} words.", "Say what was found and what is done, and name nobody."
        )
    return words.strip()


def due_us(received_us: int, rules: Rules) -> int:
    """By when it is to be answered, microseconds since 1970, UTC."""
    return received_us + rules.complaint_due_days * DAY_US
