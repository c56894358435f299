"""Where the time of a run went, for `overt watch --profile`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

DECODE, SCALE, DETECT, TRACK = "decode", "scale", "detect", "track"
REFINE, EMBED, MATCH, IDLE = "refine and align", "embed", "match", "idle"
STAGES: Final = (DECODE, SCALE, DETECT, TRACK, REFINE, EMBED, MATCH, IDLE)

#: Results are counted by how long after its capture a picture was done with, in so many steps; the last one: later.
STEP_MS: Final = 5
STEPS: Final = 201


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Of one camera process, or of several together.

    Attributes:
        processes: how many.
        spent_s: processor seconds by stage of the path; under "idle" those that were left.
        video_s: seconds of video that were taken in.
        looks: pictures that were taken all the way, or that showed nothing new.
        results: shape (STEPS,): looks by the time from the picture's capture to the end of its path; all 0 where
            footage is played as fast as it goes.
    """

    processes: int = 1
    spent_s: Mapping[str, float]
    video_s: float
    looks: int
    results: tuple[int, ...]

    def result_ms(self, share: float) -> int | None:
        """Within how many milliseconds this share of the looks, 0 to 1, was done; None where nothing was timed, and
        the longest time that is told where it took longer."""
        seen, wanted = 0, share * sum(self.results)
        for step, count in enumerate(self.results):
            seen += count
            if count and seen >= wanted:
                return (step + 1) * STEP_MS
        return None


def step_of(age_us: int) -> int:
    """The step in which a result of this age, microseconds, counts."""
    return max(0, min(STEPS - 1, age_us // (1000 * STEP_MS)))


def together(profiles: Iterable[Profile]) -> Profile:
    """Several processes as one."""
    all_of = list(profiles)
    spent: Counter[str] = Counter()
    for one in all_of:
        spent.update(one.spent_s)
    return Profile(
        processes=sum(one.processes for one in all_of),
        spent_s={stage: spent[stage] for stage in STAGES},
        video_s=sum(one.video_s for one in all_of),
        looks=sum(one.looks for one in all_of),
        results=tuple(map(sum, zip(*(one.results for one in all_of), strict=True))) or (0,) * STEPS,
    )
