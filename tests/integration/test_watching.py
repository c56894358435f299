"""`overt watch` as people run it: real processes, real networks, real faces."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import pytest

from tests.integration.deployments import Ended, alive, children, ended, ready, run, start, write_deployment
from tests.integration.servers import mjpeg_server, rtsp_server, rtsp_server_here
from tests.integration.watching import watching
from tests.needs import needs_part, sample_footage
from tests.unit.video.clips import write_clip

ALERT_KEYS = [
    *("alert", "deployment", "camera", "at", "media_time_s", "passage", "entry", "score", "threshold"),
    *("false_alerts_per_1000", "shots", "cautions", "says"),
]
FIGURES_KEYS = [
    *("frames", "dropped", "faces_seen", "faces_detected", "alerts", "unmatched_age_max_s", "oldest_pixel_max_s"),
    *("latency_p50_s", "latency_p99_s", "cpu_s", "video_s", "green_s", "amber_s", "red_s"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "overt"


@pytest.fixture(scope="module")
def footage() -> Path:
    return sample_footage()


@pytest.fixture(scope="module")
def people(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("list") / "people"
    folder.mkdir()
    (folder / "the man.jpg").symlink_to(footage / "single_face.jpg")
    return folder


@pytest.fixture(scope="module")
def man(footage: Path, people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment that shows the man on its one camera."""
    path = tmp_path_factory.mktemp("man") / "man.toml"
    return write_deployment(path, {"north": footage / "single_face.mp4"}, people)


@pytest.fixture(scope="module")
def longer(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The man's clip three times in a row, as a camera would send it."""
    with av.open(str(footage / "single_face.mp4")) as container:
        shown = [frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False) for frame in container.decode(video=0)]
    return write_clip(tmp_path_factory.mktemp("longer") / "man.mp4", shown * 3, options={"g": "25", "bf": "0"})


@pytest.fixture(scope="module")
def fast(footage: Path, people: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Three cameras at once, as fast as the machine allows: the man, the woman, the man again."""
    cameras = {
        "man": footage / "single_face.mp4",
        "woman": footage / "WolfgangLanger_Pexels.mp4",
        "man again": footage / "single_face.mp4",
    }
    file = write_deployment(tmp_path_factory.mktemp("fast") / "three.toml", cameras, people)
    return run(file, "--rehearsal", "--fast", home=home)


def test_the_listed_man_alerts_once_on_each_camera_and_the_woman_never(fast: Ended) -> None:
    assert fast.code == 0
    assert sorted((alert["camera"], alert["entry"]) for alert in fast.alerts) == [
        ("man", "the man"),
        ("man again", "the man"),
    ]


def test_an_alert_line_has_exactly_the_promised_keys_in_their_order(fast: Ended) -> None:
    for alert in fast.alerts:
        assert list(alert) == [*ALERT_KEYS, "rehearsal"]
        assert alert["rehearsal"] is True
        assert alert["says"] == "possible match"
        assert alert["score"] >= alert["threshold"] > 0.3
        assert alert["passage"] >= 1
        assert 2 <= alert["shots"] <= 3
        assert 0 < alert["media_time_s"] < 2.5
        assert 0 <= alert["false_alerts_per_1000"] <= 1
        assert isinstance(alert["cautions"], list)
        assert datetime.strptime(alert["at"], "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", alert["alert"])
    assert len({alert["alert"] for alert in fast.alerts}) == 2


def test_the_last_line_holds_the_figures_and_nothing_else_is_printed(fast: Ended) -> None:
    assert len(fast.lines) == 3
    assert list(fast.lines[-1]) == ["figures", "rehearsal"]
    assert fast.lines[-1]["rehearsal"] is True
    figures = fast.figures
    assert list(figures) == FIGURES_KEYS
    assert figures["alerts"] == 2
    assert figures["faces_detected"] >= figures["faces_seen"] >= 3
    assert figures["frames"] >= 8 * figures["video_s"]  # of those between two looks some are not decoded
    assert figures["dropped"] == 0
    assert figures["video_s"] == pytest.approx(2 * 2.4 + 20, abs=2)
    assert 0 < figures["cpu_s"] < 60
    assert figures["unmatched_age_max_s"] <= 1.0
    assert figures["oldest_pixel_max_s"] <= 61
    assert (figures["latency_p50_s"], figures["latency_p99_s"]) == (None, None)


def test_everything_else_stands_on_standard_error_in_plain_words(fast: Ended) -> None:
    assert "Test: 1 entry on the list" in fast.err
    assert "Traceback" not in fast.err


def test_a_rehearsal_leaves_nothing_behind(fast: Ended, home: Path) -> None:
    assert not home.exists()


def test_at_its_own_speed_a_prompt_comes_within_a_second_and_ctrl_c_ends_with_the_figures(
    man: Path, home: Path
) -> None:
    with watching(man, "--rehearsal", home=home) as watched:
        watched.wait_for(lambda: watched.alerts)
        family = children(watched.process.pid)
        assert watched.interrupt() == 0
        assert not alive(family)
        assert len(watched.alerts) == watched.figures["alerts"] == 1
        assert 0 < watched.figures["latency_p50_s"] <= 1.0
        assert watched.figures["latency_p99_s"] >= watched.figures["latency_p50_s"]
        assert "Traceback" not in watched.said


@pytest.mark.long
def test_a_camera_process_that_dies_is_replaced_and_all_die_with_the_supervisor(man: Path, home: Path) -> None:
    with watching(man, "--rehearsal", home=home) as watched:
        watched.wait_for(lambda: watched.alerts)
        (first,) = children(watched.process.pid)
        os.kill(first, signal.SIGKILL)
        watched.wait_for(lambda: [pid for pid in children(watched.process.pid) if pid != first], 2)
        watched.wait_for(lambda: "died" in watched.said, 2)
        assert "The camera process of north died (it was killed or crashed) and is being replaced." in watched.said
        watched.wait_for(lambda: len(watched.alerts) > 1)
        assert watched.alerts[1]["passage"] > watched.alerts[0]["passage"]
        (second,) = children(watched.process.pid)
        os.kill(watched.process.pid, signal.SIGKILL)
        watched.wait_for(lambda: not alive([second]), 1)
        assert "Traceback" not in watched.said


def wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    """Python itself listens for Ctrl-C and never for SIGTERM, so that one tells when the command's own part begins."""
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        caught = re.search(r"SigCgt:\s*([0-9a-f]+)", Path(f"/proc/{process.pid}/status").read_text("ascii"))
        if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.005)


