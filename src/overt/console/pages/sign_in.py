"""Signing in and out.

Rules:
  - a session that a browser had before is ended when somebody signs in, so none can be planted there;
  - after signing in one is led to a page of this console only, whatever the address says.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import EVERYBODY, Doors
from overt.console.house import house_of
from overt.console.render import go, page
from overt.console.visitor import COOKIE, let_in, see_off
from overt.domain.errors import OvertError, Refused
from overt.services.sessions import no_code, sign_in, sign_out

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
    code: Annotated[str, Form(max_length=100)] = "",
    new_password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=500)] = "",  # noqa: A002
) -> Response:
    house = house_of(request)

    def new() -> str:
        return chosen(new_password, again)

    def shown() -> str:
        return code or no_code()

    try:
        session = sign_in(house.installation, name, password, new_password=new, code=shown)
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
        house_of(request).open_lists.drop(token)
        sign_out(house_of(request).installation, token)
    away = go("/sign-in", done="signed-out")
    see_off(away)
    away.headers["clear-site-data"] = '"storage"'  # a browser keeps nothing else of this console
    return away


def chosen(new_password: str, again: str) -> str:
    """The new password that was typed twice.

    Raises:
        NewPasswordNeeded: none was, or the two differ.
    """
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
