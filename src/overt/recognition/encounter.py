"""The encounter of a passage with the list: when does a comparison become a possible match?

Rules:
  - the fused template must reach the threshold, and so many single shots must agree with it: their score with that
    entry lies no further below the threshold than the margin, and no other entry beats it by more than the margin
    (two entries may show one person);
  - one alert for a passage and an entry, however long the person stays in view;
  - an entry that has just alerted on this camera does not alert again until its cool-down is over; this is counted,
    once a passage, and the passage is compared again when the cool-down ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.domain.rules import RecognitionRules
from overt.recognition.match import Candidates


class Verdict(Enum):
    NOTHING = "nothing"
    POSSIBLE_MATCH = "possible match"
    COOLING_DOWN = "cooling down"


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What came of one comparison. `entry` and `score` are those of the fused template."""

    verdict: Verdict
    entry: int
    score: float


class Encounters:
    """Remembers, for one camera, which passages and entries have alerted; entries only, never who passed."""

    def __init__(self, rules: RecognitionRules, threshold: float) -> None:
        self._rules, self._threshold = rules, threshold
        self._alerted: set[tuple[int, int]] = set()
        self._held: dict[int, int] = {}
        self._last_us: dict[int, int] = {}

    def judge(self, passage: int, fused: Candidates, shots: Candidates, own: FloatArray, now_us: int) -> Meeting:
        """Judges one comparison of a passage.

        Args:
            fused: of the fused template (one probe).
            shots: the best entry of each single shot.
            own: shape (k,), the score of each single shot with the fused template's entry.
        """
        entry, score = int(fused.entries[0]), float(fused.scores[0])
        verdict = Verdict.NOTHING
        if score >= self._threshold and (passage, entry) not in self._alerted and self._agree(shots, own):
            if not self._cooling(entry, now_us):
                verdict = Verdict.POSSIBLE_MATCH
                self._alerted.add((passage, entry))
                self._held.pop(passage, None)
                self._last_us[entry] = now_us
            elif self._held.get(passage) != entry:
                verdict = Verdict.COOLING_DOWN
                self._held[passage] = entry
        return Meeting(verdict=verdict, entry=entry, score=score)

    def could_agree(self, shots: Candidates) -> NDArray[np.bool_]:
        """Which single shots are near enough to some entry to take part in a match, now or later in their passage;
        shape (k,). The others never will: what counts is a shot's score with one entry, and `shots` holds its best."""
        near: NDArray[np.bool_] = shots.scores >= self._threshold - self._rules.agree_margin
        return near

    def due_again(self, passage: int, now_us: int) -> bool:
        """Whether the passage was held back by a cool-down that is now over."""
        entry = self._held.get(passage)
        return entry is not None and not self._cooling(entry, now_us)

    def forget(self, passage: int) -> None:
        """The passage is over."""
        self._alerted = {pair for pair in self._alerted if pair[0] != passage}
        self._held.pop(passage, None)

    def _cooling(self, entry: int, now_us: int) -> bool:
        last = self._last_us.get(entry)
        return last is not None and now_us - last < self._rules.cool_down_s * 1e6

    def _agree(self, shots: Candidates, own: FloatArray) -> bool:
        margin = self._rules.agree_margin
        agreeing = (own >= self._threshold - margin) & (shots.scores - own <= margin)
        return int(np.count_nonzero(agreeing)) >= self._rules.agreeing_shots
