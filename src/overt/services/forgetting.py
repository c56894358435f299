"""Forget-me tests of what runs: before a volunteer, and into the ledger.

Rules:
  - one of those who check begins it, and it is one at a time in a run (`overt.domain.forgetting`): NotNow;
  - what came of it is recorded whatever it was, also where it was broken off;
  - a store that cannot be written to is tried again every ten seconds, so that it holds no camera up, and when the run
    ends.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from overt.domain.errors import OvertError, Refused
from overt.domain.forgetting import Examined, ForgettingTest
from overt.domain.roles import Action
from overt.domain.time import SECOND_US
from overt.ledger.entry import Fact
from overt.services.installation import Installation
from overt.services.people import Account, require_actor

AGAIN_US = 10 * SECOND_US


class NotNow(Refused):
    code = "no-forgetting-test-now"


class Forgetting:
    """The forget-me tests of one run; the engine's examiner. Any thread may use it.

    Args:
        deployment: its id.
        cameras: how many it has.
    """

    def __init__(self, installation: Installation, deployment: str, cameras: int) -> None:
        self._installation, self._deployment, self._cameras = installation, deployment, cameras
        self._lock = threading.Lock()
        self._by = ""
        self._recorded, self._again_us = True, 0
        self.camera = 0
        self.test: ForgettingTest | None = None

    def begin(self, by: Account, camera: int) -> None:
        """Begins one before a camera.

        Raises:
            NotAllowed: this account may not.
            NotNow: there is no such camera, or one goes on.
        """
        self._installation.store.read(lambda work: require_actor(work, by, Action.FORGETTING_SHOW))
        with self._lock:
            if not 0 <= camera < self._cameras:
                raise NotNow("The deployment has no such camera.", "Choose one of its cameras.")
            if self.test is not None and not (self.test.over and self._recorded):
                raise NotNow("A forget-me test goes on already.", "Wait for its end, or break it off.")
            self.camera, self._by, self._recorded = camera, by.id, False
            self.test = ForgettingTest(self._installation.clock.now_us())

    def break_off(self, by: Account) -> None:
        """Ends the one that goes on, without a result; raises NotAllowed."""
        self._installation.store.read(lambda work: require_actor(work, by, Action.FORGETTING_SHOW))
        self.close()

    def wanted(self) -> int | None:
        with self._lock:
            if self.test is not None and self.test.late(self._installation.clock.now_us()):
                self.test.give_up()
        self._settle()
        return None if self.test is None or self.test.over else self.camera

    def examined(self, found: Examined) -> None:
        with self._lock:
            if self.test is not None and found.camera == self.camera:
                self.test.look(found, self._installation.clock.now_us())
        self._settle()

    def close(self) -> None:
        """The run is over, or somebody broke the test off."""
        with self._lock:
            if self.test is not None:
                self.test.give_up()
        self._settle(last=True)

    def _settle(self, *, last: bool = False) -> None:
        with self._lock, suppress(OvertError):
            if self.test is None or not self.test.over or self._recorded:
                return
            boot_us = self._installation.clock.boot_us()
            if last or boot_us >= self._again_us:
                self._again_us = boot_us + AGAIN_US
                self._record(self.test)
                self._recorded, self._again_us = True, 0

    def _record(self, test: ForgettingTest) -> None:
        newest = test.newest
        facts: dict[str, Fact] = {
            "camera": self.camera,
            "came": test.stage.value,
            "slots": None if newest is None else newest.slots,
            "left": None if newest is None else newest.left,
            "most": test.most,
            "before_ms": _ms(test.before_s),
            "after_ms": _ms(test.after_s),
        }
        self._installation.store.write(
            lambda work: work.record("forgetting.shown", actor=self._by, deployment=self._deployment, facts=facts)
        )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
