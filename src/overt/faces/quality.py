"""How fit a picture of a face is for comparison: plain measures, each with a unit and a range (see `Quality`)."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.faces.align import CHIP_SIZE

#: Nose height between the line of the eyes (0) and that of the mouth (1) on a level face.
LEVEL_NOSE = 0.55
BURNT_LEVEL = 250


class QualityMeter:
    """Measures aligned faces; keeps only its own two small arrays, which `wipe` overwrites."""

    def __init__(self) -> None:
        self._grey = np.zeros((CHIP_SIZE, CHIP_SIZE), np.uint8)
        self._edges = np.zeros((CHIP_SIZE, CHIP_SIZE), np.int16)
        self._burnt = np.zeros((CHIP_SIZE, CHIP_SIZE), np.uint8)

    def measure(self, chip: NDArray[np.uint8], landmarks: FloatArray, width_px: float, score: float) -> Quality:
        """Quality of one face.

        Args:
            chip: the aligned face, shape (112, 112, 3), uint8, BGR.
            landmarks: shape (5, 2), pixels of the original picture.
            width_px: width of the face in the original picture, pixels.
            score: the detector's score.
        """
        cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY, dst=self._grey)
        cv2.Laplacian(self._grey, cv2.CV_16S, dst=self._edges)
        mean, deviation = cv2.meanStdDev(self._grey)
        edge_deviation = float(cv2.meanStdDev(self._edges)[1][0, 0])
        light, contrast = float(mean[0, 0]), float(deviation[0, 0])
        cv2.threshold(self._grey, BURNT_LEVEL - 1, 1, cv2.THRESH_BINARY, dst=self._burnt)
        burnt = cv2.countNonZero(self._burnt) / self._burnt.size
        sharpness = edge_deviation**2 / max(contrast**2, 1.0)
        yaw, pitch, roll = pose(landmarks)
        overall = (
            at_most(width_px, score)
            * _ramp(sharpness, 0.001, 0.02)
            * _ramp(light, 10, 60)
            * _ramp(255 - light, 10, 60)
            * _ramp(contrast, 4, 25)
            * _ramp(1 - abs(yaw), 0.0, 0.85)
            * _ramp(1 - abs(pitch), 0.0, 0.7)
        )
        return Quality(
            width_px=width_px,
            eyes_px=float(np.hypot(*(landmarks[1] - landmarks[0]))),
            sharpness=sharpness,
            light=light,
            burnt=burnt,
            contrast=contrast,
            yaw=yaw,
            pitch=pitch,
            roll=roll,
            score=score,
            overall=overall,
        )

    def wipe(self) -> None:
        self._grey.fill(0)
        self._edges.fill(0)
        self._burnt.fill(0)


def at_most(width_px: float, score: float) -> float:
    """The best overall quality that a face of this width, pixels, and this score of the detector can have."""
    return _ramp(width_px, 12, 90) * _ramp(score, 0.3, 0.9)


def pose(landmarks: FloatArray) -> tuple[float, float, float]:
    """Yaw and pitch (-1 to 1, no unit) and roll (degrees) from five landmarks, shape (5, 2).

    Yaw: the nose's way from the middle of the face, in half face widths (the wider of eyes and mouth). Pitch: the
    nose's height between eyes and mouth against that of a level face. Rough by nature: five points, no camera model.
    """
    right_eye, left_eye, nose, right_mouth, left_mouth = landmarks.astype(np.float64)
    across = left_eye - right_eye
    length = math.hypot(*across) or 1.0
    along_x = across / length
    along_y = np.array([-along_x[1], along_x[0]])
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    half_width = max(length, float((left_mouth - right_mouth) @ along_x), 1.0) / 2
    yaw = float((nose - (eyes + mouth) / 2) @ along_x) / half_width
    height = float((mouth - eyes) @ along_y)
    nose_height = float((nose - eyes) @ along_y) / height if height > 1e-6 else LEVEL_NOSE
    pitch = (LEVEL_NOSE - nose_height) / 0.4
    return max(-1.0, min(1.0, yaw)), max(-1.0, min(1.0, pitch)), roll_of(landmarks)


def roll_of(landmarks: FloatArray) -> float:
    """Tilt of the line of the eyes, degrees; landmarks: shape (5, 2)."""
    right_eye, left_eye = landmarks[:2].astype(np.float64)
    across = left_eye - right_eye
    return math.degrees(math.atan2(across[1], across[0]))


def cautions(quality: Quality) -> tuple[str, ...]:
    """Reasons for care with this picture, in plain words."""
    found = (
        ("small face", quality.eyes_px < 24),
        ("dark", quality.light < 50),
        ("burnt out", quality.burnt > 0.2 or quality.light > 215),
        ("blurred", quality.sharpness < 0.006),
        ("turned away", abs(quality.yaw) > 0.45),
        ("little contrast", quality.contrast < 15),
    )
    return tuple(word for word, holds in found if holds)


def _ramp(value: float, none: float, full: float) -> float:
    return max(0.0, min(1.0, (value - none) / (full - none)))
