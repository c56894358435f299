"""Tracks: one track is one passage of one person before one camera.

Rules:
  - a tracker belongs to one camera and shares nothing with another one;
  - a track begins with a face of `start_score` or more; weaker ones, from `continue_score`, only continue tracks;
  - a track lives no longer than `patience_s` without a detection, and what is kept of it is then overwritten;
  - a track's number counts from 1 and is never given again;
  - the order in which the detector lists its faces changes nothing.

Association in two stages follows ByteTrack (Zhang et al., ECCV 2022), the prediction is an alpha-beta filter whose
gains are those of a growing-memory least-squares line and then stay (Brookner, Tracking and Kalman Filtering Made
Easy, chapter 1). With eight looks a second the boxes of a walker hardly overlap, so the cost is the distance of the
centres in face widths first, and the overlap only second.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.face import Faces
from overt.domain.rules import RecognitionRules
from overt.recognition.assign import assign

NO_TRACK: Final = -1

Doubles = NDArray[np.float64]
Positions = NDArray[np.intp]

# Distances are in face widths (about 0.16 m): a brisk walk across the picture is 10 a second.
_GATE = 1.2
_GATE_LIMIT = 3.0
_WIDEN_PER_S = 3.0
_WIDEN_PER_S_FIRST = 10.0
_SIZE_RATIO = 1.6
_OVERLAP_WEIGHT = 0.5
_SIZE_WEIGHT = 1.0
# A wrong continuation costs more than an ended track, so a pair this dear is no better than none.
_COST_OF_NONE = 2.0
_MEMORY = 4
_SIZE_GAIN = 0.5
_SHORTEST_STEP_S = 0.02

# Columns of the state: centre, width, height (pixels), speed of the centre (pixels a second).
_X, _Y, _W, _H, _VX, _VY = range(6)


class Tracker:
    """Follows the faces of one camera. Holds boxes and times, no pictures.

    Args:
        rules: scores, patience and the most tracks at once.
    """

    def __init__(self, rules: RecognitionRules) -> None:
        limit = rules.tracks_limit
        self._start_score = rules.start_score
        self._continue_score = rules.continue_score
        self._patience_us = round(rules.patience_s * 1_000_000)
        self._ids = np.zeros(limit, np.int64)
        self._state = np.zeros((limit, 6), np.float64)
        self._seen_us = np.zeros(limit, np.int64)
        self._detections = np.zeros(limit, np.int64)
        self._live = 0
        self._next_id = 1

    def __len__(self) -> int:
        return self._live

    @property
    def ids(self) -> list[int]:
        """The live tracks, ascending."""
        return [int(track_id) for track_id in self._ids[: self._live]]

    def last_seen_us(self, track_id: int) -> int:
        """Capture time of the track's last detection, microseconds since 1970, UTC.

        Raises:
            KeyError: no such live track.
        """
        return int(self._seen_us[self._slot(track_id)])

    def update(self, faces: Faces, now_us: int) -> NDArray[np.int64]:
        """Joins the faces of one frame to tracks and begins new ones.

        Args:
            faces: the faces of the frame, coordinates in pixels.
            now_us: capture time of the frame; a time before the last frame's counts as the same moment.

        Returns:
            shape (n,), int64: the track of each face, in the order of `faces`; -1 where a face belongs to none.
        """
        boxes, scores = _boxes(faces), faces.scores
        tracks_of = np.full(len(faces), NO_TRACK, np.int64)
        # Best score first, equal ones from left to right: the same faces in another order give the same tracks.
        order = np.lexsort((boxes[:, _Y], boxes[:, _X], -scores))
        strong = order[scores[order] >= self._start_score]
        weak = order[(scores[order] >= self._continue_score) & (scores[order] < self._start_score)]

        # 1. predict where each track is now, 2. strong faces, 3. weak faces to the tracks left over, 4. new tracks
        known = np.flatnonzero(now_us - self._seen_us[: self._live] <= self._patience_us)
        since_s = np.maximum(now_us - self._seen_us[known], 0) / 1_000_000
        predicted = self._state[known, :4]
        predicted[:, :2] += self._state[known, _VX:] * since_s[:, None]
        gates = self._gates(known, since_s)
        free_tracks = np.ones(len(known), np.bool_)
        free_faces = np.ones(len(faces), np.bool_)
        for stage in (strong, weak):
            waiting = np.flatnonzero(free_tracks)
            if not len(stage) or not len(waiting):
                continue
            at, of = _assign(predicted[waiting], gates[waiting], boxes[stage])
            at, of = waiting[at], stage[of]
            self._continue(known[at], predicted[at], since_s[at], boxes[of], now_us)
            tracks_of[of] = self._ids[known[at]]
            free_tracks[at] = False
            free_faces[of] = False
        begin = strong[free_faces[strong]][: len(self._ids) - self._live]
        tracks_of[begin] = self._begin(boxes[begin], now_us)
        return tracks_of

    def expire(self, now_us: int) -> list[int]:
        """Ends the tracks whose last detection is older than the patience; gives their numbers, ascending."""
        return self._remove(now_us - self._seen_us[: self._live] > self._patience_us)

    def drop(self, track_id: int) -> None:
        """Ends one track.

        Raises:
            KeyError: no such live track.
        """
        self._remove(np.arange(self._live) == self._slot(track_id))

    def clear(self) -> list[int]:
        """Ends every track; gives their numbers, ascending. Numbers go on counting."""
        return self._remove(np.ones(self._live, np.bool_))

    def _slot(self, track_id: int) -> int:
        slot = int(np.searchsorted(self._ids[: self._live], track_id))
        if slot == self._live or self._ids[slot] != track_id:
            raise KeyError(track_id)
        return slot

    def _gates(self, slots: Positions, since_s: Doubles) -> Doubles:
        """How far a face may be from a track's prediction, face widths; wider the longer it was not seen."""
        widen = np.where(self._detections[slots] == 1, _WIDEN_PER_S_FIRST, _WIDEN_PER_S)
        return np.minimum(_GATE + widen * np.maximum(since_s - 0.12, 0.0), _GATE_LIMIT)

    def _continue(self, slots: Positions, predicted: Doubles, since_s: Doubles, boxes: Doubles, now_us: int) -> None:
        self._detections[slots] += 1
        n = np.minimum(self._detections[slots], _MEMORY).astype(np.float64)[:, None]
        residual = boxes[:, :2] - predicted[:, :2]
        state = self._state[slots]
        state[:, :2] = predicted[:, :2] + 2 * (2 * n - 1) / (n * (n + 1)) * residual
        state[:, _VX:] += 6 / (n * (n + 1)) * residual / np.maximum(since_s, _SHORTEST_STEP_S)[:, None]
        state[:, _W : _H + 1] += _SIZE_GAIN * (boxes[:, 2:] - state[:, _W : _H + 1])
        self._state[slots] = state
        self._seen_us[slots] = np.maximum(self._seen_us[slots], now_us)

    def _begin(self, boxes: Doubles, now_us: int) -> NDArray[np.int64]:
        slots = slice(self._live, self._live + len(boxes))
        self._ids[slots] = np.arange(self._next_id, self._next_id + len(boxes))
        self._state[slots, :4] = boxes
        self._state[slots, _VX:] = 0.0
        self._seen_us[slots] = now_us
        self._detections[slots] = 1
        self._live += len(boxes)
        self._next_id += len(boxes)
        return self._ids[slots]

    def _remove(self, gone: NDArray[np.bool_]) -> list[int]:
        ended = [int(track_id) for track_id in self._ids[: self._live][gone]]
        if ended:
            kept = np.flatnonzero(~gone)
            for column in (self._ids, self._state, self._seen_us, self._detections):
                column[: len(kept)] = column[kept]
                column[len(kept) : self._live] = 0
            self._live = len(kept)
        return ended


