"""The repository of the store in memory for decoys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from overt.store.records import DecoyPair, DecoyRow, DecoySetRow, State
from overt.testing.memory_tables import Part, put, require


class Decoys(Part):
    def add_set(self, row: DecoySetRow, pairs: Sequence[DecoyPair]) -> None:
        tables = self._changing()
        put(tables.decoy_sets, row.id, row)
        tables.decoy_pairs.update({(row.id, pair.position): pair for pair in pairs})

    def sets(self) -> list[DecoySetRow]:
        return sorted(self._tables.decoy_sets.values(), key=lambda row: (row.made_us, row.id))

    def pairs(self, decoy_set: str) -> list[DecoyPair]:
        found = [pair for (of, _), pair in self._tables.decoy_pairs.items() if of == decoy_set]
        return sorted(found, key=lambda pair: pair.position)

    def due(self, now_us: int) -> list[DecoySetRow]:
        return [row for row in self.sets() if row.state is State.KEPT and row.erase_after_us <= now_us]

    def begin_erasing(self, decoy_set: str) -> bool:
        return self._moved(decoy_set, State.KEPT, State.ERASING)

    def erased(self, decoy_set: str) -> bool:
        if not self._moved(decoy_set, State.ERASING, State.ERASED):
            return False
        tables = self._changing()
        tables.decoy_pairs = {key: pair for key, pair in tables.decoy_pairs.items() if key[0] != decoy_set}
        return True

    def add(self, row: DecoyRow) -> None:
        tables = self._changing()
        require(tables.alerts, row.alert)
        require(tables.decoy_sets, row.decoy_set)
        put(tables.decoys, row.alert, row)

    def get(self, alert: str) -> DecoyRow | None:
        return self._tables.decoys.get(alert)

    def of(self, deployment: str) -> list[DecoyRow]:
        alerts = self._tables.alerts
        return [row for row in self._all() if alerts[row.alert].deployment == deployment]

    def open(self) -> list[DecoyRow]:
        return [row for row in self._all() if row.over_us is None]

    def used(self, decoy_set: str) -> set[int]:
        return {row.position for row in self._all() if row.decoy_set == decoy_set}

    def over(self, alert: str, now_us: int, ended: str) -> bool:
        rows = self._changing().decoys
        row = rows.get(alert)
        if row is None or row.over_us is not None:
            return False
        rows[alert] = replace(row, over_us=now_us, ended=ended)
        return True

    def _all(self) -> list[DecoyRow]:
        return sorted(self._tables.decoys.values(), key=lambda row: row.alert)

    def _moved(self, decoy_set: str, before: State, after: State) -> bool:
        rows = self._changing().decoy_sets
        row = rows.get(decoy_set)
        if row is None or row.state is not before:
            return False
        rows[decoy_set] = replace(row, state=after)
        return True
