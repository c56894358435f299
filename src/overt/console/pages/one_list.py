"""One list in the making: opened with its passphrase, looked at entry by entry, approved, withdrawn from.

Entries are named by their places in every address; references and faces stand on pages that only whoever opened the
list sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Form, Path, Query, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.open_lists import LIFE_US, OpenedList
from overt.console.pages.lists import WHY, Draft, receipt_of, waiting_in
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action, roles_for
from overt.services.drafts import DraftPerson, NoDraft, approve_open, open_entry, withdraw
from overt.services.fitness import ENROLMENT
from overt.services.installation import Installation
from overt.services.list_findings import findings_of
from overt.services.list_looks import Alike, face_of, pair_of, portrait_of
from overt.store.records import DraftRow, State, Subject

doors = Doors()

SEES = only(Action.LIST_IMPORT, Action.LIST_APPROVE, Action.LIST_WITHDRAW)
LOOKS = only(Action.LIST_IMPORT, emits_face=True)
APPROVES = only(Action.LIST_APPROVE, emits_face=True)
WITHDRAWS = only(Action.LIST_WITHDRAW)
Position = Annotated[int, Path(ge=0, le=1_000_000)]
ON_A_PAGE: Final = 10
PAIRS_ON_A_PAGE: Final = 6
#: Why an entry waits for a second person, in words; what is not here is said as its code.
NEEDS: Final = {
    "age-unknown": "no age is given",
    "foreign-source": "the picture is not from a source that the policy trusts",
    "old-picture": "the picture is old, or not dated",
    "under-13": "under 13",
    "under-18": "under 18",
}


class ListClosed(Refused):
    """The list is not open for this session."""

    code = "list-closed"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry's place in a list, with what stands about it without a seal."""

    position: int
    needs: tuple[str, ...]
    approved: bool
    expires_us: int | None

    @property
    def waits(self) -> bool:
        return bool(self.needs) and not self.approved


