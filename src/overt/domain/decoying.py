"""Decoys: alerts that test the people who decide. When one may be shown, and who was right.

Rules:
  - when one comes nobody can tell: at each moment it is as likely as at any other, and a policy says how many an hour
    there are at most (`comes`);
  - none in the first or the last ten minutes of a run, none while an alert waits for people, none in a trial, and never
    more within an hour than the policy says (`may_show`);
  - "worth a look" is right of two pictures of the same person, "not the person" of two different people; "cannot tell"
    is right of neither (`was_right`);
  - engagement officers are shown none (`are_shown_to`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from overt.domain.decision import Verdict
from overt.domain.retention import HOUR_US
from overt.domain.roles import Role
from overt.domain.time import SECOND_US

#: Nobody is tested so soon after a run began, or so shortly before its window closes.
MARGIN_US: Final = 10 * 60 * SECOND_US
_FRACTION: Final = 1 << 64


class Ended(StrEnum):
    """How a decoy came to its end."""

    DECIDED = "decided"
    REAL_ALERT = "real-alert"  # one came, so it was taken back
    UNANSWERED = "unanswered"  # nobody decided in time
    RUN_ENDED = "run-ended"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A moment of a run, microseconds since 1970, UTC.

    Attributes:
        waiting: alerts that wait for people, decoys too, in any deployment.
        shown_us: when decoys were shown in this deployment.
    """

    now_us: int
    began_us: int
    closes_us: int
    waiting: int
    shown_us: tuple[int, ...] = ()


def comes(per_hour: float, elapsed_us: int, drawn: bytes) -> bool:
    """Whether a decoy is due within a stretch of time.

    Args:
        per_hour: how many there are in an hour on average, 0 or more.
        drawn: 8 random bytes.
    """
    chance = 1 - math.exp(-per_hour * max(0, elapsed_us) / HOUR_US)
    return int.from_bytes(drawn, "big") < chance * _FRACTION


def may_show(moment: Moment, per_hour: int) -> bool:
    """Whether a decoy that is due may be shown now."""
    if not moment.began_us + MARGIN_US <= moment.now_us < moment.closes_us - MARGIN_US:
        return False
    lately = sum(moment.now_us - HOUR_US < one for one in moment.shown_us)
    return not moment.waiting and lately < per_hour


def was_right(verdict: Verdict, *, same: bool) -> bool:
    """Whether a verdict is right of two pictures. `same`: they show the same person."""
    return verdict is (Verdict.WORTH_A_LOOK if same else Verdict.NOT_THE_PERSON)


def are_shown_to(roles: Iterable[Role]) -> bool:
    """Whether an account of these roles is shown decoys: nobody is who goes up to people in the street."""
    return Role.ENGAGEMENT_OFFICER not in set(roles)
