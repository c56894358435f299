"""A store's rows in one file, and back: a copy is a small store of SQLite, whatever the store itself is.

Rules:
  - a copy is of one moment: one look at the store;
  - it is whole or it is not there: written beside its place, synced, and given its name last; no file is replaced;
  - sign-in sessions, leases and what was thought of the clock are left out: what was ended must not come back;
  - nothing in a copy is unsealed, and no key is in it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from overt.domain.progress import Progress
from overt.store.engine import open_database
from overt.store.errors import BadStore, StoreUnavailable
from overt.store.listed_tables import Base
from overt.store.records import LedgerRow
from overt.store.schema import make_schema, remake_schema
from overt.store.tables import CLOCK_MARK, LEASES, LEDGER_ENTRIES, SESSIONS
from overt.store.troubles import patiently, trouble_of

BATCH = 500
LEFT_OUT = (SESSIONS, LEASES, CLOCK_MARK)

"""Is told how many rows are done, of how many."""


def save(url: str, file: Path, progress: Progress | None = None) -> int:
    """Copies a store, whose schema is current, into a new file; returns how many rows.

    Raises:
        BadStore: the file exists, or cannot be made.
        StoreUnavailable: the store cannot be read, or there is no room for the copy.
    """
    if file.exists():
        raise BadStore(f"{file} is there already.", "Give the copy another name.")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        discard(part)
        target = open_database(_url(part))
        try:
            patiently(lambda: make_schema(target))
            rows = patiently(lambda: _between(url, _url(part), progress))
        finally:
            target.close()
        settle(part)
        try:
            os.link(part, file)
        except FileExistsError as error:
            raise BadStore(f"{file} is there already.", "Give the copy another name.") from error
        _sync_folder(file.parent)
    except OSError as error:
        raise StoreUnavailable(f"The copy {file} cannot be written: {error.strerror}.", "Make room for it.") from error
    finally:
        discard(part)
    return rows


def load(file: Path, url: str, progress: Progress | None = None) -> int:
    """Puts a copy in the place of everything that a database on a server holds, in one transaction; how many rows.

    Raises:
        StoreUnavailable: it cannot be written; nothing was changed.
    """
    return patiently(lambda: _between(_url(file), url, progress, anew=True))


def borrow(file: Path, to: Path) -> str:
    """A copy of a copy, to be worked on; returns its address.

    Raises:
        BadStore: there is no such file.
        StoreUnavailable: there is no room for it.
    """
    discard(to)
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as target, file.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise BadStore(f"{file} cannot be read: {error.strerror}.", "Name a copy made by overt backup.") from error
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be copied: {error.strerror}.", "Make room, then try again.") from error
    return _url(to)


def append_entries(url: str, rows: Iterable[LedgerRow]) -> int:
    """Appends entries of the ledger as they stand; how many. Whoever calls it has verified them.

    Raises:
        StoreUnavailable: there is no room for them.
    """
    values = [asdict(row) for row in rows]

    def append() -> None:
        with (
            closing(open_database(url)) as database,
            database.connection(changes=True) as connection,
            connection.begin(),
        ):
            for value in values:
                connection.execute(insert(LEDGER_ENTRIES), value)

    patiently(append)
    return len(values)


def count(file: Path) -> int:
    """How many rows a copy holds."""

    def look() -> int:
        with (
            closing(open_database(_url(file))) as database,
            database.connection(changes=False) as connection,
            connection.begin(),
        ):
            return _total(connection)

    return patiently(look)


def settle(file: Path) -> None:
    """Brings a store that nobody has open into its one file, and that file onto the disk.

    Raises:
        StoreUnavailable: there is no room for it.
    """

    def bring() -> None:
        with closing(open_database(_url(file))) as database, closing(database.engine.raw_connection()) as raw:
            connection: Any = raw.driver_connection
            try:
                connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error as error:
                trouble = trouble_of(error)
                raise trouble.error() if trouble else error from error

    patiently(bring)
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(file: Path, place: Path) -> None:
    """Gives a settled store its name, in the place of an older one that nobody has open.

    The older one's log goes first: it belongs to no other file. If that is all that came of it, the older one lacks its
    newest changes, which its newest head shows; restoring again mends it.
    """
    for side in ("-wal", "-shm"):
        place.with_name(place.name + side).unlink(missing_ok=True)
    file.replace(place)
    _sync_folder(place.parent)


def _between(source_url: str, target_url: str, progress: Progress | None, *, anew: bool = False) -> int:
    source, target = open_database(source_url), open_database(target_url)
    try:
        with (
            source.connection(changes=False) as reading,
            reading.begin(),
            target.connection(changes=True) as writing,
            writing.begin(),
        ):
            if anew:
                remake_schema(writing)
            total, done = _total(reading), 0
            for table in _copied():
                for batch in _batches(reading, table):
                    writing.execute(insert(table), batch)
                    done += len(batch)
                    if progress:
                        progress(done, total)
    finally:
        source.close()
        target.close()
    return done


def _copied() -> list[Table]:
    """The tables of a copy, those that others belong to first."""
    return [table for table in Base.metadata.sorted_tables if table not in LEFT_OUT]


def _total(connection: Connection) -> int:
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in _copied())


def _batches(connection: Connection, table: Table) -> Iterable[list[Mapping[str, Any]]]:
    rows = connection.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key.columns))
    for part in rows.mappings().partitions():
        yield [dict(row) for row in part]


def _url(file: Path) -> str:
    return f"sqlite:///{file.absolute()}"


def discard(file: Path) -> None:
    """Removes a store's file and its side files, where they are there."""
    for side in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + side).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
