"""Retention: what is due dies, by itself, on time, and never early."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.decision import Verdict
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.time import SECOND_US
from overt.ledger.entry import Entry
from overt.services import erase
from overt.services import retain as service
from overt.services.adjudicate import hold, lift
from overt.services.erase import finish_begun
from overt.services.installation import Installation
from overt.services.retain import (
    LARGEST_JUMP_US,
    PERIOD_S,
    ClockJumped,
    Retained,
    Retainer,
    confirm_clock,
    require_steady_clock,
    retain,
)
from overt.store.errors import StoreUnavailable
from overt.store.records import SessionRow, State, Subject
from tests.installations import kinds
from tests.stores import session
from tests.unit.services.keeping import (
    ANN,
    BEN,
    HOUR_S,
    RULES,
    Kept,
    drafted,
    enrolled,
    portraits,
    raised,
    sealed,
    state_of_alert,
    state_of_draft,
    state_of_list,
)
from tests.unit.services.verdicts import ONE, decided

MINUTE_S = 60.0
NOTHING = Retained()


def until(what: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if what():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")


def reasons(installation: Installation) -> list[str]:
    return [row.reason for row in installation.store.read(lambda work: work.erasures.all())]


def test_nothing_is_due_where_nothing_is_kept(installation: Installation) -> None:
    assert retain(installation) == NOTHING
    assert kinds(installation) == []


def test_an_alert_dies_at_its_time_and_not_a_microsecond_earlier(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    kept.clock.advance(24 * HOUR_S - 0.000001)
    assert retain(installation) == NOTHING
    kept.clock.advance(0.000001)
    assert retain(installation) == Retained(alerts=1)
    assert state_of_alert(installation, alert) == State.ERASED
    assert reasons(installation) == ["retention"]
    assert retain(installation) == NOTHING


def test_not_the_person_is_gone_within_a_minute_of_the_decision(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    decided(
        installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RetentionRules(not_the_person_us=40 * SECOND_US)
    )
    gone_after = 0.0
    while state_of_alert(installation, alert) != State.ERASED:
        kept.clock.advance(PERIOD_S)
        gone_after += PERIOD_S
        retain(installation)
        assert gone_after <= 55
    assert gone_after == 40
    assert reasons(installation) == ["not-the-person"]


def test_the_last_word_gives_the_reason(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    kept.clock.advance(1)
    decided(installation, alert, Verdict.WORTH_A_LOOK, account=BEN, rules=RULES)
    kept.clock.advance(60)
    assert retain(installation) == NOTHING
    kept.clock.advance(24 * HOUR_S)
    retain(installation)
    assert reasons(installation) == ["retention"]


def test_a_hold_keeps_this_one_alert_until_it_ends(installation: Installation, kept: Kept) -> None:
    alert, other = raised(installation), raised(installation, 2)
    until_us = kept.clock.now_us() + 3 * DAY_US
    hold(installation, alert, case="CR/1", until_us=until_us, placed_by=ANN, seconded_by=BEN, rules=ONE)
    kept.clock.advance(48 * HOUR_S)
    assert retain(installation) == Retained(alerts=1)
    assert state_of_alert(installation, other) == State.ERASED
    assert state_of_alert(installation, alert) == State.KEPT
    kept.clock.advance(24 * HOUR_S)
    assert retain(installation) == Retained(alerts=1)


def test_of_two_holds_the_longer_one_counts_and_a_lifted_one_does_not(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    now_us = kept.clock.now_us()
    for days in (2, 5):
        placed = hold(
            installation, alert, case="CR/1", until_us=now_us + days * DAY_US, placed_by=ANN, seconded_by=BEN, rules=ONE
        )
    kept.clock.advance(72 * HOUR_S)
    assert retain(installation) == NOTHING
    lift(installation, alert, placed.id, account=BEN)
    assert retain(installation) == Retained(alerts=1)


def test_a_hold_saves_pictures_of_somebody_who_was_not_the_person(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    decided(installation, alert, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES)
    until_us = kept.clock.now_us() + DAY_US
    hold(installation, alert, case="CR/1", until_us=until_us, placed_by=ANN, seconded_by=BEN, rules=ONE)
    kept.clock.advance(MINUTE_S)
    assert retain(installation) == NOTHING


def test_a_hold_placed_between_the_look_and_the_erasing_is_kept_to(
    installation: Installation, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = raised(installation)
    kept.clock.advance(24 * HOUR_S)
    found_due = service._due_alerts

    def then_somebody_holds_it(installation: Installation, now_us: int) -> list[tuple[str, str]]:
        found = found_due(installation, now_us)
        hold(installation, alert, case="CR/1", until_us=now_us + DAY_US, placed_by=ANN, seconded_by=BEN, rules=ONE)
        return found

    monkeypatch.setattr(service, "_due_alerts", then_somebody_holds_it)
    assert retain(installation) == NOTHING
    assert state_of_alert(installation, alert) == State.KEPT


def test_a_list_dies_a_day_after_its_window_and_its_expired_entries_before(
    installation: Installation, kept: Kept, tmp_path: Path
) -> None:
    watch_list = enrolled(portraits(tmp_path / "people", "ann", "bob"))
    now_us = kept.clock.now_us()
    watch_list = replace(watch_list, expires_us=(now_us + 60 * SECOND_US, None))
    opened = sealed(installation, watch_list)
    kept.clock.advance(60)
    assert retain(installation) == Retained(entries=1)
    kept.clock.advance(32 * HOUR_S - 60 - 0.000001)
    assert retain(installation) == NOTHING
    kept.clock.advance(0.000001)
    assert retain(installation) == Retained(lists=1)
    assert state_of_list(installation, opened.row.id) == State.ERASED


def test_a_draft_that_no_deployment_took_dies_at_its_time(installation: Installation, kept: Kept) -> None:
    draft = drafted(installation, life_us=60 * SECOND_US)
    kept.clock.advance(59.999999)
    assert retain(installation) == NOTHING
    kept.clock.advance(0.000001)
    done = retain(installation)
    assert (done, done.erased) == (Retained(drafts=1), 1)
    assert state_of_draft(installation, draft) is State.ERASED
    assert reasons(installation) == ["retention"]
    assert retain(installation) == NOTHING


def test_sessions_end_at_their_time(installation: Installation, kept: Kept) -> None:
    row: SessionRow = session(1)
    installation.store.write(lambda work: work.sessions.add(row))
    kept.clock.advance(59.9)
    assert retain(installation) == NOTHING
    kept.clock.advance(0.1)
    assert retain(installation) == Retained(sessions=1)
    assert kinds(installation) == ["sessions.expired"]


def test_missed_runs_are_made_up_for_at_once(installation: Installation, kept: Kept, tmp_path: Path) -> None:
    for passage in range(3):
        raised(installation, passage)
        kept.clock.advance(HOUR_S)
    sealed(installation, enrolled(portraits(tmp_path / "people", "ann")))
    kept.clock.advance(400 * 24 * HOUR_S)
    done = retain(installation)
    assert (done.alerts, done.lists, done.erased) == (3, 1, 4)


def test_what_is_half_erased_is_finished_first(installation: Installation) -> None:
    alert = raised(installation)
    erase._begin(installation, Subject.ALERT, alert, "by-hand")
    assert retain(installation).alerts == 0
    assert state_of_alert(installation, alert) == State.ERASED


def test_files_that_could_not_be_cleared_are_tried_again(
    installation: Installation, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(installation)
    kept.clock.advance(24 * HOUR_S)
    with monkeypatch.context() as patch:
        patch.setattr(installation.store, "clear_residue", lambda: False)
        assert retain(installation) == Retained(alerts=1, cleared=False)
        assert not retain(installation).cleared
    assert retain(installation).cleared
    (receipt,) = installation.store.read(lambda work: work.erasures.all())
    assert receipt.residue_cleared_us is not None


@pytest.mark.parametrize("by_us", [LARGEST_JUMP_US + 1, -LARGEST_JUMP_US - 1, 10**15])
def test_a_clock_that_jumped_erases_nothing_until_somebody_confirms_it(
    installation: Installation, kept: Kept, by_us: int
) -> None:
    alert = raised(installation, life_us=2 * 10**15)
    due = raised(installation, 2, life_us=1)
    assert require_steady_clock(installation) == kept.clock.now_us()
    now_us = kept.clock.now_us()
    kept.clock.set_now(now_us + by_us)
    for _ in range(2):
        with pytest.raises(ClockJumped, match="minutes"):
            retain(installation)
    assert kinds(installation).count("clock.jumped") == 1
    kept.clock.set_now(now_us)  # set back again, which explains nothing
    with pytest.raises(ClockJumped):
        retain(installation)
    with pytest.raises(ClockJumped):
        retain(kept.restarted())
    assert state_of_alert(installation, due) == state_of_alert(installation, alert) == State.KEPT
    assert confirm_clock(installation, ANN)
    assert not confirm_clock(installation, ANN)
    kept.clock.advance(1)
    assert retain(installation).alerts == 1
    assert state_of_alert(installation, alert) == State.KEPT
    assert kinds(installation).count("clock.confirmed") == 1


def test_who_confirmed_the_clock_stands_in_the_ledger(installation: Installation, kept: Kept) -> None:
    require_steady_clock(installation)
    kept.clock.set_now(kept.clock.now_us() + DAY_US)
    with pytest.raises(ClockJumped, match=r"\+1440 minutes"):
        require_steady_clock(installation)
    confirm_clock(installation, BEN)
    rows = installation.store.read(lambda work: list(work.ledger.rows()))
    jumped, confirmed = (Entry.from_bytes(row.entry) for row in rows)
    assert dict(jumped.facts) == dict(confirmed.facts) == {"moved_ms": DAY_US // 1000}
    assert (jumped.actor, confirmed.actor) == ("system", BEN)


@pytest.mark.parametrize("by_us", [LARGEST_JUMP_US, -LARGEST_JUMP_US])
def test_a_clock_that_was_put_right_by_a_little_is_trusted(installation: Installation, kept: Kept, by_us: int) -> None:
    require_steady_clock(installation)
    kept.clock.set_now(kept.clock.now_us() + by_us)
    retain(installation)


def test_many_small_moves_in_one_direction_are_one_large_one(installation: Installation, kept: Kept) -> None:
    require_steady_clock(installation)
    kept.clock.set_now(kept.clock.now_us() + 4 * 60 * SECOND_US)
    kept.clock.advance(10 * HOUR_S)
    require_steady_clock(installation)
    kept.clock.set_now(kept.clock.now_us() + 4 * 60 * SECOND_US)
    with pytest.raises(ClockJumped):
        require_steady_clock(installation)


def test_after_a_restart_of_the_machine_the_clock_is_looked_at_anew(installation: Installation, kept: Kept) -> None:
    require_steady_clock(installation)
    kept.clock.set_now(kept.clock.now_us() + DAY_US)
    again = kept.restarted()
    require_steady_clock(again)
    kept.clock.set_now(kept.clock.now_us() + DAY_US)
    with pytest.raises(ClockJumped):
        require_steady_clock(again)


def test_there_is_nothing_to_confirm_about_a_clock_nobody_looked_at(installation: Installation) -> None:
    assert not confirm_clock(installation)
    require_steady_clock(installation)
    assert not confirm_clock(installation)


def test_what_is_due_is_judged_by_the_very_time_that_was_looked_at(
    installation: Installation, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = raised(installation)
    require_steady_clock(installation)

    def then_the_clock_jumps(installation: Installation) -> int:
        kept.clock.set_now(kept.clock.now_us() + 100 * DAY_US)
        return 0

    monkeypatch.setattr(service, "finish_erasures", then_the_clock_jumps)
    assert retain(installation).alerts == 0
    assert state_of_alert(installation, alert) == State.KEPT


def test_a_running_installation_erases_by_itself(installation: Installation, kept: Kept) -> None:
    first = raised(installation)
    told: list[str] = []
    with Retainer(installation, told.append, period_s=0.01):
        kept.clock.advance(24 * HOUR_S)
        until(lambda: state_of_alert(installation, first) == State.ERASED)
        second = raised(installation, 2)
        kept.clock.advance(24 * HOUR_S)
        until(lambda: state_of_alert(installation, second) == State.ERASED)
    assert told == []


@pytest.mark.parametrize(
    "fault", [StoreUnavailable("The disk is full.", "Make room."), OSError(5, "Input/output error")]
)
def test_each_new_trouble_is_told_once_and_it_goes_on(
    installation: Installation, kept: Kept, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    alert = raised(installation)
    told: list[str] = []
    runs: list[int] = []
    real = service.retain

    def sometimes(installation: Installation) -> Retained:
        runs.append(1)
        if len(runs) in {1, 2, 3, 5}:
            raise fault
        return real(installation)

    monkeypatch.setattr(service, "retain", sometimes)
    kept.clock.advance(24 * HOUR_S)
    with Retainer(installation, told.append, period_s=0.01):
        until(lambda: len(runs) > 6)
    assert len(told) == 2
    assert all("could not be erased yet" in sentence for sentence in told)
    assert state_of_alert(installation, alert) == State.ERASED


def test_the_running_one_says_that_the_clock_jumped_and_erases_nothing(installation: Installation, kept: Kept) -> None:
    alert = raised(installation)
    require_steady_clock(installation)
    kept.clock.set_now(kept.clock.now_us() + 100 * DAY_US)
    told: list[str] = []
    with Retainer(installation, told.append, period_s=0.01):
        until(lambda: bool(told))
    assert "--confirm-clock" in told[0]
    assert state_of_alert(installation, alert) == State.KEPT
    finish_begun(installation)
    assert state_of_alert(installation, alert) == State.KEPT


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_that_ends_the_retention_of_a_running_installation_is_told(installation: Installation) -> None:
    told: list[str] = []

    def broken() -> None:
        raise ZeroDivisionError

    with Retainer(installation, told.append, then=broken, period_s=0.01) as retainer:
        retainer._thread.join(10)
    assert told == ["What is due is no longer erased by itself. Start overt retain beside this."]
