"""The operating envelope of a model pack: under which conditions its figures hold, in quantities that a camera shows.

Rules:
  - a quantity is one of `QUANTITIES`; each has a bad side, on which its limits lie;
  - amber is where the true positive identification rate has fallen to 90 % of its best: outside it a camera is warned
    of;
  - red, where it was measured, lies beyond amber: there the rate has fallen to half of its best;
  - a limit says which measurement it comes from and how many people it rests on;
  - what stood in red stands in red until it is half-way back to amber, and what stood in amber until it is a twentieth
    inside: a value that trembles at a limit is told of once;
  - what has no limit, or was not measured at a camera, is "not measured": never green.
"""

from __future__ import annotations

import datetime
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from overt.domain.words import toml_string

Worse = Literal["low", "high"]

AMBER_SHARE: Final = 0.9
RED_SHARE: Final = 0.5
_INSIDE: Final = 0.05

#: Which side is the bad one, of each quantity that a camera can be measured by.
QUANTITIES: Final[Mapping[str, Worse]] = {
    "zone_light": "low",  # mean grey level of the zone, 0 to 255
    "face_light": "low",  # mean grey level of the aligned face, 0 to 255 (`Quality.light`)
    "face_sharpness": "low",  # of the aligned face (`Quality.sharpness`)
    "face_width": "low",  # pixels of the frame (`Quality.width_px`)
    "face_yaw": "high",  # turn to either side, 0 to 1 (the amount of `Quality.yaw`)
    "in_view": "high",  # faces followed at once
    "lag_s": "high",  # age of a frame when it is looked at, seconds
}


#: How a quantity that stands badly is told of, and how a value of it is written.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "zone_light": ("the zone is dark", "grey level {:.0f}"),
    "face_light": ("the faces are dark", "grey level {:.0f}"),
    "face_sharpness": ("the faces are blurred", "sharpness {:.4f}"),
    "face_width": ("the faces are small", "{:.0f} px"),
    "face_yaw": ("the faces are turned away", "a turn of {:.2f}"),
    "in_view": ("the crowd is dense", "{:.0f} faces at once"),
    "lag_s": ("the pictures come late", "{:.2f} s"),
}


