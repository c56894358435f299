"""Decoys: sets of pairs, which end like lists, and what stands behind each alert that is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from overt.store.decoy_tables import DECOY_PAIRS, DECOY_SETS, DECOYS
from overt.store.records import DecoyPair, DecoyRow, DecoySetRow, State
from overt.store.sealed_rows import moved
from overt.store.tables import ALERTS
from overt.store.transaction import Transaction


class Decoys:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_set(self, row: DecoySetRow, pairs: Sequence[DecoyPair]) -> None:
        self._transaction.change(insert(DECOY_SETS).values(vars(row)))
        self._transaction.change(insert(DECOY_PAIRS), [{"decoy_set": row.id, **vars(pair)} for pair in pairs])

    def sets(self) -> list[DecoySetRow]:
        return self._sets(select(DECOY_SETS))

    def pairs(self, decoy_set: str) -> list[DecoyPair]:
        pair = DECOY_PAIRS.c
        statement = select(pair.position, pair.same, pair.sealed).where(pair.decoy_set == decoy_set)
        return [DecoyPair(**row._mapping) for row in self._transaction.rows(statement.order_by(pair.position))]

    def due(self, now_us: int) -> list[DecoySetRow]:
        due = (DECOY_SETS.c.state == State.KEPT) & (DECOY_SETS.c.erase_after_us <= now_us)
        return self._sets(select(DECOY_SETS).where(due))

    def begin_erasing(self, decoy_set: str) -> bool:
        return moved(self._transaction, DECOY_SETS, decoy_set, State.KEPT, State.ERASING)

    def erased(self, decoy_set: str) -> bool:
        if not moved(self._transaction, DECOY_SETS, decoy_set, State.ERASING, State.ERASED):
            return False
        self._transaction.change(delete(DECOY_PAIRS).where(DECOY_PAIRS.c.decoy_set == decoy_set))
        return True

    def add(self, row: DecoyRow) -> None:
        self._transaction.change(insert(DECOYS).values(vars(row)))

    def get(self, alert: str) -> DecoyRow | None:
        found = self._transaction.first(select(DECOYS).where(DECOYS.c.alert == alert), held=True)
        return None if found is None else DecoyRow(**found._mapping)

    def of(self, deployment: str) -> list[DecoyRow]:
        of = (ALERTS.c.id == DECOYS.c.alert) & (ALERTS.c.deployment == deployment)
        return self._decoys(select(DECOYS).join(ALERTS, of))

    def open(self) -> list[DecoyRow]:
        return self._decoys(select(DECOYS).where(DECOYS.c.over_us.is_(None)))

    def used(self, decoy_set: str) -> set[int]:
        statement = select(DECOYS.c.position).where(DECOYS.c.decoy_set == decoy_set)
        return {row.position for row in self._transaction.rows(statement)}

    def over(self, alert: str, now_us: int, ended: str) -> bool:
        still = (DECOYS.c.alert == alert) & DECOYS.c.over_us.is_(None)
        return self._transaction.change(update(DECOYS).where(still).values(over_us=now_us, ended=ended)) > 0

    def _sets(self, statement: Select[Any]) -> list[DecoySetRow]:
        ordered = statement.order_by(DECOY_SETS.c.made_us, DECOY_SETS.c.id)
        return [DecoySetRow(**row._mapping) for row in self._transaction.rows(ordered, held=True)]

    def _decoys(self, statement: Select[Any]) -> list[DecoyRow]:
        return [DecoyRow(**row._mapping) for row in self._transaction.rows(statement.order_by(DECOYS.c.alert))]
