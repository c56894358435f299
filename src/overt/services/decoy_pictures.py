"""The two sides of a decoy, as a camera and a list would have made them, and what a pair seals.

Rules:
  - what stands for the passage is cut, scaled and softened as the pictures of a passage are, three shots of it: a
    portrait as it came would be known at a glance;
  - the best shot comes first, and none is larger than a camera process would send;
  - how each shot was made is random and told to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PICTURE_SIDE, PICTURES_LIMIT
from overt.domain.geometry import FloatArray
from overt.faces.picture import to_jpeg
from overt.services.evidence import BadContent, packed, unpacked

ByteArray = NDArray[np.uint8]

#: Width of the face in a shot, pixels: as far as people pass from a camera.
FACE_PX = (62.0, 120.0)
SURROUND = 2.0
_GREY = 128
_SHIFT, _TURN_DEG, _LIGHT, _NOISE, _BLUR = 0.05, 3.0, 0.12, 2.5, (0.5, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class PairContent:
    """What a pair seals.

    Attributes:
        reference: what the listed picture is called, as an entry of a list is.
        response: a code of the policy; "" where none is named.
        consent: reference of the consent of everybody who is shown.
        templates: of the listed picture and of the other, shape (2, length), float32, unit rows.
        listed: JPEG.
        shots: JPEG, best first.
    """

    reference: str
    response: str
    consent: str
    templates: FloatArray
    listed: bytes
    shots: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        header = {"reference": self.reference, "response": self.response, "consent": self.consent}
        templates = np.ascontiguousarray(self.templates, "<f4").tobytes()
        return packed(header, [templates, self.listed, *self.shots])

    @classmethod
    def from_bytes(cls, content: bytes) -> PairContent:
        """Raises BadContent."""
        header, parts = unpacked(content)
        try:
            return cls(
                reference=header["reference"],
                response=header["response"],
                consent=header["consent"],
                templates=np.frombuffer(parts[0], "<f4").reshape(2, -1).astype(np.float32),
                listed=parts[1],
                shots=tuple(parts[2:]),
            )
        except (KeyError, IndexError, ValueError) as error:
            raise BadContent(
                "A pair of decoys is not in the form that Overt gives it.", "Erase the set, and import it anew."
            ) from error


def shots_of(picture: ByteArray, box: FloatArray, drawn: np.random.Generator) -> tuple[bytes, ...]:
    """Three shots of a face, JPEG, as of somebody who passes.

    Args:
        picture: shape (h, w, 3), uint8, BGR.
        box: of its face, shape (4,): left, top, right, bottom in its pixels.
        drawn: what everything random is drawn from.
    """
    face_px = min(float(drawn.uniform(*FACE_PX)), float(box[2] - box[0]))
    sizes = sorted((face_px * float(drawn.uniform(0.85, 1.0)) for _ in range(PICTURES_LIMIT)), reverse=True)
    return tuple(to_jpeg(_shot(picture, box, size, drawn), PICTURE_SIDE) for size in sizes)


def _shot(picture: ByteArray, box: FloatArray, face_px: float, drawn: np.random.Generator) -> ByteArray:
    width = float(box[2] - box[0])
    scale = face_px / width
    side = min(PICTURE_SIDE, round(SURROUND * max(width, float(box[3] - box[1])) * scale))
    middle = (box[:2] + box[2:]) / 2 + drawn.uniform(-_SHIFT, _SHIFT, 2) * width
    warp = cv2.getRotationMatrix2D(
        (float(middle[0]), float(middle[1])), float(drawn.uniform(-_TURN_DEG, _TURN_DEG)), scale
    )
    warp[:, 2] = warp[:, 2] + side / 2 - middle
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.5 / scale) if scale < 1 else picture
    found = cv2.warpAffine(
        smooth, warp, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(_GREY,) * 3
    )
    soft = cv2.GaussianBlur(found, (0, 0), float(drawn.uniform(*_BLUR))).astype(np.float32)
    lit = soft * (1 + float(drawn.uniform(-_LIGHT, _LIGHT))) + drawn.normal(0, _NOISE, found.shape)
    shot: ByteArray = np.clip(np.rint(lit), 0, 255).astype(np.uint8)
    return shot
