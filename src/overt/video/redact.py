"""The picture of a camera as people may watch it: nobody in it can be recognised.

Rules:
  - whatever lies outside the zone is a mosaic of `OUTSIDE_BLOCKS` grey blocks across the whole picture;
  - inside the zone the box of every face, also of what only may be one (a score of `LEAST_SCORE`), grown to
    `GROWN` times its width and height, is one block of one grey, the same for everybody: mosaics of 5, 3 and 2 blocks,
    in colour or grey, still told people apart better than guessing (docs/decisions/0019);
  - a box stays covered for a second after it was last seen; where the face was followed, so is the place to which it
    was going;
  - there is no switch: a picture is covered or it is not made;
  - what was there before lies in buffers of our own, which are overwritten after use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import WHOLE_PICTURE, FloatArray, Region, Zone, in_polygon
from overt.domain.time import SECOND_US
from overt.video.frame import ByteArray, Frame, scratch_size

#: Longest side of a tile, pixels.
TILE_SIDE: Final = 640
GREY: Final = 128
OUTSIDE_BLOCKS: Final = 12
GROWN: Final = 1.6
LEAST_SCORE: Final = 0.2
KEPT_US: Final = SECOND_US
#: More boxes than this are never remembered; the oldest go first.
MOST_BOXES: Final = 128
NO_TRACK: Final = -1


@dataclass(kw_only=True)
class _Sighting:
    """A box where it was last seen. `speed`: of its centre, pixels a second, x and y."""

    box: FloatArray
    seen_us: int
    speed: FloatArray


class Sightings:
    """The boxes that are covered: those of now, and those of the last second. It holds no picture."""

    def __init__(self) -> None:
        self._kept: dict[int, _Sighting] = {}
        self._unfollowed = NO_TRACK

    def take(self, boxes: FloatArray, tracks: NDArray[np.int64], at_us: int) -> None:
        """Takes what was found in one frame.

        Args:
            boxes: shape (n, 4): left, top, right, bottom, pixels of the frame.
            tracks: shape (n,): the track of each, below 0 where it belongs to none.
        """
        for box, track in zip(boxes, tracks.tolist(), strict=True):
            before = self._kept.pop(track, None) if track >= 0 else None
            if track < 0:
                self._unfollowed -= 1
                track = self._unfollowed  # noqa: PLW2901  (a name of its own, which nobody else has)
            speed = np.zeros(2, np.float32)
            if before is not None and at_us > before.seen_us:
                way = (box[:2] + box[2:] - before.box[:2] - before.box[2:]) / 2
                speed = (way * (SECOND_US / (at_us - before.seen_us))).astype(np.float32)
            self._kept[track] = _Sighting(box=box.copy(), seen_us=at_us, speed=speed)
        for track in [track for track, one in self._kept.items() if not 0 <= at_us - one.seen_us <= KEPT_US]:
            del self._kept[track]
        for track in list(self._kept)[: max(0, len(self._kept) - MOST_BOXES)]:
            del self._kept[track]

    def boxes(self, at_us: int) -> FloatArray:
        """Shape (n, 4), pixels of the frame: what is covered, each box where it was and where it is now."""
        covered = np.zeros((len(self._kept), 4), np.float32)
        for row, one in zip(covered, self._kept.values(), strict=True):
            way = one.speed * np.float32(max(0, at_us - one.seen_us) / SECOND_US)
            row[:2] = one.box[:2] + np.minimum(way, 0)
            row[2:] = one.box[2:] + np.maximum(way, 0)
        return covered

    def forget(self) -> None:
        self._kept.clear()


class Redactor:
    """Makes tiles of one camera's frames of one size.

    Args:
        zone: what may be seen besides faces.
        width, height: of the frames, pixels.
    """

    def __init__(self, zone: Zone, width: int, height: int) -> None:
        self.width, self.height = width, height
        shrink = min(1.0, TILE_SIDE / max(width, height))
        w, h = (max(2, int(side * shrink) // 2 * 2) for side in (width, height))
        self._tile = np.zeros((h, w, 3), np.uint8)
        self._scratch = np.zeros(scratch_size(h, w), np.uint8)
        self._to_tile = np.array([w / width, h / height] * 2, np.float32)
        self._outside = None if zone.corners == WHOLE_PICTURE else _outside(zone, w, h)
        side = max(w, h) / OUTSIDE_BLOCKS
        rows, columns = max(1, round(h / side)), max(1, round(w / side))
        self._coarse_cells = np.zeros((rows, columns, 3), np.uint8)
        self._greys = np.zeros((rows, columns), np.uint8)
        self._coarse = np.zeros((h, w, 3) if self._outside is not None else (0, 0, 3), np.uint8)

    def tile(self, frame: Frame, boxes: FloatArray) -> ByteArray:
        """The frame, small and redacted; `wipe` it after use.

        Args:
            boxes: shape (n, 4): left, top, right, bottom of everything to cover, pixels of the frame, not yet grown.

        Returns:
            shape (h, w, 3), uint8, BGR; overwritten by the next one.
        """
        try:
            frame.bgr(Region(x=0, y=0, width=self.width, height=self.height), self._tile, self._scratch, rough=True)
            self._cover(boxes)
        except BaseException:
            self.wipe()
            raise
        self._scratch.fill(0)
        return self._tile

    def wipe(self) -> None:
        for buffer in (self._tile, self._scratch, self._greys, self._coarse, self._coarse_cells):
            buffer.fill(0)

    def _cover(self, boxes: FloatArray) -> None:
        for box in grown(boxes * self._to_tile):
            self._cover_box(box)
        if self._outside is not None:
            h, w = self._tile.shape[:2]
            rows, columns = self._coarse_cells.shape[:2]
            cv2.resize(self._tile, (columns, rows), dst=self._coarse_cells, interpolation=cv2.INTER_AREA)
            cv2.cvtColor(self._coarse_cells, cv2.COLOR_BGR2GRAY, dst=self._greys)
            cv2.cvtColor(self._greys, cv2.COLOR_GRAY2BGR, dst=self._coarse_cells)
            cv2.resize(self._coarse_cells, (w, h), dst=self._coarse, interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(self._coarse, self._outside, self._tile)

    def _cover_box(self, box: FloatArray) -> None:
        """Covers a grown box, shape (4,), pixels of the tile."""
        h, w = self._tile.shape[:2]
        left, top = np.floor(np.maximum(box[:2], 0)).astype(int).tolist()
        right, bottom = np.ceil(np.minimum(box[2:], (w, h))).astype(int).tolist()
        self._tile[top : max(top, bottom), left : max(left, right)] = GREY


def grown(boxes: FloatArray) -> FloatArray:
    """Boxes, shape (n, 4), `GROWN` times as wide and high about their centres."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    halves = np.maximum(boxes[:, 2:] - boxes[:, :2], 1) * np.float32(GROWN / 2)
    return np.concatenate([centres - halves, centres + halves], axis=1).astype(np.float32)


def _outside(zone: Zone, width: int, height: int) -> ByteArray:
    """255 where a pixel's centre or one of its corners lies outside the zone; shape (height, width), uint8."""
    y, x = np.mgrid[0 : height + 1, 0 : width + 1].astype(np.float64)
    # The picture's own border is no border of the zone: corners lie a little within it.
    x, y = x.clip(1e-6, width - 1e-6) / width, y.clip(1e-6, height - 1e-6) / height
    at_corners = in_polygon(zone.corners, x, y)
    inside = at_corners[:-1, :-1] & at_corners[:-1, 1:] & at_corners[1:, :-1] & at_corners[1:, 1:]
    inside &= in_polygon(zone.corners, (x[:-1, :-1] + x[1:, 1:]) / 2, (y[:-1, :-1] + y[1:, 1:]) / 2)
    return np.where(inside, 0, 255).astype(np.uint8)
