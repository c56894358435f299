"""The rows of the ledger: read in batches, added at the end under its one lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from overt.domain.time import Clock
from overt.ledger.entry import Entry, Fact
from overt.ledger.errors import BadHead, LedgerDiffers
from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger, Tail
from overt.ledger.merkle import Frontier, leaf_hash
from overt.store.records import LedgerRow
from overt.store.tables import LEDGER_ENTRIES
from overt.store.transaction import Transaction
from overt.store.triggers import NAMES, THERE

BATCH = 1000

_INDEX = LEDGER_ENTRIES.c.index
_TODO = "Do not repair it: export the ledger, verify the export, and call whoever audits this installation."


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What is to be appended when the transaction commits."""

    kind: str
    actor: str
    deployment: str | None
    facts: Mapping[str, Fact]


class LedgerRows:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def size(self) -> int:
        found = self._transaction.first(select(_INDEX).order_by(_INDEX.desc()).limit(1))
        return 0 if found is None else int(found[0]) + 1

    def last(self) -> LedgerRow | None:
        found = self._transaction.first(select(LEDGER_ENTRIES).order_by(_INDEX.desc()).limit(1))
        return None if found is None else LedgerRow(**found._mapping)

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[LedgerRow]:
        stop = self.size() if stop is None else stop
        for at in range(start, stop, BATCH):
            wanted = (at <= _INDEX) & (min(at + BATCH, stop) > _INDEX)
            for row in self._transaction.rows(select(LEDGER_ENTRIES).where(wanted).order_by(_INDEX)):
                yield LedgerRow(**row._mapping)

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        wanted = (start <= _INDEX) & (stop > _INDEX)
        rows = self._transaction.rows(select(LEDGER_ENTRIES.c.leaf).where(wanted).order_by(_INDEX))
        return [row.leaf for row in rows]

    def append_only(self) -> bool:
        """Whether every trigger that refuses changes is there, and, on PostgreSQL, always fires."""
        dialect = "postgresql" if self._transaction.postgresql else "sqlite"
        names = {name for (name,) in self._transaction.connection.exec_driver_sql(THERE[dialect])}
        return names.issuperset(NAMES[dialect])


def tail_of(last: LedgerRow | None) -> Tail:
    """The end of the ledger whose last row this is.

    Raises:
        LedgerDiffers: the row does not hold together.
    """
    if last is None:
        return Tail()
    try:
        tail = Tail(frontier=Frontier.from_bytes(last.index + 1, last.frontier), head=SignedHead.from_bytes(last.head))
    except (ValueError, BadHead) as error:
        raise LedgerDiffers("The last row of the ledger cannot be read.", _TODO) from error
    if leaf_hash(last.entry) != last.leaf:
        raise LedgerDiffers("The last entry of the ledger is not the one that was hashed.", _TODO)
    return tail


def append(
    transaction: Transaction, recorded: Sequence[Recorded], *, ledger: Ledger, clock: Clock
) -> SignedHead | None:
    """Adds what was recorded to the ledger's end, under its lock; the newest head, or None where nothing was recorded.

    Raises:
        LedgerDiffers: what is stored is not what the newest head was signed for.
        BadEntry: one of the entries may not be recorded.
    """
    if not recorded:
        return None
    transaction.lock_ledger()
    tail = tail_of(LedgerRows(transaction).last())
    rows = []
    for each in recorded:
        entry = Entry(
            index=tail.frontier.size,
            kind=each.kind,
            at_us=clock.now_us(),
            actor=each.actor,
            deployment=each.deployment,
            facts=each.facts,
        )
        made = ledger.append(tail, entry)
        tail = made.tail
        rows.append(
            {
                "index": made.index,
                "entry": made.entry,
                "leaf": made.leaf,
                "head": made.head,
                "frontier": tail.frontier.to_bytes(),
            }
        )
    transaction.change(insert(LEDGER_ENTRIES), rows)
    return tail.head
