"""The clock by which faces age."""

from __future__ import annotations

from overt.domain.time import SECOND_US
from overt.engine.clock import SteadyClock
from overt.testing.fixed_clock import FixedClock


def test_a_steady_clock_begins_at_the_hosts_time_and_passes_with_the_machines() -> None:
    host = FixedClock()
    steady = SteadyClock(host)
    assert steady.now_us() == host.now_us()
    host.advance(3)
    assert steady.now_us() == host.now_us()


def test_setting_the_hosts_clock_moves_a_steady_clock_neither_back_nor_forward() -> None:
    host = FixedClock()
    steady = SteadyClock(host)
    before_us = steady.now_us()
    for step_s in (-240, 500):
        host.set_now(host.now_us() + step_s * SECOND_US)
        assert steady.now_us() == before_us
    host.advance(1)
    assert steady.now_us() == before_us + SECOND_US
