"""Small clips, made by the tests themselves."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def pictures(count: int, width: int = 320, height: int = 240) -> list[Picture]:
    """Smooth coloured pictures, each with its own brightness and a corner that tells up from down; BGR."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    shown = []
    for k in range(count):
        level = 40 + 120 * k / max(1, count - 1)
        picture = np.stack([level + 60 * across, level + 60 * down, level + 30 * (across + down)], axis=2)
        picture[: height // 4, : width // 4] = (20, 200, 40)
        shown.append(picture.clip(0, 255).astype(np.uint8))
    return shown


def numbered(count: int, width: int = 320, height: int = 240) -> list[Picture]:
    """Grey pictures with their number written on them."""
    shown = []
    for k in range(count):
        picture = np.full((height, width, 3), 100, np.uint8)
        cv2.putText(picture, str(k), (20, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 255, 255), 3)
        shown.append(picture)
    return shown


def write_clip(
    path: Path,
    shown: Sequence[Picture],
    *,
    codec: str = "libx264",
    kind: str = "yuv420p",
    fps: int = 25,
    times: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Writes a clip; the folder's container is told by the file's ending.

    Args:
        kind: pixel format.
        times: when each picture is shown, milliseconds; one every 1 / fps where not given.
    """
    time_base = Fraction(1, fps) if times is None else Fraction(1, 1000)
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.pix_fmt = kind
        stream.height, stream.width = shown[0].shape[:2]
        stream.codec_context.time_base = time_base
        for number, picture in enumerate(shown):
            frame = VideoFrame.from_ndarray(picture, "bgr24").reformat(format=kind)
            frame.pts = number if times is None else times[number]
            frame.time_base = time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn_clip(path: Path, into: Path, clockwise: int) -> Path:
    """A copy of an MP4 file whose track header asks the player to turn the picture by 90, 180 or 270 degrees."""
    body = bytearray(path.read_bytes())
    matrix = body.index(b"tkhd") + 4 + 40
    one = 1 << 16
    a, b, c, d = {90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[clockwise]
    for place, value in ((0, a), (4, b), (12, c), (16, d)):
        body[matrix + place : matrix + place + 4] = value.to_bytes(4, "big", signed=True)
    into.write_bytes(body)
    return into
