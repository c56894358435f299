"""The demonstration: footage becomes a small deployment, in a folder that is gone when it is over.

Rules:
  - every video of the folder is a camera; every picture is for the list;
  - a picture of one person is an entry under its own name; a group picture becomes one filler entry a face;
  - nothing outlives the demonstration but the footage itself.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.domain.errors import BadPicture, Refused
from overt.domain.time import to_datetime
from overt.faces.picture import read_picture
from overt.services.lists import PortraitReader

VIDEOS = (".mp4", ".mkv", ".mov", ".avi", ".webm")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
#: A filler is cut out of its group picture so many times as large as the face.
CUT = 1.35
HOURS = 8
_PREFIX = "demonstration-"

_FILE = """\
# The deployment of this demonstration. It is a rehearsal: recorded footage, and everything is gone when it ends.
[deployment]
name = "Demonstration"
place = "This computer"
use_case = "protective"
policy = "consent"
purpose = "self-exclusion"

[authority]
legal_basis = "none is needed: the people in the sample footage agreed to its publication"
aim = "to show what live facial recognition does"
necessity = "seeing it is the quickest way to judge it"
proportionality = "recorded footage only, nobody passes, nothing outlasts it"
alternatives = "reading about it"
authorised_by = "authorising officer"
valid_from = {opens}
valid_until = {closes}

[watchlist]
folder = "people"
wanted_far = 0.001
"""

_CAMERA = """
[[camera]]
name = "{name}"
url = "{url}"
zone = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
smallest_face_px = 40
"""


@contextmanager
def demonstration(footage: Path, reader: PortraitReader, cache: Path, now_us: int) -> Iterator[Path]:
    """A deployment file for the footage; it and the list's pictures are removed afterwards.

    Args:
        footage: folder with videos and pictures.
        reader: finds the faces of group pictures.
        cache: folder in which the temporary one is made.
        now_us: the authority opens a minute before it.

    Raises:
        Refused: there is no video or no picture in the folder.
    """
    videos, pictures = _files(footage, VIDEOS), _files(footage, PICTURES)
    for kind, found, example in (("video", videos, "clip.mp4"), ("picture", pictures, "person.jpg")):
        if not found:
            raise Refused(f"There is no {kind} in {footage}.", f"Put one there, such as {example}.")
    cache.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(cache)
    with TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=cache) as folder:
        people = Path(folder) / "people"
        people.mkdir()
        for name, picture in _named(pictures).items():
            _enter(name, picture, reader, people)
        opens = to_datetime(now_us) - timedelta(minutes=1)
        closes = opens + timedelta(hours=HOURS)
        text = _FILE.format(opens=f"{opens:%Y-%m-%dT%H:%M:%SZ}", closes=f"{closes:%Y-%m-%dT%H:%M:%SZ}")
        for name, video in _named(videos).items():
            text += _CAMERA.format(name=_toml(name), url=_toml(str(video.resolve())))
        deployment = Path(folder) / "deployment.toml"
        deployment.write_text(text, "utf-8")
        yield deployment


def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}.", "Name a folder with videos and pictures of faces.")
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in endings and path.is_file() and not path.name.startswith(".")
    )


def _named(paths: list[Path]) -> dict[str, Path]:
    """Each file by its stem, or by its whole name where two have the same stem."""
    stems = [path.stem for path in paths]
    return {path.stem if stems.count(path.stem) == 1 else path.name: path for path in paths}


def _remove_left_behind(cache: Path) -> None:
    """Removes the folders of demonstrations that were killed before they could."""
    for folder in cache.glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).split("-")[0]
        if process.isdecimal() and not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _enter(name: str, path: Path, reader: PortraitReader, people: Path) -> None:
    try:
        picture = read_picture(path)
    except BadPicture:
        shutil.copy(path, people)  # the list says what is wrong with it
        return
    faces = reader.portraits(picture)
    cuts = [picture] if len(faces) < 2 else [_cut(picture, face.box) for face in faces]
    for number, cut in enumerate(cuts, start=1):
        entry = name if len(cuts) == 1 else f"{name} face {number}"
        Image.fromarray(np.ascontiguousarray(cut[:, :, ::-1])).save(people / f"{entry}.png")


def _cut(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    left, top, right, bottom = (float(value) for value in box)
    side = CUT * max(right - left, bottom - top)
    x, y = (left + right) / 2, (top + bottom) / 2
    rows = slice(max(0, int(y - side / 2)), int(y + side / 2))
    columns = slice(max(0, int(x - side / 2)), int(x + side / 2))
    return picture[rows, columns]


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
