"""The machine's own clocks."""

from __future__ import annotations

import time

from overt.domain.time import Clock


class SteadyClock:
    """A clock that starts at the host's time and then runs on evenly, whoever sets the host's.

    Faces age by it: setting a clock must neither keep a face for longer nor end every passage.
    """

    def __init__(self, host: Clock) -> None:
        self._host = host
        self._offset_us = host.now_us() - host.boot_us()

    def now_us(self) -> int:
        return self._host.boot_us() + self._offset_us

    def boot_us(self) -> int:
        return self._host.boot_us()


class SystemClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def boot_us(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
