"""Watch lists: what is in the making, what is sealed for a deployment, and the receipts of what is erased.

Nobody who is listed is named here. A list in the making is opened on a page of its own
(`overt.console.pages.one_list`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Path, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.words import many
from overt.services.erase import clear_residue, erase_draft, erase_list
from overt.services.installation import Installation
from overt.services.people import require_actor
from overt.services.sealed_lists import TAKEN
from overt.store.ports import Work
from overt.store.records import DraftRow, ErasureRow, ListRow, State, Subject

doors = Doors()

SEES = only(Action.LIST_IMPORT, Action.LIST_APPROVE, Action.LIST_WITHDRAW)
ERASES = only(Action.LIST_WITHDRAW)
#: An id as it stands in an address.
Draft = Annotated[str, Path(pattern=r"^[0-9a-z-]{1,64}$")]
RECEIPTS_SHOWN: Final = 20
BY_HAND: Final = "by-hand"
WHY: Final = {TAKEN: "a deployment took it", BY_HAND: "by hand", "key-missing": "its key was gone"}


@dataclass(frozen=True, kw_only=True)
class InTheMaking:
    """A draft as the overview shows it. `state`: a word and a colour that go together."""

    row: DraftRow
    waiting: int
    state: str
    colour: str


def in_the_making(installation: Installation) -> list[InTheMaking]:
    """Every draft that is kept, the newest first."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> list[InTheMaking]:
        rows = [row for row in work.drafts.all() if row.state is State.KEPT]
        return [_shown(row, waiting_in(work, row.id), now_us) for row in reversed(rows)]

    return installation.store.read(look)


def waiting_in(work: Work, draft: str) -> int:
    """How many entries of a draft wait for a second person."""
    return sum(bool(facts["needs"]) and approved is None for _, facts, approved in work.drafts.facts(draft))


def _shown(row: DraftRow, waiting: int, now_us: int) -> InTheMaking:
    if row.erase_after_us <= now_us:
        return InTheMaking(row=row, waiting=waiting, state="its time is over", colour="red")
    if row.sealed_us is None:
        return InTheMaking(row=row, waiting=waiting, state="import not finished", colour="amber")
    if waiting:
        said = f"waits for {many(waiting, 'approval')}"
        return InTheMaking(row=row, waiting=waiting, state=said, colour="amber")
    return InTheMaking(row=row, waiting=waiting, state="ready for a deployment", colour="green")


def receipt_of(work: Work, subject: Subject, subject_id: str) -> ErasureRow | None:
    """The receipt of what was erased; None where it was not."""
    found = [one for one in work.erasures.all() if one.subject is subject and one.subject_id == subject_id]
    return found[-1] if found else None


@doors.get("/lists", SEES)
def show(request: Request) -> Response:
    visitor, installation = visitor_of(request), house_of(request).installation

    def look(work: Work) -> tuple[list[ListRow], dict[str, str], list[ErasureRow]]:
        kept = [row for row in work.lists.all() if row.state is State.KEPT]
        names = {row.id: row.name for row in work.deployments.all()}
        erased = [one for one in work.erasures.all() if one.subject in (Subject.DRAFT, Subject.LIST)]
        return kept, names, erased[::-1]

    sealed, deployments, erased = installation.store.read(look)
    return page(
        request,
        "lists.html",
        visitor=visitor,
        drafts=in_the_making(installation),
        sealed=sealed,
        deployments=deployments,
        erased=erased[:RECEIPTS_SHOWN],
        more_erased=max(0, len(erased) - RECEIPTS_SHOWN),
        going_on=house_of(request).imports.of(visitor.account.id),
        why=WHY,
    )


@doors.get("/lists/sealed/{watch_list}", SEES)
def show_sealed(request: Request, watch_list: Draft) -> Response:
    """A list that is sealed for a deployment, or the receipt of its end."""
    visitor, installation = visitor_of(request), house_of(request).installation

    def look(work: Work) -> tuple[ListRow | None, ErasureRow | None]:
        return work.lists.get(watch_list), receipt_of(work, Subject.LIST, watch_list)

    row, receipt = installation.store.read(look)
    if row is None:
        raise NotThere("There is no such list.", "Go back to the watch lists.")
    return page(request, "list_sealed.html", visitor=visitor, row=row, receipt=receipt, why=WHY)


@doors.post("/lists/sealed/{watch_list}/erase", ERASES)
def erase_sealed(request: Request, watch_list: Draft) -> Response:
    _require_now(request)
    if not erase_list(house_of(request).installation, watch_list, BY_HAND):
        raise Refused("There is no such list, or it has been erased.", "Go back to the watch lists.")
    clear_residue(house_of(request).installation)
    return go(f"/lists/sealed/{watch_list}")


@doors.get("/lists/drafts/{draft}/erase", ERASES)
def ask_to_erase(request: Request, draft: Draft) -> Response:
    """Whether it is meant: a key that is destroyed does not come back."""
    row = house_of(request).installation.store.read(lambda work: work.drafts.get(draft))
    if row is None or row.state is not State.KEPT:
        return go(f"/lists/drafts/{draft}")
    return page(request, "list_erase.html", visitor=visitor_of(request), row=row)


@doors.post("/lists/drafts/{draft}/erase", ERASES)
def erase(request: Request, draft: Draft) -> Response:
    _require_now(request)
    house = house_of(request)
    if not erase_draft(house.installation, draft, BY_HAND):
        raise Refused("There is no such list, or it has been erased.", "Go back to the watch lists.")
    house.open_lists.drop_draft(draft)
    clear_residue(house.installation)
    return go(f"/lists/drafts/{draft}")


@doors.post("/lists/residue", ERASES)
def clear(request: Request) -> Response:
    """Tries again what a receipt still waits for."""
    return go("/lists", done="residue" if clear_residue(house_of(request).installation) else "residue-later")


def _require_now(request: Request) -> None:
    """Who erases still may: they may have lost the role since they signed in."""
    house: House = house_of(request)
    by = visitor_of(request).account
    house.installation.store.read(lambda work: require_actor(work, by, Action.LIST_WITHDRAW))
