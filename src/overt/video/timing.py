"""When a frame was taken: the host's clock, corrected by what the stream itself says.

Rules:
  - a frame is as old as the stream's own time says, counted from the fastest delivery of the last one to two minutes;
  - where the stream's time runs backwards or jumps by more than 10 s, counting begins anew;
  - the camera's own clock (RTCP) is believed only where it lies within a fifth of a second before that;
  - no frame is later than its arrival, nor, while the clock runs on, earlier than the frame before it.
"""

from __future__ import annotations

from overt.domain.time import SECOND_US, Clock

JUMP_US = 10 * SECOND_US
WINDOW_US = 60 * SECOND_US
CAMERA_CLOCK_US = SECOND_US // 5


class CaptureTimes:
    """The capture times of one opened live source.

    Delivery is measured by the clock that nobody can set, so that setting the host's clock ages no frame. The
    fastest delivery is forgotten after two minutes, so that a camera's slow clock ages no frame either.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pts_us: int | None = None
        self._captured_us: int | None = None
        self._window_from_us = 0
        self._fastest_us = 0
        self._fastest_before_us = 0

    def of(self, pts_us: int | None, camera_us: int | None = None) -> int:
        """Capture time of the frame that has just arrived, microseconds since 1970, UTC.

        Args:
            pts_us: the stream's own time of the frame, microseconds from any origin; None where it has none.
            camera_us: its time by the camera's own clock, microseconds since 1970; None where unknown.
        """
        arrival_us, now_us = self._clock.boot_us(), self._clock.now_us()
        age_us = 0 if pts_us is None else arrival_us - pts_us - self._fastest(arrival_us, pts_us)
        captured_us = now_us - age_us
        if camera_us is not None and captured_us - CAMERA_CLOCK_US <= camera_us <= captured_us:
            captured_us = camera_us
        if self._captured_us is not None and captured_us <= self._captured_us:
            captured_us = min(self._captured_us + 1, now_us)
        self._captured_us = captured_us
        return captured_us

    def _fastest(self, arrival_us: int, pts_us: int) -> int:
        offset_us = arrival_us - pts_us
        if self._pts_us is None or not 0 <= pts_us - self._pts_us <= JUMP_US:
            self._window_from_us = arrival_us
            self._fastest_us = self._fastest_before_us = offset_us
        elif arrival_us - self._window_from_us > WINDOW_US:
            self._window_from_us = arrival_us
            self._fastest_before_us, self._fastest_us = self._fastest_us, offset_us
        self._pts_us = pts_us
        self._fastest_us = min(self._fastest_us, offset_us)
        return min(self._fastest_us, self._fastest_before_us)
