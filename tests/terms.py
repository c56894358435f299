"""Terms of a deployment that ask for little, to be changed by the tests."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from overt.domain.area import EARTH_M, Area
from overt.domain.before_start import Before
from overt.domain.history import History, Start
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.terms import Terms, broken
from overt.domain.time import to_us

NOW_US = to_us(datetime(2026, 11, 22, 9, tzinfo=UTC))
OPENS_US = NOW_US + HOUR_US
LATITUDE, LONGITUDE = 51.5, -0.12
DEGREE_M = math.radians(EARTH_M)

SMALL = Terms(
    name="Clock tower",
    purpose="",
    use_case="",
    opens_us=OPENS_US,
    closes_us=OPENS_US + HOUR_US // 4,
    cameras=1,
    serials=("A1",),
    area=None,
    places=(),
    place_filled=frozenset(),
    authority_filled=frozenset(),
    documents=(),
    officers=None,
    officers_reasons=False,
    urgent_since_us=None,
    wanted_far=1e-9,
    references=frozenset(),
    necessity="",
    before=Before(),
)


def square(side_m: float, *, east_m: float = 0.0, north_m: float = 0.0) -> Area:
    """A square of that side; its lower left corner lies so many metres from a fixed point."""
    south = LATITUDE + north_m / DEGREE_M
    north = south + side_m / DEGREE_M
    # The middle of all squares made here lies near enough to one latitude that their scale is the same.
    metre = 1 / (DEGREE_M * math.cos(math.radians(LATITUDE)))
    west, east = LONGITUDE + east_m * metre, LONGITUDE + (east_m + side_m) * metre
    return Area(corners=((south, west), (south, east), (north, east), (north, west)))


def asking(**changes: Any) -> Terms:
    return replace(SMALL, **changes)


def earlier(days: float, *, area: Area, hours: float = 0.25, cameras: int = 1) -> Start:
    """A start so many days before OPENS_US."""
    opens_us = OPENS_US - round(days * DAY_US)
    return Start(area=area, opens_us=opens_us, closes_us=opens_us + round(hours * HOUR_US), cameras=cameras)


def refusals(policy: Policy, terms: Terms, history: History | None = None, now_us: int = NOW_US) -> set[str]:
    """Names of the rules that the terms break."""
    return {one.rule for one in broken(terms, history or History(), policy, now_us)}
