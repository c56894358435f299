"""From a decoded picture to upright planes of YUV 4:2:0.

Plain upright pictures pass as they are. Others are converted and turned by libavfilter, whose pictures come from a
pool that the next ones overwrite; no picture memory is left behind for each frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import av
import numpy as np
from av.filter import Graph
from av.video.plane import VideoPlane

from overt.video.frame import ByteArray

_PLAIN = ("yuv420p", "yuvj420p")
_FULL = 2  # AVCOL_RANGE_JPEG
_RANGES = {1: "tv", _FULL: "pc"}
_TURNS: dict[int, tuple[tuple[str, str | None], ...]] = {
    0: (),
    90: (("transpose", "clock"),),
    180: (("hflip", None), ("vflip", None)),
    270: (("transpose", "cclock"),),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Planes:
    """Read-only views of the decoder's memory, which they keep alive.

    Attributes:
        y: shape (height, width), uint8.
        u, v: shape (ceil(height / 2), ceil(width / 2)), uint8.
        full_range: grey levels go from 0 to 255 instead of 16 to 235.
    """

    y: ByteArray
    u: ByteArray
    v: ByteArray
    full_range: bool


class Uprighter:
    """Turns and converts the pictures of one stream; made anew inside where their size or kind changes."""

    def __init__(self) -> None:
        self._made_for: tuple[int, int, str, int, int] | None = None
        self._graph: Graph | None = None

    def planes(self, picture: av.VideoFrame) -> Planes:
        """Raises av.FFmpegError where the pixel format cannot be converted."""
        turn = clockwise_turn(picture.rotation)
        kind = picture.format.name
        if turn or kind not in _PLAIN:
            wanted = (picture.width, picture.height, kind, picture.color_range, turn)
            if self._graph is None or wanted != self._made_for:
                self._graph, self._made_for = _graph(picture, turn), wanted
            picture.pts = 0  # the filters want some time; the caller has read the real one
            self._graph.vpush(picture)
            picture = self._graph.vpull()
        full_range = picture.format.name.startswith("yuvj") or picture.color_range == _FULL
        y, u, v = (_view(plane) for plane in picture.planes)
        return Planes(y=y, u=u, v=v, full_range=full_range)


def clockwise_turn(rotation: float) -> int:
    """0, 90, 180 or 270 degrees clockwise, from the display matrix's angle, which counts counterclockwise."""
    return -round(rotation / 90) * 90 % 360


def _graph(picture: av.VideoFrame, turn: int) -> Graph:
    colour_range = _RANGES.get(picture.color_range, "unspecified")
    shape = f"video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}"
    graph = Graph()
    graph.threads = 1
    nodes = [graph.add("buffer", f"{shape}:time_base=1/1000000:range={colour_range}")]
    nodes.append(graph.add("format", "|".join(_PLAIN)))
    nodes.extend(graph.add(name, how) for name, how in _TURNS[turn])
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes)
    graph.configure()
    return graph


def _view(plane: VideoPlane) -> ByteArray:
    buffer = np.frombuffer(cast("memoryview[int]", plane), np.uint8)  # a plane is a buffer, which its stub conceals
    rows = buffer[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    view = rows[:, : plane.width]
    view.flags.writeable = False
    return view
