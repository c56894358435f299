"""What a sign or a leaflet says: everything about one deployment, as it was recorded, and nothing typed for the sign.

A notice can be written down as plain JSON and read back, so that what hung in a street can be made again later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from overt.domain.area import Point
from overt.domain.time import EPOCH, to_us
from overt.ledger.head import PRINTED_DIGITS


@dataclass(frozen=True, kw_only=True)
class Span:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Rate:
    """False alerts to expect of people who are not on the list.

    Attributes:
        per_1000: in 1,000 passages.
        here: in all passages that were planned; None: none were planned.
        passages: that were planned.
        rows: pictures that each passage is compared with.
        comparisons, people: that the calibration rests on.
        extrapolated: fewer than 30 errors were seen at the threshold.
    """

    per_1000: Span
    here: Span | None
    passages: int
    rows: int
    comparisons: int
    people: int
    extrapolated: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """The group with most false comparisons. `times`: its over everybody's; `name`: as the measurement calls it."""

    name: str
    times: Span


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Where finding people falls to nine tenths of its best, and where scanning pauses; None: it never does."""

    amber: float
    red: float | None
    people: int


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured for the model pack and this list; None: it was not measured."""

    rate: Rate | None
    group: Group | None
    dark: Bound | None
    crowd: Bound | None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One deployment, as the public is told of it.

    Attributes:
        deployment: its id.
        kind: operation, or trial with volunteers.
        purpose, use_case: codes of its policy; empty where an earlier version entered it.
        opens, closes, printed: in the time zone of the place.
        area: corners (latitude, longitude) in degrees; empty: it has none.
        controller: the body that runs it.
        complaints: where to ask and complain, in words.
        page: address of its page in the register.
        version: of the program.
        pack: what the model pack is, in its own words.
        not_the_person_s, possible_match_h, list_after_end_h: how long things live, by its policy.
        entries, root: the ledger's head; the second in 64 hexadecimal digits.
        key: the ledger's public key, `ed25519:` and 64 hexadecimal digits; empty where an earlier version kept none.
    """

    deployment: str
    place: str
    kind: str
    purpose: str
    use_case: str
    cameras: int
    opens: datetime
    closes: datetime
    area: tuple[Point, ...]
    controller: str
    complaints: str
    page: str
    version: str
    pack: str
    not_the_person_s: float
    possible_match_h: float
    list_after_end_h: float
    pictures: int
    measured: Measured
    entries: int
    root: str
    printed: datetime
    key: str = ""

    @property
    def mark(self) -> str:
        """The ledger's head, shortened: its size, and 16 of the 64 digits of its root; every verifier takes it."""
        return f"{self.entries}:{self.root[:PRINTED_DIGITS]}"

    @property
    def check(self) -> str:
        """Address of the register's page that says how the record is checked."""
        return f"{self.page.rpartition('/')[0]}/check.html"

    def to_plain(self) -> dict[str, object]:
        """As JSON has it."""
        return {**asdict(self), **{name: _plain_moment(getattr(self, name)) for name in _MOMENTS}}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Notice:
        """What `to_plain` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        measured = plain["measured"]
        read: dict[str, Any] = {
            **plain,
            **{name: _moment(plain[name]) for name in _MOMENTS},
            "area": tuple((float(latitude), float(longitude)) for latitude, longitude in plain["area"]),
            "measured": Measured(
                rate=_rate(measured["rate"]),
                group=_group(measured["group"]),
                dark=_bound(measured["dark"]),
                crowd=_bound(measured["crowd"]),
            ),
        }
        return cls(**read)


_MOMENTS = ("opens", "closes", "printed")


def local(us: int, zone: tzinfo | None = None) -> datetime:
    """A moment, microseconds since 1970, UTC, in a zone (None: the machine's): with the offset and the name that the
    zone has at that moment, and nothing that another machine would need to know."""
    moment = (EPOCH + timedelta(microseconds=us)).astimezone(zone)
    return moment.astimezone(timezone(moment.utcoffset() or timedelta(0), moment.tzname() or "UTC"))


def _plain_moment(moment: datetime) -> list[object]:
    offset = moment.utcoffset() or timedelta(0)
    return [to_us(moment), offset // timedelta(seconds=1), moment.tzname()]


def _moment(plain: Any) -> datetime:
    us, offset_s, name = plain
    return (EPOCH + timedelta(microseconds=us)).astimezone(timezone(timedelta(seconds=offset_s), name))


def _span(plain: Mapping[str, float]) -> Span:
    return Span(**plain)


def _rate(plain: Mapping[str, Any] | None) -> Rate | None:
    if plain is None:
        return None
    here = plain["here"]
    spans = {"per_1000": _span(plain["per_1000"]), "here": None if here is None else _span(here)}
    return Rate(**{**plain, **spans})


def _group(plain: Mapping[str, Any] | None) -> Group | None:
    return None if plain is None else Group(name=plain["name"], times=_span(plain["times"]))


def _bound(plain: Mapping[str, Any] | None) -> Bound | None:
    return None if plain is None else Bound(**plain)
