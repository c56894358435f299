from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from overt.domain.errors import BadSource, CameraLost, OvertError
from overt.domain.time import SECOND_US
from overt.testing.scripted_camera import ScriptedCamera
from overt.video.frame import Frame
from overt.video.reader import Pace, Reader
from overt.video.source import Source, SourceSettings, open_source
from tests.unit.video.clips import numbered, write_clip


class MachineClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def boot_us(self) -> int:
        return time.monotonic_ns() // 1000


CLOCK = MachineClock()


def wait_for(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.002)
    return False


def reader_of(
    opener: Callable[[int], Source],
    pace: Pace,
    *,
    interval_s: float = 0.12,
    once: bool = True,
    wake: Callable[[], None] = lambda: None,
) -> Reader:
    return Reader(opener=opener, clock=CLOCK, interval_s=interval_s, pace=pace, once=once, wake=wake)


def script(
    count: int, *, live: bool = False, trouble: OvertError | None = None, endless: bool = False, fps: float = 25.0
) -> Callable[[int], ScriptedCamera]:
    shown = numbered(count, 64, 48)

    def opener(loop: int) -> ScriptedCamera:
        return ScriptedCamera(
            shown, clock=CLOCK, live=live, real_time=live, loop=loop, trouble=trouble, endless=endless, fps=fps
        )

    return opener


def take_all(reader: Reader, pause_s: float = 0.0) -> list[Frame]:
    frames = []
    while not reader.finished:
        frame = reader.take()
        if frame is not None:
            frames.append(frame)
        time.sleep(pause_s if frame is not None else 0.001)
    return frames


