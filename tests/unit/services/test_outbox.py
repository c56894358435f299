"""The outbox: in order, exactly once, and never quietly stuck."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable

import pytest

from overt.domain.errors import OvertError, Stopped
from overt.services.outbox import LONGEST_US, MOST_ALERTS, Item, Outbox
from overt.store.errors import CommitUnknown, StoreUnavailable
from overt.testing.fixed_clock import FixedClock
from overt.vault.errors import KeyringUnavailable, NoKey

FULL = StoreUnavailable("The disk of the store is full.", "Make room.")


class Way:
    """A way out that has a few faults first."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.taken: list[int] = []

    def item(self, number: int, *, is_alert: bool = True) -> Item:
        def deliver() -> None:
            if self.faults:
                raise self.faults.pop(0)
            self.taken.append(number)

        return Item(deliver=deliver, is_alert=is_alert)


class Told(list[str]):
    def __call__(self, sentence: str) -> None:
        self.append(sentence)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def outbox(clock: FixedClock, told: Told) -> Outbox:
    return Outbox(clock, told)


def until(what: Callable[[], bool]) -> None:
    """Waits for another thread."""
    pause = threading.Event()
    for _ in range(500):
        if what():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")


def test_what_is_put_in_comes_out_in_order(outbox: Outbox) -> None:
    way = Way()
    for number in range(5):
        outbox.put(way.item(number))
    assert outbox.deliver()
    assert way.taken == [0, 1, 2, 3, 4]
    outbox.check()


@pytest.mark.parametrize(
    "fault", [FULL, KeyringUnavailable("It is read-only."), OSError(errno.ENOSPC, "No space left on device")]
)
def test_what_may_pass_is_tried_again_and_told_once(outbox: Outbox, told: Told, fault: Exception) -> None:
    way = Way(fault, fault)
    for number in range(2):
        outbox.put(way.item(number))
    assert not outbox.deliver()
    for _ in range(3):
        outbox.check()
    assert not outbox.deliver()
    outbox.check()
    assert outbox.deliver()
    outbox.check()
    assert way.taken == [0, 1]
    assert len(told) == 1
    assert "it waits" in told[0]


def test_a_second_trouble_after_the_first_has_passed_is_told_again(outbox: Outbox, told: Told) -> None:
    way = Way(FULL)
    outbox.put(way.item(0))
    outbox.deliver()
    outbox.check()
    outbox.deliver()
    way.faults.append(FULL)
    outbox.put(way.item(1))
    outbox.deliver()
    outbox.check()
    assert len(told) == 2


def test_what_waits_for_over_a_minute_stops_the_run(outbox: Outbox, clock: FixedClock) -> None:
    outbox.put(Way(FULL).item(0))
    outbox.deliver()
    clock.advance(LONGEST_US / 1e6)
    outbox.check()
    clock.advance(0.001)
    with pytest.raises(Stopped, match="The disk of the store is full"):
        outbox.check()


@pytest.mark.parametrize("by_us", [-(10**10), 10**10])
def test_the_hosts_clock_can_be_set_without_stretching_or_cutting_the_minute(
    outbox: Outbox, clock: FixedClock, by_us: int
) -> None:
    outbox.put(Way(FULL).item(0))
    outbox.deliver()
    clock.set_now(clock.now_us() + by_us)
    outbox.check()
    clock.advance(61)
    with pytest.raises(Stopped):
        outbox.check()


def test_a_way_out_that_never_answers_stops_the_run_within_the_minute_too(outbox: Outbox, clock: FixedClock) -> None:
    begun, free = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        free.wait(30)

    outbox.start()
    outbox.put(Item(deliver=hang, is_alert=True))
    assert begun.wait(5)
    clock.advance(59)
    outbox.check()
    clock.advance(2)
    try:
        with pytest.raises(Stopped, match="not answered for over a minute"):
            outbox.check()
    finally:
        free.set()
    outbox.finish()


