"""A forget-me test: somebody who is on no list steps before a camera and leaves, and its process tells what it holds.

Rules:
  - what is told are counts of slots, never what lay in them;
  - a test begins with an empty camera; it sees somebody come, and go; it is over once nothing is left, once more than
    the promised second has gone by, or once its time is up;
  - where others walk by, slots stay taken: such a test shows nothing, and says so;
  - a free slot that is not blank breaks the promise whenever it is seen;
  - it is the program's own word. That it tells the truth is for the tests that search its memory from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from overt.domain.time import SECOND_US

PROMISED_S: Final = 1.0
LONGEST_S: Final = 120.0
#: How often it is looked, at least; what came between two looks is not known any closer.
LOOK_S: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What the slots of one camera hold at a moment.

    Attributes:
        camera: its position in the deployment.
        slots: for so many people there are slots.
        taken: slots that belong to somebody who is in view or was a moment ago.
        left: free slots in which anything but zeros lies; there must be none.
        unseen_s: for how long the one who is gone longest has not been seen, seconds.
    """

    camera: int
    slots: int
    taken: int
    left: int
    unseen_s: float


class Stage(StrEnum):
    EMPTYING = "emptying"  # somebody is in view from before
    WAITING = "waiting"  # for the volunteer
    SEEN = "seen"  # they are in view
    GOING = "going"  # they have gone, and something is still held
    FORGOTTEN = "forgotten"
    KEPT = "kept"  # something was there for longer than promised
    UNSHOWN = "unshown"  # the time was up


OVER: Final = (Stage.FORGOTTEN, Stage.KEPT, Stage.UNSHOWN)


class ForgettingTest:
    """One test before one camera, step by step.

    Attributes:
        began_us: when.
        stage: how far it is.
        most: the most slots that were taken at once, from when the volunteer came.
        before_s, after_s: seconds after the last sighting at which something was still held, and at which nothing was
            any more; None as long as that is not known. What was held was gone in between.
    """

    def __init__(self, began_us: int) -> None:
        self.began_us = began_us
        self.stage = Stage.EMPTYING
        self.most = 0
        self.before_s: float | None = None
        self.after_s: float | None = None
        self.newest: Examined | None = None
        self._sighted_us = began_us

    @property
    def over(self) -> bool:
        return self.stage in OVER

    def look(self, found: Examined, at_us: int) -> None:
        """Takes what was found at a moment."""
        if self.over:
            return
        self.newest = found
        self.stage = self._next(found, at_us)
        if not self.over and self.late(at_us):
            self.stage = Stage.UNSHOWN

    def late(self, now_us: int) -> bool:
        """Whether its time is up, also where nothing was told any more."""
        return now_us - self.began_us > LONGEST_S * SECOND_US

    def give_up(self) -> None:
        """Nobody answers any more, or somebody ended it."""
        if not self.over:
            self.stage = Stage.UNSHOWN

    def _next(self, found: Examined, at_us: int) -> Stage:
        if found.left or (found.taken and found.unseen_s > PROMISED_S):
            return Stage.KEPT
        if self.stage is Stage.EMPTYING:
            return Stage.EMPTYING if found.taken else Stage.WAITING
        if found.taken:
            self.most = max(self.most, found.taken)
            self._sighted_us = at_us - round(found.unseen_s * SECOND_US)
            self.before_s = found.unseen_s
            return Stage.GOING if found.unseen_s >= LOOK_S else Stage.SEEN
        if self.stage is Stage.WAITING:
            return Stage.WAITING
        self.after_s = (at_us - self._sighted_us) / SECOND_US
        return Stage.FORGOTTEN