@pytest.mark.parametrize("after_s", [0.0, 1.0, 2.5])
def test_ctrl_c_while_it_starts_ends_the_run_with_empty_figures_and_0(man: Path, home: Path, after_s: float) -> None:
    """So long after the command has begun to listen: while it loads, and while its camera process starts."""
    process = start(man, "--rehearsal", home=home)
    wait_until_it_listens(process)
    time.sleep(after_s)
    family = children(process.pid)
    process.send_signal(signal.SIGINT)
    done = ended(process, 60)
    assert (done.code, "Traceback" in done.err) == (0, False), done.err
    assert list(done.figures) == FIGURES_KEYS
    assert not alive(family)


def test_ctrl_c_before_the_command_has_begun_leaves_nothing_running(man: Path, home: Path) -> None:
    process = start(man, "--rehearsal", home=home)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    done = ended(process, 15)
    assert done.code in (0, 130, -signal.SIGINT)
    assert not any(line for line in done.lines if "alert" in line)


@pytest.mark.long
def test_a_full_disk_and_a_reader_who_left_end_the_run_with_a_sentence_and_2(man: Path, home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full", "w") as full:  # noqa: PTH123
        both = [start(man, "--rehearsal", "--fast", home=home, stdout=out) for out in (full, writing)]
    os.close(writing)
    for process, why in zip(both, ("No space left on device", "Broken pipe"), strict=True):
        done = ended(process, 30)
        assert done.code == 2
        assert "Traceback" not in done.err
        assert f"handed over ({why})" in done.err


@pytest.mark.long
def test_a_live_http_camera_alerts_is_lost_and_comes_back(
    longer: Path, people: Path, home: Path, tmp_path: Path
) -> None:
    with mjpeg_server(longer, 25, pictures=60) as url:
        file = write_deployment(tmp_path / "live.toml", {"door": url}, people)
        with watching(file, home=ready(file, home)) as watched:
            watched.wait_for(lambda: watched.alerts)
            (alert,) = watched.alerts
            assert list(alert) == ALERT_KEYS
            assert (alert["camera"], alert["entry"], alert["media_time_s"]) == ("door", "the man", None)
            watched.wait_for(lambda: "was lost" in watched.said)
            watched.wait_for(lambda: "Camera door: the picture is back." in watched.said)
            assert watched.interrupt() == 0
            assert list(watched.figures) == FIGURES_KEYS
            assert 0 < watched.figures["latency_p50_s"] <= 1.5
            assert "Traceback" not in watched.said


def test_a_live_rtsp_camera_that_dies_mid_way_is_said_to_be_lost_and_found_again(
    longer: Path, people: Path, home: Path, tmp_path: Path
) -> None:
    needs_part(rtsp_server_here(), "needs Debian's GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)")
    with rtsp_server(longer) as server:
        file = write_deployment(tmp_path / "live.toml", {"gate": server.url}, people)
        with watching(file, home=ready(file, home)) as watched:
            watched.wait_for(lambda: watched.alerts)
            assert watched.alerts[0]["entry"] == "the man"
            server.kill()
            watched.wait_for(lambda: "Camera gate: The camera at rtsp://127.0.0.1" in watched.said)
            server.start()
            watched.wait_for(lambda: "Camera gate: the picture is back." in watched.said)
            assert watched.interrupt() == 0
            assert watched.figures["alerts"] == 1
