"""The second look: each face again, from the original pixels.

Landmarks that were found in a shrunk frame cost recognition. So a square around the face, twice its size, is cut from
the frame at its own resolution, the detector looks at it once more with the face about 64 pixels wide, and the face is
aligned by what it finds. A face that the second look cannot confirm gives no shot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.face import Faces, Quality
from overt.domain.geometry import FloatArray, Region
from overt.faces.align import CHIP_SIZE, align
from overt.faces.detect import YuNet
from overt.faces.quality import QualityMeter
from overt.video.frame import scratch_size

CROP_SIZE = 256
LOOK_SIZE = 128
SURROUND = 2.0
LEAST_SCORE = 0.4
#: How far the confirmed face's centre may lie from the expected one, in sides of the second look's picture.
FARTHEST = 0.2

ByteArray = NDArray[np.uint8]


class PictureSource(Protocol):
    """A frame or a picture from which regions are cut."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def bgr(self, region: Region, out: ByteArray, scratch: ByteArray) -> None:
        """Writes a region, scaled, into `out`, shape (h, w, 3), uint8, h and w even."""
        ...


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One confirmed face.

    Attributes:
        position: which of the faces that were asked about.
        chip: the aligned face, shape (112, 112, 3), uint8, BGR; overwritten by the next look.
        landmarks: shape (5, 2), pixels of the frame.
    """

    position: int
    chip: ByteArray
    landmarks: FloatArray
    quality: Quality


@dataclass(frozen=True)
class _Cut:
    """Where a crop came from: `region` of the frame; `shrink`: scale from the frame to the second look."""

    region: Region
    picture: ByteArray
    shrink: float


class CloserLook:
    def __init__(self, detector: YuNet) -> None:
        """`detector`: YuNet for n pictures of 128x128."""
        self._detector = detector
        n = len(detector.input)
        self._crops = np.zeros((n, CROP_SIZE, CROP_SIZE, 3), np.uint8)
        self._scratch = np.zeros(scratch_size(CROP_SIZE, CROP_SIZE), np.uint8)
        self._chips = np.zeros((n, CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
        self._meter = QualityMeter()
        self._used = self._dirty = False

    def shots(
        self,
        source: PictureSource,
        faces: Faces,
        within: Region | None = None,
        may_align: Callable[[FloatArray], bool] = lambda centre: True,  # noqa: ARG005
    ) -> Iterator[Shot]:
        """The faces that the second look confirms, each with its aligned picture and its quality.

        Args:
            within: nothing outside this region of the frame is looked at; the whole frame where it is None.
            may_align: asked before a face is aligned, with the centre of its eyes and mouth in pixels of the frame.
        """
        if not len(faces):
            return
        within = within or Region(x=0, y=0, width=source.width, height=source.height)
        n = len(self._crops)
        for start in range(0, len(faces), n):
            group = faces[start : start + n]
            self._used = self._dirty = True
            cuts = [self._cut(source, group, i, within) for i in range(len(group))]
            for i in range(len(group), n):
                self._detector.input[i].fill(0)
                self._chips[i].fill(0)
            found = self._detector.detect(LEAST_SCORE)
            for i, cut in enumerate(cuts):
                landmarks = _confirmed(found[i], group.centres[i], cut)
                if landmarks is None or not may_align(_in_frame(landmarks, cut).mean(axis=0)):
                    self._chips[i].fill(0)
                else:
                    yield self._shot(start + i, self._chips[i], cut, landmarks, group[i : i + 1])
                # At once: the next face's part may be smaller, and looks may follow one another for hours.
                cut.picture.fill(0)
            self._scratch.fill(0)

    def blank_if_idle(self) -> None:
        self._detector.blank_if_idle()
        if self._used:
            self._used = False
        elif self._dirty:
            self._crops.fill(0)
            self._scratch.fill(0)
            self._chips.fill(0)
            self._meter.wipe()
            self._dirty = False

    def _cut(self, source: PictureSource, faces: Faces, i: int, within: Region) -> _Cut:
        left, top, right, bottom = (float(v) for v in faces.boxes[i])
        side = max(SURROUND * max(right - left, bottom - top), 16.0)
        region = _square((left + right) / 2, (top + bottom) / 2, side, within)
        zoom = min(1.0, CROP_SIZE / max(region.width, region.height))
        width, height = _even(region.width * zoom), _even(region.height * zoom)
        picture = self._crops[i, :height, :width]
        source.bgr(region, picture, self._scratch)
        shrink = min(LOOK_SIZE / side, LOOK_SIZE / max(region.width, region.height))
        look = self._detector.input[i]
        look.fill(0)
        seen_width, seen_height = max(1, round(region.width * shrink)), max(1, round(region.height * shrink))
        smaller = shrink < zoom
        cv2.resize(
            picture,
            (seen_width, seen_height),
            dst=look[:seen_height, :seen_width],
            interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
        )
        return _Cut(region, picture, shrink)

    def _shot(self, position: int, chip: ByteArray, cut: _Cut, landmarks: FloatArray, face: Faces) -> Shot:
        to_crop = np.array(
            [cut.picture.shape[1] / cut.region.width, cut.picture.shape[0] / cut.region.height], np.float32
        )
        align(cut.picture, landmarks / np.float32(cut.shrink) * to_crop, chip)
        in_frame = _in_frame(landmarks, cut)
        quality = self._meter.measure(chip, in_frame, float(face.widths[0]), float(face.scores[0]))
        return Shot(position=position, chip=chip, landmarks=in_frame, quality=quality)


def _confirmed(found: Faces, centre: FloatArray, cut: _Cut) -> FloatArray | None:
    """Landmarks, in pixels of the second look, of the face nearest to where it was expected; None if none is near."""
    if not len(found):
        return None
    expected = (centre - np.array([cut.region.x, cut.region.y], np.float32)) * np.float32(cut.shrink)
    distance = np.hypot(*(found.centres - expected).T)
    nearest = int(np.argmin(distance))
    landmarks: FloatArray = found.landmarks[nearest]
    return landmarks if distance[nearest] <= FARTHEST * LOOK_SIZE else None


def _in_frame(landmarks: FloatArray, cut: _Cut) -> FloatArray:
    return landmarks / np.float32(cut.shrink) + np.array([cut.region.x, cut.region.y], np.float32)


def _square(x: float, y: float, side: float, within: Region) -> Region:
    """The part of a square around (x, y) that lies in a region, on even coordinates."""
    end_x, end_y = within.x + within.width, within.y + within.height
    left = min(max(within.x, int(x - side / 2) // 2 * 2), (end_x - 2) // 2 * 2)
    top = min(max(within.y, int(y - side / 2) // 2 * 2), (end_y - 2) // 2 * 2)
    right, bottom = min(end_x, int(x + side / 2) + 1), min(end_y, int(y + side / 2) + 1)
    return Region(x=left, y=top, width=max(2, right - left), height=max(2, bottom - top))


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2)
