"""Whether a zone in which nobody was found still shows what it showed then: it need not be searched again.

Rules:
  - a zone in which somebody is followed is never still; nor is one of which people watch the pictures;
  - it is searched three times a second whatever it shows, so that what is too faint to be a change is looked for;
  - compared are means of small squares, a fifth of the smallest wanted face wide: noise goes under in them, a face does
    not;
  - what was compared with is overwritten when somebody is found, when the stream breaks, and after `KEPT_US`.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from overt.domain.geometry import Region
from overt.domain.time import SECOND_US
from overt.video.frame import ByteArray, Frame

SQUARES_A_FACE: Final = 5
#: Grey levels by which a square must differ.
CHANGE: Final = 6
#: How long a zone goes unsearched, at most; and how long what it showed is kept.
LONGEST_US: Final = SECOND_US * 36 // 100
KEPT_US: Final = SECOND_US * 6 // 10


class Stillness:
    """Of one zone. Args: smallest_face_px: narrowest wanted face, pixels of the frame."""

    def __init__(self, smallest_face_px: int) -> None:
        self._square_px = max(1, smallest_face_px // SQUARES_A_FACE)
        self._every = 4 if self._square_px % 4 == 0 else 1  # rows: a quarter of them is enough
        self._now, self._then = np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8)
        self._searched_us: int | None = None

    def nothing_new(self, frame: Frame, region: Region) -> bool:
        """Whether a search of the region of this frame would find what the last one found: nobody."""
        if not self._see(frame, region):
            return False
        since_us = LONGEST_US if self._searched_us is None else frame.captured_us - self._searched_us
        if not 0 <= since_us < LONGEST_US:
            return False
        return float(cv2.norm(self._now, self._then, cv2.NORM_INF)) < CHANGE

    def found_nobody(self, at_us: int) -> None:
        """The frame of the last call was searched in vain."""
        self._now, self._then = self._then, self._now
        self._searched_us = at_us

    def pass_time(self, now_us: int) -> None:
        if self._searched_us is not None and not 0 <= now_us - self._searched_us <= KEPT_US:
            self.forget()

    def forget(self) -> None:
        self._now.fill(0)
        self._then.fill(0)
        self._searched_us = None

    def _see(self, frame: Frame, region: Region) -> bool:
        """Takes what the region shows; False where it has no room for a square."""
        height, width = region.height // self._square_px, region.width // self._square_px
        if not height or not width:
            return False
        if self._now.shape != (height, width):
            self.forget()
            self._now, self._then = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        # Whole squares only, since OpenCV is four times quicker then; what is left is narrower than one.
        end_y, end_x = region.y + height * self._square_px, region.x + width * self._square_px
        part: ByteArray = frame.y[region.y : end_y : self._every, region.x : end_x]
        cv2.resize(part, (width, height), dst=self._now, interpolation=cv2.INTER_AREA)
        return True
