"""Retention: what is due dies, by itself, on time, and never early.

Rules:
  - nothing is erased before its time by a clock that can be trusted: where the host's clock has moved by more than five
    minutes against the time since the machine's start, nothing is erased until an administrator confirms the clock;
  - an alert that is held is not erased, and the hold is for that one alert;
  - a missed run is made up for by the next one; what is half erased is finished first;
  - what was erased leaves a receipt, and each receipt its entries in the ledger;
  - what nobody decided in time is counted as such on the same rounds, also where the run is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from overt.domain.errors import OvertError, Refused
from overt.domain.time import SECOND_US
from overt.ledger.entry import SYSTEM, Entry
from overt.services.adjudicate import was_rejected
from overt.services.erase import (
    clear_residue,
    erase_alert,
    erase_decoys,
    erase_draft,
    erase_list,
    erase_listed,
    finish_erasures,
    withdraw_entry,
)
from overt.services.installation import CLOCK_SKEW_US, Installation
from overt.services.undecided import count_every_undecided
from overt.store.ports import Work
from overt.store.records import ClockMark

#: How often a running installation looks; "not the person" is to be gone within 60 seconds of the decision.
PERIOD_S = 5.0
LARGEST_JUMP_US = 5 * 60 * SECOND_US
RETENTION, NOT_THE_PERSON = "retention", "not-the-person"


class ClockJumped(Refused):
    """Nothing may be scanned or erased."""

    code = "clock-jumped"


@dataclass(frozen=True, kw_only=True)
class Retained:
    """What one run did. `cleared`: the database's files hold no trace of what was erased, so far as anything was."""

    lists: int = 0
    entries: int = 0
    alerts: int = 0
    drafts: int = 0
    decoys: int = 0
    listed: int = 0
    sessions: int = 0
    cleared: bool = True

    @property
    def erased(self) -> int:
        return self.lists + self.entries + self.alerts + self.drafts + self.decoys + self.listed


