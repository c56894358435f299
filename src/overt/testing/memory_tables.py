"""The tables of the store in memory, and what its repositories share; `memory_store` puts them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from overt.domain.figures import Counts
from overt.store.records import (
    AccountRow,
    AlertRow,
    AuthorityRow,
    ClockMark,
    DecisionRow,
    DecoyPair,
    DecoyRow,
    DecoySetRow,
    DeploymentRow,
    DraftEntry,
    DraftRow,
    ErasureRow,
    HoldRow,
    LeaseRow,
    LedgerRow,
    ListedRow,
    ListRow,
    LookRow,
    NominalRow,
    OutcomeRow,
    PaperRow,
    SealedEntry,
    SecondFactorRow,
    SessionRow,
)

Row = TypeVar("Row")


@dataclass
class Tables:
    """All rows at one moment, by their ids."""

    deployments: dict[str, DeploymentRow] = field(default_factory=dict)
    lists: dict[str, ListRow] = field(default_factory=dict)
    entries: dict[tuple[str, int], SealedEntry] = field(default_factory=dict)  # by list and position
    alerts: dict[str, AlertRow] = field(default_factory=dict)
    decisions: dict[str, DecisionRow] = field(default_factory=dict)
    holds: dict[str, HoldRow] = field(default_factory=dict)
    figures: dict[tuple[str, str, int], Counts] = field(default_factory=dict)  # by deployment, camera, minute
    erasures: dict[str, ErasureRow] = field(default_factory=dict)
    sessions: dict[str, SessionRow] = field(default_factory=dict)
    looks: dict[tuple[str, str], LookRow] = field(default_factory=dict)  # by alert and account
    outcomes: dict[str, OutcomeRow] = field(default_factory=dict)
    accounts: dict[str, AccountRow] = field(default_factory=dict)
    second_factors: dict[str, SecondFactorRow] = field(default_factory=dict)  # by account
    papers: dict[str, PaperRow] = field(default_factory=dict)
    authorities: dict[str, AuthorityRow] = field(default_factory=dict)
    leases: dict[str, LeaseRow] = field(default_factory=dict)  # by deployment
    nominals: dict[tuple[str, str], NominalRow] = field(default_factory=dict)  # by deployment and digest
    drafts: dict[str, DraftRow] = field(default_factory=dict)
    draft_entries: dict[tuple[str, int], DraftEntry] = field(default_factory=dict)  # by draft and position
    decoy_sets: dict[str, DecoySetRow] = field(default_factory=dict)
    decoy_pairs: dict[tuple[str, int], DecoyPair] = field(default_factory=dict)  # by set and position
    decoys: dict[str, DecoyRow] = field(default_factory=dict)  # by alert
    listed: dict[str, ListedRow] = field(default_factory=dict)  # by list
    clock: dict[int, ClockMark] = field(default_factory=dict)  # one row, 0
    ledger: dict[int, LedgerRow] = field(default_factory=dict)  # by index, from 0

    def copy(self) -> Tables:
        return Tables(**{each.name: dict(getattr(self, each.name)) for each in fields(self)})


class Page:
    """The tables as one transaction sees them."""

    def __init__(self, tables: Tables, *, changeable: bool) -> None:
        self.tables = tables
        self._changeable = changeable

    def changing(self) -> Tables:
        """The tables, to be changed.

        Raises:
            RuntimeError: this is a look.
        """
        if not self._changeable:
            raise RuntimeError("a look at the store changes nothing; use write")
        return self.tables


class Part:
    """A repository over the page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def _tables(self) -> Tables:
        return self._page.tables

    def _changing(self) -> Tables:
        return self._page.changing()


def put(table: dict[str, Row], row_id: str, row: Row) -> None:
    if row_id in table:
        raise KeyError(f"there is a row {row_id} already")
    table[row_id] = row


def require(table: Mapping[str, object], row_id: str) -> None:
    if row_id not in table:
        raise KeyError(f"there is no row {row_id} that this one could belong to")
