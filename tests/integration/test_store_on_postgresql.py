"""What only a store on PostgreSQL can do wrong. The server is a real one."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from overt.store.errors import BadStore, CommitUnknown, NoInstallation, StoreUnavailable
from overt.store.ports import Work
from overt.store.records import SealedEntry
from overt.store.sql import SqlStore, create_store, open_store
from overt.store.transaction import LEDGER_LOCK
from overt.testing.fixed_clock import FixedClock
from tests import stores
from tests.integration.cut import Cut, Line, line_to
from tests.integration.postgres import USER, Server, running_server, shared_server

NEEDLE = b"NEEDLE-of-a-sealed-picture-"


def note(work: Work) -> None:
    work.record("test.noted")


def size(store: SqlStore) -> int:
    return store.read(lambda work: work.ledger.size())


def opened(url: str, patience_s: float = 5.0) -> SqlStore:
    return open_store(url, ledger=stores.LEDGER, clock=FixedClock(), heads=None, patience_s=patience_s)


@dataclass(frozen=True, kw_only=True)
class Place:
    server: Server
    name: str  # of the database
    store: SqlStore

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Another program's connection."""
        return psycopg.connect(host=str(self.server.folder), user=USER, dbname=self.name)


@pytest.fixture
def place() -> Iterator[Place]:
    server = shared_server()
    with server.named_database() as name:
        create_store(server.url(name))
        store = opened(server.url(name))
        yield Place(server=server, name=name, store=store)
        store.close()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="overt-cut-", dir="/tmp") as folder:
        yield Path(folder)


def test_a_database_that_is_not_there_is_no_installation() -> None:
    for act in (create_store, opened):
        with pytest.raises(NoInstallation, match="no database of that name"):
            act(shared_server().url("nowhere"))


def test_an_empty_database_is_no_installation_and_anothers_is_refused() -> None:
    server = shared_server()
    with server.named_database() as name:
        with pytest.raises(NoInstallation, match="is empty"):
            opened(server.url(name))
        server.ask("CREATE TABLE notes (text text)", database=name)
        with pytest.raises(BadStore, match="another program"):
            opened(server.url(name))
        with pytest.raises(BadStore, match="not empty"):
            create_store(server.url(name))


def test_of_two_that_make_the_store_at_once_one_is_refused() -> None:
    def make(url: str) -> bool:
        try:
            create_store(url)
        except BadStore:
            return False
        return True

    with shared_server().database() as url, ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, [url, url])) == [False, True]
        opened(url).close()


def test_a_server_that_restarts_is_waited_for() -> None:
    with running_server(fsync=False) as server, server.database() as url:
        create_store(url)
        store = opened(url, patience_s=20.0)
        store.write(note)
        server.stop("immediate")
        with ThreadPoolExecutor(2) as pool:
            writing, reading = pool.submit(store.write, note), pool.submit(size, store)
            server.start()
            writing.result()
            assert reading.result() in {1, 2}
        assert size(store) == 2
        store.close()


def test_a_server_that_is_gone_is_said() -> None:
    with running_server(fsync=False) as server, server.named_database() as name:
        create_store(server.url(name))
        store = opened(server.url(name), patience_s=0.5)
        store.write(note)
        server.stop("immediate")
        for act in (lambda: store.write(note), lambda: size(store)):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                act()
        store.close()
        server.start()


def test_a_change_whose_connection_is_killed_half_way_is_made_once(place: Place) -> None:
    calls: list[int] = []

    def change(work: Work) -> None:
        work.deployments.add(stores.deployment())
        calls.append(1)
        if len(calls) == 1:
            place.server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'overt%'")
        note(work)

    place.store.write(change)
    assert len(calls) == 2
    assert place.store.read(lambda work: (len(work.deployments.all()), work.ledger.size())) == (1, 1)


