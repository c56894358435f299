"""What only a store in an SQLite file can do wrong."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from overt.store.errors import StoreUnavailable
from overt.store.heads import HeadFolder
from overt.store.ports import Work
from overt.store.records import SealedEntry
from overt.store.sql import SqlStore, create_store, open_store
from overt.testing.fixed_clock import FixedClock
from tests import stores

NEEDLE = b"NEEDLE-of-a-sealed-picture-"


def note(work: Work) -> None:
    work.record("test.noted")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'overt.sqlite'}"
    create_store(url)
    opened = open_store(
        url, ledger=stores.LEDGER, clock=FixedClock(), heads=HeadFolder(tmp_path / "heads"), patience_s=0.3
    )
    yield opened
    opened.close()


@pytest.fixture
def beside(store: SqlStore, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection."""
    connection = sqlite3.connect(tmp_path / "overt.sqlite", isolation_level=None, timeout=0)
    yield connection
    connection.close()


def with_pragma(store: SqlStore, pragma: str) -> None:
    @event.listens_for(store._database.engine, "checkout")
    def checkout(connection: sqlite3.Connection, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")


def found(folder: Path) -> list[str]:
    """The files of the store that hold the needle."""
    return [path.name for path in sorted(folder.glob("overt.sqlite*")) if NEEDLE in path.read_bytes()]


def test_every_connection_is_set_up(store: SqlStore) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "recursive_triggers": 1,
        "temp_store": 2,
        "busy_timeout": 1000,
    }
    with store._database.connection(changes=False) as one, store._database.connection(changes=False) as other:
        for connection in (one, other):
            assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted


def test_a_look_keeps_its_moment_while_others_change(store: SqlStore) -> None:
    def look(work: Work) -> tuple[int, int]:
        before = work.ledger.size()
        store.write(note)
        return before, work.ledger.size()

    assert store.read(look) == (0, 0)
    assert store.read(lambda work: work.ledger.size()) == 1


def test_a_change_waits_for_another_programs_lock(store: SqlStore, beside: sqlite3.Connection) -> None:
    beside.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.write, note)
        time.sleep(0.3)
        assert not waiting.done()
        beside.execute("COMMIT")
        waiting.result()
    assert store.read(lambda work: work.ledger.size()) == 1


def test_a_lock_held_for_too_long_is_said_and_nothing_is_changed(store: SqlStore, beside: sqlite3.Connection) -> None:
    beside.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked by somebody else"):
        store.write(note)
    beside.execute("ROLLBACK")
    assert store.read(lambda work: work.ledger.size()) == 0


def test_a_full_disk_is_said_and_nothing_is_changed(store: SqlStore) -> None:
    stores.settle(store)
    with_pragma(store, "max_page_count = 1")  # never fewer than there are
    large = stores.entries(1, expires_us=None)[0].sealed * 20_000

    def change(work: Work) -> None:
        work.alerts.add(stores.alert(2, sealed=large))
        note(work)

    with pytest.raises(StoreUnavailable, match="disk of the store is full"):
        store.write(change)
    assert store.read(lambda work: (len(work.alerts.states()), work.ledger.size())) == (1, 0)


def test_a_store_that_can_only_be_read_is_said(store: SqlStore) -> None:
    with_pragma(store, "query_only = ON")
    with pytest.raises(StoreUnavailable, match="can only be read"):
        store.write(note)
    assert store.read(lambda work: work.ledger.size()) == 0


def test_a_damaged_file_is_said(store: SqlStore, tmp_path: Path) -> None:
    stores.settle(store)
    store.clear_residue()
    store.close()
    path = tmp_path / "overt.sqlite"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:4096] + b"\x5a" * (size - 4096))
    with pytest.raises(StoreUnavailable, match="damaged"):
        store.read(lambda work: work.deployments.all())


def test_a_file_taken_away_is_said(store: SqlStore, tmp_path: Path) -> None:
    store.close()
    (tmp_path / "overt.sqlite").unlink()
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        store.write(note)
    assert not (tmp_path / "overt.sqlite").exists()


def test_many_threads_write_and_read_at_once(store: SqlStore) -> None:
    store._patience_s = 15.0

    def work_on(number: int) -> None:
        for _ in range(10):
            store.write(note)
            store.read(lambda work: list(work.ledger.rows()))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work_on, range(8)))
    assert store.read(lambda work: work.ledger.size()) == 80


