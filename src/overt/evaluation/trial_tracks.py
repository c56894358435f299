"""How many passages the machine counts of one true passage, by how many people are in view at once.

A machine that loses people and finds them again counts more passages than there were people, and its false alerts per
searched passage shrink with nothing gained. On a simulated street, where every face of every frame is known, the same
detector and the same tracker as in operation are played over the clip and each counted passage is given to its owner.

Rules:
  - a passage is counted as in `overt.recognition.flow`: a track with so many usable detections inside the zone;
  - a face belongs to the true one whose centre is nearest, within half of the true face's width, else to nobody;
  - a passage belongs to the person who has most of its faces; of two equals to the one who came first;
  - a passage in which a second person has enough faces for a passage of their own joined two people;
  - nothing is kept of any face but counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from overt.domain.face import Faces
from overt.domain.geometry import Region, Zone
from overt.domain.progress import Progress
from overt.domain.rules import RecognitionRules
from overt.domain.time import Clock
from overt.evaluation.rehearse_frames import looked_at
from overt.evaluation.trial import density_of
from overt.evaluation.trial_truth import Truth
from overt.faces.closer import PictureSource
from overt.recognition.track import NO_TRACK, Tracker

_NEAR: Final = 0.5  # of the true face's width
_NOBODY: Final = -1

Box = tuple[float, float, float, float]


class FindsFaces(Protocol):
    """What is needed of a detector for one zone."""

    def detect(self, frame: PictureSource, least_score: float) -> Faces: ...


class LooksForFaces(Protocol):
    """What is needed of a recogniser."""

    def zone_detector(self, region: Region, scale: float) -> FindsFaces: ...


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What was seen in one frame.

    Attributes:
        number: of the frame, from 0.
        at_us: capture time, microseconds.
        faces: as the detector found them inside the zone, pixels.
    """

    number: int
    at_us: int
    faces: Faces


@dataclass(frozen=True, kw_only=True)
class TracksRow:
    """True passages with about so many people in view, and what was counted of them.

    Attributes:
        people: the class of density, such as "2 to 3".
        true: true passages.
        counted: passages that the machine counted of them.
        once, never, more: true passages of which it counted exactly one, none, or several.
    """

    people: str
    true: int
    counted: int
    once: int
    never: int
    more: int

    def cells(self) -> tuple[str, ...]:
        each = f"{self.counted / self.true:.2f}"
        return self.people, str(self.true), str(self.counted), each, str(self.once), str(self.never), str(self.more)

    def record(self) -> dict[str, object]:
        return {**vars(self), "counted_of_one": self.counted / self.true}


@dataclass(frozen=True, kw_only=True)
class Tracks:
    """Attributes:
    rows: by density.
    mixed: counted passages that joined two people or more.
    nobody: counted passages of no face that was there.
    """

    rows: tuple[TracksRow, ...]
    mixed: int
    nobody: int

    def record(self) -> dict[str, object]:
        return {"by_density": [one.record() for one in self.rows], "mixed": self.mixed, "nobody": self.nobody}


@dataclass(kw_only=True)
class _Track:
    usable: int = 0
    owners: Counter[int] = field(default_factory=Counter)


def count_tracks(
    moments: Iterable[Moment],
    seen: Sequence[Sequence[tuple[int, Box]]],
    truth: Truth,
    *,
    rules: RecognitionRules,
    smallest_face_px: int,
) -> Tracks:
    """Follows faces through a clip and gives each counted passage to its owner.

    Args:
        seen: for each frame of the clip the true faces in it: position of the walk in the tally, and the box, pixels
            (left, top, right, bottom).
    """
    tracker, tracks = Tracker(rules), dict[int, _Track]()
    for moment in moments:
        there = seen[moment.number] if moment.number < len(seen) else ()
        for face, number in enumerate(tracker.update(moment.faces, moment.at_us).tolist()):
            if number == NO_TRACK:
                continue
            track = tracks.setdefault(number, _Track())
            usable = moment.faces.scores[face] >= rules.start_score
            track.usable += bool(usable and moment.faces.widths[face] >= smallest_face_px)
            track.owners[_owner(moment.faces.boxes[face].tolist(), there)] += 1
        tracker.expire(moment.at_us)
    return _counted([one for one in tracks.values() if one.usable >= rules.passage_detections], truth, rules)


def moments_of(
    clip: Path,
    looks: LooksForFaces,
    *,
    smallest_face_px: int,
    rules: RecognitionRules,
    clock: Clock,
    frames: int,
    progress: Progress,
) -> Iterator[Moment]:
    """The faces of a clip in every frame that the machine would look at; the zone is the whole picture.

    Args:
        looks: `faces.recogniser.Recogniser`.
        frames: of the clip, for the progress.

    Raises:
        BadFootage: the clip cannot be read to its end, or has another number of frames.
    """
    scale = min(1.0, rules.detector_face_px / smallest_face_px)
    detector: FindsFaces | None = None
    for frame in looked_at(clip, rules=rules, clock=clock, frames=frames, progress=progress):
        if detector is None:
            detector = looks.zone_detector(Zone().region(frame.width, frame.height), scale)
        found = detector.detect(frame, rules.continue_score)
        yield Moment(number=frame.number, at_us=frame.captured_us, faces=found)


def _owner(box: Sequence[float], there: Sequence[tuple[int, Box]]) -> int:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    away = [
        (np.hypot((left + right) / 2 - x, (top + bottom) / 2 - y) / max(1.0, right - left), walk)
        for walk, (left, top, right, bottom) in there
    ]
    nearest, walk = min(away, default=(np.inf, _NOBODY))
    return walk if nearest <= _NEAR else _NOBODY


def _counted(passages: Sequence[_Track], truth: Truth, rules: RecognitionRules) -> Tracks:
    owned, mixed = Counter[int](), 0
    for one in passages:
        ranked = sorted(one.owners.items(), key=lambda item: (-item[1], item[0]))
        owned[ranked[0][0]] += 1
        people = [count for walk, count in ranked if walk != _NOBODY and count >= rules.passage_detections]
        mixed += len(people) > 1
    by: dict[str, list[int]] = {}
    density = truth.in_view()
    for at in sorted(range(len(density)), key=lambda at: density[at]):
        by.setdefault(density_of(density[at]), []).append(owned[at])
    rows = tuple(
        TracksRow(
            people=people,
            true=len(counts),
            counted=sum(counts),
            once=counts.count(1),
            never=counts.count(0),
            more=sum(count > 1 for count in counts),
        )
        for people, counts in by.items()
    )
    return Tracks(rows=rows, mixed=mixed, nobody=owned[_NOBODY])