@pytest.mark.parametrize("records", [True, False], ids=["with entries", "without"])
@pytest.mark.parametrize("cut", Cut)
def test_a_change_whose_commit_is_lost_on_the_line_is_made_exactly_once(
    place: Place, short_folder: Path, cut: Cut, records: bool
) -> None:
    calls: list[int] = []

    def change(work: Work) -> int:
        calls.append(1)
        work.figures.add(stores.figures(frames=1))  # done twice it would count two
        if records:
            note(work)
        return len(calls)

    stores.put(place.store, stores.deployment())
    with line_to(place.server.folder, short_folder) as line:
        store = opened(place.server.url(place.name).replace(str(place.server.folder), str(short_folder)))
        line.cut = cut
        assert store.write(change) == (1 if cut is Cut.AFTER else 2)
        store.close()
    assert line.cuts == 1
    frames = place.store.read(lambda work: [row.counts.frames for row in work.figures.of(stores.deployment().id)])
    assert (frames, size(place.store)) == ([1], int(records))


def test_a_commit_about_which_no_answer_comes_is_neither_tried_again_nor_taken_for_made(
    place: Place, short_folder: Path
) -> None:
    line = Line(place.server.folder, short_folder)
    store = opened(place.server.url(place.name).replace(str(place.server.folder), str(short_folder)), patience_s=0.5)
    store.write(note)
    calls: list[int] = []

    def change(work: Work) -> None:
        calls.append(1)
        note(work)
        threading.Thread(target=line.close).start()  # nobody gets through any more
        line.cut = Cut.AFTER

    with pytest.raises(CommitUnknown, match="may be kept, or may not be"):
        store.write(change)
    store.close()
    assert calls == [1]
    assert size(place.store) == 2


def test_nobody_places_a_hold_on_an_alert_while_it_is_being_erased(place: Place) -> None:
    """A hold that is being placed is waited for, and then respected."""
    stores.settle(place.store)
    late = stores.alert().erase_after_us
    reading, holding = threading.Event(), threading.Event()

    def hold(work: Work) -> None:
        assert work.alerts.get(stores.alert().id)
        work.alerts.hold(stores.hold(expires_us=late + 1))
        holding.set()
        assert not reading.wait(0.5), "the other one looks only once this is committed"

    def retain(work: Work) -> list[str]:
        due = [row.id for row in work.alerts.due(late)]
        reading.set()
        return due

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(place.store.write, hold)
        assert holding.wait(5)
        assert place.store.write(retain) == []
        first.result()


def test_nobody_erases_an_alert_that_somebody_decides_to_hold_too_late(place: Place) -> None:
    """One that begins to hold while the erasing has begun sees that it has."""
    stores.settle(place.store)
    begun = threading.Event()

    def erase(work: Work) -> bool:
        done = work.alerts.begin_erasing(stores.alert().id)
        begun.set()
        threading.Event().wait(0.3)
        return done

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(place.store.write, erase)
        assert begun.wait(5)
        row = place.store.write(lambda work: work.alerts.get(stores.alert().id))
        assert first.result()
    assert row is not None
    assert row.state == "erasing"


def test_two_that_add_the_same_deployment_at_once_add_it_once(place: Place) -> None:
    both = threading.Barrier(2)

    def add(number: int) -> Callable[[Work], bool]:
        def change(work: Work) -> bool:
            row = stores.deployment(number, digest="5" * 64)
            if work.deployments.by_digest(row.digest):
                return False
            if not both.broken:
                try:
                    both.wait(2)
                finally:
                    both.abort()
            work.deployments.add(row)
            return True

        return change

    def attempt(number: int) -> bool:
        try:
            return place.store.write(add(number))
        except threading.BrokenBarrierError:
            return place.store.write(add(number))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, (1, 2))) == [False, True]


def test_a_deadlock_is_undone_and_both_changes_are_made(place: Place) -> None:
    stores.put(place.store, stores.deployment(), stores.alert(1), stores.alert(2))
    both = threading.Barrier(2)

    def cross(first: int, second: int) -> Callable[[Work], None]:
        calls: list[int] = []

        def change(work: Work) -> None:
            calls.append(1)
            work.alerts.keep_until(stores.alert(first).id, stores.T0 + first)
            if len(calls) == 1:
                both.wait(5)
            work.alerts.keep_until(stores.alert(second).id, stores.T0 + first)
            note(work)

        return change

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(place.store.write, (cross(1, 2), cross(2, 1))))
    assert size(place.store) == 2


def test_a_look_keeps_its_moment_while_others_change(place: Place) -> None:
    def look(work: Work) -> tuple[int, int]:
        before = work.ledger.size()
        place.store.write(note)
        return before, work.ledger.size()

    assert place.store.read(look) == (0, 0)
    assert size(place.store) == 1


