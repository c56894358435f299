"""One person drawn into a frame: a cut-out, turned and placed as its pose says, over legs that walk.

A head that turns is not flat. Its front is taken as a dish that is DEEP pupil distances deep in its middle and 0 at its
rim; a point (u, v) of the portrait moves by that depth times the sine of the angle, and towards the middle by the
cosine. Tilting turns the head about the neck, and the shoulders stay. The same map places the landmarks of the truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.evaluation.rehearse_cutout import BODY, BUST, HIPS, Cutout
from overt.evaluation.rehearse_walk import PUPILS_M, Pose, View, Walk

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

DEEP: Final = 1.1
_NECK: Final = 2.3
_MIDDLE: Final = 0.2  # of a head's front
_STEP_PX: Final = 8
_ROUNDS: Final = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """A person at one moment.

    Attributes:
        x, y: of the point between the eyes, pixels of the frame.
        px: a pupil distance in pixels.
        smear: way of the head while the shutter is open, pixels to the right and down.
    """

    walk: Walk
    pose: Pose
    cut: Cutout
    x: float
    y: float
    px: float
    smear: tuple[float, float]

    def points(self, pupils: Floats) -> Floats:
        """Where points of the portrait, shape (n, 2) in pupils, stand in the frame, pixels."""
        there = pupils.astype(np.float64)
        for _ in range(_ROUNDS):
            there = there + (pupils - untwisted(there, self.pose))
        return np.asarray(there * self.px + (self.x, self.y), np.float32)

    def cover(self, points: Floats) -> Floats:
        """How much of points of the frame, shape (n, 2), this person hides: shape (n,), 0 to 1."""
        pupils = (points - np.array((self.x, self.y), np.float32)) / self.px
        bust = self.cut.bust.cover(np.asarray(untwisted(pupils, self.pose), np.float32))
        return np.maximum(bust, self.cut.body.cover(np.asarray(pupils, np.float32)))


def _rim() -> Floats:
    angle = np.arange(24) * (2 * np.pi / 24)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _dish() -> Floats:
    side = np.linspace(-0.9, 0.9, 9)
    x, y = np.meshgrid(side, side)
    return np.stack([x, y], axis=-1)[x**2 + y**2 < 1].astype(np.float32)


#: Points of a face's ellipse in halves of its box: on its edge, and spread over it.
_RIM: Final = _rim()
_DISH: Final = _dish()


def _in_face(cut: Cutout, halves: Floats) -> Floats:
    left, top, right, bottom = cut.face
    middle, half = ((left + right) / 2, (top + bottom) / 2), ((right - left) / 2, (bottom - top) / 2)
    return np.asarray(halves * half + middle, np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """Where a figure's face stands in the frame, pixels.

    Attributes:
        box: left, top, right, bottom.
        landmarks: shape (5, 2).
        spread: points all over the face, shape (n, 2).
    """

    box: tuple[float, float, float, float]
    landmarks: Floats
    spread: Floats


def place_of(figure: Figure) -> Place:
    cut = figure.cut
    points = figure.points(np.concatenate([_in_face(cut, _RIM), cut.landmarks, _in_face(cut, _DISH)]))
    outline = points[: len(_RIM)]
    (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
    return Place(
        box=(float(left), float(top), float(right), float(bottom)),
        landmarks=points[len(_RIM) : len(_RIM) + 5],
        spread=points[len(_RIM) + 5 :],
    )


def figure_at(walk: Walk, cut: Cutout, view: View, at_s: float, exposure_s: float) -> Figure | None:
    """A person at a time of the clip; None where they are not on the street."""
    pose = walk.pose(at_s)
    if pose is None:
        return None
    x, y = view.project(pose.x_m, pose.eyes_m, pose.depth_m)
    before = walk.pose(at_s - 0.02)
    smear = (0.0, 0.0)
    if before is not None:
        then_x, then_y = view.project(before.x_m, before.eyes_m, before.depth_m)
        smear = ((x - then_x) / 0.02 * exposure_s, (y - then_y) / 0.02 * exposure_s)
    px = view.focal_px * PUPILS_M * walk.size / pose.depth_m
    return Figure(walk=walk, pose=pose, cut=cut, x=x, y=y, px=px, smear=smear)


def visible(figure: Figure, points: Floats, nearer: list[Figure], view: View) -> float:
    """The share of a face that lies in the frame and behind nobody, 0 to 1; `points`: spread over it."""
    inside = (points >= 0).all(axis=1) & (points < (view.width, view.height)).all(axis=1)
    free = inside.astype(np.float32)
    for other in nearer:
        # Nobody is wider than a bust or higher than its top; a face reaches 1.6 to either side and 2.4 down.
        beside = abs(other.x - figure.x) < -BUST[0] * other.px + 2.0 * figure.px
        if beside and figure.y + 2.6 * figure.px > other.y + (BUST[1] - 0.4) * other.px:
            free *= 1 - other.cover(points)
    return float(free.mean())


def untwisted(points: NDArray[np.floating], pose: Pose) -> NDArray[np.float64]:
    """Which point of the portrait is seen at a point of the turned person; both in pupils, shape (..., 2)."""
    x, y = points[..., 0], points[..., 1] - _NECK
    share = np.minimum(1, np.maximum(0, (1.0 - y) / 1.4))
    # A tilt is at most 0.15, where sine and cosine are their first terms within 0.06 %.
    angle = -pose.roll * share * share * (3 - 2 * share)
    cos = 1 - angle * angle / 2
    x, y = cos * x - angle * y, angle * x + cos * y + (_NECK - _MIDDLE)
    side, down = DEEP * math.sin(pose.yaw), DEEP * math.sin(pose.pitch)
    narrower, shorter = 1 - math.cos(pose.yaw), 1 - math.cos(pose.pitch)
    u, v = x, y
    for _ in range(3):
        dish = np.maximum(0, 1 - u * u / 2.56 - v * v / 4.84)
        u, v = x - dish * (side - narrower * u), y - dish * (down - shorter * v)
    found = np.empty(points.shape)
    found[..., 0], found[..., 1] = u, v + _MIDDLE
    return found


def draw(scene: Picture, figure: Figure, view: View) -> None:
    """Draws one person over what is there; whoever is nearer is drawn later. `scene`: shape (h, w, 3), BGR."""
    _draw_shadow(scene, figure, view)
    _draw_legs(scene, figure, view)
    _lay(scene, _body(figure, scene.shape[:2]), figure.pose.shade)
    _lay(scene, _bust(figure, scene.shape[:2]), figure.pose.shade)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Patch:
    """Pixels to lay over a frame: BGR multiplied by cover, and cover; shape (h, w, 4), uint8; and where."""

    pixels: Picture
    left: int
    top: int


def _bounds(
    figure: Figure, place: tuple[float, float, float, float], shape: tuple[int, ...], room: float
) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of a sheet in the frame, cut at its edges; None where nothing is left."""
    left = max(0, math.floor(figure.x + (place[0] - room) * figure.px))
    top = max(0, math.floor(figure.y + (place[1] - room) * figure.px))
    right = min(shape[1], math.ceil(figure.x + (place[2] + room) * figure.px))
    bottom = min(shape[0], math.ceil(figure.y + (place[3] + room) * figure.px))
    return None if left >= right or top >= bottom else (left, top, right, bottom)


