"""Pictures as they may stand in what leaves an installation: as they are, in base64, in hexadecimal, or any picture.

A PDF is unpacked first: what its streams hold is searched, and it may have no picture of pixels at all.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
from PIL import Image

PIECE: Final = 24  # bytes of a picture that are enough to know it again
#: How a picture begins; longer than what may stand anywhere by chance.
MARKS: Final = {
    "JPEG": re.compile(rb"\xff\xd8\xff[\xc0-\xfe]"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WebP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "GIF": re.compile(rb"GIF8[79]a"),
    "JPEG in base64": re.compile(rb"/9j/4[A-Za-z0-9+/]{8}"),
    "PNG in base64": re.compile(rb"iVBORw0KGgo"),
    "WebP in base64": re.compile(rb"UklGR[A-Za-z0-9+/]{6,8}XRUJQ|UklGR[A-Za-z0-9+/]{7}FQ"),
    "JPEG in hexadecimal": re.compile(rb"ffd8ff[c-f][0-9a-f]00", re.IGNORECASE),
    "WebP in hexadecimal": re.compile(rb"52494646[0-9a-f]{8}57454250", re.IGNORECASE),
    "PNG in hexadecimal": re.compile(rb"89504e470d0a1a0a", re.IGNORECASE),
    "address of data": re.compile(rb"data:image/"),
    "pixels in a PDF": re.compile(rb"/Subtype\s*/Image"),
}
_STREAM: Final = re.compile(rb"(?<=stream\n)(.*?)(?=\nendstream)", re.DOTALL)


def canary(seed: int, side: int = 96) -> bytes:
    """A JPEG of noise, so that no piece of it is anywhere by chance."""
    import io

    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=90)
    return out.getvalue()


def found_in(content: bytes, canaries: Iterable[bytes], *, marks: bool = True) -> set[str]:
    """What of these pictures, or of any picture, stands in this.

    Args:
        marks: False where the content is encrypted, in which a short mark can stand by chance.
    """
    if content.startswith(b"%PDF-"):
        content = _STREAM.sub(lambda stream: _unpacked(stream[0]), content)
    found = {
        f"the picture, {how}" for one in canaries for how, pieces in _pieces(one) if any(p in content for p in pieces)
    }
    lowered = content.lower()
    found |= {
        "the picture, in hexadecimal"
        for one in canaries
        if any(piece.hex().encode() in lowered for piece in _parts(one))
    }
    return found | ({name for name, mark in MARKS.items() if mark.search(content)} if marks else set())


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:  # it was not packed
        return stream


def _parts(picture: bytes) -> list[bytes]:
    """Pieces from all over it, but for its head, which many pictures share."""
    starts = range(len(picture) // 3, len(picture) - PIECE, max(1, len(picture) // 12))
    return [picture[at : at + PIECE] for at in starts]


def _pieces(picture: bytes) -> Iterable[tuple[str, list[bytes]]]:
    parts = _parts(picture)
    yield "as it is", parts
    for how, encode in (("in base64", base64.b64encode), ("in base64 for addresses", base64.urlsafe_b64encode)):
        # whatever stands before it, its bytes are cut into threes in one of three ways; the edges hang on neighbours
        yield how, [encode(part[at : at + 18]) for part in parts for at in range(3)]
