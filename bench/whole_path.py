"""The whole path beside two peers: what they cost, and which faces and passages both find.

    python -m bench.whole_path

The naive OpenCV loop: the same two networks, a list of the same people, in turns, so that both meet the same load.
face_recognition: its own networks (dlib), once, on the clip's first seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from bench import naive
from bench.clips import footage, make_clip, portraits
from bench.data import Absent
from bench.dlib_loop import is_there
from bench.rehearsal import write_deployment
from bench.street import clips as street_clips
from bench.table import Table, alone, share, spread
from overt.bootstrap import recogniser
from overt.domain.face import Faces
from overt.domain.geometry import FloatArray, Zone
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock
from overt.recognition.track import Tracker
from overt.recognition.turns import Turns
from overt.settings import Settings
from overt.video.source import SourceSettings, open_source

PAIRS = 3
CLIP_S = 20
DLIB_S = 3
STREET = ("opencv4nodejs_people", "jontet_people-walking")  # those with three faces or more in view
SMALLEST_FACE_PX = 40
OVERLAP = 0.5  # intersection over union


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Of the naive loop's wide faces in the frames that Overt looks at, and of the passages that they are: how many
    Overt's detector had too, of how many."""

    faces: int
    faces_kept: int
    passages: int
    passages_kept: int


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """One clip's result: processor seconds per second of video of Overt and the naive loop, a pair at a time; those of
    face_recognition, None where it is not installed or was not asked; and what was found."""

    clip: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    dlib: float | None
    kept: Kept

    @property
    def ratios(self) -> list[float]:
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def dlib_ratios(self) -> list[float]:
        return [] if self.dlib is None else [self.dlib / ours for ours in self.ours]


def whole_path_and_peers(folder: Path) -> Table:
    listed = write_list(folder / "people")
    made = make_clip(folder / "scene.mp4", footage(), seconds=CLIP_S)
    pairs = [_pairs(folder, "made scene, 1080p", made, listed, dlib=is_there())]
    left_out = [] if is_there() else ["Left out: face_recognition (pip install -r requirements/peers.txt)."]
    try:
        pairs += [_pairs(folder, name, street_clips()[name], listed, dlib=False) for name in STREET]
    except Absent as absent:
        left_out.append(f"The real streets. {absent}")
    return Table(
        title="Whole path and peers",
        header=("clip", "pair", "Overt, CPU s per video s", "naive loop, CPU s per video s", "times less"),
        rows=tuple(row for each in pairs for row in _rows(each)),
        says=(
            *(sentence for each in pairs for sentence in _sentences(each)),
            f"The made scene: {CLIP_S} s, 25 frames/s, about 8 faces in view (bench/clips.py). A list of {listed}. "
            "Overt: `overt watch FILE --rehearsal --fast --once --json`, camera process after warm-up; every 3rd frame "
            "or so is looked at, by its time. Naive loop: bench/naive.py, OpenCV's own detector and recogniser on "
            "every face of every full-size frame, after warm-up. face_recognition: bench/dlib_loop.py, the HOG "
            f"detector without upsampling on every frame of the first {DLIB_S} s.",
            f"A face is found where the boxes overlap by half (intersection over union {OVERLAP}). A passage is what "
            "Overt's tracker makes of either detector's faces, three of them or more; it is found where one of its "
            "faces lies in a passage of Overt's. Faces repeat from frame to frame, so their interval is too narrow.",
            *left_out,
        ),
    )


def _sentences(pairs: Pairs) -> list[str]:
    kept = pairs.kept
    said = [
        f"{pairs.clip}: {spread(pairs.ratios, 1)} times less processor time than the naive loop, median (smallest to "
        f"largest) of {PAIRS} pairs. Of the naive loop's faces at least {SMALLEST_FACE_PX} px wide in the frames that "
        f"Overt looks at, Overt's detector found {share(kept.faces_kept, kept.faces)}; of their passages "
        f"{share(kept.passages_kept, kept.passages)}."
    ]
    if pairs.dlib is not None:
        said.append(
            f"{pairs.clip}: {spread(pairs.dlib_ratios, 1)} times less than face_recognition, which took "
            f"{pairs.dlib:.2f} CPU s per video s."
        )
    return said


def _rows(pairs: Pairs) -> list[tuple[str, ...]]:
    each = enumerate(zip(pairs.ours, pairs.theirs, pairs.ratios, strict=True), 1)
    middle = (spread(pairs.ours, 3), spread(pairs.theirs, 2), spread(pairs.ratios, 1))
    return [
        *((pairs.clip, str(n), f"{ours:.3f}", f"{theirs:.2f}", f"{ratio:.1f}") for n, (ours, theirs, ratio) in each),
        (pairs.clip, "median (smallest to largest)", *middle),
    ]


