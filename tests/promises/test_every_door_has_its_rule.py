"""Nobody comes through a door that is not theirs: every way into the console, tried by every role, by nobody, and by
programs, with what there is not, with what they have a part in, and with what is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import cast

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from overt.console.doors import Door, Whose, doors_of
from overt.console.pages import alerts
from overt.console.visitor import COOKIE
from overt.domain.roles import Role
from overt.services.installation import Installation
from overt.services.people import Account
from overt.testing.memory_store import MemoryStore
from tests import stores
from tests.consoles import console_of, house_in, session_of, visiting
from tests.deployed import Site
from tests.people import person
from tests.promises.doors import FILE, admitted, written

API = "/api/"


@dataclass
class Place:
    """A console with a deployment and an alert in it.

    Attributes:
        people: of each role, somebody who has a part in the deployment, and somebody who has none.
    """

    app: FastAPI
    installation: Installation
    people: dict[Role, tuple[Account, Account]]
    ids: dict[str, str]

    @property
    def doors(self) -> list[Door]:
        return list(doors_of(self.app))

    def paths(self, door: Door) -> list[str]:
        """With ids that nobody has, and with those of what is there."""
        return sorted({self._filled(door.path, {}), self._filled(door.path, self.ids)})

    def _filled(self, path: str, ids: dict[str, str]) -> str:
        parts = []
        for part in path.split("/"):
            name = part.strip("{}").partition(":")[0]
            parts.append(ids.get(name, NOBODYS.get(name, stores.uuid(0xDEAD))) if part.startswith("{") else part)
        return "/".join(parts)

    @contextmanager
    def unchanged(self, what: str) -> Iterator[None]:
        """Nothing at all happens meanwhile."""
        store = cast(MemoryStore, self.installation.store)
        before = deepcopy(store._tables)
        yield
        assert store._tables == before, f"{what} changed something"

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens meanwhile is as if it had not been."""
        store = cast(MemoryStore, self.installation.store)
        before = store._tables
        yield
        store._tables = before


NOBODYS = {"position": "0", "first": "0", "second": "1", "number": "0", "index": "0", "file": "nothing.txt"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Nothing in it waits: streams end at once, and so does a question whether there is news."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "home").mkdir(mode=0o700)
    site = Site(folder)
    case = site.case()
    row = site.authorised(case)
    site.watched(case, row)
    alert = replace(stores.alert(1), deployment=row.id)
    site.installation.store.write(lambda work: work.alerts.add(alert))
    house = house_in(site.installation, folder)
    people = {role: (site.by(role), person(site.installation, f"other {role}", role)) for role in Role}
    lists = site.installation.store.read(lambda work: work.lists.all())
    ids = {"deployment": row.id, "alert": alert.id, "name": "high-street", "watch_list": lists[0].id}
    app = console_of(house)
    app.state.feed.close()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alerts, "HOLD_ON_S", alerts.LOOK_EVERY_S)
        yield Place(app=app, installation=site.installation, people=people, ids=ids)


def sent(client: TestClient, door: Door, path: str, **headers: str) -> httpx2.Response:
    return client.request(door.method, path, headers=headers)


def socket_is_refused(client: TestClient, path: str) -> bool:
    try:
        with client.websocket_connect(path) as socket:
            socket.receive_json()
    except (WebSocketDisconnect, WebSocketDenialResponse):
        return True
    return False


def test_the_table_of_doors_is_the_one_that_was_reviewed(place: Place) -> None:
    assert written(place.app) == FILE.read_text("utf-8"), "look at it, and run python -m tests.promises.write_doors"


def test_no_face_comes_out_of_a_door_for_everybody_or_for_programs(place: Place) -> None:
    for door in place.doors:
        assert not (door.rule.emits_face and (door.rule.by_token or door.rule.may is Whose.EVERYBODY)), door.path
        assert not (door.rule.emits_face and door.path.startswith(API)), door.path


@pytest.mark.parametrize("role", Role)
def test_a_role_that_a_rule_does_not_admit_is_refused_and_nothing_happens(place: Place, role: Role) -> None:
    shut = [door for door in place.doors if role not in admitted(door)]
    for account in place.people[role]:
        token = session_of(place.installation, account)
        with visiting(place.app, token) as client, place.unchanged(f"{role}"):
            for door in shut:
                for path in place.paths(door):
                    if door.method == "WEBSOCKET":
                        assert socket_is_refused(client, path), path
                        continue
                    answer = sent(client, door, path)
                    assert answer.status_code == 403, f"{role} {door.method} {path}: {answer.status_code}"
                    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("role", Role)
def test_a_role_that_a_rule_admits_comes_in_and_nothing_fails(place: Place, role: Role) -> None:
    """What it may do with one object is for the service to say, and for that service's own tests."""
    opened = [door for door in place.doors if role in admitted(door) and door.method != "WEBSOCKET"]
    for account in place.people[role]:
        with visiting(place.app) as client:
            for door in opened:
                for path in place.paths(door):
                    with place.undone():
                        client.cookies.clear()
                        client.cookies.set(COOKIE, session_of(place.installation, account))
                        status = sent(client, door, path).status_code
                    assert status < 500 or status == 503, f"{role} {door.method} {path}: {status}"
                    assert status not in (401, 405), f"{role} {door.method} {path}: {status}"


def test_whoever_is_not_signed_in_is_led_to_sign_in_and_nothing_happens(place: Place) -> None:
    with visiting(place.app) as client, place.unchanged("nobody"):
        for door in place.doors:
            if door.rule.may is Whose.EVERYBODY:
                continue
            for path in place.paths(door):
                if door.method == "WEBSOCKET":
                    assert socket_is_refused(client, path), path
                    continue
                answer = sent(client, door, path)
                if path.startswith(API):
                    assert answer.status_code == 401, path
                    assert answer.headers["content-type"] == "application/problem+json"
                elif door.method == "GET":
                    assert answer.status_code == 303, path
                    assert answer.headers["location"].startswith("/sign-in")
                else:
                    assert answer.status_code == 401, path


@pytest.mark.parametrize("role", Role)
def test_a_token_opens_the_doors_for_programs_alone(place: Place, role: Role) -> None:
    token = session_of(place.installation, place.people[role][0])
    shut = [door for door in place.doors if door.rule.may is not Whose.EVERYBODY and not door.rule.by_token]
    with visiting(place.app) as client, place.unchanged(f"a token of {role}"):
        for door in shut:
            for path in place.paths(door):
                if door.method == "WEBSOCKET":
                    continue
                status = sent(client, door, path, authorization=f"Bearer {token}").status_code
                assert status == 403, f"{door.method} {path}: {status}"


def test_a_token_that_nobody_has_opens_nothing_and_brings_no_cookie(place: Place) -> None:
    with visiting(place.app) as client, place.unchanged("a wrong token"):
        for door in place.doors:
            if door.rule.may is Whose.EVERYBODY or door.method == "WEBSOCKET":
                continue
            answer = sent(client, door, place.paths(door)[0], authorization="Bearer " + "0" * 64)
            assert answer.status_code in (303, 401), door.path
