"""What the detector gives: order, limits, places; parity with OpenCV stands in test_fold."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.face import Faces
from overt.faces.detect import YuNet, padded, without_overlaps
from tests.unit.faces.parts import RUNTIMES, astronaut, detector_of, networks, runtime, sample, shrunk


def squares(*rows: tuple[float, float, float, float]) -> Faces:
    """Square faces from (left, top, width, score)."""
    return Faces(
        boxes=np.array([[x, y, x + w, y + w] for x, y, w, _ in rows], np.float32).reshape(-1, 4),
        landmarks=np.zeros((len(rows), 5, 2), np.float32),
        scores=np.array([score for *_, score in rows], np.float32),
    )


@pytest.mark.parametrize(("length", "wanted"), [(1, 32), (32, 32), (33, 64), (540, 544), (1920, 1920)])
def test_a_length_is_padded_to_the_next_multiple_of_32(length: int, wanted: int) -> None:
    assert padded(length) == wanted


def test_of_two_faces_in_one_place_the_better_remains() -> None:
    assert without_overlaps(squares((0, 0, 40, 0.7), (4, 3, 40, 0.9))).tolist() == [1]


def test_neighbours_remain_best_first() -> None:
    assert without_overlaps(squares((0, 0, 40, 0.6), (45, 0, 40, 0.9), (200, 0, 40, 0.8))).tolist() == [1, 2, 0]


def test_a_face_is_taken_away_by_the_remaining_ones_only() -> None:
    chain = squares((0, 0, 100, 0.9), (40, 0, 100, 0.8), (80, 0, 100, 0.7))
    assert without_overlaps(chain).tolist() == [0, 2]


def test_overlaps_are_weighed_on_whole_pixels_as_opencv_does() -> None:
    """0.99 of a pixel is cut off each corner: 13 of 43 pixels overlap, which is just above 0.3; exactly it is below."""
    assert without_overlaps(squares((0.99, 0, 28.99, 0.9), (15.99, 0, 28.99, 0.8))).tolist() == [0]


def test_no_faces_stay_no_faces() -> None:
    assert without_overlaps(squares()).tolist() == []


def test_a_blank_picture_holds_nobody() -> None:
    for grey in (0, 128, 255):
        detector = detector_of(np.full((256, 256, 3), grey, np.uint8))
        assert len(detector.detect(0.5)[0]) == 0


def test_faces_below_the_least_score_are_left_out() -> None:
    detector = detector_of(shrunk(sample("multi_face.jpg"), 640))
    loose, strict = detector.detect(0.3)[0], detector.detect(0.85)[0]
    assert len(loose) >= len(strict) >= 1
    assert strict.scores.min() >= 0.85
    assert np.all(np.diff(loose.scores) <= 0)


def test_landmarks_stand_as_the_person_has_them_inside_the_box() -> None:
    (faces,) = detector_of(astronaut()).detect(0.6)
    assert len(faces) == 1
    right_eye, left_eye, nose, right_mouth, left_mouth = faces.landmarks[0]
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    left, top, right, bottom = faces.boxes[0]
    assert np.all((faces.landmarks[0] >= [left, top]) & (faces.landmarks[0] <= [right, bottom]))


@pytest.mark.parametrize("name", RUNTIMES)
def test_pictures_of_a_batch_do_not_mix(name: str) -> None:
    detector = YuNet(runtime(name).network(networks().detector, (3, 320, 320), rgb=False))
    detector.input[0] = astronaut()[:320, 90:410]
    detector.input[2] = astronaut()[10:330, 90:410]
    first, empty, last = detector.detect(0.6)
    assert [len(first), len(empty), len(last)] == [1, 0, 1]
    np.testing.assert_allclose(first.centres - last.centres, [[0, 10]], atol=1.5)


def test_an_idle_detector_forgets() -> None:
    detector = detector_of(astronaut())
    detector.detect(0.6)
    detector.blank_if_idle()
    detector.blank_if_idle()
    assert not detector.input.any()
