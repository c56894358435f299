"""Deployments, figures, erasures, sessions and the clock's mark; what is sealed is in `sealed_rows`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields

from sqlalchemy import Select, case, delete, insert, select, update

from overt.domain.figures import Counts
from overt.store.records import ClockMark, DeploymentRow, DeploymentState, ErasureRow, FigureRow, SessionRow
from overt.store.tables import CLOCK_MARK, DEPLOYMENTS, ERASURES, FIGURES, SESSIONS
from overt.store.transaction import Transaction

COUNTS = [each.name for each in fields(Counts)]
MOST_AT_ONCE = 500  # ids in one statement


class Deployments:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: DeploymentRow) -> None:
        self._transaction.change(insert(DEPLOYMENTS).values(vars(row)))

    def get(self, deployment: str) -> DeploymentRow | None:
        return self._one(select(DEPLOYMENTS).where(DEPLOYMENTS.c.id == deployment))

    def by_digest(self, digest: str) -> DeploymentRow | None:
        return self._one(select(DEPLOYMENTS).where(DEPLOYMENTS.c.digest == digest))

    def all(self) -> list[DeploymentRow]:
        """By id, which begins with the time."""
        rows = self._transaction.rows(select(DEPLOYMENTS).order_by(DEPLOYMENTS.c.id))
        return [DeploymentRow(**row._mapping) for row in rows]

    def recent(self, since_us: int) -> list[DeploymentRow]:
        recent = select(DEPLOYMENTS).where(DEPLOYMENTS.c.closes_us >= since_us).order_by(DEPLOYMENTS.c.id)
        return [DeploymentRow(**row._mapping) for row in self._transaction.rows(recent)]

    def move(
        self, deployment: str, expected: Collection[DeploymentState], to: DeploymentState, ended_us: int | None = None
    ) -> bool:
        found = (DEPLOYMENTS.c.id == deployment) & DEPLOYMENTS.c.state.in_(sorted(expected))
        changes = {"state": to} if ended_us is None else {"state": to, "ended_us": ended_us}
        return self._transaction.change(update(DEPLOYMENTS).where(found).values(changes)) > 0

    def _one(self, statement: Select[tuple[object, ...]]) -> DeploymentRow | None:
        found = self._transaction.first(statement, held=True)
        return None if found is None else DeploymentRow(**found._mapping)


class Figures:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: FigureRow) -> None:
        adding = self._transaction.upsert(FIGURES)
        new, kept = adding.excluded, FIGURES.c
        merged = {
            name: case((new[name] > kept[name], new[name]), else_=kept[name])
            if "_max_" in name
            else kept[name] + new[name]
            for name in COUNTS
        }
        values = {"deployment": row.deployment, "camera": row.camera, "minute_us": row.minute_us, **vars(row.counts)}
        minute = [kept.deployment, kept.camera, kept.minute_us]
        self._transaction.change(adding.values(values).on_conflict_do_update(index_elements=minute, set_=merged))

    def of(self, deployment: str) -> list[FigureRow]:
        ordered = select(FIGURES).where(FIGURES.c.deployment == deployment).order_by(FIGURES.c.minute_us)
        found = [
            FigureRow(
                deployment=row.deployment,
                camera=row.camera,
                minute_us=row.minute_us,
                counts=Counts(**{name: row._mapping[name] for name in COUNTS}),
            )
            for row in self._transaction.rows(ordered)
        ]
        return sorted(found, key=lambda row: (row.minute_us, row.camera))  # text is not ordered alike everywhere


class Erasures:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: ErasureRow) -> None:
        self._transaction.change(insert(ERASURES).values(vars(row)))

    def unfinished(self) -> list[ErasureRow]:
        return self._listed(select(ERASURES).where(ERASURES.c.key_destroyed_us.is_(None)))

    def uncleared(self) -> list[ErasureRow]:
        return self._listed(select(ERASURES).where(_UNCLEARED))

    def key_destroyed(self, erasure: str, now_us: int) -> bool:
        found = (ERASURES.c.id == erasure) & ERASURES.c.key_destroyed_us.is_(None)
        return self._transaction.change(update(ERASURES).where(found).values(key_destroyed_us=now_us)) > 0

    def residue_cleared(self, erasures: Collection[str], now_us: int) -> int:
        self._transaction.refuse_in_look()
        clearing = update(ERASURES).values(residue_cleared_us=now_us)
        ids = sorted(set(erasures))
        return sum(
            self._transaction.change(clearing.where(_UNCLEARED, ERASURES.c.id.in_(ids[at : at + MOST_AT_ONCE])))
            for at in range(0, len(ids), MOST_AT_ONCE)
        )

    def all(self) -> list[ErasureRow]:
        return self._listed(select(ERASURES))

    def _listed(self, statement: Select[tuple[object, ...]]) -> list[ErasureRow]:
        rows = self._transaction.rows(statement.order_by(ERASURES.c.begun_us, ERASURES.c.id))
        return [ErasureRow(**row._mapping) for row in rows]


_UNCLEARED = ERASURES.c.key_destroyed_us.is_not(None) & ERASURES.c.residue_cleared_us.is_(None)


class Sessions:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, row: SessionRow) -> None:
        self._transaction.change(insert(SESSIONS).values(vars(row)))

    def get(self, session: str) -> SessionRow | None:
        found = self._transaction.first(select(SESSIONS).where(SESSIONS.c.id == session))
        return None if found is None else SessionRow(**found._mapping)

    def of(self, account: str) -> list[SessionRow]:
        of = select(SESSIONS).where(SESSIONS.c.account == account).order_by(SESSIONS.c.made_us, SESSIONS.c.id)
        return [SessionRow(**row._mapping) for row in self._transaction.rows(of)]

    def remove(self, session: str) -> bool:
        return self._transaction.change(delete(SESSIONS).where(SESSIONS.c.id == session)) > 0

    def remove_expired(self, now_us: int) -> int:
        return self._transaction.change(delete(SESSIONS).where(SESSIONS.c.expires_us <= now_us))

    def count(self, now_us: int) -> int:
        return len(self._transaction.rows(select(SESSIONS.c.id).where(SESSIONS.c.expires_us > now_us)))


class ClockMarks:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self) -> ClockMark | None:
        columns = [column for column in CLOCK_MARK.c if column is not CLOCK_MARK.c.one]
        found = self._transaction.first(select(*columns))
        return None if found is None else ClockMark(**found._mapping)

    def set(self, mark: ClockMark) -> None:
        adding = self._transaction.upsert(CLOCK_MARK).values({"one": 1, **vars(mark)})
        self._transaction.change(adding.on_conflict_do_update(index_elements=[CLOCK_MARK.c.one], set_=vars(mark)))
