"""The phone of an officer on the street: whom they are to meet, the two faces, and what came of it.

Rules:
  - what the page keeps for a lost connection are its own files and what somebody typed, as text: no alert, no picture;
  - a picture comes out of one door, each opening is a look and is recorded as one; only a script of this page gets it,
    so that it lies in no picture's cache, and none once the deployment is over or the outcome is recorded;
  - what is sent twice is recorded once;
  - an answer for the page's script is a sentence, never a page, so that it can be kept beside what it is about.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from overt.console.doors import EVERYBODY, Doors, only
from overt.console.house import House, house_of
from overt.console.pages import alerts as desk
from overt.console.pages.alert_after import Typed, TypedOutcome, outcome_of
from overt.console.pages.alert_facts import RESPONSES
from overt.console.problems import Malformed, status_of
from overt.console.render import STATIC, clock_time, page, static
from overt.console.visitor import visitor_of
from overt.domain.alert_words import FOLLOWED, MEANS, RESULTS, cautions_of
from overt.domain.before_start import SIGN_DOWN
from overt.domain.decision import Followed, Purpose
from overt.domain.errors import OvertError
from overt.domain.roles import Action, roles_for
from overt.domain.time import to_text
from overt.services import meeting, outcomes
from overt.services.at_alerts import Listed, alerts, allowed, known
from overt.services.meeting import Meeting
from overt.services.people import Account
from overt.services.sign_checks import Signs, to_check
from overt.store.records import DeploymentRow

doors = Doors("/phone")

MEETS: Final = only(Action.ALERT_CONCLUDE)
FACES: Final = only(Action.ALERT_CONCLUDE, emits_face=True)
#: An answer about what is new waits no longer than this, so that a phone knows soon that it hears nothing.
HOLD_ON_S: Final = 5.0
SCRIPTS: Final = (
    *("phone.js", "phone-ledger.js", "phone-pictures.js", "phone-queue.js", "phone-notices.js", "phone-outcome.js"),
    *("phone-signs.js", "alarm.js"),
)
_NAME: Final = re.compile(r"[A-Za-z0-9-]{16,64}")


@doors.get("", MEETS)
def phone(request: Request) -> Response:
    return _page(request)


@doors.get("/offline", EVERYBODY)
def offline(request: Request) -> Response:
    """The same page for nobody in particular, for a phone that opens it without a connection."""
    return page(request, "phone.html", meetings=(), signs=(), **_words(house_of(request)))


@doors.get("/manifest.json", EVERYBODY)
def manifest(request: Request) -> Response:  # noqa: ARG001
    """By which a phone puts the page among its applications."""
    icon = {"src": static("overt.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    said = {
        "name": "Overt, officer's phone",
        "short_name": "Overt",
        "lang": "en-GB",
        "start_url": "/phone",
        "scope": "/phone",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b0c0c",
        "icons": [icon],
    }
    return JSONResponse(said, media_type="application/manifest+json")


@doors.get("/worker.js", EVERYBODY)
def worker(request: Request) -> Response:  # noqa: ARG001
    """What answers for the page's own files without a connection, with the list of these files."""
    files = [
        *("/phone/offline", "/phone/manifest.json"),
        *(static(name) for name in ("overt.css", "phone.css", "page.js", "phone.js", "overt.svg")),
        *(f"/static/{name}" for name in (*SCRIPTS[1:], "page.js")),  # as the script asks for them
    ]
    script = (STATIC / "phone-worker.js").read_text("utf-8")
    parts = [script.encode(), *((STATIC / name).read_bytes() for name in SCRIPTS), json.dumps(files).encode()]
    version = hashlib.sha256(b"".join(parts)).hexdigest()[:12]
    content = f'const VERSION = "{version}";\nconst FILES = {json.dumps(files)};\n{script}'
    return Response(content, media_type="text/javascript", headers={"service-worker-allowed": "/phone"})


@doors.get("/now", MEETS)
async def now(request: Request, seen: str = "") -> Response:
    """Whom to meet; where nothing is other than `seen` says, the answer waits for a moment."""
    house, by = house_of(request), visitor_of(request).account
    size, told, mark = -1, dict[str, Any](), ""
    for _ in range(max(1, round(min(HOLD_ON_S, desk.HOLD_ON_S) / desk.LOOK_EVERY_S))):
        grown = await run_in_threadpool(house.installation.store.read, lambda work: work.ledger.size())
        if grown != size:
            size, told = grown, await run_in_threadpool(_told, house, by)
            mark = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
        if mark != seen or await request.is_disconnected():
            break
        await asyncio.sleep(desk.LOOK_EVERY_S)
    return JSONResponse({"seen": mark, "now": to_text(house.now_us), **told})


