"""Alignment, against OpenCV's `alignCrop` and against geometry."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from overt.domain.geometry import FloatArray
from overt.faces.align import CHIP_SIZE, REFERENCE, align, similarity
from tests.unit.faces.parts import Picture, astronaut, networks, opencv_detector, sample, shrunk, templates


def found_by_opencv(picture: Picture) -> FloatArray:
    """Shape (n, 15): box, landmarks, score."""
    return np.asarray(opencv_detector((picture.shape[1], picture.shape[0]), 0.7).detect(picture)[1], np.float32)


@pytest.fixture(scope="module")
def opencv_recogniser(tmp_path_factory: pytest.TempPathFactory) -> cv2.FaceRecognizerSF:
    path: Path = tmp_path_factory.mktemp("folded") / "sface.onnx"
    path.write_bytes(networks().embedder)
    return cv2.FaceRecognizerSF.create(str(path), "")


def aligned(picture: Picture, landmarks: FloatArray) -> Picture:
    chip = np.zeros((CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    align(picture, landmarks, chip)
    return chip


def test_a_chip_is_opencvs_within_a_grey_level_and_so_is_its_template(
    opencv_recogniser: cv2.FaceRecognizerSF,
) -> None:
    for picture in (astronaut(), shrunk(sample("single_face.jpg"), 640), shrunk(sample("multi_face.jpg"), 640)):
        for row in found_by_opencv(picture):
            expected = np.asarray(opencv_recogniser.alignCrop(picture, row), np.uint8)
            chip = aligned(picture, row[4:14].reshape(5, 2))
            assert np.abs(chip.astype(int) - expected.astype(int)).mean() <= 1.0
            wanted = np.asarray(opencv_recogniser.feature(expected), np.float32).ravel()
            cosine = float(templates([chip])[0] @ wanted / np.linalg.norm(wanted))
            assert cosine >= 0.999


def test_landmarks_in_their_places_need_no_change() -> None:
    np.testing.assert_allclose(similarity(REFERENCE), [[1, 0, 0], [0, 1, 0]], atol=1e-5)


@pytest.mark.parametrize("degrees", [-170, -45, 0, 30, 90])
@pytest.mark.parametrize("scale", [0.2, 1, 7])
def test_a_face_turned_scaled_and_moved_is_brought_back(degrees: float, scale: float) -> None:
    turn = scale * np.array(
        [
            [math.cos(math.radians(degrees)), -math.sin(math.radians(degrees))],
            [math.sin(math.radians(degrees)), math.cos(math.radians(degrees))],
        ]
    )
    landmarks = (REFERENCE @ turn.T + [300, -20]).astype(np.float32)
    matrix = similarity(landmarks)
    np.testing.assert_allclose(landmarks @ matrix[:, :2].T + matrix[:, 2], REFERENCE, atol=2e-3)


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    mirrored = REFERENCE * np.array([-1, 1], np.float32)
    matrix = similarity(mirrored)
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_landmarks_on_one_point_are_no_face() -> None:
    with pytest.raises(ValueError, match="one point"):
        similarity(np.full((5, 2), 7, np.float32))


def test_what_lies_outside_the_picture_is_black() -> None:
    white = np.full((60, 60, 3), 255, np.uint8)
    chip = aligned(white, (REFERENCE - 40).astype(np.float32))
    assert chip[:30].max() == 0
    assert chip[60, 60].tolist() == [255, 255, 255]
