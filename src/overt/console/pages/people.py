"""Who works here, as what: administrators propose, approve and close accounts, and record trainings.

The code of an invitation is shown once, on the page that answers its making, and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import TRAINED, Action, Role, roles_for
from overt.domain.time import to_us
from overt.services.accounts import (
    Invitation,
    accounts,
    approve,
    change_roles,
    close,
    invite_again,
    pin_key,
    propose,
    set_training,
)
from overt.services.installation import Installation
from overt.services.people import Account, installation_policy
from overt.services.policies import load_policy
from overt.store.records import AccountState

doors = Doors()

SEES = only(Action.ACCOUNT_SEE)
PROPOSES = only(Action.ACCOUNT_PROPOSE)
Name = Annotated[str, Form(max_length=200)]


@doors.get("/people", SEES)
def show(request: Request) -> Response:
    return _page(request)


@doors.post("/people", PROPOSES)
def add(
    request: Request,
    name: Name,
    roles: Annotated[list[str] | None, Form()] = None,
    rank: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        invitation = propose(house.installation, visitor.account, name, roles or (), rank=rank.strip())
    except OvertError as error:
        return _page(request, error=error, typed={"name": name, "roles": roles or [], "rank": rank})
    return _page(request, invitation=invitation)


@doors.post("/people/approve", only(Action.ACCOUNT_APPROVE))
def say_yes(request: Request, name: Name) -> Response:
    return _changed(request, lambda house, by: approve(house, by, name))


@doors.post("/people/close", only(Action.ACCOUNT_CLOSE))
def shut(request: Request, name: Name) -> Response:
    return _changed(request, lambda house, by: close(house, by, name))


@doors.post("/people/roles", PROPOSES)
def give_roles(
    request: Request,
    name: Name,
    roles: Annotated[list[str] | None, Form()] = None,
    rank: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    return _changed(request, lambda house, by: change_roles(house, by, name, roles or (), rank=rank.strip()))


@doors.post("/people/key", PROPOSES)
def give_key(request: Request, name: Name, key: Annotated[str, Form(max_length=200)]) -> Response:
    return _changed(request, lambda house, by: pin_key(house, by, name, key.strip()))


@doors.post("/people/invite", PROPOSES)
def invite(request: Request, name: Name) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        invitation = invite_again(house.installation, visitor.account, name)
    except OvertError as error:
        return _page(request, error=error)
    return _page(request, invitation=invitation)


@doors.post("/people/training", PROPOSES)
def train(request: Request, name: Name, until: Annotated[str, Form(max_length=20)]) -> Response:
    return _changed(request, lambda house, by: set_training(house, by, name, _end_of(until)))


def _changed(request: Request, change: Callable[[Installation, Account], object]) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        change(house.installation, visitor.account)
    except OvertError as error:
        return _page(request, error=error)
    return go("/people")


def _page(
    request: Request,
    *,
    error: OvertError | None = None,
    invitation: Invitation | None = None,
    typed: dict[str, object] | None = None,
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    everybody = accounts(house.installation, visitor.account)
    policy = installation_policy(house.installation)
    return page(
        request,
        "people.html",
        visitor=visitor,
        error=error,
        invitation=invitation,
        typed=typed or {"name": "", "roles": [], "rank": ""},
        people=everybody,
        roles=tuple(Role),
        ranks=_ranks(policy.policy),
        states=AccountState,
        trained=TRAINED,
        administers=bool(roles_for(visitor.account.roles, Action.ACCOUNT_PROPOSE)),
        two_administrators=policy.two_administrators,
        day_max=_day(house.now_us, policy.training_max_days),
    )


def _ranks(policy: str) -> tuple[str, ...]:
    """The ranks that the installation's policy knows; none where its file is gone."""
    try:
        return tuple(load_policy(policy).rules.ranks)
    except OvertError:
        return ()


def _day(now_us: int, days: int) -> str:
    return f"{datetime.fromtimestamp(now_us / 1e6, UTC) + timedelta(days=days):%Y-%m-%d}"


def _end_of(day: str) -> int:
    """The end of a day, UTC."""
    try:
        return to_us(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1))
    except ValueError:
        raise Refused("That is no day of the calendar.", "Write it as 2027-05-31.") from None
