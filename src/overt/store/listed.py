"""What answers "was I on a list?": outputs of each list's entries, which end with the key that they were made with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, select

from overt.store.listed_tables import LISTED
from overt.store.records import ListedRow, State
from overt.store.sealed_rows import moved
from overt.store.transaction import Transaction


class Listed:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: ListedRow) -> None:
        self._transaction.change(insert(LISTED).values(vars(row)))

    def of(self, deployment: str) -> ListedRow | None:
        found = select(LISTED).where(LISTED.c.deployment == deployment).order_by(LISTED.c.id.desc())
        row = self._transaction.first(found, held=True)
        return None if row is None else ListedRow(**row._mapping)

    def states(self) -> Mapping[str, State]:
        rows = self._transaction.rows(select(LISTED.c.id, LISTED.c.state).order_by(LISTED.c.id))
        return {row.id: row.state for row in rows}

    def due(self, now_us: int) -> list[str]:
        due = (LISTED.c.state == State.KEPT) & (LISTED.c.answer_until_us <= now_us)
        return [row.id for row in self._transaction.rows(select(LISTED.c.id).where(due).order_by(LISTED.c.id))]

    def begin_erasing(self, watch_list: str) -> bool:
        return moved(self._transaction, LISTED, watch_list, State.KEPT, State.ERASING)

    def erased(self, watch_list: str) -> bool:
        return moved(self._transaction, LISTED, watch_list, State.ERASING, State.ERASED, outputs=b"")
