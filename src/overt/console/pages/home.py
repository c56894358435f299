"""The first page: each role is led to its first task, and an empty system says what to do first."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from overt.console.doors import EVERYBODY, SIGNED_IN, Doors
from overt.console.house import house_of
from overt.console.render import go
from overt.console.visitor import visitor_of
from overt.domain.roles import Role

doors = Doors()

#: Where a role begins its day; whoever has several begins with the first of these.
FIRST: Final = {
    Role.OPERATOR: "/alerts",
    Role.ENGAGEMENT_OFFICER: "/alerts",
    Role.LIST_MANAGER: "/lists",
    Role.AUTHORISING_OFFICER: "/deployments",
    Role.ADMINISTRATOR: "/people",
    Role.OVERSIGHT: "/oversight",
}


@doors.get("/", SIGNED_IN)
def first_task(request: Request) -> Response:
    roles = visitor_of(request).account.roles
    return go(next((FIRST[role] for role in FIRST if role in roles), "/deployments"))


@doors.get("/healthz", EVERYBODY)
def healthy(request: Request) -> Response:
    """Whether the store answers; for whatever starts and stops services."""
    house_of(request).installation.store.read(lambda work: work.ledger.size())
    return PlainTextResponse("ok\n")
