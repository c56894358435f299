"""Deployments: which there are and what comes next; and each as a document, with what its policy asks of it."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.pages import (
    deployment_drafts,
    deployment_end,
    deployment_notices,
    deployment_plan,
    deployment_sign,
    deployment_start,
    listed,
)
from overt.console.pages.deployment_seen import Seen, addresses, may, next_step, seen, with_file
from overt.console.pages.deployment_words import in_words
from overt.console.render import page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.services.before_start import due_of
from overt.services.checks import Check, checks_of, how_all_stand
from overt.services.deployment_files import drafts
from overt.services.sign_checks import signs_now
from overt.services.stopped import stop_of, stopped_by_rule

doors = Doors("/deployments")
GROUPS: Final = (
    deployment_drafts.doors,
    doors,
    deployment_plan.doors,
    deployment_sign.doors,
    deployment_start.doors,
    deployment_end.doors,
    listed.doors,
    deployment_notices.doors,
    deployment_notices.sheet_doors,
)

SEES: Final = only(Action.FIGURES_SEE)
#: Of those that are over, so many are listed.
MOST_OVER: Final = 100


@doors.get("", SEES)
def show_all(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    roles, name = visitor.account.roles, visitor.account.name
    stands = how_all_stand(house.installation, visitor.account)
    coming = [with_file(house, one) for one in stands if not one.over(house.now_us)]
    past = [one for one in stands if one.over(house.now_us)]
    over = [with_file(house, one) for one in past[:MOST_OVER]]
    writes = may(roles, Action.DEPLOYMENT_NEW)
    return page(
        request,
        "deployments.html",
        visitor=visitor,
        writes=writes,
        drafts=drafts(house.settings.home) if writes else [],
        stopped=stopped_by_rule(house.installation),
        groups=[
            (title, [(one, next_step(one, roles, name)) for one in coming if one.state in states])
            for title, states in (
                ("Being watched now", ("running",)),
                ("Authorised", ("authorised",)),
                ("Waiting for a signature", ("entered", "signed in part")),
            )
        ],
        over=[(one, next_step(one, roles, name)) for one in over],
        more=len(past) - len(over),
        lists=may(roles, Action.LIST_IMPORT),
    )


@doors.get("/{deployment}", SEES)
def show(request: Request, deployment: str) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    roles = visitor.account.roles
    case = found.case
    return page(
        request,
        "deployment.html",
        visitor=visitor,
        seen=found,
        row=found.row,
        stands=found.stands,
        case=case,
        policy=found.stands.policy,
        shown_addresses=() if case is None else addresses(case.deployment),
        checks=in_words(checks_now(house, found)),
        next=next_step(found, roles, visitor.account.name),
        plans=may(roles, Action.DEPLOYMENT_PLAN),
        stopped=stop_of(house.installation, found.row),
        ends=may(roles, Action.DEPLOYMENT_END),
        cancels=may(roles, Action.AUTHORITY_CANCEL),
        due=due_of(house.installation, found.row),
        signs_now=signs_now(house.installation, found.row.id),
        notices=may(roles, Action.NOTICE_FILE),
        looks=may(roles, Action.SIGNS_CHECK),
        permits=may(roles, Action.AUTHORITY_SIGN),
        writes=may(roles, Action.DEPLOYMENT_NEW),
        answers=may(roles, Action.LISTED_ANSWER),
        records=may(roles, Action.NOTIFICATION_MAKE),
    )


def checks_now(house: House, found: Seen) -> tuple[Check, ...]:
    """What its policy asks of it now; nothing where its file is not what was entered, or it is over."""
    if found.case is None or not found.same or found.stands.over(found.now_us):
        return ()
    try:
        return checks_of(house.installation, found.case.deployment, found.row, found.case.policy)
    except OvertError:
        return ()