def test_many_threads_share_the_one_connection_of_a_store_in_memory() -> None:
    store = open_store("sqlite://", ledger=stores.LEDGER, clock=FixedClock(), heads=None)

    def work_on(number: int) -> None:
        for _ in range(10):
            store.write(note)
            assert store.read(lambda work: work.ledger.size()) > 0

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work_on, range(8)))
    assert store.read(lambda work: work.ledger.size()) == 80
    store.close()


def test_a_head_that_cannot_be_kept_holds_up_the_next_change_and_not_this_one(store: SqlStore, tmp_path: Path) -> None:
    store.write(note)
    kept = (tmp_path / "heads").rename(tmp_path / "elsewhere")
    (tmp_path / "heads").write_bytes(b"in its place")
    store.write(note)
    with pytest.raises(StoreUnavailable, match="heads folder"):
        store.write(note)
    assert store.read(lambda work: work.ledger.size()) == 2
    (tmp_path / "heads").unlink()
    kept.rename(tmp_path / "heads")
    store.write(lambda work: work.deployments.add(stores.deployment()))
    newest = HeadFolder(tmp_path / "heads").newest()
    assert newest is not None
    assert newest.head.size == 2


def test_nothing_of_what_was_erased_is_left_in_any_file(store: SqlStore, tmp_path: Path) -> None:
    stores.put(store, stores.deployment(), stores.alert(sealed=NEEDLE * 10_000), stores.alert(2))
    rows = [SealedEntry(position=at, sealed=NEEDLE * 100) for at in range(20)]
    store.write(lambda work: work.lists.add(stores.watch_list(), rows))
    stores.put(store, stores.decision(words=NEEDLE), stores.draft(salt=NEEDLE))
    store.write(lambda work: work.drafts.append(stores.draft().id, stores.draft_entries(sealed=NEEDLE * 100)))
    assert found(tmp_path)
    alert, watch_list, draft = stores.alert().id, stores.watch_list().id, stores.draft().id
    store.write(lambda work: [work.alerts.begin_erasing(alert), work.alerts.erased(alert)])
    store.write(lambda work: [work.lists.begin_erasing(watch_list), work.lists.erased(watch_list)])
    store.write(lambda work: [work.drafts.begin_erasing(draft), work.drafts.erased(draft)])
    assert found(tmp_path), "the log still holds it; else this test shows nothing"
    assert store.clear_residue()
    assert found(tmp_path) == []
    assert (tmp_path / "overt.sqlite-wal").stat().st_size == 0
    assert store.read(lambda work: work.alerts.states()) == {alert: "erased", stores.alert(2).id: "kept"}


def test_residue_is_not_cleared_while_somebody_reads_or_writes(store: SqlStore, beside: sqlite3.Connection) -> None:
    stores.settle(store)
    for begin in ("BEGIN; SELECT count(*) FROM alerts", "BEGIN IMMEDIATE"):
        for statement in begin.split("; "):
            beside.execute(statement).fetchall()
        stores.put(store, stores.deployment(2)) if "SELECT" in begin else None
        assert not store.clear_residue()
        beside.execute("ROLLBACK")
    assert store.clear_residue()


def test_residue_that_cannot_be_cleared_for_want_of_room_is_said(store: SqlStore) -> None:
    stores.settle(store)
    with_pragma(store, "query_only = ON")
    with pytest.raises(StoreUnavailable):
        store.clear_residue()


def test_clearing_writes_no_copy_elsewhere(store: SqlStore, tmp_path: Path) -> None:
    """SQLite unlinks its temporary files at once, so their descriptors are looked at while it works."""
    stores.put(store, stores.deployment(), *(stores.alert(number, sealed=NEEDLE * 40_000) for number in range(1, 30)))
    open_files: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for link in Path("/proc/self/fd").iterdir():
                try:
                    open_files.add(str(link.readlink()))
                except OSError:
                    continue

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        assert store.clear_residue()
        done.set()
        watching.result()
    assert any("overt.sqlite" in name for name in open_files)
    assert not [name for name in open_files if "etilqs" in name or "overt.sqlite-journal" in name]
