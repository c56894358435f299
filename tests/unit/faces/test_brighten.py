"""Dark pictures are made brighter for the networks; what is measured and shown stays as it was."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.geometry import Region
from overt.faces.brighten import DARK, FACE_LEVEL, SCENE_LEVEL, brighten_scene, curve_for_face, lift
from overt.faces.closer import LOOK_SIZE, LOOKS_AT_ONCE, CloserLook
from overt.faces.detect import YuNet
from overt.faces.recipe import Recipe
from overt.faces.recogniser import Recogniser
from tests.unit.faces.parts import Picture, astronaut, detector_of, frame_of, networks, recogniser, runtime

LIGHT = 0.004


def darkened(picture: Picture) -> Picture:
    """At a share of the light, as a camera with a gamma of 2.2 shows it."""
    return np.asarray(np.round(picture * LIGHT ** (1 / 2.2)), np.uint8)


def flat(level: int) -> Picture:
    return np.full((40, 60, 3), level, np.uint8)


@given(st.integers(1, 255))
def test_a_dark_picture_comes_near_the_wanted_level_and_a_bright_one_stays(level: int) -> None:
    scene, face = flat(level), flat(level)
    brighten_scene(scene)
    curve = curve_for_face(face)
    if level >= DARK:
        assert scene[0, 0, 0] == level
        assert curve is None
        return
    assert curve is not None
    lift(face, curve)
    reached = ((scene, SCENE_LEVEL, 30), (face, FACE_LEVEL, 32))  # below, the strongest curve ends short of it
    for picture, wanted, least in reached:
        if level >= least:
            assert abs(int(picture[0, 0, 0]) - wanted) < 8
        else:
            assert level < picture[0, 0, 0] < wanted + 4


@given(st.integers(0, 79))
def test_a_curve_keeps_the_order_of_levels_and_black_and_white(level: int) -> None:
    curve = curve_for_face(flat(level))
    assert curve is not None
    assert (np.diff(curve.astype(int)) >= 0).all()
    assert (curve[0], curve[255]) == (0, 255)


def test_a_part_of_an_array_is_lifted_where_it_is() -> None:
    whole = np.full((1, 64, 64, 3), 20, np.uint8)
    part = whole[0, :30, :40]
    curve = curve_for_face(part)
    assert curve is not None
    lift(part, curve)
    assert (whole[0, :30, :40] == curve[20]).all()
    assert (whole[0, 30:] == 20).all()
    assert (whole[0, :, 40:] == 20).all()


def reader(recipe: Recipe) -> Recogniser:
    return Recogniser(runtime(), replace(networks(), recipe=recipe))


def test_a_face_in_the_dark_is_found_and_known() -> None:
    dark = darkened(astronaut())
    plain, bright = reader(Recipe()), reader(Recipe(brightened=True, levelled=True, mirrored=True))
    (face,) = bright.portraits(dark)
    assert face.quality.light < 50  # measured on the picture as it was
    (clear,) = bright.portraits(astronaut())
    assert float(face.template @ clear.template) > 0.6
    whole = Region(x=0, y=0, width=512, height=512)
    unseen = plain.zone_detector(whole, 0.2).detect(frame_of(dark), 0.05).scores
    seen = bright.zone_detector(whole, 0.2).detect(frame_of(dark), 0.05).scores
    assert seen[0] > max(unseen, default=0.0) + 0.1


def test_what_a_person_is_shown_stays_dark() -> None:
    dark = darkened(astronaut())
    detectors = [
        YuNet(runtime().network(networks().detector, (n, LOOK_SIZE, LOOK_SIZE), rgb=False)) for n in LOOKS_AT_ONCE
    ]
    found = detector_of(astronaut()).detect(0.6)[0]
    for shot in CloserLook(detectors, Recipe(brightened=True)).shots(frame_of(dark), found):
        assert shot.crop.mean() < 50
        assert shot.chip.mean() > 2 * shot.crop.mean()
        assert shot.quality.light < 50


@pytest.mark.parametrize("gain", [1.0, 0.8])
def test_a_picture_in_good_light_is_seen_as_it_is(gain: float) -> None:
    picture = np.asarray(cv2.convertScaleAbs(astronaut(), alpha=gain), np.uint8)
    (here,) = reader(Recipe(levelled=True)).portraits(picture)
    (there,) = reader(Recipe(levelled=True, brightened=True)).portraits(picture)
    assert here.quality.light > DARK
    np.testing.assert_allclose(here.template, there.template, atol=0.02)
    assert recogniser().length == len(here.template)
