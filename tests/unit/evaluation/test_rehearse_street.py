"""The street behind the people: drawn, or a photograph."""

from __future__ import annotations

import numpy as np
import pytest

from overt.evaluation.rehearse_street import drawn_street, photographed_street
from overt.evaluation.rehearse_walk import View

VIEW = View(width=480, height=270)


def test_a_drawn_street_is_no_noise_and_the_same_for_a_seed() -> None:
    street = drawn_street(VIEW, 1)
    assert street.shape == (270, 480, 3)
    assert np.array_equal(street, drawn_street(VIEW, 1))
    assert not np.array_equal(street, drawn_street(VIEW, 2))
    assert np.abs(np.diff(street.astype(int), axis=1)).mean() < 6
    assert street.std() > 15


def test_its_sky_is_dark_at_night_and_some_windows_have_light() -> None:
    day, night = drawn_street(VIEW, 1, 1.0), drawn_street(VIEW, 1, 0.12)
    sky = np.s_[5:30, 220:260]
    assert day[sky].mean() > 200
    assert night[sky].mean() < 40
    assert np.count_nonzero(night[..., 2].astype(int) > day[..., 2].astype(int) + 40) > 50


@pytest.mark.parametrize("shape", [(100, 500), (500, 100), (270, 480), (1350, 2400)])
def test_a_photograph_fills_the_picture_and_keeps_its_middle(shape: tuple[int, int]) -> None:
    photograph = np.zeros((*shape, 3), np.uint8)
    photograph[:, shape[1] // 2 :] = 200
    found = photographed_street(VIEW, photograph)
    assert found.shape == (270, 480, 3)
    assert found[:, :230].max() < 60
    assert found[:, 250:].min() > 140