@pytest.mark.parametrize("faults", [(), (FULL,)])
def test_more_alerts_than_may_wait_stop_the_run(outbox: Outbox, faults: tuple[Exception, ...]) -> None:
    way = Way(*faults)
    for number in range(MOST_ALERTS):
        outbox.put(way.item(number))
    if faults:
        outbox.deliver()
    outbox.check()
    outbox.put(way.item(64, is_alert=False))
    outbox.check()
    outbox.put(way.item(65))
    with pytest.raises(Stopped, match="65 waited"):
        outbox.check()


@pytest.mark.parametrize("fault", [NoKey("It is gone."), CommitUnknown("The server was lost.")])
def test_a_fault_that_waiting_cannot_mend_is_raised_as_it_is(outbox: Outbox, fault: OvertError) -> None:
    outbox.put(Way(fault).item(0))
    outbox.deliver()
    for _ in range(2):
        with pytest.raises(type(fault)):
            outbox.check()


def test_a_reader_who_has_gone_stops_the_run_at_once(outbox: Outbox) -> None:
    outbox.put(Way(BrokenPipeError(errno.EPIPE, "Broken pipe")).item(0))
    outbox.deliver()
    with pytest.raises(Stopped, match="Broken pipe"):
        outbox.check()


def test_an_error_without_words_is_put_into_words(outbox: Outbox, told: Told) -> None:
    outbox.put(Way(OSError()).item(0))
    outbox.deliver()
    outbox.check()
    assert "it cannot be written" in told[0]


def test_the_thread_hands_over_and_tries_again_by_itself(outbox: Outbox) -> None:
    way = Way(FULL)
    outbox.start()
    for number in range(3):
        outbox.put(way.item(number))
    until(lambda: way.taken == [0, 1, 2])
    outbox.check()
    outbox.finish()


def test_the_thread_gives_up_at_a_fault_that_waiting_cannot_mend(outbox: Outbox) -> None:
    outbox.start()
    outbox.put(Way(NoKey("It is gone.")).item(0))
    until(lambda: not outbox._thread.is_alive())
    with pytest.raises(NoKey):
        outbox.check()
    with pytest.raises(Stopped, match=r"1 alert could not be handed over before the end \(It is gone\)"):
        outbox.finish()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_our_own_does_not_end_the_handing_over_in_silence(outbox: Outbox) -> None:
    outbox.start()
    outbox.put(Way(ZeroDivisionError()).item(0))
    until(lambda: not outbox._thread.is_alive())
    with pytest.raises(Stopped, match="has failed"):
        outbox.check()
    with pytest.raises(Stopped, match="1 alert could not be handed over before the end\\."):
        outbox.finish()


def test_the_end_hands_over_what_still_waits(outbox: Outbox) -> None:
    way = Way(FULL)
    outbox.put(way.item(0))
    outbox.deliver()
    outbox.put(way.item(1))
    outbox.finish()
    assert way.taken == [0, 1]


@pytest.mark.parametrize(
    ("alerts", "figures", "says"),
    [(2, 1, "2 alerts could not"), (1, 0, "1 alert could not"), (0, 1, "The last figures could not")],
)
def test_what_is_left_at_the_end_is_named(outbox: Outbox, alerts: int, figures: int, says: str) -> None:
    way = Way(*[FULL] * 9)
    for number in range(alerts):
        outbox.put(way.item(number))
    for number in range(figures):
        outbox.put(way.item(number, is_alert=False))
    with pytest.raises(Stopped, match=says):
        outbox.finish()


def test_nothing_is_handed_over_any_more_once_the_end_was_given_up(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overt.services.outbox.LAST_S", 0.05)
    way = Way(*[FULL] * 1000)
    outbox.start()
    outbox.put(way.item(0))
    with pytest.raises(Stopped):
        outbox.finish()
    outbox._thread.join(5)
    assert not outbox._thread.is_alive()
    assert way.taken == []
