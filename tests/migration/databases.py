"""Databases of the migration tests: made by this Overt, or loaded from the dump of a released one and upgraded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from overt.store.engine import Database, open_database
from overt.store.heads import HeadFolder
from overt.store.records import ClockMark, DeploymentState
from overt.store.sql import SqlStore, create_store, open_store
from overt.testing.fixed_clock import FixedClock
from tests import stores
from tests.integration.postgres import shared_server

HERE = Path(__file__).resolve().parent
DIALECTS = ("sqlite", "postgresql")
DUMPS = sorted(path.name for path in HERE.glob("schema-*.sql"))

Content = dict[str, list[dict[str, Any]]]


def dialect_of(dump: str) -> str:
    return dump.split(".")[-2]


def opened(url: str, folder: Path) -> SqlStore:
    """Opens, and so upgrades, the store."""
    return open_store(url, ledger=stores.LEDGER, clock=FixedClock(), heads=HeadFolder(folder / "heads"))


@contextmanager
def empty(dialect: str, folder: Path) -> Iterator[str]:
    """The address of an empty database."""
    if dialect == "sqlite":
        yield f"sqlite:///{folder / 'overt.sqlite'}"
        return
    with shared_server().database() as url:
        yield url


@contextmanager
def loaded(dump: str, folder: Path) -> Iterator[str]:
    """The address of a database as the dump has it."""
    text = (HERE / dump).read_text("utf-8")
    with empty(dialect_of(dump), folder) as url:
        if dialect_of(dump) == "sqlite":
            with closing(sqlite3.connect(folder / "overt.sqlite")) as connection:
                connection.executescript(text)
        else:
            shared_server().load(name_in(url), text)
        yield url


def name_in(url: str) -> str:
    """The database's name in the address of one of the server's databases."""
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def upgraded(source: str, folder: Path) -> Iterator[str]:
    """The address of a database with a few rows and three entries: of a dialect, made now; of a dump, upgraded."""
    if source in DIALECTS:
        with empty(source, folder) as url:
            create_store(url)
            fill(url, folder)
            yield url
        return
    with loaded(source, folder) as url:
        opened(url, folder).close()
        yield url


def fill(url: str, folder: Path) -> None:
    """Puts a row into every table, of some more than one, and three entries into the ledger."""
    store = opened(url, folder)
    stores.settle(store)
    erased = stores.alert(2, latency_us=None, cautions=())
    stores.put(
        store,
        stores.deployment(2),
        stores.watch_list(2),
        erased,
        stores.decision(),
        stores.hold(),
        stores.hold(2, lifted_us=stores.T0 + 5),
        stores.erasure(),
        stores.erasure(2, key_destroyed_us=stores.T0 + 3, residue_cleared_us=stores.T0 + 4),
        stores.session(),
        stores.deployment(
            3,
            policy="uk-police",
            policy_digest="a" * 64,
            kind="trial",
            state=DeploymentState.ENDED,
            made_by=stores.account().id,
            terms={"area": [[51.5, -0.1], [51.6, -0.1], [51.6, 0.0]], "cameras": 2},
            ended_us=stores.T0 + 7,
        ),
        stores.alert(3, about="volunteer", undecided_us=stores.T0 + 8),
        stores.decision(2, of=3, words=b"\x00sealed words"),
        stores.look(),
        stores.outcome(),
        stores.outcome(2, held_min=None, served_aim=None),
        stores.account(),
        stores.account(2, trained_until_us=None, approved_by=stores.account().id),
        stores.second_factor(),
        stores.second_factor(2, counts_us=stores.T0 + 6, last_step=9),
        stores.paper(),
        stores.paper(2, of=None),
        stores.authority(),
        stores.authority(2, cancelled_us=stores.T0 + 9),
        stores.lease(),
        stores.draft(),
        stores.decoy_set(),
        stores.decoy(3),
        stores.listed(),
        stores.figures(frames=7, faces_seen=3, unmatched_age_max_s=0.25, cpu_s=1.5),
        stores.figures(1, "south", frames=2),
        ClockMark(boot="b", host_us=stores.T0, boot_us=1_000_000),
    )
    store.write(lambda work: [work.alerts.begin_erasing(erased.id), work.alerts.erased(erased.id)])
    store.write(lambda work: work.nominals.add(stores.uuid(1), ["a" * 64, "b" * 64]))
    store.write(lambda work: work.drafts.append(stores.draft().id, stores.draft_entries()))
    for number in range(3):
        store.write(lambda work, number=number: work.record("test.noted", facts={"number": number}))  # type: ignore[misc]
    store.close()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A transaction that may change, undone at its end."""
    database: Database = open_database(url)
    try:
        with database.connection(changes=True) as connection, connection.begin() as begun:
            yield connection
            begun.rollback()
    finally:
        database.close()


def content(connection: Connection, tables: list[str]) -> Content:
    """Every row of these tables as the database has it, in an order that does not depend on the database."""
    found: Content = {}
    for table in tables:
        rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings()
        found[table] = sorted((dict(row) for row in rows), key=lambda row: repr(list(row.values())))
    return found
