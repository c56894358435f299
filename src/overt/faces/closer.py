"""A closer look: each face again, from the original pixels.

Landmarks that were found in a shrunk frame cost recognition. So a square around the face, twice its size, is cut from
the frame at its own resolution, and the detector looks at it once more with the face about 64 pixels wide. A face that
this second look cannot confirm gives no shot.

Where the pack says so, the face is then made level by the landmarks that were found, and looked at twice again: as it
is, and mirrored. The detector finds the eyes of a tilted head as if it stood upright, and a little elsewhere in a
mirror; the mean of the two level looks is what the face is aligned by.

The cut itself, with every other face covered (`faces.crop`), is the picture that a person may be shown later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PICTURE_SIDE
from overt.domain.face import Faces, Quality
from overt.domain.geometry import FloatArray, Region
from overt.faces.align import CHIP_SIZE, REFERENCE, align, similarity
from overt.faces.brighten import curve_for_face, lift
from overt.faces.crop import Surroundings, all_but_own, cover_faces, cover_outside
from overt.faces.detect import YuNet
from overt.faces.quality import QualityMeter, roll_of
from overt.faces.recipe import Recipe
from overt.video.frame import scratch_size

CROP_SIZE = PICTURE_SIDE
LOOK_SIZE = 128
#: How many pictures a detector of the closer look takes: one face, or one face level and mirrored, or two faces. More
#: at once cost as much a face.
LOOKS_AT_ONCE = (1, 2)
SURROUND = 2.0
LEAST_SCORE = 0.4
#: Whatever looks this much like a face beside the confirmed one is covered.
OTHERS_SCORE = 0.2
#: How far the confirmed face's centre may lie from the expected one, in sides of the second look's picture.
FARTHEST = 0.2
#: Side of the aligned face in that of a level look.
LEVEL_SHARE = 0.6
#: A face is made level again while it turns out to be tilted so much further, but not more often than this.
LEVEL_ENOUGH_DEGREES = 6.0
MOST_LEVELLINGS = 3
_LEVEL_PLACES = (REFERENCE - CHIP_SIZE / 2) * (LEVEL_SHARE * LOOK_SIZE / CHIP_SIZE) + LOOK_SIZE / 2
_SIDES_CHANGED = [1, 0, 2, 4, 3]  # the right eye of a mirrored face is the left one

ByteArray = NDArray[np.uint8]


class PictureSource(Protocol):
    """A frame or a picture from which regions are cut."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def bgr(self, region: Region, out: ByteArray, scratch: ByteArray, *, rough: bool = False) -> None:
        """Writes a region, scaled, into `out`, shape (h, w, 3), uint8, h and w even; `rough`: good enough to find
        faces in, and quicker."""
        ...


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One confirmed face.

    Attributes:
        position: which of the faces that were asked about.
        chip: the aligned face, shape (112, 112, 3), uint8, BGR, as the embedder is to see it; overwritten by the next
            look.
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
    """Where a crop came from: `region` of the frame; `shrink`: scale from the frame to the second look; `curve`: that
    makes it brighter for the detector, None where it is bright enough."""

    region: Region
    picture: ByteArray
    shrink: float
    curve: ByteArray | None

    @property
    def origin(self) -> FloatArray:
        """Shape (2,): where the crop begins in the frame."""
        return np.array([self.region.x, self.region.y], np.float32)

    @property
    def zoom(self) -> FloatArray:
        """Shape (2,): scale from the frame to the crop."""
        height, width = self.picture.shape[:2]
        return np.array([width / self.region.width, height / self.region.height], np.float32)

    def in_crop(self, points: FloatArray) -> FloatArray:
        """Points of the second look, in pixels of the crop; shape (..., 2)."""
        return points * (self.zoom / np.float32(self.shrink))

    def in_frame(self, points: FloatArray) -> FloatArray:
        """Points of the crop, in pixels of the frame; shape (..., 2)."""
        return points / self.zoom + self.origin


