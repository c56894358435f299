"""The stores that keep one contract, opened by name, and rows to put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from overt.domain.decision import Verdict
from overt.domain.figures import Counts
from overt.ledger.log import Ledger
from overt.store.heads import HeadFolder
from overt.store.ports import Store, Work
from overt.store.records import (
    AccountRow,
    AccountState,
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
    FigureRow,
    HoldRow,
    LeaseRow,
    ListedRow,
    ListRow,
    LookRow,
    OutcomeRow,
    PaperRow,
    SealedEntry,
    SecondFactorRow,
    SessionRow,
    Subject,
)
from overt.store.sql import create_store, open_store
from overt.testing.fixed_clock import FixedClock
from overt.testing.memory_store import MemoryStore
from tests.integration.postgres import shared_server
from tests.unit.ledger.books import KEY, LOG

NAMES = ("twin", "sqlite", "postgresql")
#: The same for a fixture; PostgreSQL is a Debian part, and takes most of the time.
EACH = ("twin", "sqlite", pytest.param("postgresql", marks=pytest.mark.long))
REFUSED_ROW = (KeyError, IntegrityError)
"""What a store raises for a row whose id is taken or which belongs to nothing."""

LEDGER = Ledger(log=LOG, key=KEY)
T0 = 1_795_338_000_000_000  # 2026-11-22T09:00:00Z
MINUTE_US = 60_000_000


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A store without rows."""

    store: Store
    clock: FixedClock
    under: Callable[[Ledger], Store]  # the same rows under another ledger


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Opened]:
    """The store of that name; a database of its own, gone afterwards."""
    clock = FixedClock()
    if name == "twin":
        twin = MemoryStore(ledger=LEDGER, clock=clock)
        yield Opened(store=twin, clock=clock, under=lambda ledger: _twin_under(twin, ledger, clock))
        return
    with _database(name, folder) as url, ExitStack() as closing:

        def under(ledger: Ledger, heads: HeadFolder | None = None) -> Store:
            store = open_store(url, ledger=ledger, clock=clock, heads=heads)
            closing.callback(store.close)
            return store

        yield Opened(store=under(LEDGER, HeadFolder(folder / "heads")), clock=clock, under=under)


def _twin_under(twin: MemoryStore, ledger: Ledger, clock: FixedClock) -> MemoryStore:
    other = MemoryStore(ledger=ledger, clock=clock)
    other._tables = twin._tables
    return other


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    """Its address, once its tables are made."""
    if name == "sqlite":
        path = folder / "overt.sqlite"
        path.write_bytes(_empty_sqlite())
        yield f"sqlite:///{path}"
    else:
        with shared_server().database() as url:
            create_store(url)
            yield url


