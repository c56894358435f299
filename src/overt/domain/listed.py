"""Was I on a list? What is asked, by whom it may be answered, when, and in what form a reference counts as the same.

Rules:
  - `normal`: references that differ in letters' case, in Unicode's compatibility forms, or in what stands between their
    letters and digits, are the same; nothing else is left out, so that two people's references never become one;
  - `require_time`: nobody is answered before the policy's hours after the end are over (`listed_answer_delay_h`), nor
    once the key is to be destroyed (`listed_answer_days`): TooEarly, TooLate;
  - `require_exemption`: an answer is refused under an exemption that the policy names (`listed_exemptions`), with a
    second person: BadExemption;
  - `require_pace`: there are at most `MOST_A_DAY` requests in 24 hours: TooMany.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.time import to_text

#: Room for the name of a file, however Unicode spells it out.
MOST_CHARACTERS: Final = 512
#: Requests in 24 hours, for all deployments together. People come one at a time; who goes through names does not.
MOST_A_DAY: Final = 20
#: General categories of Unicode that a reference keeps: letters, the marks on them, digits and other numbers.
_KEPT: Final = ("L", "M", "N")


class Identity(StrEnum):
    """How it was seen that who asks is who the reference is about; "by the system" is not on it."""

    PAPERS = "papers-shown"
    IN_PERSON = "known-in-person"
    DOCUMENTS = "certified-copy"
    REPRESENTATIVE = "representative-with-proof"
    GUARDIAN = "parent-or-guardian"


class BadReference(Refused):
    code = "bad-reference"


class TooEarly(Refused):
    code = "answer-too-early"


class TooLate(Refused):
    code = "answer-too-late"


class BadExemption(Refused):
    code = "bad-exemption"


class TooMany(Refused):
    code = "too-many-requests-for-answers"


def normal(reference: str) -> str:
    """The form in which a reference is listed, and asked about.

    Unicode's form NFKC, casefolded, NFKC again; then every run of characters that are no letter, mark or number becomes
    one blank, and none is left at either end. A reference of such characters alone stays as it is without blanks.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", reference).casefold())
    kept = "".join(one if unicodedata.category(one)[0] in _KEPT else " " for one in folded)
    return " ".join(kept.split()) or "".join(folded.split())


def asked(reference: str) -> str:
    """`normal` of what somebody asks about.

    Raises:
        BadReference: it is empty, or longer than any reference.
    """
    found = normal(reference)
    if not 0 < len(found) <= MOST_CHARACTERS:
        raise BadReference(
            f"A reference has from 1 to {MOST_CHARACTERS} characters.",
            "Give the reference by which the person would have been listed.",
        )
    return found


def answers_from_us(ended_us: int, rules: Rules) -> int:
    """From when on somebody may be told, microseconds since 1970, UTC."""
    return ended_us + round(rules.listed_answer_delay_h * HOUR_US)


def require_time(now_us: int, from_us: int, until_us: int) -> None:
    """Raises TooEarly before `from_us`, and TooLate from `until_us` on."""
    if now_us < from_us:
        raise TooEarly(
            f"Nobody is told yet who was on this list: it can be answered from {to_text(from_us)} "
            "(listed_answer_delay_h).",
            "Ask again then.",
        )
    if now_us >= until_us:
        raise TooLate(
            f"Nobody can tell any more who was on this list: the key for it was due to be destroyed on "
            f"{to_text(until_us)} (listed_answer_days).",
            "The receipt stands in the ledger: listed.erased.",
        )


def require_exemption(code: str, account: str, seconded_by: str, rules: Rules) -> str:
    """The exemption under which an answer is refused; raises BadExemption where it may not be so."""
    if code not in rules.listed_exemptions:
        named = ", ".join(rules.listed_exemptions) or "none"
        raise BadExemption(
            f"Under this policy no answer is refused for {code or 'no reason'} (listed_exemptions: {named}).",
            "Choose one that the policy names, or answer.",
        )
    if account == seconded_by:
        raise BadExemption("An answer is refused by two people, and this is one.", "Ask another person to sign in.")
    return code


def require_pace(asked_us: Sequence[int], now_us: int) -> None:
    """Raises TooMany where `MOST_A_DAY` requests were taken in the last 24 hours. `asked_us`: when each was."""
    lately = sorted(at_us for at_us in asked_us if now_us - DAY_US < at_us)
    if len(lately) >= MOST_A_DAY:
        raise TooMany(
            f"{MOST_A_DAY} requests were taken in the last 24 hours, and there are no more than that.",
            f"Take the next one from {to_text(lately[-MOST_A_DAY] + DAY_US)} on.",
        )
