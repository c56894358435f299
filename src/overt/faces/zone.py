"""Where faces are: the detector at work in the region of a camera's frames that is looked at. It knows nobody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import NO_FACES, Faces
from overt.domain.geometry import Region
from overt.faces.brighten import brighten_scene
from overt.faces.closer import PictureSource
from overt.faces.detect import YuNet, padded
from overt.faces.runtime import Runtime
from overt.video.frame import scratch_size

ByteArray = NDArray[np.uint8]


class ZoneDetector:
    """Looks for faces in one region of a camera's frames, at one scale."""

    def __init__(self, detector: YuNet, region: Region, scale: float, *, brightened: bool) -> None:
        self._detector, self._region, self._brightened = detector, region, brightened
        height, width = zone_size(region, scale)
        self._picture = detector.input[0, :height, :width]
        self._scratch = np.zeros(scratch_size(height, width), np.uint8)
        self._to_frame = np.array([region.width / width, region.height / height], np.float32)
        self._origin = np.array([region.x, region.y], np.float32)

    @property
    def region(self) -> Region:
        """The part of the frame that is looked at."""
        return self._region

    @property
    def picture(self) -> ByteArray:
        """The zone as it was last cut out, shape (h, w, 3), BGR."""
        return self._picture

    def cut_out(self, frame: PictureSource) -> ByteArray:
        """The zone of a frame, scaled, where the detector will look; `wipe` it where it will not."""
        frame.bgr(self._region, self._picture, self._scratch, rough=True)
        self._scratch.fill(0)
        return self._picture

    def wipe(self) -> None:
        self._picture.fill(0)

    def detect(self, frame: PictureSource, least_score: float) -> Faces:
        """The faces of a frame in pixels of the whole frame, best first: `cut_out` and `find` in one."""
        self.cut_out(frame)
        return self.find(least_score)

    def find(self, least_score: float) -> Faces:
        """The faces in what was cut out, in pixels of the whole frame, best first; it may be brighter afterwards."""
        if self._brightened:
            brighten_scene(self._picture)
        found = self._detector.detect(least_score)[0]
        if not len(found):
            return NO_FACES
        return Faces(
            boxes=found.boxes * np.tile(self._to_frame, 2) + np.tile(self._origin, 2),
            landmarks=found.landmarks * self._to_frame + self._origin,
            scores=found.scores,
        )


def zone_size(region: Region, scale: float) -> tuple[int, int]:
    """Height and width, both even, of the picture that the detector sees of a region."""
    height, width = (max(32, round(length * scale) // 2 * 2) for length in (region.height, region.width))
    return height, width


class ZoneDetectors:
    """A pack's detector in every size that a region needs.

    Args:
        detector: ONNX bytes.
        brightened: what is dark is made brighter before it is searched.
    """

    def __init__(self, runtime: Runtime, detector: bytes, *, brightened: bool) -> None:
        self._runtime, self._onnx, self._brightened = runtime, detector, brightened
        self._made: dict[tuple[int, int], YuNet] = {}

    def detector(self, region: Region, scale: float) -> ZoneDetector:
        """For one region of a camera; `scale` shrinks it, 0 to 1. Cameras whose zones have the same size share one
        network; other sizes do not, since one's picture would be left in the other's margin."""
        size = zone_size(region, scale)
        if size not in self._made:
            shape = (1, padded(size[0]), padded(size[1]))
            self._made[size] = YuNet(self._runtime.network(self._onnx, shape, rgb=False))
        return ZoneDetector(self._made[size], region, scale, brightened=self._brightened)

    def blank_if_idle(self) -> None:
        """Overwrites what idle networks hold; call it on a timer, at least twice a second."""
        for detector in self._made.values():
            detector.blank_if_idle()
