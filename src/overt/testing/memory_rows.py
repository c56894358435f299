"""The repositories of the store in memory for what is seen and kept; `memory_people` has those for who may do what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from overt.domain.figures import Counts, add_up
from overt.store.records import (
    AlertRow,
    ClockMark,
    DecisionRow,
    DeploymentRow,
    DeploymentState,
    ErasureRow,
    FigureRow,
    HoldRow,
    LedgerRow,
    ListRow,
    LookRow,
    OutcomeRow,
    SealedEntry,
    SessionRow,
    State,
)
from overt.testing.memory_tables import Part, put, require

About = TypeVar("About", DecisionRow, OutcomeRow)


class Deployments(Part):
    def add(self, row: DeploymentRow) -> None:
        tables = self._changing()
        if self.by_digest(row.digest):
            raise KeyError(f"there is a deployment of digest {row.digest} already")
        put(tables.deployments, row.id, row)

    def get(self, deployment: str) -> DeploymentRow | None:
        return self._tables.deployments.get(deployment)

    def by_digest(self, digest: str) -> DeploymentRow | None:
        return next((row for row in self._tables.deployments.values() if row.digest == digest), None)

    def all(self) -> list[DeploymentRow]:
        return sorted(self._tables.deployments.values(), key=lambda row: row.id)

    def recent(self, since_us: int) -> list[DeploymentRow]:
        return [row for row in self.all() if row.closes_us >= since_us]

    def move(
        self, deployment: str, expected: Collection[DeploymentState], to: DeploymentState, ended_us: int | None = None
    ) -> bool:
        rows = self._changing().deployments
        row = rows.get(deployment)
        if row is None or row.state not in expected:
            return False
        rows[deployment] = replace(row, state=to, ended_us=row.ended_us if ended_us is None else ended_us)
        return True


class Lists(Part):
    def add(self, row: ListRow, entries: Sequence[SealedEntry]) -> None:
        tables = self._changing()
        require(tables.deployments, row.deployment)
        put(tables.lists, row.id, row)
        for entry in entries:
            if (row.id, entry.position) in tables.entries:
                raise KeyError(f"the list {row.id} has an entry {entry.position} already")
            tables.entries[row.id, entry.position] = entry

    def get(self, watch_list: str) -> ListRow | None:
        return self._tables.lists.get(watch_list)

    def kept_for(self, deployment: str) -> ListRow | None:
        kept = [row for row in self._kept() if row.deployment == deployment]
        return kept[-1] if kept else None

    def all(self) -> list[ListRow]:
        return sorted(self._tables.lists.values(), key=lambda row: (row.made_us, row.id))

    def entries(self, watch_list: str) -> list[SealedEntry]:
        return [entry for (of, _), entry in sorted(self._tables.entries.items(), key=_key) if of == watch_list]

    def entry(self, watch_list: str, position: int) -> SealedEntry | None:
        return self._tables.entries.get((watch_list, position))

    def due(self, now_us: int) -> list[ListRow]:
        return [row for row in self._kept() if row.erase_after_us <= now_us]

    def due_entries(self, now_us: int) -> list[tuple[str, int]]:
        kept = {row.id for row in self._kept()}
        return [
            (of, position)
            for (of, position), entry in sorted(self._tables.entries.items(), key=_key)
            if of in kept and entry.expires_us is not None and entry.expires_us <= now_us
        ]

    def keep_until(self, watch_list: str, erase_after_us: int) -> bool:
        rows = self._changing().lists
        row = rows.get(watch_list)
        if row is None or row.state is not State.KEPT:
            return False
        rows[watch_list] = replace(row, erase_after_us=erase_after_us)
        return True

    def withdraw(self, watch_list: str, position: int) -> bool:
        tables = self._changing()
        row = tables.lists.get(watch_list)
        kept = row is not None and row.state is State.KEPT
        return kept and tables.entries.pop((watch_list, position), None) is not None

    def begin_erasing(self, watch_list: str) -> bool:
        return self._moved(watch_list, State.KEPT, State.ERASING)

    def erased(self, watch_list: str) -> bool:
        if not self._moved(watch_list, State.ERASING, State.ERASED):
            return False
        tables = self._changing()
        tables.lists[watch_list] = replace(tables.lists[watch_list], salt=b"")
        tables.entries = {key: entry for key, entry in tables.entries.items() if key[0] != watch_list}
        return True

    def _kept(self) -> list[ListRow]:
        return [row for row in self.all() if row.state is State.KEPT]

    def _moved(self, watch_list: str, before: State, after: State) -> bool:
        rows = self._changing().lists
        row = rows.get(watch_list)
        if row is None or row.state is not before:
            return False
        rows[watch_list] = replace(row, state=after)
        return True


def _key(item: tuple[tuple[str, int], object]) -> tuple[str, int]:
    return item[0]


class Alerts(Part):
    def add(self, row: AlertRow) -> None:
        tables = self._changing()
        require(tables.deployments, row.deployment)
        put(tables.alerts, row.id, row)

    def get(self, alert: str) -> AlertRow | None:
        return self._tables.alerts.get(alert)

    def of(self, deployment: str) -> list[AlertRow]:
        return [replace(row, sealed=None) for row in self._sorted() if row.deployment == deployment]

    def states(self) -> dict[str, str]:
        return {row.id: row.state.value for row in self._tables.alerts.values()}

    def keep_until(self, alert: str, erase_after_us: int) -> bool:
        return self._changed(alert, State.KEPT, erase_after_us=erase_after_us)

    def due(self, now_us: int) -> list[AlertRow]:
        held = {hold.alert for hold in self._tables.holds.values() if _in_force(hold, now_us)}
        return [
            replace(row, sealed=None)
            for row in self._sorted()
            if row.state is State.KEPT and row.erase_after_us <= now_us and row.id not in held
        ]

    def begin_erasing(self, alert: str) -> bool:
        return self._changed(alert, State.KEPT, state=State.ERASING)

    def erased(self, alert: str) -> bool:
        if not self._changed(alert, State.ERASING, state=State.ERASED, sealed=None):
            return False
        decisions = self._changing().decisions
        decisions.update({row.id: replace(row, words=None) for row in self.decisions(alert)})
        return True

    def show(self, row: LookRow) -> bool:
        tables = self._changing()
        require(tables.alerts, row.alert)
        return tables.looks.setdefault((row.alert, row.account), row) is row

    def looks(self, alert: str) -> list[LookRow]:
        found = (row for row in self._tables.looks.values() if row.alert == alert)
        return sorted(found, key=lambda row: (row.shown_us, row.account))

    def looks_of(self, deployment: str) -> list[LookRow]:
        alerts = {row.id for row in self.of(deployment)}
        found = (row for row in self._tables.looks.values() if row.alert in alerts)
        return sorted(found, key=lambda row: (row.shown_us, row.alert, row.account))

    def decide(self, row: DecisionRow) -> None:
        tables = self._changing()
        require(tables.alerts, row.alert)
        put(tables.decisions, row.id, row)

    def decisions(self, alert: str) -> list[DecisionRow]:
        return self._oldest_first(self._tables.decisions, {alert})

    def decisions_of(self, deployment: str) -> list[DecisionRow]:
        return self._oldest_first(self._tables.decisions, {row.id for row in self.of(deployment)})

    def open(self, deployment: str) -> list[AlertRow]:
        decided = {row.alert for row in self._tables.decisions.values()}
        return [row for row in self.of(deployment) if row.id not in decided and row.undecided_us is None]

    def count_undecided(self, alert: str, now_us: int) -> bool:
        rows = self._changing().alerts
        row = rows.get(alert)
        if row is None or row.undecided_us is not None:
            return False
        rows[alert] = replace(row, undecided_us=now_us)
        return True

    def conclude(self, row: OutcomeRow) -> None:
        tables = self._changing()
        require(tables.alerts, row.alert)
        put(tables.outcomes, row.id, row)

    def outcomes(self, alert: str) -> list[OutcomeRow]:
        return self._oldest_first(self._tables.outcomes, {alert})

    def outcomes_of(self, deployment: str) -> list[OutcomeRow]:
        return self._oldest_first(self._tables.outcomes, {row.id for row in self.of(deployment)})

    def hold(self, row: HoldRow) -> None:
        tables = self._changing()
        require(tables.alerts, row.alert)
        put(tables.holds, row.id, row)

    def holds(self, alert: str) -> list[HoldRow]:
        found = (row for row in self._tables.holds.values() if row.alert == alert)
        return sorted(found, key=lambda row: (row.placed_us, row.id))

    def lift(self, hold: str, now_us: int) -> bool:
        holds = self._changing().holds
        row = holds.get(hold)
        if row is None or not _in_force(row, now_us):
            return False
        holds[hold] = replace(row, lifted_us=now_us)
        return True

    def _oldest_first(self, rows: Mapping[str, About], alerts: set[str]) -> list[About]:
        return sorted((row for row in rows.values() if row.alert in alerts), key=lambda row: (row.at_us, row.id))

    def _sorted(self) -> list[AlertRow]:
        return sorted(self._tables.alerts.values(), key=lambda row: (row.at_us, row.id))

    def _changed(self, alert: str, before: State, **changes: object) -> bool:
        rows = self._changing().alerts
        row = rows.get(alert)
        if row is None or row.state is not before:
            return False
        rows[alert] = replace(row, **changes)  # type: ignore[arg-type]
        return True


def _in_force(hold: HoldRow, now_us: int) -> bool:
    return hold.lifted_us is None and now_us < hold.expires_us


class Figures(Part):
    def add(self, row: FigureRow) -> None:
        tables = self._changing()
        require(tables.deployments, row.deployment)
        key = (row.deployment, row.camera, row.minute_us)
        tables.figures[key] = add_up([tables.figures.get(key, Counts()), row.counts])

    def of(self, deployment: str) -> list[FigureRow]:
        found = [
            FigureRow(deployment=deployment, camera=camera, minute_us=minute_us, counts=counts)
            for (of, camera, minute_us), counts in self._tables.figures.items()
            if of == deployment
        ]
        return sorted(found, key=lambda row: (row.minute_us, row.camera))


class Erasures(Part):
    def add(self, row: ErasureRow) -> None:
        put(self._changing().erasures, row.id, row)

    def unfinished(self) -> list[ErasureRow]:
        return [row for row in self.all() if row.key_destroyed_us is None]

    def uncleared(self) -> list[ErasureRow]:
        return [row for row in self.all() if row.key_destroyed_us is not None and row.residue_cleared_us is None]

    def key_destroyed(self, erasure: str, now_us: int) -> bool:
        rows = self._changing().erasures
        row = rows.get(erasure)
        if row is None or row.key_destroyed_us is not None:
            return False
        rows[erasure] = replace(row, key_destroyed_us=now_us)
        return True

    def residue_cleared(self, erasures: Collection[str], now_us: int) -> int:
        rows = self._changing().erasures
        cleared = [row.id for row in self.uncleared() if row.id in set(erasures)]
        rows.update({each: replace(rows[each], residue_cleared_us=now_us) for each in cleared})
        return len(cleared)

    def all(self) -> list[ErasureRow]:
        return sorted(self._tables.erasures.values(), key=lambda row: (row.begun_us, row.id))


class Sessions(Part):
    def add(self, row: SessionRow) -> None:
        put(self._changing().sessions, row.id, row)

    def get(self, session: str) -> SessionRow | None:
        return self._tables.sessions.get(session)

    def of(self, account: str) -> list[SessionRow]:
        found = [row for row in self._tables.sessions.values() if row.account == account]
        return sorted(found, key=lambda row: (row.made_us, row.id))

    def remove(self, session: str) -> bool:
        return self._changing().sessions.pop(session, None) is not None

    def remove_expired(self, now_us: int) -> int:
        sessions = self._changing().sessions
        over = [row.id for row in sessions.values() if row.expires_us <= now_us]
        for session in over:
            del sessions[session]
        return len(over)

    def count(self, now_us: int) -> int:
        return sum(row.expires_us > now_us for row in self._tables.sessions.values())


class ClockMarks(Part):
    def get(self) -> ClockMark | None:
        return self._tables.clock.get(0)

    def set(self, mark: ClockMark) -> None:
        self._changing().clock[0] = mark


class LedgerRows(Part):
    def size(self) -> int:
        return len(self._tables.ledger)

    def last(self) -> LedgerRow | None:
        return self._tables.ledger.get(self.size() - 1)

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[LedgerRow]:
        size = self.size()
        ledger = self._tables.ledger
        return (ledger[index] for index in range(start, size if stop is None else min(stop, size)))

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        return [row.leaf for row in self.rows(start, stop)]

    def append_only(self) -> bool:
        """There is nothing here that would change an entry."""
        return True
