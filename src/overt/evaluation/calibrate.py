"""The impostor curve of a model pack, from a folder with one sub-folder of pictures for each person.

Rules:
  - every pair of pictures of two different people is one comparison; every usable picture is used;
  - a picture that cannot be read or shows no usable face gives no template, and is counted;
  - where several faces are in a picture, the person is the one nearest to its middle among those at least half as
    wide as the widest;
  - relatives and look-alikes stay: they pass cameras, too;
  - a limit of pictures for each person, where one is given, keeps the first by name. Without it a pair of people counts
    as often as their pictures can be paired, so that two brothers with many pictures may be the whole tail;
  - the same pictures give the same curve, and memory grows with the pictures, not with the pairs.

An errata file (CSV with the columns `a`, `b`, `kind`) corrects a set's labels, because a few wrong labels are the whole
tail of a curve. A row that names two pictures by their stems drops both, since one of them bears a wrong name; a row
that names two people by their folders makes them one. `kind` is for the reader. Names that the folder does not hold
are passed over, so that one errata file serves any part of a set.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import BadPicture, Refused
from overt.domain.geometry import FloatArray
from overt.faces.picture import read_picture
from overt.faces.recogniser import Portrait

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
GRID_STEPS: Final = 200
_BLOCK = 1024

Progress = Callable[[int, int], None]


class FindsPortraits(Protocol):
    """What calibration needs of a recogniser: the faces of a picture, shape (h, w, 3), uint8, BGR."""

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class PeopleTemplates:
    """The templates of a set of pictures.

    Attributes:
        templates: shape (n, d), float32, rows of length 1, person after person.
        people: shape (n,), int32: position of each row's person, from 0, not decreasing.
        without_face: pictures in which no usable face was found.
        unreadable: files that could not be read as a picture.
    """

    templates: FloatArray
    people: NDArray[np.int32]
    without_face: int
    unreadable: int


def pictures_by_person(
    folder: Path, errata: Path | None = None, most_pictures: int | None = None
) -> dict[str, list[Path]]:
    """The pictures of each person, people and pictures in the order of their names.

    Args:
        folder: one sub-folder of pictures for each person; other files in it are passed over.
        errata: corrections, see the top of this file.
        most_pictures: pictures kept of each person, at least 1; None keeps all.

    Raises:
        Refused: the folder is no folder or holds fewer than two people, or the errata file cannot be read.
    """
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder.", "Name a folder with one sub-folder of pictures for each person.")
    try:
        people = {
            person.name: sorted(path for path in person.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
            for person in sorted(folder.iterdir())
            if person.is_dir()
        }
    except OSError as error:
        raise Refused(
            f"The folder {error.filename} cannot be read: {error.strerror}.", "Check its permissions."
        ) from None
    if errata is not None:
        people = _corrected(people, _errata_rows(errata))
    people = {name: pictures[:most_pictures] for name, pictures in sorted(people.items()) if pictures}
    if len(people) < 2:
        raise Refused(
            f"{folder} holds pictures of fewer than two people.",
            "Calibration compares different people: one sub-folder of pictures for each person is needed.",
        )
    return people


def calibrate(
    pictures: Mapping[str, Sequence[Path]], recogniser: FindsPortraits, progress: Progress, source: str
) -> ImpostorCurve:
    """The impostor curve of a recogniser's model pack.

    Args:
        pictures: picture files of each person, as `pictures_by_person` gives them.
        recogniser: finds the faces and their templates.
        progress: called with pictures done and pictures in all.
        source: where the pictures come from, in words.

    Raises:
        Refused: fewer than two people have a usable picture.
    """
    return impostor_curve(templates_of(pictures, recogniser, progress), source)


def templates_of(
    pictures: Mapping[str, Sequence[Path]], recogniser: FindsPortraits, progress: Progress
) -> PeopleTemplates:
    """The template of the person in each picture; arguments as those of `calibrate`."""
    total = sum(len(paths) for paths in pictures.values())
    templates: list[FloatArray] = []
    people: list[int] = []
    done = without_face = unreadable = 0
    for person, paths in enumerate(pictures.values()):
        for path in paths:
            try:
                picture = read_picture(path)
            except BadPicture:
                unreadable += 1
            else:
                portrait = _person_of(recogniser.portraits(picture), picture.shape[1], picture.shape[0])
                if portrait is None:
                    without_face += 1
                else:
                    templates.append(portrait.template)
                    people.append(person)
            done += 1
            progress(done, total)
    return PeopleTemplates(
        templates=np.stack(templates) if templates else np.zeros((0, 1), np.float32),
        people=np.array(people, np.int32),
        without_face=without_face,
        unreadable=unreadable,
    )


def impostor_curve(found: PeopleTemplates, source: str) -> ImpostorCurve:
    """Counts every pair of two different people into thresholds from 0 to 1 in steps of 0.005.

    Raises:
        Refused: fewer than two people have a usable picture.
    """
    people = len(np.unique(found.people))
    if people < 2:
        raise Refused(
            "Fewer than two people have a picture with a usable face, so no two people can be compared.",
            "Add sharp, frontal pictures of more people.",
        )
    # Bin 0 holds the scores below 0, bin 1 + k those from k / 200; the last one those of 1.
    bins = np.zeros(GRID_STEPS + 2, np.int64)
    n = len(found.people)
    for top in range(0, n, _BLOCK):
        rows = slice(top, top + _BLOCK)
        for left in range(top, n, _BLOCK):
            columns = slice(left, left + _BLOCK)
            # People ascend, so a later person is both another person and a pair not yet counted.
            pairs = found.people[None, columns] > found.people[rows, None]
            scores = (found.templates[rows] @ found.templates[columns].T)[pairs].astype(np.float64)
            steps = np.clip(np.floor(scores * GRID_STEPS), -1, GRID_STEPS).astype(np.int64)
            bins += np.bincount(steps + 1, minlength=len(bins))
    at_or_above = bins[::-1].cumsum()[::-1]
    return ImpostorCurve(
        thresholds=tuple(step / GRID_STEPS for step in range(GRID_STEPS + 1)),
        errors=tuple(int(count) for count in at_or_above[1:]),
        comparisons=int(at_or_above[0]),
        people=people,
        pictures=n,
        source=source,
    )


def _person_of(portraits: list[Portrait], width: int, height: int) -> Portrait | None:
    if not portraits:
        return None
    widths = [float(portrait.box[2] - portrait.box[0]) for portrait in portraits]
    large = [p for p, face_width in zip(portraits, widths, strict=True) if face_width >= max(widths) / 2]
    return min(
        large,
        key=lambda p: float(np.hypot(p.box[0] + p.box[2] - width, p.box[1] + p.box[3] - height)),
    )


def _errata_rows(errata: Path) -> list[tuple[str, str]]:
    try:
        with errata.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if not {"a", "b"} <= set(reader.fieldnames or ()):
                raise Refused(f"{errata.name} has no columns a and b.", "Write a heading line: a,b,kind.")
            return [((row["a"] or "").strip(), (row["b"] or "").strip()) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"The errata file {errata.name} cannot be read: {error}.", "Name a CSV file in UTF-8.") from error


def _corrected(people: Mapping[str, list[Path]], rows: Sequence[tuple[str, str]]) -> dict[str, list[Path]]:
    first_name = {name: name for name in people}

    def named(name: str) -> str:
        while first_name[name] != name:
            name = first_name[name]
        return name

    dropped: set[str] = set()
    for a, b in rows:
        if a in people and b in people:
            one, other = sorted((named(a), named(b)))
            first_name[other] = one
        elif a not in people and b not in people:
            dropped.update((a, b))
    merged: dict[str, list[Path]] = {}
    for name, pictures in people.items():
        merged.setdefault(named(name), []).extend(path for path in pictures if path.stem not in dropped)
    return merged
