from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overt.domain.time import SECOND_US
from overt.testing.fixed_clock import FixedClock
from overt.video.timing import CaptureTimes


def test_a_frame_that_was_delayed_is_as_old_as_the_delay() -> None:
    clock, pts_us = FixedClock(), 0
    times = CaptureTimes(clock)
    times.of(pts_us)
    for delay_s in (0.3, 0.0, 0.1):
        clock.advance(0.04)
        pts_us += 40_000
        clock.advance(delay_s)
        assert times.of(pts_us) == clock.now_us() - round(delay_s * SECOND_US)
        clock.advance(-delay_s)


def test_a_frame_without_a_time_was_taken_when_it_arrived() -> None:
    clock = FixedClock()
    assert CaptureTimes(clock).of(None) == clock.now_us()


def test_a_stream_that_jumps_is_counted_anew() -> None:
    clock = FixedClock()
    times = CaptureTimes(clock)
    times.of(50 * SECOND_US)
    for pts_us in (2 * SECOND_US, 300 * SECOND_US):
        clock.advance(1)
        assert times.of(pts_us) == clock.now_us()


def test_a_slow_camera_clock_does_not_age_the_frames() -> None:
    clock = FixedClock()
    times = CaptureTimes(clock)
    ages_us = []
    for second in range(3600):
        clock.advance(1)
        ages_us.append(clock.now_us() - times.of(round(second * 0.9999 * SECOND_US)))
    assert max(ages_us) <= 121 * 100


def test_setting_the_hosts_clock_ages_no_frame() -> None:
    clock = FixedClock()
    times = CaptureTimes(clock)
    times.of(0)
    clock.advance(1)
    clock.set_now(clock.now_us() + 3600 * SECOND_US)
    assert times.of(SECOND_US) == clock.now_us()


def test_the_cameras_own_clock_is_believed_within_a_second_only() -> None:
    clock = FixedClock()
    for camera_s, believed in ((-0.2, True), (-2.0, False), (0.5, False), (3600.0, False)):
        camera_us = clock.now_us() + round(camera_s * SECOND_US)
        assert CaptureTimes(clock).of(0, camera_us) == (camera_us if believed else clock.now_us())


@given(steps=st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(-20_000_000, 20_000_000) | st.none()), max_size=40))
def test_no_frame_is_later_than_its_arrival_or_earlier_than_the_one_before(
    steps: list[tuple[float, int | None]],
) -> None:
    clock, pts_us, before_us = FixedClock(), 0, 0
    times = CaptureTimes(clock)
    for passed_s, step_us in steps:
        clock.advance(passed_s)
        pts_us += step_us or 0
        captured_us = times.of(None if step_us is None else pts_us, clock.now_us() - 300_000)
        assert before_us <= captured_us <= clock.now_us()
        before_us = captured_us
