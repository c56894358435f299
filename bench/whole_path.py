"""The whole path beside the naive OpenCV loop, as a peer: what both cost, and which faces both find.

    python -m bench.whole_path

The same clip, the same two networks, a list of the same people, in turns, so that both meet the same load.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench import naive
from bench.clips import footage, make_clip, portraits
from bench.data import Absent
from bench.rehearsal import write_deployment
from bench.street import clips as street_clips
from bench.table import Table, alone, share, spread
from overt.bootstrap import recogniser
from overt.domain.geometry import FloatArray, Zone
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock
from overt.settings import Settings
from overt.video.source import SourceSettings, open_source

PAIRS = 3
CLIP_S = 20
STREET = "opencv4nodejs_people"
SMALLEST_FACE_PX = 40
OVERLAP = 0.5  # intersection over union


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """One clip's result: processor seconds per second of video of Overt and the naive loop, a pair at a time; and how
    many of the naive loop's faces Overt's detector had too, of how many."""

    clip: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    kept: int
    faces: int

    @property
    def ratios(self) -> list[float]:
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def whole_path_and_naive_loop(folder: Path) -> Table:
    listed = _write_list(folder / "people")
    made = make_clip(folder / "scene.mp4", footage(), seconds=CLIP_S)
    pairs = [_pairs(folder, "made scene, 1080p", made, listed)]
    left_out = []
    try:
        pairs.append(_pairs(folder, f"{STREET}, 800x450", street_clips()[STREET], listed))
    except Absent as absent:
        left_out = [f"The real street. {absent}"]
    return Table(
        title="Whole path and naive loop",
        header=("clip", "pair", "Overt, CPU s per video s", "naive loop, CPU s per video s", "times less"),
        rows=tuple(row for each in pairs for row in _rows(each)),
        says=(
            *(
                f"{each.clip}: {spread(each.ratios, 1)} times less processor time than the naive loop, median "
                f"(smallest to largest) of {PAIRS} pairs. Of the naive loop's faces at least {SMALLEST_FACE_PX} px "
                f"wide in the frames that Overt looks at, Overt's detector found {share(each.kept, each.faces)}."
                for each in pairs
            ),
            f"The made scene: {CLIP_S} s, 25 frames/s, about 8 faces in view (bench/clips.py). A list of {listed}. "
            "Overt: `overt watch FILE --rehearsal --fast --once --json`, camera process after warm-up; every 3rd frame "
            "or so is looked at, by its time. Naive loop: bench/naive.py, OpenCV's own detector and recogniser on "
            "every face of every full-size frame, after warm-up.",
            f"A face is found where the boxes overlap by half (intersection over union {OVERLAP}). Faces repeat from "
            "frame to frame, so the interval is too narrow. What a tracker would bridge is not counted.",
            *left_out,
        ),
    )


def _rows(pairs: Pairs) -> list[tuple[str, ...]]:
    each = enumerate(zip(pairs.ours, pairs.theirs, pairs.ratios, strict=True), 1)
    middle = (spread(pairs.ours, 3), spread(pairs.theirs, 2), spread(pairs.ratios, 1))
    return [
        *((pairs.clip, str(n), f"{ours:.3f}", f"{theirs:.2f}", f"{ratio:.1f}") for n, (ours, theirs, ratio) in each),
        (pairs.clip, "median (smallest to largest)", *middle),
    ]


def _pairs(folder: Path, name: str, clip: Path, listed: int) -> Pairs:
    deployment = write_deployment(folder, {"street": clip}, folder / "people")
    measured = [(_product(deployment), _naive(clip, listed)) for _ in range(PAIRS)]
    ours, theirs = zip(*measured, strict=True)
    kept, faces = _faces_kept(clip)
    return Pairs(clip=name, ours=ours, theirs=theirs, kept=kept, faces=faces)


def _product(deployment: Path) -> float:
    """Processor seconds of the camera processes per second of video."""
    overt = str(Path(sys.executable).with_name("overt"))
    last = _command(overt, "watch", str(deployment), "--rehearsal", "--fast", "--once", "--json")
    figures = json.loads(last)["figures"]
    return float(figures["cpu_s"] / figures["video_s"])


def _naive(clip: Path, watch: int) -> float:
    """Processor seconds of the naive loop per second of video."""
    figures = json.loads(_command(sys.executable, "-m", "bench.naive", str(clip), "--watch", str(watch)))
    return float(figures["cpu_s"] / figures["video_s"])


def _command(*words: str) -> str:
    """The last line that a command prints; what it says on stderr is passed on only when it fails."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as home:
        environment = os.environ | {"OVERT_HOME": home}
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def _write_list(folder: Path) -> int:
    """A watch-list folder of everyone in the sample pictures; how many they are."""
    folder.mkdir()
    people = portraits(footage())
    for number, picture in enumerate(people, 1):
        cv2.imwrite(str(folder / f"person-{number}.png"), cv2.resize(picture, None, fx=2, fy=2))
    return len(people)


def _faces_kept(clip: Path) -> tuple[int, int]:
    """Of the naive loop's wide faces in the frames that Overt looks at: how many overlap one of Overt's, and all."""
    kept = faces = 0
    for naive_boxes, boxes in _found_by_both(clip):
        wide = naive_boxes[naive_boxes[:, 2] - naive_boxes[:, 0] >= SMALLEST_FACE_PX]
        faces += len(wide)
        kept += int((_overlap(wide, boxes) >= OVERLAP).any(axis=1).sum())
    return kept, faces


def _found_by_both(clip: Path) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Boxes (left, top, right, bottom; pixels) of the naive loop and of Overt's detector, for every frame due."""
    rules, zone_detector, due_s = RecognitionRules(), None, -1.0
    looks = recogniser(Settings())
    video = cv2.VideoCapture(str(clip))
    size = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    plain = naive.detector(size)
    source = open_source(str(clip), clock=SystemClock(), settings=SourceSettings(recorded=True))
    for frame in source.frames():
        picture = video.read()[1]
        if zone_detector is None:
            scale = min(1.0, rules.detector_face_px / SMALLEST_FACE_PX)
            zone_detector = looks.zone_detector(Zone().region(frame.width, frame.height), scale)
        at_s = frame.media_time_s or 0.0
        if at_s - due_s >= rules.detect_interval_s - 0.5 / source.fps:
            due_s = at_s
            corners = naive.found(plain, picture)[:, :4].copy()
            corners[:, 2:] += corners[:, :2]
            yield corners, zone_detector.detect(frame, rules.continue_score).boxes
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
    alone(whole_path_and_naive_loop)


if __name__ == "__main__":
    main()
