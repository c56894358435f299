"""What services need of a store. Two parts keep it, and one set of contract tests runs on both: `SqlStore` (SQLite or
PostgreSQL) and the in-memory twin `overt.testing.memory_store`.

Rules:
  - every change is one transaction, made by a function that may run more than once: after a clash with another process
    the whole transaction is tried again, with jitter, so the function must not act on anything outside the store;
  - what a transaction records in the ledger is appended at its end, under the one lock of the ledger, and committed
    with it or not at all;
  - a row whose id is taken, or that belongs to nothing, is refused with `KeyError`;
  - a change that finds nothing to change says so by its return value, so that of two processes only one acts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from overt.ledger.entry import SYSTEM, Fact
from overt.store.authority_ports import Accounts, Authorities, Drafts, Leases, Nominals, Papers, SecondFactors
from overt.store.decoy_ports import Decoys
from overt.store.listed_ports import Listed
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
)

T = TypeVar("T")


class Deployments(Protocol):
    def add(self, row: DeploymentRow) -> None: ...

    def get(self, deployment: str) -> DeploymentRow | None: ...

    def by_digest(self, digest: str) -> DeploymentRow | None: ...

    def all(self) -> list[DeploymentRow]:
        """Oldest first."""
        ...

    def recent(self, since_us: int) -> list[DeploymentRow]:
        """Those whose window closes at that time or later, oldest first."""
        ...

    def move(
        self, deployment: str, expected: Collection[DeploymentState], to: DeploymentState, ended_us: int | None = None
    ) -> bool:
        """From one of the expected states to another; says whether this call did it. `ended_us` is set where given."""
        ...


class Lists(Protocol):
    def add(self, row: ListRow, entries: Sequence[SealedEntry]) -> None: ...

    def get(self, watch_list: str) -> ListRow | None: ...

    def kept_for(self, deployment: str) -> ListRow | None:
        """The deployment's list that is kept; None when there is none (the newest, should there be several)."""
        ...

    def all(self) -> list[ListRow]:
        """Oldest first."""
        ...

    def entries(self, watch_list: str) -> list[SealedEntry]:
        """By position; withdrawn ones are missing."""
        ...

    def entry(self, watch_list: str, position: int) -> SealedEntry | None:
        """One entry; None when it was withdrawn or never was."""
        ...

    def due(self, now_us: int) -> list[ListRow]:
        """Kept lists whose time is over."""
        ...

    def due_entries(self, now_us: int) -> list[tuple[str, int]]:
        """List and position of the entries of kept lists whose own expiry is over."""
        ...

    def keep_until(self, watch_list: str, erase_after_us: int) -> bool:
        """Sets the end of a kept list's life; says whether it is still kept."""
        ...

    def withdraw(self, watch_list: str, position: int) -> bool:
        """Deletes one entry of a kept list; says whether it was there."""
        ...

    def begin_erasing(self, watch_list: str) -> bool:
        """From kept to erasing; says whether this call did it."""
        ...

    def erased(self, watch_list: str) -> bool:
        """From erasing to erased: deletes its entries and its salt (left empty); says whether this call did it."""
        ...


class Alerts(Protocol):
    def add(self, row: AlertRow) -> None: ...

    def get(self, alert: str) -> AlertRow | None: ...

    def of(self, deployment: str) -> list[AlertRow]:
        """Oldest first; `sealed` is left None."""
        ...

    def states(self) -> dict[str, str]:
        """State of every alert by id."""
        ...

    def keep_until(self, alert: str, erase_after_us: int) -> bool:
        """Sets the end of a kept alert's life; says whether it is still kept."""
        ...

    def due(self, now_us: int) -> list[AlertRow]:
        """Kept alerts whose time is over and that nobody holds, oldest first; `sealed` is left None."""
        ...

    def begin_erasing(self, alert: str) -> bool:
        """As for lists."""
        ...

    def erased(self, alert: str) -> bool:
        """As for lists: deletes its sealed content, the words of its decisions too."""
        ...

    def show(self, row: LookRow) -> bool:
        """Notes the first look of an account; False: it had one already."""
        ...

    def looks(self, alert: str) -> list[LookRow]:
        """Oldest first."""
        ...

    def looks_of(self, deployment: str) -> list[LookRow]:
        """Of all its alerts, oldest first."""
        ...

    def decide(self, row: DecisionRow) -> None: ...

    def decisions(self, alert: str) -> list[DecisionRow]:
        """Oldest first."""
        ...

    def decisions_of(self, deployment: str) -> list[DecisionRow]:
        """Of all its alerts, oldest first."""
        ...

    def open(self, deployment: str) -> list[AlertRow]:
        """Those without a decision and not counted as undecided, in whatever state, oldest first; `sealed` is left
        None."""
        ...

    def count_undecided(self, alert: str, now_us: int) -> bool:
        """Says whether this call set it."""
        ...

    def conclude(self, row: OutcomeRow) -> None: ...

    def outcomes(self, alert: str) -> list[OutcomeRow]:
        """Oldest first."""
        ...

    def outcomes_of(self, deployment: str) -> list[OutcomeRow]:
        """Of all its alerts, oldest first."""
        ...

    def hold(self, row: HoldRow) -> None: ...

    def holds(self, alert: str) -> list[HoldRow]:
        """Oldest first, past ones too."""
        ...

    def lift(self, hold: str, now_us: int) -> bool:
        """Ends a hold; says whether it was in force."""
        ...


