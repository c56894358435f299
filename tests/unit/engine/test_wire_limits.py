"""The wire's limits: its size a second, and what happens when nobody listens. Round trips: tests/property/test_wire."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from overt.domain.figures import Counts, Health
from overt.engine import wire
from overt.engine.wire import Kind


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            continue


@pytest.mark.parametrize("cameras", range(1, 17))
def test_health_of_all_cameras_of_a_process_stays_under_512_bytes_a_second(cameras: int, pipe: tuple[int, int]) -> None:
    for camera in range(cameras):
        wire.send(pipe[1], Kind.HEALTH, wire.pack_health(Health(camera=camera, state="live", counts=Counts())))
    size = len(os.read(pipe[0], 1 << 16))
    assert size / wire.health_period_s(cameras) < wire.MOST_BYTES_A_SECOND
    assert wire.health_period_s(cameras) >= 1


def test_health_is_as_long_when_a_crowd_passes() -> None:
    crowd = Counts(frames=10**9, faces_detected=10**6, faces_seen=10**6, possible_matches=10**5, video_s=1e6)
    quiet = Health(camera=0, state="live", counts=Counts())
    busy = Health(camera=0, state="live", counts=crowd, in_view=64, passages_open=10**6)
    assert len(wire.pack_health(quiet)) == len(wire.pack_health(busy))
    assert wire.unpack_health(wire.pack_health(busy)).passages_open == 65535


def test_nobody_who_reads_means_closed(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(wire.Closed):
        wire.send(pipe[1], Kind.READY)


def test_nobody_who_writes_means_closed(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    with pytest.raises(wire.Closed):
        wire.receive(pipe[0])


def test_a_descriptor_that_is_no_more_means_closed(pipe: tuple[int, int]) -> None:
    for end in pipe:
        os.close(end)
    with pytest.raises(wire.Closed):
        wire.send(pipe[1], Kind.READY)
    with pytest.raises(wire.Closed):
        wire.receive(pipe[0])


def test_half_a_message_means_closed(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"\x10\x00\x00\x00\x05half")
    os.close(pipe[1])
    with pytest.raises(wire.Closed):
        wire.receive(pipe[0])


def test_pixels_of_half_a_message_are_overwritten(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    overwritten: list[bytearray] = []

    def seen(content: bytearray) -> None:
        overwrite(content)
        overwritten.append(content)

    overwrite = wire.overwrite
    monkeypatch.setattr(wire, "overwrite", seen)
    os.write(pipe[1], b"\x10\x00\x00\x00\x05half")
    os.close(pipe[1])
    with pytest.raises(wire.Closed):
        wire.receive(pipe[0])
    assert overwritten == [bytearray(16)]


def test_large_pictures_go_through_a_small_pipe_and_stay_where_they_lie(pipe: tuple[int, int]) -> None:
    pixels = [bytearray([n]) * (256 * 256 * 3) for n in (1, 2, 3)]
    received: list[tuple[Kind, bytearray]] = []
    reader = threading.Thread(target=lambda: received.append(wire.receive(pipe[0])))
    reader.start()
    wire.send(pipe[1], Kind.ALERT, b"sizes", pixels)
    reader.join()
    assert received == [(Kind.ALERT, bytearray(b"sizes" + b"".join(pixels)))]


def test_a_message_of_an_absurd_length_is_not_waited_for(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"\xff\xff\xff\xff\x05")
    with pytest.raises(wire.Closed):
        wire.receive(pipe[0])


def test_what_is_no_table_means_closed() -> None:
    assert wire.from_json(wire.to_json({"a": [1, None]})) == {"a": [1, None]}
    with pytest.raises(wire.Closed):
        wire.from_json(b"[1]")
