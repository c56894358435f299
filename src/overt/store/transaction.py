"""One transaction as the repositories use it: looks, and changes where it is one that may change.

A change on PostgreSQL is READ COMMITTED, so a row that is read in order to decide is locked by the reading
(`held=True`) until the transaction is over. Then nobody places a hold on an alert that is being erased meanwhile, nor
the other way about. On SQLite a change has the whole database to itself from its beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Row, Select, Update, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

LEDGER_LOCK = 0x6F76657274  # "overt"; the number of PostgreSQL's advisory lock


@dataclass(frozen=True, kw_only=True)
class Transaction:
    connection: Connection
    changes: bool  # whether it may change anything

    @property
    def postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def put(self, statement: Insert) -> bool:
        """Runs an INSERT that may go another way where the row is there already; says whether it changed anything.

        Raises:
            RuntimeError: this is a look.
        """
        self.refuse_in_look()
        return self.connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount > 0

    def rows(self, statement: Select[Any], *, held: bool = False) -> Sequence[Row[Any]]:
        if held and self.changes:
            statement = statement.with_for_update(key_share=True)
        return self.connection.execute(statement).all()

    def first(self, statement: Select[Any], *, held: bool = False) -> Row[Any] | None:
        return next(iter(self.rows(statement, held=held)), None)

    def change(self, statement: Insert | Update | Delete, values: Sequence[Mapping[str, Any]] | None = None) -> int:
        """How many rows were changed; `values` has one mapping a row to insert.

        Raises:
            RuntimeError: this is a look.
        """
        self.refuse_in_look()
        if values is not None:
            if values:
                self.connection.execute(statement, list(values))
            return len(values)
        return self.connection.execute(statement).rowcount

    def refuse_in_look(self) -> None:
        if not self.changes:
            raise RuntimeError("a look at the store changes nothing; use write")

    def upsert(self, table: Any) -> PostgresqlInsert | SqliteInsert:
        """An INSERT that can go on where the row is there already."""
        return postgresql.insert(table) if self.postgresql else sqlite.insert(table)

    def lock_ledger(self) -> None:
        """Holds the one lock of the ledger until the transaction is over; on SQLite a change has it from its start."""
        if self.postgresql:
            self.connection.execute(select(func.pg_advisory_xact_lock(LEDGER_LOCK)))

    def number(self) -> str | None:
        """PostgreSQL's own number of this transaction; None where it changed nothing yet, and on SQLite."""
        if not self.postgresql:
            return None
        found: str | None = self.connection.exec_driver_sql("SELECT pg_current_xact_id_if_assigned()::text").scalar()
        return found
