"""The store in a database: SQLite in a file (or, to be thrown away, in memory) or PostgreSQL.

Rules:
- A change is one transaction, begun again from its start after a clash; nothing of a failed one stays.
- What it records is appended last, under the one lock of the ledger: SQLite's BEGIN IMMEDIATE, PostgreSQL's advisory
  lock. Index, time and tail are read under that lock.
- Whoever opens the store checks that the ledger ends as its newest head says, and that it continues the newest head
  kept outside: an old copy in its place is refused.
- A head that could not be kept outside does not undo what is committed: the next change keeps it first, or is refused.
- A connection that breaks while PostgreSQL commits leaves open whether it did. Neither yes nor no is assumed: the
  server is asked for that transaction by its number. Committed: the change is done. Undone: it is tried again. In
  progress: the question is asked again. No answer: `CommitUnknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Transaction as Begun
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from overt.domain.errors import OvertError
from overt.domain.time import Clock
from overt.ledger.entry import SYSTEM, Fact
from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger
from overt.store import residue
from overt.store.decoys import Decoys
from overt.store.drafts import Drafts
from overt.store.engine import Database, open_database
from overt.store.errors import CommitUnknown, StoreUnavailable
from overt.store.heads import Heads, check_continues, check_kept
from overt.store.ledger_rows import LedgerRows, Recorded, append, tail_of
from overt.store.listed import Listed
from overt.store.people import Accounts, Authorities, Leases, Nominals, Papers, SecondFactors
from overt.store.ports import Work
from overt.store.repositories import ClockMarks, Deployments, Erasures, Figures, Sessions
from overt.store.schema import bring_up_to_date, make_schema
from overt.store.sealed_rows import Alerts, Lists
from overt.store.transaction import Transaction
from overt.store.troubles import PATIENCE_S, NotYet, patiently, sqlstate

T = TypeVar("T")


class SqlWork:
    """One transaction's repositories, and what it records."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.recorded: list[Recorded] = []
        self.deployments = Deployments(transaction)
        self.lists = Lists(transaction)
        self.alerts = Alerts(transaction)
        self.figures = Figures(transaction)
        self.erasures = Erasures(transaction)
        self.sessions = Sessions(transaction)
        self.accounts = Accounts(transaction)
        self.second_factors = SecondFactors(transaction)
        self.papers = Papers(transaction)
        self.authorities = Authorities(transaction)
        self.leases = Leases(transaction)
        self.nominals = Nominals(transaction)
        self.drafts = Drafts(transaction)
        self.decoys = Decoys(transaction)
        self.listed = Listed(transaction)
        self.clock = ClockMarks(transaction)
        self.ledger = LedgerRows(transaction)

    def record(
        self,
        kind: str,
        *,
        actor: str = SYSTEM,
        deployment: str | None = None,
        facts: Mapping[str, Fact] | None = None,
    ) -> None:
        self._transaction.refuse_in_look()
        self.recorded.append(Recorded(kind=kind, actor=actor, deployment=deployment, facts=dict(facts or {})))


