"""Which schema a database has, and the way to this Overt's.

A schema is made and changed in one transaction, under a lock; two processes that start at once do it once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.exc import OperationalError

from overt.store import migrations
from overt.store.engine import Database
from overt.store.errors import BadStore, NoInstallation
from overt.store.listed_tables import Base
from overt.store.triggers import REMAINS

SCHEMA_LOCK = 0x6F76657275  # the number of PostgreSQL's advisory lock

_NO_DATABASE = re.compile(r'FATAL: +database ".*" does not exist')
_SCRIPTS = Path(migrations.__file__).parent
_OWN = "Give Overt a database of its own."


class Schema(Enum):
    NONE = "nothing is there"
    OLDER = "an older Overt made it"
    CURRENT = "it is this Overt's"


def make_schema(database: Database) -> None:
    """All migrations, on an empty database.

    Raises:
        BadStore: it is not empty.
    """
    if database.path is not None:
        _make_file(database.path)
    with _reached(database), database.connection(changes=True) as connection, connection.begin():
        _lock(connection)
        if _tables(connection):
            raise BadStore("The database is not empty, so no store is made in it.", _OWN)
        _upgrade(connection)


def remake_schema(connection: Connection) -> None:
    """All migrations anew, in the transaction of the connection; everything that was there is gone with it."""
    _lock(connection)
    if _tables(connection):
        schema_of(connection)  # nobody else's tables are dropped
    Base.metadata.drop_all(connection)
    for statement in REMAINS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    _upgrade(connection)


def bring_up_to_date(database: Database) -> None:
    """Upgrades an older schema; makes the one of a database in memory, which has nothing at first.

    Raises:
        NoInstallation: there is no database, or nothing in it.
        BadStore: the schema is a newer Overt's, or somebody else's.
    """
    if database.path is not None and not database.path.is_file():
        raise NoInstallation("There is no store yet: its file is missing.", "Make the installation: overt init.")
    if database.path is not None:
        _make_private(database.path)
    with _reached(database), database.connection(changes=False) as connection, connection.begin():
        found = schema_of(connection)
    if found is Schema.CURRENT:
        return
    if found is Schema.NONE and not database.in_memory:
        raise NoInstallation("There is no store yet: its database is empty.", "Make the installation: overt init.")
    with database.connection(changes=True) as connection, connection.begin():
        _lock(connection)
        if schema_of(connection) is not Schema.CURRENT:
            _upgrade(connection)


def schema_of(connection: Connection) -> Schema:
    """What the database holds.

    Raises:
        BadStore: the schema is a newer Overt's, or somebody else's.
    """
    tables = _tables(connection)
    if not tables:
        return Schema.NONE
    versions = []
    if {"alembic_version", "ledger_entries"} <= tables:
        versions = list(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())
    if len(versions) != 1:
        raise BadStore("The database belongs to another program.", _OWN)
    known = _known()
    if versions[0] == known[-1]:
        return Schema.CURRENT
    if versions[0] in known:
        return Schema.OLDER
    raise BadStore("The store was made by a newer Overt than this one.", "Update Overt.")


@contextmanager
def _reached(database: Database) -> Iterator[None]:
    """The driver has no code for a database that is not there; where its words are in another language, the server
    counts as out of reach, which is said as plainly."""
    try:
        yield
    except OperationalError as error:
        if database.postgresql and _NO_DATABASE.search(str(error.orig)):
            raise NoInstallation("The server has no database of that name.", "Make it first: createdb.") from None
        raise


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  (a quarter of a second; most openings have nothing to upgrade)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _known() -> list[str]:
    """The schemas that this Overt knows, the newest last: the numbers of its migrations."""
    return sorted(path.name[:4] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise BadStore(
            f"The file of the store cannot be made: {error.strerror}.", "Make its folder first, and make it yours."
        ) from error


def _make_private(path: Path) -> None:
    """A copy that was put back may have come with another mode."""
    if path.stat().st_mode & 0o077:
        try:
            path.chmod(0o600)
        except OSError as error:
            raise BadStore(
                "Others may read the file of the store.", "Make it yours, and readable by you only."
            ) from error
