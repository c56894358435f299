"""Lists and alerts: the rows that seal something, and end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, exists, insert, null, select, update
from sqlalchemy import delete as deleting

from overt.store.records import (
    AlertRow,
    DecisionRow,
    HoldRow,
    ListRow,
    LookRow,
    OutcomeRow,
    SealedEntry,
    State,
)
from overt.store.tables import ALERTS, DECISIONS, HOLDS, LIST_ENTRIES, LOOKS, OUTCOMES, WATCH_LISTS
from overt.store.transaction import Transaction


def moved(transaction: Transaction, table: Table, row_id: str, before: State, after: State, **changes: Any) -> bool:
    """Takes a row from one state to another; says whether this did it."""
    found = (table.c.id == row_id) & (table.c.state == before)
    return transaction.change(update(table).where(found).values(state=after, **changes)) > 0


class Lists:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: ListRow, entries: Sequence[SealedEntry]) -> None:
        self._transaction.change(insert(WATCH_LISTS).values(vars(row)))
        self._transaction.change(insert(LIST_ENTRIES), [{"watch_list": row.id, **vars(entry)} for entry in entries])

    def get(self, watch_list: str) -> ListRow | None:
        found = self._transaction.first(select(WATCH_LISTS).where(WATCH_LISTS.c.id == watch_list), held=True)
        return None if found is None else ListRow(**found._mapping)

    def kept_for(self, deployment: str) -> ListRow | None:
        kept = self._listed(_KEPT.where(WATCH_LISTS.c.deployment == deployment), held=True)
        return kept[-1] if kept else None

    def all(self) -> list[ListRow]:
        return self._listed(select(WATCH_LISTS))

    def entries(self, watch_list: str) -> list[SealedEntry]:
        entry = LIST_ENTRIES.c
        statement = select(entry.position, entry.sealed, entry.expires_us).where(entry.watch_list == watch_list)
        return [SealedEntry(**row._mapping) for row in self._transaction.rows(statement.order_by(entry.position))]

    def entry(self, watch_list: str, position: int) -> SealedEntry | None:
        entry = LIST_ENTRIES.c
        wanted = (entry.watch_list == watch_list) & (entry.position == position)
        found = self._transaction.first(select(entry.position, entry.sealed, entry.expires_us).where(wanted))
        return None if found is None else SealedEntry(**found._mapping)

    def due(self, now_us: int) -> list[ListRow]:
        return self._listed(_KEPT.where(WATCH_LISTS.c.erase_after_us <= now_us), held=True)

    def due_entries(self, now_us: int) -> list[tuple[str, int]]:
        entry = LIST_ENTRIES.c
        statement = (
            select(entry.watch_list, entry.position)
            .join(WATCH_LISTS, (WATCH_LISTS.c.id == entry.watch_list) & (WATCH_LISTS.c.state == State.KEPT))
            .where(entry.expires_us <= now_us)
        )
        return sorted((row.watch_list, row.position) for row in self._transaction.rows(statement))

    def keep_until(self, watch_list: str, erase_after_us: int) -> bool:
        return moved(self._transaction, WATCH_LISTS, watch_list, State.KEPT, State.KEPT, erase_after_us=erase_after_us)

    def withdraw(self, watch_list: str, position: int) -> bool:
        entry = LIST_ENTRIES.c
        kept = exists().where((WATCH_LISTS.c.id == watch_list) & (WATCH_LISTS.c.state == State.KEPT))
        found = (entry.watch_list == watch_list) & (entry.position == position)
        return self._transaction.change(deleting(LIST_ENTRIES).where(found, kept)) > 0

    def begin_erasing(self, watch_list: str) -> bool:
        return moved(self._transaction, WATCH_LISTS, watch_list, State.KEPT, State.ERASING)

    def erased(self, watch_list: str) -> bool:
        if not moved(self._transaction, WATCH_LISTS, watch_list, State.ERASING, State.ERASED, salt=b""):
            return False
        self._transaction.change(deleting(LIST_ENTRIES).where(LIST_ENTRIES.c.watch_list == watch_list))
        return True

    def _listed(self, statement: Select[Any], *, held: bool = False) -> list[ListRow]:
        ordered = statement.order_by(WATCH_LISTS.c.made_us, WATCH_LISTS.c.id)
        return [ListRow(**row._mapping) for row in self._transaction.rows(ordered, held=held)]


class Alerts:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: AlertRow) -> None:
        self._transaction.change(insert(ALERTS).values(vars(row)))

    def get(self, alert: str) -> AlertRow | None:
        found = self._transaction.first(select(ALERTS).where(ALERTS.c.id == alert), held=True)
        return None if found is None else AlertRow(**found._mapping)

    def of(self, deployment: str) -> list[AlertRow]:
        return self._unsealed(ALERTS.c.deployment == deployment)

    def open(self, deployment: str) -> list[AlertRow]:
        decided = exists().where(DECISIONS.c.alert == ALERTS.c.id)
        return self._unsealed((ALERTS.c.deployment == deployment) & ALERTS.c.undecided_us.is_(None) & ~decided)

    def states(self) -> dict[str, str]:
        return {row.id: row.state.value for row in self._transaction.rows(select(ALERTS.c.id, ALERTS.c.state))}

    def keep_until(self, alert: str, erase_after_us: int) -> bool:
        return moved(self._transaction, ALERTS, alert, State.KEPT, State.KEPT, erase_after_us=erase_after_us)

    def due(self, now_us: int) -> list[AlertRow]:
        """The holds are looked at once the alerts are locked, so that none placed meanwhile is overlooked."""
        due = (ALERTS.c.state == State.KEPT) & (ALERTS.c.erase_after_us <= now_us)
        statement = select(*_UNSEALED).where(due).order_by(ALERTS.c.at_us, ALERTS.c.id)
        found = self._transaction.rows(statement, held=True)
        in_force = HOLDS.c.lifted_us.is_(None) & (HOLDS.c.expires_us > now_us)
        held = {row.alert for row in self._transaction.rows(select(HOLDS.c.alert).where(in_force))}
        return [AlertRow(**row._mapping, sealed=None) for row in found if row.id not in held]

    def begin_erasing(self, alert: str) -> bool:
        return moved(self._transaction, ALERTS, alert, State.KEPT, State.ERASING)

    def erased(self, alert: str) -> bool:
        if not moved(self._transaction, ALERTS, alert, State.ERASING, State.ERASED, sealed=null()):
            return False
        self._transaction.change(update(DECISIONS).where(DECISIONS.c.alert == alert).values(words=null()))
        return True

    def show(self, row: LookRow) -> bool:
        adding = self._transaction.upsert(LOOKS).values(vars(row))
        return self._transaction.put(adding.on_conflict_do_nothing(index_elements=[LOOKS.c.alert, LOOKS.c.account]))

    def looks(self, alert: str) -> list[LookRow]:
        statement = select(LOOKS).where(LOOKS.c.alert == alert).order_by(LOOKS.c.shown_us, LOOKS.c.account)
        return [LookRow(**row._mapping) for row in self._transaction.rows(statement)]

    def looks_of(self, deployment: str) -> list[LookRow]:
        of = (ALERTS.c.id == LOOKS.c.alert) & (ALERTS.c.deployment == deployment)
        order = (LOOKS.c.shown_us, LOOKS.c.alert, LOOKS.c.account)
        return [
            LookRow(**row._mapping) for row in self._transaction.rows(select(LOOKS).join(ALERTS, of).order_by(*order))
        ]

    def count_undecided(self, alert: str, now_us: int) -> bool:
        uncounted = (ALERTS.c.id == alert) & ALERTS.c.undecided_us.is_(None)
        return self._transaction.change(update(ALERTS).where(uncounted).values(undecided_us=now_us)) > 0

    def decide(self, row: DecisionRow) -> None:
        """The alert is locked first, so that no words are added while those of an alert are erased."""
        self._hold_row(row.alert)
        self._transaction.change(insert(DECISIONS).values(vars(row)))

    def decisions(self, alert: str) -> list[DecisionRow]:
        return self._decisions(select(DECISIONS).where(DECISIONS.c.alert == alert))

    def decisions_of(self, deployment: str) -> list[DecisionRow]:
        of = (ALERTS.c.id == DECISIONS.c.alert) & (ALERTS.c.deployment == deployment)
        return self._decisions(select(DECISIONS).join(ALERTS, of))

    def conclude(self, row: OutcomeRow) -> None:
        self._transaction.change(insert(OUTCOMES).values(vars(row)))

    def outcomes(self, alert: str) -> list[OutcomeRow]:
        return self._outcomes(select(OUTCOMES).where(OUTCOMES.c.alert == alert))

    def outcomes_of(self, deployment: str) -> list[OutcomeRow]:
        of = (ALERTS.c.id == OUTCOMES.c.alert) & (ALERTS.c.deployment == deployment)
        return self._outcomes(select(OUTCOMES).join(ALERTS, of))

    def hold(self, row: HoldRow) -> None:
        """The alert is locked first: whoever looks for alerts that are due waits for this hold."""
        self._hold_row(row.alert)
        self._transaction.change(insert(HOLDS).values(vars(row)))

    def holds(self, alert: str) -> list[HoldRow]:
        statement = select(HOLDS).where(HOLDS.c.alert == alert).order_by(HOLDS.c.placed_us, HOLDS.c.id)
        return [HoldRow(**row._mapping) for row in self._transaction.rows(statement)]

    def lift(self, hold: str, now_us: int) -> bool:
        in_force = (HOLDS.c.id == hold) & HOLDS.c.lifted_us.is_(None) & (HOLDS.c.expires_us > now_us)
        return self._transaction.change(update(HOLDS).where(in_force).values(lifted_us=now_us)) > 0

    def _hold_row(self, alert: str) -> None:
        self._transaction.refuse_in_look()
        self._transaction.rows(select(ALERTS.c.id).where(ALERTS.c.id == alert), held=True)

    def _unsealed(self, wanted: ColumnElement[bool]) -> list[AlertRow]:
        statement = select(*_UNSEALED).where(wanted).order_by(ALERTS.c.at_us, ALERTS.c.id)
        return [AlertRow(**row._mapping, sealed=None) for row in self._transaction.rows(statement)]

    def _decisions(self, statement: Select[Any]) -> list[DecisionRow]:
        ordered = statement.order_by(DECISIONS.c.at_us, DECISIONS.c.id)
        return [DecisionRow(**row._mapping) for row in self._transaction.rows(ordered)]

    def _outcomes(self, statement: Select[Any]) -> list[OutcomeRow]:
        ordered = statement.order_by(OUTCOMES.c.at_us, OUTCOMES.c.id)
        return [OutcomeRow(**row._mapping) for row in self._transaction.rows(ordered)]


_KEPT = select(WATCH_LISTS).where(WATCH_LISTS.c.state == State.KEPT)
_UNSEALED = [column for column in ALERTS.c if column is not ALERTS.c.sealed]
