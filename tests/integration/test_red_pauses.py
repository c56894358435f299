"""Real camera processes before a scene outside the operating envelope: amber warns, red pauses, both are counted."""

from __future__ import annotations

import datetime
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from overt.domain.envelope import Envelope, Limit
from overt.domain.figures import Counts
from overt.engine.clock import SystemClock
from overt.engine.local import LocalEngine
from overt.video.reader import Pace
from tests.integration.test_local_engine import Heard
from tests.tasks import task_of
from tests.unit.faces.parts import astronaut
from tests.unit.video.clips import write_clip

SECONDS = 5


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face in half the light, in which it can still be found."""
    picture = (astronaut() * 0.5).astype(np.uint8)
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", [picture] * 25 * SECONDS)


def light(amber: float, red: float) -> Envelope:
    limit = Limit(quantity="zone_light", amber=amber, red=red, condition="a test", people=9)
    return Envelope(limits=(limit,), source="a test", date=datetime.date(2026, 11, 28))


def run(clip: Path, envelope: Envelope | None) -> tuple[Counts, list[str]]:
    heard = Heard()
    task = task_of(
        clip, "north", sizes=((512, 512),), envelope=envelope, pace=Pace.FAST, once=True, runtime="onnxruntime"
    )
    counts = LocalEngine(task, clock=SystemClock(), alerts=heard, figures=heard).run(threading.Event())
    minutes = [replace(one.counts, cpu_s=0.0) for one in heard.minutes]
    assert sum(one.red_s for one in minutes) == pytest.approx(counts.red_s)
    return counts, heard.said


def test_without_an_envelope_the_face_is_searched_and_nothing_is_told(clip: Path) -> None:
    counts, said = run(clip, None)
    assert counts.faces_seen == 1
    assert (counts.green_s, counts.amber_s, counts.red_s) == (0, 0, 0)
    assert said == []


def test_in_amber_the_face_is_searched_and_people_are_warned(clip: Path) -> None:
    counts, said = run(clip, light(150.0, 5.0))
    assert counts.faces_seen == 1
    assert counts.amber_s == pytest.approx(SECONDS, abs=0.5)
    assert [one.partition(":")[0] for one in said] == ["Fewer listed people are found now than the pack's figures say"]


def test_in_red_no_face_is_looked_for_and_people_are_told(clip: Path) -> None:
    counts, said = run(clip, light(150.0, 140.0))
    assert (counts.faces_detected, counts.faces_seen) == (0, 0)
    assert counts.red_s == pytest.approx(SECONDS, abs=0.5)
    assert [one.partition(":")[0] for one in said] == ["Scanning has paused on this camera"]
