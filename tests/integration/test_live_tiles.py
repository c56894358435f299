"""Tiles of the real engine: they come while somebody looks, covered; and stop when nobody does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from overt.domain.time import SECOND_US
from overt.engine import wire
from overt.engine.clock import SystemClock
from overt.engine.local import LocalEngine
from overt.engine.ports import Examiner, Tile, TileSink
from overt.engine.tiles import unpack_tile
from overt.engine.wire import Kind
from overt.video.redact import TILE_SIDE
from tests.integration.test_local_engine import Heard
from tests.promises import scenes
from tests.promises.rig import a_camera, camera_process, recogniser
from tests.tasks import task_of


class Board:
    """Somebody who may look."""

    def __init__(self) -> None:
        self.tiles: list[Tile] = []
        self.looks = False

    def wanted(self) -> frozenset[int]:
        return frozenset({0}) if self.looks else frozenset()

    def tile(self, tile: Tile) -> None:
        self.tiles.append(tile)


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.clip(tmp_path_factory.mktemp("passing") / "passing.mp4", scenes.stranger(3))


@contextmanager
def running(clip: Path, *, tiles: TileSink | None = None, examiner: Examiner | None = None) -> Iterator[Heard]:
    """The engine at work on two cameras in one process, once it is ready."""
    heard, stop = Heard(), threading.Event()
    task = task_of(clip, "north", "south", sizes=((640, 360), (640, 360)))
    engine = LocalEngine(task, clock=SystemClock(), alerts=heard, figures=heard, tiles=tiles, examiner=examiner)
    ready = threading.Event()
    thread = threading.Thread(target=engine.run, args=(stop, ready.set))
    thread.start()
    try:
        assert ready.wait(60)
        yield heard
    finally:
        stop.set()
        thread.join(10)


def wait_for(board: Board, count: int, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while len(board.tiles) < count:
        assert time.monotonic() < until, f"{len(board.tiles)} tiles came in {seconds} s"
        time.sleep(0.02)


def comes_to_rest(count: Callable[[], int]) -> None:
    """Waits until it has stayed for a time in which many tiles could come."""
    seen, until = -1, time.monotonic() + 20
    while (now := count()) != seen:
        assert time.monotonic() < until, f"{now} and more"
        seen = now
        time.sleep(1.5)


@pytest.mark.timeout(120)
def test_tiles_come_while_somebody_looks_covered_and_stop_when_nobody_does(passing: Path) -> None:
    board = Board()
    with running(passing, tiles=board):
        time.sleep(1)
        assert board.tiles == []
        board.looks = True
        wait_for(board, 8)
        board.looks = False
        comes_to_rest(lambda: len(board.tiles))
    assert {tile.camera for tile in board.tiles} == {0}
    times = np.array([tile.captured_us for tile in board.tiles])
    assert (np.diff(times) >= 0.19 * SECOND_US).all()
    assert abs(int(times[-1]) - SystemClock().now_us()) < 60 * SECOND_US
    for tile in board.tiles:
        picture = cv2.imdecode(np.frombuffer(tile.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (tile.height, tile.width, 3)
        assert max(picture.shape) <= TILE_SIDE
        assert recogniser().portraits(np.asarray(picture, np.uint8)) == []


@pytest.mark.timeout(120)
@pytest.mark.long
def test_a_reader_who_takes_nothing_does_not_hold_the_camera_up(passing: Path) -> None:
    with camera_process(a_camera(str(passing)), once=False) as process:
        process.wait_until_ready()
        wire.send(process.to_child, Kind.LOOK, wire.to_json({"cameras": [0]}))
        process.wait(lambda: len(process.of(Kind.TILE)) >= 2, 30)
        process.paused.set()
        time.sleep(3)
        process.paused.clear()
        before = len(process.of(Kind.TILE))
        process.wait(lambda: len(process.of(Kind.TILE)) >= before + 3, 20)
        times = np.array([unpack_tile(content).captured_us for content in process.of(Kind.TILE)])
        gaps_s = np.diff(times) / SECOND_US
        assert gaps_s.max() > 1.5  # what was not taken was not made, and nothing piled up
        healths = [wire.unpack_health(content) for content in process.of(Kind.HEALTH)]
        assert healths[-1].counts.frames > 0
        wire.send(process.to_child, Kind.LOOK, wire.to_json({"cameras": []}))
        comes_to_rest(lambda: len(process.of(Kind.TILE)))
