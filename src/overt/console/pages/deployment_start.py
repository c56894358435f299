"""Starting what is authorised, and stopping a run that goes on here: the authority stays, so it may start again."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import Seen, require_case, seen
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.services.authorise import NotAuthorised
from overt.services.checks import Check, checks_of
from overt.services.ending import note_stop

doors = Doors("/deployments")

STARTS: Final = only(Action.WATCH_START)
STOPS: Final = only(Action.DEPLOYMENT_END)


@doors.get("/{deployment}/start", STARTS)
def show(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment))


@doors.post("/{deployment}/start", STARTS)
def start(request: Request, deployment: str, passphrase: Annotated[str, Form(max_length=1000)]) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        if found.case is None:
            raise NotAuthorised(
                found.why or "The file of this deployment lies elsewhere.", "Start it there: overt watch FILE."
            )
        house.runs.start(visitor.account, require_case(found), passphrase)
        house.warm()
    except OvertError as error:
        return _page(request, found, error=error)
    return go(f"/deployments/{found.row.id}", done="started")


@doors.post("/{deployment}/stop", STOPS)
def stop(request: Request, deployment: str) -> Response:
    found = seen(request, deployment)
    if not house_of(request).runs.end(found.row.id):
        raise Refused("This deployment is not being watched from here.", "There is nothing to stop.")
    note_stop(house_of(request).installation, visitor_of(request).account, found.row)  # after it: a store may be away
    return go(f"/deployments/{found.row.id}", done="stopped")


def _page(request: Request, found: Seen, *, error: OvertError | None = None) -> Response:
    house = house_of(request)
    checks: tuple[Check, ...] = ()
    if found.case is not None and found.same:
        checks = checks_of(house.installation, found.case.deployment, found.row, found.case.policy)
    return page(
        request,
        "deployment_start.html",
        visitor=visitor_of(request),
        error=error,
        seen=found,
        row=found.row,
        broken=[fault for one in checks for fault in one.broken],
    )
