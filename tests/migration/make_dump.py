"""Writes this version's schema, with data, as SQL: once for each database, when a version is released.

    python -m tests.migration.make_dump

A dump that was released is never written again: the tests upgrade each of them to the newest schema.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import overt
from overt.store.sql import create_store
from tests.integration.postgres import shared_server
from tests.migration.databases import DIALECTS, HERE, empty, fill, name_in


def dump(dialect: str) -> str:
    """The SQL of a database with the newest schema and a few rows in every table."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with empty(dialect, folder) as url:
            create_store(url)
            fill(url, folder)
            if dialect == "postgresql":
                return shared_server().dump(name_in(url))
            with closing(sqlite3.connect(folder / "overt.sqlite")) as connection:
                return "\n".join(connection.iterdump()) + "\n"


def path(dialect: str) -> Path:
    return HERE / f"schema-{overt.__version__}.{dialect}.sql"


if __name__ == "__main__":
    for each in DIALECTS:
        path(each).write_text(dump(each), "utf-8")
        sys.stdout.write(f"{path(each).name}\n")
