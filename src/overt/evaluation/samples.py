"""Pictures of known people, and what a model pack makes of each.

Rules:
  - one sub-folder of pictures for each person; a picture that cannot be read or shows no usable face keeps its place:
    it is a failure to acquire, and never drops out of a figure;
  - where several faces are in a picture, the person is the one nearest to its middle among those at least half as
    wide as the widest;
  - the same pictures give the same samples, people and pictures in the order of their names.

An errata file (CSV with the columns `a`, `b`, `kind`) corrects a set's labels, because a few wrong labels are the whole
tail of a curve. A row that names two pictures by their stems drops both, since one of them bears a wrong name; a row
that names two people by their folders makes them one. `kind` is for the reader. Names that the folder does not hold
are passed over, so that one errata file serves any part of a set.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture, Refused
from overt.domain.geometry import FloatArray
from overt.domain.progress import Progress
from overt.faces.picture import read_picture
from overt.faces.recogniser import Portrait

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
ACQUIRED, NO_FACE, UNREADABLE = "", "no face", "unreadable"


class FindsPortraits(Protocol):
    """What evaluation needs of a recogniser: the faces of a picture, shape (h, w, 3), uint8, BGR."""

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """What a pack makes of pictures of known people, picture by picture, person after person.

    Attributes:
        templates: shape (n, d), float32, rows of length 1; zeros where nothing was acquired.
        people: shape (n,), int32: position of each picture's person in `names`, not decreasing.
        names: the people, as their folders are called.
        pictures: n file names.
        failures: n words: ACQUIRED, NO_FACE or UNREADABLE.

    Raises:
        ValueError: arrays that do not belong together.
    """

    templates: FloatArray
    people: NDArray[np.int32]
    names: tuple[str, ...]
    pictures: tuple[str, ...]
    failures: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.templates)
        if not len(self.people) == len(self.pictures) == len(self.failures) == n or self.templates.ndim != 2:
            raise ValueError("every picture has a template, a person, a name and a word on its failure")
        if n and (int(self.people[-1]) >= len(self.names) or self.people[0] < 0 or (np.diff(self.people) < 0).any()):
            raise ValueError("people are numbered from 0 and come one after the other")

    @property
    def acquired(self) -> NDArray[np.bool_]:
        """Shape (n,): whether the picture gave a template."""
        return np.array([failure == ACQUIRED for failure in self.failures], np.bool_)

    def count(self, failure: str) -> int:
        return self.failures.count(failure)


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


class Known(Protocol):
    """What an earlier run kept of pictures (`overt.evaluation.kept.KeptTemplates`)."""

    def get(self, picture: Path) -> tuple[FloatArray | None, str] | None: ...

    def put(self, picture: Path, template: FloatArray | None, failure: str) -> None: ...


def samples_of(
    pictures: Mapping[str, Sequence[Path]],
    recogniser: FindsPortraits,
    progress: Progress,
    known: Known | None = None,
) -> Samples:
    """The template of the person in each picture.

    Args:
        pictures: picture files of each person, as `pictures_by_person` gives them.
        recogniser: finds the faces and their templates.
        progress: called with pictures done and pictures in all.
        known: what an interrupted run kept; what is found now is put there, too.
    """
    total = sum(len(paths) for paths in pictures.values())
    templates: list[FloatArray | None] = []
    people: list[int] = []
    failures: list[str] = []
    for person, paths in enumerate(pictures.values()):
        for path in paths:
            template, failure = _sample(path, recogniser, known)
            templates.append(template)
            people.append(person)
            failures.append(failure)
            progress(len(people), total)
    length = next((len(template) for template in templates if template is not None), 1)
    missing = np.zeros(length, np.float32)
    stacked = [missing if template is None else template for template in templates]
    return Samples(
        templates=np.stack(stacked) if stacked else np.zeros((0, length), np.float32),
        people=np.array(people, np.int32),
        names=tuple(pictures),
        pictures=tuple(_name(path) for paths in pictures.values() for path in paths),
        failures=tuple(failures),
    )


def part_of(samples: Samples, rows: NDArray[np.intp]) -> Samples:
    """Some pictures of a set; the rows ascend."""
    return replace(
        samples,
        templates=samples.templates[rows],
        people=samples.people[rows],
        pictures=tuple(samples.pictures[row] for row in rows),
        failures=tuple(samples.failures[row] for row in rows),
    )


def centre_of(samples: Samples) -> tuple[float, ...]:
    """The mean template of people, each by their first acquired picture: what all have in common.

    Args:
        samples: templates from which no centre was taken off.

    Raises:
        Refused: nobody gave a template.
    """
    acquired = samples.acquired
    _, first = np.unique(samples.people[acquired], return_index=True)
    if not len(first):
        raise Refused("No picture shows a usable face.", "Add sharp, frontal pictures.")
    centre = samples.templates[acquired][first].mean(axis=0, dtype=np.float64)
    return tuple(round(float(number), 6) for number in centre)


def centred(samples: Samples, centre: Sequence[float]) -> Samples:
    """The same samples with a centre taken off, as the recipe of a pack does it."""
    if not centre:
        return samples
    off = samples.templates - np.array(centre, np.float32)
    length = np.maximum(np.linalg.norm(off, axis=1, keepdims=True), 1e-12)
    templates = np.where(samples.acquired[:, None], off / length, 0).astype(np.float32)
    return replace(samples, templates=templates)


def pictures_digest(pictures: Mapping[str, Sequence[Path]]) -> str:
    """SHA-256 over people, file names and contents, 64 hexadecimal digits: two runs with the same one saw the same.

    Raises:
        Refused: a file cannot be read.
    """
    digest = hashlib.sha256()
    for person, paths in pictures.items():
        for path in paths:
            try:
                with path.open("rb") as opened:
                    content = hashlib.file_digest(opened, "sha256").hexdigest()
            except OSError as error:
                raise Refused(f"{path} cannot be read: {error.strerror}.", "Check who may read it.") from error
            digest.update(f"{person}\0{path.name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def chosen(samples: Samples, pictures: Mapping[str, Sequence[Path]]) -> Samples:
    """The same pictures under other labels: those of `pictures`, all of which are among the samples."""
    place = {picture: row for row, picture in enumerate(samples.pictures)}
    rows = [place[_name(path)] for paths in pictures.values() for path in paths]
    return Samples(
        templates=samples.templates[rows],
        people=np.repeat(np.arange(len(pictures), dtype=np.int32), [len(paths) for paths in pictures.values()]),
        names=tuple(pictures),
        pictures=tuple(samples.pictures[row] for row in rows),
        failures=tuple(samples.failures[row] for row in rows),
    )


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _sample(path: Path, recogniser: FindsPortraits, known: Known | None) -> tuple[FloatArray | None, str]:
    kept = None if known is None else known.get(path)
    if kept is not None:
        return kept
    template, failure = _read(path, recogniser)
    if known is not None:
        known.put(path, template, failure)
    return template, failure


def _read(path: Path, recogniser: FindsPortraits) -> tuple[FloatArray | None, str]:
    try:
        picture = read_picture(path)
    except BadPicture:
        return None, UNREADABLE
    portrait = person_of(recogniser.portraits(picture), picture.shape[1], picture.shape[0])
    return (None, NO_FACE) if portrait is None else (portrait.template, ACQUIRED)


def person_of(portraits: list[Portrait], width: int, height: int) -> Portrait | None:
    """The face that a picture of one person is of; `width` and `height` of the picture, pixels."""
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
