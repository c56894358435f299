"""A tile: what people may watch of a camera, redacted where it was seen, on its way to them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

#: camera, capture time, width, height
_HEAD: Final = struct.Struct("<BqHH")
HEAD_BYTES: Final = _HEAD.size


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A redacted picture of one camera.

    Attributes:
        camera: position in the deployment.
        captured_us: when the camera took it, microseconds since 1970, UTC.
        width, height: pixels.
        jpeg: the picture, encoded once for everybody who looks.
    """

    camera: int
    captured_us: int
    width: int
    height: int
    jpeg: bytes


def pack_tile(tile: Tile) -> bytes:
    return _HEAD.pack(tile.camera, tile.captured_us, tile.width, tile.height) + tile.jpeg


def unpack_tile(content: bytes | bytearray) -> Tile:
    """What `pack_tile` made.

    Raises:
        ValueError: this is no tile.
    """
    if len(content) < HEAD_BYTES:
        raise ValueError("this is no tile")
    camera, captured_us, width, height = _HEAD.unpack_from(content)
    return Tile(camera=camera, captured_us=captured_us, width=width, height=height, jpeg=bytes(content[HEAD_BYTES:]))
