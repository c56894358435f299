"""Complaints: filed by whoever somebody turned to, answered by who answers for deployments, read by those who check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.complaining import BadComplaint, Kind, Result
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.domain.time import to_us
from overt.services.at_alerts import known
from overt.services.complaints import answer_complaint, complaints, file_complaint

doors = Doors()

FILES: Final = only(Action.COMPLAINT_FILE)
SEES: Final = only(Action.COMPLAINT_SEE)
ANSWERS: Final = only(Action.COMPLAINT_ANSWER)
AT: Final = "/oversight/complaints"
KINDS: Final[Mapping[Kind, str]] = {
    Kind.STOPPED: "Being stopped because of an alert",
    Kind.TREATED: "How somebody was treated",
    Kind.LISTED: "Being on a list",
    Kind.SCANNED: "Having been scanned",
    Kind.SIGNS: "Signs or leaflets",
    Kind.PICTURES: "What was kept, erased or handed over",
    Kind.NO_ANSWER: "A question that was not answered",
    Kind.ELSE: "Something else",
}
RESULTS: Final[Mapping[Result, str]] = {
    Result.UPHELD: "Upheld",
    Result.PARTLY_UPHELD: "Upheld in part",
    Result.NOT_UPHELD: "Not upheld",
    Result.WITHDRAWN: "Withdrawn",
    Result.PASSED_ON: "Passed on to the body that decides about it",
}
Typed = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=20_000)]
_NOTHING: Final[Mapping[str, object]] = {"case": "", "about": [], "received": ""}


@doors.get(AT, SEES)
def show(request: Request) -> Response:
    return _list(request)


@doors.post(f"{AT}/answer", ANSWERS)
def answer(request: Request, complaint: Typed = "", result: Typed = "", text: Words = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        if result not in list(Result):
            raise BadComplaint("It was not said what came of the complaint.", "Choose one.")
        answer_complaint(house.installation, visitor.account, complaint, Result(result), text)
    except OvertError as error:
        return _list(request, error=error, typed={"complaint": complaint, "result": result, "text": text})
    return go(AT, done="complaint-answered")


@doors.get(f"{AT}/new", FILES)
def ask(request: Request) -> Response:
    return _form(request)


@doors.get("/alerts/{alert}/complaint", FILES)
def ask_about(request: Request, alert: str) -> Response:
    known(house_of(request).installation, visitor_of(request).account, alert)
    return _form(request, alert)


@doors.post(f"{AT}/new", FILES)
def file(
    request: Request,
    case: Typed = "",
    about: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006 (FastAPI makes a new one)
    received: Typed = "",
    alert: Typed = "",
    deployment: Typed = "",
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    typed = {"case": case, "about": about, "received": received}
    try:
        filed = file_complaint(
            house.installation,
            visitor.account,
            reference=case,
            kinds=[one for one in Kind if one in about],
            alert=alert,
            deployment=deployment,
            received_us=_day_us(received),
        )
    except OvertError as error:
        return _form(request, alert, error=error, typed=typed)
    return page(
        request,
        "complaint_filed.html",
        visitor=visitor,
        one=filed,
        sees=may(visitor.account.roles, Action.COMPLAINT_SEE),
        holds=may(visitor.account.roles, Action.HOLD_PLACE),
    )


def _day_us(text: str) -> int | None:
    """The beginning of a day, UTC; None where none is given."""
    if not text.strip():
        return None
    try:
        return to_us(datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC))
    except ValueError:
        raise BadComplaint("The day on which it came in cannot be read.", "Write it as 2026-11-22.") from None


def _form(
    request: Request,
    alert: str = "",
    *,
    error: OvertError | None = None,
    typed: Mapping[str, object] = _NOTHING,
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    rows = house.installation.store.read(lambda work: work.deployments.all())
    return page(
        request,
        "complaint_new.html",
        visitor=visitor,
        error=error,
        alert=alert,
        typed=typed,
        kinds=KINDS,
        deployments=sorted(rows, key=lambda row: -row.opens_us)[:100],
        sees=may(visitor.account.roles, Action.COMPLAINT_SEE),
    )


def _list(request: Request, *, error: OvertError | None = None, typed: Mapping[str, str] | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    roles = visitor.account.roles
    return page(
        request,
        "complaints.html",
        visitor=visitor,
        error=error,
        typed=typed or {"complaint": "", "result": "", "text": ""},
        complaints=complaints(house.installation, visitor.account),
        can_answer=may(roles, Action.COMPLAINT_ANSWER),
        can_file=may(roles, Action.COMPLAINT_FILE),
        kinds=KINDS,
        results=RESULTS,
    )
