"""Alerts: the queue, one alert large, and a person's decision.

Rules:
  - pictures come out of one door only, once for each view: each time is a look, and is recorded as one; a browser that
    only wants to be ready gets none;
  - pictures are shown to whoever is asked to decide; later they are opened on purpose;
  - a key chooses a verdict, and never sends it; the time that a look has to take is kept by the service;
  - what programs of these pages ask again and again is answered with ids and counts alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.pages.alert_facts import (
    NEXT,
    STANDS,
    VERDICTS,
    expectation,
    view_of,
)
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.alert_words import FOLLOWED, MEANS, RESULTS, cautions_of
from overt.domain.decision import Purpose, Standing, Verdict
from overt.domain.errors import OvertError, Refused
from overt.domain.geometry import FloatArray
from overt.domain.roles import Action, roles_for
from overt.services import adjudicate
from overt.services.at_alerts import KNOWS, Listed, alerts, allowed
from overt.services.people import Account
from overt.services.side_by_side import ByteArray, FindFace, side_by_side
from overt.services.stopped import StoppedByRule, stopped_lately

doors = Doors()

KNOW: Final = only(*KNOWS)
SEE: Final = only(Action.ALERT_SEE, emits_face=True)
DECIDE: Final = only(Action.ALERT_DECIDE)
#: How long an answer about what is new waits for it, and how often it is looked for.
HOLD_ON_S: Final = 20.0
LOOK_EVERY_S: Final = 0.25


class LookedAhead(Refused):
    """A browser asked for pictures that nobody looks at."""

    code = "looked-ahead"


@doors.get("/alerts", KNOW)
def queue(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    by = visitor.account
    found = alerts(house.installation, by, erased="all" in request.query_params)
    stopped = stopped_lately(house.installation)
    meets = bool(roles_for(by.roles, Action.ALERT_CONCLUDE))
    to_meet = [
        one
        for one in found
        if meets and not one.row.is_decoy and one.standing is Standing.WORTH_A_LOOK and not one.concluded
    ]
    waiting = [one for one in found if one.waits_us is not None]
    return page(
        request,
        "alerts.html",
        visitor=visitor,
        waiting=waiting,
        to_meet=to_meet,
        others=[one for one in found if one.waits_us is None and one not in to_meet],
        decides=bool(roles_for(by.roles, Action.ALERT_DECIDE)),
        sees=bool(roles_for(by.roles, Action.ALERT_SEE)),
        first=next((one.row.id for one in waiting if not one.own), ""),
        mine=sum(not one.own for one in waiting),
        stands=STANDS,
        runs=house.runs.going_on(),
        stopped=stopped,
        everything="all" in request.query_params,
        seen=seen_of(found, stopped),
    )


@doors.get("/alerts/now", KNOW)
async def now(request: Request, seen: str = "") -> Response:
    """Which alerts wait, by their ids; where nothing is other than `seen` says, the answer waits for a while."""
    house, by = house_of(request), visitor_of(request).account
    size, found, stopped = -1, list[Listed](), list[StoppedByRule]()
    for _ in range(round(HOLD_ON_S / LOOK_EVERY_S)):
        grown = await run_in_threadpool(_record_size, house)
        if grown != size:
            size, found = grown, await run_in_threadpool(alerts, house.installation, by)
            stopped = await run_in_threadpool(stopped_lately, house.installation)
        if seen_of(found, stopped) != seen or await request.is_disconnected():
            break
        await asyncio.sleep(LOOK_EVERY_S)
    waiting = [one.row.id for one in found if one.waits_us is not None and not one.own]
    return JSONResponse({"seen": seen_of(found, stopped), "waiting": waiting})


@doors.get("/alerts/{alert}", KNOW)
def show(request: Request, alert: str) -> Response:
    return _page(request, alert)


@doors.get("/alerts/{alert}/faces", SEE)
def faces(request: Request, alert: str, purpose: Purpose, tall: bool = False) -> Response:
    """Both faces in one picture; this is the look, and is recorded as one."""
    _require_eyes(request)
    return both_faces(house_of(request), visitor_of(request).account, alert, purpose=purpose, tall=tall)


def both_faces(house: House, by: Account, alert: str, *, purpose: Purpose, tall: bool) -> Response:
    """The picture of a look, which is recorded first.

    Raises:
        NoSuchAlert, AlertErased, NotAllowed: there is nothing to open, or not for this account.
    """
    policy = allowed(house.installation, by, Action.ALERT_SEE, alert)
    find_face = _finder(house)
    evidence = adjudicate.show(house.installation, alert, account=by.id, purpose=purpose)
    facts = adjudicate.facts_of(house.installation, alert, account=by.id, rules=policy.rules)
    meets = purpose is Purpose.MEET and facts.standing is Standing.WORTH_A_LOOK
    jpeg = side_by_side(
        evidence,
        account=by.id,
        alert=alert,
        now_us=house.now_us,
        find_face=find_face,
        tall=tall,
        also=[f"entry {evidence.reference}"] if meets else (),
    )
    return Response(jpeg, media_type="image/jpeg", headers={"content-disposition": "inline"})


@doors.post("/alerts/{alert}/verdict", DECIDE)
def decide(
    request: Request,
    alert: str,
    verdict: Annotated[str, Form(max_length=40)] = "",
    words: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    house, by = house_of(request), visitor_of(request).account
    policy = allowed(house.installation, by, Action.ALERT_DECIDE, alert)
    try:
        adjudicate.decide(
            house.installation,
            alert,
            _chosen(verdict),
            words=words,
            account=by.id,
            rules=policy.rules,
            retention=policy.retention(),
        )
    except OvertError as error:
        return _page(request, alert, error=error, typed={"verdict": verdict, "words": words})
    return go(f"/alerts/{alert}", done="verdict")


def seen_of(found: Sequence[Listed], stopped: Sequence[StoppedByRule] = ()) -> str:
    """What somebody has seen of the alerts, and of deployments that ended by the stop rule, in a word that is another
    one as soon as anything about them is."""
    lines = [(one.row.id, str(one.standing), one.waits_us is None, one.row.state, one.concluded) for one in found]
    ended = [one.row.id for one in stopped]
    return hashlib.sha256(repr((lines, ended)).encode()).hexdigest()[:16]


def next_waiting(by: Account, found: Sequence[Listed], but: str) -> str:
    """The most urgent alert that waits for this account; "" where none does."""
    if not roles_for(by.roles, Action.ALERT_DECIDE):
        return ""
    return next((one.row.id for one in found if one.waits_us is not None and not one.own and one.row.id != but), "")


def _page(
    request: Request, alert: str, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    by = visitor.account
    if roles_for(by.roles, Action.ALERT_SEE):
        allowed(house.installation, by, Action.ALERT_SEE, alert)
    view = view_of(house.installation, by, alert)
    found = alerts(house.installation, by)
    opens = view.to_decide or (view.may_look and ("look" in request.query_params or error is not None))
    return page(
        request,
        "alert.html",
        visitor=visitor,
        error=error,
        view=view,
        opens=opens and view.sees,
        view_id=house.installation.new_id(),  # or a browser shows again what it still has, and nobody records the look
        cautions=cautions_of(view.facts.row.cautions),
        expectation=expectation(view) if view.facts.sees.score else "",
        typed=typed or {"verdict": "", "words": ""},
        verdicts=VERDICTS,
        stands=STANDS,
        next_steps=NEXT,
        results=RESULTS,
        means=MEANS,
        followed=FOLLOWED,
        next_alert=next_waiting(by, found, alert),
        seen=seen_of(found, stopped_lately(house.installation)),
        others=sum(one.waits_us is not None and not one.own and one.row.id != alert for one in found),
    )


def _chosen(verdict: str) -> Verdict:
    try:
        return Verdict(verdict)
    except ValueError:
        raise Refused("No verdict was chosen.", "Choose one of the three, and say why.") from None


def _require_eyes(request: Request) -> None:
    """Raises LookedAhead where a browser says that nobody has asked for it yet, or not as a picture of its page."""
    ahead = " ".join(request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    if "prefetch" in ahead or "preview" in ahead or request.headers.get("sec-fetch-dest", "image") != "image":
        raise LookedAhead("Pictures of an alert are shown on its page only.", "Open the alert.")


def _finder(house: House) -> FindFace:
    reader = house.readers

    def find(picture: ByteArray) -> FloatArray | None:
        found = reader.portraits(picture)
        return found[0].box if found else None

    return find


def _record_size(house: House) -> int:
    return house.installation.store.read(lambda work: work.ledger.size())
