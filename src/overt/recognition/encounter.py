"""The encounter of a passage with the list: when does a comparison become a possible match?

Rules:
  - the fused template must reach the threshold, and so many single shots must agree with it: same best entry, and
    a score no further below the threshold than the margin;
  - one alert for a passage and an entry, however long the person stays in view;
  - an entry that has just alerted on this camera does not alert again until its cool-down is over; this is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

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
        self._last_us: dict[int, int] = {}

    def judge(self, passage: int, fused: Candidates, shots: Candidates, now_us: int) -> Meeting:
        """Judges one comparison of a passage.

        Args:
            fused: of the fused template (one probe).
            shots: of the single shots.
        """
        entry, score = int(fused.entries[0]), float(fused.scores[0])
        verdict = Verdict.NOTHING
        if score >= self._threshold and (passage, entry) not in self._alerted and self._agree(entry, shots):
            self._alerted.add((passage, entry))
            last = self._last_us.get(entry)
            cooling = last is not None and now_us - last < self._rules.cool_down_s * 1e6
            verdict = Verdict.COOLING_DOWN if cooling else Verdict.POSSIBLE_MATCH
            if not cooling:
                self._last_us[entry] = now_us
        return Meeting(verdict=verdict, entry=entry, score=score)

    def forget(self, passage: int) -> None:
        """The passage is over."""
        self._alerted = {pair for pair in self._alerted if pair[0] != passage}

    def _agree(self, entry: int, shots: Candidates) -> bool:
        agreeing = (shots.entries == entry) & (shots.scores >= self._threshold - self._rules.agree_margin)
        return int(np.count_nonzero(agreeing)) >= self._rules.agreeing_shots
