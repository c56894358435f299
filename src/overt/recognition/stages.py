"""Where the time of a camera goes: processor seconds of each stage of the path, for `overt watch --profile`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from overt.domain.profile import DECODE, IDLE, STAGES


class Stages:
    """Processor seconds of the calling thread, by stage."""

    def __init__(self) -> None:
        self.spent_s = {stage: 0.0 for stage in STAGES if stage not in (DECODE, IDLE)}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began_s = time.thread_time()
        yield
        self.spent_s[stage] += time.thread_time() - began_s
