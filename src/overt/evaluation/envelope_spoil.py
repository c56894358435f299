"""The ways in which a picture is made worse, one condition at a time.

Rules:
  - nothing but the one condition changes, and the level `Condition.clean` leaves the picture as it is;
  - lengths are shares of the face's width, so that a level means the same for every picture;
  - whatever is random takes its numbers from the generator that is handed in;
  - each condition names the live quantities that carry its edge, or says why there is none.

How the light falls (`darkness`, `noise`): grey levels are taken as linear light to the power of 1/2.2, white as 8,000
electrons, a common full well of small pixels. At a share s of the light a pixel holds Poisson(8,000 s x) electrons,
and reading it out adds a normal error of 3 electrons. `darkness` shows them at the old gain, `noise` with the gain
raised by 1/s, as a camera does that makes up for the dark. Each colour is drawn by itself; a real sensor's colour
mosaic and the noise filter of a real camera are not imitated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

ByteArray = NDArray[np.uint8]

GAMMA: Final = 2.2
WHITE_ELECTRONS: Final = 8000.0
READ_ELECTRONS: Final = 3.0
GREY: Final = 128
MOST_FACE_PX: Final = 96
COVERED: Final = (
    "It is not measured live, and that is meant: a face that is covered is no ground for anything, so Overt keeps no "
    "count of such faces."
)


@dataclass(frozen=True, kw_only=True)
class FaceAt:
    """Where the face is: left, top, right, bottom in pixels of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


Spoil = Callable[[ByteArray, FaceAt, float, np.random.Generator], ByteArray]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One way to make pictures worse.

    Attributes:
        name: one word, or words joined by hyphens.
        says: what is done, in a sentence.
        unit: of a level, for the axis.
        clean: the level that changes nothing.
        levels: from the mildest to the worst, without `clean`.
        live: quantities of `domain.envelope` that carry the edge to a camera.
        not_live: why there is none; empty where `live` names one.
        spoil: makes a picture worse; None where the condition needs another way (the width, and natural pictures).
        log: the levels belong on a logarithmic axis, and are interpolated there.
    """

    name: str
    says: str
    unit: str
    clean: float
    levels: tuple[float, ...]
    live: tuple[str, ...] = ()
    not_live: str = ""
    spoil: Spoil | None = None
    log: bool = False

    def __post_init__(self) -> None:
        order = (self.clean, *self.levels)
        steps = list(pairwise(order))
        if not steps or not (all(a < b for a, b in steps) or all(a > b for a, b in steps)):
            raise ValueError(f"the levels of {self.name} must go one way, from clean to the worst")
        if self.log and min(order) <= 0:
            raise ValueError(f"the levels of {self.name} must be above 0 on a logarithmic axis")
        if bool(self.live) == bool(self.not_live):
            raise ValueError(f"{self.name} either names a live quantity or says why there is none")


def darkness(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """Less light at the same gain; `level`: share of the light that is left, above 0."""
    return _encoded(_electrons(picture, level, rng) / WHITE_ELECTRONS)


def noise(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """Less light and as much more gain; `level`: share of the light that is left, above 0."""
    return _encoded(_electrons(picture, level, rng) / (WHITE_ELECTRONS * level))


def defocus(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """A point becomes an even disc; `level`: its radius in face widths."""
    return _filtered(picture, _disc(level * face.width))


def motion(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """A point becomes a level line; `level`: its length in face widths."""
    return _filtered(picture, _line(level * face.width))


def cover_lower(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """Grey from the chin upwards; `level`: share of the face's height."""
    return _covered(picture, face.left, face.bottom - level * face.height, face.right, face.bottom)


