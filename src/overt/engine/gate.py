"""The gate before every frame.

Rules:
  - nothing is scanned before the authority's window opens, at its end or after it, by the host's clock;
  - a host clock that moves against the time since the machine's start by more than five minutes closes the gate for
    good: only a new run, started by a person, opens it again;
  - where the supervisor says whether scanning may go on, nothing is scanned once it has said nothing for a second: one
    that hangs could not say stop either.
"""

from __future__ import annotations

from collections.abc import Callable

from overt.domain.authority import Window
from overt.domain.time import SECOND_US, Clock

LARGEST_JUMP_US = 5 * 60 * SECOND_US
UNHEARD_S = 1.0


class WindowGate:
    def __init__(self, window: Window, clock: Clock) -> None:
        self._window, self._clock = window, clock
        self._offset_us = clock.now_us() - clock.boot_us()
        self.clock_jumped = False

    def may_scan(self) -> bool:
        now_us = self._looked_at()
        return not self.clock_jumped and self._window.holds(now_us)

    @property
    def over(self) -> bool:
        """Whether nothing will be scanned any more in this run."""
        now_us = self._looked_at()
        return self.clock_jumped or now_us >= self._window.closes_us

    def _looked_at(self) -> int:
        """The host's time, and a note where it has jumped."""
        now_us = self._clock.now_us()
        if abs(now_us - self._clock.boot_us() - self._offset_us) > LARGEST_JUMP_US:
            self.clock_jumped = True
        return now_us


class ToldGate:
    """What the supervisor last said. It is open until something is said: a rehearsal has nobody who would.

    Args:
        seconds: a clock that nobody can set, seconds.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._last: tuple[bool, float] | None = None

    def hear(self, may_scan: bool) -> None:
        self._last = (may_scan, self._seconds())

    def may_scan(self) -> bool:
        last = self._last
        return last is None or (last[0] and self._seconds() - last[1] < UNHEARD_S)
