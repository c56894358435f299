"""Is a camera fit to see with? Two cheap numbers from a small picture of its zone."""

from __future__ import annotations

import cv2

from overt.video.frame import ByteArray


def light_and_sharpness(picture: ByteArray) -> tuple[float, float]:
    """Light and sharpness of a small picture, such as the one that the detector sees.

    Args:
        picture: shape (h, w, 3), BGR, or (h, w), grey; uint8.

    Returns:
        Light: mean grey level, 0 (black) to 255; a street by day lies between 80 and 170, below 40 is dark.
        Sharpness: variance of the Laplacian (4 neighbours) over the variance of the grey levels; 0 for a flat or
        wholly blurred picture, about 20 for noise alone; it depends on the picture's size, so compare a camera with
        itself. The two working arrays are overwritten before they are given back.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture
    mean, deviation = cv2.meanStdDev(grey)
    edges = cv2.Laplacian(grey, cv2.CV_16S, ksize=1)
    _, edge_deviation = cv2.meanStdDev(edges)
    edges[:] = 0
    if grey is not picture:
        grey[:] = 0
    variance = float(deviation[0, 0]) ** 2
    return float(mean[0, 0]), float(edge_deviation[0, 0]) ** 2 / variance if variance >= 1 else 0.0
