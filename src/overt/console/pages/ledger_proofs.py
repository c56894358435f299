"""The ledger, shown to hold: verified now, its heads, and proofs that others can check for themselves."""

from __future__ import annotations

import json
from typing import Annotated, Final

from fastapi import Form, Query, Request
from starlette.responses import JSONResponse, Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.ledger import Index
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.domain.words import many
from overt.ledger.entry import LIMIT
from overt.ledger.errors import LedgerDiffers
from overt.services import record
from overt.services.reading import require_readable
from overt.services.verification import mark_of
from overt.store.ports import Store

doors = Doors()

CHECKS: Final = only(Action.LEDGER_EXPORT)
VERIFY: Final = "/ledger/verify"
Size = Annotated[int | None, Query(ge=1, lt=LIMIT)]


@doors.get(VERIFY, CHECKS)
def verification(request: Request) -> Response:
    return _verification_page(request)


@doors.post(VERIFY, CHECKS)
def verify(request: Request, noted: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Begins to verify everything; the page tells how far it is."""
    try:
        mark = mark_of(noted) if noted.strip() else None
    except OvertError as error:
        return _verification_page(request, error=error, typed=noted)
    house_of(request).verifications.begin(visitor_of(request).account.id, mark)
    return go(VERIFY)


@doors.get(f"{VERIFY}/state", CHECKS)
def state(request: Request) -> Response:
    """How far it has come, for the page that shows it."""
    one = house_of(request).verifications.newest
    if one is None:
        return JSONResponse({"over": True, "done": 0, "total": 0})
    return JSONResponse({"over": one.over, "done": one.done, "total": one.total})


@doors.post(f"{VERIFY}/stop", CHECKS)
def stop(request: Request) -> Response:
    house_of(request).verifications.stop()
    return go(VERIFY)


@doors.get("/ledger/heads", CHECKS)
def heads(request: Request, old: str = "", new: str = "") -> Response:
    """The newest head and the one kept outside the database; and the proof that the ledger only grew between two."""
    house = house_of(request)
    store = house.installation.store
    error: OvertError | None = None
    grown = kept = None
    try:
        kept = None if house.heads is None else house.heads.newest()
        grown = _grown(store, old, new) if old.strip() else None
    except OvertError as refused:
        error = refused
    return page(
        request,
        "ledger_heads.html",
        visitor=visitor_of(request),
        error=error,
        newest=record.newest(store),
        kept=kept,
        keeps=house.heads is not None,
        key=house.installation.public_key,
        grown=grown,
        typed={"old": old, "new": new},
    )


@doors.get("/ledger/consistency", CHECKS)
def consistency(request: Request, old: Annotated[int, Query(ge=1, lt=LIMIT)], new: Size = None) -> Response:
    """As `overt ledger prove --from OLD --to NEW` prints it."""
    found = record.consistency(house_of(request).installation.store, old, new)
    return _file(found.record(), f"ledger-{old}-to-{found.new.head.size}.json")


@doors.get("/ledger/{index:int}/proof", CHECKS)
def inclusion(request: Request, index: Index, size: Size = None) -> Response:
    """As `overt ledger prove INDEX --to SIZE` prints it."""
    store = house_of(request).installation.store
    require_readable(store, visitor_of(request).account, index)
    found = record.inclusion(store, index, size)
    return _file(found.record(), f"ledger-entry-{index}-in-{found.head.head.size}.json")


def _verification_page(request: Request, *, error: OvertError | None = None, typed: str = "") -> Response:
    house = house_of(request)
    one = house.verifications.newest
    return page(
        request,
        "ledger_verify.html",
        visitor=visitor_of(request),
        error=error,
        one=one,
        size=house.installation.store.read(lambda work: work.ledger.size()),
        keeps=house.heads is not None,
        key=house.installation.public_key,
        typed=typed,
    )


def _grown(store: Store, old: str, new: str) -> record.Consistency:
    """The proof between two heads as somebody typed them: a size, or a head, which then has to be the ledger's.

    Raises:
        NotInLedger, LedgerDiffers: there is none.
        BadMark: what has a colon is no head.
    """
    found = record.consistency(store, _size(old), _size(new) if new.strip() else None)
    for typed, head in ((old, found.old), (new, found.new)):
        if ":" in typed and not head.head.root.hex().startswith(mark_of(typed.replace(",", ""))[1]):
            raise LedgerDiffers(
                f"The ledger's head of {many(head.head.size, 'entry', 'entries')} is {head.head.mark}, and not the one "
                "that you hold.",
                "Compare it again. Where it is right, the ledger was written anew: call whoever audits this "
                "installation.",
            )
    return found


def _size(text: str) -> int:
    number = text.strip().partition(":")[0].replace(",", "")
    if not number.isdecimal() or len(number) > 16:
        raise record.NotInLedger("The size of a head is a whole number.", "Give it as it stands before the colon.")
    return int(number)


def _file(proof: dict[str, object], name: str) -> Response:
    return Response(
        json.dumps(proof) + "\n",
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
