"""One camera's thread: decodes every frame and keeps the newest one that is due for the detector.

Rules:
  - a frame is due when its time has advanced by the interval since the last due one, or ran backwards;
  - a source passes over what would come too late (`video.sparing`); those looks count as dropped;
  - one due frame waits at most; live or at its own speed a newer one takes its place and the older counts as dropped,
    so a slow taker never makes the picture late; FAST waits for the taker and drops nothing;
  - a lost camera is called again after growing pauses, and each new connection has a new loop number;
  - no frame is held but the one that waits, in a slot of the reader's own, and none once the camera is lost, ended or
    stopped; a slot that is not used is overwritten.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from enum import Enum, unique

from overt.domain.errors import CameraLost, OvertError
from overt.domain.time import SECOND_US, Clock
from overt.video.frame import Frame
from overt.video.slots import FrameSlots
from overt.video.source import Source

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
JOIN_S = 1.0
#: Decoding stands back behind looking, since it may be late by far more; who looks waits for it where it is too late.
NICENESS = 5
#: What a reader said of its lateness holds for so long: afterwards it is the camera that is silent.
NEWS_S = 0.3
#: A connection that lasted so long was a good one: the next pause is the first one again.
STEADY_S = 10.0

WAITING, LIVE, LOST, ENDED = "waiting", "live", "lost", "ended"


@unique
class Pace(Enum):
    """LIVE: as a camera sends. OWN_SPEED: a file, each frame at its own time. FAST: a file, once, with no waits."""

    LIVE = "live"
    OWN_SPEED = "own speed"
    FAST = "fast"


class Reader:
    """Reads one camera or file in a thread of its own.

    Args:
        opener: opens the source; its argument is the loop number, from 0.
        interval_s: media time between two due frames, seconds.
        once: end with the file's end or the camera's loss; FAST implies it.
        wake: called without any lock, from the thread or from stop(), when a frame is ready or the state has changed.
    """

    def __init__(
        self,
        *,
        opener: Callable[[int], Source],
        clock: Clock,
        interval_s: float,
        pace: Pace,
        once: bool,
        wake: Callable[[], None],
    ) -> None:
        self._opener = opener
        self._clock = clock
        self._interval_s = interval_s
        self._pace = pace
        self._once = once or pace is Pace.FAST
        self._wake = wake
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overt-reader", daemon=True)
        self._source: Source | None = None
        self._slots = FrameSlots()
        self._fresh = False
        self._state = WAITING
        self._trouble: OvertError | None = None
        self._frames = 0
        self._dropped = 0
        self._video_s = 0.0
        self._shown_at_s: float | None = None
        self._due_at_s: float | None = None
        self._first: tuple[int, float] | None = None
        self._late = (0, 0)

    def start(self) -> None:
        self._thread.start()

    @property
    def waits(self) -> bool:
        """Whether a due frame waits to be taken."""
        with self._changed:
            return bool(self._slots)

    def take(self) -> Frame | None:
        """The newest due frame, handed over once and good until the next call; None where none waits. Does not wait
        for one."""
        with self._changed:
            frame = self._slots.take()
            if frame is not None:
                self._fresh = True
                self._changed.notify_all()
            return frame

    def blank_if_idle(self) -> None:
        """Overwrites the frames of a reader from which none has been taken since the last call; call it on a timer, and
        never with a taken frame in hand."""
        with self._changed:
            if not self._fresh and not self._slots:
                self._slots.take()
                self._slots.wipe()
            self._fresh = False

    @property
    def state(self) -> str:
        """ "waiting" (not connected yet), "live", "lost" (being called again) or "ended"."""
        return self._state

    @property
    def finished(self) -> bool:
        return self._state == ENDED

    @property
    def trouble(self) -> OvertError | None:
        """What went wrong last; None after a connection that works."""
        return self._trouble

    def counted(self) -> tuple[int, int, float]:
        """Frames decoded, due frames dropped (those that were not even decoded, too), seconds of video."""
        with self._changed:
            shed = 0 if self._source is None else self._source.shed
            return self._frames, self._dropped + shed, self._video_s

    @property
    def late_s(self) -> float:
        """How old the last picture was when its decoding was done, seconds; 0 where that is no news. Not with FAST."""
        age_us, at_us = self._late
        return age_us / SECOND_US if self._clock.boot_us() - at_us <= NEWS_S * SECOND_US else 0.0

    def stop(self) -> None:
        """Ends the thread and lets go of the waiting frame. Returns within a second: a thread that still waits for a
        silent camera ends by itself with the read's time-out and hands over nothing more."""
        with self._changed:
            self._stopping.set()
            source = self._source
            self._changed.notify_all()
        if source is not None:
            source.close()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)
        self._enter(ENDED, self._trouble)

    def _run(self) -> None:
        trouble: OvertError | None = None
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)  # of this thread alone, on Linux
        try:
            if self._pace is Pace.LIVE:
                self._call_again_and_again()
            else:
                self._play_file()
        except OvertError as error:
            trouble = error
        finally:
            self._enter(ENDED, trouble)

    def _play_file(self) -> None:
        loop = 0
        while not self._stopping.is_set():
            self._play(self._opener(loop))
            loop += 1
            if self._once:
                return

    def _call_again_and_again(self) -> None:
        loop, pause_s = 0, FIRST_PAUSE_S
        while not self._stopping.is_set():
            seen, began_us = self._frames, self._clock.boot_us()
            try:
                self._play(self._opener(loop))
                lost = CameraLost("The camera ended its stream.")
            except CameraLost as error:
                lost = _without_trace(error)
            loop += self._frames > seen
            if self._stopping.is_set():
                return
            if self._once:
                raise lost
            self._enter(LOST, lost)
            steady = self._clock.boot_us() - began_us > STEADY_S * SECOND_US
            pause_s = FIRST_PAUSE_S if self._frames > seen and steady else pause_s
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _play(self, source: Source) -> None:
        with self._changed:
            self._source = source
        if self._stopping.is_set():  # stop() may have come before it could see this source
            source.close()
        self._shown_at_s = self._due_at_s = self._first = None
        try:
            for frame in source.frames():
                self._pass_on(frame, 1 / source.fps)
                del frame  # or this thread would hold it while the next one is decoded
                if self._stopping.is_set():
                    return
            self._let_last_one_be_taken(1 / source.fps)
        finally:
            with self._changed:
                self._source = None
                self._dropped += source.shed
            source.close()

    def _pass_on(self, frame: Frame, spacing_s: float) -> None:
        at_s = frame.captured_us / SECOND_US if frame.media_time_s is None else frame.media_time_s
        if self._pace is Pace.OWN_SPEED:
            self._wait_for_its_time(at_s)
        self._late = self._clock.now_us() - frame.captured_us, self._clock.boot_us()
        due = self._due_at_s is None or not 0 <= at_s - self._due_at_s < self._interval_s - spacing_s / 2
        if due:
            self._due_at_s = at_s
        with self._changed:
            step_s = spacing_s if self._shown_at_s is None else at_s - self._shown_at_s
            self._shown_at_s = at_s
            self._frames += 1
            self._video_s += max(0.0, step_s)
            if due and self._pace is Pace.FAST:
                self._changed.wait_for(lambda: not self._slots or self._stopping.is_set())
            if self._stopping.is_set():
                return
            if due:
                self._dropped += self._slots.put(frame)
            news = due or self._state != LIVE
            self._state, self._trouble = LIVE, None
        if news:
            self._wake()

    def _wait_for_its_time(self, at_s: float) -> None:
        if self._first is None:
            self._first = self._clock.boot_us(), at_s
        from_us, from_s = self._first
        wait_s = (from_us - self._clock.boot_us()) / SECOND_US + at_s - from_s
        if wait_s > 0:
            self._stopping.wait(wait_s)

    def _let_last_one_be_taken(self, spacing_s: float) -> None:
        if self._pace is Pace.OWN_SPEED:
            self._stopping.wait(spacing_s)
        elif self._pace is Pace.FAST:
            with self._changed:
                self._changed.wait_for(lambda: not self._slots or self._stopping.is_set())

    def _enter(self, state: str, trouble: OvertError | None) -> None:
        with self._changed:
            if self._state == ENDED:
                return
            self._state, self._trouble = state, trouble
            self._dropped += self._slots.drop()
            self._slots.wipe()
            self._changed.notify_all()
        self._wake()


def _without_trace(error: CameraLost) -> CameraLost:
    """The error without what it remembers of its way, which would keep the decoder and its last pictures alive."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)