def test_a_lock_of_the_ledger_held_for_too_long_is_said(place: Place) -> None:
    place.store._patience_s = 0.5
    with place.connect() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (LEDGER_LOCK,))
        with pytest.raises(StoreUnavailable, match="locked by somebody else"):
            place.store.write(note)
    assert size(place.store) == 0


def files_with(place: Place, needle: bytes) -> list[str]:
    """The files of the database's tables that hold the needle; the server's log of writes is not among them."""
    place.server.ask("CHECKPOINT", database=place.name)
    [(folder,)] = place.server.ask(f"SELECT oid FROM pg_database WHERE datname = '{place.name}'")
    tables = place.server.folder / "data" / "base" / str(folder)
    return [path.name for path in tables.iterdir() if needle in path.read_bytes()]


def erase_all(place: Place) -> None:
    stores.put(place.store, stores.deployment(), stores.alert(sealed=NEEDLE * 10), stores.alert(2))
    rows = [SealedEntry(position=at, sealed=NEEDLE * 10) for at in range(20)]
    place.store.write(lambda work: work.lists.add(stores.watch_list(), rows))
    entry = stores.draft_entries(1, sealed=NEEDLE * 10)
    stores.put(place.store, stores.decision(words=NEEDLE), stores.draft(salt=NEEDLE))
    place.store.write(lambda work: work.drafts.append(stores.draft().id, entry))
    assert files_with(place, NEEDLE)
    alert, watch_list, draft = stores.alert().id, stores.watch_list().id, stores.draft().id
    place.store.write(lambda work: [work.alerts.begin_erasing(alert), work.alerts.erased(alert)])
    place.store.write(lambda work: [work.lists.begin_erasing(watch_list), work.lists.erased(watch_list)])
    place.store.write(lambda work: [work.drafts.begin_erasing(draft), work.drafts.erased(draft)])


def test_nothing_of_what_was_erased_is_left_in_the_tables_files(place: Place) -> None:
    erase_all(place)
    assert files_with(place, NEEDLE), "it is still there; else this test shows nothing"
    assert place.store.clear_residue()
    assert files_with(place, NEEDLE) == []
    assert len(place.store.read(lambda work: work.alerts.of(stores.deployment().id))) == 2


def test_residue_is_not_cleared_while_somebody_uses_the_tables(place: Place) -> None:
    erase_all(place)
    with place.connect() as other:
        other.execute("SELECT count(*) FROM alerts")
        assert not place.store.clear_residue()
    assert place.store.clear_residue()


def test_residue_that_an_old_look_can_still_see_is_not_called_cleared(place: Place) -> None:
    with place.connect() as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM sessions")  # no lock on what is to be cleared, only a moment
        erase_all(place)
        assert not place.store.clear_residue()
        assert files_with(place, NEEDLE)
    assert place.store.clear_residue()
    assert files_with(place, NEEDLE) == []


def test_tables_that_are_not_ours_to_rewrite_are_said(place: Place) -> None:
    place.server.ask("CREATE ROLE reader LOGIN", database=place.name)
    try:
        place.server.ask("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", database=place.name)
        store = opened(place.server.url(place.name).replace(f"{USER}@", "reader@"))
        with pytest.raises(StoreUnavailable, match="does not let this user"):
            store.clear_residue()
        with pytest.raises(StoreUnavailable, match="does not let this user"):
            store.write(note)
        store.close()
    finally:
        place.server.ask("DROP OWNED BY reader", database=place.name)
        place.server.ask("DROP ROLE reader", database=place.name)


def test_every_connection_is_set_up(place: Place) -> None:
    wanted = {"lock_timeout": "5s", "statement_timeout": "1min", "application_name": "overt"}
    place.store.clear_residue()
    with place.store._database.connection(changes=True) as connection:
        assert {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in wanted} == wanted


def test_closing_leaves_no_session_behind(place: Place) -> None:
    with ExitStack() as stack:
        store = opened(place.server.url(place.name))
        stack.callback(store.close)
        size(store)
    place.store.close()
    open_sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{place.name}' AND state IS NOT NULL"
    for _ in range(50):
        if place.server.ask(open_sessions) == [(0,)]:
            return
        threading.Event().wait(0.05)
    pytest.fail("a session is still there")
