"""From values to pages: the templates, and the words that all of them use.

A page is a template and its values. What every page needs besides - who is there, where they may go, what was done - is
put in here, so that no page can forget it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from overt import __version__
from overt.console.house import house_of
from overt.console.notices import halts_now, panel_due
from overt.console.visitor import Visitor
from overt.domain.errors import OvertError
from overt.domain.roles import Action, Role, roles_for
from overt.domain.time import SECOND_US, to_datetime, to_text
from overt.domain.words import many, spaced
from overt.notices.sheet import style_digest
from overt.notices.templating import new_environment

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"
#: What a page says once something was done; the address has the key only, so nobody can put words there.
DONE: Final[Mapping[str, str]] = {
    "signed-out": "You are signed out.",
    "verdict": "Your verdict is recorded.",
    "outcome": "What came of it is recorded.",
    "hold": "The alert is held as evidence.",
    "lifted": "The hold is lifted. The pictures are erased when they are due.",
    "disclosed": "It is recorded to whom the record goes, and why.",
    "camera-saved": "The camera is in the book.",
    "camera-removed": "The camera is no longer in the book.",
    "password": "Your password is changed. Sign in with the new one.",
    "sessions-ended": "Every other session of your account is ended.",
    "factor-on": "The second factor counts from now on: each time you sign in you give a code, too.",
    "factor-off": "The second factor is taken off. Your password alone opens your account.",
    "list-approved": "The entry is approved.",
    "list-withdrawn": "The entry is withdrawn.",
    "list-closed": "The list is closed: its key is no longer in this machine's memory.",
    "residue": "The database's files hold no trace of what was erased.",
    "residue-later": "Somebody else uses the store, so its files could not be cleared yet. It is tried again.",
    "draft-saved": "What you typed is kept.",
    "draft-removed": "The draft is removed.",
    "entered": "The deployment is entered, and its list is sealed. It waits for its officer's signature.",
    "signed": "The deployment is authorised. An operator can start it in its window.",
    "signed-first": "Your signature is kept. It waits for the second officer, with reasons.",
    "started": "It is being watched from here now.",
    "stopped": "Watching has stopped. The authority stays, and it can be started again.",
    "ended": "The deployment has ended, for good.",
    "cancelled": "The authority is taken back. What ran under it stops within a second.",
    "cancelled-erased": "The authority is taken back; its list and its alerts are erased.",
    "notices": "The papers are made, and the ledger has the digest of each.",
    "reviewed": "The review is filed.",
    "permitted": "The outside authorisation is filed.",
    "held": "It is held. What was running scans nothing any more.",
    "panel-proposed": "The key waits for another administrator.",
    "panel-pinned": "The panel's key is pinned.",
    "countersigned": "The panel has countersigned this installation.",
    "found": "The finding is filed, and waits for its answer.",
    "answered": "The answer is filed.",
    "complained": "The complaint is filed.",
    "complaint-answered": "The complaint is answered.",
    "let-go": "The hold is lifted. What was running goes on.",
    "officers": "How long people worked for it is recorded.",
    "leaflets": "How many leaflets were given out is recorded.",
    "signs": "Your look at the signs is recorded.",
    "notice": "Where the public notice stands, and since when, is recorded.",
    "conditions": "Your answers to the five conditions are recorded.",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somewhere that the navigation leads to, for whoever may do one of `actions`."""

    name: str
    path: str
    actions: tuple[Action, ...]


