"""Each measure of quality moves the right way, and only for its own reason."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.faces.align import align
from overt.faces.quality import LEVEL_NOSE, QualityMeter, at_most, cautions, pose
from tests.unit.faces.parts import Picture, astronaut, detector_of, recogniser

#: Right eye, left eye, nose, right and left corner of the mouth of a level frontal face.
FRONTAL = np.array([[-20, 0], [20, 0], [0, 40 * LEVEL_NOSE], [-15, 40], [15, 40]], np.float32)


def measured(picture: Picture) -> Quality:
    """Of the picture's one face."""
    (found,) = recogniser().portraits(picture)
    return found.quality


def changed(chip: Picture) -> Quality:
    return QualityMeter().measure(chip, FRONTAL, 90, 0.9)


@pytest.fixture(scope="module")
def chip() -> Picture:
    made = np.zeros((112, 112, 3), np.uint8)
    align(astronaut(), detector_of(astronaut()).detect(0.6)[0].landmarks[0], made)
    return made


@pytest.fixture(scope="module")
def good() -> Quality:
    return measured(astronaut())


def test_a_good_portrait_has_good_figures_and_no_cautions(good: Quality) -> None:
    assert 60 < good.width_px < 140
    assert 30 < good.eyes_px < 70
    assert 80 < good.light < 200
    assert good.overall > 0.5
    assert cautions(good) == ()


def test_a_darker_face_has_less_light(chip: Picture) -> None:
    dark = changed(np.asarray(chip * 0.2, np.uint8))
    assert dark.light < 0.25 * changed(chip).light
    assert dark.overall < changed(chip).overall
    assert "dark" in cautions(dark)


def test_a_blurred_face_is_less_sharp(chip: Picture) -> None:
    sharpness = [changed(np.asarray(cv2.GaussianBlur(chip, (0, 0), s), np.uint8)).sharpness for s in (0.1, 1, 2, 4)]
    assert sharpness == sorted(sharpness, reverse=True)
    blurred = changed(np.asarray(cv2.GaussianBlur(chip, (0, 0), 4), np.uint8))
    assert "blurred" in cautions(blurred)
    assert blurred.overall < changed(chip).overall


def test_a_burnt_out_face_is_called_so(chip: Picture) -> None:
    burnt = changed(np.asarray(np.minimum(chip.astype(int) * 3, 255), np.uint8))
    assert burnt.burnt > 0.2 > changed(chip).burnt
    assert burnt.light > changed(chip).light
    assert "burnt out" in cautions(burnt)


def test_a_flat_face_has_little_contrast(chip: Picture) -> None:
    flat = changed(np.asarray(128 + (chip.astype(float) - 128) * 0.1, np.uint8))
    assert flat.contrast < 0.2 * changed(chip).contrast
    assert "little contrast" in cautions(flat)


def test_sharpness_does_not_follow_the_light(chip: Picture) -> None:
    assert changed(np.asarray(chip * 0.5, np.uint8)).sharpness == pytest.approx(changed(chip).sharpness, rel=0.15)


def test_a_smaller_face_is_smaller_in_every_length(good: Quality) -> None:
    half = measured(np.asarray(cv2.resize(astronaut(), (256, 256), interpolation=cv2.INTER_AREA), np.uint8))
    assert half.width_px == pytest.approx(good.width_px / 2, rel=0.1)
    assert half.eyes_px == pytest.approx(good.eyes_px / 2, rel=0.1)
    assert half.overall < good.overall
    assert "small face" in cautions(replace(half, eyes_px=20))


def test_a_mirrored_face_is_turned_to_the_other_side(chip: Picture) -> None:
    turned = with_nose(-8, 22)
    mirrored = (turned * np.array([-1, 1], np.float32))[[1, 0, 2, 4, 3]]
    measure = QualityMeter().measure
    here, there = measure(chip, turned, 90, 0.9), measure(chip, mirrored, 90, 0.9)
    assert here.yaw < -0.3
    assert there.yaw == pytest.approx(-here.yaw)
    assert there.overall == pytest.approx(here.overall)


def test_a_mirrored_picture_moves_the_yaw_to_the_other_side(good: Quality) -> None:
    assert good.yaw < measured(np.ascontiguousarray(astronaut()[:, ::-1])).yaw


def test_a_turned_picture_tilts_the_face() -> None:
    """By the right sign; the detector's landmarks follow a tilt only in part, so the degrees are not the picture's."""
    rolls = []
    for degrees in (-30, 0, 30):
        matrix = cv2.getRotationMatrix2D((225, 115), -degrees, 1)  # OpenCV counts against the clock
        rolls.append(measured(np.asarray(cv2.warpAffine(astronaut(), matrix, (512, 512)), np.uint8)).roll)
    assert rolls[0] < rolls[1]
    assert rolls[0] < -2 < 0 < rolls[2]


def with_nose(x: float, y: float) -> FloatArray:
    moved = FRONTAL.copy()
    moved[2] = x, y
    return moved


def test_a_level_frontal_face_has_no_turn() -> None:
    assert pose(FRONTAL) == pytest.approx((0, 0, 0), abs=1e-6)


def test_the_nose_shows_the_turn() -> None:
    assert pose(with_nose(-10, 22))[0] == pytest.approx(-0.5)
    assert pose(with_nose(10, 22))[0] == pytest.approx(0.5)
    assert pose(with_nose(90, 22))[0] == 1.0
    assert pose(with_nose(0, 32))[1] < -0.5 < 0.5 < pose(with_nose(0, 12))[1]


@pytest.mark.parametrize("degrees", [-90, 30, 150])
def test_the_pose_of_a_tilted_face_is_that_of_the_level_one(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    yaw, pitch, roll = pose((with_nose(6, 18) @ turn.T).astype(np.float32))
    assert (yaw, pitch) == pytest.approx(pose(with_nose(6, 18))[:2], abs=1e-5)
    assert roll == pytest.approx(degrees, abs=1e-3)


def test_landmarks_on_one_point_give_numbers_all_the_same(chip: Picture) -> None:
    quality = QualityMeter().measure(chip, np.zeros((5, 2), np.float32), 0, 0)
    assert np.isfinite([quality.yaw, quality.pitch, quality.roll, quality.overall]).all()
    assert quality.overall == 0


def test_no_face_is_better_than_its_width_and_its_score_allow(chip: Picture) -> None:
    for width_px, score in ((20.0, 0.9), (45.0, 0.5), (120.0, 0.95)):
        assert 0 < QualityMeter().measure(chip, FRONTAL, width_px, score).overall <= at_most(width_px, score)
    assert at_most(12, 1) == at_most(90, 0.3) == 0
    assert at_most(90, 0.9) == at_most(500, 1) == 1


def test_a_wiped_meter_holds_nothing(chip: Picture) -> None:
    meter = QualityMeter()
    meter.measure(chip, FRONTAL, 90, 0.9)
    meter.wipe()
    assert not any(held.any() for held in vars(meter).values())


def test_every_caution_has_its_own_reason(good: Quality) -> None:
    reasons = {
        "small face": replace(good, eyes_px=23.0),
        "dark": replace(good, light=49.0),
        "burnt out": replace(good, burnt=0.21),
        "blurred": replace(good, sharpness=0.005),
        "turned away": replace(good, yaw=-0.46),
        "little contrast": replace(good, contrast=14.0),
    }
    for word, quality in reasons.items():
        assert cautions(quality) == (word,)
