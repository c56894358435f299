"""Making and opening a store: what is refused, and in which words."""

from __future__ import annotations

import shutil
import sqlite3
import traceback
from pathlib import Path

import pytest

from overt.ledger.errors import LedgerDiffers
from overt.ledger.log import Ledger
from overt.store.errors import BadStore, NoInstallation, StoreRolledBack, StoreUnavailable
from overt.store.heads import HeadFolder
from overt.store.ports import Work
from overt.store.sql import SqlStore, create_store, open_store
from overt.testing.fixed_clock import FixedClock
from tests import stores
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY


def address(folder: Path) -> str:
    return f"sqlite:///{folder / 'overt.sqlite'}"


def opened(folder: Path, ledger: Ledger = stores.LEDGER) -> SqlStore:
    return open_store(
        address(folder), ledger=ledger, clock=FixedClock(), heads=HeadFolder(folder / "heads"), patience_s=0.2
    )


def noted(folder: Path, count: int) -> None:
    """Opens the store, adds entries to its ledger one by one, closes it."""
    store = opened(folder)
    for _ in range(count):
        store.write(lambda work: work.record("test.noted"))
    store.close()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    create_store(address(tmp_path))
    noted(tmp_path, 3)
    return tmp_path


def by_hand(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "overt.sqlite")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def without_triggers(folder: Path, *statements: str) -> None:
    drop = [f"DROP TRIGGER ledger_entries_{name}" for name in ("no_update", "no_delete", "next_index")]
    by_hand(folder, *drop, *statements)


def test_a_store_that_was_made_opens_again_and_goes_on(made: Path) -> None:
    noted(made, 2)
    store = opened(made)
    assert store.read(lambda work: work.ledger.size()) == 5
    store.close()


def test_only_its_owner_may_read_any_file_of_it(tmp_path: Path) -> None:
    create_store(address(tmp_path))
    store = opened(tmp_path)
    stores.settle(store)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("overt.sqlite*")}
    store.close()
    assert modes == {"overt.sqlite": 0o600, "overt.sqlite-wal": 0o600, "overt.sqlite-shm": 0o600}


def test_a_copy_that_others_could_read_is_made_private(made: Path) -> None:
    (made / "overt.sqlite").chmod(0o644)
    opened(made).close()
    assert (made / "overt.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_second_store_is_not_made_in_the_place_of_one(made: Path) -> None:
    with pytest.raises(BadStore, match="not empty"):
        create_store(address(made))


def test_no_store_is_made_in_somebody_elses_database(tmp_path: Path) -> None:
    by_hand(tmp_path, "CREATE TABLE notes (text)")
    with pytest.raises(BadStore, match="not empty"):
        create_store(address(tmp_path))
    with pytest.raises(BadStore, match="another program"):
        opened(tmp_path)


def test_without_a_file_there_is_no_installation_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoInstallation, match="its file is missing"):
        opened(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_installation(tmp_path: Path) -> None:
    (tmp_path / "overt.sqlite").touch()
    with pytest.raises(NoInstallation, match="is empty"):
        opened(tmp_path)


def test_a_store_is_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadStore, match="cannot be made"):
        create_store(address(tmp_path / "nowhere"))


def test_the_store_of_a_newer_overt_is_refused(made: Path) -> None:
    by_hand(made, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadStore, match="newer Overt"):
        opened(made)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0001')", "DROP TABLE alembic_version"],
)
def test_a_database_that_does_not_say_which_schema_it_has_is_refused(made: Path, statement: str) -> None:
    by_hand(made, statement)
    with pytest.raises(BadStore, match="another program"):
        opened(made)


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "overt.sqlite").write_bytes(b"letters to the editor " * 400)
    with pytest.raises(StoreUnavailable, match="damaged"):
        opened(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://overt:pass-word@db/overt",
        "postgresql+asyncpg://overt:pass-word@db/overt",
        "overt:pass-word",
        "",
        "sqlite://pass-word@host/file",
        "sqlite:///overt.sqlite?pass-word=1",
        "postgresql://overt:pass-word@db:port/overt",
    ],
)
def test_an_address_of_another_kind_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadStore) as refused:
        create_store(url)
    assert "pass-word" not in "".join(traceback.format_exception(refused.value))  # with every cause


