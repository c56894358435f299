"""Watch lists: how many entries, in what state, until when. Who is on one no program learns."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from fastapi import Request
from pydantic import Field

from overt.console.api.shapes import FIGURES, MOST, Answer, Before, Id, Limit, Moment, Part, maybe, moment, part, told
from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.domain.roles import Action
from overt.store.ports import Work
from overt.store.records import DraftRow, ListRow, Subject

doors = Doors("/api/v1", tags=["lists"])

SealState = Literal["kept", "erasing", "erased"]


class WatchList(Answer):
    """A sealed list of a deployment."""

    list: Id
    deployment: Id
    state: SealState
    entries: int = Field(description="When it was sealed.")
    withdrawn: int = Field(description="Taken off it since.")
    sealed: Moment
    erased_after: Moment = Field(description="When its key is destroyed at the latest.")


class Draft(Answer):
    """A list in the making."""

    draft: Id
    made_by: Id
    made: Moment
    state: SealState
    finished: Moment | None = Field(description="When its import was finished.")
    entries: int = Field(description="Imported so far, withdrawn ones too.")
    withdrawn: int
    erased_after: Moment


@doors.get("/lists", FIGURES, responses=told(401), summary="Every sealed list, newest first: counts and states")
def sealed(request: Request, before: Before = None, limit: Limit = MOST) -> Part[WatchList]:
    def look(work: Work) -> Part[WatchList]:
        erasures = (one.subject_id for one in work.erasures.all() if one.subject is Subject.ENTRY)
        withdrawn = Counter(subject.partition("/")[0] for subject in erasures)
        return part(
            work.lists.all(), before, limit, id_of=lambda row: row.id, shown=lambda row: _list(row, withdrawn[row.id])
        )

    return house_of(request).installation.store.read(look)


@doors.get(
    "/lists/drafts",
    only(Action.LIST_IMPORT, Action.LIST_APPROVE, Action.LEDGER_EXPORT, by_token=True),
    responses=told(401),
    summary="Every list in the making, newest first: counts and states",
)
def drafts(request: Request, before: Before = None, limit: Limit = MOST) -> Part[Draft]:
    rows = house_of(request).installation.store.read(lambda work: work.drafts.all())
    return part(rows, before, limit, id_of=lambda row: row.id, shown=_draft)


def _list(row: ListRow, withdrawn: int) -> WatchList:
    return WatchList.model_validate(
        {
            "list": row.id,
            "deployment": row.deployment,
            "state": str(row.state),
            "entries": row.entries,
            "withdrawn": withdrawn,
            "sealed": moment(row.made_us),
            "erased_after": moment(row.erase_after_us),
        }
    )


def _draft(row: DraftRow) -> Draft:
    return Draft.model_validate(
        {
            "draft": row.id,
            "made_by": row.made_by,
            "made": moment(row.made_us),
            "state": str(row.state),
            "finished": maybe(row.sealed_us),
            "entries": row.entries,
            "withdrawn": row.withdrawn,
            "erased_after": moment(row.erase_after_us),
        }
    )
