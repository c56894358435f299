"""A supervisor whose alert sink keeps nothing, watched from inside, with a planted fault where one is named.

Run as `python -P tests/planted/supervisor.py CLIP SPY FAULT`, with a template (float32) on its standard input: it
watches the clip for that person, again and again, with one camera process of the product. Through the pipe SPY it tells
rows of each picture of a possible match as the sink was handed them, straight from where they lie, and when the engine
has done with the match.

FAULT: "nothing", or "no wipe" (a match is not overwritten, and something still holds it).
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time

import numpy as np

from overt.domain.alert import PossibleMatch
from overt.domain.authority import Camera, Window
from overt.domain.figures import Health, MinuteFigures
from overt.domain.geometry import Zone
from overt.domain.profile import Profile
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock
from overt.engine.local import LocalEngine
from overt.engine.place import Event
from overt.engine.task import Task
from overt.faces.pack import default_pack, load
from overt.video.reader import Pace
from overt.video.source import SourceSettings

HEAD = struct.Struct("<cqI")
PARTS = (0.3, 0.4, 0.5, 0.6, 0.7)


class Sink:
    """Tells what it is handed, and keeps nothing."""

    def __init__(self, told: int) -> None:
        self._told = told

    def tell(self, kind: bytes, content: memoryview | bytes = b"") -> None:
        view = memoryview(content)
        os.write(self._told, HEAD.pack(kind, time.clock_gettime_ns(time.CLOCK_BOOTTIME), len(view)))
        os.write(self._told, view)

    def raise_alert(self, match: PossibleMatch) -> None:
        for picture in match.pictures:
            row = 3 * picture.width
            for part in PARTS:
                start = int(part * picture.height) * row
                self.tell(b"P", memoryview(picture.bgr)[start : start + row])

    def settle(self) -> None:
        """Nothing waits here."""

    def minute(self, figures: MinuteFigures) -> None:
        """Not wanted here."""

    def health(self, health: Health) -> None:
        """Not wanted here."""

    def profile(self, profile: Profile) -> None:
        """Not wanted here."""

    def trouble(self, camera: int | None, sentence: str) -> None:
        self.tell(b"!", sentence.encode())


def watch(sink: Sink, fault: str) -> None:
    handle = LocalEngine._handle

    def watched(engine: LocalEngine, event: Event) -> None:
        handle(engine, event)
        if event.match is not None:
            sink.tell(b"H")

    LocalEngine._handle = watched  # type: ignore[assignment,method-assign]
    if fault == "no wipe":
        kept: list[PossibleMatch] = []

        def left(match: PossibleMatch) -> None:
            kept.append(match)

        PossibleMatch.wipe = left  # type: ignore[assignment,method-assign]


def main() -> None:
    clip, told, fault = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    template = np.frombuffer(sys.stdin.buffer.read(), np.float32).reshape(1, -1).copy()
    networks, now_us = load(default_pack()), SystemClock().now_us()
    sink = Sink(told)
    watch(sink, fault)
    task = Task(
        cameras=(Camera(name="north", url=clip, zone=Zone(), smallest_face_px=40),),
        sizes=((0, 0),),
        window=Window(opens_us=now_us - 60_000_000, closes_us=now_us + 3600_000_000),
        rules=RecognitionRules(),
        envelope=None,
        threshold=0.5,
        networks=networks,
        templates=template,
        row_entry=np.zeros(1, np.int32),
        pace=Pace.OWN_SPEED,
        once=False,
        profile=False,
        processes=1,
        runtime="auto",
        precision="auto",
        source=SourceSettings(recorded=True),
    )
    LocalEngine(task, clock=SystemClock(), alerts=sink, figures=sink).run(threading.Event())


if __name__ == "__main__":
    main()
