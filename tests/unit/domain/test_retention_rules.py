"""How long sealed things may live at most."""

from __future__ import annotations

import pytest

from overt.domain.retention import DAY_US, RetentionRules


def test_the_limits_themselves_are_allowed() -> None:
    RetentionRules(list_after_end_us=DAY_US, not_the_person_us=40_000_000, possible_match_us=31 * DAY_US)
    RetentionRules(list_after_end_us=0, not_the_person_us=0, possible_match_us=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("list_after_end_us", DAY_US + 1),
        ("list_after_end_us", -1),
        ("not_the_person_us", 40_000_001),
        ("not_the_person_us", -1),
        ("possible_match_us", 31 * DAY_US + 1),
        ("possible_match_us", 0),
        ("listed_answer_us", -1),
        ("listed_answer_us", 1098 * DAY_US + 1),
    ],
)
def test_nothing_beyond_them_can_be_written(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        RetentionRules(**{name: value})
