"""Which detector looks next at a zone: a fine one, or, where that loses nobody, a coarser one of half the work."""

from __future__ import annotations

from collections.abc import Callable

from overt.domain.face import Faces
from overt.domain.rules import RecognitionRules
from overt.faces.zone import ZoneDetector


class Turns:
    """The two detectors of one zone.

    Every second look is coarse, unless the look before saw a face that is wanted and so small that the coarse detector
    would get it smaller than the fine one is promised.

    Args:
        smallest_face_px: narrowest wanted face, pixels of the frame.
        zone_detector: makes a detector that looks at the zone at a scale.
    """

    def __init__(
        self, rules: RecognitionRules, smallest_face_px: int, zone_detector: Callable[[float], ZoneDetector]
    ) -> None:
        self._smallest_px = smallest_face_px
        self._large_px = smallest_face_px * rules.detector_face_px / rules.between_face_px
        self._fine, self._coarse = (
            zone_detector(min(1.0, face_px / smallest_face_px))
            for face_px in (rules.detector_face_px, rules.between_face_px)
        )
        self.next = self._fine

    def saw(self, faces: Faces) -> None:
        """Takes the faces that the next detector found, and appoints the one after it."""
        has_small = ((faces.widths >= self._smallest_px) & (faces.widths < self._large_px)).any()
        self.next = self._fine if has_small or self.next is self._coarse else self._coarse

    def begin_anew(self) -> None:
        """The next look is a fine one: what was seen is over."""
        self.next = self._fine
