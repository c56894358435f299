"""Who walks where on a rehearsed street: a camera in perspective, and every passage as a path before it.

Metres: x to the right of the camera, height above the ground, depth away from it. The camera hangs CAMERA_M high and
looks along the street; its horizon lies HORIZON of the picture's height from the top. So whoever is shorter than
CAMERA_M has the head below the horizon wherever he walks, and what is above it never holds a face.

Rules:
  - people walk towards the camera, one depth a moment, and leave the picture at its lower edge or its sides;
  - a passage ends inside the clip. One that began before it is seen from the middle of its way;
  - the people take turns in an order drawn by the seed, so the passages of one person lie as far apart as they can;
  - the same seed gives the same paths on every machine: nothing but `numpy.random.Generator` is drawn from.

Sizes of heads and ways of walking are rough means of adults (distance of the pupils 63 mm, width of a head 15 cm,
1.9 steps a second), not measurements of anybody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

CAMERA_M: Final = 2.4
HORIZON: Final = 0.2
FAR_M: Final = 24.0
#: Focal length in heights of the picture: 3,200 pixels at 1080, where a face 11 metres away is 40 pixels wide.
FOCAL: Final = 3200 / 1080
PUPILS_M: Final = 0.063
_FIRST_LEAVES_S: Final = 6.0
_STRIDE_M: Final = 0.33


@dataclass(frozen=True, kw_only=True)
class View:
    """What the camera sees. `width`, `height`: of its picture, pixels."""

    width: int
    height: int

    @property
    def focal_px(self) -> float:
        return FOCAL * self.height

    @property
    def horizon_px(self) -> float:
        return HORIZON * self.height

    def project(self, x_m: float, height_m: float, depth_m: float) -> tuple[float, float]:
        """Where a point of the street stands in the picture, pixels; `depth_m` above 0."""
        scale = self.focal_px / depth_m
        return self.width / 2 + x_m * scale, self.horizon_px + (CAMERA_M - height_m) * scale

    def nearest_m(self, eyes_m: float) -> float:
        """The depth at which a head with its eyes so high has left the picture below, metres."""
        below_horizon = self.height - self.horizon_px
        return self.focal_px * (CAMERA_M - eyes_m - 0.15) / below_horizon


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Where and how one person is at one moment.

    Attributes:
        x_m, depth_m: on the ground.
        eyes_m: height of the point between the eyes.
        roll, yaw, pitch: of the head as the camera sees it, radians: towards the right shoulder in the picture
            (clockwise), to the right, down.
        step: of the walk, radians; a whole turn is two steps.
        shade: 0 to 1: how much light falls there, as brightness in the picture.
    """

    x_m: float
    depth_m: float
    eyes_m: float
    roll: float
    yaw: float
    pitch: float
    step: float
    shade: float


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One passage of one person.

    Attributes:
        passage: from 1, in the order of leaving.
        role: position of the picture among those that the street was given.
        leaves_s: time at which the nearest point is reached, seconds of the clip.
        speed: metres a second.
        nearest_m: where the walk ends.
        x_far_m, x_near_m: lateral place at FAR_M and at the nearest point.
        eyes_m: height of the eyes, standing.
        size: of the head, in parts of the mean.
        steps: a second.
        phase: of the walk at the beginning of the clip, radians.
        tilt, glance: how far the head is held and turned, radians.
        glance_s: time of one look around and back.
        tone: 0 to 1, draws clothes that no picture shows.
    """

    passage: int
    role: int
    leaves_s: float
    speed: float
    nearest_m: float
    x_far_m: float
    x_near_m: float
    eyes_m: float
    size: float
    steps: float
    phase: float
    tilt: float
    glance: float
    glance_s: float
    tone: float

    def pose(self, at_s: float) -> Pose | None:
        """Where they are at a time of the clip; None while they are farther than FAR_M or have left."""
        depth = self.nearest_m + self.speed * (self.leaves_s - at_s)
        if not self.nearest_m <= depth <= FAR_M:
            return None
        share = (FAR_M - depth) / (FAR_M - self.nearest_m)
        step = self.phase + math.pi * self.steps * at_s
        x = self.x_far_m + (self.x_near_m - self.x_far_m) * share + 0.02 * math.sin(step)
        heading = math.atan2(self.x_near_m - self.x_far_m, FAR_M - self.nearest_m)
        eyes = self.eyes_m + 0.022 * (abs(math.cos(step)) - 0.5)
        return Pose(
            x_m=x,
            depth_m=depth,
            eyes_m=eyes,
            roll=self.tilt + 0.02 * math.sin(step + 0.6),
            yaw=_within(0.5 * (heading - math.atan2(x, depth)) + self.glance * _swing(at_s, self.glance_s, self.phase)),
            pitch=_within(0.7 * math.atan2(CAMERA_M - eyes, depth) + 0.02 * math.cos(2 * step)),
            step=step,
            shade=0.9 + 0.1 * math.cos(2 * math.pi * depth / 9 + 0.7),
        )

    def feet_m(self, pose: Pose) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """x, height above the ground and depth of both feet, metres."""
        swing = math.sin(pose.step)
        lift = 0.1 * max(0.0, math.cos(pose.step)), 0.1 * max(0.0, -math.cos(pose.step))
        return (
            (pose.x_m - 0.09, lift[0], pose.depth_m - _STRIDE_M * swing),
            (pose.x_m + 0.09, lift[1], pose.depth_m + _STRIDE_M * swing),
        )


def _swing(at_s: float, period_s: float, phase: float) -> float:
    """A look around: mostly ahead, now and then to one side; -1 to 1."""
    return math.sin(2 * math.pi * at_s / period_s + phase) ** 3


def _within(angle: float) -> float:
    """An angle that a turned photograph still bears: at most 18 degrees."""
    return min(0.31, max(-0.31, angle))


def walks(
    view: View, *, people: Sequence[Sequence[int]], passages: int, followers: float, seconds: float, seed: int
) -> tuple[Walk, ...]:
    """The passages of a clip, in the order of leaving.

    Args:
        people: for each person the positions of their pictures, at least one; further passages of a person take
            further pictures, and begin again with the first.
        followers: share of passages that follow close behind the one before, 0 to 1.
        seconds: length of the clip.
    """
    chance = np.random.default_rng(seed)
    turns: list[int] = []
    while len(turns) < passages:
        turns += turns[: len(people)] or chance.permutation(len(people)).tolist()
    first = min(_FIRST_LEAVES_S, seconds / 2)
    spacing = (seconds - first) / passages
    found: list[Walk] = []
    for number in range(passages):
        ahead = found[-1] if found and chance.random() < followers else None
        person = people[turns[number]]
        leaves = first + spacing * (number + chance.random())
        walk = _walk(view, chance, passage=number + 1, role=person[number // len(people) % len(person)], leaves=leaves)
        found.append(walk if ahead is None else _behind(walk, ahead, chance))
    return tuple(found)


def _walk(view: View, chance: np.random.Generator, *, passage: int, role: int, leaves: float) -> Walk:
    eyes = float(np.clip(chance.normal(1.60, 0.08), 1.42, 1.76))
    nearest = view.nearest_m(eyes)
    half_far, half_near = (0.5 * view.width / view.focal_px * depth for depth in (FAR_M * 0.6, nearest))
    return Walk(
        passage=passage,
        role=role,
        leaves_s=leaves,
        speed=float(np.clip(chance.normal(1.3, 0.2), 0.8, 1.9)),
        nearest_m=nearest,
        x_far_m=float(chance.uniform(-half_far, half_far)),
        x_near_m=float(chance.uniform(-1.3, 1.3) * half_near),
        eyes_m=eyes,
        size=float(chance.uniform(0.95, 1.05)),
        steps=float(chance.uniform(1.7, 2.1)),
        phase=float(chance.uniform(0, 2 * math.pi)),
        tilt=float(np.clip(chance.normal(0, 0.04), -0.1, 0.1)),
        glance=float(chance.normal(0, 0.14)),
        glance_s=float(chance.uniform(4, 8)),
        tone=float(chance.random()),
    )


def _behind(walk: Walk, ahead: Walk, chance: np.random.Generator) -> Walk:
    """The same walk, close behind another and a little to the side of it."""
    return replace(
        walk,
        speed=ahead.speed * float(chance.uniform(0.97, 1.03)),
        leaves_s=min(walk.leaves_s, ahead.leaves_s + float(chance.uniform(0.4, 1.2))),
        x_far_m=ahead.x_far_m + float(chance.uniform(-0.45, 0.45)),
        x_near_m=ahead.x_near_m + float(chance.uniform(-0.35, 0.35)),
    )
