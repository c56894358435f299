"""The API's own pages: what it offers, for people and for programs, and who one is to it."""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from typing import Any, Final

from fastapi import Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from overt.console.api import alerts, cameras, deployments, events, figures, ledger, lists, metrics
from overt.console.api.description import description, operations
from overt.console.api.shapes import Answer, Id, Moment, maybe, told
from overt.console.doors import EVERYBODY, Doors, Rule, Whose
from overt.console.house import house_of
from overt.console.render import page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError

doors = Doors("/api/v1", tags=["about"])

ANYBODY: Final = Rule(may=Whose.SIGNED_IN, by_token=True)


class Me(Answer):
    """Whose session it is."""

    account: Id
    name: str
    roles: list[str]
    trained_until: Moment | None
    by_token: bool = Field(description="It came as a program's token, which opens less than a browser's session.")


@doors.get("/", EVERYBODY, include_in_schema=False)
def reference(request: Request) -> Response:
    """Every operation, for people to read."""
    visitor = None
    with suppress(OvertError):
        visitor = visitor_of(request)
    found = operations(request.app)
    groups = [(tag, list(of)) for tag, of in groupby(found, key=lambda one: one.tag)]
    scheme = "https" if house_of(request).secure else "http"
    return page(request, "api.html", visitor=visitor, groups=groups, address=f"{scheme}://{request.url.netloc}")


@doors.get(
    "/openapi.json",
    EVERYBODY,
    response_class=JSONResponse,
    responses={k: v for k, v in told().items() if k in (403, 421)},
    summary="This description, in OpenAPI",
)
def openapi(request: Request) -> dict[str, Any]:
    if request.app.openapi_schema is None:
        request.app.openapi_schema = description(request.app)
    made: dict[str, Any] = request.app.openapi_schema
    return made


@doors.get("/me", ANYBODY, responses=told(401), summary="Who you are to this installation")
def me(request: Request) -> Me:
    visitor = visitor_of(request)
    account = visitor.account
    return Me(
        account=account.id,
        name=account.name,
        roles=[str(role) for role in account.roles],
        trained_until=maybe(account.trained_until_us),
        by_token=visitor.by_token,
    )


GROUPS: Final = (
    doors,
    deployments.doors,
    figures.doors,
    cameras.doors,
    lists.doors,
    alerts.doors,
    ledger.doors,
    events.doors,
    metrics.doors,
)