class _Unclear(Exception):
    """The connection broke while the transaction of this number was committed."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number
        self.made: Any = None  # what `write` gives back if it was committed after all


class SqlStore:
    """A `Store` that many threads and processes may use; made by `open_store`."""

    def __init__(
        self, database: Database, *, ledger: Ledger, clock: Clock, heads: Heads | None, patience_s: float = PATIENCE_S
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._heads = heads
        self._patience_s = patience_s
        self._unkept: SignedHead | None = None

    def write(self, change: Callable[[Work], T]) -> T:
        """As `overt.store.ports.Store.write`.

        Raises:
            CommitUnknown: the server was lost while it committed, and did not say in time what became of it.
        """
        self._keep(self._unkept)
        while True:
            try:
                result, head = patiently(lambda: self._write_once(change), patience_s=self._patience_s)
            except _Unclear as unclear:
                if not self._was_committed(unclear.number):
                    continue
                result, head = unclear.made
            self._keep_later(head)
            return result

    def read(self, look: Callable[[Work], T]) -> T:
        return patiently(lambda: self._read_once(look), patience_s=self._patience_s)

    def clear_residue(self) -> bool:
        """As `overt.store.ports.Store.clear_residue`; what each database does for it is said in `residue`."""
        return residue.clear(self._database)

    def close(self) -> None:
        self._database.close()

    def check(self) -> None:
        """Goes on where the stored ledger ends as its newest head says and continues the newest head kept outside.

        Raises:
            LedgerDiffers: the end of the ledger was edited.
            StoreRolledBack: the store lies behind the newest head.
            BadStore: the heads kept are of another ledger.
        """
        newest = None if self._heads is None else self._heads.newest()
        if newest is not None:
            check_kept(newest, self._ledger)

        def look(work: Work) -> SignedHead | None:
            tail = tail_of(work.ledger.last())
            self._ledger.check(tail)
            if newest is not None:
                at = newest.head.size - 1
                check_continues(newest, next((row.head for row in work.ledger.rows(at, at + 1)), None))
            return tail.head

        self._keep(self.read(look))

    def _write_once(self, change: Callable[[Work], T]) -> tuple[T, SignedHead | None]:
        with self._database.connection(changes=True) as connection:
            begun = connection.begin()
            transaction = Transaction(connection=connection, changes=True)
            work = SqlWork(transaction)
            result = change(work)
            head = append(transaction, work.recorded, ledger=self._ledger, clock=self._clock)
            try:
                _commit(begun, transaction.number())
            except _Unclear as unclear:
                unclear.made = result, head
                raise
            return result, head

    def _read_once(self, look: Callable[[Work], T]) -> T:
        with self._database.connection(changes=False) as connection, connection.begin():
            return look(SqlWork(Transaction(connection=connection, changes=False)))

    def _was_committed(self, number: str) -> bool:
        def ask() -> bool:
            with self._database.connection(changes=False) as connection:
                status = connection.exec_driver_sql("SELECT pg_xact_status(%s::xid8)", (number,)).scalar()
            if status == "in progress":  # the server has not noticed yet that nobody is there
                raise NotYet
            if status not in {"committed", "aborted"}:
                raise CommitUnknown(_UNKNOWN, _LOOK)
            return bool(status == "committed")

        try:
            return patiently(ask, patience_s=self._patience_s)
        except StoreUnavailable as error:
            raise CommitUnknown(_UNKNOWN, _LOOK) from error

    def _keep(self, head: SignedHead | None) -> None:
        if self._heads is not None and head is not None:
            self._heads.keep(head)
            self._unkept = None

    def _keep_later(self, head: SignedHead | None) -> None:
        try:
            self._keep(head)
        except OvertError:  # the change is committed and stays; the next one has to keep this head first
            self._unkept = head


_UNKNOWN = "The server of the store was lost while it committed: the change may be kept, or may not be."
_LOOK = "Look whether it was made before you make it again."


def _commit(begun: Begun, number: str | None) -> None:
    """Commits.

    Raises:
        _Unclear: whether it was committed is not known.
        DBAPIError: it was not.
    """
    try:
        begun.commit()
    except DBAPIError as error:
        state = sqlstate(error)
        lost = error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
        if number is not None and lost and not state.startswith("40"):
            raise _Unclear(number) from error
        raise


def create_store(url: str) -> None:
    """Makes the store's tables in an empty database; of a database in memory there is nothing to make.

    Args:
        url: `sqlite:////path/to/overt.sqlite` or `postgresql+psycopg://user@host/database`.

    Raises:
        BadStore: the database is not empty, or the address is of no kind that Overt uses.
        StoreUnavailable: it cannot be reached or written.
    """
    database = open_database(url)
    try:
        if not database.in_memory:
            patiently(lambda: make_schema(database))
    finally:
        database.close()


def open_store(
    url: str, *, ledger: Ledger, clock: Clock, heads: Heads | None, patience_s: float = PATIENCE_S
) -> SqlStore:
    """Opens the store, upgrades the schema of an older Overt, and checks the ledger's end.

    Args:
        url: as for `create_store`; `sqlite://` makes a store in memory, to be thrown away.
        ledger: the ledger that it holds, and the key that signs it.
        clock: gives the times of the ledger's entries.
        heads: where the newest signed head is kept outside the database; None: nowhere.
        patience_s: how many seconds a change or a look is tried again.

    Raises:
        NoInstallation: there is no store.
        BadStore: it is a newer Overt's or somebody else's, or the heads are.
        LedgerDiffers: the end of the ledger was edited.
        StoreRolledBack: it lies behind the newest signed head.
        StoreUnavailable: it cannot be reached or read.
    """
    database = open_database(url)
    try:
        patiently(lambda: bring_up_to_date(database), patience_s=patience_s)
        store = SqlStore(database, ledger=ledger, clock=clock, heads=heads, patience_s=patience_s)
        store.check()
    except BaseException:
        database.close()
        raise
    return store
