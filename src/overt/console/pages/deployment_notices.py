"""Signs and leaflets of a deployment: made here, looked at, printed, and shown again as they were."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import HTMLResponse, Response

from overt.bootstrap import chosen_pack
from overt.console.doors import SIGNED_IN, Doors, only
from overt.console.house import House, house_of
from overt.console.pages.deployment_seen import Seen, may, seen
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.notices.notice import Notice
from overt.notices.paper import can_make_pdf, to_pdf
from overt.notices.papers import USUAL_M, Order, Sheet
from overt.notices.sign_sheet import stylesheet
from overt.notices.wording import shipped
from overt.services import signs

doors = Doors("/deployments")
sheet_doors = Doors("/notices")

SEES: Final = only(Action.FIGURES_SEE)
MAKES: Final = only(Action.NOTICES_MAKE)
STYLE: Final = "/notices/signs.css"


@sheet_doors.get("/signs.css", SIGNED_IN)
def show_style() -> Response:
    return Response(stylesheet(), media_type="text/css")


@doors.get("/{deployment}/notices", SEES)
def show(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment))


@doors.post("/{deployment}/notices", MAKES)
def make(
    request: Request,
    deployment: str,
    language: Annotated[list[str] | None, Form(max_length=8)] = None,
    large_print: Annotated[bool, Form()] = False,
    ahead: Annotated[int, Form()] = USUAL_M,
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    languages = [one for code, one in shipped().items() if code in (language or ())] or [shipped()["en"]]
    try:
        order = Order(large_print=large_print, ahead_m=(ahead,))
        signs.make(house.installation, visitor.account, _notice(house, found), languages, order)
    except OvertError as error:
        return _page(request, found, error=error)
    return go(f"/deployments/{found.row.id}/notices", done="notices")


@doors.get("/{deployment}/notices/{made}/{file}", SEES)
def show_one(request: Request, deployment: str, made: str, file: str) -> Response:
    house = house_of(request)
    found = seen(request, deployment)
    which = next((one for one in signs.made_of(house.installation, found.row) if one.id == made), None)
    name, _, kind = file.rpartition(".")
    sheet: Sheet | None = None if which is None else which.again.get(name)
    if which is None or sheet is None or file not in which.digests:
        raise NotThere("There is no such paper.", "See which were made.")
    if kind == "html":
        return HTMLResponse(sheet.html(link=STYLE))
    headers = {"content-disposition": f'inline; filename="{file}"'}
    return Response(to_pdf(sheet.html()).content, media_type="application/pdf", headers=headers)


def _page(request: Request, found: Seen, *, error: OvertError | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    why = ""
    try:
        _notice(house, found)
    except OvertError as refused:
        why = str(refused)
    return page(
        request,
        "deployment_notices.html",
        visitor=visitor,
        error=error,
        seen=found,
        row=found.row,
        made=signs.made_of(house.installation, found.row),
        languages=shipped(),
        makes=may(visitor.account.roles, Action.NOTICES_MAKE),
        why=why,
        no_pdf=can_make_pdf(),
        usual_m=USUAL_M,
    )


def _notice(house: House, found: Seen) -> Notice:
    return signs.notice_of(house.installation, found.row, chosen_pack(house.settings), signs.Told.of(house.settings))
