"""Faces of a frame belong together: one box, five landmarks and one score each."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.face import NO_FACES, Faces


def three_faces() -> Faces:
    boxes = np.array([[0, 0, 10, 20], [5, 5, 9, 9], [100, 50, 140, 110]], np.float32)
    landmarks = np.arange(30, dtype=np.float32).reshape(3, 5, 2)
    return Faces(boxes=boxes, landmarks=landmarks, scores=np.array([0.9, 0.5, 0.7], np.float32))


def test_widths_and_centres_come_from_the_boxes() -> None:
    faces = three_faces()
    assert faces.widths.tolist() == [10, 4, 40]
    assert faces.centres.tolist() == [[5, 10], [7, 7], [120, 80]]


@pytest.mark.parametrize(
    "which", [np.array([True, False, True]), np.array([0, 2]), slice(None, None, 2)], ids=["mask", "positions", "slice"]
)
def test_picking_faces_keeps_box_landmarks_and_score_together(which: slice) -> None:
    picked = three_faces()[which]
    assert len(picked) == 2
    assert picked.boxes[1].tolist() == [100, 50, 140, 110]
    assert picked.landmarks[1, 0].tolist() == [20, 21]
    assert picked.scores[1] == np.float32(0.7)


def test_no_faces_is_empty_and_of_the_right_shape() -> None:
    assert len(NO_FACES) == 0
    assert NO_FACES.widths.shape == (0,)
    assert NO_FACES.centres.shape == (0, 2)


@pytest.mark.parametrize(
    ("boxes", "landmarks", "scores"),
    [((2, 4), (3, 5, 2), 3), ((3, 4), (2, 5, 2), 3), ((3, 4), (3, 5, 2), 2), ((3, 5), (3, 5, 2), 3)],
)
def test_faces_of_unequal_length_are_refused(boxes: tuple[int, ...], landmarks: tuple[int, ...], scores: int) -> None:
    with pytest.raises(ValueError, match="unequal length"):
        Faces(
            boxes=np.zeros(boxes, np.float32),
            landmarks=np.zeros(landmarks, np.float32),
            scores=np.zeros(scores, np.float32),
        )
