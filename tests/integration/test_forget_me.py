"""A forget-me test before the real engine: somebody comes, is seen, goes, and their slots are blank within a second."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from overt.domain.forgetting import PROMISED_S, Examined, ForgettingTest, Stage
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock
from tests.integration.test_live_tiles import running
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
    examining = Examining()
    with running(clip, examiner=examining):
        assert examining.over.wait(60), examining.test.stage
        asked = examining.test.newest
        time.sleep(0.6)
        assert examining.test.newest is asked  # nobody asks any more, and nothing is told
    test = examining.test
    assert test.stage is Stage.FORGOTTEN
    assert examining.cameras == {1}
    assert test.most >= 1
    assert test.before_s is not None
    assert test.before_s <= PROMISED_S
    assert asked is not None
    assert (asked.taken, asked.left) == (0, 0)
    assert asked.slots == RecognitionRules().tracks_limit
