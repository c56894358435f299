"""Who plays in a rehearsed street: portrait photographs from a folder, each with the face that was found in it.

Rules:
  - one picture file is one person, named by the file without its ending; one sub-folder of pictures is one person,
    named by the sub-folder. The names are those that a watch list of the same folder would have;
  - where several faces are in a picture, the person is the one nearest to its middle among those at least half as wide
    as the widest;
  - a picture that cannot be read, shows no face, or a face of fewer than LEAST_FACE_PX pixels, is left out and named;
  - who takes part is drawn by the seed from the names, so that the same folder and seed give the same people;
  - no more pictures are read than the passages need.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture, Refused
from overt.domain.geometry import FloatArray
from overt.domain.progress import Progress
from overt.evaluation.samples import SUFFIXES, FindsPortraits, person_of
from overt.faces.picture import decoded_picture

LEAST_FACE_PX: Final = 32
_BYTES_LIMIT: Final = 50_000_000

Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Role:
    """One portrait that walks.

    Attributes:
        person: the reference: file stem or sub-folder.
        picture: name of the file below the folder.
        photograph: shape (h, w, 3), uint8, BGR.
        box: shape (4,), float32: left, top, right, bottom of the face, pixels of the photograph.
        landmarks: shape (5, 2), float32, likewise: the eyes, the nose and the corners of the mouth as
            `overt.faces.align.REFERENCE` orders them.
        digest: SHA-256 of the file, hexadecimal.
    """

    person: str
    picture: str
    photograph: Picture
    box: FloatArray
    landmarks: FloatArray
    digest: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A picture that nobody walks with. `picture`: its name below the folder; `reason`: in words."""

    picture: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Cast:
    """Those who take part.

    Attributes:
        roles: person after person.
        people: for each person the positions of their roles, at least one.
        left_out: pictures that were looked at and cannot be used.
    """

    roles: tuple[Role, ...]
    people: tuple[tuple[int, ...], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the names and bytes of the pictures, hexadecimal."""
        lines = "".join(f"{role.person}\t{role.picture}\t{role.digest}\n" for role in self.roles)
        return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def people_in(folder: Path, *, hold_back: bool = False) -> dict[str, list[Path]]:
    """The pictures of each person in a folder, people and pictures in the order of their names.

    Args:
        hold_back: the first picture of everybody with several stays out, so that it can stand on a watch list.

    Raises:
        Refused: the folder is missing, no folder, unreadable, or holds no picture.
    """
    if not folder.is_dir():
        raise Refused(
            f"{folder} is not a folder.", "Name a folder with one portrait, or one sub-folder of portraits, a person."
        )
    people: dict[str, list[Path]] = {}
    try:
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.startswith("."):
                continue
            if path.is_dir():
                people.setdefault(path.name, []).extend(sorted(one for one in path.iterdir() if _is_picture(one)))
            elif _is_picture(path):
                people.setdefault(path.stem, []).append(path)
    except OSError as fault:
        raise Refused(
            f"The folder {fault.filename} cannot be read: {fault.strerror}.", "Check its permissions."
        ) from None
    people = {person: pictures for person, pictures in people.items() if pictures}
    if not people:
        raise Refused(
            f"The folder {folder} holds no picture.",
            "Put one portrait, or one sub-folder of portraits, of each person into it.",
        )
    if hold_back:
        people = {person: pictures[1:] or pictures for person, pictures in people.items()}
    return people


def cast_of(
    folder: Path,
    people: Mapping[str, Sequence[Path]],
    recogniser: FindsPortraits,
    progress: Progress,
    *,
    passages: int,
    most_people: int | None = None,
    seed: int,
) -> Cast:
    """Reads the portraits of as many people as the passages need.

    Args:
        folder: in which they lie.
        people: as `people_in` gives them.
        recogniser: finds the faces.
        progress: called with people found and people wanted.
        passages: people wanted at most.
        most_people: fewer people, each with more passages; None: as many as there are.

    Raises:
        Refused: no picture shows a usable face.
    """
    names = sorted(people)
    order = np.random.default_rng([seed, 3]).permutation(len(names))
    wanted = min(len(names), passages, most_people or passages)
    pictures_each = -(-passages // wanted)
    roles: list[Role] = []
    found: list[tuple[int, ...]] = []
    left_out: list[LeftOut] = []
    progress(0, wanted)
    for at in order:
        own: list[int] = []
        for path in people[names[at]]:
            role = _role(folder, path, names[at], recogniser)
            if isinstance(role, LeftOut):
                left_out.append(role)
                continue
            own.append(len(roles))
            roles.append(role)
            if len(own) == pictures_each:
                break
        if own:
            found.append(tuple(own))
            progress(len(found), wanted)
        if len(found) == wanted:
            break
    if not found:
        raise Refused(
            f"None of the {len(left_out):,} pictures in {folder} can be used: {left_out[0].picture}: "
            f"{left_out[0].reason}.",
            "Use portraits from the front, sharp, with a face at least "
            f"{LEAST_FACE_PX} pixels wide and the shoulders in the picture.",
        )
    return Cast(roles=tuple(roles), people=tuple(found), left_out=tuple(left_out))


def _role(folder: Path, path: Path, person: str, recogniser: FindsPortraits) -> Role | LeftOut:
    name = path.relative_to(folder).as_posix()
    try:
        content = _content(path)
        photograph = decoded_picture(content, path.name)
    except BadPicture as fault:
        return LeftOut(picture=name, reason=fault.sentence.replace(f"{path.name} ", "it ", 1).rstrip("."))
    portrait = person_of(recogniser.portraits(photograph), photograph.shape[1], photograph.shape[0])
    if portrait is None:
        return LeftOut(picture=name, reason="no face was found")
    wide = float(portrait.box[2] - portrait.box[0])
    if wide < LEAST_FACE_PX:
        return LeftOut(picture=name, reason=f"its face is {wide:.0f} pixels wide, fewer than {LEAST_FACE_PX}")
    return Role(
        person=person,
        picture=name,
        photograph=photograph,
        box=portrait.box,
        landmarks=portrait.landmarks,
        digest=hashlib.sha256(content).hexdigest(),
    )


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _BYTES_LIMIT:
            raise BadPicture(f"{path.name} has more than {_BYTES_LIMIT // 1_000_000} MB.", "Save it smaller.")
        return path.read_bytes()
    except OSError as fault:
        raise BadPicture(f"{path.name} cannot be read: {fault.strerror}.", "Check who may read it.") from None


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
