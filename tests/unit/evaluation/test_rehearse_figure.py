"""People cut out, turned, placed and hidden by one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import skimage
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from overt.evaluation.rehearse_cast import Role
from overt.evaluation.rehearse_cutout import BUST, Cutout, cutout
from overt.evaluation.rehearse_figure import Figure, draw, figure_at, place_of, untwisted, visible
from overt.evaluation.rehearse_walk import Pose, View, Walk, walks

VIEW = View(width=960, height=540)
AS_IS = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
STILL = Pose(x_m=0.0, depth_m=6.0, eyes_m=1.6, roll=0.0, yaw=0.0, pitch=0.0, step=0.0, shade=1.0)


def role(photograph: NDArray[np.uint8]) -> Role:
    """The astronaut, whose face was measured by eye."""
    return Role(
        person="ann",
        picture="ann.png",
        photograph=photograph,
        box=np.array([173, 68, 273, 201], np.float32),
        landmarks=np.array([[203, 118], [245, 114], [229, 141], [208, 163], [247, 160]], np.float32),
        digest="",
    )


@pytest.fixture(scope="module")
def astronaut() -> Cutout:
    return cutout(role(np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])), 0.3, AS_IS)


def a_walk() -> Walk:
    return walks(VIEW, people=((0,),), passages=1, followers=0, seconds=20, seed=1)[0]


def figure(cut: Cutout, *, x: float = 480, y: float = 200, px: float = 25, pose: Pose = STILL) -> Figure:
    return Figure(walk=a_walk(), pose=pose, cut=cut, x=x, y=y, px=px, smear=(0.0, 0.0))


def at(cut: Cutout, x: float, y: float) -> float:
    return float(cut.bust.cover(np.array([[x, y]], np.float32))[0])


def test_a_cutout_holds_the_face_and_shoulders_and_no_background(astronaut: Cutout) -> None:
    assert at(astronaut, 0, 0.5) == 1
    assert at(astronaut, 0, 4) == 1
    assert at(astronaut, -3.5, -1) == 0
    assert at(astronaut, 3.5, -1) == 0
    assert at(astronaut, 0, BUST[1] - 1) == 0
    left, top, right, bottom = astronaut.face
    assert left < -1 < 0 < 1 < right
    assert top < -0.5
    assert 1.5 < bottom < 2.5
    assert np.abs(astronaut.landmarks[:2] - [[-0.5, 0], [0.5, 0]]).max() < 0.15


def test_a_cutout_is_the_same_each_time(astronaut: Cutout) -> None:
    again = cutout(role(np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])), 0.3, AS_IS)
    assert np.array_equal(again.bust.levels[0], astronaut.bust.levels[0])


def test_where_colours_tell_nothing_apart_the_shape_is_the_cut() -> None:
    grey = np.full((512, 512, 3), 120, np.uint8)
    cut = cutout(role(grey), 0.3, AS_IS)
    assert at(cut, 0, 0.5) == 1
    assert at(cut, -3.5, -1) == 0


def test_clothes_are_drawn_by_lot_where_the_picture_shows_none() -> None:
    photograph = np.ascontiguousarray(skimage.data.astronaut()[40:215, 150:300, ::-1])
    moved = role(photograph)
    near = replace(
        moved, box=moved.box - (150, 40, 150, 40), landmarks=moved.landmarks - np.array((150, 40), np.float32)
    )
    one, other = (cutout(near, tone, AS_IS) for tone in (0.1, 0.9))
    assert not np.array_equal(one.body.levels[0], other.body.levels[0])
    assert at(one, 0, 4) == 1


@given(
    roll=st.floats(-0.15, 0.15),
    yaw=st.floats(-0.31, 0.31),
    pitch=st.floats(-0.31, 0.31),
    x=st.floats(-1.2, 1.2),
    y=st.floats(-1.2, 1.9),
)
def test_a_point_of_the_portrait_is_found_where_it_was_placed(
    astronaut: Cutout, roll: float, yaw: float, pitch: float, x: float, y: float
) -> None:
    pose = replace(STILL, roll=roll, yaw=yaw, pitch=pitch)
    shown = figure(astronaut, pose=pose)
    there = shown.points(np.array([[x, y]], np.float32))
    back = untwisted((there - (shown.x, shown.y)) / shown.px, pose)
    assert np.abs(back - [[x, y]]).max() * shown.px < 0.5  # pixels, at a face of 55


def test_a_head_turns_to_the_side_and_down_and_shoulders_stay(astronaut: Cutout) -> None:
    nose, shoulder = np.array([[0, 0.7]], np.float32), np.array([[3.0, 4.5]], np.float32)
    still = figure(astronaut)
    turned = figure(astronaut, pose=replace(STILL, yaw=0.2, pitch=0.1, roll=0.1))
    assert (turned.points(nose) - still.points(nose))[0] == pytest.approx([0.2 * 25, 0.1 * 25], abs=6)
    assert turned.points(nose)[0, 0] > still.points(nose)[0, 0]
    assert np.allclose(turned.points(shoulder), still.points(shoulder))


def test_the_place_of_a_face_has_its_size(astronaut: Cutout) -> None:
    place = place_of(figure(astronaut))
    left, _, right, _ = place.box
    assert right - left == pytest.approx((astronaut.face[2] - astronaut.face[0]) * 25, rel=0.02)
    assert place.landmarks.shape == (5, 2)
    assert np.all(place.spread.min(axis=0) > place.box[:2])
    assert np.all(place.spread.max(axis=0) < place.box[2:])


def test_who_is_nearer_hides_who_is_behind(astronaut: Cutout) -> None:
    behind = figure(astronaut)
    points = place_of(behind).spread
    assert visible(behind, points, [], VIEW) == 1
    assert visible(behind, points, [figure(astronaut, px=30)], VIEW) < 0.05
    half = visible(behind, points, [figure(astronaut, x=480 + 30 * 3.9 + 25, y=200 - 30 * 5, px=30)], VIEW)
    assert 0 <= half < 1
    assert visible(behind, points, [figure(astronaut, x=900)], VIEW) == 1


def test_what_reaches_out_of_the_picture_is_not_seen(astronaut: Cutout) -> None:
    cut_off = figure(astronaut, x=0)
    assert 0.3 < visible(cut_off, place_of(cut_off).spread, [], VIEW) < 0.7
    gone = figure(astronaut, x=-300)
    assert visible(gone, place_of(gone).spread, [], VIEW) == 0


@pytest.mark.parametrize("x_m", [-9.0, -1.0, 0.0, 1.0, 9.0])
@pytest.mark.parametrize("depth_m", [1.5, 2.6, 6.0, 24.0])
@pytest.mark.parametrize("step", [0.0, 1.0, 4.0])
def test_a_figure_is_drawn_where_it_stands_and_nowhere_else(
    astronaut: Cutout, x_m: float, depth_m: float, step: float
) -> None:
    scene = np.full((540, 960, 3), 77, np.uint8)
    pose = replace(STILL, x_m=x_m, depth_m=depth_m, step=step)
    x, y = VIEW.project(x_m, pose.eyes_m, depth_m)
    px = VIEW.focal_px * 0.063 / depth_m
    draw(scene, figure(astronaut, x=x, y=y, px=px, pose=pose), VIEW)
    columns = np.abs(np.arange(960) - x) < 8 * px
    rows = (np.arange(540) > y - 3.2 * px) & (np.arange(540) < y + 33 * px)
    own = rows[:, None] & columns
    if 0 <= x < 960 and 0 <= y < 540:
        assert np.any(scene[own] != 77)
    assert np.all(scene[~own] == 77)


def test_a_drawn_face_is_the_photograph(astronaut: Cutout) -> None:
    scene = np.full((540, 960, 3), 77, np.uint8)
    draw(scene, figure(astronaut, px=40), VIEW)
    eyes = scene[200, 480].astype(int)
    photograph = skimage.data.astronaut()[116, 224, ::-1].astype(int)
    assert np.abs(eyes - photograph).max() < 40


def test_speed_smears_and_only_along_the_way(astronaut: Cutout) -> None:
    def sharpness(smear: tuple[float, float]) -> tuple[float, float]:
        scene = np.full((540, 960, 3), 77, np.uint8)
        draw(scene, replace(figure(astronaut, px=40), smear=smear), VIEW)
        face = scene[160:260, 440:520].astype(float)
        return float(np.abs(np.diff(face, axis=1)).mean()), float(np.abs(np.diff(face, axis=0)).mean())

    across, down = sharpness((0.0, 0.0))
    assert sharpness((0.5, 0.0)) == (across, down)
    smeared_across, smeared_down = sharpness((8.0, 0.0))
    assert smeared_across < 0.6 * across
    assert smeared_down > 0.6 * down


def test_who_is_near_and_fast_is_smeared_more(astronaut: Cutout) -> None:
    walk = a_walk()
    late, early = (figure_at(walk, astronaut, VIEW, walk.leaves_s - ago, 1 / 40) for ago in (0.2, 8.0))
    assert late is not None
    assert early is not None
    assert np.hypot(*late.smear) > np.hypot(*early.smear)
    assert late.px > early.px
    assert figure_at(walk, astronaut, VIEW, walk.leaves_s + 1, 1 / 40) is None
