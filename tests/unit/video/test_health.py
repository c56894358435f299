from __future__ import annotations

import cv2
import numpy as np

from overt.video.health import light_and_sharpness


def test_light_is_the_mean_grey_level() -> None:
    assert light_and_sharpness(np.full((60, 80, 3), 90, np.uint8)) == (90.0, 0.0)
    assert light_and_sharpness(np.zeros((60, 80), np.uint8)) == (0.0, 0.0)


def test_a_blurred_picture_is_less_sharp_and_noise_is_sharpest() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160), np.uint8)
    scene = cv2.resize(noise[:30, :40], (160, 120), interpolation=cv2.INTER_CUBIC)
    values = [
        light_and_sharpness(np.asarray(p, np.uint8))[1] for p in (cv2.GaussianBlur(scene, (15, 15), 5), scene, noise)
    ]
    assert values == sorted(values)
    assert values[0] < values[1] / 10
    assert 15 < values[2] < 25


def test_the_picture_itself_is_left_alone() -> None:
    for shape in ((40, 60), (40, 60, 3)):
        picture = np.random.default_rng(2).integers(0, 255, shape, np.uint8)
        before = picture.copy()
        light_and_sharpness(picture)
        assert np.array_equal(picture, before)