class CloserLook:
    def __init__(self, detectors: Sequence[YuNet], recipe: Recipe) -> None:
        """What looks closer.

        Args:
            detectors: YuNet for pictures of 128x128, one for each number of pictures at once, the last for most.
            recipe: whether dark faces are made brighter, and faces level.
        """
        self._detectors, self._recipe = tuple(detectors), recipe
        n = len(detectors[-1].input)
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
            detector = self._detector_for(len(group))
            cuts = [self._cut(source, group, i, within, detector.input[i]) for i in range(len(group))]
            self._chips[len(group) :].fill(0)
            found = detector.detect(OTHERS_SCORE)
            for i, cut in enumerate(cuts):
                own = _nearest(found[i], (group.centres[i] - cut.origin) * np.float32(cut.shrink))
                if own is None or not may_align(cut.in_frame(cut.in_crop(found[i].landmarks[own])).mean(axis=0)):
                    self._chips[i].fill(0)
                else:
                    landmarks = cut.in_crop(found[i].landmarks[own])
                    if self._recipe.levelled:
                        landmarks = self._level(cut, landmarks)
                    shot = self._shot(start + i, self._chips[i], cut, landmarks, group[i : i + 1])
                    _cover(cut, found[i].boxes, own, around)
                    yield shot
                # At once: the next face's part may be smaller, and looks may follow one another for hours.
                cut.picture.fill(0)
            self._scratch.fill(0)

    def blank_if_idle(self) -> None:
        for detector in self._detectors:
            detector.blank_if_idle()
        if self._used:
            self._used = False
        elif self._dirty:
            self._crops.fill(0)
            self._scratch.fill(0)
            self._chips.fill(0)
            self._meter.wipe()
            self._dirty = False

    def _detector_for(self, pictures: int) -> YuNet:
        """The smallest that takes so many, its unused places black."""
        detector = next(one for one in self._detectors if len(one.input) >= pictures)
        detector.input[pictures:].fill(0)
        return detector

    def _cut(self, source: PictureSource, faces: Faces, i: int, within: Region, look: ByteArray) -> _Cut:
        left, top, right, bottom = (float(v) for v in faces.boxes[i])
        side = max(SURROUND * max(right - left, bottom - top), 16.0)
        region = _square((left + right) / 2, (top + bottom) / 2, side, within)
        zoom = min(1.0, CROP_SIZE / max(region.width, region.height))
        width, height = _even(region.width * zoom), _even(region.height * zoom)
        picture = self._crops[i, :height, :width]
        source.bgr(region, picture, self._scratch)
        shrink = min(LOOK_SIZE / side, LOOK_SIZE / max(region.width, region.height))
        look.fill(0)
        seen_width, seen_height = max(1, round(region.width * shrink)), max(1, round(region.height * shrink))
        smaller = shrink < zoom
        cv2.resize(
            picture,
            (seen_width, seen_height),
            dst=look[:seen_height, :seen_width],
            interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
        )
        seen = look[:seen_height, :seen_width]
        curve = curve_for_face(seen) if self._recipe.brightened else None
        if curve is not None:
            lift(seen, curve)
        return _Cut(region, picture, shrink, curve)

    def _level(self, cut: _Cut, landmarks: FloatArray) -> FloatArray:
        """Finer landmarks, shape (5, 2), from rougher ones, both in pixels of the crop; the rougher ones where the face
        is not found again. A head that turns out to be tilted further than it seemed is made level again."""
        for _ in range(MOST_LEVELLINGS):
            finer = self._look_level(cut, landmarks)
            if finer is None:
                return landmarks
            further = abs(roll_of(finer) - roll_of(landmarks))
            landmarks = finer
            if further < LEVEL_ENOUGH_DEGREES:
                break
        return landmarks

    def _look_level(self, cut: _Cut, landmarks: FloatArray) -> FloatArray | None:
        """The mean of what the level look and its mirror find; None where neither finds the face."""
        detector = self._detector_for(2)
        there = similarity(landmarks, _LEVEL_PLACES)
        cv2.warpAffine(cut.picture, there, (LOOK_SIZE, LOOK_SIZE), dst=detector.input[0], flags=cv2.INTER_LINEAR)
        if cut.curve is not None:
            lift(detector.input[0], cut.curve)
        cv2.flip(detector.input[0], 1, dst=detector.input[1])
        level, mirrored, *_ = detector.detect(LEAST_SCORE)
        finer, middle = [], _LEVEL_PLACES.mean(axis=0)
        if (own := _nearest(level, middle)) is not None:
            finer.append(level.landmarks[own])
        if (own := _nearest(mirrored, _in_a_mirror(middle))) is not None:
            finer.append(_in_a_mirror(mirrored.landmarks[own][_SIDES_CHANGED]))
        if not finer:
            return None
        back = cv2.invertAffineTransform(there)
        found: FloatArray = (np.mean(finer, axis=0) @ back[:, :2].T + back[:, 2]).astype(np.float32)
        return found

    def _shot(self, position: int, chip: ByteArray, cut: _Cut, landmarks: FloatArray, face: Faces) -> Shot:
        """`landmarks`: pixels of the crop."""
        align(cut.picture, landmarks, chip)
        in_frame = cut.in_frame(landmarks)
        quality = self._meter.measure(chip, in_frame, float(face.widths[0]), float(face.scores[0]))
        if self._recipe.brightened and (curve := curve_for_face(chip)) is not None:
            lift(chip, curve)
        return Shot(position=position, chip=chip, crop=cut.picture, landmarks=in_frame, quality=quality)


