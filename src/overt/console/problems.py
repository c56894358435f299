"""What went wrong, as a page for people and as `application/problem+json` (RFC 9457) for programs.

What nobody foresaw is told by its kind alone: its words, and what was in memory, could hold what was being looked at.
So it goes no further than this: whatever is above (Starlette, the server) would write all of it down.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from overt.console.render import go, page
from overt.console.visitor import Visitor, see_off
from overt.domain.errors import OvertError, PartMissing, Refused
from overt.domain.roles import NotAllowed, NotTrained, RolesOpposed
from overt.services.sessions import NotSignedIn, SignInLocked
from overt.store.errors import StoreUnavailable

#: What only programs ask for.
FOR_PROGRAMS: Final = ("/api/", "/metrics")


class TooMany(Refused):
    """As much is going on as may; later there may be room."""

    code = "too-many"


class Malformed(Refused):
    """Something in a request has no allowed value."""

    code = "malformed"


class NotThere(Refused):
    """There is no such page, or no such thing."""

    code = "not-there"


_STATUS: Final[tuple[tuple[type[OvertError], int], ...]] = (
    (NotSignedIn, 401),
    (NotTrained, 403),
    (NotAllowed, 403),
    (RolesOpposed, 403),
    (SignInLocked, 429),
    (TooMany, 429),
    (StoreUnavailable, 503),
    (PartMissing, 503),
    (Refused, 409),
)
_NOT_FOUND: Final = ("no-such-alert", "no-such-account", "no-draft", "not-entered", "no-such-deployment")


def status_of(error: OvertError) -> int:
    """The status of HTTP that says what this error says."""
    if error.code in _NOT_FOUND or isinstance(error, NotThere):
        return 404
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(
    request: Request,
    error: OvertError,
    status: int,
    *,
    faults: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a request that did not work.

    Args:
        faults: what has no allowed value, by its name, for programs.
    """
    path = str(request.scope["path"])
    if path.startswith(FOR_PROGRAMS):
        content: dict[str, object] = {
            "type": f"urn:overt:{error.code}",
            "title": error.sentence,
            "status": status,
            "detail": error.todo,
        }
        if faults:
            content["errors"] = list(faults)
        if status == 401:
            headers = {**(headers or {}), "www-authenticate": "Bearer"}
        return JSONResponse(content, status_code=status, media_type="application/problem+json", headers=headers)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        away = go("/sign-in") if path == "/" else go("/sign-in", next=quote(path))
        see_off(away)
        return away
    return page(request, "problem.html", visitor=_visitor(request), error=error, status=status)


def add_to(app: FastAPI) -> None:
    """From now on the application answers so."""

    @app.exception_handler(OvertError)
    def told(request: Request, error: OvertError) -> Response:
        return problem(request, error, status_of(error))

    @app.exception_handler(HTTPException)
    def of_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return problem(request, NotThere("There is no such page.", "Go back, or begin at the first page."), 404)
        if error.status_code == 405:
            return problem(request, Refused("This address does not do that."), 405, headers=error.headers)
        if error.status_code == 400 and str(request.scope["path"]).startswith(FOR_PROGRAMS):
            return problem(request, Malformed("What was sent cannot be read as JSON.", "Send JSON in UTF-8."), 422)
        return problem(request, Refused(str(error.detail)), error.status_code)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        faults = [_fault(one) for one in error.errors()]
        fields = sorted({fault["name"].replace("_", " ") for fault in faults if fault["name"]})
        named = f": {', '.join(fields)}" if fields else ""
        return problem(request, Malformed(f"Not all was filled in as it has to be{named}."), 422, faults=faults)

    app.add_middleware(Unforeseen)


class Unforeseen:
    """Answers what nobody foresaw; nothing of it goes up to the server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except (ClientDisconnect, WebSocketDisconnect):
            return  # somebody went away
        except Exception as error:  # noqa: BLE001  (told by its kind)
            sys.stderr.write(f"{told_of(error)}\n")
            if scope["type"] == "websocket":
                with suppress(Exception):  # it may be closed already
                    await send({"type": "websocket.close", "code": 1011, "reason": "Something failed that should not."})
            elif not begun:
                fault = OvertError(
                    f"Something failed that should not ({type(error).__name__}).",
                    "Nothing was done beyond what the record says. Try again, and report it.",
                )
                await problem(Request(scope), fault, 500)(scope, receive, send)


class QuietLog(logging.Handler):
    """What the server and its libraries log, by its kind alone: no address, and nothing of an error's words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        said = told_of(error) if error else str(record.msg).partition("\n")[0]
        sys.stderr.write(f"{record.name}: {said}\n")


def told_of(error: BaseException) -> str:
    """Which kind of error it is, and where it came from."""
    places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]
    return f"{type(error).__name__} at {' > '.join(places)}"


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    """Where something has no allowed value and what is wrong with it; never the value, nor a name that was made up."""
    at, *names = map(str, error["loc"])
    made_up = error["type"] in ("extra_forbidden", "json_invalid")
    return {"at": at, "name": "" if made_up else ".".join(names), "code": str(error["type"])}


def _visitor(request: Request) -> Visitor | None:
    known = getattr(request.state, "visitor", None)
    return known if isinstance(known, Visitor) else None
