"""Dark pictures, made brighter for the networks, the detector above all.

Two curves, because two things are dark. A whole scene in little light is multiplied, which keeps the contrast that
small faces are found by. A face in the shadow, seen closely, is lifted by a gamma curve, which brings out its dark side
and leaves the bright one. What is measured of a face, and what people are shown, is the picture as it was.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

#: Mean grey level, 0 to 255, below which a picture counts as dark.
DARK: Final = 80.0
SCENE_LEVEL: Final = 90.0
MOST_GAIN: Final = 3.0
FACE_LEVEL: Final = 110.0
LEAST_GAMMA: Final = 0.4
_STEPS: Final = 50

ByteArray = NDArray[np.uint8]


def brighten_scene(picture: ByteArray) -> None:
    """Multiplies a dark picture, in place; shape (h, w, 3), uint8."""
    mean = _mean(picture)
    if mean < DARK:
        lift(picture, _gain(round(min(MOST_GAIN, SCENE_LEVEL / max(mean, 1.0)) * _STEPS) / _STEPS))


def curve_for_face(picture: ByteArray) -> ByteArray | None:
    """The curve that a face and its surroundings need, shape (256,), uint8; None where they are bright enough."""
    mean = _mean(picture)
    if mean >= DARK:
        return None
    gamma = math.log(FACE_LEVEL / 255) / math.log(max(mean, 1.0) / 255)
    return _gamma(max(LEAST_GAMMA, round(gamma * _STEPS) / _STEPS))


def lift(picture: ByteArray, curve: ByteArray) -> None:
    """Puts a curve on a picture, in place."""
    cv2.LUT(picture, curve, dst=picture)


def _mean(picture: ByteArray) -> float:
    return sum(cv2.mean(picture)[:3]) / 3


@cache
def _gain(gain: float) -> ByteArray:
    return _fixed(np.minimum(np.arange(256) * gain, 255))


@cache
def _gamma(gamma: float) -> ByteArray:
    return _fixed(255 * (np.arange(256) / 255) ** gamma)


def _fixed(levels: NDArray[np.float64]) -> ByteArray:
    curve: ByteArray = np.round(levels).astype(np.uint8)
    curve.setflags(write=False)
    return curve