def require_steady_clock(installation: Installation) -> int:
    """Looks at the clock, and keeps the look for the next one; returns the host's time that it saw.

    Raises:
        ClockJumped: it has moved by more than five minutes since it was first looked at after the machine's start.
    """
    now_us, boot_us = installation.clock.now_us(), installation.clock.boot_us()

    def look(work: Work) -> int:
        mark = work.clock.get()
        if mark is None or mark.boot != installation.boot:
            jumped_us = mark.jumped_us if mark else 0  # a restart of the machine confirms nothing
            mark = ClockMark(boot=installation.boot, host_us=now_us, boot_us=boot_us, jumped_us=jumped_us)
            work.clock.set(mark)
            return jumped_us
        moved_us = (now_us - mark.host_us) - (boot_us - mark.boot_us)
        if not mark.jumped_us and abs(moved_us) > LARGEST_JUMP_US:
            mark = replace(mark, jumped_us=moved_us)
            work.clock.set(mark)
            work.record("clock.jumped", facts={"moved_ms": moved_us // 1000})
        return mark.jumped_us

    jumped_us = installation.store.write(look)
    if jumped_us:
        raise ClockJumped(
            f"The machine's clock was moved by {_minutes(jumped_us)}, so nobody can tell what is due; nothing is "
            "scanned and nothing erased.",
            "Check the clock, then confirm it with overt retain --confirm-clock.",
        )
    return now_us


def confirm_clock(installation: Installation, actor: str = SYSTEM) -> bool:
    """An administrator has checked that the clock is right now; says whether there was anything to confirm: a jump,
    or entries of the ledger from a time that has not come yet, as a clock that ran ahead leaves them."""
    now_us, boot_us = installation.clock.now_us(), installation.clock.boot_us()

    def confirm(work: Work) -> bool:
        mark, last = work.clock.get(), work.ledger.last()
        moved_us = mark.jumped_us if mark else 0
        ahead_us = Entry.from_bytes(last.entry).at_us - now_us if last else 0
        if not moved_us and ahead_us > CLOCK_SKEW_US:
            moved_us = -ahead_us
        if not moved_us:
            return False
        work.clock.set(ClockMark(boot=installation.boot, host_us=now_us, boot_us=boot_us))
        work.record("clock.confirmed", actor=actor, facts={"moved_ms": moved_us // 1000})
        return True

    return installation.store.write(confirm)


def retain(installation: Installation) -> Retained:
    """Erases everything that is due.

    Raises:
        ClockJumped: see `require_steady_clock`.
        StoreUnavailable, KeyringUnavailable: it could not be done to the end; the next run goes on.
    """
    now_us = require_steady_clock(installation)  # what is due is judged by the very time that was looked at
    finish_erasures(installation)
    store = installation.store
    lists = sum(erase_list(installation, row.id, RETENTION) for row in store.read(lambda work: work.lists.due(now_us)))
    drafts = sum(
        erase_draft(installation, row.id, RETENTION) for row in store.read(lambda work: work.drafts.due(now_us))
    )
    decoys = sum(
        erase_decoys(installation, row.id, RETENTION) for row in store.read(lambda work: work.decoys.due(now_us))
    )
    listed = sum(erase_listed(installation, one, RETENTION) for one in store.read(lambda work: work.listed.due(now_us)))
    entries = sum(
        withdraw_entry(installation, watch_list, position, RETENTION)
        for watch_list, position in store.read(lambda work: work.lists.due_entries(now_us))
    )
    alerts = sum(
        erase_alert(installation, alert, reason, due_us=now_us) for alert, reason in _due_alerts(installation, now_us)
    )
    count_every_undecided(installation)
    sessions = store.write(lambda work: _end_sessions(work, now_us))
    cleared = clear_residue(installation)
    return Retained(
        lists=lists,
        entries=entries,
        alerts=alerts,
        drafts=drafts,
        decoys=decoys,
        listed=listed,
        sessions=sessions,
        cleared=cleared,
    )


class Retainer:
    """Retention in a running process, in a thread of its own.

    Args:
        trouble: is told, once for each new reason, why nothing could be erased.
        then: is called after each run, in the same thread; its errors are told as well.
    """

    def __init__(
        self,
        installation: Installation,
        trouble: Callable[[str], None],
        *,
        then: Callable[[], None] = lambda: None,
        period_s: float = PERIOD_S,
    ) -> None:
        self._installation, self._trouble, self._then, self._period_s = installation, trouble, then, period_s
        self._stop = threading.Event()
        self._told = ""
        self._thread = threading.Thread(target=self._run, name="overt-retention", daemon=True)

    def __enter__(self) -> Retainer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._run_once()
                self._stop.wait(self._period_s)
        finally:
            if not self._stop.is_set():  # a fault of Overt's own: the thread's trace says which
                self._trouble("What is due is no longer erased by itself. Start overt retain beside this.")

    def _run_once(self) -> None:
        try:
            retain(self._installation)
            self._then()
            self._told = ""
        except (OvertError, OSError) as error:
            if str(error) != self._told:
                self._told = str(error)
                self._trouble(f"What is due could not be erased yet. {error}")


def _due_alerts(installation: Installation, now_us: int) -> list[tuple[str, str]]:
    """Each with the reason of its erasing."""

    def look(work: Work) -> list[tuple[str, str]]:
        found = []
        for row in work.alerts.due(now_us):
            rejected = was_rejected(row, work.alerts.decisions(row.id))
            found.append((row.id, NOT_THE_PERSON if rejected else RETENTION))
        return found

    return installation.store.read(look)


def _end_sessions(work: Work, now_us: int) -> int:
    removed = work.sessions.remove_expired(now_us)
    if removed:
        work.record("sessions.expired", facts={"sessions": removed})
    return removed


def _minutes(us: int) -> str:
    return f"{us / 60 / SECOND_US:+.0f} minutes"
