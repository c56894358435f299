"""The mark of served pictures: hardly seen, found again after what people do to pictures, found nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from overt.faces.mark import LEAST_PX, SERVED_PX, THRESHOLD, add_mark, enlarged, is_marked, mark_score, served
from overt.testing.toy_reader import QUIRKS, ToyFace, paint

Picture = NDArray[np.uint8]
WORDS = ("alert 0193527e", "possible match", "account josé", "2026-11-22 09:00:00 UTC")


def astronaut(side: int = 512) -> Picture:
    bgr = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    return np.asarray(cv2.resize(bgr, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def saved(picture: Picture, quality: int = 60) -> Picture:
    content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def scaled(picture: Picture, scale: float) -> Picture:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def cropped(picture: Picture, left: float, top: float) -> Picture:
    """60 % of the area, without the band where `top` is below 1."""
    height, width = (round(side * 0.6**0.5) for side in picture.shape[:2])
    x, y = round((picture.shape[1] - width) * left), round((picture.shape[0] - height) * top)
    return picture[y : y + height, x : x + width]


@pytest.mark.parametrize("side", [120, 250, 480, 512, 900])
@pytest.mark.parametrize(
    "done",
    [
        saved,
        lambda picture: saved(scaled(picture, 0.5)),
        lambda picture: saved(cropped(picture, 0, 0)),
        lambda picture: saved(scaled(cropped(picture, 0.5, 0.5), 0.5)),
        lambda picture: saved(scaled(cropped(picture, 0.31, 0.13), 0.5)),
        lambda picture: saved(scaled(picture, 1.7)),
    ],
    ids=["jpeg 60", "half", "cropped", "all three", "all three elsewhere", "larger"],
)
def test_a_served_picture_is_known_again(done: Callable[[Picture], Picture], side: int) -> None:
    shown = saved(served(astronaut(side), WORDS), 90)
    assert is_marked(done(shown))


@pytest.mark.parametrize("scale", [0.37, 0.41, 0.5, 0.63, 0.777, 1.0, 1.31, 1.99])
def test_it_is_known_at_any_scale(scale: float) -> None:
    assert is_marked(scaled(served(astronaut(), WORDS), scale))


@pytest.mark.parametrize("left", [0.0, 0.013, 0.5, 1.0])
def test_it_is_known_wherever_it_was_cropped(left: float) -> None:
    assert is_marked(cropped(served(astronaut(), WORDS), left, 1 - left))


@pytest.mark.parametrize(
    "name", ["astronaut", "camera", "brick", "grass", "gravel", "checkerboard", "coins", "page", "moon"]
)
@pytest.mark.parametrize("scale", [1.0, 0.7, 0.5])
def test_no_other_picture_is_taken_for_one(name: str, scale: float) -> None:
    picture = np.asarray(getattr(data, name)(), np.uint8)
    bgr = np.dstack([picture] * 3) if picture.ndim == 2 else np.ascontiguousarray(picture[:, :, 2::-1])
    assert mark_score(scaled(bgr, scale)) < THRESHOLD
    assert not is_marked(saved(scaled(bgr, scale)))


@pytest.mark.parametrize("quirk", QUIRKS)
def test_painted_faces_and_plain_pictures_are_not_marked(quirk: str) -> None:
    assert not is_marked(paint(ToyFace(person=7, quirk=quirk)))
    assert not is_marked(np.full((300, 300, 3), 128, np.uint8))


def test_the_mark_is_faint() -> None:
    picture = enlarged(astronaut())
    apart = add_mark(picture).astype(np.float64) - picture
    assert 10 * np.log10(255**2 / np.mean(apart**2)) > 40
    assert np.abs(apart).max() <= 16


def test_a_picture_stays_as_it_is_and_its_copy_is_marked() -> None:
    picture = enlarged(astronaut())
    before = picture.copy()
    assert is_marked(add_mark(picture))
    assert np.array_equal(picture, before)


def test_a_served_picture_is_large_and_carries_a_band_below() -> None:
    shown = served(astronaut(100), WORDS)
    assert shown.shape[1] == SERVED_PX
    assert shown.shape[0] > SERVED_PX
    band = shown[SERVED_PX:]
    assert band.mean() < 60
    assert band.max() > 200  # letters
    assert served(astronaut(100), [*WORDS, "and more of the kind"]).shape[0] > shown.shape[0]  # on two lines


def test_a_word_that_is_longer_than_a_line_is_cut_at_the_edge() -> None:
    assert served(astronaut(100), ["x" * 500]).shape[1] == SERVED_PX


def test_a_larger_picture_keeps_its_size() -> None:
    assert enlarged(np.zeros((700, 900, 3), np.uint8)).shape == (700, 900, 3)


def test_of_a_picture_that_is_too_small_nothing_can_be_said() -> None:
    assert mark_score(np.zeros((LEAST_PX - 1, 400, 3), np.uint8)) == 0
    assert not is_marked(np.zeros((1, 1, 3), np.uint8))
