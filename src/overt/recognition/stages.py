"""Where the time of a camera goes: processor seconds of each stage of the path, for `overt watch --profile`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

DETECT, TRACK, LOOK, EMBED, SEARCH = "detect", "track", "second look", "templates", "search"


class Stages:
    """Processor seconds of the calling thread, by stage."""

    def __init__(self) -> None:
        self.spent_s = dict.fromkeys((DETECT, TRACK, LOOK, EMBED, SEARCH), 0.0)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began_s = time.thread_time()
        yield
        self.spent_s[stage] += time.thread_time() - began_s
