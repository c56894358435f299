"""What people may watch of one camera, inside its process: tiles, redacted before anything leaves.

Rules:
  - a tile is made only while the supervisor says that somebody looks, and only of a frame in which faces were looked
    for, down to a score at which most findings are none;
  - none is made in the first second of such looks, nor in the first second after a gap: what has to stay covered from
    before is not known yet;
  - at most five a second, encoded once; none while an earlier one waits in the pipe, so that nobody who reads slowly
    holds a camera up;
  - what lay in the buffers before they were covered is overwritten at once.
"""

from __future__ import annotations

import array
import fcntl
import termios
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.face import Faces
from overt.domain.geometry import Zone
from overt.domain.time import SECOND_US
from overt.engine import wire
from overt.engine.tiles import HEAD_BYTES, Tile, pack_tile
from overt.engine.wire import Kind
from overt.video.frame import ByteArray, Frame
from overt.video.redact import KEPT_US, Redactor, Sightings

SPACING_US: Final = SECOND_US // 5
QUALITY: Final = 70
#: Room in the pipe for one tile, so that writing it never waits.
PIPE_BYTES: Final = 1 << 18


class Viewing:
    """One camera, as far as people watch it; the flow's onlooker.

    Args:
        shift_us: what has to be added to capture times to make them the host's.
        out: the pipe to the supervisor.
    """

    def __init__(self, position: int, zone: Zone, *, shift_us: Callable[[], int], out: int) -> None:
        self._position, self._zone, self._shift_us, self._out = position, zone, shift_us, out
        self._sightings = Sightings()
        self._redactor: Redactor | None = None
        self._since_us = self._seen_us = self._shown_us = 0
        self.is_looked_at = False

    def looks(self) -> bool:
        """Whether the next frame is for people, too; asked before it is searched for faces."""
        if not self.is_looked_at and self._redactor is not None:
            self._redactor.wipe()
            self._redactor = None
            self._sightings.forget()
            self._seen_us = 0
        return self.is_looked_at

    def saw(self, frame: Frame, found: Faces, tracks: NDArray[np.int64]) -> None:
        """Takes a frame that was searched, and shows it where it is time.

        Args:
            found: everything that may be a face.
            tracks: shape (n,), the track of each, below 0 where it belongs to none.
        """
        at_us = frame.captured_us
        if not 0 <= at_us - self._seen_us <= KEPT_US:
            self._sightings.forget()
            self._since_us, self._shown_us = at_us, 0
        self._seen_us = at_us
        self._sightings.take(found.boxes, tracks, at_us)
        redactor = self._redactor_for(frame)
        if at_us - self._since_us < KEPT_US or at_us - self._shown_us < SPACING_US or not self._pipe_is_empty():
            return
        self._shown_us = at_us
        try:
            self._send(redactor.tile(frame, self._sightings.boxes(at_us)), at_us)
        finally:
            redactor.wipe()

    def _redactor_for(self, frame: Frame) -> Redactor:
        redactor = self._redactor
        if redactor is None or (redactor.width, redactor.height) != (frame.width, frame.height):
            redactor = self._redactor = Redactor(self._zone, frame.width, frame.height)
        return redactor

    def _send(self, tile: ByteArray, at_us: int) -> None:
        jpeg = encoded(tile)
        if len(jpeg) + HEAD_BYTES < self._room():
            height, width = tile.shape[:2]
            told = Tile(
                camera=self._position, captured_us=at_us + self._shift_us(), width=width, height=height, jpeg=jpeg
            )
            wire.send(self._out, Kind.TILE, pack_tile(told))

    def _pipe_is_empty(self) -> bool:
        waiting = array.array("i", [0])
        fcntl.ioctl(self._out, termios.FIONREAD, waiting)
        return waiting[0] == 0

    def _room(self) -> int:
        """Bytes that an empty pipe takes without waiting; more than by default where the machine gives it."""
        size = fcntl.fcntl(self._out, fcntl.F_GETPIPE_SZ)
        if size < PIPE_BYTES:
            try:
                size = fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            except OSError:
                return size
        return size


def encoded(tile: ByteArray) -> bytes:
    """A redacted picture, shape (h, w, 3), BGR, as JPEG."""
    _, jpeg = cv2.imencode(".jpg", tile, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return jpeg.tobytes()
