"""One's own account: password, second factor, and the sessions that are open.

The secret of a second factor is shown once, on the page that answers its making, and is kept sealed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import SIGNED_IN, Doors
from overt.console.house import house_of
from overt.console.pages.sign_in import chosen
from overt.console.render import go, page
from overt.console.visitor import see_off, visitor_of
from overt.domain.errors import OvertError
from overt.services.own_account import (
    FactorState,
    begin_second_factor,
    confirm_second_factor,
    end_other_sessions,
    factor_state,
    own_sessions,
    remove_second_factor,
)
from overt.services.second_factor import NewSecret
from overt.services.sessions import change_password

doors = Doors()

Password = Annotated[str, Form(max_length=1000)]
Code = Annotated[str, Form(max_length=100)]


@doors.get("/account", SIGNED_IN)
def show(request: Request) -> Response:
    return _page(request)


@doors.post("/account/password", SIGNED_IN)
def password(request: Request, present: Password, new_password: Password, again: Password) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        change_password(house.installation, visitor.account, present, new_password=lambda: chosen(new_password, again))
    except OvertError as error:
        return _page(request, error=error)
    away = go("/sign-in", done="password")
    see_off(away)
    return away


@doors.post("/account/sessions/end", SIGNED_IN)
def end_others(request: Request) -> Response:
    visitor = visitor_of(request)
    end_other_sessions(house_of(request).installation, visitor.account, visitor.token)
    return go("/account", done="sessions-ended")


@doors.post("/account/second-factor", SIGNED_IN)
def begin(request: Request, present: Password) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        secret = begin_second_factor(house.installation, visitor.account, present)
    except OvertError as error:
        return _page(request, error=error)
    return _page(request, secret=secret)


@doors.post("/account/second-factor/confirm", SIGNED_IN)
def confirm(request: Request, code: Code) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        confirm_second_factor(house.installation, visitor.account, code)
    except OvertError as error:
        return _page(request, error=error)
    return go("/account", done="factor-on")


@doors.post("/account/second-factor/remove", SIGNED_IN)
def remove(request: Request, present: Password, code: Code) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        remove_second_factor(house.installation, visitor.account, present, code)
    except OvertError as error:
        return _page(request, error=error)
    return go("/account", done="factor-off")


def _page(request: Request, *, error: OvertError | None = None, secret: NewSecret | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    return page(
        request,
        "account.html",
        visitor=visitor,
        error=error,
        secret=secret,
        factor=factor_state(house.installation, visitor.account),
        factors=FactorState,
        sessions=own_sessions(house.installation, visitor.account, visitor.token),
    )
