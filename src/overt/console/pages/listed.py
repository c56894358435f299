"""Was I on a list? Whoever answers does so for one person and one deployment, and hands the answer over with its proof.

Rules:
  - the reference is typed into a form, comes back on the page that answers it and in the file on that page, and is
    nowhere else: in no address, no record, no cache;
  - to load that page again is another request, and counts.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.alert_after import seconded
from overt.console.pages.deployment_seen import Seen, seen
from overt.console.render import page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.listed import MOST_CHARACTERS, Identity
from overt.domain.roles import Action
from overt.services.listed_answers import Requests, Term, answer, refuse, requests, term_of
from overt.store.ports import Work

doors = Doors("/deployments")

#: Of a listed person nothing comes out that was not typed in.
ASKS: Final = only(Action.LISTED_ANSWER)
SEEN_BY: Final = {
    Identity.PAPERS: "They showed papers with a photograph",
    Identity.IN_PERSON: "I know them in person",
    Identity.DOCUMENTS: "They sent a certified copy of their papers",
    Identity.REPRESENTATIVE: "Somebody speaks for them, and showed that they may",
    Identity.GUARDIAN: "A parent or guardian asks for a child",
}
EXEMPTIONS: Final = {
    "obstructs-inquiry": "it would obstruct an official inquiry or procedure",
    "prejudices-crime-prevention": "it would prejudice preventing, investigating or prosecuting crime",
    "public-security": "it would endanger public security",
    "national-security": "it would endanger national security",
    "rights-of-others": "it would endanger the rights of others",
}
Typed = Annotated[str, Form(max_length=MOST_CHARACTERS)]
Code = Annotated[str, Form(max_length=100)]


@doors.get("/{deployment}/listed", ASKS)
def show(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment))


@doors.post("/{deployment}/listed", ASKS)
def tell(request: Request, deployment: str, reference: Typed = "", identity: Code = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        given = answer(house.installation, visitor.account, found.row, reference, _identity(identity))
    except OvertError as error:
        return _page(request, found, error=error, typed={"identity": identity})
    content = json.dumps(given.record, indent=1).encode()
    return page(
        request,
        "listed_answer.html",
        visitor=visitor,
        row=found.row,
        answer=given,
        file=f"data:application/json;base64,{base64.b64encode(content).decode()}",
        mark=f"{given.record['record']['size']}:{given.record['record']['root']}",
    )


@doors.post("/{deployment}/listed/refuse", ASKS)
def say_nothing(
    request: Request,
    deployment: str,
    identity: Code = "",
    exemption: Code = "",
    second: Code = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Code = "",
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    try:
        how = _identity(identity)
        with seconded(house.installation, second, password, code) as other:
            given = refuse(house.installation, visitor.account, other, found.row, how, exemption)
    except OvertError as error:
        typed = {"identity": identity, "exemption": exemption, "second": second}
        return _page(request, found, error=error, typed=typed)
    return page(
        request,
        "listed_refused.html",
        visitor=visitor,
        row=found.row,
        refusal=given,
        because=EXEMPTIONS.get(given.exemption, given.exemption),
        complaints=house.settings.complaints,
    )


def _page(
    request: Request, found: Seen, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    visitor, house = visitor_of(request), house_of(request)

    def look(work: Work) -> tuple[Term | None, str, Requests]:
        try:
            term, why = term_of(work, found.row), ""
        except Refused as refused:
            term, why = None, refused.sentence
        return term, why, requests(work, found.row.id)

    term, why, counted = house.installation.store.read(look)
    return page(
        request,
        "listed.html",
        visitor=visitor,
        error=error,
        row=found.row,
        term=term,
        why=why,
        counted=counted,
        identities=SEEN_BY,
        exemptions={one: EXEMPTIONS.get(one, one) for one in (term.exemptions if term else ())},
        typed={"identity": "", "exemption": "", "second": "", **(typed or {})},
    )


def _identity(code: str) -> Identity:
    try:
        return Identity(code)
    except ValueError:
        raise Refused("It was not said how you saw who asks.", "Choose one of the list.") from None
