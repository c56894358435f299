"""A forget-me test before the real engine: somebody comes, is seen, goes, and their slots are blank within a second."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from overt.domain.authority import Camera, Window
from overt.domain.forgetting import PROMISED_S, Examined, ForgettingTest, Stage
from overt.domain.geometry import Zone
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US
from overt.engine.clock import SystemClock
from overt.engine.local import LocalEngine
from overt.engine.task import Task
from overt.faces.pack import default_pack, load
from overt.video.reader import Pace
from overt.video.source import SourceSettings
from tests.integration.test_local_engine import Heard
from tests.promises import scenes


class Examining:
    """Asks of the second camera, all the time."""

    def __init__(self) -> None:
        self.test = ForgettingTest(SystemClock().now_us())
        self.cameras: set[int] = set()
        self.over = threading.Event()

    def wanted(self) -> int | None:
        return None if self.test.over else 1

    def examined(self, found: Examined) -> None:
        self.cameras.add(found.camera)
        self.test.look(found, SystemClock().now_us())
        if self.test.over:
            self.over.set()


@pytest.mark.timeout(120)
def test_somebody_who_comes_and_goes_is_seen_to_be_forgotten(tmp_path: Path) -> None:
    clip = scenes.clip(tmp_path / "passing.mp4", scenes.nobody(3), scenes.stranger(3))
    now_us, heard, stop, ready = SystemClock().now_us(), Heard(), threading.Event(), threading.Event()
    task = Task(
        cameras=tuple(Camera(name=name, url=str(clip), zone=Zone()) for name in ("north", "south")),
        sizes=((640, 360), (640, 360)),
        window=Window(opens_us=now_us - SECOND_US, closes_us=now_us + 3600 * SECOND_US),
        rules=RecognitionRules(),
        envelope=None,
        threshold=0.9,
        networks=load(default_pack()),
        templates=np.eye(1, 128, dtype=np.float32),
        row_entry=np.zeros(1, np.int32),
        pace=Pace.OWN_SPEED,
        once=False,
        profile=False,
        processes=1,
        runtime="auto",
        precision="auto",
        source=SourceSettings(recorded=True),
    )
    examining = Examining()
    engine = LocalEngine(task, clock=SystemClock(), alerts=heard, figures=heard, examiner=examining)
    thread = threading.Thread(target=engine.run, args=(stop, ready.set))
    thread.start()
    try:
        assert ready.wait(60)
        assert examining.over.wait(60), examining.test.stage
        asked = examining.test.newest
        time.sleep(0.6)
        assert examining.test.newest is asked  # nobody asks any more, and nothing is told
    finally:
        stop.set()
        thread.join(10)
    test = examining.test
    assert test.stage is Stage.FORGOTTEN
    assert examining.cameras == {1}
    assert test.most >= 1
    assert test.before_s is not None
    assert test.before_s <= PROMISED_S
    assert asked is not None
    assert (asked.taken, asked.left) == (0, 0)
    assert asked.slots == RecognitionRules().tracks_limit
