"""Alignment: a face is turned, scaled and moved so that its landmarks stand where the network expects them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray

CHIP_SIZE = 112

#: Where the five landmarks stand in the aligned face; `FaceRecognizerSF` of OpenCV (face_recognize.cpp).
REFERENCE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


def similarity(landmarks: FloatArray, places: FloatArray = REFERENCE) -> NDArray[np.float64]:
    """The least-squares turn, scale and move that brings landmarks to their places.

    In complex numbers the best factor is the mean of conj(source) x target over the mean of |source|^2 (Umeyama 1991
    without reflection has the same solution in the plane).

    Args:
        landmarks: shape (5, 2), pixels.
        places: shape (5, 2), where each of them belongs.

    Returns:
        shape (2, 3): `cv2.warpAffine`'s matrix from the picture to the aligned face.

    Raises:
        ValueError: all landmarks lie on one point.
    """
    source = landmarks[:, 0].astype(np.float64) + 1j * landmarks[:, 1]
    target = places[:, 0].astype(np.float64) + 1j * places[:, 1]
    centred = source - source.mean()
    spread = float(np.sum(np.abs(centred) ** 2))
    if spread < 1e-9:
        raise ValueError("the landmarks lie on one point; there is no face to align")
    factor = np.sum(np.conj(centred) * (target - target.mean())) / spread
    move = target.mean() - factor * source.mean()
    return np.array([[factor.real, -factor.imag, move.real], [factor.imag, factor.real, move.imag]])


def align(picture: NDArray[np.uint8], landmarks: FloatArray, out: NDArray[np.uint8]) -> None:
    """Writes the aligned face into `out`, shape (112, 112, 3), BGR.

    Args:
        picture: shape (h, w, 3), uint8, BGR.
        landmarks: shape (5, 2), pixels of `picture`.
    """
    cv2.warpAffine(picture, similarity(landmarks), (CHIP_SIZE, CHIP_SIZE), dst=out, flags=cv2.INTER_LINEAR)
