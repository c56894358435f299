"""The verification of the ledger that goes on here: one at a time, in a thread of its own, for everybody who checks.

It works in batches and rests between them, so that whoever waits for a page meanwhile does not wait for it. What came
of the last one is told until the next one or until this process ends.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from overt.domain.errors import OvertError
from overt.services.installation import Installation
from overt.services.verification import Holds, Mark, stopped, verify_all
from overt.store.heads import Heads

#: Between two batches of entries, each of about a tenth of a second.
REST_S: Final = 0.02
END_S: Final = 20.0


@dataclass(kw_only=True, eq=False)
class Verification:
    """One verification.

    Attributes:
        account: who asked for it.
        done, total: entries; `total` is 0 until the first batch is done.
        holds: what was verified, once it is over and everything holds.
        error: why not.
    """

    account: str
    began_us: int
    done: int = 0
    total: int = 0
    ended_us: int = 0
    holds: Holds | None = None
    error: OvertError | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    @property
    def over(self) -> bool:
        return bool(self.ended_us)


class Verifications:
    """Every verification of this process; any thread may ask. `heads`: kept outside the database; None: none are."""

    def __init__(self, installation: Installation, heads: Heads | None) -> None:
        self._installation, self._heads = installation, heads
        self._lock = threading.Lock()
        self._newest: Verification | None = None

    @property
    def newest(self) -> Verification | None:
        """The one that goes on, or the last one."""
        return self._newest

    def begin(self, account: str, noted: Mark | None) -> Verification:
        """Begins one, unless one goes on already; returns the one that goes on then."""
        with self._lock:
            if self._newest is not None and not self._newest.over:
                return self._newest
            one = Verification(account=account, began_us=self._installation.clock.now_us())
            one.thread = threading.Thread(target=self._verify, args=(one, noted), name="overt-verify", daemon=True)
            self._newest = one
            one.thread.start()
            return one

    def stop(self) -> None:
        """Stops the one that goes on, and waits for its end."""
        one = self._newest
        if one is not None and one.thread is not None:
            one.stop.set()
            one.thread.join(END_S)

    def _verify(self, one: Verification, noted: Mark | None) -> None:
        try:
            one.holds = verify_all(
                self._installation, self._heads, noted, lambda done, total: self._progress(one, done, total)
            )
            one.done = one.total = one.holds.found.last.size
        except OvertError as error:
            one.error = error
        except Exception as fault:  # noqa: BLE001  (told by its kind: nobody else would hear of it)
            one.error = OvertError(
                f"The verification failed in a way that nobody foresaw ({type(fault).__name__}).",
                "Try again, and report it.",
            )
        finally:
            one.ended_us = self._installation.clock.now_us()

    @staticmethod
    def _progress(one: Verification, done: int, total: int) -> None:
        one.done, one.total = done, total
        if one.stop.wait(REST_S):
            raise stopped()
