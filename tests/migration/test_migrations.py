"""The migrations make what the models say; every released schema is upgraded to it, with all that was in it."""

from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from overt.ledger.log import export_line
from overt.ledger.verify import verify
from overt.store import triggers
from overt.store.schema import Schema, _upgrade, schema_of
from overt.store.sql import create_store
from overt.store.tables import Base
from tests import stores
from tests.migration.databases import DIALECTS, DUMPS, connected, content, empty, loaded, opened, upgraded
from tests.migration.make_dump import dump, path
from tests.unit.ledger.books import KEY


def described(connection: Connection) -> dict[str, object]:
    """All that the database says of its tables. Of the order of columns only SQLite's: it reads over what is sealed."""
    found = inspect(connection)
    ordered = list if connection.dialect.name == "sqlite" else sorted
    return {
        table: {
            "columns": ordered(
                (each["name"], repr(each["type"]), each["nullable"], str(each["default"])) for each in columns
            ),
            "key": found.get_pk_constraint(table),
            "foreign": sorted(map(repr, found.get_foreign_keys(table))),
            "unique": sorted(map(repr, found.get_unique_constraints(table))),
            "checks": sorted(map(repr, found.get_check_constraints(table))),
            "indexes": sorted(map(repr, found.get_indexes(table))),
        }
        for table, columns in ((table, found.get_columns(table)) for table in found.get_table_names())
        if table != "alembic_version"
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_migrations_make_what_the_models_say(dialect: str, tmp_path: Path) -> None:
    with empty(dialect, tmp_path) as url:
        create_store(url)
        with connected(url) as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, Base.metadata) == []
            migrated = described(connection)
    (tmp_path / "other").mkdir()
    with empty(dialect, tmp_path / "other") as url:
        (tmp_path / "other" / "overt.sqlite").touch()
        with connected(url) as connection:
            Base.metadata.create_all(connection)
            assert described(connection) == migrated


@pytest.mark.parametrize("source", [*DIALECTS, *DUMPS])
def test_the_triggers_are_there_after_all_migrations(source: str, tmp_path: Path) -> None:
    with upgraded(source, tmp_path) as url, connected(url) as connection:
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            assert {row.name: row.sql for row in found} == {name: sql.strip() for name, sql in triggers.SQLITE.items()}
        else:
            found = connection.exec_driver_sql(
                "SELECT tgname, tgenabled FROM pg_trigger"
                " WHERE tgrelid = 'ledger_entries'::regclass AND NOT tgisinternal"
            )
            assert {(name, str(enabled)) for name, enabled in found} == {(name, "A") for name in triggers.POSTGRESQL}


def test_every_database_has_the_dump_of_this_version() -> None:
    for dialect in DIALECTS:
        assert path(dialect).name in DUMPS, "run python -m tests.migration.make_dump"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_dump_of_this_version_is_what_this_overt_makes(dialect: str) -> None:
    """For PostgreSQL the rows only: how a schema is written differs between its versions."""

    def rows(text: str) -> list[str]:
        return [line for line in text.splitlines() if dialect == "sqlite" or line.startswith("INSERT")]

    assert rows(dump(dialect)) == rows(path(dialect).read_text("utf-8")), "run python -m tests.migration.make_dump"


@pytest.mark.parametrize("name", DUMPS)
def test_a_released_schema_is_upgraded_and_nothing_in_it_is_lost(name: str, tmp_path: Path) -> None:
    with loaded(name, tmp_path) as url:
        with connected(url) as connection:
            assert schema_of(connection) in {Schema.OLDER, Schema.CURRENT}
            tables = [table for table in inspect(connection).get_table_names() if table != "alembic_version"]
            before = content(connection, tables)
        assert all(before.values()), "a table of the dump is empty"
        store = opened(url, tmp_path)
        with connected(url) as connection:
            assert schema_of(connection) is Schema.CURRENT
            after = content(connection, tables)
            if connection.dialect.name == "sqlite":  # PostgreSQL has checked it by itself
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        for table in tables:
            kept = [{column: row[column] for column in before[table][0]} for row in after[table]]
            assert kept == before[table], table
        store.write(lambda work: work.record("test.noted", facts={"number": 3}))
        export = store.read(lambda work: b"".join(export_line(row.entry, row.head) for row in work.ledger.rows()))
        assert verify(io.BytesIO(export), KEY.public_key()).last.size == len(before["ledger_entries"]) + 1
        store.close()


@pytest.mark.parametrize("name", DUMPS)
def test_what_a_released_version_wrote_is_read_as_what_it_was(name: str, tmp_path: Path) -> None:
    with upgraded(name, tmp_path) as url:
        store = opened(url, tmp_path)
        assert store.read(lambda work: work.deployments.all())[:2] == [stores.deployment(), stores.deployment(2)]
        assert store.read(lambda work: work.lists.all()) == [stores.watch_list(), stores.watch_list(2)]
        assert store.read(lambda work: work.lists.entries(stores.watch_list().id)) == stores.entries()
        assert store.read(lambda work: work.alerts.get(stores.alert().id)) == stores.alert()
        assert store.read(lambda work: work.alerts.decisions(stores.alert().id)) == [stores.decision()]
        assert store.read(lambda work: work.alerts.holds(stores.alert().id))[0] == stores.hold()
        assert store.read(lambda work: work.erasures.all())[0] == stores.erasure()
        assert store.read(lambda work: work.sessions.get(stores.session().id)) == stores.session()
        assert len(store.read(lambda work: work.figures.of(stores.deployment().id))) == 2
        store.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_migration_that_is_broken_off_leaves_nothing_behind(dialect: str, tmp_path: Path) -> None:
    with empty(dialect, tmp_path) as url:
        (tmp_path / "overt.sqlite").touch()
        with connected(url) as connection:  # undone at its end, like the transaction of a process that dies
            _upgrade(connection)
            assert schema_of(connection) is Schema.CURRENT
        with connected(url) as connection:
            assert schema_of(connection) is Schema.NONE
        create_store(url)
        opened(url, tmp_path).close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_two_that_open_a_store_at_once_do_not_disturb_each_other(dialect: str, tmp_path: Path) -> None:
    with upgraded(dialect, tmp_path) as url, ThreadPoolExecutor(4) as pool:
        for store in list(pool.map(lambda _: opened(url, tmp_path), range(4))):
            assert store.read(lambda work: work.ledger.size()) == 3
            store.close()


def test_alembic_keeps_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create_store(f"sqlite:///{tmp_path / 'a name with % and blanks'}")
    assert capfd.readouterr() == ("", "")
