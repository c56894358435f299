"""Pictures of the watch list, read safely.

Rules:
  - a picture is refused by its header when it is too large, before a pixel is decoded;
  - only the formats that cameras and offices use are opened, whatever the file's name says;
  - the picture comes out upright, in colour, 8 bits, with its longer side at most 1,600 pixels;
  - of an animation or a document of several pages the first picture counts;
  - whatever goes wrong is a BadPicture with a sentence that names the file.
"""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from overt.domain.errors import BadPicture
from overt.video.frame import scale_into

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM")
FILE_LIMIT_BYTES = 50_000_000
PIXEL_LIMIT = 50_000_000
LONGER_SIDE_PX = 1600

# What Pillow's readers raise on damaged files, found by feeding them such files.
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_SAVE_ANEW = "Save the picture again as JPEG or PNG, or leave it out."
_BEHIND = (128, 128, 128)  # grey behind transparent parts: neither dark nor burnt out


def read_picture(path: Path) -> NDArray[np.uint8]:
    """One picture, upright.

    Returns:
        Shape (height, width, 3), uint8, BGR, the longer side at most 1,600 pixels.

    Raises:
        BadPicture: the file is no regular file, empty, too large, unreadable, damaged or no picture.
    """
    return decoded_picture(_content(path), path.name)


def decoded_picture(content: bytes, name: str) -> NDArray[np.uint8]:
    """One picture, upright, as `read_picture`, from the bytes of its file.

    Args:
        content: the whole file.
        name: what errors call it.

    Raises:
        BadPicture: it is empty, too large, damaged or no picture.
    """
    _require_size(len(content), name)
    if not content:
        raise BadPicture(f"{name} is empty.", _SAVE_ANEW)
    with warnings.catch_warnings():
        # The limit below is stricter than Pillow's, and odd metadata does no harm.
        warnings.simplefilter("ignore")
        try:
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise _too_many_pixels(name) from error
        except UnidentifiedImageError as error:
            raise BadPicture(
                f"{name} is not a picture that Overt reads (JPEG, PNG, BMP, WebP, TIFF, PPM or PGM).", _SAVE_ANEW
            ) from error
        except _DAMAGE as error:
            raise _damaged(name) from error
        with opened:
            width, height = opened.size
            if width * height > PIXEL_LIMIT:
                raise _too_many_pixels(name)
            try:
                upright = _upright(opened)
                rgb = np.asarray(_shrunk(_colour(upright)))
                return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)
            except (*_DAMAGE, Image.DecompressionBombError) as error:
                raise _damaged(name) from error


def to_jpeg(picture: NDArray[np.uint8], longer_side_px: int = LONGER_SIDE_PX) -> bytes:
    """A picture as JPEG (quality 90), shrunk where its longer side is longer; nothing but pixels is in the file.

    Args:
        picture: shape (height, width, 3), uint8, BGR.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, longer_side_px / max(height, width))
    shrunk = picture
    if scale < 1:
        shrunk = np.zeros((max(1, round(height * scale)), max(1, round(width * scale)), 3), np.uint8)
        scale_into(picture, shrunk)
    done, content = cv2.imencode(".jpg", shrunk, [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    jpeg = content.tobytes()
    content.fill(0)
    return jpeg


def _content(path: Path) -> bytes:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise BadPicture(f"{path.name} is a folder, not a picture.", "Name a picture file.")
        if not stat.S_ISREG(found.st_mode):
            raise BadPicture(f"{path.name} is not a regular file.", "Name a picture file.")
        _require_size(found.st_size, path.name)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadPicture(f"{path.name} does not exist.", "Check the name.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name holds a zero byte"
        raise BadPicture(f"{path.name} cannot be read: {reason}.", "Check who may read it.") from error


def _require_size(size: int, name: str) -> None:
    if size > FILE_LIMIT_BYTES:
        raise BadPicture(
            f"{name} has {size / 1e6:.0f} MB; a picture may have {FILE_LIMIT_BYTES / 1e6:.0f} MB.", "Save it smaller."
        )


def _upright(picture: Image.Image) -> Image.Image:
    """The decoded picture, turned as its EXIF says; a JPEG is decoded at the smallest size that is large enough."""
    if max(picture.size) > LONGER_SIDE_PX:
        scale = LONGER_SIDE_PX / max(picture.size)
        picture.draft(None, (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except _DAMAGE:
        return picture  # unreadable metadata: the picture counts as upright


def _colour(picture: Image.Image) -> Image.Image:
    """8-bit RGB of whatever was decoded."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode == "I":  # 32 bits that hold 16
        return Image.fromarray((np.asarray(picture).clip(0, 65535) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode == "F":
        raise ValueError("grey levels without a scale")
    if picture.has_transparency_data:
        solid = picture.convert("RGBA")
        behind = Image.new("RGBA", solid.size, (*_BEHIND, 255))
        return Image.alpha_composite(behind, solid).convert("RGB")
    return picture.convert("RGB")


def _shrunk(picture: Image.Image) -> Image.Image:
    longer = max(picture.size)
    if longer <= LONGER_SIDE_PX:
        return picture
    width, height = (max(1, round(side * LONGER_SIDE_PX / longer)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _too_many_pixels(name: str) -> BadPicture:
    return BadPicture(
        f"{name} says it has more than {PIXEL_LIMIT // 1_000_000} million pixels; it was not opened.",
        "Save it smaller.",
    )


def _damaged(name: str) -> BadPicture:
    return BadPicture(f"{name} is damaged or cut short.", _SAVE_ANEW)
