"""Leaving nothing of deleted rows in the database's files.

SQLite: every statement overwrites what it deletes (`secure_delete`); the write-ahead log is emptied, VACUUM writes the
file anew (its copy is in memory), and what it wrote into the log is emptied out of that, too. Not promised: blocks that
the file system or the disk gave up earlier. All that ever stood there is ciphertext whose key is destroyed.

PostgreSQL: VACUUM FULL writes the tables that held sealed content anew. Its own write-ahead log, archives of it,
replicas that lag and blocks of the files it gave up go on holding old rows until they are overwritten: ciphertext only.
Rows that an older look of anybody can still see are kept by VACUUM FULL; then the residue is not cleared.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError

from overt.store.engine import Database
from overt.store.tables import ALERTS, DECISIONS, DRAFT_ENTRIES, DRAFTS, LIST_ENTRIES, WATCH_LISTS
from overt.store.troubles import LOCKED, NO_RIGHT, trouble_of

SEALED = tuple(each.name for each in (LIST_ENTRIES, ALERTS, DECISIONS, WATCH_LISTS, DRAFT_ENTRIES, DRAFTS))
LOCK_WAIT = "2s"


def clear(database: Database) -> bool:
    """False: somebody reads or writes just now.

    Raises:
        StoreUnavailable: it cannot be done at all now.
    """
    if database.in_memory:
        return True
    try:
        return _postgresql(database) if database.postgresql else _sqlite(database)
    except (sqlite3.Error, DBAPIError) as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        if trouble is LOCKED:
            return False
        raise trouble.error() from error


def _sqlite(database: Database) -> bool:
    raw = database.engine.raw_connection()
    try:
        connection: Any = raw.driver_connection
        if not _emptied(connection):
            return False
        connection.execute("VACUUM")
        return _emptied(connection)
    finally:
        raw.close()


def _emptied(connection: sqlite3.Connection) -> bool:
    """Whether the write-ahead log could be written back whole and cut to nothing."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _postgresql(database: Database) -> bool:
    details: list[str] = []
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver: Any = connection.connection.driver_connection
        note = _taker(details)
        driver.add_notice_handler(note)
        try:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WAIT}'")
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {', '.join(SEALED)}")
        finally:
            driver.remove_notice_handler(note)
            connection.invalidate()  # its settings are not those of the others
    kept = [int(found.group()) for found in (re.search(r"\d+", detail) for detail in details) if found]
    if len(kept) < len(SEALED):  # a table that it may not rewrite is left out with a mere warning
        raise NO_RIGHT.error()
    return not any(kept)


def _taker(details: list[str]) -> Any:
    """Takes down, for each table, the detail that begins with how many dead rows could not be removed yet."""

    def take(notice: Any) -> None:
        if notice.message_detail:
            details.append(notice.message_detail)

    return take
