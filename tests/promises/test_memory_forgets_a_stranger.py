"""One second after the last sighting nothing of a stranger is left in the memory of the camera process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from overt.engine import wire
from overt.engine.wire import Kind
from overt.video.reader import Pace
from tests.integration.servers import mjpeg_server
from tests.promises import memory, needles, scenes
from tests.promises.rig import Running, a_camera, camera_process, stopped

GONE_S = 1.0
HERE_S, AFTER_S = 5.0, 3.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stranger, and then nobody."""
    path = tmp_path_factory.mktemp("scene") / "leaves.mp4"
    return scenes.clip(path, scenes.stranger(HERE_S), scenes.nobody(AFTER_S))


def boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def found_in(running: Running, also: Mapping[str, list[bytes]]) -> Counter[str]:
    """What of the person lies in the stopped process, by kind."""
    wanted = needles.together([needles.of_templates(running), needles.of_pictures(running), dict(also)])
    assert all(len(set(wanted[kind])) >= 10 for kind in ("template", "raw template", "aligned face", "crop", "frame"))
    return memory.search(running.pid, wanted)


def during(running: Running) -> Counter[str]:
    """What is found while she stands before the camera."""
    running.wait_until_ready()
    running.wait(lambda: len(running.told_of("T")) >= 3, 20)
    with stopped(running):
        return found_in(running, {})


def after(running: Running, also: Mapping[str, list[bytes]] | None = None) -> Counter[str]:
    """What is found at the timer's first beat, by the process's own clock, a second after the last sighting.

    Args:
        also: what to search for besides, by kind.
    """

    def is_over() -> bool:
        return running.told_of("B")[-1].at_s - running.told_of("S")[-1].at_s >= GONE_S

    running.wait(is_over, 30)
    with stopped(running):
        assert is_over()
        return found_in(running, also or {})


def kinds(found: Counter[str]) -> set[str]:
    return {name.split(" in ")[0] for name in found}


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("source", "runtime"),
    [
        ("file", "auto"),
        pytest.param("file, long list", "auto", marks=pytest.mark.long),
        pytest.param("camera", "onnxruntime", marks=pytest.mark.long),
        pytest.param("lost camera", "auto", marks=pytest.mark.long),
    ],
)
def test_a_second_after_the_last_sighting_no_template_and_no_picture_is_left(
    clip: Path, source: str, runtime: str
) -> None:
    with ExitStack() as stack:
        camera = ExitStack()
        of_file = source.startswith("file")
        url = str(clip) if of_file else camera.enter_context(mjpeg_server(clip, scenes.FPS))
        stack.push(camera)
        running = stack.enter_context(
            camera_process(
                a_camera(url),
                planted="nothing",
                runtime=runtime,
                pace=Pace.OWN_SPEED if of_file else Pace.LIVE,
                once=False,
                in_halves=source == "file, long list",
            )
        )
        there = during(running)
        assert {"template", "raw template", "aligned face", "frame"} <= kinds(there)
        resumed_s = boot_s()
        # The search took a while, in which the process stood still; it must have seen her again.
        running.wait(lambda: running.told_of("S")[-1].at_s > resumed_s + 0.3, 20)
        if source == "lost camera":
            camera.close()
        assert after(running) == Counter()


def look(running: Running) -> None:
    """From now on somebody watches the camera."""
    running.wait_until_ready()
    wire.send(running.to_child, Kind.LOOK, wire.to_json({"cameras": [0]}))
    running.wait(lambda: len(running.of(Kind.TILE)) >= 3, 20)


@pytest.mark.timeout(400)
@pytest.mark.long
def test_nor_where_somebody_watches(clip: Path) -> None:
    with camera_process(a_camera(str(clip)), planted="nothing", once=False) as running:
        look(running)
        assert {"template", "frame"} <= kinds(during(running))
        assert len(set(needles.of_pictures(running)["tile"])) >= 10
        resumed_s = boot_s()
        running.wait(lambda: running.told_of("S")[-1].at_s > resumed_s + 0.3, 20)
        assert after(running) == Counter()


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_a_tile_that_is_kept_uncovered_is_found_out(clip: Path) -> None:
    with camera_process(a_camera(str(clip)), planted="keep a tile", once=False) as running:
        look(running)
        assert "tile" in kinds(after(running))


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_a_process_that_keeps_a_copy_or_never_blanks_is_found_out(clip: Path) -> None:
    with camera_process(a_camera(str(clip)), planted="keep a template,keep a crop,no timer", once=False) as running:
        running.wait_until_ready()
        running.wait(lambda: len(running.told_of("T")) >= 3, 20)
        found = after(running)
    assert {"template", "raw template", "aligned face", "crop"} <= kinds(found)
    assert "frame" not in kinds(found)
