"""A clock that stands still until it is told to go on."""

from __future__ import annotations

from overt.domain.time import SECOND_US

SOME_DAY_US = 1_795_338_000 * SECOND_US  # 2026-11-22T09:00:00Z


class FixedClock:
    """A `Clock` for tests; one that many threads may read.

    Args:
        now_us: microseconds since 1970, UTC.
        boot_us: microseconds since the machine started.
    """

    def __init__(self, now_us: int = SOME_DAY_US, boot_us: int = 1000 * SECOND_US) -> None:
        self._now_us = now_us
        self._boot_us = boot_us

    def now_us(self) -> int:
        return self._now_us

    def boot_us(self) -> int:
        return self._boot_us

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self._now_us += round(seconds * SECOND_US)
        self._boot_us += round(seconds * SECOND_US)

    def set_now(self, now_us: int) -> None:
        """Sets the host's clock, as a person might; the time since the machine's start is untouched."""
        self._now_us = now_us
