"""A folder of painted people, whom the toy recogniser finds and tells apart."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from overt.testing.toy_model import PERSONS, PaintedFace, scene

SIDE = 240


def painted_people(root: Path, *, pictures: int = 2, people: int = PERSONS, width: int = 80) -> Path:
    """One folder a person, one hue each; pictures of one person are equal but for their place by some pixels."""
    for person in range(people):
        folder = root / f"p{person:02}"
        folder.mkdir(parents=True)
        for number in range(pictures):
            face = PaintedFace(person=person, x=SIDE / 2 + 4 * number, y=SIDE / 2, width=width)
            picture = scene(face, width=SIDE, height=SIDE)
            Image.fromarray(picture[:, :, ::-1]).save(folder / f"p{person:02}_{number}.png")
    return root
