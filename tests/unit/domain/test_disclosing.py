"""When pictures may be handed over: two people apart, a case, and somebody who weighs evidence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from overt.domain.decision import Recipient, Verdict
from overt.domain.disclosing import (
    PICTURES_FOR,
    BadDisclosure,
    require_case,
    require_pictures_for,
    require_two_apart,
)


@dataclass(frozen=True)
class Said:
    account: str
    verdict: Verdict = Verdict.WORTH_A_LOOK


@pytest.mark.parametrize("to", Recipient)
def test_pictures_go_to_whoever_weighs_evidence_and_not_to_the_person_themselves(to: Recipient) -> None:
    if to is not Recipient.SUBJECT:
        assert to in PICTURES_FOR
        require_pictures_for(to)
        return
    with pytest.raises(BadDisclosure, match="somebody else"):
        require_pictures_for(to)


def test_there_is_a_case_by_its_reference() -> None:
    assert require_case(" CR/2026/17 ") == "CR/2026/17"
    for bad in ("", "  ", "x" * 201, "two\nlines"):
        with pytest.raises(BadDisclosure, match="reference"):
            require_case(bad)


@pytest.mark.parametrize(
    ("first", "second", "decided", "says"),
    [
        ("ann", "ann", (), "named yourself"),
        ("ann", "ben", ("ann",), "You have decided"),
        ("ann", "ben", ("cat", "ben"), "The second person has decided"),
        ("ann", "ben", ("cat", "dan"), ""),
        ("ann", "ben", (), ""),
    ],
)
def test_two_people_hand_them_over_and_neither_has_decided(
    first: str, second: str, decided: tuple[str, ...], says: str
) -> None:
    decisions = [Said(account) for account in decided]
    if not says:
        require_two_apart(first, second, decisions)
        return
    with pytest.raises(BadDisclosure, match=says):
        require_two_apart(first, second, decisions)
