"""Faces as the detector finds them, and what makes a picture of a face fit for comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray


@dataclass(frozen=True, kw_only=True)
class Faces:
    """The faces of one frame, n of them; coordinates in pixels of the whole frame.

    Attributes:
        boxes: shape (n, 4), float32: left, top, right, bottom.
        landmarks: shape (n, 5, 2), float32: right eye, left eye, nose tip, right and left corner of the mouth
            (right and left as the person has them, so the right eye stands left in the picture).
        scores: shape (n,), float32, 0 to 1: the detector's score.
    """

    boxes: FloatArray
    landmarks: FloatArray
    scores: FloatArray

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.boxes.shape != (n, 4) or self.landmarks.shape != (n, 5, 2):
            raise ValueError(f"faces of unequal length: {self.boxes.shape} {self.landmarks.shape} {n}")

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Faces:
        """The faces that a mask, an array of positions or a slice picks."""
        return Faces(boxes=self.boxes[which], landmarks=self.landmarks[which], scores=self.scores[which])

    @property
    def widths(self) -> FloatArray:
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def centres(self) -> FloatArray:
        """Shape (n, 2)."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / np.float32(2)


NO_FACES = Faces(
    boxes=np.zeros((0, 4), np.float32), landmarks=np.zeros((0, 5, 2), np.float32), scores=np.zeros(0, np.float32)
)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How fit one picture of a face is for comparison.

    Attributes:
        width_px: width of the face in the original picture, pixels.
        eyes_px: distance between the eyes in the original picture, pixels.
        sharpness: variance of the Laplacian of the aligned 112x112 face in grey levels, divided by the variance of
            its grey levels; 0 (flat) to about 5; below 0.008 is blurred.
        light: mean grey level of the aligned face, 0 to 255.
        burnt: share of the aligned face's pixels at 250 or above, 0 to 1.
        contrast: standard deviation of the aligned face's grey levels, 0 to 127.
        yaw: turn to the side from the landmarks, -1 (full profile to the picture's left) to 1; 0 is frontal.
        pitch: nod from the landmarks, -1 (down) to 1 (up); 0 is level.
        roll: tilt in the picture's plane, degrees, -180 to 180.
        score: the detector's score, 0 to 1.
        overall: 0 to 1, the product of the ramps over all of these; it orders shots and weighs them, no more.
    """

    width_px: float
    eyes_px: float
    sharpness: float
    light: float
    burnt: float
    contrast: float
    yaw: float
    pitch: float
    roll: float
    score: float
    overall: float