class Figures(Protocol):
    def add(self, row: FigureRow) -> None:
        """Adds to the camera's minute; of the `_max_` fields the larger stays."""
        ...

    def of(self, deployment: str) -> list[FigureRow]:
        """By minute, then camera."""
        ...


class Erasures(Protocol):
    def add(self, row: ErasureRow) -> None: ...

    def unfinished(self) -> list[ErasureRow]:
        """Those whose key is not known to be destroyed, oldest first."""
        ...

    def uncleared(self) -> list[ErasureRow]:
        """Those whose key is destroyed and whose residue is not known to be cleared, oldest first."""
        ...

    def key_destroyed(self, erasure: str, now_us: int) -> bool:
        """Says whether this call set it."""
        ...

    def residue_cleared(self, erasures: Collection[str], now_us: int) -> int:
        """Says how many this call set."""
        ...

    def all(self) -> list[ErasureRow]:
        """Oldest first."""
        ...


class Sessions(Protocol):
    def add(self, row: SessionRow) -> None: ...

    def get(self, session: str) -> SessionRow | None: ...

    def of(self, account: str) -> list[SessionRow]:
        """Oldest first, those whose time is over too."""
        ...

    def remove(self, session: str) -> bool:
        """Says whether it was there."""
        ...

    def remove_expired(self, now_us: int) -> int:
        """How many were removed."""
        ...

    def count(self, now_us: int) -> int:
        """Those that are not over."""
        ...


class ClockMarks(Protocol):
    def get(self) -> ClockMark | None: ...

    def set(self, mark: ClockMark) -> None: ...


class LedgerRows(Protocol):
    def size(self) -> int: ...

    def last(self) -> LedgerRow | None: ...

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[LedgerRow]:
        """From `start` up to, not including, `stop`; read in batches."""
        ...

    def leaf_hashes(self, start: int, stop: int) -> Sequence[bytes]:
        """As `overt.ledger.merkle.LeafHashes`."""
        ...

    def append_only(self) -> bool:
        """Whether the store itself refuses, now, that an entry is changed or removed."""
        ...


class Work(Protocol):
    """One transaction."""

    @property
    def deployments(self) -> Deployments: ...

    @property
    def lists(self) -> Lists: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def figures(self) -> Figures: ...

    @property
    def erasures(self) -> Erasures: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def second_factors(self) -> SecondFactors: ...

    @property
    def papers(self) -> Papers: ...

    @property
    def authorities(self) -> Authorities: ...

    @property
    def leases(self) -> Leases: ...

    @property
    def nominals(self) -> Nominals: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def decoys(self) -> Decoys: ...

    @property
    def listed(self) -> Listed: ...

    @property
    def clock(self) -> ClockMarks: ...

    @property
    def ledger(self) -> LedgerRows: ...

    def record(
        self,
        kind: str,
        *,
        actor: str = SYSTEM,
        deployment: str | None = None,
        facts: Mapping[str, Fact] | None = None,
    ) -> None:
        """What is appended to the ledger when the transaction commits; several in the order given.

        Raises:
            BadEntry: it may not be recorded (at the latest when the transaction commits).
        """
        ...


class Store(Protocol):
    def write(self, change: Callable[[Work], T]) -> T:
        """Runs a change as one transaction and returns what it returned, once committed.

        Raises:
            StoreUnavailable: it could not be committed, and nothing was changed.
            CommitUnknown: of these the one after which it may have been.
            LedgerDiffers: the ledger was edited; nothing was changed.
        """
        ...

    def read(self, look: Callable[[Work], T]) -> T:
        """Runs a look at one moment's state; `record` and every change are refused.

        Raises:
            StoreUnavailable: nothing can be read.
        """
        ...

    def clear_residue(self) -> bool:
        """Leaves nothing of deleted rows in the database's files (WAL truncated, free pages gone). False: somebody
        reads or writes just now, so try again later.

        Raises:
            StoreUnavailable: it cannot be done at all now, such as for want of room.
        """
        ...

    def close(self) -> None: ...
