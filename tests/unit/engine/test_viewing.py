"""What people may watch, inside a camera process: when a tile is made, when not, and that nothing is held up."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from overt.domain.face import NO_FACES
from overt.domain.geometry import Zone
from overt.domain.time import SECOND_US
from overt.engine import wire
from overt.engine.tiles import Tile, pack_tile, unpack_tile
from overt.engine.viewing import Viewing
from overt.engine.wire import Kind
from tests.unit.video.test_redact import H, W, frame_of

NO_TRACKS = np.zeros(0, np.int64)
FRAME = frame_of(np.full((H, W, 3), 90, np.uint8))
SHIFT_US = 1_000


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def looked_at(pipe: tuple[int, int]) -> Viewing:
    viewing = Viewing(2, Zone(), shift_us=lambda: SHIFT_US, out=pipe[1])
    assert not viewing.looks()
    viewing.is_looked_at = True
    assert viewing.looks()
    return viewing


def show(viewing: Viewing, pipe: tuple[int, int], times_s: list[float]) -> list[Tile]:
    """Shows frames; takes every tile at once."""
    tiles = []
    for at_s in times_s:
        viewing.saw(replace(FRAME, captured_us=round(at_s * SECOND_US)), NO_FACES, NO_TRACKS)
        if waiting(pipe):
            kind, content = wire.receive(pipe[0])
            assert kind is Kind.TILE
            tiles.append(unpack_tile(content))
    return tiles


def waiting(pipe: tuple[int, int]) -> bool:
    os.set_blocking(pipe[0], False)
    try:
        return bool(fcntl.ioctl(pipe[0], 0x541B, b"\0\0\0\0") != b"\0\0\0\0")
    finally:
        os.set_blocking(pipe[0], True)


def steps(begin_s: float, end_s: float, step_s: float = 0.125) -> list[float]:
    return [float(at_s) for at_s in np.arange(begin_s, end_s, step_s)]


def test_no_tile_comes_in_the_first_second_and_then_at_most_five_a_second(pipe: tuple[int, int]) -> None:
    tiles = show(looked_at(pipe), pipe, steps(100, 104))
    times = np.array([tile.captured_us for tile in tiles])
    assert times[0] == 101 * SECOND_US + SHIFT_US
    assert (np.diff(times) >= 0.2 * SECOND_US).all()
    assert 8 <= len(tiles) <= 15
    assert {tile.camera for tile in tiles} == {2}
    picture = cv2.imdecode(np.frombuffer(tiles[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (tiles[0].height, tiles[0].width, 3) == (360, 640, 3)


def test_after_a_gap_it_begins_anew(pipe: tuple[int, int]) -> None:
    viewing = looked_at(pipe)
    assert show(viewing, pipe, steps(100, 102))
    assert show(viewing, pipe, steps(104, 104.9)) == []
    assert show(viewing, pipe, steps(50, 50.9)) == []


def test_while_a_tile_waits_no_other_is_made(pipe: tuple[int, int]) -> None:
    viewing = looked_at(pipe)
    for at_s in steps(100, 103):
        viewing.saw(replace(FRAME, captured_us=round(at_s * SECOND_US)), NO_FACES, NO_TRACKS)
    wire.receive(pipe[0])
    assert not waiting(pipe)


def test_a_tile_that_has_no_room_is_left_out(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.engine.viewing.PIPE_BYTES", 1 << 30)  # refused: the default size it is
    monkeypatch.setattr("overt.engine.viewing.encoded", lambda _: bytes(1 << 17))
    assert show(looked_at(pipe), pipe, steps(100, 102)) == []


def test_when_nobody_looks_any_more_nothing_is_kept(pipe: tuple[int, int]) -> None:
    viewing = looked_at(pipe)
    show(viewing, pipe, steps(100, 102))
    viewing.is_looked_at = False
    assert not viewing.looks()
    assert viewing._redactor is None
    viewing.is_looked_at = True
    assert show(viewing, pipe, steps(102, 102.9)) == []


def test_a_tile_is_the_same_on_both_ends() -> None:
    tile = Tile(camera=3, captured_us=5, width=640, height=360, jpeg=b"jpeg")
    assert unpack_tile(pack_tile(tile)) == tile
    with pytest.raises(ValueError, match="no tile"):
        unpack_tile(b"short")
