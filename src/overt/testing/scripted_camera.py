"""A camera that plays given pictures, keeps to the contract of `Source`, and fails where it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import av
import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import OvertError
from overt.domain.time import SECOND_US, Clock
from overt.video.frame import Frame
from overt.video.planes import Uprighter


class ScriptedCamera:
    """A `Source` of given pictures.

    Args:
        pictures: each of shape (height, width, 3), uint8, BGR.
        times_s: when each is taken, seconds from the first; one every 1 / fps where not given.
        live: frames have no media time and were taken when they are handed over; else as in a recorded file.
        real_time: wait between the pictures as their times say; close() ends the wait.
        trouble: raised after the last picture.
        endless: after the last picture say nothing more, until close().
    """

    def __init__(
        self,
        pictures: Sequence[NDArray[np.uint8]],
        *,
        clock: Clock,
        fps: float = 25.0,
        times_s: Sequence[float] | None = None,
        live: bool = False,
        real_time: bool = False,
        loop: int = 0,
        trouble: OvertError | None = None,
        endless: bool = False,
    ) -> None:
        self.live = live
        self.fps = fps
        self._pictures = pictures
        self._times_s = [k / fps for k in range(len(pictures))] if times_s is None else list(times_s)
        if len(self._times_s) != len(pictures):
            raise ValueError(f"{len(pictures)} pictures and {len(self._times_s)} times")
        self._clock = clock
        self._real_time = real_time
        self._loop = loop
        self._trouble = trouble
        self._endless = endless
        self._begun = False
        self._closing = threading.Event()

    def close(self) -> None:
        self._closing.set()

    @property
    def shed(self) -> int:
        return 0

    def frames(self) -> Iterator[Frame]:
        if self._begun:
            return
        self._begun = True
        opened_us = self._clock.now_us()
        previous_s = 0.0
        for number, time_s in enumerate(self._times_s):
            if self._real_time:
                self._closing.wait(max(0.0, time_s - previous_s))
                previous_s = time_s
            if self._closing.is_set():
                return
            yield self._frame(number, opened_us, time_s)
        if self._endless:
            self._closing.wait()
        if self._trouble is not None and not self._closing.is_set():
            raise self._trouble

    def _frame(self, number: int, opened_us: int, time_s: float) -> Frame:
        planes = Uprighter().planes(av.VideoFrame.from_ndarray(np.ascontiguousarray(self._pictures[number]), "bgr24"))
        return Frame(
            y=planes.y,
            u=planes.u,
            v=planes.v,
            full_range=planes.full_range,
            captured_us=self._clock.now_us() if self.live else opened_us + round(time_s * SECOND_US),
            media_time_s=None if self.live else time_s,
            number=number,
            loop=self._loop,
        )
