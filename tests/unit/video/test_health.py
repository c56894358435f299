"""What the small picture of a zone tells, against hand-worked values and OpenCV's own grey."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overt.video.health import light_of


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_flat_picture_is_as_light_as_its_level(level: int) -> None:
    assert light_of(np.full((60, 80, 3), level, np.uint8)) == pytest.approx(level)
    assert light_of(np.full((60, 80), level, np.uint8)) == pytest.approx(level)


def test_colours_weigh_as_in_a_grey_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    assert light_of(picture) == pytest.approx(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).mean(), abs=0.1)


def test_the_picture_stays_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    before = picture.copy()
    light_of(picture)
    assert np.array_equal(picture, before)
