"""Drafts: lists in the making, which end like the lists that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, exists, insert, select, update

from overt.store.records import DraftEntry, DraftRow, State
from overt.store.sealed_rows import moved
from overt.store.tables import DRAFT_ENTRIES, DRAFTS
from overt.store.transaction import Transaction


class Drafts:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: DraftRow) -> None:
        self._transaction.change(insert(DRAFTS).values(vars(row)))

    def get(self, draft: str) -> DraftRow | None:
        found = self._transaction.first(select(DRAFTS).where(DRAFTS.c.id == draft), held=True)
        return None if found is None else DraftRow(**found._mapping)

    def all(self) -> list[DraftRow]:
        return self._listed(select(DRAFTS))

    def append(self, draft: str, entries: Sequence[DraftEntry]) -> bool:
        """Counting them locks the draft, so that none is added while it is finished or erased."""
        open_yet = (DRAFTS.c.id == draft) & (DRAFTS.c.state == State.KEPT) & DRAFTS.c.sealed_us.is_(None)
        counting = update(DRAFTS).where(open_yet).values(entries=DRAFTS.c.entries + len(entries))
        if not self._transaction.change(counting):
            return False
        if any(entry.draft != draft for entry in entries):
            raise KeyError(f"an entry of another draft was given to {draft}")
        self._transaction.change(insert(DRAFT_ENTRIES), [vars(entry) for entry in entries])
        return True

    def entries(self, draft: str, start: int = 0, stop: int | None = None) -> list[DraftEntry]:
        entry = DRAFT_ENTRIES.c
        statement = select(DRAFT_ENTRIES).where((entry.draft == draft) & (entry.position >= start))
        if stop is not None:
            statement = statement.where(entry.position < stop)
        return [DraftEntry(**row._mapping) for row in self._transaction.rows(statement.order_by(entry.position))]

    def facts(self, draft: str) -> list[tuple[int, Mapping[str, object], str | None]]:
        entry = DRAFT_ENTRIES.c
        statement = select(entry.position, entry.facts, entry.approved_by).where(entry.draft == draft)
        rows = self._transaction.rows(statement.order_by(entry.position))
        return [(row.position, row.facts, row.approved_by) for row in rows]

    def approve(self, draft: str, position: int, account: str) -> bool:
        entry = DRAFT_ENTRIES.c
        waiting = (entry.draft == draft) & (entry.position == position) & entry.approved_by.is_(None)
        approving = update(DRAFT_ENTRIES).where(waiting, _kept(draft)).values(approved_by=account)
        return self._transaction.change(approving) > 0

    def withdraw(self, draft: str, position: int) -> bool:
        entry = DRAFT_ENTRIES.c
        found = (entry.draft == draft) & (entry.position == position)
        if not self._transaction.change(delete(DRAFT_ENTRIES).where(found, _kept(draft))):
            return False
        counting = update(DRAFTS).where(DRAFTS.c.id == draft).values(withdrawn=DRAFTS.c.withdrawn + 1)
        self._transaction.change(counting)
        return True

    def finish(self, draft: str, now_us: int) -> bool:
        open_yet = (DRAFTS.c.id == draft) & (DRAFTS.c.state == State.KEPT) & DRAFTS.c.sealed_us.is_(None)
        return self._transaction.change(update(DRAFTS).where(open_yet).values(sealed_us=now_us)) > 0

    def due(self, now_us: int) -> list[DraftRow]:
        due = (DRAFTS.c.state == State.KEPT) & (DRAFTS.c.erase_after_us <= now_us)
        return self._listed(select(DRAFTS).where(due), held=True)

    def begin_erasing(self, draft: str) -> bool:
        return moved(self._transaction, DRAFTS, draft, State.KEPT, State.ERASING)

    def erased(self, draft: str) -> bool:
        if not moved(self._transaction, DRAFTS, draft, State.ERASING, State.ERASED, salt=b""):
            return False
        self._transaction.change(delete(DRAFT_ENTRIES).where(DRAFT_ENTRIES.c.draft == draft))
        return True

    def _listed(self, statement: Select[Any], *, held: bool = False) -> list[DraftRow]:
        rows = self._transaction.rows(statement.order_by(DRAFTS.c.made_us, DRAFTS.c.id), held=held)
        return [DraftRow(**row._mapping) for row in rows]


def _kept(draft: str) -> Any:
    return exists().where((DRAFTS.c.id == draft) & (DRAFTS.c.state == State.KEPT))
