"""A rehearsed street: people from portraits walk past a camera that does not exist, with the truth beside it.

Rules:
  - it is simulated, and says so: in the corner of every frame, in the clip's title, in the first line of its truth.
    What comes from it is never added to figures of deployments or trials;
  - the same pictures, choices and seed give the same bytes of truth, and the same clip for the same libx264;
  - clip and truth are both whole or not there: they are written beside their places and then take them;
  - a background that is a photograph must show no face, because the truth would not know of it.

The steps for a frame: place everyone who is on the street (`rehearse_walk`), draw them far ones first
(`rehearse_figure`), note what is seen of each face (`rehearse_truth`); then, in another thread, add the sensor's noise
and the mark (`rehearse_light`) and encode (`rehearse_clip`).
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from overt import __version__
from overt.domain.errors import Refused
from overt.domain.progress import Progress
from overt.evaluation.rehearse_cast import Cast, Role
from overt.evaluation.rehearse_clip import write_clip
from overt.evaluation.rehearse_cutout import Cutout, cutout
from overt.evaluation.rehearse_figure import Figure, draw, figure_at, place_of, visible
from overt.evaluation.rehearse_light import LIGHTS, Sensor
from overt.evaluation.rehearse_street import drawn_street, photographed_street
from overt.evaluation.rehearse_truth import Header, SeenFace, TruePassage, Truth, lines_of, truth_path
from overt.evaluation.rehearse_walk import View, Walk, walks
from overt.evaluation.samples import FindsPortraits

Picture = NDArray[np.uint8]
#: Passages a minute, and the share of people who walk close behind another.
DENSITIES: Final = {"sparse": (15.0, 0.0), "normal": (50.0, 0.2), "dense": (120.0, 0.5)}
LONGEST_S: Final = 3600.0
MOST_PASSAGES_A_SECOND: Final = 5


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a street should be like.

    Attributes:
        seconds: length, 1 to LONGEST_S.
        passages: people who pass, at least 1; None: as many as the density has in that time.
        density: "sparse", "normal" or "dense".
        light: "day", "dusk" or "night".
        width, height: of the picture, even, 320 to 3840 and 240 to 2160.
        fps: frames a second, 5 to 60.
        seed: 0 or more.

    Raises:
        Refused: one of them is outside its range.
    """

    seconds: float = 60.0
    passages: int | None = None
    density: str = "normal"
    light: str = "day"
    width: int = 1920
    height: int = 1080
    fps: int = 25
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.seconds <= LONGEST_S:
            raise Refused(f"A street lasts 1 to {LONGEST_S:,.0f} seconds, not {self.seconds:g}.", "Choose --seconds.")
        for name, value, known in (("density", self.density, DENSITIES), ("light", self.light, LIGHTS)):
            if value not in known:
                raise Refused(f"There is no {name} called {value}.", f"Choose from {', '.join(known)}.")
        if not (320 <= self.width <= 3840 and 240 <= self.height <= 2160) or self.width % 2 or self.height % 2:
            raise Refused(
                f"A picture of {self.width} x {self.height} pixels cannot be made.",
                "Choose even numbers from 320x240 to 3840x2160, such as 1920x1080.",
            )
        if not 5 <= self.fps <= 60:
            raise Refused(f"{self.fps} frames a second cannot be made.", "Choose --fps from 5 to 60.")
        if not 0 <= self.seed < 2**53:
            raise Refused(f"{self.seed} is no seed.", "Choose a whole number of 0 or more.")
        most = math.floor(self.seconds * MOST_PASSAGES_A_SECOND)
        if self.passages is not None and not 1 <= self.passages <= most:
            raise Refused(
                f"{self.passages:,} passages in {self.seconds:g} seconds cannot be made.",
                f"Choose --passages from 1 to {most:,}, or a longer clip.",
            )

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.fps))

    @property
    def wanted_passages(self) -> int:
        """How many people pass."""
        if self.passages is not None:
            return self.passages
        return max(1, round(DENSITIES[self.density][0] * self.seconds / 60))