def test_a_server_that_is_not_there_is_said_without_the_address() -> None:
    secret = "pass-word"
    url = f"postgresql+psycopg://overt:{secret}@127.0.0.1:1/overt"
    with pytest.raises(StoreUnavailable, match="cannot be reached") as refused:
        open_store(url, ledger=stores.LEDGER, clock=FixedClock(), heads=None, patience_s=0.1)
    assert "pass-word" not in "".join(traceback.format_exception(refused.value))


def test_an_old_copy_in_the_place_of_the_store_is_found(made: Path) -> None:
    shutil.copy(made / "overt.sqlite", made / "copy")
    noted(made, 1)
    shutil.copy(made / "copy", made / "overt.sqlite")
    with pytest.raises(StoreRolledBack, match="fewer entries"):
        opened(made)


def test_an_empty_store_in_the_place_of_the_store_is_found(made: Path) -> None:
    (made / "overt.sqlite").unlink()
    create_store(address(made))
    with pytest.raises(StoreRolledBack, match="fewer entries"):
        opened(made)


def test_a_store_that_went_on_from_an_old_copy_is_found(made: Path) -> None:
    """Both are of the same length and rightly signed; only the head outside tells which is the one."""
    shutil.copy(made / "overt.sqlite", made / "copy")
    noted(made, 1)
    shutil.copy(made / "copy", made / "overt.sqlite")
    other = open_store(address(made), ledger=stores.LEDGER, clock=FixedClock(), heads=None)
    other.write(lambda work: work.record("test.another"))
    other.write(lambda work: work.record("test.another"))
    other.close()
    with pytest.raises(StoreRolledBack, match="another head"):
        opened(made)


def test_a_head_that_a_crash_kept_from_the_folder_is_kept_on_opening(made: Path) -> None:
    other = open_store(address(made), ledger=stores.LEDGER, clock=FixedClock(), heads=None)
    other.write(lambda work: work.record("test.noted"))
    other.close()
    opened(made).close()
    newest = HeadFolder(made / "heads").newest()
    assert newest is not None
    assert newest.head.size == 4


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET entry = x'7b7d' WHERE \"index\" = 2",
        'UPDATE ledger_entries SET leaf = zeroblob(32) WHERE "index" = 2',
        'UPDATE ledger_entries SET frontier = zeroblob(64) WHERE "index" = 2',
        'UPDATE ledger_entries SET frontier = zeroblob(63) WHERE "index" = 2',
        "UPDATE ledger_entries SET head = x'00' WHERE \"index\" = 2",
        'UPDATE ledger_entries SET head = (SELECT head FROM ledger_entries WHERE "index" = 1) WHERE "index" = 2',
        'UPDATE ledger_entries SET "index" = 3 WHERE "index" = 2',
    ],
)
def test_an_edited_end_of_the_ledger_is_found_on_opening(made: Path, change: str) -> None:
    without_triggers(made, change)
    (made / "heads" / "newest").unlink()
    with pytest.raises(LedgerDiffers):
        opened(made)


def test_an_edited_end_of_the_ledger_is_not_continued(made: Path) -> None:
    store = opened(made)
    without_triggers(made, 'UPDATE ledger_entries SET frontier = zeroblob(64) WHERE "index" = 2')

    def change(work: Work) -> None:
        work.deployments.add(stores.deployment())
        work.record("test.noted")

    with pytest.raises(LedgerDiffers):
        store.write(change)
    assert store.read(lambda work: (work.deployments.all(), work.ledger.size())) == ([], 3)
    store.close()


@pytest.mark.parametrize("ledger", [Ledger(log=LOG, key=OTHER_KEY), Ledger(log="another", key=KEY)])
def test_a_store_does_not_open_under_another_ledger(made: Path, ledger: Ledger) -> None:
    with pytest.raises(BadStore, match="newest head that was kept"):
        opened(made, ledger)
    (made / "heads" / "newest").unlink()
    with pytest.raises(LedgerDiffers):
        opened(made, ledger)


def test_a_store_in_memory_needs_no_making_and_is_nobody_elses() -> None:
    create_store("sqlite://")
    one, other = (open_store("sqlite://", ledger=stores.LEDGER, clock=FixedClock(), heads=None) for _ in range(2))
    stores.settle(one)
    assert other.read(lambda work: work.deployments.all()) == []
    assert one.read(lambda work: work.deployments.all()) == [stores.deployment()]
    assert one.clear_residue()
    one.close()
    other.close()
