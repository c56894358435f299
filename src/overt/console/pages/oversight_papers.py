"""What reviewers found, with its answer, and what was written about deployments once they were over; all with their
days. Reviews are written on the deployment's own page."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.services.owed import ended, found
from overt.services.reviews import answer_finding, file_finding

doors = Doors("/oversight")

SEES: Final = only(Action.FIGURES_SEE)
Words = Annotated[str, Form(max_length=20_000)]
_NOTHING: Final = {"name": "", "text": "", "answer": "", "finding": ""}


@doors.get("/findings", SEES)
def show_findings(request: Request) -> Response:
    return _findings(request)


@doors.post("/findings", only(Action.FINDING_FILE))
def file(request: Request, name: Annotated[str, Form(max_length=200)] = "", text: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        file_finding(house.installation, visitor.account, name, text)
    except OvertError as error:
        return _findings(request, error=error, typed={**_NOTHING, "name": name, "text": text})
    return go("/oversight/findings", done="found")


@doors.post("/findings/answer", only(Action.FINDING_ANSWER))
def answer(request: Request, finding: Annotated[str, Form(max_length=100)] = "", text: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        answer_finding(house.installation, visitor.account, finding, text)
    except OvertError as error:
        return _findings(request, error=error, typed={**_NOTHING, "finding": finding, "answer": text})
    return go("/oversight/findings", done="answered")


@doors.get("/reviews", SEES)
def show_reviews(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    return page(
        request,
        "oversight_reviews.html",
        visitor=visitor,
        ended=ended(house.installation, visitor.account),
        can_review=may(visitor.account.roles, Action.REVIEW_FILE),
    )


def _findings(request: Request, *, error: OvertError | None = None, typed: dict[str, str] | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    roles = visitor.account.roles
    return page(
        request,
        "oversight_findings.html",
        visitor=visitor,
        error=error,
        typed=typed or _NOTHING,
        findings=found(house.installation, visitor.account),
        can_file=may(roles, Action.FINDING_FILE),
        can_answer=may(roles, Action.FINDING_ANSWER),
    )
