"""The ledger: its newest head, its entries as they were hashed and signed, and proofs.

Rules:
  - a head and a proof that the ledger only grew say nothing of what is in it: whoever may see figures may have them;
  - entries are for those who check (`ledger.export`), byte for byte, so that a copy can be verified anywhere;
  - whoever may also decide about alerts gets none about an alert that waits, nor an export meanwhile
    (`overt.services.reading`).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import Field
from starlette.responses import StreamingResponse

from overt.console.api.shapes import FIGURES, Answer, Id, Limit, Moment, moment, told
from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.visitor import visitor_of
from overt.domain.roles import Action
from overt.ledger.entry import LIMIT, Entry
from overt.ledger.head import SignedHead
from overt.services import record
from overt.services.reading import readable, readable_size, require_readable
from overt.store.records import LedgerRow

doors = Doors("/api/v1", tags=["ledger"])

CHECKS = only(Action.LEDGER_EXPORT, by_token=True)
MOST_ENTRIES = 100
LINES = "text/tab-separated-values"
Size = Annotated[int, Query(ge=1, lt=LIMIT, description="Entries in the ledger of an earlier head.")]
SizeOrAll = Annotated[int | None, Query(ge=1, lt=LIMIT, description="Of the head of this size; the newest by default.")]


class Head(Answer):
    """A signed head: what the whole ledger was at one moment."""

    size: int = Field(description="Entries.")
    root: str = Field(description="Root of the Merkle tree (RFC 6962), hexadecimal.")
    head: str = Field(description="The bytes under the signature, as text.")
    signature: str = Field(description="Ed25519, hexadecimal.")


class Newest(Head):
    mark: str = Field(description="`SIZE:ROOT`, to be noted and given to others.")
    at: Moment
    log: str = Field(description="The ledger's id.")
    public_key: str


class LedgerEntry(Answer):
    """One entry. `entry` and `signed` are the stored bytes as text; the other fields say what is in them."""

    index: int
    at: Moment
    kind: str
    actor: str
    deployment: Id | None
    facts: dict[str, str | int | bool | list[str | int | bool | None] | None]
    entry: str = Field(description="The bytes that were hashed, canonical JSON (RFC 8785).")
    signed: str = Field(description="Its head and the signature, with a tab between.")


class Entries(Answer):
    size: int = Field(description="Entries in the ledger now.")
    items: list[LedgerEntry]
    next: int | None = Field(description="To be given as `start` for the next part; null at the end.")


class Inclusion(Answer):
    """Shows that an entry is in the ledger of a head."""

    index: int
    entry: str
    path: list[str] = Field(description="Hashes from the leaf up (RFC 6962, section 2.1.1), hexadecimal.")
    size: int
    root: str
    head: str
    signature: str


class Consistency(Answer):
    """Shows that the ledger of the later head begins with all entries of the earlier one."""

    earlier: Head
    later: Head
    path: list[str] = Field(description="Hashes (RFC 6962, section 2.1.2), hexadecimal.")


@doors.get("/ledger/head", FIGURES, responses=told(401, 409), summary="The newest signed head, and the public key")
def head(request: Request) -> Newest:
    installation = house_of(request).installation
    newest = record.newest(installation.store)
    said: dict[str, Any] = {
        **record.head_record(newest),
        "mark": newest.head.mark,
        "at": moment(newest.head.at_us),
        "log": newest.head.log,
        "public_key": installation.public_key,
    }
    return Newest.model_validate(said)


@doors.get("/ledger/entries", CHECKS, responses=told(401, 409), summary="Entries in order")
def entries(
    request: Request,
    start: Annotated[int, Query(ge=0, lt=LIMIT, description="The first entry, counted from 0.")] = 0,
    limit: Limit = MOST_ENTRIES,
) -> Entries:
    store = house_of(request).installation.store
    size, rows = readable(store, visitor_of(request).account, start, start + limit)
    stop = start + len(rows)
    return Entries(size=size, items=[_entry(row) for row in rows], next=stop if rows and stop < size else None)


@doors.get(
    "/ledger/entries/{index}/proof",
    CHECKS,
    responses=told(401, 409),
    summary="The proof that an entry is in the ledger",
)
def inclusion(
    request: Request,
    index: Annotated[int, Path(ge=0, lt=LIMIT, description="The entry, counted from 0.")],
    size: SizeOrAll = None,
) -> Inclusion:
    store = house_of(request).installation.store
    require_readable(store, visitor_of(request).account, index)
    return Inclusion.model_validate(record.inclusion(store, index, size).record())


@doors.get(
    "/ledger/consistency",
    FIGURES,
    responses=told(401, 409),
    summary="The proof that the ledger only grew since an earlier head",
)
def consistency(request: Request, since: Size, until: SizeOrAll = None) -> Consistency:
    proof = record.consistency(house_of(request).installation.store, since, until)
    said: dict[str, Any] = {
        "earlier": record.head_record(proof.old),
        "later": record.head_record(proof.new),
        "path": [each.hex() for each in proof.path],
    }
    return Consistency.model_validate(said)


@doors.get(
    "/ledger/export",
    CHECKS,
    responses={
        200: {"content": {LINES: {"schema": {"type": "string"}}}, "description": "One line for each entry."},
        **told(401, 409),
    },
    response_class=StreamingResponse,
    summary="The whole ledger, one line for each entry, as overt ledger verify reads it",
)
def export(request: Request) -> StreamingResponse:
    store = house_of(request).installation.store
    size = readable_size(store, visitor_of(request).account)
    return StreamingResponse(record.lines(store, size), media_type=LINES)


def _entry(row: LedgerRow) -> LedgerEntry:
    entry = Entry.from_bytes(row.entry)
    signed = SignedHead.from_bytes(row.head)
    return LedgerEntry.model_validate(
        {
            "index": entry.index,
            "at": moment(entry.at_us),
            "kind": entry.kind,
            "actor": entry.actor,
            "deployment": entry.deployment,
            "facts": {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in entry.facts.items()},
            "entry": row.entry.decode(),
            "signed": signed.to_bytes().decode(),
        }
    )