class Standing(StrEnum):
    """Where a camera stands to the envelope, better ones first."""

    UNKNOWN = "not measured"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def rank(self) -> int:
        return list(Standing).index(self)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The limits of one quantity.

    Attributes:
        amber: the last value that is still inside the envelope.
        red: the last value at which a camera still scans; None where the rate never fell so far.
        condition: the measurement that it comes from.
        people: how many people it rests on.

    Raises:
        ValueError: a rule of this module is broken.
    """

    quantity: str
    amber: float
    red: float | None
    condition: str
    people: int

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise ValueError(f"{self.quantity!r} is no quantity of an envelope: {', '.join(QUANTITIES)}")
        if not all(math.isfinite(limit) and limit >= 0 for limit in (self.amber, self.red or 0.0)):
            raise ValueError(f"the limits of {self.quantity} must be numbers from 0")
        if self.red is not None and not self._beyond(self.red, self.amber):
            raise ValueError(f"the red limit of {self.quantity} must lie beyond the amber one")
        if not self.condition.strip() or self.people < 1:
            raise ValueError(
                f"the limits of {self.quantity} must say what they were measured by, and on how many people"
            )

    @property
    def worse(self) -> Worse:
        """The bad side."""
        return QUANTITIES[self.quantity]

    def standing(self, value: float | None, before: Standing = Standing.UNKNOWN) -> Standing:
        """Where a measured value lies; "not measured" where there is none. `before`: where it lay last."""
        if value is None or not math.isfinite(value):
            return Standing.UNKNOWN
        if self.red is not None:
            half_way = (self.red + self.amber) / 2
            if self._beyond(value, half_way if before is Standing.RED else self.red):
                return Standing.RED
        inside = self.amber * (1 + _INSIDE if self.worse == "low" else 1 - _INSIDE)
        outside_before = before in (Standing.AMBER, Standing.RED)
        return Standing.AMBER if self._beyond(value, inside if outside_before else self.amber) else Standing.GREEN

    def says(self, standing: Standing, value: float | None) -> str:
        """Why a camera stands in amber or red, as a sentence; `value`: what was measured."""
        what, written = _WORDS[self.quantity]
        limit = self.red if standing is Standing.RED and self.red is not None else self.amber
        measured = "" if value is None else f"{written.format(value)}, "
        side = "least" if self.worse == "low" else "most"
        return f"{what} ({measured}{written.format(limit)} is the {side})."

    def _beyond(self, value: float, limit: float) -> bool:
        return value < limit if self.worse == "low" else value > limit


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The limits of a pack.

    Attributes:
        limits: at most one of each quantity, at least one, in the order of `QUANTITIES`.
        source: what was measured, in words.
        date: of the measurement.

    Raises:
        ValueError: a rule of this module is broken.
    """

    limits: tuple[Limit, ...]
    source: str
    date: datetime.date

    def __post_init__(self) -> None:
        named = [limit.quantity for limit in self.limits]
        if not named or named != [quantity for quantity in QUANTITIES if quantity in named]:
            raise ValueError("an envelope has at least one limit, each quantity once and in the order of QUANTITIES")
        if not self.source.strip():
            raise ValueError("an envelope must say what it was measured on")

    def limit(self, quantity: str) -> Limit | None:
        return next((limit for limit in self.limits if limit.quantity == quantity), None)

    def to_toml(self) -> str:
        """The table `[envelope]`, as `from_table` reads it again."""
        return "\n".join(
            [
                "[envelope]",
                f"source = {toml_string(self.source)}",
                f"date = {self.date.isoformat()}",
                *(f"{limit.quantity} = {_inline(limit)}" for limit in self.limits),
                "",
            ]
        )

    @classmethod
    def from_toml(cls, text: str) -> Envelope:
        """What `to_toml` wrote."""
        return cls.from_table(tomllib.loads(text)["envelope"])

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> Envelope:
        """The envelope in a table `[envelope]`.

        Raises:
            ValueError: a key is missing, unknown or of another type, or a rule of this module is broken.
        """
        if not {"source", "date"} <= set(table) <= {"source", "date", *QUANTITIES}:
            raise ValueError(f"an envelope has the keys source and date, and any of {', '.join(QUANTITIES)}")
        source, date = table["source"], table["date"]
        if not isinstance(source, str):
            raise ValueError("the source of an envelope must be text")
        if not isinstance(date, datetime.date) or isinstance(date, datetime.datetime):
            raise ValueError("the date of an envelope must be a day, such as 2026-11-28")
        return cls(
            limits=tuple(_limit(quantity, table[quantity]) for quantity in QUANTITIES if quantity in table),
            source=source,
            date=date,
        )


def _inline(limit: Limit) -> str:
    red = "" if limit.red is None else f"red = {limit.red!r}, "
    amber, condition = f"amber = {limit.amber!r}", f"condition = {toml_string(limit.condition)}"
    return f"{{ worse = {toml_string(limit.worse)}, {amber}, {red}{condition}, people = {limit.people} }}"


def _limit(quantity: str, value: object) -> Limit:
    if not isinstance(value, Mapping) or not {"worse", "amber", "condition", "people"} <= set(value) <= {
        *("worse", "amber", "red", "condition", "people")
    }:
        raise ValueError(f"{quantity} of an envelope has the keys worse, amber, condition, people, and red at most")
    if value["worse"] != QUANTITIES[quantity]:
        raise ValueError(f"the bad side of {quantity} is {QUANTITIES[quantity]!r}, not {value['worse']!r}")
    condition, people = value["condition"], value["people"]
    if not isinstance(condition, str) or isinstance(people, bool) or not isinstance(people, int):
        raise ValueError(f"{quantity} of an envelope needs a text as condition and a whole number of people")
    return Limit(
        quantity=quantity,
        amber=_number(quantity, value["amber"]),
        red=_number(quantity, value["red"]) if "red" in value else None,
        condition=condition,
        people=people,
    )


def _number(quantity: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} of {quantity} in an envelope is not a number")
    return float(value)
