"""What follows an alert: what came of it, a hold as evidence, and its record for somebody who has a right to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Form, Request
from markupsafe import Markup
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.pages.alert_facts import (
    STANDS,
    View,
    hold_ends_us,
    view_of,
)
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.alert_words import FOLLOWED, MEANS, RECIPIENTS, RESULTS
from overt.domain.deciding import Outcome
from overt.domain.decision import Followed, Means, Recipient, Result, Standing
from overt.domain.disclosing import PICTURES_FOR
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.notices.account import account_html, account_part
from overt.notices.paper import can_make_pdf, to_pdf
from overt.services import adjudicate, disclosing, outcomes
from overt.services.at_alerts import allowed
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.sessions import no_code, sign_in, sign_out

doors = Doors()
C = TypeVar("C", bound=StrEnum)

CONCLUDE: Final = only(Action.ALERT_CONCLUDE)
PLACE: Final = only(Action.HOLD_PLACE)
LIFT: Final = only(Action.HOLD_LIFT)
DISCLOSE: Final = only(Action.ALERT_DISCLOSE)
#: Faces come out of it sealed to a recipient's key, and for nobody's eyes here.
HAND_OVER: Final = only(Action.ALERT_DISCLOSE, emits_face=True)
Typed = Annotated[str, Form(max_length=200)]
Words = Annotated[str, Form(max_length=4000)]
_NOTHING: Final = {"result": "", "means": "", "held_min": "", "followed": Followed.NOTHING.value, "served": ""}


def typed_outcome(
    result: Typed = "",
    means: Typed = "",
    held_min: Typed = "",
    followed: Typed = "",
    served: Typed = "",
) -> dict[str, str]:
    """The fields of what came of an alert, as they were typed."""
    return {"result": result, "means": means, "held_min": held_min, "followed": followed, "served": served}


TypedOutcome = Annotated[dict[str, str], Depends(typed_outcome)]


class NotChosen(Refused):
    code = "not-chosen"


@doors.get("/alerts/{alert}/outcome", CONCLUDE)
def ask_outcome(request: Request, alert: str) -> Response:
    return _outcome_page(request, alert)


@doors.post("/alerts/{alert}/outcome", CONCLUDE)
def conclude(request: Request, alert: str, typed: TypedOutcome) -> Response:
    house, by = house_of(request), visitor_of(request).account
    policy = allowed(house.installation, by, Action.ALERT_CONCLUDE, alert)
    try:
        came = outcome_of(typed)
        outcomes.conclude(house.installation, alert, **vars(came), account=by.id, rules=policy.rules)
    except OvertError as error:
        return _outcome_page(request, alert, error=error, typed=typed)
    return go(f"/alerts/{alert}", done="outcome")


@doors.get("/alerts/{alert}/hold", PLACE)
def ask_hold(request: Request, alert: str) -> Response:
    return _hold_page(request, alert)


@doors.post("/alerts/{alert}/hold", PLACE)
def hold(
    request: Request,
    alert: str,
    case: Typed = "",
    days: Typed = "",
    second: Typed = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    house, by = house_of(request), visitor_of(request).account
    policy = allowed(house.installation, by, Action.HOLD_PLACE, alert)
    try:
        until_us = hold_ends_us(house.now_us, _whole(days, "For how long it is held is given in whole days."))
        with seconded(house.installation, second, password) as other:
            allowed(house.installation, other, Action.HOLD_SECOND, alert)
            adjudicate.hold(
                house.installation,
                alert,
                case=case,
                until_us=until_us,
                placed_by=by.id,
                seconded_by=other.id,
                rules=policy.rules,
            )
    except OvertError as error:
        return _hold_page(request, alert, error=error, typed={"case": case, "days": days, "second": second})
    return go(f"/alerts/{alert}", done="hold")


@doors.post("/alerts/{alert}/lift", LIFT)
def lift(request: Request, alert: str, hold: Typed) -> Response:
    house, by = house_of(request), visitor_of(request).account
    allowed(house.installation, by, Action.HOLD_LIFT, alert)
    if not adjudicate.lift(house.installation, alert, hold, account=by.id):
        raise Refused("There is no such hold on this alert, or it is over.", "Look at the alert again.")
    return go(f"/alerts/{alert}", done="lifted")


@doors.get("/alerts/{alert}/disclose", DISCLOSE)
def ask_disclose(request: Request, alert: str) -> Response:
    return _disclose_page(request, alert)


@doors.post("/alerts/{alert}/disclose", HAND_OVER)
def disclose(
    request: Request,
    alert: str,
    to: Typed = "",
    why: Words = "",
    what: Typed = "record",
    case: Typed = "",
    key: Typed = "",
    second: Typed = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Typed = "",
) -> Response:
    """The record alone, which is shown then; or with its pictures, sealed, which come as the answer and are kept
    nowhere."""
    house, by = house_of(request), visitor_of(request).account
    policy = allowed(house.installation, by, Action.ALERT_DISCLOSE, alert)
    typed = {"to": to, "why": why, "what": what, "case": case, "key": key, "second": second}
    try:
        recipient = _code(Recipient, to, "who is told")
        if what == "pictures":
            sealing = disclosing.Case(to=recipient, why=why, case=case, key=key)
            with seconded(house.installation, second, password, code) as other:
                allowed(house.installation, other, Action.EVIDENCE_SECOND, alert)
                handed = disclosing.hand_over(
                    house.installation, alert, sealing, account=by.id, seconded_by=other.id, rules=policy.rules
                )
            return _download(handed)
        outcomes.disclose(house.installation, alert, to=recipient, why=why, account=by.id, rules=policy.rules)
    except OvertError as error:
        return _disclose_page(request, alert, error=error, typed=typed)
    return go(f"/alerts/{alert}/record", done="disclosed")


@doors.get("/alerts/{alert}/record", DISCLOSE)
def record(request: Request, alert: str) -> Response:
    """For paper; for whoever has recorded to whom it goes."""
    visitor, house = visitor_of(request), house_of(request)
    view = view_of(house.installation, visitor.account, alert)
    found = outcomes.alert_record(house.installation, alert, view.policy.rules)
    if not any(one["account"] == visitor.account.id for one in found["disclosed"]):
        return go(f"/alerts/{alert}/disclose")
    paper = Markup(account_part(found, **where(house)))  # noqa: S704 (a template of ours, escaped there)
    return page(request, "alert_record.html", visitor=visitor, record=found, paper=paper, no_pdf=can_make_pdf())


@doors.get("/alerts/{alert}/record.pdf", DISCLOSE)
def record_pdf(request: Request, alert: str) -> Response:
    """The same as PDF."""
    visitor, house = visitor_of(request), house_of(request)
    view = view_of(house.installation, visitor.account, alert)
    found = outcomes.alert_record(house.installation, alert, view.policy.rules)
    if not any(one["account"] == visitor.account.id for one in found["disclosed"]):
        return go(f"/alerts/{alert}/disclose")
    headers = {"content-disposition": f'attachment; filename="alert-{alert}.pdf"'}
    content = to_pdf(account_html(found, **where(house))).content
    return Response(content, media_type="application/pdf", headers=headers)


def where(house: House) -> dict[str, str]:
    """Where to complain, and what the record is checked with."""
    return {"complaints": house.settings.complaints, "public_key": house.installation.public_key}


def outcome_of(typed: Mapping[str, str]) -> Outcome:
    """What came of an alert, from the fields of a form.

    Raises:
        NotChosen: one of them is missing, or is none that can be chosen.
    """
    return Outcome(
        result=_code(Result, typed["result"], "what the alert turned out to be"),
        means=_code(Means, typed["means"], "how they were identified"),
        held_min=_minutes(typed["held_min"]),
        followed=_code(Followed, typed["followed"], "what followed"),
        served_aim=_yes(typed["served"]),
    )


def _outcome_page(
    request: Request, alert: str, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    visitor, view = visitor_of(request), _view(request, alert)
    followed = {code: said for code, said in FOLLOWED.items() if not (view.welfare and code is Followed.ARREST)}
    return page(
        request,
        "alert_outcome.html",
        visitor=visitor,
        error=error,
        view=view,
        open=view.facts.standing is Standing.WORTH_A_LOOK,
        results=RESULTS,
        means=MEANS,
        followed=followed,
        stands=STANDS,
        typed=typed or _NOTHING,
    )


def _hold_page(
    request: Request, alert: str, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    return page(
        request,
        "alert_hold.html",
        visitor=visitor_of(request),
        error=error,
        view=_view(request, alert),
        typed=typed or {"case": "", "days": "", "second": ""},
    )


def _disclose_page(
    request: Request, alert: str, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    return page(
        request,
        "alert_disclose.html",
        visitor=visitor_of(request),
        error=error,
        view=_view(request, alert),
        recipients=RECIPIENTS,
        pictures_for=[RECIPIENTS[one].lower() for one in PICTURES_FOR],
        typed=typed or {"to": "", "why": "", "what": "record", "case": "", "key": "", "second": ""},
    )


def _download(handed: disclosing.HandedOver) -> Response:
    return Response(
        handed.sealed,
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{handed.name}"'},
    )


@contextmanager
def seconded(installation: Installation, name: str, password: str, code: str = "") -> Iterator[Account]:
    """A second person, signed in for this one thing.

    Raises:
        SignInRefused, CodeNeeded, SignInLocked: they are not who they say, or show no code.
    """
    other = sign_in(installation, name, password, new_password=_only_their_own, code=lambda: code.strip() or no_code())
    try:
        yield other.account
    finally:
        sign_out(installation, other.token)


def _view(request: Request, alert: str) -> View:
    return view_of(house_of(request).installation, visitor_of(request).account, alert)


def _code(kind: type[C], code: str, what: str) -> C:
    try:
        return kind(code)
    except ValueError:
        raise NotChosen(f"It was not said {what}.", "Choose one of the list.") from None


def _minutes(text: str) -> int | None:
    return _whole(text, "How long somebody was held up is given in whole minutes.") if text.strip() else None


def _whole(text: str, what: str) -> int:
    if not text.strip().isdecimal() or len(text) > 6:
        raise NotChosen(what, "Give a whole number, such as 5.")
    return int(text)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise NotChosen("It was not said whether it served the aim.", "Say yes or no.")
    return text == "yes"


def _only_their_own() -> str:
    raise Refused("The second person has not signed in yet, and has no password of their own.", "They sign in first.")
