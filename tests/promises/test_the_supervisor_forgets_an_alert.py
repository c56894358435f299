"""The process that seals an alert's pictures holds nothing of them afterwards. That their raw pixels are
overwritten is shown in `test_memory_forgets_an_alert`."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from overt.engine.clock import SystemClock
from overt.services.adjudicate import evidence
from overt.services.installation import opened
from tests.integration.deployments import place_at, ready, write_deployment
from tests.integration.servers import mjpeg_server
from tests.integration.watching import watching
from tests.needs import sample_footage
from tests.promises import memory

SETTLED_S = 1.0
PIECE = 64
TABLES = 1000  # bytes at the beginning of a JPEG, much of them the same in every JPEG and in every library of JPEGs


def pieces(jpeg: bytes) -> list[bytes]:
    """Parts from all over a picture."""
    return [jpeg[at : at + PIECE] for at in range(TABLES, len(jpeg) - PIECE, len(jpeg) // 40)]


def left_in_the_supervisor(folder: Path, **how: tuple[str, ...]) -> set[str]:
    """What of an alert's pictures is in the memory of a live `overt watch` a second after it was shown."""
    footage, home = sample_footage(), folder / "home"
    people = folder / "people"
    people.mkdir()
    shutil.copy(footage / "single_face.jpg", people / "the man.jpg")
    with mjpeg_server(footage / "single_face.mp4", 25) as url:
        file = write_deployment(folder / "live.toml", {"door": url}, people)
        with watching(file, home=ready(file, home), **how) as watched:
            watched.wait_for(lambda: watched.alerts)
            time.sleep(SETTLED_S)
            with opened(place_at(home), clock=SystemClock(), random_bytes=os.urandom, finish=False) as installation:
                shown = evidence(installation, str(watched.alerts[0]["alert"]))
            assert shown.pictures
            assert shown.listed
            needles = {
                "passage": [part for one in shown.pictures for part in pieces(one.jpeg)],
                "list": pieces(shown.listed),
            }
            return {found.split()[0] for found in memory.search(watched.process.pid, needles)}


@pytest.mark.timeout(180)
@pytest.mark.long
def test_once_an_alert_is_sealed_its_pictures_are_nowhere_in_the_supervisor(tmp_path: Path) -> None:
    assert left_in_the_supervisor(tmp_path) == set()


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_memory_that_is_not_overwritten_when_it_is_freed_is_found_out(tmp_path: Path) -> None:
    program = "import overt.engine.limits as limits; limits._M_PERTURB = 0; from overt.cli.start import run; run()"
    assert left_in_the_supervisor(tmp_path, command=(sys.executable, "-c", program)) != set()
