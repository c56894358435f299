"""Pictures whose first row spells their template, so that every count is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.domain.face import Quality
from overt.faces.recogniser import Portrait

QUALITY = Quality(
    width_px=20,
    eyes_px=8,
    sharpness=1,
    light=128,
    burnt=0,
    contrast=40,
    yaw=0,
    pitch=0,
    roll=0,
    score=0.9,
    overall=1,
)
EAST, NORTH, NORTH_EAST, NOBODY = (200, 0), (0, 200), (200, 200), (0, 0)


def portrait(template: tuple[float, float], box: tuple[float, float, float, float] = (8, 8, 24, 24)) -> Portrait:
    return Portrait(
        box=np.array(box, np.float32),
        landmarks=np.zeros((5, 2), np.float32),
        quality=QUALITY,
        template=np.array(template, np.float32) / np.float32(np.hypot(*template)),
    )


class ColourReader:
    """Takes the red and the green of a picture for a face's template; black shows nobody."""

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        red, green = float(picture[0, 0, 2]), float(picture[0, 0, 1])
        return [portrait((red, green))] if red or green else []


def folder_of(root: Path, people: Mapping[str, list[tuple[int, int]]]) -> Path:
    for name, colours in people.items():
        (root / name).mkdir()
        for number, (red, green) in enumerate(colours, 1):
            Image.new("RGB", (32, 32), (red, green, 0)).save(root / name / f"{name}_{number:04}.png")
    return root


def silent(done: int, total: int) -> None:
    assert 0 < done <= total