@doors.get("/alerts/{alert}/faces", FACES)
def faces(request: Request, alert: str) -> Response:
    """Both faces, below one another, for the page's script."""
    if request.headers.get("sec-fetch-dest", "empty") != "empty":
        raise desk.LookedAhead("Pictures of an alert are shown on its page only.", "Open the alert on the phone.")
    house, by = house_of(request), visitor_of(request).account
    meeting.require_meeting(house.installation, alert, known(house.installation, by, alert).policy.rules)
    return desk.both_faces(house, by, alert, purpose=Purpose.MEET, tall=True)


@doors.post("/alerts/{alert}/seen", MEETS)
def seen(request: Request, alert: str) -> Response:
    house, by = house_of(request), visitor_of(request).account
    try:
        policy = allowed(house.installation, by, Action.ALERT_CONCLUDE, alert)
        meeting.say_seen(house.installation, alert, account=by.id, rules=policy.rules)
    except OvertError as error:
        return _refused(error)
    return JSONResponse({"recorded": True})


@doors.post("/alerts/{alert}/outcome", MEETS)
def outcome(request: Request, alert: str, typed: TypedOutcome, sent_as: Typed = "") -> Response:
    house, by = house_of(request), visitor_of(request).account
    try:
        if not _NAME.fullmatch(sent_as):
            raise Malformed("What was sent has no name of its own.", "Load the page anew.")
        policy = allowed(house.installation, by, Action.ALERT_CONCLUDE, alert)
        came = outcome_of(typed)
        outcomes.conclude_once(house.installation, alert, came, sent_as=sent_as, account=by.id, rules=policy.rules)
    except OvertError as error:
        return _refused(error)
    return JSONResponse({"recorded": True})


def _page(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found, signs = meeting.to_meet(house.installation, visitor.account), to_check(house.installation)
    return page(request, "phone.html", visitor=visitor, meetings=found, signs=signs, **_words(house))


def _words(house: House) -> dict[str, Any]:
    return {
        "results": RESULTS,
        "means": MEANS,
        "followed": FOLLOWED,
        "arrest": Followed.ARREST,
        "responses": RESPONSES,
        "keeps": "session" if house.demonstration else "phone",
    }


def _told(house: House, by: Account) -> dict[str, Any]:
    found = meeting.to_meet(house.installation, by)
    waiting = [one for one in alerts(house.installation, by) if _waits_for(one)]
    decides = bool(roles_for(by.roles, Action.ALERT_DECIDE))
    return {
        "account": by.id,
        "waiting": len(waiting) if decides else 0,
        "signs": [_signs(row, signs) for row, signs in to_check(house.installation)],
        "alerts": [_line(one, by) for one in found],
    }


def _signs(row: DeploymentRow, signs: Signs) -> dict[str, Any]:
    """By when somebody has to look at the signs of a deployment that runs."""
    return {
        "deployment": row.id,
        "name": row.name,
        "due": "" if signs.due_us is None else to_text(signs.due_us),
        "down": signs.lapse is not None and signs.lapse.reason == SIGN_DOWN,
        "every": signs.every_min,
    }


def _waits_for(one: Listed) -> bool:
    return one.waits_us is not None and not one.own


def _line(one: Meeting, by: Account) -> dict[str, Any]:
    return {
        "id": one.row.id,
        "at": to_text(one.row.at_us),
        "clock": clock_time(one.row.at_us),
        "camera": one.row.camera,
        "place": one.place,
        "deployment": one.deployment,
        "response": RESPONSES.get(one.response, one.response.replace("-", " ").capitalize()),
        "welfare": one.welfare or one.response == "welfare",
        "cautions": cautions_of(one.row.cautions),
        "seen": by.id in one.seen_by,
        "seen_by_others": len(one.seen_by - {by.id}),
        "over": to_text(one.over_us),
        "opens": one.opens,
    }


def _refused(error: OvertError) -> Response:
    content = {"refused": error.sentence, "todo": error.todo, "code": error.code}
    return JSONResponse(content, status_code=422 if isinstance(error, Malformed) else status_of(error))
