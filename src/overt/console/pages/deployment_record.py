"""The record of a deployment, and what authorities are told of it: to read, to print, to save.

Rules:
  - each copy is made by a deed, and is an entry of the ledger; to look at the page where it is made is none;
  - what is shown is the document itself, in words, with the digest under which the ledger knows it.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Form, Request
from markupsafe import Markup
from starlette.responses import Response

from overt.console.doors import EVERYBODY, Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.problems import NotThere
from overt.console.render import page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.notices.notification import notification_html, notification_part
from overt.notices.paper import can_make_pdf, to_pdf
from overt.notices.record import record_html, record_part
from overt.notices.sheet import style
from overt.services.deployment_record import Document, Whom, copies_of, make_record
from overt.services.deployments import known_row
from overt.services.notifications import make_notification
from overt.store.records import DeploymentRow

doors = Doors()

MAKES: Final = only(Action.RECORD_MAKE, Action.NOTIFICATION_MAKE)
FORMS: Final = ("page", "pdf", "html", "json")
Typed = Annotated[str, Form(max_length=40)]


@doors.get("/sheet.css", EVERYBODY)
def sheet_css() -> Response:
    """The style of papers; its address has its digest, so browsers may keep it."""
    return Response(style(), media_type="text/css", headers={"cache-control": "public, max-age=86400"})


@doors.get("/deployments/{deployment}/record", MAKES)
def show(request: Request, deployment: str) -> Response:
    return _page(request, _row(request, deployment))


@doors.post("/deployments/{deployment}/record", MAKES)
def make(request: Request, deployment: str, whom: Typed = "", form: Typed = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    row = _row(request, deployment)
    try:
        reader = _chosen(whom, form)
        if reader is Whom.OVERSIGHT:
            made = make_record(house.installation, visitor.account, row)
        else:
            made = make_notification(house.installation, visitor.account, row, reader)
        return _given(request, made, reader, form, row)
    except OvertError as error:
        return _page(request, row, error=error)


def _chosen(whom: str, form: str) -> Whom:
    if whom not in list(Whom) or form not in FORMS:
        raise Refused("It was not said for whom the copy is, or in which form.", "Choose one of each.")
    return Whom(whom)


def _given(request: Request, made: Document, whom: Whom, form: str, row: DeploymentRow) -> Response:
    html, part = (record_html, record_part) if whom is Whom.OVERSIGHT else (notification_html, notification_part)
    if form == "page":
        paper = Markup(part(made.told, made.digest))  # noqa: S704 (a template of ours, escaped there)
        return page(request, "deployment_record_paper.html", visitor=visitor_of(request), paper=paper, row=row)
    content, kind = made.content, "application/json"
    if form == "html":
        content, kind = html(made.told, made.digest).encode(), "text/html; charset=utf-8"
    elif form == "pdf":
        content, kind = to_pdf(html(made.told, made.digest)).content, "application/pdf"
    headers = {"content-disposition": f'attachment; filename="{made.name}.{form}"'}
    return Response(content, media_type=kind, headers=headers)


def _row(request: Request, deployment: str) -> DeploymentRow:
    try:
        UUID(deployment)
    except ValueError:
        raise NotThere("There is no such deployment.", "See which there are.") from None
    return known_row(house_of(request).installation, deployment)


def _page(request: Request, row: DeploymentRow, *, error: OvertError | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    roles = visitor.account.roles
    return page(
        request,
        "deployment_record.html",
        visitor=visitor,
        error=error,
        row=row,
        records=may(roles, Action.RECORD_MAKE),
        notifies=may(roles, Action.NOTIFICATION_MAKE),
        copies=copies_of(house.installation, visitor.account, row),
        no_pdf=can_make_pdf(),
    )
