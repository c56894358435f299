"""The machine's own clocks."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from pathlib import Path

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


def machine_id() -> str:
    """What tells this machine from others: systemd's id, else the address of its network card."""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            if found := Path(path).read_text("ascii").strip():
                return found
    return f"{uuid.getnode():012x}"


def boot_id() -> str:
    """Which start of the machine this is; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
