"""One look at one spoiled picture, on the path that a camera's frame takes.

A probe's picture is laid into a square frame, its face in the middle and at most 96 pixels wide, grey around it. The
frame is then seen as a camera's is: the detector on the shrunk zone, the second look from the original pixels, the
template. What a camera would not use (no detection at the score that starts a track, no confirmed second look, too low
a quality) is a failure to acquire. One look is one shot: a passage has up to three that are fused, so it fares better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from overt.domain.authority import SMALLEST_FACE_PX
from overt.domain.face import Quality
from overt.domain.geometry import FloatArray, Region
from overt.domain.rules import RecognitionRules
from overt.evaluation.envelope_spoil import GREY, MOST_FACE_PX, ByteArray, FaceAt
from overt.faces.recogniser import Recogniser, Still
from overt.faces.zone import ZoneDetector
from overt.video.frame import scale_into
from overt.video.health import light_of

FRAME_SIDE: Final = 256
#: Quantities of `domain.envelope` that one look can show.
SHOWN: Final = ("zone_light", "face_light", "face_sharpness", "face_width", "face_yaw")
_NEAR: Final = 0.5  # how far a face may lie from where it is, in face widths


@dataclass(frozen=True, kw_only=True, eq=False)
class Framed:
    """A probe's picture, laid into a frame: shape (256, 256, 3), uint8, BGR, and where its face is there."""

    picture: ByteArray
    face: FaceAt


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What one look gave.

    Attributes:
        template: shape (d,), float32, unit length; None where nothing was acquired.
        quality: of the face that the second look confirmed, used or not; None where there was none.
        zone_light: mean grey level of the frame as the detector saw it, 0 to 255.
    """

    template: FloatArray | None
    quality: Quality | None
    zone_light: float

    def live(self, quantity: str) -> float:
        """One of `SHOWN` as this look showed it; NaN where it did not."""
        if quantity == "zone_light":
            return self.zone_light
        if self.quality is None:
            return float("nan")
        return {
            "face_light": self.quality.light,
            "face_sharpness": self.quality.sharpness,
            "face_width": self.quality.width_px,
            "face_yaw": abs(self.quality.yaw),
        }[quantity]


def framed(picture: ByteArray, face: FaceAt, face_px: float = MOST_FACE_PX) -> Framed:
    """Lays a picture into a frame; it is never enlarged.

    Args:
        picture: shape (h, w, 3), uint8, BGR.
        face_px: width that the face has at most, pixels.
    """
    scale = min(1.0, face_px / face.width)
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    shrunk = np.zeros((height, width, 3), np.uint8)
    scale_into(picture, shrunk)
    left = round(FRAME_SIDE / 2 - scale * (face.left + face.right) / 2)
    top = round(FRAME_SIDE / 2 - scale * (face.top + face.bottom) / 2)
    frame = np.full((FRAME_SIDE, FRAME_SIDE, 3), GREY, np.uint8)
    x, y = max(0, left), max(0, top)
    end_x, end_y = min(FRAME_SIDE, left + width), min(FRAME_SIDE, top + height)
    frame[y:end_y, x:end_x] = shrunk[y - top : end_y - top, x - left : end_x - left]
    return Framed(
        picture=frame,
        face=FaceAt(
            left=left + scale * face.left,
            top=top + scale * face.top,
            right=left + scale * face.right,
            bottom=top + scale * face.bottom,
        ),
    )


class OneLook:
    """Looks at frames as a camera does. Not for several threads at once."""

    def __init__(self, recogniser: Recogniser, rules: RecognitionRules) -> None:
        self._recogniser, self._rules = recogniser, rules
        self._detectors: dict[float, ZoneDetector] = {}

    def look(self, picture: ByteArray, face: FaceAt, smallest_px: float = SMALLEST_FACE_PX) -> Seen:
        """What a camera makes of a frame.

        Args:
            picture: shape (256, 256, 3), uint8, BGR.
            face: where the person's face is; other faces are passed over.
            smallest_px: width of the smallest face for which the camera is set, pixels.
        """
        still, detector = Still(picture), self._detector(smallest_px)
        light = light_of(detector.cut_out(still))
        found = detector.find(self._rules.start_score)
        middle = np.array([face.left + face.right, face.top + face.bottom], np.float32) / 2
        away = np.hypot(*(found.centres - middle).T)
        if not len(found) or away.min() > _NEAR * face.width:
            return Seen(template=None, quality=None, zone_light=light)
        nearest = int(np.argmin(away))
        template: FloatArray | None = None
        quality: Quality | None = None
        for shot in self._recogniser.closer_look.shots(still, found[nearest : nearest + 1]):
            quality = shot.quality
            if quality.overall >= self._rules.least_quality:
                made = np.zeros((1, self._recogniser.length), np.float32)
                self._recogniser.embedder.embed([shot.chip], made)
                template = made[0]
        return Seen(template=template, quality=quality, zone_light=light)

    def _detector(self, smallest_px: float) -> ZoneDetector:
        if smallest_px not in self._detectors:
            whole = Region(x=0, y=0, width=FRAME_SIDE, height=FRAME_SIDE)
            scale = min(1.0, self._rules.detector_face_px / smallest_px)
            self._detectors[smallest_px] = self._recogniser.zone_detector(whole, scale)
        return self._detectors[smallest_px]