_OVERSIGHT: Final = (Action.FINDING_FILE, Action.FINDING_ANSWER, Action.PANEL_PROPOSE)
PLACES: Final = (
    Place(name="Alerts", path="/alerts", actions=(Action.ALERT_SEE, Action.HOLD_SECOND, Action.HOLD_LIFT)),
    Place(name="Phone", path="/phone", actions=(Action.ALERT_CONCLUDE,)),
    Place(name="Live", path="/live", actions=(Action.WATCH_START,)),
    Place(name="Deployments", path="/deployments", actions=(Action.FIGURES_SEE,)),
    Place(name="Figures", path="/figures", actions=(Action.FIGURES_SEE,)),
    Place(name="Watch lists", path="/lists", actions=(Action.LIST_IMPORT,)),
    Place(name="Cameras", path="/cameras", actions=(Action.WATCH_START, Action.DEPLOYMENT_NEW)),
    Place(name="Oversight", path="/oversight", actions=_OVERSIGHT),
    Place(name="Ledger", path="/ledger", actions=(Action.LEDGER_EXPORT,)),
    Place(name="Decoys", path="/decoys", actions=(Action.WATCH_START, Action.DECOY_KEEP, Action.ACCOUNT_SEE)),
    Place(name="People", path="/people", actions=(Action.ACCOUNT_SEE,)),
)


def page(
    request: Request,
    template: str,
    *,
    visitor: Visitor | None = None,
    error: OvertError | None = None,
    status: int | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page.

    Args:
        visitor: who it is for; None on the pages that everybody may see.
        error: what did not work; it comes first, in its own words.
        status: 200, or 422 where there is an error.
    """
    house = house_of(request)
    account = None if visitor is None else visitor.account
    content = (
        _environment()
        .get_template(template)
        .render(
            account=account,
            places=() if account is None else places_of(account.roles),
            here=request.url.path,
            halts=() if account is None else halts_now(house),
            panel_due=None if account is None else panel_due(house),
            error=error,
            done=DONE.get(request.query_params.get("done", ""), ""),
            now_us=house.now_us,
            demonstration=house.demonstration,
            version=__version__,
            **values,
        )
    )
    return HTMLResponse(content, status_code=status or (200 if error is None else 422))


def go(path: str, **query: str) -> RedirectResponse:
    """Leads a browser on after something was done, so that going back or loading anew does not do it twice."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303)


def places_of(roles: tuple[Role, ...]) -> tuple[Place, ...]:
    """Where these roles have something to do."""
    return tuple(place for place in PLACES if any(roles_for(roles, action) for action in place.actions))


@cache
def _environment() -> Environment:
    environment = new_environment(FOLDER / "templates")
    environment.filters |= {
        "when": when,
        "clock": clock_time,
        "iso": to_text,
        "ago": ago,
        "spaced": spaced,
        "lasting": lasting,
    }
    environment.globals |= {"static": static, "many": many, "sheet_style": sheet_style}
    return environment


@cache
def static(name: str) -> str:
    """The address of a file of `static/`; another content has another address, so browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{digest}"


def sheet_style() -> str:
    """The address of the style of papers (`overt.notices.sheet`), likewise."""
    return f"/sheet.css?{style_digest()}"


def local_zone(us: int) -> tzinfo:
    """The machine's time zone at a moment."""
    zone = to_datetime(us).astimezone().tzinfo
    assert zone is not None
    return zone


def _local(us: int) -> datetime:
    return to_datetime(us).astimezone(local_zone(us))


def when(us: int) -> str:
    """`Sun 29 Nov 2026, 14:05 GMT`."""
    moment = _local(us)
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M} {_zone(moment)}"


def clock_time(us: int) -> str:
    """`14:05:09 GMT`."""
    moment = _local(us)
    return f"{moment:%H:%M:%S} {_zone(moment)}"


def _zone(moment: datetime) -> str:
    name = moment.tzname() or ""
    return name if name.isalpha() else f"UTC{moment:%z}"


def ago(us: int, now_us: int) -> str:
    """`in 2 hours`, `5 minutes ago`."""
    apart = lasting(abs(now_us - us))
    return f"{apart} ago" if us <= now_us else f"in {apart}"


def lasting(us: int) -> str:
    """`40 seconds`, `5 minutes`, `2 hours 10 minutes`, `3 days`."""
    seconds = us // SECOND_US
    if seconds < 60:
        return many(seconds, "second")
    minutes = seconds // 60
    if minutes < 60:
        return many(minutes, "minute")
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return many(hours, "hour") + (f" {many(rest, 'minute')}" if rest and hours < 10 else "")
    return many(hours // 24, "day")
