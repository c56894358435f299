"""Signing in and out, and one's own password.

Rules:
  - a session that a browser had before is ended when somebody signs in, so none can be planted there;
  - after signing in one is led to a page of this console only, whatever the address says.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import EVERYBODY, SIGNED_IN, Doors
from overt.console.house import house_of
from overt.console.render import go, page
from overt.console.visitor import COOKIE, let_in, see_off, visitor_of
from overt.domain.errors import OvertError, Refused
from overt.services.sessions import change_password, sign_in, sign_out

doors = Doors()


class NewPasswordNeeded(Refused):
    code = "new-password-needed"


@doors.get("/sign-in", EVERYBODY)
def show(request: Request, next: str = "") -> Response:  # noqa: A002  (what it is called in the address)
    return page(request, "sign_in.html", name="", next=next, first=False)


@doors.post("/sign-in", EVERYBODY)
def enter(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    new_password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=500)] = "",  # noqa: A002
) -> Response:
    house = house_of(request)

    def chosen() -> str:
        return _chosen(new_password, again)

    try:
        session = sign_in(house.installation, name, password, new_password=chosen)
    except OvertError as error:
        first = isinstance(error, NewPasswordNeeded) or bool(new_password)
        return page(request, "sign_in.html", error=error, name=name, next=next, first=first)
    if before := request.cookies.get(COOKIE):
        sign_out(house.installation, before)
    away = go(_within(next))
    let_in(away, session, house.now_us)
    return away


@doors.post("/sign-out", EVERYBODY)
def leave(request: Request) -> Response:
    if token := request.cookies.get(COOKIE):
        sign_out(house_of(request).installation, token)
    away = go("/sign-in", done="signed-out")
    see_off(away)
    away.headers["clear-site-data"] = '"storage"'  # a browser keeps nothing else of this console
    return away


@doors.get("/account", SIGNED_IN)
def account(request: Request) -> Response:
    return page(request, "account.html", visitor=visitor_of(request))


@doors.post("/account/password", SIGNED_IN)
def password(
    request: Request,
    present: Annotated[str, Form(max_length=1000)],
    new_password: Annotated[str, Form(max_length=1000)],
    again: Annotated[str, Form(max_length=1000)],
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        change_password(house.installation, visitor.account, present, new_password=lambda: _chosen(new_password, again))
    except OvertError as error:
        return page(request, "account.html", visitor=visitor, error=error)
    away = go("/sign-in", done="password")
    see_off(away)
    return away


def _chosen(new_password: str, again: str) -> str:
    if not new_password:
        raise NewPasswordNeeded(
            "This is your first visit, and the code of your invitation was right.", "Choose a password now."
        )
    if new_password != again:
        raise NewPasswordNeeded("The two new passwords differ.", "Type the same one twice.")
    return new_password


def _within(path: str) -> str:
    """A path of this console; the first page where it is anything else."""
    with suppress(IndexError):
        if path[0] == "/" and path[1] not in "/\\" and path.isprintable() and "\\" not in path:
            return path
    return "/"
