"""What a crowd costs: rehearsed streets, sparse to dense, of people who are on the list with another picture.

Rules:
  - each walk that comes near enough to be recognised is one case; it is found where a comparison of a passage in its
    time reaches the threshold with its own entry, shots agreeing as for an alert;
  - the crowd of a walk is the mean number of faces that the machine followed while it was usable: the quantity that a
    camera shows when it runs;
  - who walks with the only picture there is cannot be on the list with another, and is left out;
  - the figures are of simulated streets and stand beside those of stills, never among those of trials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from overt.domain.authority import SMALLEST_FACE_PX
from overt.domain.errors import BadPicture, Refused
from overt.domain.geometry import FloatArray
from overt.domain.progress import Progress
from overt.domain.rules import RecognitionRules
from overt.domain.time import Clock
from overt.evaluation.envelope_edges import Level
from overt.evaluation.envelope_spoil import Condition
from overt.evaluation.passages import Heard, comparisons_of, scores_of
from overt.evaluation.rehearse_truth import Street, TruePassage
from overt.evaluation.samples import person_of
from overt.faces.picture import read_picture
from overt.faces.recogniser import Recogniser

CROWD: Final = Condition(
    name="crowd",
    says="Rehearsed streets, sparse to dense, by how many faces are followed while somebody passes; people differ from "
    "level to level.",
    unit="faces followed at once",
    clean=2.0,
    levels=(5.0, 9.0, 15.0, 24.0, 34.0),
    live=("in_view",),
)
ENDS: Final = (0.0, 3.5, 7.0, 12.0, 20.0, 29.0, np.inf)
#: A comparison may come so long after the last usable frame: the passage is still followed.
_AFTER_FRAMES: Final = 25


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What is measured on streets. `key`: tells these streets from others; `watch`: makes the level."""

    key: str
    watch: Callable[[Progress], Level]


def crowd_level(
    streets: Sequence[Street],
    pictures: Mapping[str, Sequence[Path]],
    recogniser: Recogniser,
    *,
    rules: RecognitionRules,
    clock: Clock,
    progress: Progress,
) -> Level:
    """Every walk of the streets with its crowd under "in_view"; to be cut by `ENDS`.

    Args:
        pictures: of each person, as `pictures_by_person` gives them.

    Raises:
        Refused: nobody walks who has another picture with a usable face.
        BadFootage: a street cannot be read.
    """
    total, done = sum(truth.header.frames for _, truth in streets), 0
    names: dict[str, int] = {}
    entries: dict[tuple[str, str], FloatArray | None] = {}
    people, own, in_view = [], [], []
    for clip, truth in streets:
        heard = comparisons_of(
            clip,
            recogniser,
            smallest_face_px=SMALLEST_FACE_PX,
            rules=rules,
            clock=clock,
            frames=truth.header.frames,
            progress=_from(progress, done, total),
        )
        done += truth.header.frames
        for walk in truth.usable_passages:
            key = (walk.person, walk.picture)
            if key not in entries:
                entries[key] = _entry(walk, pictures.get(walk.person, ()), recogniser)
            entry = entries[key]
            if entry is not None:
                people.append(names.setdefault(walk.person, len(names)))
                own.append(score_of(walk, heard, entry, rules))
                in_view.append(_crowd_of(walk, heard))
    if not people:
        raise Refused(
            "Nobody who walks in the streets has another picture in the folder, so nobody can be on a list.",
            "Rehearse the streets with the same folder: overt rehearse FOLDER --hold-back.",
        )
    return Level(
        level=0.0,
        people=np.array(people, np.int64),
        own=np.array(own),
        other=np.full(len(own), -1.0),
        live={"in_view": np.array(in_view)},
    )


def _from(progress: Progress, before: int, total: int) -> Progress:
    """The progress of one street among several."""
    return lambda frames, _: progress(before + frames, total)


def _entry(walk: TruePassage, paths: Sequence[Path], recogniser: Recogniser) -> FloatArray | None:
    """The template of the first picture that the person does not walk with; shape (1, d)."""
    for path in paths:
        if path.name == Path(walk.picture).name:
            continue
        try:
            picture = read_picture(path)
        except BadPicture:
            continue
        portrait = person_of(recogniser.portraits(picture), picture.shape[1], picture.shape[0])
        if portrait is not None:
            return portrait.template[None]
    return None


def score_of(walk: TruePassage, heard: Heard, entry: FloatArray, rules: RecognitionRules) -> float:
    """The highest threshold at which a walk would have alerted for its entry, shape (1, d); NaN where nothing was
    compared in its time."""
    scores = [
        float(scores_of(one, entry, rules)[0])
        for one in heard.comparisons
        if walk.first_frame <= one.frame <= walk.last_frame + _AFTER_FRAMES
    ]
    return max(scores, default=float("nan"))


def _crowd_of(walk: TruePassage, heard: Heard) -> float:
    assert walk.first_usable_frame is not None
    assert walk.last_usable_frame is not None
    counts = [
        count for frame, count in heard.in_view.items() if walk.first_usable_frame <= frame <= walk.last_usable_frame
    ]
    return float(np.mean(counts)) if counts else float("nan")
