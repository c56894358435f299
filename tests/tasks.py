"""What an engine is told to do, with little to be said where a test wants nothing special."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from overt.domain.authority import Camera, Window
from overt.domain.geometry import Zone
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US
from overt.engine.clock import SystemClock
from overt.engine.task import Task
from overt.faces.pack import default_pack, load
from overt.video.reader import Pace
from overt.video.source import SourceSettings

HOUR_US = 3600 * SECOND_US


def task_of(clip: Path, *names: str, sizes: tuple[tuple[int, int], ...], **changes: object) -> Task:
    """Cameras of these names that play a clip again and again, in one process, within two hours; nobody is like whoever
    is on the list."""
    now_us = SystemClock().now_us()
    task = Task(
        cameras=tuple(Camera(name=name, url=str(clip), zone=Zone()) for name in names),
        sizes=sizes,
        window=Window(opens_us=now_us - HOUR_US, closes_us=now_us + HOUR_US),
        rules=RecognitionRules(),
        envelope=None,
        threshold=0.9,
        networks=load(default_pack()),
        templates=np.eye(3, 128, dtype=np.float32),
        row_entry=np.arange(3, dtype=np.int32),
        pace=Pace.OWN_SPEED,
        once=False,
        profile=False,
        processes=1,
        runtime="auto",
        precision="auto",
        source=SourceSettings(recorded=True),
    )
    return replace(task, **changes)  # type: ignore[arg-type]
