"""How much each condition costs: the same people before the camera, one condition worse step by step.

The measurement, in steps:

1. People with at least two usable pictures are drawn by the seed. One picture of each goes on the list, clean; another
   one is the probe. Other people fill the list.
2. Each probe is laid into a frame, spoiled, and looked at as a camera looks (`envelope_look`), at every level of every
   condition.
3. A probe is found where its own entry is the best of the list and reaches the threshold that follows from the pack's
   calibration for a list of this size. What is not acquired stays in, as a miss.
4. Two conditions come from natural pictures, because no honest way spoils a clean one: `yaw` from the probe people's
   other pictures, `side-light` from a set whose file names carry the light's direction. There pictures and people
   differ from level to level.

5. What a crowd costs shows in moving streets only, so it is measured on rehearsed ones (`envelope_crowd`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture, Refused
from overt.domain.geometry import FloatArray
from overt.domain.progress import Progress
from overt.evaluation.envelope_crowd import CROWD
from overt.evaluation.envelope_crowd import ENDS as CROWD_ENDS
from overt.evaluation.envelope_edges import Level
from overt.evaluation.envelope_look import SHOWN, Framed, OneLook, Seen, framed
from overt.evaluation.envelope_spoil import GREY, ByteArray, Condition, FaceAt
from overt.evaluation.samples import FindsPortraits, person_of
from overt.faces.picture import read_picture
from overt.faces.recogniser import Portrait

YAW: Final = Condition(
    name="yaw",
    says="Natural pictures of the same people, by how far the face is turned; people differ from level to level.",
    unit="turn to either side, half face widths",
    clean=0.05,
    levels=(0.15, 0.25, 0.35, 0.45, 0.60, 0.85),
    live=("face_yaw",),
)
SIDE_LIGHT: Final = Condition(
    name="side-light",
    says="Pictures of a set that carries the light's direction, by its angle from the camera's axis.",
    unit="angle of the light, degrees",
    clean=6.0,
    levels=(18.5, 37.5, 63.5, 100.0),
    not_live="Overt does not measure yet from where the light falls.",
)
_YAW_ENDS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.001)
_ANGLE_ENDS: Final = (0.0, 12.001, 25.001, 50.001, 77.001, 181.0)  # the subsets of Georghiades and others, 2001
_DIRECTION: Final = re.compile(r"A([+-]\d{1,3})E([+-]\d{1,2})$")
_FEWEST: Final = 10
_MARGIN: Final = 0.5
_UNSHRUNK_PX: Final = 20.0

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cast:
    """Who is on the list, and who is before the camera.

    Attributes:
        entries: shape (rows, d), float32, unit rows; row i is the entry of probe i, the rows after them are others'.
        probes: n of them; None where the clean picture shows no face: a miss at every level.
        further: n lists of pictures: all of that person's but the one on the list.
    """

    entries: FloatArray
    probes: tuple[Framed | None, ...]
    further: tuple[tuple[Path, ...], ...]


def cast_of(
    pictures: Mapping[str, Sequence[Path]],
    recogniser: FindsPortraits,
    *,
    people: int,
    list_size: int,
    seed: int,
    progress: Progress,
) -> Cast:
    """Draws the people, and reads their pictures.

    Args:
        pictures: of each person, as `pictures_by_person` gives them.
        people: probes wanted; fewer where the folder has fewer people with two pictures.
        list_size: rows of the list, at least `people`.
        seed: of the draw.
        progress: called with pictures done and pictures in all.

    Raises:
        Refused: nobody has two usable pictures, or too few people fill the list.
    """
    chance = np.random.default_rng(seed)
    order = [list(pictures)[i] for i in chance.permutation(len(pictures))]
    shuffled = {name: [pictures[name][i] for i in chance.permutation(len(pictures[name]))] for name in order}
    wanted = min(people, list_size, sum(len(paths) > 1 for paths in pictures.values()))
    entries: list[FloatArray] = []
    probes: list[Framed | None] = []
    further: list[tuple[Path, ...]] = []
    drawn = set()
    for name in order:
        if len(probes) == wanted:
            break
        first = _first_usable(shuffled[name][:-1], recogniser)
        if first is None:
            continue
        at, portrait = first
        entries.append(portrait.template)
        probes.append(_probe(shuffled[name][at + 1], recogniser))
        further.append(tuple(path for path in sorted(shuffled[name]) if path != shuffled[name][at]))
        drawn.add(name)
        progress(len(entries), list_size)
    if len(probes) < 2:
        raise Refused(
            "Fewer than two people have two pictures with a usable face.",
            "One picture of a person goes on the list and another before the camera: add pictures.",
        )
    for name in order:
        if len(entries) == list_size:
            break
        found = None if name in drawn else _first_usable(shuffled[name], recogniser)
        if found is not None:
            entries.append(found[1].template)
            progress(len(entries), list_size)
    if len(entries) < list_size:
        raise Refused(
            f"{len(entries):,} people have a usable picture, which does not fill a list of {list_size:,}.",
            f"Ask for a list of at most {len(entries):,} with --list-size, or add people.",
        )
    return Cast(entries=np.stack(entries), probes=tuple(probes), further=tuple(further))


def spoiled_level(cast: Cast, look: OneLook, condition: Condition, index: int, seed: int, progress: Progress) -> Level:
    """One level of a condition that spoils, for every probe.

    Args:
        index: 0 is clean, 1 the first of `condition.levels`, and so on.
        seed: with the condition, the level and the probe it gives the random numbers, whatever was measured before.
        progress: called with probes done and probes in all.
    """
    level = (condition.clean, *condition.levels)[index]
    seen: list[Seen | None] = []
    for i, probe in enumerate(cast.probes):
        if probe is None:
            seen.append(None)
        elif index == 0:
            seen.append(look.look(probe.picture, probe.face))
        elif condition.spoil is None:
            smaller = framed(probe.picture, probe.face, level)
            seen.append(look.look(smaller.picture, smaller.face, level))
        else:
            chance = np.random.default_rng([seed, zlib.crc32(condition.name.encode()), index, i])
            seen.append(look.look(condition.spoil(probe.picture, probe.face, level, chance), probe.face))
        progress(i + 1, len(cast.probes))
    return _level(level, np.arange(len(seen)), seen, cast.entries)


def natural_yaws(cast: Cast, look: OneLook, recogniser: FindsPortraits, progress: Progress) -> Level:
    """Every further picture of the people, as it is, with its yaw under "yaw"; to be cut by `by_yaw`.

    The yaw is that of the portrait, which is searched for more patiently than a camera's frame, so that a face that a
    camera misses has one, too. A picture without any face has none and is left out.
    """
    paths = [(person, path) for person, pictures in enumerate(cast.further) for path in pictures]
    people, seen, yaws = [], [], []
    for done, (person, path) in enumerate(paths, 1):
        picture, portrait = _portrait(path, recogniser)
        if picture is not None and portrait is not None:
            probe = framed(picture, _face(portrait))
            people.append(person)
            seen.append(look.look(probe.picture, probe.face))
            yaws.append(abs(portrait.quality.yaw))
        progress(done, len(paths))
    return _level(0.0, np.array(people, np.int64), seen, cast.entries, yaw=np.array(yaws))


def side_lights(
    pictures: Mapping[str, Sequence[Path]], cast: Cast, look: OneLook, recogniser: FindsPortraits, progress: Progress
) -> Level:
    """Every picture of a set whose file names end in the light's direction, such as A+035E-20 (azimuth and elevation in
    degrees), with its angle under "angle"; to be cut by `by_angle`.

    Each person's picture with the light from the camera (A+000E+00) takes a place on the list, in which the cast's
    last entries make room. Pictures are padded with grey before they are looked at, since they may show nothing but the
    face; where the face lies is taken from the frontal one. They are not shrunk for the detector: that hides a face
    without hair and neck, whatever its light.

    Raises:
        Refused: nobody has a usable picture with frontal light, or there are more such people than entries.
    """
    people: list[int] = []
    seen: list[Seen | None] = []
    angles: list[float] = []
    entries: list[FloatArray] = []
    total, done = sum(map(len, pictures.values())), 0
    for paths in pictures.values():
        lit = [(angle, path) for path in paths if (angle := light_angle(path.stem)) is not None]
        frontal = next((path for angle, path in lit if angle == 0), None)
        portrait = None if frontal is None else _padded_portrait(frontal, recogniser)[1]
        for angle, path in lit if portrait is not None else ():
            if path != frontal and portrait is not None:
                picture = _padded_portrait(path, None)[0]
                probe = None if picture is None else framed(picture, _face(portrait))
                people.append(len(entries))
                seen.append(None if probe is None else look.look(probe.picture, probe.face, _UNSHRUNK_PX))
                angles.append(angle)
        if portrait is not None:
            entries.append(portrait.template)
        done += len(paths)
        progress(done, total)
    if not seen or len(entries) > len(cast.entries):
        raise Refused(
            "No light's direction can be measured with these pictures.",
            "File names end in the direction, such as A+035E-20; each person needs a usable one of A+000E+00, and the "
            "list must be as long as there are people.",
        )
    rows = np.concatenate([np.stack(entries), cast.entries[: len(cast.entries) - len(entries)]])
    return _level(0.0, np.array(people, np.int64), seen, rows, angle=np.array(angles))


def by_yaw(flat: Level) -> tuple[Condition, tuple[Level, ...]]:
    """The levels of `YAW` that at least 10 people show."""
    return _cut(YAW, flat, "yaw", _YAW_ENDS)


def by_angle(flat: Level) -> tuple[Condition, tuple[Level, ...]]:
    """The levels of `SIDE_LIGHT` that at least 10 people show."""
    return _cut(SIDE_LIGHT, flat, "angle", _ANGLE_ENDS)


def by_crowd(flat: Level) -> tuple[Condition, tuple[Level, ...]]:
    """The levels of `CROWD` in which at least 10 people walk."""
    return _cut(CROWD, flat, "in_view", CROWD_ENDS)


def light_angle(stem: str) -> float | None:
    """Degrees between the light and the camera's axis, 0 to 180, from a file's name; None where it says none."""
    match = _DIRECTION.search(stem)
    if match is None:
        return None
    azimuth, elevation = np.radians([float(match[1]), float(match[2])])
    return float(np.degrees(np.arccos(np.clip(np.cos(azimuth) * np.cos(elevation), -1, 1))))


def _cut(condition: Condition, flat: Level, by: str, ends: Sequence[float]) -> tuple[Condition, tuple[Level, ...]]:
    values = flat.live[by]
    levels = []
    for level, (start, end) in zip((condition.clean, *condition.levels), pairwise(ends), strict=True):
        chosen = (values >= start) & (values < end)
        if len(np.unique(flat.people[chosen])) >= _FEWEST:
            live = {name: shown[chosen] for name, shown in flat.live.items()}
            part = (flat.people[chosen], flat.own[chosen], flat.other[chosen])
            levels.append(Level(level=level, people=part[0], own=part[1], other=part[2], live=live))
    return condition, tuple(levels)


def _level(level: float, people: Ints, seen: Sequence[Seen | None], entries: FloatArray, **more: Floats) -> Level:
    own = np.full(len(seen), np.nan)
    other = np.full(len(seen), np.nan)
    for i, one in enumerate(seen):
        if one is not None and one.template is not None:
            scores = entries @ one.template
            own[i] = scores[people[i]]
            scores[people[i]] = -1.0
            other[i] = scores.max()
    live = {name: np.array([np.nan if one is None else one.live(name) for one in seen]) for name in SHOWN}
    return Level(level=level, people=people, own=own, other=other, live=live | more)


def _first_usable(paths: Sequence[Path], recogniser: FindsPortraits) -> tuple[int, Portrait] | None:
    for at, path in enumerate(paths):
        _, portrait = _portrait(path, recogniser)
        if portrait is not None:
            return at, portrait
    return None


def _probe(path: Path, recogniser: FindsPortraits) -> Framed | None:
    picture, portrait = _portrait(path, recogniser)
    return None if picture is None or portrait is None else framed(picture, _face(portrait))


def _portrait(path: Path, recogniser: FindsPortraits) -> tuple[ByteArray | None, Portrait | None]:
    """The picture and the face that it is of; None where it cannot be read, or shows none."""
    try:
        picture = read_picture(path)
    except BadPicture:
        return None, None
    return picture, person_of(recogniser.portraits(picture), picture.shape[1], picture.shape[0])


def _padded_portrait(path: Path, recogniser: FindsPortraits | None) -> tuple[ByteArray | None, Portrait | None]:
    """As `_portrait`, with grey around the picture; without a recogniser the picture only."""
    try:
        picture = read_picture(path)
    except BadPicture:
        return None, None
    height, width = (round(_MARGIN * side) for side in picture.shape[:2])
    padded = np.asarray(
        cv2.copyMakeBorder(picture, height, height, width, width, cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY)),
        np.uint8,
    )
    if recogniser is None:
        return padded, None
    return padded, person_of(recogniser.portraits(padded), padded.shape[1], padded.shape[0])


def _face(portrait: Portrait) -> FaceAt:
    left, top, right, bottom = (float(edge) for edge in portrait.box)
    return FaceAt(left=left, top=top, right=right, bottom=bottom)
