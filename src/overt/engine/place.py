"""One camera process and its successors, as the supervisor holds them: started, told, heard, gone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from overt.domain.alert import PossibleMatch
from overt.engine import wire
from overt.engine.limits import environment
from overt.engine.wire import Kind


@dataclass(frozen=True)
class Event:
    """A message of a process; `kind` None: its pipe closed. `life` tells a process from its successor. A possible match
    comes as `match`, and whoever takes the event overwrites it."""

    place: int
    life: int
    kind: Kind | None
    content: bytearray = field(default_factory=bytearray)
    match: PossibleMatch | None = None

    def wipe(self) -> None:
        if self.match is not None:
            self.match.wipe()


@dataclass(kw_only=True)
class Place:
    """One camera process and its successors. `deaths`: when they died, within ten minutes; `early_deaths`: how many in
    a row died of their start."""

    cameras: tuple[int, ...]
    child: subprocess.Popen[bytes] | None = None
    to_child: int = -1
    life: int = 0
    started_s: float = 0.0
    heard_s: float = 0.0
    early_deaths: int = 0
    ready: bool = False
    deaths: list[float] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)
    failure: str = ""

    @property
    def over(self) -> bool:
        return len(self.ended) == len(self.cameras)

    def start(self, shared: Sequence[int]) -> int:
        """Starts the next process; returns the end of the pipe at which it is heard.

        Args:
            shared: descriptors that it inherits besides its pipes.
        """
        child_in, self.to_child = os.pipe()
        from_child, child_out = os.pipe()
        self.child = subprocess.Popen(
            [sys.executable, "-P", "-m", "overt.engine.camera", str(child_in), str(child_out)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(child_in, child_out, *shared),
            start_new_session=True,
            env=environment(),
        )
        os.close(child_in)
        os.close(child_out)
        self.life += 1
        self.started_s = self.heard_s = time.monotonic()
        self.ready = False
        self.failure = ""
        return from_child

    def tell(self, kind: Kind, content: bytes = b"") -> None:
        if self.child is not None and self.to_child >= 0:
            with suppress(wire.Closed):  # it has died; its closed pipe tells
                wire.send(self.to_child, kind, content)

    def reap(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None
        if self.to_child >= 0:
            os.close(self.to_child)
            self.to_child = -1
