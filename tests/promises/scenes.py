"""Scenes for the promise tests, made from the sample footage: a woman who is on no list, a man who is on it, nobody."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tests.needs import sample_footage
from tests.unit.video.clips import Picture, write_clip

FPS = 24
SIZE = 640, 360


def stranger(seconds: float) -> list[Picture]:
    """The woman of the sample footage, 640x360, at 24 pictures a second."""
    return _played("WolfgangLanger_Pexels.mp4", seconds)


def listed() -> list[Picture]:
    """The man of the sample footage, 640x360, three seconds at 24 pictures a second."""
    return _played("single_face.mp4", 3)


def nobody(seconds: float) -> list[Picture]:
    """A grained wall in moving light."""
    random = np.random.default_rng(7)
    grain = np.asarray(6 * cv2.GaussianBlur(random.normal(0, 60, (360, 640, 3)), (0, 0), 4), np.float32)
    count = round(seconds * FPS)
    return [_picture(grain, 120 + 30 * np.sin(k / 5), random) for k in range(count)]


def clip(path: Path, *parts: list[Picture]) -> Path:
    return write_clip(path, [picture for part in parts for picture in part], fps=FPS)


def _played(name: str, seconds: float) -> list[Picture]:
    with av.open(str(sample_footage() / name)) as container:
        frames = islice(container.decode(video=0), round(seconds * FPS))
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames]


def _picture(grain: NDArray[np.float32], light: float, random: np.random.Generator) -> Picture:
    noise = random.normal(0, 2, grain.shape)
    return np.clip(grain + light + noise, 0, 255).astype(np.uint8)
