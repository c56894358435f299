"""What codes about an alert say to people, on pages and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from overt.domain.decision import Followed, Means, Recipient, Result

CAUTIONS: Final[Mapping[str, str]] = {
    "small face": "The face in the passage is small: fine features cannot be told.",
    "dark": "The face in the passage is dark.",
    "burnt out": "Part of the face in the passage is burnt out by light.",
    "blurred": "The face in the passage is blurred.",
    "turned away": "The face in the passage is turned away: only part of it can be compared.",
    "little contrast": "The face in the passage has little contrast.",
    "threshold extrapolated": "The threshold lies beyond what was measured, so false alerts may be more frequent.",
    "another entry looks alike": "Another entry of the list looks alike to the machine. It may be them, or a relative.",
}
MEANS: Final[Mapping[Means, str]] = {
    Means.DOCUMENT: "By a document",
    Means.KNOWN: "Known to an officer",
    Means.FINGERPRINT: "By a fingerprint",
    Means.SAID_AND_CHECKED: "They said who they are, and it was checked",
    Means.POLICE_RECORD: "By another police record",
    Means.NOT_IDENTIFIED: "They were not identified",
}
RESULTS: Final[Mapping[Result, str]] = {
    Result.RIGHT: "It was the person",
    Result.WRONG_PERSON: "It was somebody who is not listed",
    Result.WRONG_ENTRY: "It was somebody else who is listed",
    Result.UNVERIFIED: "They were spoken to, and not identified",
    Result.LOST: "They could not be found",
    Result.NOT_ENGAGED: "Nobody spoke to them",
}
FOLLOWED: Final[Mapping[Followed, str]] = {
    Followed.NOTHING: "Nothing",
    Followed.ID_SHOWN: "They showed a document and went on",
    Followed.ARREST: "Arrest",
    Followed.SAFEGUARDING: "Safeguarding",
    Followed.SERVICE: "Help, a message, or a paper handed over",
    Followed.OTHER_LAWFUL: "Something lawful that the alert had no part in",
    Followed.GROUND_GONE: "They were let go: the ground for listing them no longer held",
}
RECIPIENTS: Final[Mapping[Recipient, str]] = {
    Recipient.COURT: "A court",
    Recipient.PROSECUTION: "The prosecution",
    Recipient.DEFENCE: "The defence",
    Recipient.SUBJECT: "The person whom it is about",
    Recipient.REGULATOR: "A regulator",
    Recipient.COMPLAINT: "Whoever handles a complaint",
}


def cautions_of(codes: Sequence[str]) -> list[str]:
    """In sentences; what a later version wrote stays as it is."""
    return [CAUTIONS.get(code, f"{code.capitalize()}.") for code in codes]