def require_free(out: Path, *, replace: bool) -> None:
    """Whether clip and truth can be put there; looked at before long work.

    Raises:
        Refused: the name has another ending than .mp4, the folder is missing or not writable, or something is there.
    """
    if out.suffix.lower() != ".mp4":
        raise Refused(f"{out.name} does not end with .mp4, and a rehearsed clip is an MP4 file.", "Name one so.")
    folder = out.resolve().parent
    if not folder.is_dir():
        raise Refused(f"The folder {folder} does not exist.", "Make it, or name another file with --out.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(f"This account may not write into {folder}.", "Name a file that it may write with --out.")
    for path in (out, truth_path(out)):
        if path.exists() and not path.is_file():
            raise Refused(f"{path} is not a regular file, so it is not written over.", "Name another with --out.")
        if path.exists() and not replace:
            raise Refused(f"{path} is there already.", "Name another file with --out, or add --replace.")


def require_empty_street(picture: Picture, recogniser: FindsPortraits) -> None:
    """Whether a photograph, shape (h, w, 3), BGR, can be a background.

    Raises:
        Refused: it shows faces.
    """
    faces = len(recogniser.portraits(picture))
    if faces:
        raise Refused(
            f"The background shows {faces} {'face' if faces == 1 else 'faces'}, of which the truth would not know.",
            "Use a photograph of an empty street.",
        )


def rehearse(
    cast: Cast, choices: Choices, out: Path, progress: Progress, *, background: Picture | None = None
) -> Truth:
    """Makes a clip and its truth.

    Args:
        cast: as `rehearse_cast.cast_of` reads it for these choices.
        out: where the clip goes; the truth lies beside it (`truth_path`). What was there is replaced.
        progress: called with frames done and frames in all.
        background: a photograph without faces, shape (h, w, 3), uint8, BGR; None: a street is drawn.

    Raises:
        Refused: a file cannot be written.
    """
    street = _Street.of(cast, choices, background)
    clip, told = (path.with_name(f".{path.name}.{secrets.token_hex(4)}") for path in (out, truth_path(out)))
    try:
        try:
            sensor = Sensor(
                LIGHTS[choices.light], choices.width, choices.height, np.random.default_rng([choices.seed, 11])
            )
            write_clip(clip, street.scenes(), sensor, fps=choices.fps, frames=choices.frames, progress=progress)
            truth = street.truth(background)
            with told.open("x", encoding="utf-8", newline="\n") as file:
                file.writelines(lines_of(truth))
                file.flush()
                os.fsync(file.fileno())
            told.replace(truth_path(out))
            clip.replace(out)
        finally:
            for path in (clip, told):
                path.unlink(missing_ok=True)
    except (OSError, av.FFmpegError) as fault:
        raise Refused(
            f"{out} cannot be written: {fault.strerror}.", "Make room, or name another file with --out."
        ) from fault
    return truth


@dataclass(eq=False)
class _Street:
    """A street while its frames are drawn one after the other."""

    cast: Cast
    choices: Choices
    view: View
    walks: tuple[Walk, ...]
    empty: Picture
    seen: list[tuple[SeenFace, ...]] = field(default_factory=list)
    _cuts: dict[int, Cutout] = field(default_factory=dict)

    @classmethod
    def of(cls, cast: Cast, choices: Choices, background: Picture | None) -> _Street:
        view, light = View(width=choices.width, height=choices.height), LIGHTS[choices.light]
        if background is None:
            empty = drawn_street(view, choices.seed, light.sky)
        else:
            empty = photographed_street(view, background)
        return cls(
            cast=cast,
            choices=choices,
            view=view,
            walks=walks(
                view,
                people=cast.people,
                passages=choices.wanted_passages,
                followers=DENSITIES[choices.density][1],
                seconds=choices.seconds,
                seed=choices.seed,
            ),
            empty=np.asarray(cv2.LUT(empty, light.table()), np.uint8),
        )

    def scenes(self) -> Iterator[Picture]:
        """Each lit scene, shape (h, w, 3), uint8, BGR; it stays as it is until the next but one is drawn."""
        drawn = np.empty_like(self.empty), np.empty_like(self.empty)
        for number in range(self.choices.frames):
            scene = drawn[number % 2]
            np.copyto(scene, self.empty)
            people = self._people(number / self.choices.fps)
            for figure in people:
                draw(scene, figure, self.view)
            self.seen.append(tuple(_seen(people, self.view)))
            yield scene

    def _people(self, at_s: float) -> list[Figure]:
        """Everyone on the street, far ones first."""
        light = LIGHTS[self.choices.light]
        found = []
        for walk in self.walks:
            if walk.pose(at_s) is None:
                self._cuts.pop(walk.passage, None)
                continue
            if walk.passage not in self._cuts:
                self._cuts[walk.passage] = cutout(self.cast.roles[walk.role], walk.tone, light.table())
            figure = figure_at(walk, self._cuts[walk.passage], self.view, at_s, light.exposure_s)
            if figure is not None:
                found.append(figure)
        return sorted(found, key=lambda figure: (-figure.pose.depth_m, figure.walk.passage))

    def truth(self, background: Picture | None) -> Truth:
        """Of the scenes drawn so far. Who was never in the picture is no passage, so the others are counted anew."""
        choices = self.choices
        sightings: dict[int, list[tuple[int, SeenFace]]] = {}
        for number, faces in enumerate(self.seen):
            for face in faces:
                sightings.setdefault(face.passage, []).append((number, face))
        number_of = {passage: number for number, passage in enumerate(sorted(sightings), start=1)}
        frames = tuple(tuple(replace(face, passage=number_of[face.passage]) for face in faces) for faces in self.seen)
        passages = tuple(
            _passage(number, self.cast.roles[self.walks[passage - 1].role], sightings[passage])
            for passage, number in number_of.items()
        )
        header = Header(
            seed=choices.seed,
            light=choices.light,
            density=choices.density,
            width=choices.width,
            height=choices.height,
            fps=choices.fps,
            frames=choices.frames,
            passages=len(passages),
            people=len({one.person for one in passages}),
            pictures=self.cast.digest,
            background="drawn" if background is None else hashlib.sha256(background.tobytes()).hexdigest(),
            overt=__version__,
        )
        return Truth(header=header, passages=passages, frames=frames)


def _passage(passage: int, role: Role, own: list[tuple[int, SeenFace]]) -> TruePassage:
    """What came of one passage; `own`: its faces with the number of each one's frame."""
    usable = [(number, face) for number, face in own if face.usable]
    return TruePassage(
        passage=passage,
        person=role.person,
        picture=role.picture,
        first_frame=own[0][0],
        last_frame=own[-1][0],
        first_usable_frame=usable[0][0] if usable else None,
        last_usable_frame=usable[-1][0] if usable else None,
        usable_frames=len(usable),
        largest_face_px=round(max((face.box[2] - face.box[0] for _, face in usable), default=0.0), 1),
    )


def _seen(people: list[Figure], view: View) -> Iterator[SeenFace]:
    for position, figure in enumerate(people):
        place = place_of(figure)
        left, top, right, bottom = place.box
        if right <= 0 or left >= view.width or bottom <= 0 or top >= view.height:
            continue
        yield SeenFace(
            passage=figure.walk.passage,
            box=(round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)),
            landmarks=tuple((round(float(x), 1), round(float(y), 1)) for x, y in place.landmarks),
            visible=round(visible(figure, place.spread, people[position + 1 :], view), 2),
        )
