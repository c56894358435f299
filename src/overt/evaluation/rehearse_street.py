"""The street itself: drawn in perspective, or a photograph that is given.

The drawn street has a paved ground, a row of houses on either side and haze at its end. It is plain on purpose: no
people, signs or faces, so that whatever is found in a rehearsal was put there.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.evaluation.rehearse_walk import CAMERA_M, View

Picture = NDArray[np.uint8]

_HALF_STREET_M: Final = 5.5
_NEAR_M: Final = 3.0
_END_M: Final = 70.0
_HOUSE_M: Final = 9.0
_TALL_M: Final = 12.0
_PX_PER_M: Final = 20
_LAMPLIGHT: Final = (150.0, 205.0, 235.0)
_WALLS: Final = ((150, 170, 188), (120, 138, 160), (165, 172, 175), (92, 110, 150), (140, 150, 150), (176, 190, 200))


def drawn_street(view: View, seed: int, sky: float = 1.0) -> Picture:
    """A street of the picture's size, shape (h, w, 3), uint8, BGR, before the camera makes it darker.

    Args:
        sky: its brightness, 0 to 1; under a dark one some windows have light.
    """
    chance = np.random.default_rng([seed, 7])
    scene = np.asarray(_sky(view) * sky, np.uint8)
    for side in (-1, 1):
        wall = _houses(chance, 0.5 * (1 - sky))
        x = side * _HALF_STREET_M
        corners = [(x, _TALL_M, _NEAR_M), (x, _TALL_M, _END_M), (x, 0.0, _END_M), (x, 0.0, _NEAR_M)]
        _lay(scene, wall, [view.project(*corner) for corner in corners])
    ground = _paving(chance)
    x = _HALF_STREET_M
    corners = [(-x, 0.0, _END_M), (x, 0.0, _END_M), (x, 0.0, _NEAR_M * 0.6), (-x, 0.0, _NEAR_M * 0.6)]
    _lay(scene, ground, [view.project(*corner) for corner in corners])
    _haze(scene, view, sky)
    # What is behind the people is a little out of focus.
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), max(0.6, view.height / 800)), np.uint8)


def photographed_street(view: View, picture: Picture) -> Picture:
    """A photograph cut and scaled so that it fills the frame; shape (h, w, 3), uint8, BGR."""
    height, width = picture.shape[:2]
    scale = max(view.width / width, view.height / height)
    grown = cv2.resize(
        picture,
        (max(view.width, round(width * scale)), max(view.height, round(height * scale))),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
    )
    top, left = (grown.shape[0] - view.height) // 2, (grown.shape[1] - view.width) // 2
    return np.ascontiguousarray(grown[top : top + view.height, left : left + view.width], np.uint8)


def _sky(view: View) -> Picture:
    down = np.linspace(0, 1, view.height, dtype=np.float32)[:, None, None]
    blue, pale = np.array([232, 214, 196], np.float32), np.array([236, 236, 232], np.float32)
    share = np.minimum(1, down / 0.2)
    return np.broadcast_to(blue * (1 - share) + pale * share, (view.height, view.width, 3)).astype(np.uint8)


def _lay(scene: Picture, texture: Picture, corners: list[tuple[float, float]]) -> None:
    """Lays a texture over four corners: upper left, upper right, lower right, lower left of the texture."""
    height, width = texture.shape[:2]
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, np.float32))
    size = (scene.shape[1], scene.shape[0])
    laid = cv2.warpPerspective(texture, matrix, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size, flags=cv2.INTER_LINEAR) > 127
    scene[cover] = laid[cover]


def _houses(chance: np.random.Generator, lit: float) -> Picture:
    """A row of house fronts, from near to far; `lit`: share of windows with light behind them."""
    length = round((_END_M - _NEAR_M) * _PX_PER_M)
    row = np.zeros((round(_TALL_M * _PX_PER_M), length, 3), np.uint8)
    left = -round(float(chance.uniform(0, 0.6)) * _HOUSE_M * _PX_PER_M)
    while left < length:
        wide = round(float(chance.uniform(0.7, 1.3)) * _HOUSE_M * _PX_PER_M)
        house = _house(chance, wide, lit)
        start, end = max(0, left), min(length, left + wide)
        row[:, start:end] = house[:, start - left : end - left]
        left += wide
    grain = cv2.GaussianBlur(chance.normal(0, 9, row.shape[:2]).astype(np.float32), (0, 0), 1.5)[..., None]
    return np.asarray(np.clip(row + grain, 0, 255), np.uint8)


def _house(chance: np.random.Generator, wide: int, lit: float) -> Picture:
    m = _PX_PER_M
    colour = np.array(_WALLS[int(chance.integers(len(_WALLS)))]) * float(chance.uniform(0.8, 1.05))
    front = np.empty((round(_TALL_M * m), wide, 3), np.uint8)
    front[:] = np.clip(colour, 0, 255).astype(np.uint8)
    glass = tuple(float(level) for level in chance.uniform(50, 95) + chance.uniform(-8, 8, 3))
    frame = tuple(float(level) for level in np.clip(colour * 1.25, 0, 255))
    columns = max(2, wide // round(2.4 * m))
    for floor_m in (6.2, 9.2):
        for column in range(columns):
            x = round((column + 0.5) * wide / columns)
            top, bottom = round((_TALL_M - floor_m - 1.8) * m), round((_TALL_M - floor_m) * m)
            cv2.rectangle(front, (x - round(0.6 * m), top), (x + round(0.6 * m), bottom), frame, -1)
            pane = _LAMPLIGHT if chance.random() < lit else glass
            cv2.rectangle(front, (x - round(0.5 * m), top + 2), (x + round(0.5 * m), bottom - 2), pane, -1)
    band, sill = round((_TALL_M - 4.2) * m), round((_TALL_M - 3.4) * m)
    awning = tuple(float(level) for level in chance.uniform(60, 150) + chance.uniform(-25, 25, 3))
    cv2.rectangle(front, (4, band), (wide - 5, sill), awning, -1)
    window = _LAMPLIGHT if chance.random() < lit else glass
    cv2.rectangle(front, (round(0.5 * m), sill), (wide - round(1.8 * m), round((_TALL_M - 0.6) * m)), window, -1)
    dark = tuple(level * 0.6 for level in glass)
    cv2.rectangle(front, (wide - round(1.5 * m), sill), (wide - round(0.5 * m), round(_TALL_M * m)), dark, -1)
    return front


def _paving(chance: np.random.Generator) -> Picture:
    """Slabs seen from above, far end up."""
    m = _PX_PER_M
    height, width = round((_END_M - _NEAR_M * 0.6) * m), round(2 * _HALF_STREET_M * m)
    rows, columns = height // m + 1, width // m + 1
    tones = chance.normal(0, 6, (rows, columns)).astype(np.float32)
    slabs = np.repeat(np.repeat(tones, m, 0), m, 1)[:height, :width]
    grain = cv2.GaussianBlur(chance.normal(0, 10, (height, width)).astype(np.float32), (0, 0), 1.2)
    level = 146 + slabs + grain
    level[::m] -= 26
    level[:, ::m] -= 26
    kerb = round(1.1 * m)
    level[:, kerb : kerb + 4] += 22
    level[:, -kerb - 4 : -kerb] += 22
    return np.asarray(np.clip(level[..., None] * np.array([0.98, 1.0, 1.02]), 0, 255), np.uint8)


def _haze(scene: Picture, view: View, sky: float) -> None:
    """Pales what is far: around the horizon in the middle of the picture."""
    y = (np.arange(view.height, dtype=np.float32)[:, None] - view.horizon_px) / view.focal_px
    x = (np.arange(view.width, dtype=np.float32)[None] - view.width / 2) / view.focal_px
    # Depth of the ground, of the walls, and of the end of the street: what is nearest counts.
    ground = np.where(y > 0, CAMERA_M / np.maximum(y, 1e-4), np.inf)
    walls = _HALF_STREET_M / np.maximum(np.abs(x), 1e-4)
    depth = np.minimum(np.minimum(ground, walls), 2 * _END_M)
    share = (0.75 * (1 - np.exp(-depth / 60)))[..., None].astype(np.float32)
    scene[:] = (scene * (1 - share) + np.array([228, 226, 222], np.float32) * (sky * share)).astype(np.uint8)