def test_fast_hands_over_every_due_frame_of_a_file_and_drops_none(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", numbered(100))
    settings = SourceSettings(recorded=True)
    reader = reader_of(lambda loop: open_source(str(path), clock=CLOCK, settings=settings, loop=loop), Pace.FAST)
    reader.start()
    frames = take_all(reader, pause_s=0.003)
    assert [frame.number for frame in frames] == list(range(0, 100, 3))
    assert reader.counted()[:2] == (100, 0)
    assert reader.counted()[2] == pytest.approx(4.0)
    assert reader.trouble is None
    reader.stop()


def test_fast_hands_over_the_last_frame_too() -> None:
    reader = reader_of(script(4), Pace.FAST, interval_s=0.04)
    reader.start()
    assert wait_for(lambda: reader.state == "live")
    time.sleep(0.1)
    assert [frame.number for frame in take_all(reader, pause_s=0.05)] == [0, 1, 2, 3]


@pytest.mark.parametrize("pace", [Pace.LIVE, Pace.OWN_SPEED])
def test_a_slow_taker_gets_the_newest_frame_never_a_late_one(pace: Pace) -> None:
    reader = reader_of(script(60, live=pace is Pace.LIVE, fps=50), pace, interval_s=0.02)
    reader.start()
    ages_us, numbers = [], []
    while not reader.finished:
        frame = reader.take()
        if frame is not None:
            ages_us.append(CLOCK.now_us() - frame.captured_us)
            numbers.append(frame.number)
        time.sleep(0.15)
    frames, dropped, _ = reader.counted()
    assert max(ages_us) < 0.09 * SECOND_US
    assert frames == 60
    assert dropped + len(numbers) == 60
    assert dropped > 40
    assert numbers == sorted(set(numbers))


def test_a_file_at_its_own_speed_appears_when_its_times_say() -> None:
    woken = threading.Event()
    reader = reader_of(script(26, fps=25), Pace.OWN_SPEED, wake=woken.set)
    begun = time.monotonic()
    reader.start()
    early_us = []
    while not reader.finished:
        woken.wait(1)
        woken.clear()
        frame = reader.take()
        if frame is not None:
            early_us.append(frame.captured_us - CLOCK.now_us())
    assert 1.0 <= time.monotonic() - begun < 1.6
    assert max(early_us) < 2000
    assert len(early_us) >= 8


def test_a_file_begins_again_with_the_next_loop_number() -> None:
    reader = reader_of(script(5, fps=50), Pace.OWN_SPEED, interval_s=0.02, once=False)
    reader.start()
    loops: list[int] = []

    def third() -> bool:
        frame = reader.take()
        loops.extend([] if frame is None else [frame.loop])
        return frame is not None and frame.loop == 2

    assert wait_for(third)
    assert loops == sorted(loops)
    assert set(loops) == {0, 1, 2}
    reader.stop()


def test_a_lost_camera_is_called_again_and_its_trouble_is_told() -> None:
    reader = reader_of(script(3, live=True, trouble=CameraLost("The cable is cut.")), Pace.LIVE, once=False)
    reader.start()
    assert wait_for(lambda: reader.state == "lost")
    assert str(reader.trouble) == "The cable is cut."
    assert reader.take() is None
    loops: list[int] = []

    def seen_again() -> bool:
        frame = reader.take()
        loops.extend([] if frame is None else [frame.loop])
        return loops[-1:] == [1]

    assert wait_for(seen_again)
    reader.stop()
    assert reader.finished


def test_pauses_grow_while_a_camera_cannot_be_reached() -> None:
    calls: list[float] = []

    def opener(loop: int) -> Source:
        calls.append(time.monotonic())
        assert loop == 0
        raise CameraLost("Nobody answers.")

    reader = reader_of(opener, Pace.LIVE, once=False)
    reader.start()
    assert wait_for(lambda: len(calls) == 3)
    assert calls[1] - calls[0] == pytest.approx(0.5, abs=0.2)
    assert calls[2] - calls[1] == pytest.approx(1.0, abs=0.3)
    begun = time.monotonic()
    reader.stop()
    assert time.monotonic() - begun < 0.5


def test_with_once_a_lost_camera_ends_the_reading() -> None:
    reader = reader_of(script(3, live=True, trouble=CameraLost("The cable is cut.")), Pace.LIVE)
    reader.start()
    assert wait_for(lambda: reader.finished)
    assert isinstance(reader.trouble, CameraLost)


def test_a_refused_address_is_not_tried_again() -> None:
    def opener(_: int) -> Source:
        raise BadSource("Not allowed.")

    reader = reader_of(opener, Pace.LIVE, once=False)
    reader.start()
    assert wait_for(lambda: reader.finished)
    assert isinstance(reader.trouble, BadSource)


def test_a_frame_waits_in_a_slot_and_none_of_the_source_is_held() -> None:
    alive: weakref.WeakSet[Frame] = weakref.WeakSet()

    class Watched(ScriptedCamera):
        def _frame(self, number: int, opened_us: int, time_s: float) -> Frame:
            frame = super()._frame(number, opened_us, time_s)
            alive.add(frame)
            return frame

    shown = numbered(10, 64, 48)
    reader = reader_of(lambda _: Watched(shown, clock=CLOCK, live=True, endless=True), Pace.LIVE, interval_s=0.0)
    reader.start()
    assert wait_for(lambda: reader.counted()[0] == 10)
    gc.disable()
    try:
        assert wait_for(lambda: len(alive) == 0)
        frame = reader.take()
        assert frame is not None
        assert frame.number == 9
    finally:
        gc.enable()
        reader.stop()


def test_stopping_empties_the_mailbox_and_is_quick() -> None:
    for pace in Pace:
        live = pace is Pace.LIVE
        reader = reader_of(script(50, live=live, endless=True), pace, once=live)
        reader.start()
        assert wait_for(lambda reader=reader: reader.state == "live")  # type: ignore[misc]
        begun = time.monotonic()
        reader.stop()
        assert time.monotonic() - begun < 0.5
        assert reader.take() is None
        assert reader.finished
        assert not reader._thread.is_alive()


def test_every_change_of_state_wakes_the_taker() -> None:
    states: list[str] = []
    reader = reader_of(script(2, live=True), Pace.LIVE, wake=lambda: states.append(reader.state))
    assert reader.state == "waiting"
    reader.start()
    assert wait_for(lambda: states[-1:] == ["ended"])
    assert states[0] == "live"
    reader.stop()


def test_a_reader_that_never_began_can_be_stopped() -> None:
    reader = reader_of(script(2), Pace.FAST)
    reader.stop()
    assert reader.finished
