"""Where due frames wait: two slots of a reader's own, so that no frame is held in the decoder's memory.

The decoder takes its pictures from a pool that hands out last what came back first. A frame that somebody held for a
moment too long would make the pool grow by one picture, which then might lie there, a face in it, for hours.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from overt.video.frame import ByteArray, Frame

SLOTS = 2


class FrameSlots:
    """One frame waits, one is in its taker's hands; a newer one is written over the one that waits."""

    def __init__(self) -> None:
        self._free: deque[ByteArray] = deque(np.zeros(0, np.uint8) for _ in range(SLOTS))
        self._waiting: tuple[Frame, ByteArray] | None = None
        self._taken: ByteArray | None = None

    def __bool__(self) -> bool:
        """Whether a frame waits."""
        return self._waiting is not None

    def put(self, frame: Frame) -> bool:
        """Copies a frame, which then waits; says whether it took the place of another."""
        replaced = self.drop()
        slot = self._free.popleft()
        needed = frame.y.size + frame.u.size + frame.v.size
        if slot.size != needed:
            slot.fill(0)
            slot = np.zeros(needed, np.uint8)
        planes, at = [], 0
        for plane in (frame.y, frame.u, frame.v):
            copy = slot[at : at + plane.size].reshape(plane.shape)
            np.copyto(copy, plane)
            copy.flags.writeable = False
            planes.append(copy)
            at += plane.size
        y, u, v = planes
        self._waiting = replace(frame, y=y, u=u, v=v), slot
        return replaced

    def take(self) -> Frame | None:
        """The waiting frame, good until the next call; None where none waits."""
        if self._taken is not None:
            self._free.append(self._taken)
            self._taken = None
        if self._waiting is None:
            return None
        (frame, self._taken), self._waiting = self._waiting, None
        return frame

    def drop(self) -> bool:
        """Lets go of the waiting frame; says whether there was one."""
        if self._waiting is None:
            return False
        self._free.append(self._waiting[1])
        self._waiting = None
        return True

    def wipe(self) -> None:
        """Overwrites what neither waits nor is in use."""
        for slot in self._free:
            slot.fill(0)
