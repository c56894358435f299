"""Signs: whoever is on the street says that they have looked at each, and what they found; and the public notice.

The same page stands among a deployment's pages and on the phone. Where nothing has changed it takes one tap here, after
the one that opened it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import Seen, seen
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.before_start import Sign
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.domain.time import to_us
from overt.services.before_start import BadNotice, due_of, file_notice
from overt.services.sign_checks import BadSignCheck, check_signs, sign_of, signs_now

doors = Doors()

CHECKS: Final = only(Action.SIGNS_CHECK)
NOTICES: Final = only(Action.NOTICE_FILE)
#: Rows for further signs.
MORE: Final = 3
WELL, COVERED, DOWN = "well", "covered", "down"
STATES: Final = {WELL: "Stands and can be read", COVERED: "Cannot be read", DOWN: "Does not stand"}
Lines = Annotated[list[str], Form(max_length=100)]
Typed = list[tuple[str, str, str]]


@doors.get("/deployments/{deployment}/signs", CHECKS)
def show(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment))


@doors.post("/deployments/{deployment}/signs", CHECKS)
def check(
    request: Request,
    deployment: str,
    same: Annotated[bool, Form()] = False,
    where: Lines = [],  # noqa: B006  (FastAPI copies it)
    metres: Lines = [],  # noqa: B006
    state: Lines = [],  # noqa: B006
) -> Response:
    return _check(request, deployment, same, list(zip(where, metres, state, strict=False)), phone=False)


@doors.get("/phone/signs/{deployment}", CHECKS)
def show_on_phone(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment), phone=True)


@doors.post("/phone/signs/{deployment}", CHECKS)
def check_on_phone(
    request: Request,
    deployment: str,
    same: Annotated[bool, Form()] = False,
    where: Lines = [],  # noqa: B006
    metres: Lines = [],  # noqa: B006
    state: Lines = [],  # noqa: B006
) -> Response:
    return _check(request, deployment, same, list(zip(where, metres, state, strict=False)), phone=True)


@doors.get("/deployments/{deployment}/notice", NOTICES)
def show_notice(request: Request, deployment: str) -> Response:
    return _notice(request, seen(request, deployment))


@doors.post("/deployments/{deployment}/notice", NOTICES)
def say_notice(
    request: Request,
    deployment: str,
    where: Annotated[str, Form(max_length=1000)] = "",
    since: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    visitor, house, found = visitor_of(request), house_of(request), seen(request, deployment)
    try:
        at_us = house.now_us if not since.strip() else _moment(since)
        file_notice(house.installation, visitor.account, found.row, where, at_us)
    except OvertError as error:
        return _notice(request, found, error=error, typed={"where": where, "since": since})
    return go(f"/deployments/{found.row.id}", done="notice")


def _moment(typed: str) -> int:
    """Microseconds; what has no zone is in the machine's."""
    try:
        return to_us(datetime.fromisoformat(typed.strip()).astimezone())
    except (ValueError, OverflowError) as error:
        raise BadNotice("When it was published is a day and a time.", "Write it as 2026-11-22T09:00.") from error


def _check(request: Request, deployment: str, same: bool, typed: Typed, *, phone: bool) -> Response:
    visitor, house, found = visitor_of(request), house_of(request), seen(request, deployment)
    try:
        signs = None if same else _signs(typed)
        check_signs(house.installation, visitor.account, found.row, signs)
    except OvertError as error:
        return _page(request, found, phone=phone, error=error, typed=typed)
    return go("/phone" if phone else f"/deployments/{found.row.id}", done="signs")


def _signs(typed: Typed) -> list[Sign]:
    found = []
    for where, metres, state in typed:
        if not where.strip() and not metres.strip():
            continue  # a row that nobody filled in
        if state not in STATES:
            raise BadSignCheck(f"Of the sign at {where} it is not said how it stands.", "Choose one of the three.")
        found.append(sign_of(where, metres, stands=state != DOWN, readable=state == WELL))
    return found


def _page(
    request: Request, found: Seen, *, phone: bool = False, error: OvertError | None = None, typed: Typed | None = None
) -> Response:
    house, row = house_of(request), found.row
    now = signs_now(house.installation, row.id)
    check = None if now is None else now.check
    known = [] if check is None else [(one.where, str(one.before_zone_m), _state(one)) for one in check.signs]
    rows = [one for one in typed if one[0].strip() or one[1].strip()] if typed else known
    policy = found.stands.policy
    return page(
        request,
        "signs.html",
        visitor=visitor_of(request),
        error=error,
        row=row,
        over=found.stands.over(found.now_us),
        signs=now,
        states=STATES,
        rows=[*rows, *[("", "", WELL)] * MORE],
        least_m=0 if policy is None else policy.rules.signs_before_zone_m,
        at=f"/phone/signs/{row.id}" if phone else f"/deployments/{row.id}/signs",
        back="/phone" if phone else f"/deployments/{row.id}",
        phone=phone,
    )


def _state(sign: Sign) -> str:
    return WELL if sign.well else COVERED if sign.stands else DOWN


def _notice(
    request: Request, found: Seen, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    return page(
        request,
        "deployment_notice.html",
        visitor=visitor_of(request),
        error=error,
        row=found.row,
        due=due_of(house_of(request).installation, found.row),
        typed=typed or {"where": "", "since": ""},
    )
