"""What a complaint has to say, and by when it is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from overt.domain.complaining import BadComplaint, Kind, due_us, require_answer, require_complaint
from overt.domain.retention import DAY_US
from overt.services.policies import load_policy

RULES = load_policy("uk-police").rules


def test_a_reference_is_kept_on_one_line() -> None:
    assert require_complaint("  C/2026 \n 17 ", [Kind.SIGNS], 5, 5) == "C/2026 17"


@pytest.mark.parametrize(
    ("reference", "kinds", "received_us", "says"),
    [
        (" \n", [Kind.SIGNS], 0, "has a case reference"),
        ("x" * 81, [Kind.SIGNS], 0, "at most 80 characters"),
        ("C/17", [], 0, "not said what the complaint is about"),
        ("C/17", [Kind.ELSE], 6, "still to come"),
    ],
    ids=["no reference", "a long one", "no kind", "from the future"],
)
def test_what_is_missing_is_told(reference: str, kinds: list[Kind], received_us: int, says: str) -> None:
    with pytest.raises(BadComplaint, match=says):
        require_complaint(reference, kinds, received_us, 5)


def test_an_answer_says_something() -> None:
    assert require_answer(" There are new signs now. ") == "There are new signs now."
    with pytest.raises(BadComplaint, match="at least 5 words"):
        require_answer("Not upheld.")


def test_it_is_due_by_the_policys_days() -> None:
    assert due_us(7, RULES) == 7 + 28 * DAY_US
    assert due_us(7, replace(RULES, complaint_due_days=3)) == 7 + 3 * DAY_US