@cache
def _empty_sqlite() -> bytes:
    """The file of a store that was just made: its migrations take a quarter of a second, much for each test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite"
        create_store(f"sqlite:///{path}")
        return path.read_bytes()


def uuid(number: int) -> str:
    """An id; a larger number gives a later one."""
    return f"0193527e-8a00-7000-8000-{number:012x}"


def deployment(number: int = 1, **changes: Any) -> DeploymentRow:
    fields: dict[str, Any] = {
        "id": uuid(number),
        "digest": f"{number:064x}",
        "name": f"High Street {number}",
        "opens_us": T0,
        "closes_us": T0 + 8 * 60 * MINUTE_US,
    }
    return DeploymentRow(**fields | changes)


def watch_list(number: int = 1, of: int = 1, **changes: Any) -> ListRow:
    fields: dict[str, Any] = {
        "id": uuid(0x1000 + number),
        "deployment": uuid(of),
        "salt": bytes([number]) * 16,
        "entries": 3,
        "made_us": T0 + number,
        "erase_after_us": T0 + 100 * MINUTE_US,
    }
    return ListRow(**fields | changes)


def entries(count: int = 3, **changes: Any) -> list[SealedEntry]:
    return [SealedEntry(position=at, sealed=b"\x00sealed" + bytes([at]), **changes) for at in range(count)]


def alert(number: int = 1, of: int = 1, **changes: Any) -> AlertRow:
    fields: dict[str, Any] = {
        "id": uuid(0x2000 + number),
        "deployment": uuid(of),
        "camera": "north",
        "passage": number,
        "at_us": T0 + number,
        "list_position": 2,
        "score": 0.625,
        "threshold": 0.5,
        "false_alerts_per_1000": 0.1,
        "shots": 3,
        "cautions": ("small face", "dark"),
        "latency_us": 420_000,
        "erase_after_us": T0 + MINUTE_US,
        "sealed": b"\x00\xffpictures",
    }
    return AlertRow(**fields | changes)


def decision(number: int = 1, of: int = 1, **changes: Any) -> DecisionRow:
    fields: dict[str, Any] = {
        "id": uuid(0x3000 + number),
        "alert": uuid(0x2000 + of),
        "at_us": T0 + number,
        "account": uuid(0xAA),
        "verdict": Verdict.WORTH_A_LOOK,
    }
    return DecisionRow(**fields | changes)


def hold(number: int = 1, of: int = 1, **changes: Any) -> HoldRow:
    fields: dict[str, Any] = {
        "id": uuid(0x4000 + number),
        "alert": uuid(0x2000 + of),
        "case": "CR/2026/17",
        "placed_by": uuid(0xAA),
        "seconded_by": uuid(0xAB),
        "placed_us": T0 + number,
        "expires_us": T0 + 10 * MINUTE_US,
    }
    return HoldRow(**fields | changes)


def erasure(number: int = 1, **changes: Any) -> ErasureRow:
    fields: dict[str, Any] = {
        "id": uuid(0x5000 + number),
        "subject": Subject.ALERT,
        "subject_id": uuid(0x2001),
        "reason": "retention",
        "begun_us": T0 + number,
    }
    return ErasureRow(**fields | changes)


def session(number: int = 1, **changes: Any) -> SessionRow:
    fields: dict[str, Any] = {
        "id": f"{number:064x}",
        "account": uuid(0xAA),
        "made_us": T0,
        "expires_us": T0 + number * MINUTE_US,
    }
    return SessionRow(**fields | changes)


def second_factor(of: int = 1, **changes: Any) -> SecondFactorRow:
    fields: dict[str, Any] = {"account": account(of).id, "made_us": T0, "sealed": b"\x00sealed secret"}
    return SecondFactorRow(**fields | changes)


def figures(minute: int = 0, camera: str = "north", of: int = 1, **counts: Any) -> FigureRow:
    return FigureRow(deployment=uuid(of), camera=camera, minute_us=T0 + minute * MINUTE_US, counts=Counts(**counts))


def look(of: int = 1, by: int = 0xAA, **changes: Any) -> LookRow:
    fields: dict[str, Any] = {"alert": uuid(0x2000 + of), "account": uuid(by), "shown_us": T0 + 5}
    return LookRow(**fields | changes)


def outcome(number: int = 1, of: int = 1, **changes: Any) -> OutcomeRow:
    fields: dict[str, Any] = {
        "id": uuid(0x6000 + number),
        "alert": uuid(0x2000 + of),
        "at_us": T0 + number,
        "account": uuid(0xAB),
        "means": "papers-shown",
        "result": "right",
        "held_min": 4,
        "followed": "arrest",
        "served_aim": True,
    }
    return OutcomeRow(**fields | changes)


def account(number: int = 1, **changes: Any) -> AccountRow:
    fields: dict[str, Any] = {
        "id": uuid(0x7000 + number),
        "name": f"person {number}",
        "roles": ("operator", "auditor"),
        "rank": "inspector",
        "password": "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
        "key": f"{number:064x}",
        "trained_until_us": T0 + MINUTE_US,
        "state": AccountState.ACTIVE,
        "made_us": T0 + number,
        "made_by": "system",
        "approved_by": None,
    }
    return AccountRow(**fields | changes)


def paper(number: int = 1, of: int | None = 1, **changes: Any) -> PaperRow:
    fields: dict[str, Any] = {
        "id": uuid(0x8000 + number),
        "kind": "review",
        "deployment": None if of is None else uuid(of),
        "about": "",
        "account": uuid(0xAB),
        "at_us": T0 + number,
        "content": {"words": "All went well.", "pages": [1, 2.5, None, True]},
    }
    return PaperRow(**fields | changes)


def authority(number: int = 1, of: int = 1, **changes: Any) -> AuthorityRow:
    fields: dict[str, Any] = {
        "id": uuid(0x9000 + number),
        "deployment": uuid(of),
        "account": uuid(0x7001),
        "statement": b"I authorise\x00\xff",
        "signature": bytes(range(64)),
        "key": f"{number:064x}",
        "signed_us": T0 + number,
    }
    return AuthorityRow(**fields | changes)


def lease(number: int = 1, of: int = 1, **changes: Any) -> LeaseRow:
    """Runs for two minutes from T0."""
    fields: dict[str, Any] = {
        "deployment": uuid(of),
        "holder": uuid(0xA000 + number),
        "machine": "desk",
        "taken_us": T0,
        "renewed_us": T0,
        "ends_us": T0 + 2 * MINUTE_US,
    }
    return LeaseRow(**fields | changes)


def draft(number: int = 1, **changes: Any) -> DraftRow:
    fields: dict[str, Any] = {
        "id": uuid(0xB000 + number),
        "made_by": uuid(0xAB),
        "made_us": T0 + number,
        "erase_after_us": T0 + 100 * MINUTE_US,
        "salt": bytes([number]) * 16,
    }
    return DraftRow(**fields | changes)


def draft_entries(count: int = 3, of: int = 1, start: int = 0, **changes: Any) -> list[DraftEntry]:
    def entry(at: int) -> DraftEntry:
        fields: dict[str, Any] = {
            "draft": uuid(0xB000 + of),
            "position": at,
            "sealed": b"\x00sealed" + bytes([at % 256]),
            "facts": {"category": "wanted", "serious": at % 2 == 0, "needs": ["age", "source"][:at]},
        }
        return DraftEntry(**fields | changes)

    return [entry(at) for at in range(start, start + count)]


def listed(number: int = 1, of: int = 1, **changes: Any) -> ListedRow:
    """Of the list of the same number."""
    fields: dict[str, Any] = {
        "id": uuid(0x1000 + number),
        "deployment": uuid(of),
        "key": f"{number:064x}",
        "root": "ab" * 32,
        "answer_until_us": T0 + 100 * MINUTE_US + number,
        "outputs": bytes(range(96)),
    }
    return ListedRow(**fields | changes)


def decoy_set(number: int = 1, **changes: Any) -> DecoySetRow:
    fields: dict[str, Any] = {
        "id": uuid(0xC000 + number),
        "made_by": uuid(0xAB),
        "made_us": T0 + number,
        "erase_after_us": T0 + 100 * MINUTE_US,
        "pairs": 3,
    }
    return DecoySetRow(**fields | changes)


def decoy_pairs(count: int = 3) -> list[DecoyPair]:
    return [DecoyPair(position=at, same=at % 2 == 0, sealed=b"\x00sealed" + bytes([at])) for at in range(count)]


def decoy(of: int = 1, of_set: int = 1, position: int = 0, **changes: Any) -> DecoyRow:
    fields: dict[str, Any] = {
        "alert": uuid(0x2000 + of),
        "decoy_set": uuid(0xC000 + of_set),
        "position": position,
        "same": position % 2 == 0,
        "nonce": f"{position:064x}",
    }
    return DecoyRow(**fields | changes)


Row = (
    DeploymentRow
    | ListRow
    | AlertRow
    | LookRow
    | DecisionRow
    | OutcomeRow
    | HoldRow
    | FigureRow
    | ErasureRow
    | SessionRow
    | AccountRow
    | SecondFactorRow
    | PaperRow
    | AuthorityRow
    | LeaseRow
    | DraftRow
    | DecoySetRow
    | DecoyRow
    | ListedRow
    | ClockMark
)


def added(*rows: Row) -> Callable[[Work], None]:
    """The change that adds these rows; a list without entries."""

    def change(work: Work) -> None:
        for row in rows:
            _add(work, row)

    return change


def _add(work: Work, row: Row) -> None:
    doors: dict[type, Callable[[Any], object]] = {
        DeploymentRow: work.deployments.add,
        ListRow: lambda row: work.lists.add(row, []),
        AlertRow: work.alerts.add,
        LookRow: work.alerts.show,
        DecisionRow: work.alerts.decide,
        OutcomeRow: work.alerts.conclude,
        HoldRow: work.alerts.hold,
        FigureRow: work.figures.add,
        ErasureRow: work.erasures.add,
        SessionRow: work.sessions.add,
        AccountRow: work.accounts.add,
        SecondFactorRow: work.second_factors.put,
        PaperRow: work.papers.add,
        AuthorityRow: work.authorities.add,
        LeaseRow: lambda row: work.leases.take(row, T0),
        DraftRow: work.drafts.add,
        DecoySetRow: lambda row: work.decoys.add_set(row, decoy_pairs(row.pairs)),
        DecoyRow: work.decoys.add,
        ListedRow: work.listed.add,
        ClockMark: work.clock.set,
    }
    doors[type(row)](row)


def put(store: Store, *rows: Row) -> None:
    """Adds each row in a change of its own, in this order."""
    for row in rows:
        store.write(added(row))


def settle(store: Store) -> None:
    """Puts one deployment with a list of three entries and an alert into a store."""
    put(store, deployment())
    store.write(lambda work: work.lists.add(watch_list(), entries()))
    put(store, alert())
