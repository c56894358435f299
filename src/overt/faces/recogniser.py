"""One model pack at work: detection in the zone, the second look, templates; and all three on a portrait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import NO_FACES, Faces, Quality
from overt.domain.geometry import FloatArray, Region
from overt.faces.align import CHIP_SIZE
from overt.faces.brighten import brighten_scene
from overt.faces.closer import LOOK_SIZE, LOOKS_AT_ONCE, CloserLook, PictureSource
from overt.faces.detect import YuNet, padded
from overt.faces.embed import Embedder
from overt.faces.recipe import Networks
from overt.faces.runtime import Runtime
from overt.video.frame import scale_into, scratch_size

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
        self._zone_detectors: dict[tuple[int, int], YuNet] = {}

    def zone_detector(self, region: Region, scale: float) -> ZoneDetector:
        """A detector for one region of a camera; `scale` shrinks it, 0 to 1. Cameras whose zones have the same size
        share one network; other sizes do not, since one's picture would be left in the other's margin."""
        size = zone_size(region, scale)
        if size not in self._zone_detectors:
            self._zone_detectors[size] = self._detector(padded(size[0]), padded(size[1]))
        return ZoneDetector(self._zone_detectors[size], region, scale, brightened=self._recipe.brightened)

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
        for detector in (*self._portrait_detectors.values(), *self._zone_detectors.values()):
            detector.blank_if_idle()

    def _detector(self, height: int, width: int) -> YuNet:
        return YuNet(self._runtime.network(self._detector_onnx, (1, height, width), rgb=False))

    def _faces_of(self, picture: ByteArray) -> Faces:
        height, width = picture.shape[:2]
        for side in PORTRAIT_SIDES:
            canvas = PORTRAIT_CANVAS[side]
            scale = side / max(height, width)
            if canvas not in self._portrait_detectors:
                self._portrait_detectors[canvas] = self._detector(canvas, canvas)
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