def _pairs(folder: Path, name: str, clip: Path, listed: int, *, dlib: bool) -> Pairs:
    deployment = write_deployment(folder, {"street": clip}, folder / "people")
    measured = [(_product(deployment), _peer("bench.naive", clip, listed)) for _ in range(PAIRS)]
    ours, theirs = zip(*measured, strict=True)
    slow = _peer("bench.dlib_loop", clip, listed, "--seconds", str(DLIB_S)) if dlib else None
    return Pairs(clip=name, ours=ours, theirs=theirs, dlib=slow, kept=_kept(clip))


def _product(deployment: Path) -> float:
    """Processor seconds of the camera processes per second of video."""
    overt = str(Path(sys.executable).with_name("overt"))
    last = _command(overt, "watch", str(deployment), "--rehearsal", "--fast", "--once", "--json")
    figures = json.loads(last)["figures"]
    return float(figures["cpu_s"] / figures["video_s"])


def _peer(module: str, clip: Path, watch: int, *more: str) -> float:
    """Processor seconds of a peer's loop per second of video."""
    figures = json.loads(_command(sys.executable, "-m", module, str(clip), "--watch", str(watch), *more))
    return float(figures["cpu_s"] / figures["video_s"])


def _command(*words: str) -> str:
    """The last line that a command prints; what it says on stderr is passed on only when it fails."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as home:
        environment = os.environ | {"OVERT_HOME": home}
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def write_list(folder: Path) -> int:
    """A watch-list folder of everyone in the sample pictures; how many they are."""
    folder.mkdir()
    people = portraits(footage())
    for number, picture in enumerate(people, 1):
        cv2.imwrite(str(folder / f"person-{number}.png"), cv2.resize(picture, None, fx=2, fy=2))
    return len(people)


def _kept(clip: Path) -> Kept:
    rules = RecognitionRules()
    trackers, usable = (Tracker(rules), Tracker(rules)), (Counter[int](), Counter[int]())
    kept = faces = 0
    meetings: set[tuple[int, int]] = set()
    for at_us, found in _found_by_both(clip):
        wide = [
            each[(each.scores >= rules.start_score) & (each.widths >= SMALLEST_FACE_PX)] if n == 0 else each
            for n, each in enumerate(found)
        ]
        tracks = [tracker.update(each, at_us) for tracker, each in zip(trackers, wide, strict=True)]
        for tracker in trackers:
            tracker.expire(at_us)
        for counted, each, of in zip(usable, wide, tracks, strict=True):
            counted.update(of[(each.scores >= rules.start_score) & (of >= 0)].tolist())
        overlaps = _overlap(wide[0].boxes, wide[1].boxes) >= OVERLAP
        faces += len(wide[0])
        kept += int(overlaps.any(axis=1).sum())
        meetings |= {(int(tracks[0][i]), int(tracks[1][j])) for i, j in np.argwhere(overlaps)}
    theirs, ours = ({track for track, n in each.items() if n >= rules.passage_detections} for each in usable)
    met = {track for track, other in meetings if other in ours}
    return Kept(faces=faces, faces_kept=kept, passages=len(theirs), passages_kept=len(theirs & met))


def _found_by_both(clip: Path) -> Iterator[tuple[int, tuple[Faces, Faces]]]:
    """Time, microseconds, and the faces of the naive loop and of Overt's detectors in turns, for every frame due."""
    rules, due_s = RecognitionRules(), -1.0
    looks = recogniser(Settings())
    turns: Turns | None = None
    video = cv2.VideoCapture(str(clip))
    plain = naive.detector((int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))))
    source = open_source(str(clip), clock=SystemClock(), settings=SourceSettings(recorded=True))
    for frame in source.frames():
        picture = video.read()[1]
        if turns is None:
            region = Zone().region(frame.width, frame.height)
            turns = Turns(rules, SMALLEST_FACE_PX, partial(looks.zone_detector, region))
        at_s = frame.media_time_s or 0.0
        if at_s - due_s >= rules.detect_interval_s - 0.5 / source.fps:
            due_s = at_s
            found = naive.found(plain, picture)
            corners = found[:, :4].copy()
            corners[:, 2:] += corners[:, :2]
            theirs = Faces(boxes=corners, landmarks=found[:, 4:14].reshape(-1, 5, 2), scores=found[:, 14])
            ours = turns.next.detect(frame, rules.continue_score)
            turns.saw(ours)
            yield frame.captured_us, (theirs, ours)
        del frame
    source.close()


def _overlap(some: FloatArray, others: FloatArray) -> FloatArray:
    """Intersection over union of every two boxes, shape (len(some), len(others))."""
    upper = np.maximum(some[:, None, :2], others[None, :, :2])
    lower = np.minimum(some[:, None, 2:], others[None, :, 2:])
    common = np.prod(np.clip(lower - upper, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (some, others)]
    return np.asarray(common / (areas[0][:, None] + areas[1][None] - common), np.float32)


def main() -> None:
    alone(whole_path_and_peers)


if __name__ == "__main__":
    main()
