"""Whether a camera still looks where it looked: people and light do not move it, a hand does."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.time import SECOND_US
from overt.video.moved import SUSTAINED_S, MovedCamera

Picture = NDArray[np.uint8]
RANDOM = np.random.default_rng(1)
STREET = np.asarray(
    cv2.GaussianBlur(
        cv2.resize(RANDOM.integers(0, 255, (30, 50, 3)).astype(np.uint8), (1000, 600), interpolation=cv2.INTER_NEAREST),
        (0, 0),
        3,
    ),
    np.uint8,
)


def view(dx: int = 0, dy: int = 0) -> Picture:
    return STREET[50 + dy : 410 + dy, 100 + dx : 740 + dx].copy()


def play(camera: MovedCamera, pictures: Callable[[float], Picture], begin_s: float, seconds: float) -> float | None:
    """Shows a camera's pictures twice a second; gives after how many seconds it first counted as moved."""
    first = None
    for k in range(round(2 * seconds)):
        noisy = pictures(begin_s + k / 2).astype(np.int16) + RANDOM.integers(-6, 7, (360, 640, 3))
        camera.see(np.clip(noisy, 0, 255).astype(np.uint8), round((begin_s + k / 2) * SECOND_US))
        if camera.moved and first is None:
            first = k / 2
    return first


def learnt() -> MovedCamera:
    camera = MovedCamera()
    assert play(camera, lambda _: view(), 0, 30) is None
    return camera


def test_a_camera_that_is_turned_is_noticed_and_so_is_its_return() -> None:
    for aside in ((25, 0), (0, 25), (-40, 10)):
        camera = learnt()
        first = play(camera, lambda _, aside=aside: view(*aside), 30, 60)  # type: ignore[misc]
        assert first is not None
        assert SUSTAINED_S <= first < SUSTAINED_S + 8
        assert camera.moved
        play(camera, lambda _: view(), 90, 15)
        assert not camera.moved


def test_light_does_not_move_a_camera() -> None:
    assert play(learnt(), lambda _: view() // 3, 30, 40) is None
    slope = np.linspace(0.3, 1, 640)[None, :, None]
    assert play(learnt(), lambda _: (view() * slope).astype(np.uint8), 30, 40) is None


def test_people_who_pass_do_not_move_a_camera() -> None:
    def crowd(at_s: float) -> Picture:
        picture, random = view(), np.random.default_rng(3)
        for _ in range(20):
            x = int((random.uniform(0, 640) + random.uniform(-120, 120) * at_s) % 680) - 20
            y = int(random.uniform(80, 250))
            cv2.rectangle(picture, (x, y), (x + 40, y + 110), random.integers(0, 255, 3).tolist(), -1)
        return picture

    assert play(learnt(), crowd, 30, 60) is None


def test_a_knock_is_not_a_move() -> None:
    camera = learnt()
    assert play(camera, lambda at_s: view(25) if at_s < 32 else view(), 30, 40) is None


def test_of_the_dark_nothing_is_said() -> None:
    camera = MovedCamera()
    assert play(camera, lambda _: np.full((360, 640, 3), 12, np.uint8), 0, 5) is None
    black = np.zeros((360, 640, 3), np.uint8)
    camera.see(black, 10 * SECOND_US)
    camera.see(black, 20 * SECOND_US)
    assert not camera.moved


def test_no_picture_is_kept() -> None:
    camera = learnt()
    assert not camera._small.any()
    assert not camera._grey.any()
    assert not camera._change.any()
