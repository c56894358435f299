"""The ledger: its entries newest first, one entry whole, the whole of it as a file.

Rules:
  - for those who check, and without a face: nothing here opens what is sealed;
  - entries are found by the filters that are named here and by no others; there is none for a person on a list, and an
    address with another one is refused;
  - whoever may also decide about alerts reads nothing about one that waits (`overt.services.reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Path, Query, Request
from starlette.responses import Response, StreamingResponse

from overt.console.api.ledger import LINES
from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.pages.ledger_words import (
    actor_words,
    fact_words,
    facts_in_short,
    kind_words,
    kinds_by_group,
    name_words,
)
from overt.console.render import page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.domain.time import to_us
from overt.ledger.entry import LIMIT, SYSTEM
from overt.services import record
from overt.services.accounts import accounts
from overt.services.people import Account
from overt.services.reading import Wanted, document, part, readable_size
from overt.store.records import DeploymentRow

doors = Doors()

CHECKS: Final = only(Action.LEDGER_EXPORT)
#: Every filter that there is, and where a page begins.
FILTERS: Final = ("kind", "deployment", "account", "since", "until")
Index = Annotated[int, Path(ge=0, lt=LIMIT)]


class NoSuchFilter(Refused):
    code = "no-such-filter"


@doors.get("/ledger", CHECKS)
def browse(
    request: Request,
    kind: str = "",
    deployment: str = "",
    account: str = "",
    since: str = "",
    until: str = "",
    before: Annotated[int | None, Query(ge=0, lt=LIMIT)] = None,
) -> Response:
    house, by = house_of(request), visitor_of(request).account
    typed = {"kind": kind, "deployment": deployment, "account": account, "since": since, "until": until}
    deployments = house.installation.store.read(lambda work: work.deployments.all())
    names = names_of(house, by)
    error: OvertError | None = None
    try:
        wanted = _wanted(request, typed, deployments, names)
    except NoSuchFilter as refused:
        error, wanted, before = refused, Wanted(), 0
    found = part(house.installation.store, by, wanted, before)
    chosen = {name: value for name, value in typed.items() if value}
    return page(
        request,
        "ledger.html",
        visitor=visitor_of(request),
        error=error,
        found=found,
        typed=typed,
        filtered=bool(chosen),
        older=f"/ledger?{urlencode({**chosen, 'before': found.looked_down_to})}",
        newest=f"/ledger?{urlencode(chosen)}" if chosen else "/ledger",
        groups=kinds_by_group(),
        deployments=list(reversed(deployments)),
        where={row.id: row.name for row in deployments},
        people=sorted(names.items(), key=lambda one: one[1]),
        says=kind_words,
        who=lambda actor: actor_words(actor, names),
        short=lambda line: facts_in_short(line, {row.id: row.name for row in deployments} | names),
        head=None if found.size == 0 else record.newest(house.installation.store),
    )


@doors.get("/ledger/export", CHECKS)
def export(request: Request) -> Response:
    """The same file as `overt ledger export` writes; it leaves batch by batch."""
    store = house_of(request).installation.store
    size = readable_size(store, visitor_of(request).account)
    name = f"ledger-{size}.txt"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(record.lines(store, size), media_type=LINES, headers=headers)


@doors.get("/ledger/{index:int}", CHECKS)
def one_entry(request: Request, index: Index) -> Response:
    house, by = house_of(request), visitor_of(request).account
    store = house.installation.store
    found = document(store, by, index)
    proof = record.inclusion(store, index)
    names = names_of(house, by)
    rows = store.read(lambda work: work.deployments.all())
    places = {row.id: row.name for row in rows}
    facts = [(name_words(name), fact_words(name, fact, places | names)) for name, fact in found.line.facts.items()]
    return page(
        request,
        "ledger_entry.html",
        visitor=visitor_of(request),
        found=found,
        line=found.line,
        proof=proof,
        place=places.get(found.line.deployment or "", found.line.deployment),
        says=kind_words(found.line.kind),
        who=actor_words(found.line.actor, names),
        facts=facts,
        key=house.installation.public_key,
    )


def names_of(house: House, by: Account) -> dict[str, str]:
    """Names of accounts by their ids: whoever checks may know them."""
    return {one.id: one.name for one in accounts(house.installation, by)}


def _wanted(
    request: Request, typed: Mapping[str, str], deployments: list[DeploymentRow], names: Mapping[str, str]
) -> Wanted:
    """What was chosen.

    Raises:
        NoSuchFilter: it is none of what is offered.
    """
    unknown = sorted(set(request.query_params).difference(FILTERS, ("before", "done")))
    kinds = {one for group, _, of in kinds_by_group() for one in (group, *of)}
    offered = {
        "kind": kinds,
        "deployment": {row.id for row in deployments},
        "account": {SYSTEM, *names},
    }
    for name, codes in offered.items():
        if typed[name] and typed[name] not in codes:
            unknown.append(name)
    if unknown:
        raise NoSuchFilter(
            "Entries are found by kind, deployment, account and day, each as it is offered here, and by nothing else.",
            "Choose from the lists.",
        )
    return Wanted(
        kind=typed["kind"],
        deployment=typed["deployment"],
        account=typed["account"],
        from_us=_begins_us(typed["since"]),
        until_us=_begins_us(typed["until"], days=1),
    )


def _begins_us(day: str, days: int = 0) -> int | None:
    """When a day, or the one so many days later, begins where this machine stands; None for no day."""
    if not day:
        return None
    try:
        local = datetime.combine(date.fromisoformat(day) + timedelta(days=days), time.min).astimezone()
        return max(0, to_us(local))
    except (ValueError, OverflowError):
        raise NoSuchFilter("This is no day.", "Give it as 2026-11-29.") from None
