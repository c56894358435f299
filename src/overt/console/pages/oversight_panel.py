"""The oversight panel: its key, what it signs, and its countersignature."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request, UploadFile
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.services.panel import (
    approve_panel_key,
    countersign,
    draw_up_countersignature,
    panel_now,
    propose_panel_key,
)
from overt.services.statement import MOST_BYTES

doors = Doors("/oversight/panel")

SEES: Final = only(Action.FIGURES_SEE)
COUNTERSIGNS: Final = only(Action.PANEL_COUNTERSIGN)
Digits = Annotated[str, Form(max_length=200)]


@doors.get("", SEES)
def show(request: Request) -> Response:
    return _page(request)


@doors.post("/key", only(Action.PANEL_PROPOSE))
def propose(request: Request, key: Digits = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        pinned = propose_panel_key(house.installation, visitor.account, key)
    except OvertError as error:
        return _page(request, error=error, typed={"key": key, "signature": ""})
    return go("/oversight/panel", done="panel-pinned" if pinned else "panel-proposed")


@doors.post("/approve", only(Action.PANEL_APPROVE))
def approve(request: Request, key: Digits = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        approve_panel_key(house.installation, visitor.account, key)
    except OvertError as error:
        return _page(request, error=error)
    return go("/oversight/panel", done="panel-pinned")


@doors.get("/statement", COUNTERSIGNS)
def draw_up(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    said = draw_up_countersignature(house.installation, visitor.account)
    headers = {"content-disposition": f'attachment; filename="countersign-{said.size}.json"'}
    return Response(said.to_bytes(), media_type="application/json", headers=headers)


@doors.post("/countersign", COUNTERSIGNS)
def hand_in(request: Request, signature: Digits = "", statement: UploadFile | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        if statement is None:
            raise Refused("The file that was signed is missing.", "Choose the one that was drawn up.")
        content = statement.file.read(MOST_BYTES + 1)
        countersign(house.installation, visitor.account, content, _from_hex(signature))
    except OvertError as error:
        return _page(request, error=error, typed={"key": "", "signature": signature})
    return go("/oversight/panel", done="countersigned")


def _from_hex(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits.strip())
    except ValueError:
        raise Refused("The signature is not in hexadecimal digits.", "Give it as the command printed it.") from None


def _page(request: Request, *, error: OvertError | None = None, typed: dict[str, str] | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    roles = visitor.account.roles
    return page(
        request,
        "oversight_panel.html",
        visitor=visitor,
        error=error,
        typed=typed or {"key": "", "signature": ""},
        panel=panel_now(house.installation),
        can_propose=may(roles, Action.PANEL_PROPOSE),
        can_countersign=may(roles, Action.PANEL_COUNTERSIGN),
    )
