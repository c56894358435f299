"""The frames of a rehearsed street that the machine would look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from overt.domain.errors import BadFootage
from overt.domain.progress import Progress
from overt.domain.rules import RecognitionRules
from overt.domain.time import Clock
from overt.video.frame import Frame
from overt.video.source import SourceSettings, open_source


def looked_at(clip: Path, *, rules: RecognitionRules, clock: Clock, frames: int, progress: Progress) -> Iterator[Frame]:
    """The frames of a clip that the machine would look at.

    Args:
        frames: of the clip, as its truth says.

    Raises:
        BadFootage: the clip cannot be read to its end, or has another number of frames.
    """
    source = open_source(str(clip), clock=clock, settings=SourceSettings(recorded=True))
    last_s: float | None = None
    done = 0
    for frame in source.frames():
        at_s = float(frame.media_time_s or 0.0)
        if last_s is None or at_s - last_s >= rules.detect_interval_s - 1 / source.fps / 2:
            last_s = at_s
            yield frame
        done = frame.number + 1
        progress(min(done, frames), frames)
    if done != frames:
        raise BadFootage(
            f"The clip {clip.name} has {done:,} frames, and the truth has {frames:,}, so it is of another street.",
            "Give the clip that overt rehearse made together with the truth.",
        )
