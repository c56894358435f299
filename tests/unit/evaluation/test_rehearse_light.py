"""Day, dusk and night: what a camera makes of them, its noise, and the mark."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from overt.evaluation.rehearse_light import LIGHTS, Light, Sensor, burn_mark, mark_box
from overt.evaluation.rehearse_walk import HORIZON

PLAIN = Light(signal=1.0, gain=1.0, exposure_s=0.01, tint=(1.0, 1.0, 1.0))


def luma(light: Light, level: int) -> NDArray[np.float64]:
    scene = np.full((240, 320, 3), level, np.uint8)
    return Sensor(light, 320, 240, np.random.default_rng(1)).planes(scene)[:240].astype(float)


def test_full_light_leaves_every_level_as_it_is() -> None:
    assert np.array_equal(PLAIN.table()[0], np.repeat(np.arange(256)[:, None], 3, 1))


@given(st.sampled_from(sorted(LIGHTS)))
def test_a_brighter_surface_is_never_darker_in_the_picture(name: str) -> None:
    table = LIGHTS[name].table()[0].astype(int)
    assert np.all(np.diff(table, axis=0) >= 0)


def test_it_gets_darker_and_noisier_and_the_shutter_slower() -> None:
    day, dusk, night = (LIGHTS[name] for name in ("day", "dusk", "night"))
    grey = [int(light.table()[0, 150].mean()) for light in (day, dusk, night)]
    noise = [float(light.noise()[level]) for light, level in zip((day, dusk, night), grey, strict=True)]
    assert grey == sorted(grey, reverse=True)
    assert grey[0] > 140
    assert 40 < grey[2] < 110
    assert noise == sorted(noise)
    assert day.exposure_s < dusk.exposure_s < night.exposure_s


def test_the_noise_is_that_of_light_and_reading() -> None:
    light = Light(signal=0.25, gain=4.0, exposure_s=0.01, tint=(1.0, 1.0, 1.0))
    # White, 255: 2,250 electrons on the sensor; their root and 3 of reading; four times amplified; slope 1/2.2 there.
    assert light.noise()[255] == pytest.approx(255 * 4 * np.sqrt(2250 + 9) / 9000 / 2.2, rel=1e-4)


@pytest.mark.parametrize("name", ["day", "dusk", "night"])
@pytest.mark.parametrize("level", [60, 120])
def test_a_plain_wall_shows_the_noise_that_the_light_has(name: str, level: int) -> None:
    light = LIGHTS[name]
    found = luma(light, level)
    wanted = float(light.noise()[level]) * 219 / 255
    # Rounding to whole levels adds a variance of 1/12.
    assert found.std() == pytest.approx(np.hypot(wanted, 0.29), rel=0.06)
    assert found.mean() == pytest.approx(16 + level * 219 / 255, abs=0.7)


def test_the_noise_of_two_frames_differs() -> None:
    scene = np.full((240, 320, 3), 90, np.uint8)
    sensor = Sensor(LIGHTS["night"], 320, 240, np.random.default_rng(1))
    assert np.mean(sensor.planes(scene) != sensor.planes(scene)) > 0.5


@pytest.mark.parametrize(("height", "width"), [(240, 320), (1080, 1920), (2160, 3840), (640, 480)])
def test_the_mark_is_burnt_into_the_corner_above_the_horizon_and_nowhere_else(height: int, width: int) -> None:
    planes = np.full((height * 3 // 2, width), 90, np.uint8)
    burn_mark(planes, height, width)
    wide, tall = mark_box(height, width)
    assert tall < HORIZON * height
    assert wide <= width
    picture = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
    corner = picture[:tall, :wide]
    assert corner.max() > 200
    assert np.median(corner) < 10
    assert corner[:, wide * 9 // 10 :].max() < 60  # the words end inside
    rest = picture.copy()
    rest[:tall, :wide] = picture[-1, -1]
    assert np.all(rest == picture[-1, -1])
