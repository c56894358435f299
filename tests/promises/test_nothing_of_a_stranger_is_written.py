"""A camera process writes counts, and nothing more of a stranger: to no file, no socket, no pipe."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from overt.engine import wire
from overt.engine.wire import Kind
from overt.video.reader import Pace
from tests.integration.servers import mjpeg_server
from tests.promises import scenes, traces
from tests.promises.rig import a_camera, camera_process, recogniser
from tests.promises.traces import Call

SECONDS = 5.0
PLAIN = {Kind.READY, Kind.HEALTH, Kind.GONE}
LONGEST = 104  # bytes of such a message; a template has 512


@dataclass(frozen=True)
class Written:
    """What a camera process did while it ran."""

    messages: list[tuple[Kind, bytearray]]
    calls: list[Call]

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.name in traces.WRITING]

    @property
    def content(self) -> bytes:
        return b"".join(text for call in self.writes for text in call.texts)

    def most_in_a_second(self) -> int:
        times = np.array([call.at_s for call in self.writes])
        sizes = np.array([max(0, call.result) for call in self.writes])
        return max(int(sizes[(times >= at) & (times < at + 1)].sum()) for at in times)

    def unexpected(self) -> list[tuple[Kind, int]]:
        """Messages that are not plain counts."""
        return [(kind, len(body)) for kind, body in self.messages if kind not in PLAIN or len(body) > LONGEST]


def run(url: str, folder: Path, *, planted: str | None = None, pace: Pace = Pace.OWN_SPEED) -> Written:
    """Runs a camera process under strace until its footage or its camera ends."""
    folder.mkdir()
    trace = folder / "trace.txt"
    with camera_process(
        a_camera(url),
        before=traces.strace(trace),
        planted=planted,
        pace=pace,
        folder=folder,
        size=scenes.SIZE,
    ) as running:
        running.wait_until_ready()
        running.wait(lambda: bool(running.of(Kind.GONE)), 60)
        running.child.wait(20)
        told = sum(len(message.content) for message in running.told)
        assert planted is None or told
    return Written(running.messages, traces.calls(trace))


def looks_like(content: bytes, templates: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """The highest cosine of any piece of the bytes, read as a float32 template at any place, with any template."""
    length = templates.shape[1]
    if len(content) < 4 * length:
        return 0.0
    pieces = np.lib.stride_tricks.sliding_window_view(np.frombuffer(content, np.uint8), 4 * length)
    with np.errstate(all="ignore"):
        read = np.ascontiguousarray(pieces).view(np.float32).astype(np.float64)
        read = np.where(np.isfinite(read) & (np.abs(read) < 1e6), read, 0.0)
        read /= np.maximum(np.linalg.norm(read, axis=1, keepdims=True), 1e-9)
    return float((read @ templates.T).max())


def templates_of_the_stranger() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    pictures = scenes.stranger(SECONDS)[::12]
    found = [portrait.template for picture in pictures for portrait in recogniser().portraits(picture)]
    assert len(found) >= 5
    return np.stack(found)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Written, Written]:
    """Strangers who pass, and nobody, for the same time."""
    folder = tmp_path_factory.mktemp("written")
    passing = scenes.clip(folder / "passing.mp4", scenes.stranger(SECONDS))
    empty = scenes.clip(folder / "empty.mp4", scenes.nobody(SECONDS))
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(partial(run, str(path), folder / path.stem)) for path in (passing, empty)]
        return runs[0].result(), runs[1].result()


def counts_of(written: Written) -> tuple[int, int]:
    counts = wire.unpack_health(next(body for kind, body in written.messages if kind is Kind.GONE)).counts
    return counts.faces_seen, counts.possible_matches


@pytest.mark.timeout(180)
def test_with_strangers_passing_only_counts_are_written_at_most_512_bytes_a_second(
    two: tuple[Written, Written],
) -> None:
    passing, _ = two
    assert counts_of(passing)[0] >= 1
    assert counts_of(passing)[1] == 0
    assert passing.unexpected() == []
    assert passing.most_in_a_second() <= wire.MOST_BYTES_A_SECOND
    assert len(passing.content) == sum(len(body) + 5 for _, body in passing.messages)
    assert looks_like(passing.content, templates_of_the_stranger()) < 0.4


@pytest.mark.timeout(180)
def test_no_more_is_written_when_strangers_pass_than_when_nobody_does(two: tuple[Written, Written]) -> None:
    passing, empty = two
    assert counts_of(empty) == (0, 0)
    # A slow start or end of either run may hold one more message of health, or of trouble with the time.
    assert abs(len(passing.content) - len(empty.content)) <= 3 * LONGEST
    assert {len(body) for kind, body in passing.messages if kind is Kind.HEALTH} == {
        len(body) for kind, body in empty.messages if kind is Kind.HEALTH
    }


def test_no_file_is_opened_for_writing_and_no_socket_is_made_for_a_recording(two: tuple[Written, Written]) -> None:
    for written in two:
        assert len(written.calls) > 100
        assert traces.opened_for_writing(written.calls) == []
        assert traces.sockets(written.calls) == []


@pytest.mark.timeout(180)
def test_a_network_camera_is_the_only_one_that_is_called(tmp_path: Path) -> None:
    path = scenes.clip(tmp_path / "passing.mp4", scenes.stranger(3))
    with mjpeg_server(path, scenes.FPS, pictures=60) as url:
        written = run(url, tmp_path / "run", pace=Pace.LIVE)
    port = url.split(":")[2].split("/")[0]
    connected = [call.arguments for call in written.calls if call.name == "connect"]
    assert connected
    assert all(f"htons({port})" in arguments for arguments in connected)
    assert not [call for call in written.calls if call.name in ("bind", "listen", "accept", "accept4")]
    assert traces.opened_for_writing(written.calls) == []
    asked = [b"".join(call.texts) for call in written.writes if call.name.startswith("send")]
    assert asked
    assert all(question.startswith(b"GET /video HTTP/1.1\r\n") and len(question) < 300 for question in asked)
    assert counts_of(written)[0] >= 1


@pytest.mark.long
@pytest.mark.timeout(180)
def test_planted_a_process_that_sends_or_writes_is_found_out(tmp_path: Path) -> None:
    path = scenes.clip(tmp_path / "passing.mp4", scenes.stranger(3))
    faults = "send a template,send a face,write a file,open a socket"
    written = run(str(path), tmp_path / "run", planted=faults)
    assert {kind for kind, _ in written.unexpected()} == {Kind.TROUBLE}
    assert written.most_in_a_second() > wire.MOST_BYTES_A_SECOND
    assert looks_like(b"".join(body for _, body in written.messages), templates_of_the_stranger()) > 0.8
    assert traces.opened_for_writing(written.calls)
    assert set(traces.sockets(written.calls)) == {"AF_INET"}
