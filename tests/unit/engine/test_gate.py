"""The gate before every frame: the window, and a clock that nobody turned."""

from __future__ import annotations

import pytest

from overt.domain.authority import Window
from overt.domain.time import SECOND_US
from overt.engine.clock import SystemClock
from overt.engine.gate import LARGEST_JUMP_US, UNHEARD_S, ToldGate, WindowGate
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock

WINDOW = Window(opens_us=SOME_DAY_US, closes_us=SOME_DAY_US + 3600 * SECOND_US)


@pytest.mark.parametrize(
    ("at_us", "open_", "over"),
    [
        (WINDOW.opens_us - 1, False, False),
        (WINDOW.opens_us, True, False),
        (WINDOW.closes_us - 1, True, False),
        (WINDOW.closes_us, False, True),
    ],
)
def test_the_gate_is_open_inside_the_window_only(at_us: int, open_: bool, over: bool) -> None:
    gate = WindowGate(WINDOW, FixedClock(at_us))
    assert (gate.may_scan(), gate.over) == (open_, over)


def test_time_that_passes_opens_and_closes_it() -> None:
    clock = FixedClock(SOME_DAY_US - 10 * SECOND_US)
    gate = WindowGate(WINDOW, clock)
    seen = []
    for _ in range(3):
        seen.append(gate.may_scan())
        clock.advance(1801)
    assert seen == [False, True, True]
    clock.advance(1801)
    assert not gate.may_scan()
    assert gate.over
    assert not gate.clock_jumped


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_clock_that_jumps_by_more_than_five_minutes_closes_it_for_good(sign: int) -> None:
    clock = FixedClock(SOME_DAY_US + 1800 * SECOND_US)
    gate = WindowGate(WINDOW, clock)
    right_us = clock.now_us()
    clock.set_now(right_us + sign * (LARGEST_JUMP_US + 1))
    assert not gate.may_scan()
    assert gate.over
    clock.set_now(right_us)
    assert not gate.may_scan()
    assert gate.over


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_clock_that_is_put_right_by_less_stays_trusted(sign: int) -> None:
    clock = FixedClock(SOME_DAY_US + 1800 * SECOND_US)
    gate = WindowGate(WINDOW, clock)
    clock.set_now(clock.now_us() + sign * LARGEST_JUMP_US)
    assert gate.may_scan()


def test_setting_the_clock_back_cannot_keep_a_window_open() -> None:
    clock = FixedClock(SOME_DAY_US)
    gate = WindowGate(WINDOW, clock)
    open_s = 0
    for _ in range(3 * 3600 // 60):
        clock.advance(60)
        clock.set_now(min(clock.now_us(), WINDOW.closes_us - 1))
        open_s += 60 * gate.may_scan()
    assert open_s <= 3600 + LARGEST_JUMP_US / SECOND_US


def test_the_machines_clocks_run() -> None:
    clock = SystemClock()
    first, boot = clock.now_us(), clock.boot_us()
    assert first > SOME_DAY_US - 10 * 365 * 86_400 * SECOND_US
    assert clock.now_us() >= first
    assert clock.boot_us() >= boot > 0


def test_what_the_supervisor_says_counts_for_a_second() -> None:
    now_s = [100.0]
    gate = ToldGate(lambda: now_s[0])
    assert gate.may_scan()
    gate.hear(True)
    now_s[0] += UNHEARD_S - 0.001
    assert gate.may_scan()
    now_s[0] += 0.001
    assert not gate.may_scan()
    gate.hear(True)
    assert gate.may_scan()
    gate.hear(False)
    assert not gate.may_scan()
