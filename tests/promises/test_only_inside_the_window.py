"""Nothing runs outside the authority's window, whatever is done to the clock."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from overt.domain.authority import Window
from overt.domain.time import SECOND_US
from overt.engine.gate import WindowGate
from overt.engine.wire import Kind
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from tests.integration.deployments import alive, children, run, start, write_deployment
from tests.needs import sample_footage
from tests.promises import scenes
from tests.promises.rig import a_camera, camera_process, open_window

HOUR_US = 3600 * SECOND_US
WINDOW = Window(opens_us=SOME_DAY_US, closes_us=SOME_DAY_US + HOUR_US)
WITHIN_S = 1.0


def test_scanning_begins_with_the_window_and_ends_with_it() -> None:
    clock = FixedClock(SOME_DAY_US - 1)
    gate = WindowGate(WINDOW, clock)
    assert not gate.may_scan()
    clock.advance(1e-6)
    assert gate.may_scan()
    clock.advance(3599.999999)
    assert gate.may_scan()
    assert not gate.over
    clock.advance(1e-6)
    assert not gate.may_scan()
    assert gate.over


@pytest.mark.parametrize("minutes", [-301 / 60, 301 / 60, -600, 50])
def test_a_clock_that_jumps_by_more_than_five_minutes_closes_the_gate_for_good(minutes: float) -> None:
    clock = FixedClock(SOME_DAY_US + HOUR_US // 2)
    gate = WindowGate(WINDOW, clock)
    assert gate.may_scan()
    right_us = clock.now_us()
    clock.set_now(right_us + round(minutes * 60 * SECOND_US))
    assert not gate.may_scan()
    clock.set_now(right_us)
    assert not gate.may_scan()
    assert gate.over


@pytest.mark.parametrize("minutes", [-299 / 60, 299 / 60])
def test_a_clock_that_is_set_right_by_less_keeps_the_gate_open(minutes: float) -> None:
    clock = FixedClock(SOME_DAY_US + HOUR_US // 2)
    gate = WindowGate(WINDOW, clock)
    clock.set_now(clock.now_us() + round(minutes * 60 * SECOND_US))
    assert gate.may_scan()


def test_a_clock_that_creeps_back_cannot_stretch_the_window() -> None:
    clock = FixedClock(SOME_DAY_US)
    gate = WindowGate(WINDOW, clock)
    scanned_s = 0
    for _ in range(7200):
        clock.advance(1)
        clock.set_now(clock.now_us() - SECOND_US // 2)
        scanned_s += gate.may_scan()
    assert scanned_s <= 600


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "man.jpg").write_bytes((sample_footage() / "single_face.jpg").read_bytes())
    return folder


@pytest.mark.parametrize(("begins_h", "ends_h"), [(1, 2), (-2, -1)])
def test_no_run_starts_outside_the_window(tmp_path: Path, people: Path, begins_h: float, ends_h: float) -> None:
    clip = sample_footage() / "single_face.mp4"
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people, begins_h=begins_h, ends_h=ends_h)
    ended = run(file, "--rehearsal", "--once", home=tmp_path / "home")
    assert ended.code == 2
    assert "authority is" in ended.err


@pytest.mark.timeout(120)
def test_when_the_window_ends_every_process_is_gone_within_a_second_also_one_that_hangs(
    tmp_path: Path, people: Path
) -> None:
    clip = scenes.clip(tmp_path / "passing.mp4", scenes.stranger(2))
    ends_s = int(time.time()) + 12
    file = write_deployment(tmp_path / "d.toml", {"a": clip, "b": clip}, people, ends_h=(ends_s - time.time()) / 3600)
    text = file.read_text("utf-8")
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends_s))
    file.write_text("\n".join(f"valid_until = {ends}" if "valid_until" in line else line for line in text.split("\n")))
    process = start(file, "--rehearsal", home=tmp_path / "home")
    while len(cameras := children(process.pid)) < 2:
        assert process.poll() is None, "it ended before its cameras started"
        time.sleep(0.05)
    time.sleep(max(0.0, ends_s - 0.5 - time.time()))
    assert len(alive(cameras)) == 2
    os.kill(cameras[0], signal.SIGSTOP)
    while left := alive(cameras):
        assert time.time() < ends_s + 5, f"{left} still run"
        time.sleep(0.005)
    gone_s = time.time() - ends_s
    out, err = process.communicate(timeout=20)
    assert -0.05 <= gone_s <= WITHIN_S, err
    assert "authority has ended" in err
    assert '"figures"' in out


@pytest.mark.timeout(120)
@pytest.mark.long
def test_a_camera_process_ends_with_the_window_of_itself(tmp_path: Path) -> None:
    clip = scenes.clip(tmp_path / "passing.mp4", scenes.stranger(2))
    window = open_window(5)
    with camera_process(a_camera(str(clip)), window=window, once=False) as running:
        running.wait_until_ready()
        running.wait(lambda: bool(running.of(Kind.GONE)), 30)
        assert time.time() >= window.closes_us / 1e6
        assert running.child.wait(10) == 0


@pytest.mark.long
@pytest.mark.timeout(120)
def test_planted_a_window_that_is_longer_is_found_out(tmp_path: Path) -> None:
    clip = scenes.clip(tmp_path / "passing.mp4", scenes.stranger(1))
    with camera_process(a_camera(str(clip)), window=open_window(60), once=False) as running:
        running.wait_until_ready()
        with pytest.raises(AssertionError, match="did not come about"):
            running.wait(lambda: bool(running.of(Kind.GONE)), 2)
