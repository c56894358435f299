"""Footage for a rehearsal: finished recordings only.

Rules:
  - a recording is a regular file, not a folder, pipe, device or socket;
  - nobody has it open for writing, and it is the same file, unchanged, until the rehearsal is over;
  - it can be read as video and says how long it lasts;
  - all recordings of a rehearsal last at most two hours together.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av

from overt.domain.errors import BadFootage
from overt.domain.time import SECOND_US
from overt.video.address import Address, SourceSettings, parse_address, require_regular_file
from overt.video.planes import clockwise_turn
from overt.video.source import frame_rate, open_container, video_stream

LONGEST_TOTAL_S = 2 * 3600.0
WATCH_S = 0.3
_INSTEAD = "Name a finished recording, such as an MP4 file."


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A finished recording, as it was when it was checked.

    Attributes:
        path: absolute, links followed.
        duration_s: seconds, above 0.
        width, height: of the upright picture, pixels.
        fps: frames a second, on average.
        size: bytes.
        changed_ns: time of its last change, nanoseconds since 1970.
    """

    path: Path
    duration_s: float
    width: int
    height: int
    fps: float
    size: int
    changed_ns: int


def check_recording(path: Path) -> Recording:
    """Raises BadFootage where the path is not a finished recording that can be read as video."""
    real = require_regular_file(path)
    _require_finished(real)
    before = real.stat()
    address = parse_address(str(real), SourceSettings(recorded=True))
    width, height, fps, duration_s = _look_inside(address)
    recording = Recording(
        path=real,
        duration_s=duration_s,
        width=width,
        height=height,
        fps=fps,
        size=before.st_size,
        changed_ns=before.st_mtime_ns,
    )
    if not still_unchanged(recording):
        raise _growing(real)
    return recording


def still_unchanged(recording: Recording) -> bool:
    """Whether the file has the size and the time of change that it had when it was checked."""
    try:
        now = recording.path.stat()
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (recording.size, recording.changed_ns)


def check_total(recordings: Iterable[Recording]) -> None:
    """Raises BadFootage where the recordings last longer than two hours together."""
    total_s = sum(recording.duration_s for recording in recordings)
    if total_s > LONGEST_TOTAL_S:
        raise BadFootage(
            f"The footage lasts {total_s / 3600:.2f} hours; a rehearsal may use 2 hours at most.",
            "Use fewer or shorter recordings.",
        )


def _look_inside(address: Address) -> tuple[int, int, float, float]:
    """Width, height, frames a second, seconds."""
    with closing(open_container(address, SourceSettings(recorded=True))) as container:
        stream = video_stream(container, address)
        if not container.duration or container.duration < 0:
            raise BadFootage(
                f"{address.shown} does not say how long it lasts, so it is not a finished recording.", _INSTEAD
            )
        try:
            picture = next(container.decode(stream))
        except (StopIteration, EOFError, av.FFmpegError):
            raise BadFootage(f"{address.shown} has no picture that can be decoded.", _INSTEAD) from None
        width, height = picture.width, picture.height
        if clockwise_turn(picture.rotation) in (90, 270):
            width, height = height, width
        return width, height, frame_rate(stream), container.duration / SECOND_US


def _require_finished(path: Path) -> None:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BadFootage(f"The file {path.name} cannot be read: {error.strerror}.", _INSTEAD) from None
    try:
        unwritten = _unwritten(file)
        if unwritten is None:
            unwritten = _held_still(file)
        if not unwritten:
            raise _growing(path)
    finally:
        os.close(file)


def _unwritten(file: int) -> bool | None:
    """Whether nobody has the file open for writing: the kernel grants a read lease only then. None where it cannot say.

    Should somebody open it within this moment, the kernel would send SIGIO, which ends a process; hence SIGURG,
    which does nothing.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK) else None
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True


def _held_still(file: int) -> bool:
    before = os.fstat(file)
    time.sleep(WATCH_S)
    after = os.fstat(file)
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def _growing(path: Path) -> BadFootage:
    return BadFootage(f"{path.name} is still being written, so it is not a finished recording.", "Wait until it is.")
