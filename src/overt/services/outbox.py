"""The outbox: what the cameras found and nobody has yet.

Rules:
  - what is put in is handed over in order, by a thread of its own, so that a slow disk holds up no camera;
  - what cannot be handed over now waits and is tried again, at most 64 alerts and at most 60 seconds; then the run
    stops, since an alert that nobody gets is a promise broken; nobody can set the clock that measures these seconds;
  - a fault that waiting cannot mend stops the run at once.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from overt.domain.errors import OvertError, Stopped
from overt.domain.time import SECOND_US, Clock
from overt.store.errors import CommitUnknown, StoreUnavailable
from overt.vault.errors import KeyringUnavailable

MOST_ALERTS = 64
LONGEST_US = 60 * SECOND_US
#: How long the end of a run waits for what is still in hand.
LAST_S = 5.0
LAST_TRY_S = 2.0
PAUSE_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something to hand over. `deliver` may be called again after it failed, and must then go on where it was."""

    deliver: Callable[[], None]
    is_alert: bool


class Outbox:
    """What waits, in order.

    Args:
        clock: for how long something has waited.
        trouble: is told, once, that something waits, and why.
    """

    def __init__(self, clock: Clock, trouble: Callable[[str], None]) -> None:
        self._clock, self._trouble = clock, trouble
        self._items: deque[tuple[int, Item]] = deque()  # since when, by the clock that nobody can set
        self._changed = threading.Condition()
        self._ending = False
        self._fault: OvertError | OSError | None = None
        self._told = False
        self._given_up = False
        self._thread = threading.Thread(target=self._run, name="overt-outbox", daemon=True)

    def start(self) -> None:
        """From now on a thread hands over whatever is put in."""
        self._thread.start()

    def put(self, item: Item) -> None:
        with self._changed:
            self._items.append((self._clock.boot_us(), item))
            self._changed.notify_all()

    def deliver(self) -> bool:
        """Hands over what it can, once; says whether nothing is left. For the thread, or where there is none."""
        while self._items:
            _, item = self._items[0]
            try:
                item.deliver()
            except (OvertError, OSError) as fault:
                with self._changed:
                    self._fault = fault
                return False
            with self._changed:
                self._items.popleft()
                self._fault = None
                self._told = False
        return True

    def check(self) -> None:
        """Goes on where everything is handed over, or may still wait.

        Raises:
            Stopped: too much waits, or for too long, or nobody takes anything any more.
            OvertError: another fault that waiting cannot mend.
        """
        with self._changed:
            fault, told = self._fault, self._told
            alerts = sum(item.is_alert for _, item in self._items)
            waited_us = self._clock.boot_us() - self._items[0][0] if self._items else 0
            self._told = fault is not None
        if fault is None:
            if self._thread.ident is not None and not self._thread.is_alive():
                raise _stopped(alerts, "the part of Overt that does it has failed")
            if alerts > MOST_ALERTS:
                raise _stopped(alerts, "they come faster than they can be kept")
            if waited_us > LONGEST_US:
                raise _stopped(alerts, "what takes them has not answered for over a minute")
            return
        if isinstance(fault, OvertError) and not _may_pass(fault):
            raise fault
        if not _may_pass(fault) or waited_us > LONGEST_US or alerts > MOST_ALERTS:
            raise _stopped(alerts, _words(fault)) from fault
        if not told:
            self._trouble(f"What was found could not be handed over ({_words(fault)}); it waits.")

    def finish(self) -> None:
        """The run is over: hands over what still waits, now or never.

        Raises:
            Stopped: something still waits.
        """
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread.ident is None:
            self.deliver()
        else:
            self._thread.join(LAST_S)
        with self._changed:
            self._given_up = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(
                LAST_TRY_S
            )  # what it has in hand is handed over now, or has failed; nothing is tried again
        with self._changed:
            left, fault = list(self._items), self._fault
        if left:
            alerts = sum(item.is_alert for _, item in left)
            what = f"{alerts} {'alert' if alerts == 1 else 'alerts'}" if alerts else "The last figures"
            why = f" ({_words(fault)})" if fault else ""
            raise Stopped(
                f"{what} could not be handed over before the end{why}.",
                "Make room or mend the way out, and start again.",
            )

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._items and not self._ending:
                    self._changed.wait()
                if not self._items or self._given_up:
                    return
            if not self.deliver():
                with self._changed:
                    if self._given_up or (self._fault is not None and not _may_pass(self._fault)):
                        return
                    self._changed.wait(PAUSE_S)


def _stopped(alerts: int, why: str) -> Stopped:
    return Stopped(
        f"Alerts can no longer be handed over ({why}); {alerts} waited. "
        "Scanning has stopped, since an alert that nobody gets is a promise broken.",
        "Make room or mend the way out, and start again.",
    )


def _may_pass(fault: OvertError | OSError) -> bool:
    """Whether waiting may mend it."""
    if isinstance(fault, OSError):
        return fault.errno != errno.EPIPE
    return isinstance(fault, (StoreUnavailable, KeyringUnavailable)) and not isinstance(fault, CommitUnknown)


def _words(fault: OvertError | OSError) -> str:
    return (fault.strerror or "it cannot be written") if isinstance(fault, OSError) else fault.sentence.rstrip(".")
