"""How a deployment ends before its window does, and what is written about it afterwards."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import Seen, may, require_policy, seen
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.services.ending import cancel, end
from overt.services.reviews import file_outside_authorisation, file_review

doors = Doors("/deployments")

ENDS: Final = only(Action.DEPLOYMENT_END)
CANCELS: Final = only(Action.AUTHORITY_CANCEL)
REVIEWS: Final = only(Action.REVIEW_FILE)
PERMITS: Final = only(Action.AUTHORITY_SIGN)
Words = Annotated[str, Form(max_length=20_000)]


@doors.get("/{deployment}/end", only(Action.DEPLOYMENT_END, Action.AUTHORITY_CANCEL))
def show(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment))


@doors.post("/{deployment}/end", ENDS)
def finish(request: Request, deployment: str) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        end(house.installation, visitor.account, found.row, require_policy(found).retention())
    except OvertError as error:
        return _page(request, found, error=error)
    house.runs.see_it_end(found.row.id)
    return go(f"/deployments/{found.row.id}", done="ended")


@doors.post("/{deployment}/cancel", CANCELS)
def take_back(
    request: Request, deployment: str, reason: Words = "", erase: Annotated[bool, Form()] = False
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        rules = require_policy(found).retention()
        cancel(house.installation, visitor.account, found.row, reason, rules, erase=erase)
    except OvertError as error:
        return _page(request, found, error=error, reason=reason, erase=erase)
    house.runs.see_it_end(found.row.id)
    return go(f"/deployments/{found.row.id}", done="cancelled-erased" if erase else "cancelled")


@doors.get("/{deployment}/review", REVIEWS)
def show_review(request: Request, deployment: str) -> Response:
    return _review(request, seen(request, deployment))


@doors.post("/{deployment}/review", REVIEWS)
def review(request: Request, deployment: str, text: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        file_review(house.installation, visitor.account, found.row, text)
    except OvertError as error:
        return _review(request, found, error=error, text=text)
    return go(f"/deployments/{found.row.id}", done="reviewed")


@doors.get("/{deployment}/permit", PERMITS)
def show_permit(request: Request, deployment: str) -> Response:
    return _permit(request, seen(request, deployment))


@doors.post("/{deployment}/permit", PERMITS)
def permit(request: Request, deployment: str, reference: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        file_outside_authorisation(house.installation, visitor.account, found.row, reference)
    except OvertError as error:
        return _permit(request, found, error=error)
    return go(f"/deployments/{found.row.id}", done="permitted")


def _page(
    request: Request, found: Seen, *, error: OvertError | None = None, reason: str = "", erase: bool = False
) -> Response:
    visitor = visitor_of(request)
    return page(
        request,
        "deployment_end.html",
        visitor=visitor,
        error=error,
        seen=found,
        row=found.row,
        policy=found.stands.policy,
        ends=may(visitor.account.roles, Action.DEPLOYMENT_END),
        cancels=may(visitor.account.roles, Action.AUTHORITY_CANCEL),
        reason=reason,
        erase=erase,
    )


def _review(request: Request, found: Seen, *, error: OvertError | None = None, text: str = "") -> Response:
    return page(
        request,
        "deployment_review.html",
        visitor=visitor_of(request),
        error=error,
        row=found.row,
        case=found.case,
        stands=found.stands,
        text=text,
    )


def _permit(request: Request, found: Seen, *, error: OvertError | None = None) -> Response:
    return page(
        request, "deployment_permit.html", visitor=visitor_of(request), error=error, row=found.row, case=found.case
    )