def _boxes(faces: Faces) -> Doubles:
    """Shape (n, 4), float64: centre, width and height, pixels; no width or height below 1."""
    boxes = np.empty((len(faces), 4), np.float64)
    boxes[:, :2] = faces.centres
    np.maximum(faces.boxes[:, 2:] - faces.boxes[:, :2], 1.0, out=boxes[:, 2:])
    return boxes


def _assign(tracks: Doubles, gates: Doubles, faces: Doubles) -> tuple[Positions, Positions]:
    """The cheapest pairs of tracks and faces; a track and a face that can only be each other's are paired at once,
    the assignment problem is solved among the rest.

    Args:
        tracks: shape (t, 4), predicted boxes: centre, width, height.
        gates: shape (t,), largest distance of each, face widths.
        faces: shape (f, 4).

    Returns:
        positions of the tracks and of the faces of the pairs, shape (p,) each.
    """
    cost, allowed = _costs(tracks, gates, faces)
    choices = allowed.sum(axis=1)[:, None] * allowed.sum(axis=0)[None, :]
    at, of = np.nonzero(allowed & (choices == 1))
    contested = allowed & (choices > 1)
    rows, columns = np.flatnonzero(contested.any(axis=1)), np.flatnonzero(contested.any(axis=0))
    if not len(rows):
        return at, of
    block = np.ix_(rows, columns)
    row, column = assign(np.where(allowed[block], cost[block], _COST_OF_NONE))
    row, column = rows[row], columns[column]
    real = allowed[row, column]
    return np.concatenate([at, row[real]]), np.concatenate([of, column[real]])


def _costs(tracks: Doubles, gates: Doubles, faces: Doubles) -> tuple[Doubles, NDArray[np.bool_]]:
    """What joining each face to each track costs, and whether it may be joined at all; shape (t, f) both."""
    apart = np.abs(tracks[:, None, :2] - faces[None, :, :2])
    distance = np.hypot(apart[..., 0], apart[..., 1]) / (0.5 * (tracks[:, None, _W] + faces[None, :, _W]))
    ratio = np.abs(np.log(tracks[:, None, _W] / faces[None, :, _W]))
    sizes, others = tracks[:, None, 2:], faces[None, :, 2:]
    shared = np.clip(np.minimum(np.minimum(sizes, others), 0.5 * (sizes + others) - apart), 0.0, None).prod(axis=2)
    overlap = shared / (sizes.prod(axis=2) + others.prod(axis=2) - shared)
    cost = distance + _OVERLAP_WEIGHT * (1.0 - overlap) + _SIZE_WEIGHT * ratio
    return cost, (distance <= gates[:, None]) & (ratio <= np.log(_SIZE_RATIO))