def _bust(figure: Figure, shape: tuple[int, ...]) -> _Patch | None:
    bounds = _bounds(figure, BUST, shape, 0.4)
    if bounds is None:
        return None
    left, top, right, bottom = bounds
    sheet, own = figure.cut.bust.for_scale(figure.px)
    # The turn is smooth: it is worked out every few pixels and spread over those between, a step beyond each edge.
    columns, rows = -(-(right - left) // _STEP_PX) + 2, -(-(bottom - top) // _STEP_PX) + 2
    x = left + (np.arange(columns) - 0.5) * _STEP_PX - 0.5
    y = top + (np.arange(rows) - 0.5) * _STEP_PX - 0.5
    there = np.stack(np.meshgrid((x - figure.x) / figure.px, (y - figure.y) / figure.px), axis=-1)
    at = (untwisted(there, figure.pose) - BUST[:2]) * own - 0.5
    spread = cv2.resize(at.astype(np.float32), (columns * _STEP_PX, rows * _STEP_PX), interpolation=cv2.INTER_LINEAR)[
        _STEP_PX : _STEP_PX + bottom - top, _STEP_PX : _STEP_PX + right - left
    ]
    pixels = cv2.remap(sheet, spread, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)  # type: ignore[call-overload]
    return _Patch(pixels=_smeared(np.asarray(pixels, np.uint8), figure.smear), left=left, top=top)


def _body(figure: Figure, shape: tuple[int, ...]) -> _Patch | None:
    bounds = _bounds(figure, BODY, shape, 0.0)
    if bounds is None:
        return None
    left, top, right, bottom = bounds
    sheet, own = figure.cut.body.for_scale(figure.px)
    scale = figure.px / own
    matrix = np.array(
        [
            [1 / scale, 0, ((left + 0.5 - figure.x) / figure.px - BODY[0]) * own - 0.5],
            [0, 1 / scale, ((top + 0.5 - figure.y) / figure.px - BODY[1]) * own - 0.5],
        ]
    )
    pixels = cv2.warpAffine(sheet, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return _Patch(pixels=np.asarray(pixels, np.uint8), left=left, top=top)


def _smeared(pixels: Picture, smear: tuple[float, float]) -> Picture:
    """Blurs along the way that the head takes while the shutter is open; shorter than 0.7 pixels it is not seen."""
    if math.hypot(*smear) < 0.7:
        return pixels
    half_x, half_y = math.ceil(abs(smear[0]) / 2), math.ceil(abs(smear[1]) / 2)
    kernel = np.zeros((2 * half_y + 2, 2 * half_x + 2), np.float32)
    for share in np.linspace(-0.5, 0.5, 4 * max(half_x, half_y) + 1):
        # A point of the way, shared out between the four pixels around it.
        x, y = half_x + share * smear[0], half_y + share * smear[1]
        column, row = int(x), int(y)
        kernel[row : row + 2, column : column + 2] += np.outer((row + 1 - y, y - row), (column + 1 - x, x - column))
    kernel = kernel[: 2 * half_y + 1, : 2 * half_x + 1]  # the last row and column are empty
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _lay(scene: Picture, patch: _Patch | None, shade: float) -> None:
    if patch is None:
        return
    height, width = patch.pixels.shape[:2]
    under = scene[patch.top : patch.top + height, patch.left : patch.left + width]
    clear = cv2.cvtColor(255 - patch.pixels[..., 3], cv2.COLOR_GRAY2BGR)
    over = cv2.convertScaleAbs(cv2.cvtColor(patch.pixels, cv2.COLOR_BGRA2BGR), alpha=shade)
    cv2.multiply(under, clear, dst=under, scale=1 / 255)
    cv2.add(under, over, dst=under)


def _draw_legs(scene: Picture, figure: Figure, view: View) -> None:
    pose, shade = figure.pose, figure.pose.shade
    hip_y = figure.y + (HIPS + 0.6) * figure.px
    if hip_y >= view.height:
        return
    trousers = tuple(shade * level for level in figure.cut.trousers)
    shoes = tuple(shade * level for level in figure.cut.shoes)
    feet = sorted(zip((-1, 1), figure.walk.feet_m(pose), strict=True), key=lambda foot: -foot[1][2])
    for number, (side, (x_m, lift_m, depth_m)) in enumerate(feet):
        ankle_x, ankle_y = view.project(x_m, 0.09 + lift_m, depth_m)
        px = view.focal_px * PUPILS_M * figure.walk.size / depth_m
        hip_x = figure.x + side * 1.35 * figure.px
        knee_x, knee_y = 0.4 * hip_x + 0.6 * ankle_x, hip_y + 0.52 * (ankle_y - hip_y)
        tone = tuple((0.8 if number == 0 else 1.0) * level for level in trousers)
        outline = [
            (hip_x - 1.45 * figure.px, hip_y),
            (hip_x + 1.45 * figure.px, hip_y),
            (knee_x + 0.95 * px, knee_y),
            (ankle_x + 0.72 * px, ankle_y),
            (ankle_x - 0.72 * px, ankle_y),
            (knee_x - 0.95 * px, knee_y),
        ]
        shoe = (round(ankle_x * 16), round((ankle_y + 0.5 * px) * 16)), (round(0.85 * px * 16), round(0.85 * px * 16))
        cv2.ellipse(scene, *shoe, 0, 0, 360, shoes, -1, cv2.LINE_AA, 4)
        cv2.fillPoly(scene, [np.round(np.array(outline) * 16).astype(np.int32)], tone, cv2.LINE_AA, 4)


def _draw_shadow(scene: Picture, figure: Figure, view: View) -> None:
    """A soft dark patch where the feet stand."""
    x, y = view.project(figure.pose.x_m, 0.0, figure.pose.depth_m)
    half_x, half_y = math.ceil(6.5 * figure.px), math.ceil(1.6 * figure.px)
    left, right = max(0, int(x) - half_x), min(view.width, int(x) + half_x)
    top, bottom = max(0, int(y) - half_y), min(view.height, int(y) + half_y)
    if left >= right or top >= bottom:
        return
    across = ((np.arange(left, right, dtype=np.float32) - x) / half_x)[None] ** 2
    down = ((np.arange(top, bottom, dtype=np.float32) - y) / half_y)[:, None] ** 2
    dark = np.maximum(0, 1 - across - down)
    factor = cv2.merge([np.asarray(1 - 0.4 * dark, np.float32)] * 3)
    under = scene[top:bottom, left:right]
    cv2.multiply(under, factor, dst=under, dtype=cv2.CV_8U)
