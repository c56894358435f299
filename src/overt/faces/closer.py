"""The second look: each face again, from the original pixels.

Landmarks that were found in a shrunk frame cost recognition. So a square around the face, twice its size, is cut from
the frame at its own resolution, the detector looks at it once more with the face about 64 pixels wide, and the face is
aligned by what it finds. A face that the second look cannot confirm gives no shot.

The cut itself, with every other face covered (`faces.crop`), is the picture that a person may be shown later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PICTURE_SIDE
from overt.domain.face import Faces, Quality
from overt.domain.geometry import FloatArray, Region
from overt.faces.align import CHIP_SIZE, align
from overt.faces.crop import Surroundings, all_but_own, cover_faces, cover_outside
from overt.faces.detect import YuNet
from overt.faces.quality import QualityMeter
from overt.video.frame import scratch_size

CROP_SIZE = PICTURE_SIDE
LOOK_SIZE = 128
SURROUND = 2.0
LEAST_SCORE = 0.4
#: Whatever looks this much like a face beside the confirmed one is covered.
OTHERS_SCORE = 0.2
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
        crop: the face and its surroundings, shape (h, w, 3), uint8, BGR, h and w at most 256, other faces covered;
            overwritten as soon as the next shot is asked for.
        landmarks: shape (5, 2), pixels of the frame.
    """

    position: int
    chip: ByteArray
    crop: ByteArray
    landmarks: FloatArray
    quality: Quality


@dataclass(frozen=True)
class _Cut:
    """Where a crop came from: `region` of the frame; `shrink`: scale from the frame to the second look."""

    region: Region
    picture: ByteArray
    shrink: float

    @property
    def origin(self) -> FloatArray:
        """Shape (2,): where the crop begins in the frame."""
        return np.array([self.region.x, self.region.y], np.float32)

    @property
    def zoom(self) -> FloatArray:
        """Shape (2,): scale from the frame to the crop."""
        height, width = self.picture.shape[:2]
        return np.array([width / self.region.width, height / self.region.height], np.float32)


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
        around: Surroundings | None = None,
    ) -> Iterator[Shot]:
        """The faces that the second look confirms, each with its aligned picture, its crop and its quality.

        Args:
            within: nothing outside this region of the frame is looked at; the whole frame where it is None.
            may_align: asked before a face is aligned, with the centre of its eyes and mouth in pixels of the frame.
            around: what the crops must not show besides what the second look finds itself.
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
            found = self._detector.detect(OTHERS_SCORE)
            for i, cut in enumerate(cuts):
                own = _confirmed(found[i], group.centres[i], cut)
                if own is None or not may_align(_in_frame(found[i].landmarks[own], cut).mean(axis=0)):
                    self._chips[i].fill(0)
                else:
                    shot = self._shot(start + i, self._chips[i], cut, found[i].landmarks[own], group[i : i + 1])
                    _cover(cut, found[i].boxes, own, around)
                    yield shot
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
        align(cut.picture, landmarks / np.float32(cut.shrink) * cut.zoom, chip)
        in_frame = _in_frame(landmarks, cut)
        quality = self._meter.measure(chip, in_frame, float(face.widths[0]), float(face.scores[0]))
        return Shot(position=position, chip=chip, crop=cut.picture, landmarks=in_frame, quality=quality)


def _confirmed(found: Faces, centre: FloatArray, cut: _Cut) -> int | None:
    """Which of the faces of a second look, best first, is the one that was expected; None if none is near."""
    strong = int(np.count_nonzero(found.scores >= LEAST_SCORE))
    if not strong:
        return None
    expected = (centre - cut.origin) * np.float32(cut.shrink)
    distance = np.hypot(*(found.centres[:strong] - expected).T)
    nearest = int(np.argmin(distance))
    return nearest if distance[nearest] <= FARTHEST * LOOK_SIZE else None


def _cover(cut: _Cut, boxes: FloatArray, own: int, around: Surroundings | None) -> None:
    """Covers in the crop what it must not show; `boxes`: pixels of the second look, `own`: which of them may stay."""
    origin, zoom = cut.origin, cut.zoom
    in_crop = (boxes.reshape(-1, 2, 2) * (zoom / np.float32(cut.shrink))).reshape(-1, 4)
    others = [*in_crop[:own], *in_crop[own + 1 :]]
    if around is not None:
        known = ((around.boxes.reshape(-1, 2, 2) - origin) * zoom).reshape(-1, 4)
        others += [*all_but_own(known, in_crop[own])]
    cover_faces(cut.picture, in_crop[own], others)
    if around is not None:
        cover_outside(cut.picture, (around.corners - origin) * zoom)


def _in_frame(landmarks: FloatArray, cut: _Cut) -> FloatArray:
    return landmarks / np.float32(cut.shrink) + cut.origin


def _square(x: float, y: float, side: float, within: Region) -> Region:
    """The part of a square around (x, y) that lies in a region, on even coordinates."""
    end_x, end_y = within.x + within.width, within.y + within.height
    left = min(max(within.x, int(x - side / 2) // 2 * 2), (end_x - 2) // 2 * 2)
    top = min(max(within.y, int(y - side / 2) // 2 * 2), (end_y - 2) // 2 * 2)
    right, bottom = min(end_x, int(x + side / 2) + 1), min(end_y, int(y + side / 2) + 1)
    return Region(x=left, y=top, width=max(2, right - left), height=max(2, bottom - top))


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2)
