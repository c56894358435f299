"""The way to a database: an address in, connections out that are set up alike every time.

SQLite:
- WAL, full syncs, foreign keys, deleted content overwritten with zeros, REPLACE runs the DELETE triggers, temporary
  tables and the copy that VACUUM makes in memory and never in a file.
- A file is readable by its owner only; SQLite gives its side files (-wal, -shm) the same mode.
- A change begins with BEGIN IMMEDIATE, a look with BEGIN; Python's own opinion on when to begin is turned off.
- `sqlite://` is a throw-away database in memory: one connection, used by one thread after the other.

PostgreSQL (psycopg 3):
- A look is REPEATABLE READ and READ ONLY. A change is READ COMMITTED: what it reads in order to change is locked by the
  reading, and the end of the ledger is read after its lock was taken.
- Waiting for a lock ends after 5 s, a statement after 60 s, a transaction that does nothing after 60 s.

An address may hold a password, so no error repeats one, nor what a driver says about a connection.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from overt.store.errors import BadStore, StoreUnavailable

PRAGMAS = (
    "busy_timeout = 1000",  # first: the others may have to wait
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "recursive_triggers = ON",
    "temp_store = MEMORY",
)
SESSION = {"lock_timeout": "5s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
OLDEST_POSTGRESQL = 15
CONNECT_TIMEOUT_S = 5
TURN_S = 15.0  # how long a thread waits for its turn at a database in memory
CHANGES = "overt_changes"  # the execution option that says so

_FORM = "Write sqlite:////path/to/overt.sqlite, or postgresql+psycopg://user@host/database."


@dataclass(frozen=True, kw_only=True)
class Database:
    """An open way to one database, for many threads."""

    engine: Engine = field(repr=False)
    path: Path | None  # SQLite's file; None in memory and on PostgreSQL
    turn: threading.Lock | None = None  # of the one connection of a database in memory

    @property
    def postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @property
    def in_memory(self) -> bool:
        return self.turn is not None

    @contextmanager
    def connection(self, *, changes: bool) -> Iterator[Connection]:
        """A connection whose next transaction is a change or a look. What was not committed is undone at the end.

        Raises:
            StoreUnavailable: a database in memory was busy for too long.
        """
        if self.turn is not None and not self.turn.acquire(timeout=TURN_S):
            raise StoreUnavailable("The store is busy: another thread has not let it go.", "Try again.")
        try:
            with self.engine.connect() as connection:
                if not self.postgresql:
                    connection.execution_options(**{CHANGES: changes})
                elif not changes:
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection
        finally:
            if self.turn is not None:
                self.turn.release()

    def close(self) -> None:
        self.engine.dispose()


def open_database(address: str) -> Database:
    """Connects nothing yet; a file of SQLite is opened when it is there and never made.

    Raises:
        BadStore: the address is of no kind that Overt uses.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise BadStore("The address of the store is not one.", _FORM) from None
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        return Database(engine=_postgresql(url), path=None)
    if url.drivername not in {"sqlite", "sqlite+pysqlite"} or url.query or url.host:
        raise BadStore("The address of the store is neither a file of SQLite nor a database of PostgreSQL.", _FORM)
    if url.database in {None, "", ":memory:"}:
        return Database(engine=_sqlite(None), path=None, turn=threading.Lock())
    path = Path(str(url.database)).absolute()
    return Database(engine=_sqlite(path), path=path)


def _sqlite(path: Path | None) -> Engine:
    def connect() -> sqlite3.Connection:
        name = ":memory:" if path is None else f"file:{quote(str(path))}?mode=rw"
        connection = sqlite3.connect(name, uri=path is not None, isolation_level=None, check_same_thread=False)
        try:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    if path is None:
        engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)
    else:
        engine = create_engine("sqlite:///file", creator=connect, max_overflow=30, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        changes = connection.get_execution_options().get(CHANGES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if changes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    wanted = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "overt"}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in wanted.items() if name not in url.query},
        max_overflow=15,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            for name, value in SESSION.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()
        if connection.info.server_version // 10_000 < OLDEST_POSTGRESQL:
            raise BadStore(f"This PostgreSQL is older than version {OLDEST_POSTGRESQL}.", "Use a newer server.")

    return engine
