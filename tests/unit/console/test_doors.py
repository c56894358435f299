"""Every way in has a rule, and a rule that would let a face out to the wrong ones cannot be made."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from overt.console.doors import EVERYBODY, SIGNED_IN, Doors, Rule, Whose, doors_of, only, require_every_door
from overt.console.render import STATIC
from overt.console.visitor import Visitor
from overt.domain.roles import PERMISSIONS, Action, NotAllowed, Role
from overt.services.people import Account
from overt.store.records import AccountState


def somebody(*roles: Role, by_token: bool = False) -> Visitor:
    account = Account(
        id="an id", name="eve", roles=roles, rank="", key="", trained_until_us=None, state=AccountState.ACTIVE
    )
    return Visitor(account=account, token="a token", by_token=by_token)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_door_admits_the_roles_of_its_action(action: Action, role: Role) -> None:
    rule = only(action, by_token=True)
    if role in PERMISSIONS[action].roles:
        rule.require(somebody(role))
        rule.require(somebody(role, by_token=True))
        return
    with pytest.raises(NotAllowed):
        rule.require(somebody(role))


def test_a_door_of_several_actions_admits_whoever_may_do_one() -> None:
    rule = only(Action.ALERT_SEE, Action.HOLD_SECOND)
    for role in Role:
        allowed = role in PERMISSIONS[Action.ALERT_SEE].roles or role in PERMISSIONS[Action.HOLD_SECOND].roles
        assert rule.admits(somebody(role).account) is allowed


def test_everybody_and_whoever_is_signed_in() -> None:
    EVERYBODY.require(somebody(by_token=True))
    SIGNED_IN.require(somebody())
    with pytest.raises(NotAllowed, match="token does not open"):
        SIGNED_IN.require(somebody(*Role, by_token=True))


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize("may", [Whose.EVERYBODY, Whose.SIGNED_IN, (Action.ALERT_SEE,)])
def test_a_face_comes_out_to_nobody_s_program_and_not_to_everybody(
    may: Whose | tuple[Action, ...], by_token: bool
) -> None:
    if may is not Whose.EVERYBODY and not by_token:
        assert Rule(may=may, emits_face=True, by_token=by_token).emits_face
        return
    with pytest.raises(ValueError, match="a face can come out"):
        Rule(may=may, emits_face=True, by_token=by_token)


def test_an_application_with_a_door_without_a_rule_does_not_start() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    require_every_door(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    require_every_door(app)
    app.add_api_route("/back", lambda: "in")
    with pytest.raises(RuntimeError, match="/back is a way into the console"):
        require_every_door(app)


@pytest.mark.parametrize("options", [{}, {"docs_url": None, "redoc_url": None}])
def test_the_pages_of_the_framework_are_doors_without_a_rule(options: dict[str, None]) -> None:
    with pytest.raises(RuntimeError):
        require_every_door(FastAPI(**options))  # type: ignore[arg-type]


def test_another_mount_than_that_of_the_files_is_a_way_in() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/more", StaticFiles(directory=STATIC), name="more")
    with pytest.raises(RuntimeError, match="/more"):
        require_every_door(app)


def test_the_table_has_every_method_of_every_door() -> None:
    doors, app = Doors("/api", tags=["one"]), FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for add in (doors.get, doors.post, doors.put, doors.delete):
        add("/thing", SIGNED_IN)(lambda: None)
    doors.websocket("/live", only(Action.WATCH_START, emits_face=True))(lambda: None)
    doors.add_to(app)
    found = [(door.method, door.path, door.rule.emits_face) for door in doors_of(app)]
    assert found == [
        *((method, "/api/thing", False) for method in ("GET", "POST", "PUT", "DELETE")),
        ("WEBSOCKET", "/api/live", True),
    ]
