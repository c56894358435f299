"""Whom the passages of a rehearsed street would have been taken for, had these people been on a list.

The street runs on the path that a camera's frames take (`recognition.flow`). Each comparison of a passage with the list
is written down as the templates that it was made of, and compared with everybody afterwards. So one street of 50
passages tells what thousands of lists would have done.

What a passage and an entry score is the highest threshold at which an alert would have come: the best of all
comparisons of the passage, each the smaller of the fused template's score and of what the agreeing shots allow. That
another entry may look still more alike is left out, which can only make a score too high.

Templates of simulated streets only: nothing here runs on a camera.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from overt.domain.alert import PossibleMatch
from overt.domain.authority import Camera
from overt.domain.calibration import ImpostorCurve, Multiple
from overt.domain.errors import Refused
from overt.domain.geometry import FloatArray, Zone
from overt.domain.progress import Progress
from overt.domain.rules import RecognitionRules
from overt.domain.time import Clock
from overt.engine.slots import shot_memory
from overt.evaluation.rehearse_frames import looked_at
from overt.faces.recogniser import Recogniser
from overt.recognition.flow import Flow, Viewpoint
from overt.recognition.match import WatchIndex
from overt.video.frame import Frame

NEVER: Final = 1.0  # a threshold that nobody reaches
NO_SCORE: Final = -1.0
ENOUGH: Final = 100
PASSAGES: Final = 30
DRAWS: Final = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """One comparison of a passage with the list.

    Attributes:
        passage: its number, from 1.
        frame: of the clip, from 0.
        fused: shape (1, d), float32.
        shots: shape (k, d), float32: the kept shots.
    """

    passage: int
    frame: int
    fused: FloatArray
    shots: FloatArray


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a street gave.

    Attributes:
        comparisons: in their order.
        in_view: faces that were followed, by the number of each frame that was looked at.
    """

    comparisons: tuple[Comparison, ...]
    in_view: Mapping[int, int]


class _Overheard(Flow):
    """A flow that writes down its comparisons."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.heard: list[Comparison] = []

    def _compare(self, passage: Any, frame: Frame, now_us: int) -> PossibleMatch | None:
        fused, shots = self._board.probes(passage.shots)
        self.heard.append(
            Comparison(passage=passage.number, frame=frame.number, fused=fused.copy(), shots=shots.copy())
        )
        return super()._compare(passage, frame, now_us)


def comparisons_of(
    clip: Path,
    recogniser: Recogniser,
    *,
    smallest_face_px: int,
    rules: RecognitionRules,
    clock: Clock,
    frames: int,
    progress: Progress,
) -> Heard:
    """Every comparison that the passages of a clip would have had with a list; the zone is the whole picture.

    Args:
        frames: of the clip, as its truth says.

    Raises:
        BadFootage: the clip cannot be read to its end, or has another number of frames.
    """
    nobody = np.zeros((1, recogniser.length), np.float32)
    nobody[0, 0] = 1.0
    flow = _Overheard(
        viewpoint=Viewpoint(
            position=0, camera=Camera(name="street", url=str(clip), zone=Zone(), smallest_face_px=smallest_face_px)
        ),
        rules=rules,
        looks=recogniser,
        index=WatchIndex(nobody, np.zeros(1, np.int32)),
        threshold=NEVER,
        memory=shot_memory(rules, recogniser.length),
        may_scan=lambda: True,
    )
    last_us, in_view = 0, {}
    for frame in looked_at(clip, rules=rules, clock=clock, frames=frames, progress=progress):
        last_us = frame.captured_us
        flow.pass_time(last_us)
        flow.step(frame)
        in_view[frame.number] = flow.in_view
    flow.end(last_us)
    return Heard(comparisons=tuple(flow.heard), in_view=in_view)


def scores_of(one: Comparison, entries: FloatArray, rules: RecognitionRules) -> FloatArray:
    """The highest threshold at which one comparison would have raised an alert for each entry; shape (n,), float32.

    `NO_SCORE` where too few shots were kept.
    """
    if len(one.shots) < rules.agreeing_shots:
        return np.full(len(entries), NO_SCORE, np.float32)
    agreeing = np.partition(one.shots @ entries.T, -rules.agreeing_shots, axis=0)[-rules.agreeing_shots]
    score: FloatArray = np.minimum((one.fused @ entries.T)[0], agreeing + np.float32(rules.agree_margin))
    return score


def scores_with(comparisons: Sequence[Comparison], entries: FloatArray, rules: RecognitionRules) -> FloatArray:
    """The highest threshold at which each passage would have alerted for each entry.

    Args:
        entries: shape (n, d), float32, rows of length 1: one picture of each person.

    Returns:
        Shape (passages that were searched, n), float32.
    """
    numbers = sorted({one.passage for one in comparisons})
    best = np.full((len(numbers), len(entries)), NO_SCORE, np.float32)
    for one in comparisons:
        row = best[numbers.index(one.passage)]
        np.maximum(row, scores_of(one, entries, rules), out=row)
    return best


def step_of(scores: FloatArray, curve: ImpostorCurve, source: str, *, seed: int) -> Multiple:
    """How many times as often as one comparison of the curve a passage ends in a false alert.

    It is counted at the highest threshold that `ENOUGH` pairs of a passage and an entry reach, of at least `PASSAGES`
    passages, and `ENOUGH` comparisons of the curve; the interval draws whole passages again.

    Args:
        scores: shape (passages, entries), as `scores_with` gives them; nobody who passes is an entry.
        source: what was rehearsed, in words.

    Raises:
        Refused: the passages are too few.
    """
    if scores.size < ENOUGH or len(scores) < PASSAGES:
        least = NO_SCORE
    else:
        least = float(min(np.sort(scores, axis=None)[-ENOUGH], np.sort(scores.max(axis=1))[-PASSAGES]))
    counted = (t for t, errors in zip(curve.thresholds, curve.errors, strict=True) if errors >= ENOUGH and t <= least)
    threshold = max(counted, default=NO_SCORE)
    rate = curve.errors_at(threshold) / curve.comparisons
    if threshold <= 0:
        raise Refused(
            f"{len(scores):,} passages and {scores.shape[1]:,} people are too few to see how often a passage is taken "
            "for somebody else.",
            "Give more rehearsed streets, or a folder with more people.",
        )
    of_passages = (scores >= threshold).sum(axis=1)
    drawn = np.random.default_rng(seed).multinomial(len(scores), np.full(len(scores), 1 / len(scores)), DRAWS)
    multiples = (drawn @ of_passages) / (scores.size * rate)
    value = float(of_passages.sum() / (scores.size * rate))
    low, high = (float(one) for one in np.percentile(multiples, [2.5, 97.5]))
    return Multiple(
        of="a passage",
        value=round(value, 3),
        low=round(min(low, value), 3),
        high=round(max(high, value), 3),
        threshold=threshold,
        errors=int(of_passages.sum()),
        source=source,
    )
