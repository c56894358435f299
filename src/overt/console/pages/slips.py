"""The slip at the kerb: a QR code with signed text, for whoever was stopped because of an alert.

Rules:
  - making one is a deed, and is recorded; looking at the last one again is none;
  - the page shows what the code holds, word for word, and nothing besides that could name somebody.
"""

from __future__ import annotations

from typing import Final

import segno
from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.roles import Action
from overt.services import slips
from overt.services.at_alerts import allowed, known

doors = Doors("/phone")

MEETS: Final = only(Action.ALERT_CONCLUDE)


@doors.get("/alerts/{alert}/slip", MEETS)
def show(request: Request, alert: str) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    about = known(house.installation, visitor.account, alert)
    given = slips.last_given(house.installation, alert)
    return page(
        request,
        "slip.html",
        visitor=visitor,
        row=about.row,
        given=given,
        code=None if given is None else _code(given.text),
        lines=() if given is None else tuple(line.partition(": ") for line in given.text.splitlines()[1:-1]),
    )


@doors.post("/alerts/{alert}/slip", MEETS)
def give(request: Request, alert: str) -> Response:
    house, by = house_of(request), visitor_of(request).account
    policy = allowed(house.installation, by, Action.ALERT_CONCLUDE, alert)
    complaints = house.settings.complaints
    slips.give(house.installation, alert, complaints=complaints, account=by.id, rules=policy.rules)
    return go(f"/phone/alerts/{alert}/slip")


def _code(text: str) -> Markup:
    """The QR code as a drawing; black on white whatever the colours of the page are, with its quiet zone."""
    made = segno.make_qr(text, error="l", encoding="utf-8")
    return Markup(made.svg_inline(omitsize=True, light="white", border=4, svgclass="code", lineclass=None))  # noqa: S704
