"""Is a camera fit to see with? What the small picture of its zone tells."""

from __future__ import annotations

import cv2

from overt.video.frame import ByteArray


def light_of(picture: ByteArray) -> float:
    """Mean grey level of a picture, 0 (black) to 255; a street by day lies between 80 and 170, below 40 is dark.

    Args:
        picture: shape (h, w, 3), BGR, or (h, w), grey; uint8. No copy of it is made.
    """
    blue, *others = cv2.mean(picture)
    if picture.ndim == 2:
        return float(blue)
    green, red = others[:2]
    return float(0.114 * blue + 0.587 * green + 0.299 * red)
