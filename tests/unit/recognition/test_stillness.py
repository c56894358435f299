"""What counts as a still zone, and what is kept to know it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overt.domain.geometry import Region
from overt.recognition.stillness import CHANGE, KEPT_US, LONGEST_US, Stillness
from overt.video.frame import Frame

WIDTH, HEIGHT, FACE_PX = 640, 360, 40
WHOLE = Region(x=0, y=0, width=WIDTH, height=HEIGHT)
STREET = np.random.default_rng(1).integers(60, 180, (HEIGHT, WIDTH), np.uint8)
LOOK_US = 120_000


def frame(grey: np.ndarray, at_us: int) -> Frame:
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    return Frame(y=grey, u=chroma, v=chroma, full_range=False, captured_us=at_us, media_time_s=None, number=0, loop=0)


def searched(smallest_face_px: int = FACE_PX, grey: np.ndarray = STREET, region: Region = WHOLE) -> Stillness:
    """A zone that was searched in vain at the moment 0."""
    stillness = Stillness(smallest_face_px)
    assert not stillness.nothing_new(frame(grey, 0), region)
    stillness.found_nobody(0)
    return stillness


def with_a_face(contrast: int, x: int, y: int, size: int = FACE_PX) -> np.ndarray:
    changed = STREET.copy()
    cv2.ellipse(changed, (x, y), (size // 2, size // 2), 0, 0, 360, (int(STREET[y, x]) + contrast,), -1)
    return changed


def noisy(grey: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(2).normal(0, sigma, grey.shape)
    return np.clip(grey + noise, 0, 255).round().astype(np.uint8)


def test_the_same_zone_is_still_until_it_is_time_to_search_it_anyway() -> None:
    stillness = searched()
    said = [stillness.nothing_new(frame(STREET, at_us), WHOLE) for at_us in range(LOOK_US, 4 * LOOK_US, LOOK_US)]
    assert said == [True, True, False]
    assert 3 * LOOK_US == LONGEST_US


def test_it_is_compared_with_what_was_searched_and_not_with_what_was_passed_over() -> None:
    stillness, slowly = searched(), [STREET + 2 * step for step in range(4)]
    said = [stillness.nothing_new(frame(slowly[step].astype(np.uint8), step * 1000), WHOLE) for step in range(1, 4)]
    assert said == [True, True, False]
    assert CHANGE == 6


def test_noise_is_no_change() -> None:
    assert searched(grey=noisy(STREET, 2)).nothing_new(frame(noisy(STREET[::-1], 2)[::-1], LOOK_US), WHOLE)


@pytest.mark.parametrize("x", [21, 320, 617])
@pytest.mark.parametrize("y", [21, 180, 338])
def test_a_smallest_face_anywhere_is_a_change(x: int, y: int) -> None:
    assert not searched().nothing_new(frame(with_a_face(30, x, y), LOOK_US), WHOLE)


@pytest.mark.parametrize("smallest_face_px", [20, 25, 33, 40, 41, 80])
def test_so_it_is_for_every_smallest_face(smallest_face_px: int) -> None:
    stillness = searched(smallest_face_px)
    assert stillness.nothing_new(frame(STREET, 1000), WHOLE)
    assert not stillness.nothing_new(frame(with_a_face(30, 300, 200, smallest_face_px), LOOK_US), WHOLE)


def test_what_happens_outside_the_region_is_no_change() -> None:
    region = Region(x=160, y=80, width=320, height=200)
    stillness = searched(region=region)
    outside = STREET.copy()
    outside[:80], outside[280:], outside[:, :160], outside[:, 480:] = 0, 0, 0, 0
    assert stillness.nothing_new(frame(outside, LOOK_US), region)


def test_a_region_without_room_for_a_square_and_another_one_are_never_still() -> None:
    narrow = Region(x=0, y=0, width=640, height=6)
    stillness = Stillness(FACE_PX)
    stillness.found_nobody(0)
    assert not stillness.nothing_new(frame(STREET, 1000), narrow)
    assert not searched().nothing_new(frame(STREET, 1000), Region(x=0, y=0, width=320, height=200))


def test_a_clock_that_runs_backwards_ends_it() -> None:
    assert not searched().nothing_new(frame(STREET, -1000), WHOLE)


def test_before_the_first_search_and_after_forgetting_nothing_is_still_and_nothing_is_left() -> None:
    stillness = Stillness(FACE_PX)
    assert not stillness.nothing_new(frame(STREET, 0), WHOLE)
    for forget in (stillness.forget, lambda: stillness.pass_time(LOOK_US + KEPT_US + 1)):
        assert not stillness.nothing_new(frame(STREET, LOOK_US), WHOLE)
        stillness.found_nobody(LOOK_US)
        stillness.pass_time(LOOK_US + KEPT_US)
        assert stillness.nothing_new(frame(STREET, LOOK_US + 1000), WHOLE)
        forget()
        assert not stillness._now.any()
        assert not stillness._then.any()
        assert not stillness.nothing_new(frame(STREET, LOOK_US + 1000), WHOLE)
