"""Paths before a camera: perspective, the horizon, turns of people, and the same paths for the same seed."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.evaluation.rehearse_walk import CAMERA_M, FAR_M, View, Walk, walks

FULL = View(width=1920, height=1080)
PEOPLE = ((0,), (1,), (2,))


def some(passages: int = 12, *, seconds: float = 60, followers: float = 0.0, seed: int = 1) -> tuple[Walk, ...]:
    return walks(FULL, people=PEOPLE, passages=passages, followers=followers, seconds=seconds, seed=seed)


def test_the_picture_is_in_perspective() -> None:
    assert FULL.focal_px == pytest.approx(3200)
    # 1 m to the right and 1.4 m below the camera, 10 m away: 320 and 448 pixels from the middle and the horizon.
    assert FULL.project(1, 1, 10) == pytest.approx((960 + 320, 216 + 448))


@given(
    x=st.floats(-5, 5),
    height=st.floats(0, 2),
    depth=st.floats(1, 30),
    times=st.floats(1, 5),
    wide=st.integers(160, 1920),
)
def test_what_is_farther_by_a_factor_is_smaller_by_it(
    x: float, height: float, depth: float, times: float, wide: int
) -> None:
    view = View(width=2 * wide, height=1080)
    near, far = view.project(x, height, depth), view.project(x, height, depth * times)
    assert (far[0] - wide) * times == pytest.approx(near[0] - wide, abs=1e-6)
    assert (far[1] - view.horizon_px) * times == pytest.approx(near[1] - view.horizon_px, abs=1e-6)


@given(
    seed=st.integers(0, 2**53 - 1),
    passages=st.integers(1, 40),
    seconds=st.floats(1, 120),
    followers=st.floats(0, 1),
)
def test_every_walk_comes_nearer_below_the_horizon_and_ends_inside_the_clip(
    seed: int, passages: int, seconds: float, followers: float
) -> None:
    found = some(passages, seconds=seconds, followers=followers, seed=seed)
    assert [walk.passage for walk in found] == list(range(1, passages + 1))
    leaving = [walk.leaves_s for walk in found]
    assert leaving == sorted(leaving)
    assert 0 < leaving[0] <= leaving[-1] <= seconds
    for walk in found:
        poses = [pose for pose in (walk.pose(at) for at in (walk.leaves_s - k for k in range(20))) if pose]
        depths = [pose.depth_m for pose in poses]
        assert depths == sorted(depths)
        assert all(walk.nearest_m - 1e-9 <= depth <= FAR_M for depth in depths)
        assert all(pose.eyes_m + 0.2 < CAMERA_M for pose in poses)
        assert all(abs(angle) <= 0.35 for pose in poses for angle in (pose.roll, pose.yaw, pose.pitch))
        assert all(0.8 <= pose.shade <= 1 for pose in poses)


def test_a_walk_ends_below_the_picture_or_beside_it() -> None:
    for walk in some(40):
        pose = walk.pose(walk.leaves_s - 1e-6)
        assert pose is not None
        assert FULL.project(pose.x_m, pose.eyes_m + 0.13, pose.depth_m)[1] > 1080
        assert walk.pose(walk.leaves_s + 0.01) is None
        assert walk.pose(walk.leaves_s - 60) is None


def test_people_take_turns_and_further_passages_take_further_pictures() -> None:
    found = walks(FULL, people=((0, 1), (2,)), passages=6, followers=0, seconds=60, seed=4)
    roles = [walk.role for walk in found]
    assert sorted(roles[:2]) in ([0, 2], [2, 0])
    own = [role for role in roles if role != 2]
    assert own == [0, 1, 0]
    assert roles.count(2) == 3


def test_who_follows_walks_close_behind() -> None:
    first, *others = some(12, followers=1.0)
    for walk in others:
        assert abs(walk.x_near_m - first.x_near_m) < 0.36 * len(others)
    for one, other in pairwise(others):
        assert 0 <= other.leaves_s - one.leaves_s <= 1.2
        assert abs(other.x_far_m - one.x_far_m) <= 0.45


def test_the_same_seed_walks_the_same_way_and_another_does_not() -> None:
    assert some(seed=5) == some(seed=5)
    assert some(seed=5) != some(seed=6)


def test_feet_stand_on_the_ground_half_a_stride_apart() -> None:
    walk = replace(some(1)[0], phase=0.0, steps=2.0)
    for at in (0.0, 0.1, 0.25, 0.4):
        pose = walk.pose(walk.leaves_s - 2 + at)
        assert pose is not None
        (left, left_up, left_z), (right, right_up, right_z) = walk.feet_m(pose)
        assert right - left == pytest.approx(0.18)
        assert min(left_up, right_up) == 0
        assert left_z - right_z == pytest.approx(-0.66 * math.sin(pose.step))
