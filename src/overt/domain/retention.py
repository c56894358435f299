"""How long sealed things live. A policy may shorten these, and lengthen them only up to the limits here.

Rules:
  - a watch list dies at most 24 hours after its deployment's window;
  - the pictures of somebody whom a person has found not to be the one die within 60 seconds of that decision;
  - an alert's pictures die at most 31 days after it, whatever was decided;
  - the key by which it can be answered who was on a list dies at most three years after the window.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.domain.time import SECOND_US

HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, kw_only=True)
class RetentionRules:
    """Microseconds. Where the figures come from: 24 hours are what South Wales Police keep both for; 31 days are the
    Metropolitan Police's limit for alerts.

    Attributes:
        list_after_end_us: from the end of the window to the erasing of the list.
        not_the_person_us: from that decision to the erasing; what is left of the 60 seconds is for the erasing itself.
        possible_match_us: from the alert to its erasing.
        listed_answer_us: from the end of the window to the erasing of the key by which somebody can be told whether
            they were listed; 0: there is no such key, as in a rehearsal.
    """

    list_after_end_us: int = DAY_US
    not_the_person_us: int = 20 * SECOND_US
    possible_match_us: int = DAY_US
    listed_answer_us: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.list_after_end_us <= DAY_US:
            raise ValueError("list_after_end_us must be from 0 to 24 hours")
        if not 0 <= self.not_the_person_us <= 40 * SECOND_US:
            raise ValueError("not_the_person_us must be from 0 to 40 seconds: all is to be gone within 60")
        if not 0 < self.possible_match_us <= 31 * DAY_US:
            raise ValueError("possible_match_us must be above 0 and at most 31 days")
        if not 0 <= self.listed_answer_us <= 1098 * DAY_US:
            raise ValueError("listed_answer_us must be from 0 to 1,098 days")
