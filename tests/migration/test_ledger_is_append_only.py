"""After all migrations, of a new store and of every released one: the ledger's table takes the next entry only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from overt.store.ledger_rows import LedgerRows
from overt.store.transaction import Transaction
from tests.migration.databases import DIALECTS, DUMPS, connected, content, dialect_of, upgraded

EVERYWHERE = [
    "UPDATE ledger_entries SET entry = entry",
    "UPDATE ledger_entries SET entry = {blob}",
    'UPDATE ledger_entries SET "index" = "index" + 100',
    'UPDATE ledger_entries SET head = {blob} WHERE "index" = 2',
    "DELETE FROM ledger_entries",
    'DELETE FROM ledger_entries WHERE "index" = 2',
    "INSERT INTO ledger_entries VALUES (4, {blob}, {blob}, {blob}, {blob})",
    "INSERT INTO ledger_entries VALUES (2, {blob}, {blob}, {blob}, {blob})",
    "INSERT INTO ledger_entries VALUES (-1, {blob}, {blob}, {blob}, {blob})",
    "INSERT INTO ledger_entries VALUES (NULL, {blob}, {blob}, {blob}, {blob})",
    "INSERT INTO ledger_entries (entry, leaf, head, frontier) VALUES ({blob}, {blob}, {blob}, {blob})",
    'INSERT INTO ledger_entries SELECT "index" + 4, entry, leaf, head, frontier FROM ledger_entries',
    "INSERT INTO ledger_entries VALUES (2, {blob}, {blob}, {blob}, {blob}) ON CONFLICT DO NOTHING",
    "INSERT INTO ledger_entries VALUES (2, {blob}, {blob}, {blob}, {blob})"
    ' ON CONFLICT ("index") DO UPDATE SET entry = excluded.entry',
]
SQLITE = [
    "REPLACE INTO ledger_entries VALUES (2, {blob}, {blob}, {blob}, {blob})",
    "INSERT OR REPLACE INTO ledger_entries VALUES (2, {blob}, {blob}, {blob}, {blob})",
    "INSERT OR IGNORE INTO ledger_entries VALUES (2, {blob}, {blob}, {blob}, {blob})",
    "INSERT OR REPLACE INTO ledger_entries VALUES (7, {blob}, {blob}, {blob}, {blob})",
    'UPDATE OR REPLACE ledger_entries SET "index" = 1 WHERE "index" = 2',
    "UPDATE OR IGNORE ledger_entries SET entry = {blob}",
]
POSTGRESQL = [
    "TRUNCATE ledger_entries",
    "TRUNCATE ledger_entries RESTART IDENTITY CASCADE",
    "TRUNCATE alerts, ledger_entries CASCADE",
    "SET session_replication_role = replica; DELETE FROM ledger_entries",
    "SET session_replication_role = replica; TRUNCATE ledger_entries",
    "COPY ledger_entries FROM PROGRAM 'echo 9,a,a,a,a' CSV",
    'MERGE INTO ledger_entries AS l USING (SELECT 2 AS i) AS s ON l."index" = s.i WHEN MATCHED THEN DELETE',
]
BLOB = {"sqlite": "x'00'", "postgresql": "'\\x00'::bytea"}


@dataclass(frozen=True, kw_only=True)
class Place:
    url: str
    dialect: str
    folder: Path


@pytest.fixture(params=[*DIALECTS, *DUMPS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    source = request.param
    with upgraded(source, tmp_path) as url:
        dialect = source if source in DIALECTS else dialect_of(source)
        yield Place(url=url, dialect=dialect, folder=tmp_path)


def rows(connection: Connection) -> object:
    return content(connection, ["ledger_entries"])


def test_whatever_would_change_what_is_written_is_refused(place: Place) -> None:
    with connected(place.url) as connection:
        before = rows(connection)
    for statement in [*EVERYWHERE, *(SQLITE if place.dialect == "sqlite" else POSTGRESQL)]:
        with connected(place.url) as connection:
            for each in statement.format(blob=BLOB[place.dialect]).split("; ")[:-1]:
                connection.exec_driver_sql(each)
            last = statement.format(blob=BLOB[place.dialect]).split("; ")[-1]
            with pytest.raises(DBAPIError, match="an entry of the ledger"):
                connection.exec_driver_sql(last)
        with connected(place.url) as connection:
            assert rows(connection) == before, statement


def test_the_next_entry_is_taken(place: Place) -> None:
    """So that the others are refused for what they are."""
    blob = BLOB[place.dialect]
    with connected(place.url) as connection:
        for index in (3, 4):
            connection.exec_driver_sql(f"INSERT INTO ledger_entries VALUES ({index}, {blob}, {blob}, {blob}, {blob})")


def test_another_program_that_turns_nothing_on_is_refused_too(place: Place) -> None:
    """Such as one that opens SQLite's file without recursive triggers and without foreign keys."""
    if place.dialect != "sqlite":
        return
    with closing(sqlite3.connect(place.folder / "overt.sqlite", isolation_level=None)) as connection:
        before = connection.execute("SELECT * FROM ledger_entries").fetchall()
        for statement in [*EVERYWHERE, *SQLITE]:
            with pytest.raises(sqlite3.IntegrityError, match="an entry of the ledger"):
                connection.execute(statement.format(blob=BLOB["sqlite"]))
        assert connection.execute("SELECT * FROM ledger_entries").fetchall() == before


def append_only(connection: Connection) -> bool:
    return LedgerRows(Transaction(connection=connection, changes=False)).append_only()


def test_a_trigger_that_is_gone_or_switched_off_is_noticed(place: Place) -> None:
    with connected(place.url) as connection:
        assert append_only(connection)
        if place.dialect == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER ledger_entries_no_delete")
        else:
            connection.exec_driver_sql("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_no_truncate")
        assert not append_only(connection)
