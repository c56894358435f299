"""The store in memory: a `Store` that keeps the contract of `overt.store.ports` and forgets everything at its end.

- a change works on a copy of the state, which takes the state's place at the end: one that raises leaves nothing;
- changes wait for one another under a lock, looks do not: a state that was handed out is never changed again;
- a row that a database would refuse (its id is taken, what it belongs to is not there) is refused with `KeyError`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from overt.domain.time import Clock
from overt.ledger.entry import SYSTEM, Entry, Fact
from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger, Tail
from overt.ledger.merkle import Frontier
from overt.store.ports import Work
from overt.store.records import LedgerRow
from overt.testing.memory_decoys import Decoys
from overt.testing.memory_listed import Listed
from overt.testing.memory_people import Accounts, Authorities, Drafts, Leases, Nominals, Papers, SecondFactors
from overt.testing.memory_rows import (
    Alerts,
    ClockMarks,
    Deployments,
    Erasures,
    Figures,
    LedgerRows,
    Lists,
    Sessions,
)
from overt.testing.memory_tables import Page, Tables

T = TypeVar("T")


class MemoryWork:
    def __init__(self, tables: Tables, *, changeable: bool) -> None:
        page = Page(tables, changeable=changeable)
        self._page = page
        self.recorded: list[tuple[str, str, str | None, Mapping[str, Fact]]] = []
        self.deployments = Deployments(page)
        self.lists = Lists(page)
        self.alerts = Alerts(page)
        self.figures = Figures(page)
        self.erasures = Erasures(page)
        self.sessions = Sessions(page)
        self.accounts = Accounts(page)
        self.second_factors = SecondFactors(page)
        self.papers = Papers(page)
        self.authorities = Authorities(page)
        self.leases = Leases(page)
        self.nominals = Nominals(page)
        self.drafts = Drafts(page)
        self.decoys = Decoys(page)
        self.listed = Listed(page)
        self.clock = ClockMarks(page)
        self.ledger = LedgerRows(page)

    def record(
        self,
        kind: str,
        *,
        actor: str = SYSTEM,
        deployment: str | None = None,
        facts: Mapping[str, Fact] | None = None,
    ) -> None:
        self._page.changing()
        self.recorded.append((kind, actor, deployment, dict(facts or {})))


class MemoryStore:
    """A `Store` that many threads may use.

    Args:
        ledger: which ledger, and the key that signs it.
        clock: gives the times of the ledger's entries.
    """

    def __init__(self, *, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._tables = Tables()
        self._lock = threading.Lock()

    def write(self, change: Callable[[Work], T]) -> T:
        with self._lock:
            tables = self._tables.copy()
            work = MemoryWork(tables, changeable=True)
            result = change(work)
            self._append(work, tables)
            self._tables = tables
            return result

    def read(self, look: Callable[[Work], T]) -> T:
        return look(MemoryWork(self._tables, changeable=False))

    def clear_residue(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""

    def _append(self, work: MemoryWork, tables: Tables) -> None:
        if not work.recorded:
            return
        tail = _tail(work.ledger.last())
        for kind, actor, deployment, facts in work.recorded:
            entry = Entry(
                index=tail.frontier.size,
                kind=kind,
                at_us=self._clock.now_us(),
                actor=actor,
                deployment=deployment,
                facts=facts,
            )
            made = self._ledger.append(tail, entry)
            tail = made.tail
            tables.ledger[made.index] = LedgerRow(
                index=made.index, entry=made.entry, leaf=made.leaf, head=made.head, frontier=tail.frontier.to_bytes()
            )


def _tail(last: LedgerRow | None) -> Tail:
    if last is None:
        return Tail()
    return Tail(frontier=Frontier.from_bytes(last.index + 1, last.frontier), head=SignedHead.from_bytes(last.head))
