"""What a person decides about an alert, and what came of it. The machine only prompts.

Every list is closed. There is no way to say that somebody was identified by the prompt itself, and none to say what
somebody looked like: a covered face, somebody who turned away, a race, an age.
"""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    WORTH_A_LOOK = "worth-a-look"
    NOT_THE_PERSON = "not-the-person"
    CANNOT_TELL = "cannot-tell"


class Standing(StrEnum):
    """Where an alert stands once what people said of it is put together."""

    OPEN = "open"  # nobody has decided
    ONE_OF_TWO = "one-of-two"  # a second person is still to decide
    WORTH_A_LOOK = "worth-a-look"  # everybody said so: contact may be made
    NOT_THE_PERSON = "not-the-person"  # everybody said so: the pictures die
    CANNOT_TELL = "cannot-tell"  # everybody said so
    DISAGREE = "disagree"  # counts as cannot tell


class Means(StrEnum):
    """How the person was identified, by ordinary means."""

    DOCUMENT = "document"
    KNOWN = "known-to-officer"
    FINGERPRINT = "fingerprint"
    SAID_AND_CHECKED = "self-identified-and-checked"
    POLICE_RECORD = "other-police-record"
    NOT_IDENTIFIED = "not-identified"


class Result(StrEnum):
    """Whether the prompt was right."""

    RIGHT = "right"
    WRONG_PERSON = "wrong-person"  # somebody who is not listed
    WRONG_ENTRY = "wrong-entry"  # somebody who is listed, under another entry
    NOT_ENGAGED = "not-engaged"  # nobody spoke to them
    LOST = "lost"  # nobody could find them
    UNVERIFIED = "unverified"  # spoken to, and not identified


class Followed(StrEnum):
    """What was done then."""

    NOTHING = "none"
    ID_SHOWN = "id-shown-released"
    ARREST = "arrest"
    SAFEGUARDING = "safeguarding"
    SERVICE = "service"  # help, a message, a paper handed over
    OTHER_LAWFUL = "other-lawful"  # on grounds that the alert had no part in
    GROUND_GONE = "ground-gone"  # let go: the ground on which they were listed no longer held


class Recipient(StrEnum):
    """To whom the record of an alert may be disclosed."""

    COURT = "court"
    PROSECUTION = "prosecution"
    DEFENCE = "defence"
    SUBJECT = "subject"  # the person whom it is about
    REGULATOR = "regulator"
    COMPLAINT = "complaint"  # whoever handles one


class Purpose(StrEnum):
    """Why somebody opens the pictures of an alert."""

    DECIDE = "decide"
    MEET = "meet"  # to know the person whom they are to speak to
    CHECK = "check"  # after the verdict: a review, a complaint, a disclosure