@doors.get("/lists/drafts/{draft}", LOOKS)
def show(request: Request, draft: Draft, at: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
    """A list: closed, open, unfinished, or the receipt of its end."""
    visitor, house = visitor_of(request), house_of(request)
    row = _row(house.installation, draft)
    if row.state is not State.KEPT:
        receipt = house.installation.store.read(lambda work: receipt_of(work, Subject.DRAFT, draft))
        return page(request, "list_receipt.html", visitor=visitor, row=row, receipt=receipt, why=WHY)
    if row.sealed_us is None:
        return page(request, "list_unfinished.html", visitor=visitor, row=row, mine=row.made_by == visitor.account.id)
    opened = house.open_lists.get(visitor.token, draft)
    if opened is None:
        return _closed(request, row)
    places = _places(house.installation, draft)
    left_out = findings_of(house.installation, opened.draft)
    here = places[(at - 1) * ON_A_PAGE : at * ON_A_PAGE]
    return page(
        request,
        "list_open.html",
        visitor=visitor,
        row=row,
        opened=opened,
        alike=_alike_now(opened, places),
        findings=left_out,
        entries=[(place, open_entry(house.installation, opened.draft, place.position)) for place in here],
        resembling=_resembling(_alike_now(opened, places)),
        waiting=sum(place.waits for place in places),
        count=len(places),
        at=at,
        pages=max(1, -(-len(places) // ON_A_PAGE)),
        first=(at - 1) * ON_A_PAGE + 1,
        last=min(len(places), at * ON_A_PAGE),
        needs=NEEDS,
    )


@doors.post("/lists/drafts/{draft}/open", LOOKS)
def open_it(request: Request, draft: Draft, passphrase: Annotated[str, Form(max_length=1000)]) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        house.open_list(visitor.token, draft, passphrase, visitor.account)
    except NoDraft:
        raise
    except OvertError as error:
        return _closed(request, _row(house.installation, draft), error)
    return go(f"/lists/drafts/{draft}")


@doors.post("/lists/drafts/{draft}/close", SEES)
def close_it(request: Request, draft: Draft) -> Response:
    house_of(request).open_lists.close(visitor_of(request).token, draft)
    return go(f"/lists/drafts/{draft}", done="list-closed")


@doors.get("/lists/drafts/{draft}/alike", LOOKS)
def show_alike(request: Request, draft: Draft, at: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
    """The entries that the machine can confuse, two by two."""
    visitor, house = visitor_of(request), house_of(request)
    opened = house.open_lists.get(visitor.token, draft)
    if opened is None:
        return go(f"/lists/drafts/{draft}")
    pairs = _alike_now(opened, _places(house.installation, draft))
    here = pairs[(at - 1) * PAIRS_ON_A_PAGE : at * PAIRS_ON_A_PAGE]
    named = [
        (
            pair,
            open_entry(house.installation, opened.draft, pair.first),
            open_entry(house.installation, opened.draft, pair.second),
        )
        for pair in here
    ]
    return page(
        request,
        "list_alike.html",
        visitor=visitor,
        row=opened.draft.row,
        opened=opened,
        pairs=named,
        count=len(pairs),
        look_alike=house.readers.look_alike,
        at=at,
        pages=max(1, -(-len(pairs) // PAIRS_ON_A_PAGE)),
    )


@doors.get("/lists/drafts/{draft}/left-out", LOOKS)
def show_left_out(request: Request, draft: Draft) -> Response:
    """Who was refused, and why; of them no picture is kept."""
    visitor, house = visitor_of(request), house_of(request)
    opened = house.open_lists.get(visitor.token, draft)
    if opened is None:
        return go(f"/lists/drafts/{draft}")
    findings = findings_of(house.installation, opened.draft)
    return page(request, "list_left_out.html", visitor=visitor, row=opened.draft.row, opened=opened, findings=findings)


@doors.get("/lists/drafts/{draft}/entries/{position}", LOOKS)
def show_entry(request: Request, draft: Draft, position: Position) -> Response:
    opened = house_of(request).open_lists.get(visitor_of(request).token, draft)
    return go(f"/lists/drafts/{draft}") if opened is None else _entry(request, opened, position)


@doors.post("/lists/drafts/{draft}/entries/{position}/approve", APPROVES)
def say_yes(
    request: Request, draft: Draft, position: Position, reason: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    visitor, opened = visitor_of(request), _open_here(request, draft)
    try:
        approve_open(house_of(request).installation, opened.draft, position, reason=reason, by=visitor.account)
    except NoDraft:
        raise
    except OvertError as error:
        return _entry(request, opened, position, error, reason)
    return go(f"/lists/drafts/{draft}", done="list-approved")


@doors.post("/lists/drafts/{draft}/entries/{position}/withdraw", WITHDRAWS)
def take_out(request: Request, draft: Draft, position: Position) -> Response:
    withdraw(house_of(request).installation, draft, position, by=visitor_of(request).account)
    return go(f"/lists/drafts/{draft}", done="list-withdrawn")


@doors.get("/lists/drafts/{draft}/faces/{position}", LOOKS)
def show_face(request: Request, draft: Draft, position: Position) -> Response:
    """The face of an entry as the machine takes it."""
    house, by = house_of(request), visitor_of(request).account
    opened = _open_here(request, draft)
    return _picture(face_of(house.installation, opened.draft, position, house.readers, by=by))


@doors.get("/lists/drafts/{draft}/portraits/{position}", LOOKS)
def show_portrait(request: Request, draft: Draft, position: Position) -> Response:
    """The picture of an entry, and beside it what the machine takes of it."""
    house, by = house_of(request), visitor_of(request).account
    opened = _open_here(request, draft)
    return _picture(portrait_of(house.installation, opened.draft, position, house.readers, by=by))


@doors.get("/lists/drafts/{draft}/pairs/{first}/{second}", LOOKS)
def show_pair(request: Request, draft: Draft, first: Position, second: Position) -> Response:
    """Two entries side by side."""
    house, by = house_of(request), visitor_of(request).account
    opened = _open_here(request, draft)
    return _picture(pair_of(house.installation, opened.draft, first, second, house.readers, by=by))


def _picture(jpeg: bytes) -> Response:
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})


def _row(installation: Installation, draft: str) -> DraftRow:
    row = installation.store.read(lambda work: work.drafts.get(draft))
    if row is None:
        raise NotThere("There is no such list.", "Go back to the watch lists.")
    return row


def _open_here(request: Request, draft: str) -> OpenedList:
    opened = house_of(request).open_lists.get(visitor_of(request).token, draft)
    if opened is None:
        raise ListClosed("This list is not open any more.", "Open it again with its passphrase.")
    return opened


def _closed(request: Request, row: DraftRow, error: OvertError | None = None) -> Response:
    waiting = house_of(request).installation.store.read(lambda work: waiting_in(work, row.id))
    return page(
        request,
        "list_closed.html",
        visitor=visitor_of(request),
        error=error,
        row=row,
        waiting=waiting,
        life_us=LIFE_US,
        mine=row.made_by == visitor_of(request).account.id,
    )


def _entry(
    request: Request, opened: OpenedList, position: int, error: OvertError | None = None, reason: str = ""
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    one: DraftPerson = open_entry(house.installation, opened.draft, position)
    places = _places(house.installation, opened.draft.row.id)
    alike = [pair for pair in _alike_now(opened, places) if position in (pair.first, pair.second)]
    return page(
        request,
        "list_entry.html",
        visitor=visitor,
        error=error,
        row=opened.draft.row,
        opened=opened,
        one=one,
        place=next(place for place in places if place.position == position),
        alike=alike,
        reason=reason,
        rules=ENROLMENT,
        needs=NEEDS,
        mine=opened.draft.row.made_by == visitor.account.id,
        approves=bool(roles_for(visitor.account.roles, Action.LIST_APPROVE)),
    )


def _places(installation: Installation, draft: str) -> list[Place]:
    """Every entry that is left, those that wait for somebody first."""
    facts = installation.store.read(lambda work: work.drafts.facts(draft))
    places = [_place(position, plain, approved) for position, plain, approved in facts]
    return sorted(places, key=lambda place: (not place.waits, place.position))


def _place(position: int, plain: Mapping[str, object], approved: str | None) -> Place:
    needs, expires_us = plain.get("needs"), plain.get("expires_us")
    return Place(
        position=position,
        needs=tuple(map(str, needs)) if isinstance(needs, list | tuple) else (),
        approved=approved is not None,
        expires_us=expires_us if isinstance(expires_us, int) else None,
    )


def _alike_now(opened: OpenedList, places: list[Place]) -> list[Alike]:
    """The pairs of which both are left."""
    left = {place.position for place in places}
    return [pair for pair in opened.alike if pair.first in left and pair.second in left]


def _resembling(alike: list[Alike]) -> set[int]:
    return {position for pair in alike for position in (pair.first, pair.second)}
