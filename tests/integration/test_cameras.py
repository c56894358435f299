"""Cameras as they are met: over RTSP and HTTP, with the faults that they have."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from overt.domain.errors import BadSource, CameraLost
from overt.domain.time import SECOND_US
from overt.video.frame import Frame
from overt.video.reader import Pace, Reader
from overt.video.source import Source, SourceSettings, open_source
from tests.integration.servers import (
    HOST,
    answering_server,
    mjpeg_server,
    rtsp_server,
    rtsp_server_here,
    silent_server,
)
from tests.needs import needs_part
from tests.unit.video.clips import numbered, write_clip

SETTINGS = SourceSettings(open_timeout_s=4, read_timeout_s=2)


class MachineClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def boot_us(self) -> int:
        return time.monotonic_ns() // 1000


CLOCK = MachineClock()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", numbered(150), options={"g": "25", "bf": "0"})


@pytest.fixture
def gstreamer() -> None:
    needs_part(rtsp_server_here(), "needs Debian's GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)")


def wait_for(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return False


def watch(source: Source) -> tuple[Frame, list[int], list[int]]:
    """Until the camera is lost: its first frame, the capture times and the ages at arrival, microseconds."""
    frames = source.frames()
    first = next(frames)
    captured, ages_us = [first.captured_us], [CLOCK.now_us() - first.captured_us]

    def go_on() -> None:
        for frame in frames:
            captured.append(frame.captured_us)
            ages_us.append(CLOCK.now_us() - frame.captured_us)

    with pytest.raises(CameraLost):
        go_on()
    return first, captured, ages_us


@pytest.mark.usefixtures("gstreamer")
def test_an_rtsp_camera_is_seen_in_its_own_time(clip: Path) -> None:
    with rtsp_server(clip) as server:
        source = open_source(server.url, clock=CLOCK, settings=SETTINGS, loop=7)
        assert source.live
        assert source.fps == pytest.approx(25, abs=1)
        first, captured, ages_us = watch(source)
    assert (first.loop, first.media_time_s, first.width, first.height) == (7, None, 320, 240)
    assert len(captured) >= 145
    assert captured == sorted(captured)
    late = captured[60:]
    assert (late[-1] - late[0]) / (len(late) - 1) == pytest.approx(40_000, rel=0.05)
    assert min(ages_us) >= 0
    assert sorted(ages_us)[len(ages_us) // 2] < 0.3 * SECOND_US


@pytest.mark.usefixtures("gstreamer")
def test_an_rtsp_camera_that_dies_is_found_again_when_it_is_back(clip: Path) -> None:
    with rtsp_server(clip) as server:
        url = server.url
        woken = threading.Event()
        reader = Reader(
            opener=lambda loop: open_source(url, clock=CLOCK, settings=SETTINGS, loop=loop),
            clock=CLOCK,
            interval_s=0.12,
            pace=Pace.LIVE,
            once=False,
            wake=woken.set,
        )
        reader.start()
        try:
            assert wait_for(lambda: reader.state == "live", 10)
            server.kill()
            assert wait_for(lambda: reader.state == "lost", 10)
            assert isinstance(reader.trouble, CameraLost)
            assert reader.take() is None
            server.start()
            assert server.url == url
            assert wait_for(lambda: reader.state == "live", 20)
            frame = None
            while frame is None and woken.wait(5):
                woken.clear()
                frame = reader.take()
            assert frame is not None
            assert frame.loop == 1
        finally:
            reader.stop()


def test_an_http_camera_is_seen_in_its_own_time(clip: Path) -> None:
    with mjpeg_server(clip, 20, pictures=30) as url:
        source = open_source(url, clock=CLOCK, settings=SETTINGS)
        first, captured, ages_us = watch(source)
    assert first.full_range
    assert len(captured) >= 29
    late = captured[5:]
    assert (late[-1] - late[0]) / (len(late) - 1) == pytest.approx(50_000, rel=0.1)
    assert max(ages_us) < 0.1 * SECOND_US


def test_a_slow_taker_of_a_camera_sees_the_present(clip: Path) -> None:
    with mjpeg_server(clip, 40) as url:
        reader = Reader(
            opener=lambda loop: open_source(url, clock=CLOCK, settings=SETTINGS, loop=loop),
            clock=CLOCK,
            interval_s=0.02,
            pace=Pace.LIVE,
            once=True,
            wake=lambda: None,
        )
        reader.start()
        assert wait_for(lambda: reader.counted()[0] > 5, 5)
        for _ in range(6):
            time.sleep(0.25)
            frame = reader.take()
            assert frame is not None
            assert CLOCK.now_us() - frame.captured_us < 0.15 * SECOND_US
        reader.stop()
        assert reader.counted()[1] > 30


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_never_answers_is_lost_within_the_time_out(scheme: str) -> None:
    settings = SourceSettings(open_timeout_s=1)
    with silent_server() as port:
        begun = time.monotonic()
        with pytest.raises(CameraLost, match="did not answer within 1 seconds") as caught:
            open_source(f"{scheme}://ann:hush@{HOST}:{port}/hush?pw=hush", clock=CLOCK, settings=settings)
        assert time.monotonic() - begun < 2
        assert "hush" not in str(caught.value)


def test_a_camera_that_falls_silent_is_lost_within_the_time_out(clip: Path) -> None:
    with mjpeg_server(clip, 20) as url, mjpeg_server(clip, 0.2) as slow:
        source = open_source(url, clock=CLOCK, settings=SETTINGS)
        frames = source.frames()
        assert next(frames).number == 0
        source.close()
        assert list(frames) == []
        reader = Reader(
            opener=lambda loop: open_source(slow, clock=CLOCK, settings=SETTINGS, loop=loop),
            clock=CLOCK,
            interval_s=0.1,
            pace=Pace.LIVE,
            once=True,
            wake=lambda: None,
        )
        reader.start()
        assert wait_for(lambda: reader.finished, 12)
        assert isinstance(reader.trouble, CameraLost)
        reader.stop()


def test_stopping_does_not_wait_for_a_silent_camera() -> None:
    with silent_server() as port:
        reader = Reader(
            opener=lambda loop: open_source(f"rtsp://{HOST}:{port}/", clock=CLOCK, settings=SETTINGS, loop=loop),
            clock=CLOCK,
            interval_s=0.1,
            pace=Pace.LIVE,
            once=False,
            wake=lambda: None,
        )
        reader.start()
        time.sleep(0.2)
        begun = time.monotonic()
        reader.stop()
        assert time.monotonic() - begun < 1.3
        assert reader.finished
        reader._thread.join(6)
        assert not reader._thread.is_alive()


def test_an_http_address_cannot_lead_to_a_local_file(clip: Path) -> None:
    with (
        answering_server(302, {"Location": f"file://{clip}"}) as url,
        pytest.raises(BadSource, match="not allowed"),
    ):
        open_source(url, clock=CLOCK, settings=SETTINGS)


def test_a_playlist_cannot_lead_to_a_local_file(clip: Path) -> None:
    body = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:4,\nfile://{clip}\n#EXT-X-ENDLIST\n".encode()
    kind = {"Content-Type": "application/vnd.apple.mpegurl"}
    settings = SourceSettings(open_timeout_s=1)
    with answering_server(200, kind, body) as url, pytest.raises((BadSource, CameraLost)):
        open_source(f"{url}/live.m3u8", clock=CLOCK, settings=settings)


def test_an_http_address_that_serves_a_recording_is_refused(clip: Path) -> None:
    with (
        answering_server(200, {"Content-Type": "video/mp4"}, clip.read_bytes()) as url,
        pytest.raises(BadSource, match="a recording"),
    ):
        open_source(url, clock=CLOCK, settings=SETTINGS)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_camera_that_refuses_is_lost_and_the_password_stays_unsaid(
    status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with answering_server(status, {}) as url, pytest.raises(CameraLost, match="cannot be opened") as caught:
        open_source(url.replace("//", "//ann:hush@") + "/x?token=hush", clock=CLOCK, settings=SETTINGS)
    assert "hush" not in str(caught.value)
    assert "hush" not in "".join(capfd.readouterr())
