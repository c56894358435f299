"""One model pack at work: detection in the zone, the second look, templates; and all three on a portrait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import NO_FACES, Faces, Quality
from overt.domain.geometry import FloatArray, Region
from overt.faces.align import CHIP_SIZE
from overt.faces.brighten import brighten_scene
from overt.faces.closer import LOOK_SIZE, LOOKS_AT_ONCE, CloserLook
from overt.faces.detect import YuNet
from overt.faces.embed import Embedder
from overt.faces.recipe import Networks
from overt.faces.runtime import Runtime
from overt.faces.zone import ZoneDetector, ZoneDetectors
from overt.video.frame import scale_into

ByteArray = NDArray[np.uint8]

#: Longer sides at which a portrait is searched for faces, in this order, until one is found: the first fits portraits,
#: the larger ones small faces, the last a face that fills its picture.
PORTRAIT_SIDES = (320, 640, 1280, 160)
PORTRAIT_CANVAS = {320: 320, 640: 640, 1280: 1280, 160: 320}
PORTRAIT_SCORE = 0.6
_ONE_FACE = (1, CHIP_SIZE, CHIP_SIZE)


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One face of a picture, ready for a watch list.

    Attributes:
        box: shape (4,), float32: left, top, right, bottom in pixels of the picture.
        landmarks: shape (5, 2), float32, likewise.
        template: shape (length,), float32, unit length.
    """

    box: FloatArray
    landmarks: FloatArray
    quality: Quality
    template: FloatArray


def exported_embedder(runtime: Runtime, networks: Networks) -> bytes:
    """What other processes of this machine find as `Networks.exported`."""
    return runtime.exported(networks.embedder, _ONE_FACE, rgb=True)


class Recogniser:
    """Networks of one pack on one runtime. Not for several threads at once.

    Attributes:
        length: numbers in a template.
        made_by: digest of all that a template depends on.
        look_alike: cosine from which two people look alike to the pack.
        at_once: for how many threads it reads portraits at the same time.
    """

    at_once = 1

    def __init__(self, runtime: Runtime, networks: Networks) -> None:
        self._runtime, self._detector_onnx, self._recipe = runtime, networks.detector, networks.recipe
        self.made_by, self.look_alike = networks.made_by, networks.look_alike
        # float32: on a face of 64 pixels bf16 moves the landmarks by 1 % of the distance between the eyes, which costs
        # up to 0.02 of a cosine; it saves a third of a millisecond.
        self.closer_look = CloserLook(
            [
                YuNet(runtime.network(networks.detector, (n, LOOK_SIZE, LOOK_SIZE), rgb=False, exact=True))
                for n in LOOKS_AT_ONCE
            ],
            networks.recipe,
        )
        one_face = (
            runtime.network(networks.embedder, _ONE_FACE, rgb=True)
            if networks.exported is None
            else runtime.imported(networks.exported, _ONE_FACE, rgb=True)
        )
        self.embedder = Embedder(one_face, networks.recipe)
        self.length = self.embedder.length
        self._portrait_detectors: dict[int, YuNet] = {}
        self._zones = ZoneDetectors(runtime, networks.detector, brightened=networks.recipe.brightened)

    def zone_detector(self, region: Region, scale: float) -> ZoneDetector:
        """A detector for one region of a camera; `scale` shrinks it, 0 to 1."""
        return self._zones.detector(region, scale)

    def portraits(self, picture: ByteArray) -> list[Portrait]:
        """The faces of a picture, shape (h, w, 3), uint8, BGR, largest first; faces that a second look does not confirm
        are left out."""
        faces = self._faces_of(picture)
        faces = faces[np.argsort(-faces.widths, kind="stable")]
        found = []
        for shot in self.closer_look.shots(Still(picture), faces):
            template = np.zeros(self.length, np.float32)
            self.embedder.embed_still(shot.chip, template)
            found.append(
                Portrait(
                    box=faces.boxes[shot.position],
                    landmarks=shot.landmarks,
                    quality=shot.quality,
                    template=template,
                )
            )
        return found

    def blank_if_idle(self) -> None:
        """Overwrites what idle networks hold; call it on a timer, at least twice a second."""
        self.closer_look.blank_if_idle()
        self.embedder.blank_if_idle()
        self._zones.blank_if_idle()
        for detector in self._portrait_detectors.values():
            detector.blank_if_idle()

    def _faces_of(self, picture: ByteArray) -> Faces:
        height, width = picture.shape[:2]
        for side in PORTRAIT_SIDES:
            canvas = PORTRAIT_CANVAS[side]
            scale = side / max(height, width)
            if canvas not in self._portrait_detectors:
                network = self._runtime.network(self._detector_onnx, (1, canvas, canvas), rgb=False)
                self._portrait_detectors[canvas] = YuNet(network)
            detector = self._portrait_detectors[canvas]
            small_height, small_width = max(1, round(height * scale)), max(1, round(width * scale))
            detector.input.fill(0)
            small = detector.input[0, :small_height, :small_width]
            scale_into(picture, small)
            if self._recipe.brightened:
                brighten_scene(small)
            found = detector.detect(PORTRAIT_SCORE)[0]
            if len(found):
                to_picture = np.array([width / small_width, height / small_height], np.float32)
                return Faces(
                    boxes=found.boxes * np.tile(to_picture, 2),
                    landmarks=found.landmarks * to_picture,
                    scores=found.scores,
                )
        return NO_FACES


@dataclass(frozen=True)
class Still:
    """A picture as a source of regions. It needs no scratch."""

    picture: ByteArray

    @property
    def width(self) -> int:
        return int(self.picture.shape[1])

    @property
    def height(self) -> int:
        return int(self.picture.shape[0])

    def bgr(self, region: Region, out: ByteArray, scratch: ByteArray, *, rough: bool = False) -> None:  # noqa: ARG002
        part = self.picture[region.y : region.y + region.height, region.x : region.x + region.width]
        scale_into(part, out, rough=rough)
