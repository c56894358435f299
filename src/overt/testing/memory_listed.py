"""The repository of the store in memory for what answers "was I on a list?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from overt.store.records import ListedRow, State
from overt.testing.memory_tables import Part, put, require


class Listed(Part):
    def add(self, row: ListedRow) -> None:
        tables = self._changing()
        require(tables.lists, row.id)
        require(tables.deployments, row.deployment)
        put(tables.listed, row.id, row)

    def of(self, deployment: str) -> ListedRow | None:
        found = [row for row in self._tables.listed.values() if row.deployment == deployment]
        return max(found, key=lambda row: row.id, default=None)

    def states(self) -> Mapping[str, State]:
        return {row.id: row.state for row in sorted(self._tables.listed.values(), key=lambda row: row.id)}

    def due(self, now_us: int) -> list[str]:
        rows = self._tables.listed.values()
        return sorted(row.id for row in rows if row.state is State.KEPT and row.answer_until_us <= now_us)

    def begin_erasing(self, watch_list: str) -> bool:
        return self._moved(watch_list, State.KEPT, State.ERASING)

    def erased(self, watch_list: str) -> bool:
        return self._moved(watch_list, State.ERASING, State.ERASED, outputs=b"")

    def _moved(self, watch_list: str, before: State, after: State, outputs: bytes | None = None) -> bool:
        rows = self._changing().listed
        row = rows.get(watch_list)
        if row is None or row.state is not before:
            return False
        rows[watch_list] = replace(row, state=after, outputs=row.outputs if outputs is None else outputs)
        return True