def cover_upper(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """Grey from the forehead downwards; `level`: share of the face's height."""
    return _covered(picture, face.left, face.top, face.right, face.top + level * face.height)


def cover_side(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:
    """Grey from one side, left or right by chance; `level`: share of the face's width."""
    part = level * face.width
    if rng.random() < 1 / 2:
        return _covered(picture, face.left, face.top, face.left + part, face.bottom)
    return _covered(picture, face.right - part, face.top, face.right, face.bottom)


def jpeg(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """Through JPEG and back; `level`: its quality, 1 to 100."""
    done, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, round(level)])
    assert done
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def h264(picture: ByteArray, face: FaceAt, level: float, rng: np.random.Generator) -> ByteArray:  # noqa: ARG001
    """Through H.264 (one key frame, preset veryfast) and back; `level`: x264's constant rate factor, 0 to 51."""
    height, width = picture.shape[:2]
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, "yuv420p", Fraction(1, 25)
    coder.options = {"crf": f"{level:g}", "preset": "veryfast", "tune": "zerolatency"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24").reformat(format="yuv420p")
    packets = [*coder.encode(frame), *coder.encode(None)]
    reader = av.CodecContext.create("h264", "r")
    frames = [shown for packet in (*packets, None) for shown in reader.decode(packet)]
    return np.asarray(frames[0].to_ndarray(format="bgr24"), np.uint8)


def _electrons(picture: ByteArray, share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """What a sensor counts in each pixel at a share of the light."""
    mean = (picture / 255.0) ** GAMMA * (WHITE_ELECTRONS * share)
    return rng.poisson(mean) + rng.normal(0.0, READ_ELECTRONS, picture.shape)


def _encoded(linear: NDArray[np.float64]) -> ByteArray:
    return np.rint(255 * np.clip(linear, 0, 1) ** (1 / GAMMA)).astype(np.uint8)


def _disc(radius: float) -> NDArray[np.float32]:
    """An even disc, its rim softened over a pixel; sums to 1."""
    reach = int(np.ceil(radius + 0.5))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _line(length: float) -> NDArray[np.float32]:
    """A level line, its ends softened; sums to 1. Up to a pixel it is a point."""
    reach = int(np.ceil(max(length - 1, 0) / 2))
    x = np.arange(-reach, reach + 1)
    kernel = np.clip((max(length, 1) + 1) / 2 - np.abs(x), 0, 1)[None, :]
    return np.asarray(kernel / kernel.sum(), np.float32)


def _filtered(picture: ByteArray, kernel: NDArray[np.float32]) -> ByteArray:
    return np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT_101), np.uint8)


def _covered(picture: ByteArray, left: float, top: float, right: float, bottom: float) -> ByteArray:
    spoiled = picture.copy()
    x, y, end_x, end_y = (max(0, round(edge)) for edge in (left, top, right, bottom))
    spoiled[y:end_y, x:end_x] = GREY
    return spoiled


#: Every condition in which the same pictures are spoiled step by step.
CONDITIONS: Final = (
    Condition(
        name="darkness",
        says="The light is taken down and the camera's gain left as it is; a sensor's noise is added.",
        unit="share of the light",
        clean=1.0,
        levels=(1 / 4, 1 / 8, 1 / 16, 1 / 24, 1 / 32, 1 / 48, 1 / 64, 1 / 128),
        live=("zone_light", "face_light"),
        spoil=darkness,
        log=True,
    ),
    Condition(
        name="noise",
        says="The light is taken down and the camera's gain raised by as much; a sensor's noise is added.",
        unit="share of the light",
        clean=1.0,
        levels=(1 / 4, 1 / 16, 1 / 32, 1 / 64, 1 / 96, 1 / 128, 1 / 256, 1 / 512),
        not_live="A camera does not tell its gain, and one number cannot tell grain from detail.",
        spoil=noise,
        log=True,
    ),
    Condition(
        name="defocus",
        says="Every point becomes an even disc.",
        unit="radius of the disc, face widths",
        clean=0.0,
        levels=(0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10),
        live=("face_sharpness",),
        spoil=defocus,
    ),
    Condition(
        name="motion",
        says="Every point becomes a level line.",
        unit="length of the line, face widths",
        clean=0.0,
        levels=(0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.16, 0.20, 0.26),
        not_live=(
            "Sharpness across all directions falls little along one line: where motion has cost a tenth, sharp faces "
            "of 40 to 48 pixels show the same number."
        ),
        spoil=motion,
    ),
    Condition(
        name="width",
        says="The picture is shrunk; zone and second look are those of a camera set to faces of that width.",
        unit="width of the face, pixels (at most)",
        clean=float(MOST_FACE_PX),
        levels=(80, 64, 48, 40, 32, 26, 22, 18, 14),
        live=("face_width",),
    ),
    Condition(
        name="covered-below",
        says="The lower part of the face is covered with grey.",
        unit="share of the face's height",
        clean=0.0,
        levels=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        not_live=COVERED,
        spoil=cover_lower,
    ),
    Condition(
        name="covered-above",
        says="The upper part of the face is covered with grey.",
        unit="share of the face's height",
        clean=0.0,
        levels=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        not_live=COVERED,
        spoil=cover_upper,
    ),
    Condition(
        name="covered-aside",
        says="One side of the face, left or right by chance, is covered with grey.",
        unit="share of the face's width",
        clean=0.0,
        levels=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        not_live=COVERED,
        spoil=cover_side,
    ),
    Condition(
        name="jpeg",
        says="The picture goes through JPEG.",
        unit="quality of the JPEG (101: without)",
        clean=101.0,
        levels=(80, 50, 30, 20, 15, 10, 7, 4),
        not_live="How a camera compresses is its own setting and is not measured on its picture.",
        spoil=jpeg,
    ),
    Condition(
        name="h264",
        says="The picture goes through H.264 as one key frame.",
        unit="constant rate factor (0: without)",
        clean=0.0,
        levels=(20, 26, 30, 34, 38, 42, 46, 50),
        not_live="How a camera compresses is its own setting and is not measured on its picture.",
        spoil=h264,
    ),
)