def _in_a_mirror(points: FloatArray) -> FloatArray:
    """Points of a look, where its mirror shows them; shape (..., 2)."""
    turned: FloatArray = points * np.array([-1, 1], np.float32) + np.array([LOOK_SIZE - 1, 0], np.float32)
    return turned


def _nearest(found: Faces, expected: FloatArray) -> int | None:
    """Which of the faces of a look, best first, is the one whose centre was expected there; None if none is near."""
    strong = int(np.count_nonzero(found.scores >= LEAST_SCORE))
    if not strong:
        return None
    distance = np.hypot(*(found.centres[:strong] - expected).T)
    nearest = int(np.argmin(distance))
    return nearest if distance[nearest] <= FARTHEST * LOOK_SIZE else None


def _cover(cut: _Cut, boxes: FloatArray, own: int, around: Surroundings | None) -> None:
    """Covers in the crop what it must not show; `boxes`: pixels of the second look, `own`: which of them may stay."""
    origin, zoom = cut.origin, cut.zoom
    in_crop = cut.in_crop(boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    others = [*in_crop[:own], *in_crop[own + 1 :]]
    if around is not None:
        known = ((around.boxes.reshape(-1, 2, 2) - origin) * zoom).reshape(-1, 4)
        others += [*all_but_own(known, in_crop[own])]
    cover_faces(cut.picture, in_crop[own], others)
    if around is not None:
        cover_outside(cut.picture, (around.corners - origin) * zoom)


def _square(x: float, y: float, side: float, within: Region) -> Region:
    """The part of a square around (x, y) that lies in a region, on even coordinates."""
    end_x, end_y = within.x + within.width, within.y + within.height
    left = min(max(within.x, int(x - side / 2) // 2 * 2), (end_x - 2) // 2 * 2)
    top = min(max(within.y, int(y - side / 2) // 2 * 2), (end_y - 2) // 2 * 2)
    right, bottom = min(end_x, int(x + side / 2) + 1), min(end_y, int(y + side / 2) + 1)
    return Region(x=left, y=top, width=max(2, right - left), height=max(2, bottom - top))


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2)
