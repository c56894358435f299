"""The store in SQL, on SQLite and on PostgreSQL, and its twin in memory keep the same contract."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.decision import Verdict
from overt.domain.figures import Counts
from overt.ledger.entry import Entry, Fact
from overt.ledger.errors import BadEntry, LedgerDiffers
from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger, export_line
from overt.ledger.merkle import (
    Frontier,
    consistency_proof,
    continues,
    frontier_of,
    includes,
    inclusion_proof,
    leaf_hash,
)
from overt.ledger.verify import verify
from overt.store.ports import Store, Work
from overt.store.records import ClockMark, DeploymentRow, SealedEntry, State, Subject
from tests import stores
from tests.stores import EACH, REFUSED_ROW, T0, Opened, opened, put, settle, uuid
from tests.unit.ledger.books import ACCOUNT, KEY, LOG, OTHER_KEY

LIST, ALERT = stores.watch_list().id, stores.alert().id
GONE = uuid(0xDEAD)
TEXT = "Zoë, 中文, 🙂\u200d, \u202e, \ufeff, \ufffe, \U0010ffff, a\u0308, \t\r\n, \x01\x7f\x85, '; -- \" % _ \\ {} :x"
LARGEST = 1 << 53
ALL_TEXT = "".join(map(chr, [*range(1, 0xD800), *range(0xE000, sys.maxunicode + 1)]))


@pytest.fixture(params=EACH)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    with opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture
def store(fresh: Opened) -> Store:
    """A store with one deployment, a list of three entries and an alert."""
    settle(fresh.store)
    return fresh.store


def note(work: Work, number: int = 0) -> None:
    work.record("test.noted", facts={"number": number})


def notes(*numbers: int) -> Callable[[Work], None]:
    """The change that records these, in this order."""

    def change(work: Work) -> None:
        for number in numbers:
            note(work, number)

    return change


def along(*steps: Callable[[Work], object]) -> Callable[[Work], None]:
    """The change that takes these steps."""

    def change(work: Work) -> None:
        for step in steps:
            step(work)

    return change


def noted(store: Store) -> list[object]:
    """The numbers of `note` in the ledger, in order."""
    return store.read(lambda work: [Entry.from_bytes(row.entry).facts["number"] for row in work.ledger.rows()])


def failing(store: Store, *steps: Callable[[Work], object]) -> None:
    """Runs the steps as one change that raises at its end."""

    def fail(work: Work) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(along(*steps, fail))


def test_the_store_itself_refuses_that_an_entry_is_changed(fresh: Opened) -> None:
    assert fresh.store.read(lambda work: work.ledger.append_only())


# Transactions


def test_a_change_gives_back_what_it_returned_and_a_look_too(store: Store) -> None:
    assert store.write(lambda work: (work.lists.begin_erasing(LIST), "done")) == (True, "done")
    assert store.read(lambda work: [row.id for row in work.lists.all()]) == [LIST]


def test_a_change_sees_what_it_did_before(fresh: Opened) -> None:
    def change(work: Work) -> object:
        work.deployments.add(stores.deployment())
        work.lists.add(stores.watch_list(), stores.entries())
        assert work.lists.withdraw(LIST, 1)
        return [entry.position for entry in work.lists.entries(LIST)], work.deployments.get(uuid(1))

    assert fresh.store.write(change) == ([0, 2], stores.deployment())


def test_a_change_that_fails_leaves_nothing_behind(store: Store) -> None:
    def everything(work: Work) -> list[object]:
        return [
            work.deployments.all(),
            work.lists.all(),
            work.lists.entries(LIST),
            work.alerts.of(uuid(1)),
            work.alerts.decisions(ALERT),
            work.alerts.holds(ALERT),
            work.figures.of(uuid(1)),
            work.erasures.all(),
            work.sessions.get(stores.session().id),
            work.clock.get(),
            work.ledger.size(),
            list(work.ledger.rows()),
        ]

    store.write(along(notes(1), stores.added(ClockMark(boot="a", host_us=1, boot_us=1))))
    before = store.read(everything)
    failing(
        store,
        lambda work: work.deployments.add(stores.deployment(2)),
        lambda work: work.lists.add(stores.watch_list(2), stores.entries()),
        lambda work: work.lists.withdraw(LIST, 0),
        lambda work: work.lists.begin_erasing(LIST),
        lambda work: work.lists.erased(LIST),
        lambda work: work.alerts.add(stores.alert(2)),
        lambda work: work.alerts.keep_until(ALERT, 5),
        lambda work: work.alerts.decide(stores.decision()),
        lambda work: work.alerts.hold(stores.hold()),
        lambda work: work.alerts.begin_erasing(ALERT),
        lambda work: work.figures.add(stores.figures(frames=1)),
        lambda work: work.erasures.add(stores.erasure()),
        lambda work: work.sessions.add(stores.session()),
        lambda work: work.clock.set(ClockMark(boot="b", host_us=2, boot_us=2)),
        note,
    )
    assert store.read(everything) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda work: work.deployments.add(stores.deployment(2)),
        lambda work: work.lists.add(stores.watch_list(2), []),
        lambda work: work.lists.withdraw(LIST, 0),
        lambda work: work.lists.begin_erasing(LIST),
        lambda work: work.lists.erased(LIST),
        lambda work: work.alerts.add(stores.alert(2)),
        lambda work: work.alerts.keep_until(ALERT, T0),
        lambda work: work.alerts.begin_erasing(ALERT),
        lambda work: work.alerts.erased(ALERT),
        lambda work: work.alerts.decide(stores.decision()),
        lambda work: work.alerts.hold(stores.hold()),
        lambda work: work.alerts.lift(stores.hold().id, T0),
        lambda work: work.figures.add(stores.figures(frames=1)),
        lambda work: work.erasures.add(stores.erasure()),
        lambda work: work.erasures.key_destroyed(stores.erasure().id, T0),
        lambda work: work.erasures.residue_cleared([stores.erasure().id], T0),
        lambda work: work.sessions.add(stores.session()),
        lambda work: work.sessions.remove_expired(T0),
        lambda work: work.clock.set(ClockMark(boot="b", host_us=2, boot_us=2)),
        note,
    ],
    ids=lambda change: None,
)
def test_a_look_refuses_every_change(store: Store, change: Callable[[Work], object]) -> None:
    with pytest.raises(RuntimeError):
        store.read(change)
    assert store.read(lambda work: (work.deployments.all(), work.ledger.size())) == ([stores.deployment()], 0)
    store.write(note)
    assert noted(store) == [0]


def test_changes_of_several_threads_at_once_lose_nothing(store: Store) -> None:
    threads, each = 4, 10
    failures: list[BaseException] = []

    def write(name: int) -> None:
        try:
            for number in range(each):
                figures = stores.figures(frames=1, faces_seen=number)
                store.write(along(stores.added(figures), notes(name * each + number)))
        except BaseException as failure:  # noqa: BLE001 - told below, in the thread of the test
            failures.append(failure)

    running = [threading.Thread(target=write, args=(name,)) for name in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert failures == []
    (row,) = store.read(lambda work: work.figures.of(uuid(1)))
    assert row.counts == Counts(frames=threads * each, faces_seen=threads * sum(range(each)))
    numbers = noted(store)
    assert sorted(map(str, numbers)) == sorted(map(str, range(threads * each)))
    for name in range(threads):
        own = [number for number in numbers if isinstance(number, int) and number // each == name]
        assert own == sorted(own)


def test_looks_go_on_while_others_write(store: Store) -> None:
    over = threading.Event()
    failures: list[object] = []

    def look() -> None:
        while not over.is_set():
            size, rows = store.read(lambda work: (work.ledger.size(), list(work.ledger.rows())))
            if [row.index for row in rows] != list(range(size)):
                failures.append((size, rows))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for number in range(20):
            store.write(notes(number))
    finally:
        over.set()
        looking.join()
    assert failures == []
    assert noted(store) == list(range(20))


def test_residue_is_cleared_when_nobody_else_is_at_work(store: Store) -> None:
    store.write(lambda work: (work.alerts.begin_erasing(ALERT), work.alerts.erased(ALERT)))
    assert store.clear_residue() is True
    assert store.read(lambda work: work.alerts.states()) == {ALERT: "erased"}


# Deployments


def test_a_deployment_is_found_by_id_and_by_digest(store: Store) -> None:
    row = stores.deployment()
    assert store.read(lambda work: work.deployments.get(row.id)) == row
    assert store.read(lambda work: work.deployments.by_digest(row.digest)) == row
    assert store.read(lambda work: work.deployments.get(GONE)) is None
    assert store.read(lambda work: work.deployments.by_digest("f" * 64)) is None


def test_deployments_come_oldest_first(fresh: Opened) -> None:
    put(fresh.store, *map(stores.deployment, (3, 1, 2)))
    assert fresh.store.read(lambda work: work.deployments.all()) == [stores.deployment(number) for number in (1, 2, 3)]


@pytest.mark.parametrize("row", [stores.deployment(1, digest="a" * 64), stores.deployment(2, digest=f"{1:064x}")])
def test_there_is_one_deployment_an_id_and_one_a_digest(store: Store, row: DeploymentRow) -> None:
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.deployments.add(row))
    assert store.read(lambda work: work.deployments.all()) == [stores.deployment()]


# Lists


def test_a_list_comes_back_with_its_entries_by_position(fresh: Opened) -> None:
    sealed = [*stores.entries(3, expires_us=T0), SealedEntry(position=10, sealed=b"", expires_us=None)]
    fresh.store.write(lambda work: work.deployments.add(stores.deployment()))
    fresh.store.write(lambda work: work.lists.add(stores.watch_list(), sealed[::-1]))
    assert fresh.store.read(lambda work: work.lists.get(LIST)) == stores.watch_list()
    assert fresh.store.read(lambda work: work.lists.entries(LIST)) == sealed
    assert fresh.store.read(lambda work: work.lists.get(GONE)) is None
    assert fresh.store.read(lambda work: work.lists.entries(GONE)) == []
    assert fresh.store.read(lambda work: work.lists.entry(LIST, 10)) == sealed[-1]
    assert fresh.store.read(lambda work: work.lists.entry(LIST, 3)) is None
    assert fresh.store.read(lambda work: work.lists.entry(GONE, 0)) is None


def test_lists_come_oldest_first(store: Store) -> None:
    put(store, *map(stores.watch_list, (3, 2)))
    assert store.read(lambda work: work.lists.all()) == [stores.watch_list(number) for number in (1, 2, 3)]


def test_a_list_needs_its_deployment_and_an_id_of_its_own(store: Store) -> None:
    for row in (stores.watch_list(2, of=9), stores.watch_list()):
        with pytest.raises(REFUSED_ROW):
            put(store, row)
    assert store.read(lambda work: work.lists.all()) == [stores.watch_list()]


def test_a_list_with_two_entries_at_one_position_is_refused_whole(store: Store) -> None:
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.lists.add(stores.watch_list(2), stores.entries() + stores.entries(1)))
    assert store.read(lambda work: (len(work.lists.all()), work.lists.entries(stores.watch_list(2).id))) == (1, [])


def test_the_newest_kept_list_is_the_deployments(store: Store) -> None:
    store.write(lambda work: work.deployments.add(stores.deployment(2)))
    store.write(lambda work: work.lists.add(stores.watch_list(3), []))
    store.write(lambda work: work.lists.add(stores.watch_list(2), []))
    assert store.read(lambda work: work.lists.kept_for(uuid(1))) == stores.watch_list(3)
    store.write(lambda work: work.lists.begin_erasing(stores.watch_list(3).id))
    assert store.read(lambda work: work.lists.kept_for(uuid(1))) == stores.watch_list(2)
    assert store.read(lambda work: work.lists.kept_for(uuid(2))) is None
    assert store.read(lambda work: work.lists.kept_for(GONE)) is None


def test_lists_are_due_once_their_time_is_over_and_only_while_kept(store: Store) -> None:
    end = stores.watch_list().erase_after_us
    store.write(lambda work: work.lists.add(stores.watch_list(2, erase_after_us=end + 1), []))
    assert store.read(lambda work: work.lists.due(end - 1)) == []
    assert store.read(lambda work: work.lists.due(end)) == [stores.watch_list()]
    assert {row.id for row in store.read(lambda work: work.lists.due(end + 1))} == {LIST, stores.watch_list(2).id}
    store.write(lambda work: work.lists.begin_erasing(LIST))
    assert [row.id for row in store.read(lambda work: work.lists.due(end + 1))] == [stores.watch_list(2).id]


def test_entries_with_an_expiry_of_their_own_are_due_while_their_list_is_kept(store: Store) -> None:
    sealed = [
        SealedEntry(position=0, sealed=b"a", expires_us=T0 + 5),
        SealedEntry(position=1, sealed=b"b", expires_us=T0 + 6),
        SealedEntry(position=2, sealed=b"c"),
    ]
    other = stores.watch_list(2)
    store.write(lambda work: work.lists.add(other, sealed))
    due = store.read(lambda work: [work.lists.due_entries(now) for now in (T0 + 4, T0 + 5, T0 + 6)])
    assert [sorted(each) for each in due] == [[], [(other.id, 0)], [(other.id, 0), (other.id, 1)]]
    store.write(lambda work: work.lists.withdraw(other.id, 0))
    assert store.read(lambda work: work.lists.due_entries(T0 + 9)) == [(other.id, 1)]
    store.write(lambda work: work.lists.begin_erasing(other.id))
    assert store.read(lambda work: work.lists.due_entries(T0 + 9)) == []


def test_an_entry_is_withdrawn_once_and_from_its_own_list_only(store: Store) -> None:
    store.write(lambda work: work.lists.add(stores.watch_list(2), stores.entries()))
    assert store.write(lambda work: work.lists.withdraw(LIST, 1)) is True
    assert store.read(lambda work: work.lists.entry(LIST, 1)) is None
    assert store.write(lambda work: work.lists.withdraw(LIST, 1)) is False
    assert store.write(lambda work: work.lists.withdraw(LIST, 3)) is False
    assert store.write(lambda work: work.lists.withdraw(GONE, 0)) is False
    assert [entry.position for entry in store.read(lambda work: work.lists.entries(LIST))] == [0, 2]
    assert len(store.read(lambda work: work.lists.entries(stores.watch_list(2).id))) == 3
    row = store.read(lambda work: work.lists.get(LIST))
    assert row is not None
    assert row.entries == 3


def test_nothing_is_withdrawn_from_a_list_that_is_being_erased(store: Store) -> None:
    store.write(lambda work: work.lists.begin_erasing(LIST))
    assert store.write(lambda work: work.lists.withdraw(LIST, 0)) is False
    assert len(store.read(lambda work: work.lists.entries(LIST))) == 3


def test_a_list_goes_from_kept_to_erasing_to_erased_and_never_back(store: Store) -> None:
    assert store.write(lambda work: work.lists.erased(LIST)) is False
    assert store.read(lambda work: work.lists.get(LIST)) == stores.watch_list()
    assert store.write(lambda work: work.lists.begin_erasing(LIST)) is True
    assert store.write(lambda work: work.lists.begin_erasing(LIST)) is False
    assert store.read(lambda work: work.lists.get(LIST)) == replace(stores.watch_list(), state=State.ERASING)
    assert len(store.read(lambda work: work.lists.entries(LIST))) == 3
    assert store.write(lambda work: work.lists.erased(LIST)) is True
    assert store.write(lambda work: work.lists.erased(LIST)) is False
    assert store.write(lambda work: work.lists.begin_erasing(LIST)) is False
    assert store.write(lambda work: work.lists.begin_erasing(GONE)) is False
    assert store.write(lambda work: work.lists.erased(GONE)) is False


def test_an_erased_list_keeps_its_numbers_and_neither_salt_nor_entries(store: Store) -> None:
    store.write(lambda work: work.lists.add(stores.watch_list(2), stores.entries()))
    store.write(lambda work: (work.lists.begin_erasing(LIST), work.lists.erased(LIST)))
    assert store.read(lambda work: work.lists.get(LIST)) == replace(stores.watch_list(), salt=b"", state=State.ERASED)
    assert store.read(lambda work: work.lists.entries(LIST)) == []
    assert store.read(lambda work: work.lists.get(stores.watch_list(2).id)) == stores.watch_list(2)
    assert len(store.read(lambda work: work.lists.entries(stores.watch_list(2).id))) == 3


# Alerts


def test_alerts_come_back_oldest_first_as_they_were(store: Store) -> None:
    rows = [
        stores.alert(),
        stores.alert(2, cautions=(), latency_us=None, list_position=0),
        stores.alert(3, camera="søuth", cautions=("dark", "dark", 'a "quoted", [listed] one'), score=-0.25),
    ]
    put(store, rows[2], rows[1])
    store.write(lambda work: work.deployments.add(stores.deployment(2)))
    store.write(lambda work: work.alerts.add(stores.alert(4, of=2)))
    assert store.read(lambda work: work.alerts.of(uuid(1))) == [replace(row, sealed=None) for row in rows]
    assert store.read(lambda work: [work.alerts.get(row.id) for row in rows]) == rows
    assert store.read(lambda work: (work.alerts.get(GONE), work.alerts.of(GONE))) == (None, [])
    first = store.read(lambda work: work.alerts.get(rows[0].id))
    assert first is not None
    assert (type(first.cautions), type(first.state), type(first.sealed)) == (tuple, State, bytes)


def test_an_alert_needs_its_deployment_and_an_id_of_its_own(store: Store) -> None:
    for row in (stores.alert(2, of=9), stores.alert()):
        with pytest.raises(REFUSED_ROW):
            put(store, row)
    assert store.read(lambda work: work.alerts.of(uuid(1))) == [stores.alert(sealed=None)]


def test_the_states_of_all_alerts_are_told_by_id(store: Store) -> None:
    put(store, *map(stores.alert, (2, 3)))
    store.write(lambda work: [work.alerts.begin_erasing(stores.alert(number).id) for number in (2, 3)])
    store.write(lambda work: work.alerts.erased(stores.alert(3).id))
    states = store.read(lambda work: work.alerts.states())
    assert states == {ALERT: "kept", stores.alert(2).id: "erasing", stores.alert(3).id: "erased"}


def test_the_end_of_a_kept_alert_is_set_and_of_no_other(store: Store) -> None:
    assert store.write(lambda work: work.alerts.keep_until(ALERT, T0 + 7)) is True
    assert store.read(lambda work: work.alerts.get(ALERT)) == stores.alert(erase_after_us=T0 + 7)
    assert store.write(lambda work: work.alerts.keep_until(ALERT, T0 + 7)) is True  # still kept, though nothing changed
    assert store.write(lambda work: work.alerts.keep_until(GONE, T0)) is False
    store.write(lambda work: work.alerts.begin_erasing(ALERT))
    assert store.write(lambda work: work.alerts.keep_until(ALERT, T0 + 8)) is False
    store.write(lambda work: work.alerts.erased(ALERT))
    assert store.write(lambda work: work.alerts.keep_until(ALERT, T0 + 8)) is False
    row = store.read(lambda work: work.alerts.get(ALERT))
    assert row is not None
    assert row.erase_after_us == T0 + 7


def test_alerts_are_due_oldest_first_without_what_they_seal(store: Store) -> None:
    end = stores.alert().erase_after_us
    put(store, *map(stores.alert, (3, 2)))
    store.write(lambda work: work.alerts.add(stores.alert(4, erase_after_us=end + 1)))
    assert store.read(lambda work: work.alerts.due(end - 1)) == []
    due = [stores.alert(number, sealed=None) for number in (1, 2, 3)]
    assert store.read(lambda work: work.alerts.due(end)) == due
    store.write(lambda work: work.alerts.begin_erasing(ALERT))
    assert store.read(lambda work: work.alerts.due(end)) == due[1:]
    store.write(lambda work: work.alerts.erased(ALERT))
    assert store.read(lambda work: work.alerts.due(end)) == due[1:]
    kept = store.read(lambda work: work.alerts.get(stores.alert(2).id))
    assert kept is not None
    assert kept.sealed == stores.alert().sealed


def due_ids(store: Store, now_us: int) -> list[str]:
    return [row.id for row in store.read(lambda work: work.alerts.due(now_us))]


def test_a_held_alert_is_not_due_before_the_hold_expires(store: Store) -> None:
    row = stores.hold()
    store.write(lambda work: work.alerts.add(stores.alert(2)))
    store.write(lambda work: work.alerts.hold(row))
    assert due_ids(store, row.expires_us - 1) == [stores.alert(2).id]
    assert due_ids(store, row.expires_us) == [ALERT, stores.alert(2).id]


def test_a_held_alert_is_due_once_its_last_hold_is_lifted(store: Store) -> None:
    now = stores.hold().expires_us - 5
    put(store, *map(stores.hold, (1, 2)))
    assert store.write(lambda work: work.alerts.lift(stores.hold(1).id, now)) is True
    assert due_ids(store, now) == []
    assert store.write(lambda work: work.alerts.lift(stores.hold(2).id, now + 1)) is True
    assert due_ids(store, now + 1) == [ALERT]


def test_an_alert_held_twice_is_due_once(store: Store) -> None:
    put(store, *map(stores.hold, (1, 2)))
    assert due_ids(store, stores.hold().expires_us) == [ALERT]


def test_a_hold_is_lifted_once_and_only_while_in_force(store: Store) -> None:
    first, second = stores.hold(1), stores.hold(2)
    put(store, second, first)
    assert store.read(lambda work: work.alerts.holds(ALERT)) == [first, second]
    assert store.write(lambda work: work.alerts.lift(first.id, T0 + 9)) is True
    assert store.write(lambda work: work.alerts.lift(first.id, T0 + 10)) is False
    assert store.write(lambda work: work.alerts.lift(second.id, second.expires_us)) is False
    assert store.write(lambda work: work.alerts.lift(GONE, T0)) is False
    assert store.read(lambda work: work.alerts.holds(ALERT)) == [replace(first, lifted_us=T0 + 9), second]
    assert store.read(lambda work: work.alerts.holds(GONE)) == []


def test_an_alert_goes_from_kept_to_erasing_to_erased_and_never_back(store: Store) -> None:
    assert store.write(lambda work: work.alerts.erased(ALERT)) is False
    assert store.write(lambda work: work.alerts.begin_erasing(ALERT)) is True
    assert store.write(lambda work: work.alerts.begin_erasing(ALERT)) is False
    assert store.read(lambda work: work.alerts.get(ALERT)) == stores.alert(state=State.ERASING)
    assert store.write(lambda work: work.alerts.erased(ALERT)) is True
    assert store.write(lambda work: work.alerts.erased(ALERT)) is False
    assert store.write(lambda work: work.alerts.begin_erasing(ALERT)) is False
    assert store.write(lambda work: work.alerts.begin_erasing(GONE)) is False
    assert store.write(lambda work: work.alerts.erased(GONE)) is False


def test_an_erased_alert_keeps_its_numbers_its_decisions_and_its_holds(store: Store) -> None:
    put(store, stores.decision(), stores.hold())
    store.write(lambda work: work.alerts.add(stores.alert(2)))
    store.write(lambda work: (work.alerts.begin_erasing(ALERT), work.alerts.erased(ALERT)))
    assert store.read(lambda work: work.alerts.get(ALERT)) == stores.alert(sealed=None, state=State.ERASED)
    assert store.read(lambda work: work.alerts.decisions(ALERT)) == [stores.decision()]
    assert store.read(lambda work: work.alerts.holds(ALERT)) == [stores.hold()]
    assert store.read(lambda work: work.alerts.get(stores.alert(2).id)) == stores.alert(2)


def test_every_verdict_comes_back_and_decisions_oldest_first(store: Store) -> None:
    rows = [stores.decision(number, verdict=verdict) for number, verdict in enumerate(Verdict, 1)]
    store.write(lambda work: work.alerts.add(stores.alert(2)))
    put(store, *rows[::-1], stores.decision(9, of=2))
    assert store.read(lambda work: work.alerts.decisions(ALERT)) == rows
    assert {type(row.verdict) for row in store.read(lambda work: work.alerts.decisions(ALERT))} == {Verdict}
    assert store.read(lambda work: work.alerts.decisions(GONE)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda work: work.alerts.decide(stores.decision(2, of=9)),
        lambda work: work.alerts.decide(stores.decision()),
        lambda work: work.alerts.hold(stores.hold(2, of=9)),
        lambda work: work.alerts.hold(stores.hold()),
    ],
    ids=["decision of nothing", "decision again", "hold on nothing", "hold again"],
)
def test_decisions_and_holds_need_their_alert_and_an_id_of_their_own(
    store: Store, change: Callable[[Work], None]
) -> None:
    put(store, stores.decision(), stores.hold())
    with pytest.raises(REFUSED_ROW):
        store.write(change)
    assert store.read(lambda work: len(work.alerts.decisions(ALERT)) + len(work.alerts.holds(ALERT))) == 2


# Figures


def test_parts_of_a_minute_add_up_and_the_largest_maximum_stays(store: Store) -> None:
    parts = [
        Counts(frames=1, dropped=2, faces_detected=3, faces_seen=4, possible_matches=5, cooled_down=6, lost=7),
        Counts(
            frames=10, unmatched_age_max_s=0.75, oldest_pixel_max_s=0.5, cpu_s=1.25, video_s=2.5, green_s=2.0, red_s=0.5
        ),
        Counts(dropped=20, unmatched_age_max_s=0.25, oldest_pixel_max_s=0.875, cpu_s=0.5, video_s=60.0, amber_s=4.5),
    ]
    put(store, *(replace(stores.figures(), counts=counts) for counts in parts))
    total = Counts(
        frames=11,
        dropped=22,
        faces_detected=3,
        faces_seen=4,
        possible_matches=5,
        cooled_down=6,
        lost=7,
        unmatched_age_max_s=0.75,
        oldest_pixel_max_s=0.875,
        cpu_s=1.75,
        video_s=62.5,
        green_s=2.0,
        amber_s=4.5,
        red_s=0.5,
    )
    assert store.read(lambda work: work.figures.of(uuid(1))) == [replace(stores.figures(), counts=total)]


def test_figures_come_by_minute_then_camera_of_one_deployment(store: Store) -> None:
    rows = [stores.figures(minute, camera, frames=minute + 1) for minute in (0, 1, 10) for camera in ("Z", "a", "b")]
    store.write(lambda work: work.deployments.add(stores.deployment(2)))
    store.write(stores.added(*rows[::-1]))
    store.write(lambda work: work.figures.add(stores.figures(of=2, frames=100)))
    assert store.read(lambda work: work.figures.of(uuid(1))) == rows
    assert store.read(lambda work: work.figures.of(uuid(2))) == [stores.figures(of=2, frames=100)]
    assert store.read(lambda work: work.figures.of(GONE)) == []


def test_figures_need_their_deployment(store: Store) -> None:
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.figures.add(stores.figures(of=9, frames=1)))


# Erasures


def destroyed_at(erasure: str, now_us: int, work: Work) -> bool:
    return work.erasures.key_destroyed(erasure, now_us)


def test_an_erasure_is_unfinished_then_uncleared_then_done(store: Store) -> None:
    rows = [stores.erasure(number, subject=subject) for number, subject in enumerate(Subject, 1)]
    put(store, *rows[::-1])
    assert store.read(lambda work: (work.erasures.unfinished(), work.erasures.uncleared())) == (rows, [])
    assert {type(row.subject) for row in store.read(lambda work: work.erasures.all())} == {Subject}
    for _ in rows:
        (*_, last) = store.read(lambda work: work.erasures.unfinished())
        assert store.write(partial(destroyed_at, last.id, T0 + 50)) is True
        assert store.write(partial(destroyed_at, last.id, T0 + 51)) is False
    destroyed = [replace(row, key_destroyed_us=T0 + 50) for row in rows]
    assert store.read(lambda work: (work.erasures.unfinished(), work.erasures.uncleared())) == ([], destroyed)
    ids = [row.id for row in rows]
    assert store.write(lambda work: work.erasures.residue_cleared(ids[:2], T0 + 60)) == 2
    assert store.read(lambda work: work.erasures.uncleared()) == destroyed[2:]
    assert store.write(lambda work: work.erasures.residue_cleared(set(ids), T0 + 61)) == len(ids) - 2
    assert store.write(lambda work: work.erasures.residue_cleared(ids, T0 + 62)) == 0
    cleared = [T0 + 60] * 2 + [T0 + 61] * (len(ids) - 2)
    done = [replace(row, residue_cleared_us=at) for row, at in zip(destroyed, cleared, strict=True)]
    assert store.read(lambda work: (work.erasures.all(), work.erasures.uncleared())) == (done, [])


def test_residue_is_not_cleared_of_what_is_not_destroyed(store: Store) -> None:
    store.write(lambda work: work.erasures.add(stores.erasure()))
    assert store.write(lambda work: work.erasures.residue_cleared([stores.erasure().id], T0)) == 0
    assert store.read(lambda work: work.erasures.all()) == [stores.erasure()]


def test_clearing_says_nought_for_nobody_and_takes_very_many_at_once(store: Store) -> None:
    store.write(lambda work: work.erasures.add(stores.erasure()))
    store.write(lambda work: work.erasures.key_destroyed(stores.erasure().id, T0))
    assert store.write(lambda work: work.erasures.key_destroyed(GONE, T0)) is False
    assert store.write(lambda work: work.erasures.residue_cleared([], T0)) == 0
    assert store.write(lambda work: work.erasures.residue_cleared((GONE,), T0)) == 0
    ids = {stores.erasure(number).id for number in range(70_000)}
    assert store.write(lambda work: work.erasures.residue_cleared(ids, T0)) == 1


def test_an_erasure_has_an_id_of_its_own_and_outlives_what_it_is_about(store: Store) -> None:
    store.write(lambda work: work.erasures.add(stores.erasure(subject_id=f"{GONE}/3", subject=Subject.ENTRY)))
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.erasures.add(stores.erasure()))


# Sessions and the clock


def test_sessions_are_found_until_they_expire_and_are_removed(store: Store) -> None:
    rows = [stores.session(number) for number in (1, 2, 3)]
    put(store, *rows)
    assert store.read(lambda work: [work.sessions.get(row.id) for row in rows]) == rows
    assert store.read(lambda work: work.sessions.get("f" * 64)) is None
    assert store.read(lambda work: work.sessions.count(rows[0].expires_us - 1)) == 3
    assert store.read(lambda work: work.sessions.count(rows[1].expires_us)) == 1
    assert store.write(lambda work: work.sessions.remove_expired(rows[0].expires_us - 1)) == 0
    assert store.write(lambda work: work.sessions.remove_expired(rows[1].expires_us)) == 2
    assert store.read(lambda work: [work.sessions.get(row.id) for row in rows]) == [None, None, rows[2]]
    with pytest.raises(REFUSED_ROW):
        store.write(lambda work: work.sessions.add(rows[2]))


def test_the_clocks_mark_is_the_one_set_last(store: Store) -> None:
    assert store.read(lambda work: work.clock.get()) is None
    for host_us, jumped_us in ((T0, 0), (T0 + 5, -7_000_000_000), (T0 - 5, 300_000_001)):
        mark = ClockMark(boot="c0ffee", host_us=host_us, boot_us=9, jumped_us=jumped_us)
        put(store, mark)
        assert store.read(lambda work: work.clock.get()) == mark


# The ledger


def test_a_store_without_entries_has_an_empty_ledger(store: Store) -> None:
    def look(work: Work) -> object:
        return work.ledger.size(), work.ledger.last(), list(work.ledger.rows()), list(work.ledger.leaf_hashes(0, 0))

    assert store.read(look) == (0, None, [], [])


def test_what_is_recorded_is_stamped_numbered_and_signed(fresh: Opened) -> None:
    facts: dict[str, Fact] = {
        "verdict": "not-the-person",
        "shots": 3,
        "held": None,
        "sure": True,
        "cautions": ("dark", "small-face"),
    }
    fresh.store.write(lambda work: work.record("alert.decided", actor=ACCOUNT, deployment=uuid(1), facts=facts))
    fresh.clock.advance(1)
    fresh.store.write(lambda work: work.record("retention.run"))
    first, second = fresh.store.read(lambda work: list(work.ledger.rows()))
    assert Entry.from_bytes(first.entry) == Entry(
        index=0, kind="alert.decided", at_us=T0, actor=ACCOUNT, deployment=uuid(1), facts=facts
    )
    assert Entry.from_bytes(second.entry) == Entry(index=1, kind="retention.run", at_us=T0 + 1_000_000, actor="system")
    assert (first.index, second.index) == (0, 1)
    assert second.leaf == leaf_hash(second.entry)
    head = SignedHead.from_bytes(second.head)
    head.check(KEY.public_key())
    frontier = Frontier.from_bytes(2, second.frontier)
    assert (head.head.log, head.head.size, head.head.root) == (LOG, 2, frontier.root)
    assert fresh.store.read(lambda work: work.ledger.last()) == second


def test_several_records_of_one_change_stand_in_their_order(store: Store) -> None:
    store.write(notes(*range(5)))
    store.write(notes(9, 8))
    assert noted(store) == [0, 1, 2, 3, 4, 9, 8]


def test_a_change_that_records_nothing_leaves_the_ledger_alone(store: Store) -> None:
    store.write(lambda work: work.lists.withdraw(LIST, 0))
    assert store.read(lambda work: work.ledger.size()) == 0


def test_what_is_recorded_is_there_once_it_is_committed_and_not_before(store: Store) -> None:
    def change(work: Work) -> int:
        note(work, 1)
        return work.ledger.size()

    assert store.write(change) == 0
    assert noted(store) == [1]


def test_facts_count_as_they_were_when_recorded(store: Store) -> None:
    def change(work: Work) -> None:
        facts: dict[str, int] = {"number": 1}
        work.record("test.noted", facts=facts)
        facts["number"] = 2

    store.write(change)
    assert noted(store) == [1]


@pytest.mark.parametrize(
    "bad",
    [
        lambda work: work.record("Not a kind"),
        lambda work: work.record("test.noted", actor="Anna Smith"),
        lambda work: work.record("test.noted", deployment="High Street"),
        lambda work: work.record("test.noted", facts={"ratio": 0.5}),
        lambda work: work.record("test.noted", facts={"number": LARGEST}),
    ],
    ids=["kind", "actor", "deployment", "fraction", "number"],
)
def test_a_record_that_may_not_be_made_undoes_the_whole_change(store: Store, bad: Callable[[Work], None]) -> None:
    with pytest.raises(BadEntry):
        store.write(along(note, lambda work: work.lists.begin_erasing(LIST), bad))
    assert store.read(lambda work: (work.ledger.size(), work.lists.get(LIST))) == (0, stores.watch_list())
    store.write(notes(7))
    assert noted(store) == [7]


def test_the_lines_of_the_ledger_verify(store: Store) -> None:
    for number in range(9):
        store.write(notes(*range(number % 3)))
    lines = store.read(lambda work: [export_line(row.entry, row.head) for row in work.ledger.rows()])
    found = verify(io.BytesIO(b"".join(lines)), KEY.public_key())
    assert (found.last.size, found.last.log) == (len(lines), LOG)


def test_rows_and_leaf_hashes_come_for_any_stretch(store: Store) -> None:
    store.write(notes(*range(7)))
    rows = store.read(lambda work: list(work.ledger.rows()))
    assert [row.index for row in rows] == list(range(7))

    def look(work: Work) -> None:
        for start in range(9):
            assert list(work.ledger.rows(start)) == rows[start:]
            for stop in range(start, 9):
                assert list(work.ledger.rows(start, stop)) == rows[start:stop]
                assert list(work.ledger.leaf_hashes(start, stop)) == [row.leaf for row in rows[start:stop]]

    store.read(look)


def test_rows_come_in_order_where_they_take_several_batches(store: Store) -> None:
    store.write(notes(*range(2_500)))
    assert noted(store) == list(range(2_500))
    leaves = store.read(lambda work: list(work.ledger.leaf_hashes(0, 2_500)))
    assert leaves == store.read(lambda work: [leaf_hash(row.entry) for row in work.ledger.rows()])


def test_proofs_are_made_from_what_is_stored(store: Store) -> None:
    store.write(notes(*range(11)))

    def look(work: Work) -> None:
        old, new = frontier_of(work.ledger, 5).root, frontier_of(work.ledger, 11).root
        path = consistency_proof(work.ledger, 5, 11)
        assert continues(old_size=5, old_root=old, new_size=11, new_root=new, proof=path)
        for row in work.ledger.rows():
            proof = inclusion_proof(work.ledger, row.index, 11)
            assert includes(leaf=row.leaf, index=row.index, size=11, proof=proof, root=new)

    store.read(look)


@pytest.mark.parametrize(
    "other",
    [Ledger(log="another", key=KEY), Ledger(log=LOG, key=OTHER_KEY), Ledger(log=LOG, key=Ed25519PrivateKey.generate())],
    ids=["another ledger", "another key", "a new key"],
)
def test_a_ledger_of_another_id_or_key_is_not_continued(fresh: Opened, other: Ledger) -> None:
    fresh.store.write(note)
    with pytest.raises(LedgerDiffers):
        fresh.under(other).write(along(stores.added(stores.deployment()), note))
    assert fresh.store.read(lambda work: (work.ledger.size(), work.deployments.all())) == (1, [])


# Values at their edges


def test_sealed_content_of_a_megabyte_comes_back_byte_for_byte(store: Store) -> None:
    large = bytes(range(256)) * 4096
    entry = SealedEntry(position=0, sealed=large)
    put(store, stores.alert(2, sealed=large))
    store.write(lambda work: work.lists.add(stores.watch_list(2, salt=large), [entry]))
    found = store.read(lambda work: work.alerts.get(stores.alert(2).id))
    assert found is not None
    assert found.sealed == large
    assert store.read(lambda work: work.lists.entries(stores.watch_list(2).id))[0].sealed == large
    assert store.read(lambda work: work.lists.get(stores.watch_list(2).id)) == stores.watch_list(2, salt=large)


def test_empty_content_is_not_the_same_as_none(store: Store) -> None:
    put(store, stores.alert(2, sealed=b""), stores.alert(3, sealed=None))
    found = store.read(lambda work: [work.alerts.get(stores.alert(number).id) for number in (1, 2, 3)])
    assert [row.sealed for row in found if row] == [stores.alert().sealed, b"", None]


def test_text_of_any_script_comes_back(store: Store) -> None:
    rows = (
        stores.deployment(2, name=TEXT),
        stores.alert(2, of=2, camera=TEXT, cautions=(TEXT, "", TEXT)),
        stores.hold(1, of=2, case=TEXT),
        stores.figures(of=2, camera=TEXT, frames=1),
        stores.erasure(reason=TEXT),
    )
    put(store, *rows)

    def look(work: Work) -> tuple[object, ...]:
        (held,), (figures,), (erasure,) = work.alerts.holds(rows[1].id), work.figures.of(uuid(2)), work.erasures.all()
        return work.deployments.get(uuid(2)), work.alerts.get(rows[1].id), held, figures, erasure

    assert store.read(look) == rows


def test_every_character_comes_back(store: Store) -> None:
    store.write(lambda work: work.alerts.hold(stores.hold(case=ALL_TEXT)))
    store.write(lambda work: work.alerts.add(stores.alert(2, cautions=(ALL_TEXT,))))
    (held,) = store.read(lambda work: work.alerts.holds(ALERT))
    assert held.case == ALL_TEXT
    found = store.read(lambda work: work.alerts.get(stores.alert(2).id))
    assert found is not None
    assert found.cautions == (ALL_TEXT,)


@pytest.mark.parametrize("number", [0, (1 << 31) - 1, 1 << 31, (1 << 32) + 1, LARGEST])
def test_whole_numbers_come_back_up_to_two_to_the_53(store: Store, number: int) -> None:
    row = stores.alert(
        2, passage=number, at_us=T0, erase_after_us=number, latency_us=number, list_position=min(number, (1 << 31) - 1)
    )
    times = stores.hold(placed_us=number, expires_us=number)
    mark = ClockMark(boot="a", host_us=number, boot_us=number, jumped_us=-number)
    counts = Counts(frames=number, dropped=number, faces_detected=number, faces_seen=number)
    put(store, row, times, mark, replace(stores.figures(), counts=counts))
    store.write(notes(max(0, number - 1)))
    found = store.read(
        lambda work: (work.alerts.get(row.id), work.alerts.holds(ALERT), work.clock.get(), work.figures.of(uuid(1)))
    )
    assert found == (row, [times], mark, [replace(stores.figures(), counts=counts)])
    assert noted(store) == [max(0, number - 1)]


@pytest.mark.parametrize(
    "number",
    [0.1, 1 / 3, -1.0, 0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e-7],
)
def test_fractions_come_back_exactly(store: Store, number: float) -> None:
    row = stores.alert(2, score=number, threshold=number, false_alerts_per_1000=number)
    counts = Counts(cpu_s=abs(number), video_s=abs(number), unmatched_age_max_s=abs(number))
    store.write(lambda work: work.alerts.add(row))
    store.write(lambda work: work.figures.add(replace(stores.figures(), counts=counts)))
    found = store.read(lambda work: work.alerts.get(row.id))
    assert found is not None
    assert [each.hex() for each in (found.score, found.threshold)] == [number.hex(), number.hex()]
    assert type(found.score) is float
    assert store.read(lambda work: work.figures.of(uuid(1))) == [replace(stores.figures(), counts=counts)]
