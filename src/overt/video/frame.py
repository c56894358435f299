"""One frame of a camera, as the decoder left it: planes and a capture time, nothing copied."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import Region

ByteArray = NDArray[np.uint8]

#: So many times smaller, and no more, a picture may become from four points for each of its pixels.
ROUGH_TIMES = 3


def scratch_size(height: int, width: int) -> int:
    """Bytes of scratch that `Frame.bgr` needs for a picture of this size."""
    return height * width * 3 // 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """A frame in planar YUV 4:2:0, upright (already turned as its source says).

    Attributes:
        y: shape (height, width), uint8; a view of the decoder's memory.
        u, v: shape (ceil(height / 2), ceil(width / 2)), uint8; likewise.
        full_range: grey levels go from 0 to 255 instead of 16 to 235.
        captured_us: when the camera took it, microseconds since 1970, UTC.
        media_time_s: position in a recorded file, seconds; None for a live source.
        number: counts from 0 per opened source.
        loop: the playing of a looped file or the connection of a camera, from 0; passages end where it changes.
    """

    y: ByteArray
    u: ByteArray
    v: ByteArray
    full_range: bool
    captured_us: int
    media_time_s: float | None
    number: int
    loop: int = 0

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])

    def bgr(self, region: Region, out: ByteArray, scratch: ByteArray, *, rough: bool = False) -> None:
        """Writes a region of the frame, scaled, as BGR into `out`; uses no picture memory but what it is given.

        Planes are scaled first and coloured after, so the cost is that of the small picture. Colour follows BT.601.

        Args:
            region: inside the frame.
            out: shape (h, w, 3), uint8, h and w even.
            scratch: one-dimensional uint8, at least `scratch_size(h, w)` long.
            rough: down to a third of its size a picture may be taken from fewer points; as good to find faces in, and
                ten times quicker where the sizes do not divide.
        """
        h, w = out.shape[:2]
        if h % 2 or w % 2:
            raise ValueError(f"a picture of {w}x{h} pixels cannot be cut: both must be even")
        luma = scratch[: h * w].reshape(h, w)
        chroma_u = scratch[h * w : h * w * 5 // 4].reshape(h // 2, w // 2)
        chroma_v = scratch[h * w * 5 // 4 : scratch_size(h, w)].reshape(h // 2, w // 2)
        x, y = region.x, region.y
        scale_into(self.y[y : y + region.height, x : x + region.width], luma, rough=rough)
        half_rows = slice(y // 2, (y + region.height + 1) // 2)
        half_columns = slice(x // 2, (x + region.width + 1) // 2)
        scale_into(self.u[half_rows, half_columns], chroma_u, rough=rough)
        scale_into(self.v[half_rows, half_columns], chroma_v, rough=rough)
        if self.full_range:
            cv2.convertScaleAbs(luma, luma, 219 / 255, 16)
            both = scratch[h * w : scratch_size(h, w)].reshape(h // 2, w)
            cv2.convertScaleAbs(both, both, 224 / 255, 128 * (1 - 224 / 255))
        planes = scratch[: scratch_size(h, w)].reshape(h * 3 // 2, w)
        cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420, dst=out)


def scale_into(picture: ByteArray, into: ByteArray, *, rough: bool = False) -> None:
    """Writes a picture or plane, scaled, into another one of as many channels; `rough`: see `Frame.bgr`."""
    h, w = into.shape[:2]
    least = ROUGH_TIMES if rough else 1
    shrinks = picture.shape[0] > least * h or picture.shape[1] > least * w
    cv2.resize(picture, (w, h), dst=into, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
