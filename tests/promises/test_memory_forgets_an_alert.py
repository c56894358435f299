"""Of a person who alerted no picture is left: in the camera process a second after the last sighting, in the supervisor
once the alert sink has taken what it needs."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from overt.engine import wire
from overt.engine.wire import Kind
from tests.promises import memory, needles, scenes
from tests.promises.rig import Running, a_camera, camera_process, stopped, supervisor
from tests.promises.test_memory_forgets_a_stranger import after, kinds

PICTURE = "picture of the match"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Someone on the list, and then nobody, for longer than a camera process needs to forget."""
    path = tmp_path_factory.mktemp("scene") / "listed.mp4"
    return scenes.clip(path, scenes.listed(), scenes.nobody(4))


def sent_by(running: Running) -> dict[str, list[bytes]]:
    """Rows of the pictures that came up with its first possible match."""
    match = wire.unpack_alert(bytearray(running.of(Kind.ALERT)[0]))
    assert match.pictures
    return {PICTURE: needles.of_match(match)}


def left_after(clip: Path, fault: str) -> set[str]:
    """Kinds of what is found in the camera process a second after the man was last seen."""
    with camera_process(a_camera(str(clip)), planted=fault, once=False) as running:
        running.wait_until_ready()
        running.wait(lambda: bool(running.of(Kind.ALERT)), 30)
        return kinds(after(running, sent_by(running)))


@pytest.mark.timeout(180)
@pytest.mark.long
def test_a_second_after_someone_who_alerted_has_gone_no_picture_is_left_in_the_camera_process(clip: Path) -> None:
    assert left_after(clip, "nothing") == set()


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_pictures_that_are_not_overwritten_when_they_are_sent_are_found_out(clip: Path) -> None:
    assert left_after(clip, "keep the pictures") >= {PICTURE}


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_a_slot_that_is_not_overwritten_when_the_alert_is_raised_is_found_out(clip: Path) -> None:
    assert left_after(clip, "keep a crop") >= {"crop"}


def taken(running: Running) -> Counter[str]:
    """What of the pictures lies in the supervisor when the engine has done with the match."""
    running.wait(lambda: bool(running.told_of("H")), 60)
    time.sleep(0.05)
    with stopped(running):
        rows = needles.windows(needles.as_bytes(running.told_of("P")))
        assert len(set(rows)) >= 50
        return memory.search(running.child.pid, {PICTURE: rows})


@pytest.mark.timeout(180)
def test_nothing_of_a_picture_is_left_in_the_supervisor_when_the_sink_has_taken_it(clip: Path) -> None:
    with supervisor(clip, "nothing") as running:
        assert taken(running) == Counter()
        assert not os.waitid(os.P_PID, running.child.pid, os.WEXITED | os.WNOHANG)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_a_match_that_the_supervisor_does_not_overwrite_is_found_out(clip: Path) -> None:
    with supervisor(clip, "no wipe") as running:
        assert kinds(taken(running)) == {PICTURE}
