"""Painted faces and a reader that finds them, so that lists can be tested without anybody's picture.

A toy face is a square of one colour on grey: green is the person, blue how much they resemble everybody else,
red what is wrong with the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.faces.pack import default_pack

TEMPLATE_LENGTH = 128
_GREY = 128
_GOOD = Quality(
    width_px=0,
    eyes_px=0,
    sharpness=0.5,
    light=120,
    burnt=0,
    contrast=50,
    yaw=0,
    pitch=0,
    roll=0,
    score=0.9,
    overall=0.9,
)
QUIRKS: dict[str, Quality] = {
    "none": _GOOD,
    "blurred": replace(_GOOD, sharpness=0.001),
    "dark": replace(_GOOD, light=12),
    "bright": replace(_GOOD, light=240),
    "burnt": replace(_GOOD, burnt=0.6),
    "flat": replace(_GOOD, contrast=3),
    "turned": replace(_GOOD, yaw=-0.8),
}


@dataclass(frozen=True, kw_only=True)
class ToyFace:
    """A face to paint.

    Attributes:
        person: 0 to 100; the templates of two persons are perpendicular.
        likeness: 0 to 255: how far the template leans towards one that all share; at 128 two persons score 0.5.
        width: of the square, pixels; the eyes are 0.4 of it apart.
        quirk: a key of `QUIRKS`.
    """

    person: int
    likeness: int = 0
    width: int = 100
    quirk: str = "none"


@dataclass(frozen=True, kw_only=True, eq=False)
class ToyPortrait:
    """What the reader found, in the form of `overt.faces.recogniser.Portrait`."""

    box: FloatArray
    landmarks: FloatArray
    quality: Quality
    template: FloatArray


def paint(*faces: ToyFace) -> NDArray[np.uint8]:
    """A picture with these faces side by side; shape (h, w, 3), uint8, BGR."""
    height = max((face.width for face in faces), default=0) + 20
    picture = np.full((height, sum(face.width + 10 for face in faces) + 20, 3), _GREY, np.uint8)
    left = 10
    for face in faces:
        quirk = list(QUIRKS).index(face.quirk)
        picture[10 : 10 + face.width, left : left + face.width] = (face.likeness, face.person, 200 + quirk)
        left += face.width + 10
    return picture


class ToyReader:
    """Finds painted faces."""

    look_alike = 0.5
    at_once = 2

    @property
    def made_by(self) -> str:
        """As if the default pack had made its templates."""
        return default_pack().made_by

    def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ToyPortrait]:
        """The painted faces of a BGR picture, largest first."""
        if picture.shape[0] <= 10:
            return []
        row = picture[10].astype(np.int32)
        painted = np.concatenate(([False], row[:, 2] >= 200, [False]))
        edges = np.flatnonzero(painted[1:] != painted[:-1])
        found = [_portrait(left, right, row[left]) for left, right in zip(edges[::2], edges[1::2], strict=True)]
        return sorted(found, key=lambda portrait: -portrait.quality.width_px)


def _portrait(left: int, right: int, colour: NDArray[np.int32]) -> ToyPortrait:
    likeness, person, red = (int(part) for part in colour)
    width = float(right - left)
    template = np.zeros(TEMPLATE_LENGTH, np.float32)
    turn = likeness / 256 * np.pi / 2
    template[person], template[-1] = np.cos(turn), np.sin(turn)
    corners = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    quality = replace(list(QUIRKS.values())[red - 200], width_px=width, eyes_px=0.4 * width)
    return ToyPortrait(
        box=np.array([left, 10, right, 10 + width], np.float32),
        landmarks=corners * np.float32(width) + np.array([left, 10], np.float32),
        quality=quality,
        template=template,
    )
