"""One camera at work in its process, and what it says of itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from overt.domain.envelope import Standing
from overt.domain.figures import Health
from overt.domain.forgetting import Examined
from overt.engine.viewing import Viewing
from overt.recognition.conditions import Conditions
from overt.recognition.flow import Flow
from overt.video.reader import Reader

#: A camera of whose pictures most are not looked at for so long is told of: it is not watched.
BEHIND_S = 5.0
BEHIND = "More than half of its pictures come too late to be looked at: this machine does not keep up with it."


@dataclass(kw_only=True)
class Post:
    """`warm_up_s`: processor seconds of its first frame, which compiles its detector."""

    position: int
    conditions: Conditions
    flow: Flow
    reader: Reader
    viewing: Viewing
    lock: threading.Lock = field(default_factory=threading.Lock)
    looked: int = 0
    missed: int = 0
    late: int = 0
    behind_s: float = 0.0
    looked_told: int = 0
    dropped_told: int = 0
    warm_up_s: float | None = None
    last_frame_us: int = 0
    lag_s: float = 0.0
    told: str = ""
    frames_told: int = 0
    flow_ended: bool = False
    to_examine: bool = False

    @property
    def trouble(self) -> str:
        """What a person should know of it, in plain words; empty where there is nothing."""
        if self.reader.trouble is not None:
            return str(self.reader.trouble)
        return BEHIND if self.behind_s >= BEHIND_S else ""

    def examined(self, now_us: int) -> Examined:
        """What its slots hold now."""
        with self.lock:
            slots, taken, left = self.flow.slots()
            return Examined(
                camera=self.position,
                slots=slots,
                taken=taken,
                left=left,
                unseen_s=self.flow.oldest_unmatched_s(now_us),
            )

    def kept_up(self, dropped: int, period_s: float) -> None:
        """Counts for how long most of its pictures were not looked at. `dropped`: of the whole run."""
        unseen = dropped - self.dropped_told
        self.behind_s = 0.0 if unseen <= self.looked - self.looked_told else self.behind_s + period_s
        self.looked_told, self.dropped_told = self.looked, dropped

    def health(self, now_us: int, *, period_s: float, cpu_s: float) -> Health:
        """How it is doing.

        Args:
            now_us: the moment by which its faces age.
            period_s: since it was asked last, seconds.
            cpu_s: its share of the process's processor seconds.
        """
        frames, dropped, video_s = self.reader.counted()
        rate = (frames - self.frames_told) / period_s
        self.frames_told = frames
        with self.lock:
            seconds = self.conditions.seconds
            return Health(
                camera=self.position,
                state=self.reader.state,
                counts=replace(
                    self.flow.counts,
                    frames=frames,
                    dropped=dropped + self.late,
                    video_s=video_s,
                    cpu_s=cpu_s,
                    green_s=seconds[Standing.GREEN],
                    amber_s=seconds[Standing.AMBER],
                    red_s=seconds[Standing.RED],
                ),
                in_view=self.flow.in_view,
                passages_open=self.flow.passages_open,
                oldest_unmatched_s=self.flow.oldest_unmatched_s(now_us),
                frames_per_s=rate,
                lag_s=self.lag_s,
                standing=self.conditions.standing,
                because=self.conditions.because,
                moved=self.conditions.moved,
                shows=self.conditions.shows,
            )
