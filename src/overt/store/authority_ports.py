"""The repositories of a store for who may do what: people, what they wrote and signed, and lists in the making.

The rules of `ports` hold here too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from overt.store.records import (
    AccountRow,
    AuthorityRow,
    DraftEntry,
    DraftRow,
    LeaseRow,
    PaperRow,
    SecondFactorRow,
)


class Accounts(Protocol):
    def add(self, row: AccountRow) -> None: ...

    def get(self, account: str) -> AccountRow | None: ...

    def by_name(self, name: str) -> AccountRow | None: ...

    def all(self) -> list[AccountRow]:
        """Oldest first."""
        ...

    def change(self, row: AccountRow) -> bool:
        """Puts this row in the place of the one with its id; says whether that was there."""
        ...


class SecondFactors(Protocol):
    def put(self, row: SecondFactorRow) -> None:
        """In the place of the account's earlier one, where there is one."""
        ...

    def get(self, account: str) -> SecondFactorRow | None: ...

    def use(self, account: str, step: int) -> bool:
        """Notes that the code of a step of time was used. False: that one or a later one was used already."""
        ...

    def remove(self, account: str) -> bool:
        """Says whether it was there."""
        ...


class Papers(Protocol):
    """Rows are added and never changed."""

    def add(self, row: PaperRow) -> None: ...

    def of(self, deployment: str) -> list[PaperRow]:
        """Oldest first, as everywhere here."""
        ...

    def about(self, kind: str, about: str) -> list[PaperRow]: ...

    def all(self, kind: str) -> list[PaperRow]: ...


class Authorities(Protocol):
    """Rows are added and never changed, but for their cancellation."""

    def add(self, row: AuthorityRow) -> None: ...

    def of(self, deployment: str) -> list[AuthorityRow]:
        """Oldest first, cancelled ones too."""
        ...

    def cancel(self, authority: str, now_us: int) -> bool:
        """Says whether this call did it."""
        ...


class Leases(Protocol):
    def get(self, deployment: str) -> LeaseRow | None:
        """As it stands, lapsed or not."""
        ...

    def take(self, row: LeaseRow, now_us: int) -> bool:
        """Says whether the lease is this row's now: there was none, or it had lapsed, or it was the same holder's."""
        ...

    def renew(self, deployment: str, holder: str, now_us: int, ends_us: int) -> bool:
        """Puts off the end of a holder's lease. False: it has lapsed, or is another's, or there is none."""
        ...

    def release(self, deployment: str, holder: str) -> bool:
        """Removes a holder's lease; says whether it was there."""
        ...


class Nominals(Protocol):
    def add(self, deployment: str, digests: Collection[str]) -> None:
        """Those that are there already stay as they are."""
        ...

    def of(self, deployment: str) -> set[str]: ...

    def listed(self, digest: str) -> list[str]:
        """The deployments with it, oldest first."""
        ...


class Drafts(Protocol):
    def add(self, row: DraftRow) -> None: ...

    def get(self, draft: str) -> DraftRow | None: ...

    def all(self) -> list[DraftRow]:
        """Oldest first."""
        ...

    def append(self, draft: str, entries: Sequence[DraftEntry]) -> bool:
        """Adds entries of this draft and counts them. False: it is not kept, or its import is finished.

        Raises:
            KeyError: an entry's place is taken, or it is another draft's.
        """
        ...

    def entries(self, draft: str, start: int = 0, stop: int | None = None) -> list[DraftEntry]:
        """From position `start` up to, not including, `stop`, by position; withdrawn ones are missing."""
        ...

    def facts(self, draft: str) -> list[tuple[int, Mapping[str, object], str | None]]:
        """Position, facts and who approved it, of every entry, by position; nothing sealed is read."""
        ...

    def approve(self, draft: str, position: int, account: str) -> bool:
        """Says whether this call did it: the draft is kept, and the entry was there and approved by nobody."""
        ...

    def withdraw(self, draft: str, position: int) -> bool:
        """Deletes one entry of a kept draft and counts it; says whether it was there."""
        ...

    def finish(self, draft: str, now_us: int) -> bool:
        """Ends the import of a kept draft; says whether this call did it."""
        ...

    def due(self, now_us: int) -> list[DraftRow]:
        """Kept drafts whose time is over, oldest first."""
        ...

    def begin_erasing(self, draft: str) -> bool:
        """As for lists."""
        ...

    def erased(self, draft: str) -> bool:
        """As for lists: deletes its entries and its salt."""
        ...
