"""Does a camera still look where it looked? A moved one watches another area than the one that was authorised.

Rules:
  - what is kept of a picture are two profiles: how much changes from pixel to pixel in each column and in each row of
    the small zone. They are sums over all of it; no face can be seen in them or made from them again;
  - the view is learnt in the first seconds, and then only slowly, and not at all while it seems moved: whoever turns a
    camera does not teach it so;
  - moved means: the profiles fit clearly better some pixels aside, for `SUSTAINED_S`; people who pass and light that
    changes do not move a profile aside;
  - where there is nothing to see (dark, or a plain wall) nothing is said.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from overt.domain.geometry import FloatArray
from overt.domain.time import SECOND_US
from overt.video.frame import ByteArray

WIDTH: Final = 128
HEIGHT: Final = 72
#: How far aside it is searched, and how far counts, pixels of the small zone (of `WIDTH` and `HEIGHT`).
FARTHEST: Final = 32
LEAST_SHIFT: Final = 3
#: How well the profiles must fit aside, and by how much better than in place (correlation, -1 to 1).
FITS: Final = 0.6
CLEARLY: Final = 0.15
#: Mean change from pixel to pixel, grey levels, below which there is nothing to see.
FAINTEST: Final = 1.0
LEARNING_S: Final = 20.0
NOW_S: Final = 3.0
SLOWLY_S: Final = 600.0
SUSTAINED_S: Final = 10.0
LOOK_US: Final = SECOND_US // 2


class _Profile:
    """Of one direction: the view that was learnt, and that of the last seconds."""

    def __init__(self, length: int) -> None:
        self.learnt = np.zeros(length, np.float32)
        self.now = np.zeros(length, np.float32)

    def shift(self) -> int:
        """How many pixels the view lies aside of the learnt one; 0 where it does not do so clearly."""
        here = _correlation(self.learnt, self.now)
        length = len(self.now)
        best, at = max(
            (_correlation(self.learnt[max(0, -k) : length - max(0, k)], self.now[max(0, k) : length - max(0, -k)]), k)
            for k in range(-FARTHEST, FARTHEST + 1)
        )
        return at if best >= FITS and best - here >= CLEARLY else 0


class MovedCamera:
    """Of one camera and zone.

    Attributes:
        moved: it has looked elsewhere for a while.
    """

    def __init__(self) -> None:
        self._small = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        self._grey = np.zeros((HEIGHT, WIDTH), np.uint8)
        self._change = np.zeros((HEIGHT, WIDTH), np.uint8)
        self._columns, self._rows = _Profile(WIDTH - 1), _Profile(HEIGHT - 1)
        self._learnt_s = 0.0
        self._aside_since_us: int | None = None
        self._looked_us: int | None = None
        self.moved = False

    def see(self, picture: ByteArray, at_us: int) -> None:
        """Takes what the camera shows; looks twice a second at most.

        Args:
            picture: the zone, shape (h, w, 3), uint8, BGR, always of the same part of the frame.
        """
        if self._looked_us is not None and 0 <= at_us - self._looked_us < LOOK_US:
            return
        step_s = 0.0 if self._looked_us is None else min(max(0, at_us - self._looked_us) / SECOND_US, 1.0)
        self._looked_us = at_us
        if not self._measure(picture, step_s):
            return
        if self._learnt_s < LEARNING_S:
            self._learn(max(step_s, 0.5) / max(self._learnt_s + step_s, 0.5))
            self._learnt_s += max(step_s, 0.1)
            return
        if self._columns.shift() or self._rows.shift():
            self._aside_since_us = at_us if self._aside_since_us is None else self._aside_since_us
            self.moved = self.moved or at_us - self._aside_since_us >= SUSTAINED_S * SECOND_US
            return
        self._aside_since_us, self.moved = None, False
        self._learn(step_s / SLOWLY_S)

    def _measure(self, picture: ByteArray, step_s: float) -> bool:
        """Takes the profiles of a picture into those of the last seconds; says whether there is anything to see."""
        cv2.resize(picture, (WIDTH, HEIGHT), dst=self._small, interpolation=cv2.INTER_AREA)
        cv2.cvtColor(self._small, cv2.COLOR_BGR2GRAY, dst=self._grey)
        share = 1 - math.exp(-step_s / NOW_S) if self._columns.now.any() else 1.0
        seen = 0.0
        for profile, changes, axis in (
            (self._columns, (self._grey[:, 1:], self._grey[:, :-1], self._change[:, 1:]), 0),
            (self._rows, (self._grey[1:], self._grey[:-1], self._change[1:]), 1),
        ):
            cv2.absdiff(changes[0], changes[1], dst=changes[2])
            mean = changes[2].mean(axis=axis, dtype=np.float32)
            profile.now += np.float32(share) * (mean - profile.now)
            seen = max(seen, float(mean.mean()))
        for buffer in (self._small, self._grey, self._change):
            buffer.fill(0)
        return seen >= FAINTEST

    def _learn(self, share: float) -> None:
        for profile in (self._columns, self._rows):
            profile.learnt += np.float32(min(1.0, share)) * (profile.now - profile.learnt)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    """Pearson's, of two profiles of the same length; 0 where one of them is flat."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-6 else 0.0
