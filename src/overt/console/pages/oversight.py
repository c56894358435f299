"""The oversight's pages: what it holds, and why. Everybody may read them; the oversight alone holds and lifts."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.services.checks import how_all_stand
from overt.services.deployments import known_row
from overt.services.halts import halts, lift_halt, place_halt

doors = Doors("/oversight")

SEES: Final = only(Action.FIGURES_SEE)
PLACES: Final = only(Action.HALT_PLACE)
LIFTS: Final = only(Action.HALT_LIFT)
EVERYTHING: Final = "all"
Words = Annotated[str, Form(max_length=4000)]
Id = Annotated[str, Form(max_length=100)]


@doors.get("", SEES)
def show(request: Request) -> Response:
    return _page(request)


@doors.post("/hold", PLACES)
def hold(request: Request, what: Id = "", why: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        if not what:
            raise Refused("What is to be held is not chosen.", "Choose a deployment, or every one.")
        row = None if what == EVERYTHING else known_row(house.installation, what)
        place_halt(house.installation, visitor.account, row, why)
    except OvertError as error:
        return _page(request, error=error, typed={"what": what, "why": why})
    return go("/oversight", done="held")


@doors.post("/lift", LIFTS)
def lift(request: Request, halt: Id = "", why: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        lift_halt(house.installation, visitor.account, halt, why)
    except OvertError as error:
        return _page(request, error=error)
    return go("/oversight", done="let-go")


def _page(request: Request, *, error: OvertError | None = None, typed: dict[str, str] | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    account = visitor.account
    found = halts(house.installation, account)
    held = {one.deployment for one in found if one.lift is None}
    places = may(account.roles, Action.HALT_PLACE)
    standing = how_all_stand(house.installation, account) if places else []
    return page(
        request,
        "oversight.html",
        visitor=visitor,
        error=error,
        typed=typed or {"what": "", "why": ""},
        standing=[one for one in found if one.lift is None],
        lifted=[one for one in found if one.lift is not None],
        can_place=places,
        can_lift=may(account.roles, Action.HALT_LIFT),
        all_held=None in held,
        choices=[one.row for one in standing if not one.over(house.now_us) and one.row.id not in held],
    )
