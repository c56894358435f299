"""Time: aware UTC only, held as integer microseconds since 1970, written as RFC 3339 with milliseconds and Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000


class Clock(Protocol):
    """Where the time comes from; nothing in Overt reads the machine's clock by itself."""

    def now_us(self) -> int:
        """Microseconds since 1970, UTC, by the host's clock."""
        ...

    def boot_us(self) -> int:
        """Microseconds since the machine started, sleep included; nobody can set it."""
        ...


def to_us(moment: datetime) -> int:
    """Microseconds since 1970.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a time zone; write 2026-11-22T09:00:00Z")
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_datetime(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def to_text(us: int) -> str:
    """`2026-11-22T09:00:00.000Z`; the microseconds below a millisecond are cut off."""
    return to_datetime(us).strftime("%Y-%m-%dT%H:%M:%S.") + f"{us // 1000 % 1000:03d}Z"
