"""Nobody who was ever on a list can be looked for: no door and no command finds an entry, a person or an alert by a
reference, by what stands for one in the store, or by any other word, in one deployment or across several.

The same person stands on the lists of two deployments here, and raised an alert in both. Every door is asked with their
reference, with its keyed digest, with what the ledger would have of it, and with a word that nobody has, in every place
where a door takes a word: it has to answer all of them alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import pytest
import typer
from fastapi import Form
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from overt.cli.main import build
from overt.console.api.kinds import KINDS
from overt.console.doors import Door, Doors, doors_of, only
from overt.console.pages import alerts
from overt.console.visitor import COOKIE
from overt.domain.roles import Action, Role
from overt.services.installation import Installation
from overt.services.terms import nominal
from overt.store.ports import Work
from overt.testing.memory_store import MemoryStore
from tests import stores
from tests.consoles import session_of, visiting
from tests.promises.doors import admitted
from tests.unit.console.api import seeded as seeding
from tests.unit.console.api.seeded import REFERENCE, Seeded, raise_alert, seeded

#: Every word that a door of the console takes in its address, and what it is. None of them says who somebody is.
QUESTIONS: Final = {
    "account": "who acted: one of the installation's own accounts, from a list",
    "after": "the index of an entry of the ledger",
    "at": "which page, or which step of the planner",
    "before": "where a page begins: an id or an index",
    "deployment": "the id of one deployment",
    "erased": "yes or no",
    "follow": "yes or no",
    "kind": "a kind of entry of the ledger, from a list",
    "limit": "how many",
    "name": "of a camera in the book",
    "new": "the size of a head",
    "next": "a page of the console",
    "old": "the size of a head",
    "purpose": "why pictures are opened, from a list",
    "resume": "the id of one list in the making",
    "seen": "what a page has seen of the alerts",
    "since": "a day, or the size of a head",
    "size": "the size of a head",
    "start": "the index of an entry of the ledger",
    "tall": "yes or no",
    "until": "a day, or the size of a head",
    "waiting": "yes or no",
}
#: What somebody might try.
TRIED: Final = (
    "q",
    "search",
    "query",
    "reference",
    "entry",
    "person",
    "subject",
    "about",
    "nominal",
    "digest",
    "alert",
)
#: Where a command takes a reference, and of what.
REFERENCES: Final = {("deployment", "permit", "reference"): "of an outside authorisation"}


@dataclass(frozen=True)
class Place:
    made: Seeded
    words: dict[str, str]
    ids: dict[str, str]

    def path(self, door: Door, put: tuple[str, str] = ("", "")) -> str:
        """With ids of what is there, and a word in one of their places."""
        found = []
        for part in door.path.split("/"):
            name = part.strip("{}").partition(":")[0]
            found.append((put[1] if put[0] == name else self.ids.get(name, "0")) if part.startswith("{") else part)
        return "/".join(found)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(seeding, "drafted", lambda _: stores.uuid(0xDEAD))
        patched.setattr(alerts, "HOLD_ON_S", alerts.LOOK_EVERY_S)
        made = seeded(tmp_path_factory.mktemp("place"))
        made.app.state.feed.close()
        installation = made.installation
        digest = nominal(installation, REFERENCE)
        again = replace(made.deployment, id=stores.uuid(0x77), digest="e" * 64, name="Bridge Street")
        second = replace(stores.watch_list(7), deployment=again.id)

        def enter(work: Work) -> None:
            work.deployments.add(again)
            work.lists.add(second, [])
            work.nominals.add(again.id, [digest])

        installation.store.write(enter)
        raise_alert(installation, again, 9)
        listed = installation.store.read(
            lambda work: [digest in set(work.nominals.of(row.id)) for row in work.deployments.all()]
        )
        assert listed == [True, True], "the same person stands on both lists"
        words = {
            "reference": REFERENCE,
            "keyed digest": digest,
            "in the ledger": installation.digest(REFERENCE),
            "digest": hashlib.sha256(REFERENCE.encode()).hexdigest(),
        }
        ids = {"deployment": made.deployment.id, "alert": made.alerts[0], "name": "high-street"}
        yield Place(made=made, words=words, ids=ids)


def nobodys(word: str) -> str:
    """A word of the same form that nobody has."""
    turned = str.maketrans("0123456789abcdef", "f0123456789abcde")
    return word[:8] + word[8:].translate(turned) if ":" in word else word.translate(turned)


@contextmanager
def undone(installation: Installation) -> Iterator[None]:
    store = installation.store
    assert isinstance(store, MemoryStore)
    before = store._tables
    yield
    store._tables = before


def asked(place: Place, account_role: Role, path: str, word: str, **query: str) -> tuple[int, str]:
    """How a door answers, without the word itself and what is new each time."""
    installation = place.made.installation
    with undone(installation), visiting(place.made.app) as client:
        client.cookies.set(COOKIE, session_of(installation, place.made.by(account_role)))
        answer = client.get(path, params=query)
    said = re.sub(r'view=[0-9a-f-]{36}|"authority":"[0-9a-f-]{36}"', "", answer.text)  # new each time
    for form in (word, word.replace(":", "%3A"), word.replace("-", " ")):
        said = said.replace(form, "WORD")
    return answer.status_code, said


def questions(place: Place, of: str) -> Iterator[tuple[str, str, Role, dict[str, str]]]:
    """Every place where a door takes a word: what it is, the door's path, who may ask, and its query; `WORD` there."""
    routes = {route.path: route for route in place.made.app.routes if isinstance(route, APIRoute)}
    for door in doors_of(place.made.app):
        if door.method != "GET" or door.path not in routes or not door.path.startswith(of):
            continue
        role = admitted(door)[0]
        yield f"{door.path}?...", place.path(door), role, dict.fromkeys(TRIED, "WORD")
        for name in [one.name for one in routes[door.path].dependant.query_params]:
            yield f"{door.path}?{name}=", place.path(door), role, {name: "WORD"}
        for name in re.findall(r"{(\w+)", door.path):
            yield f"{door.path} for {name}", place.path(door, (name, "WORD")), role, {}


def differences(place: Place, of: str = "/") -> list[str]:
    """Places in which a door answers a word of the listed person otherwise than one that nobody has.

    Args:
        of: how the paths of these doors begin.
    """
    found = []
    for what, path, role, query in questions(place, of):
        for kind, word in place.words.items():
            other = nobodys(word)
            answers = [
                asked(place, role, path.replace("WORD", one), one, **dict.fromkeys(query, one)) for one in (word, other)
            ]
            if answers[0] != answers[1]:
                found.append(f"{what} tells the {kind} from another word")
    return found


@pytest.mark.long
@pytest.mark.timeout(580)  # each door, twice for each word
def test_no_door_tells_somebody_who_was_listed_from_nobody(place: Place) -> None:
    assert differences(place) == []


@pytest.mark.long
def test_a_planted_search_is_found(place: Place) -> None:
    """By a reference across deployments, such as somebody might add."""
    planted = Doors()

    @planted.get("/planted", only(Action.LEDGER_EXPORT))
    def search(request: Request, reference: str = "") -> Response:
        installation = place.made.installation
        assert request

        def look(work: object) -> list[str]:
            wanted = nominal(installation, reference)
            rows = work.deployments.all()  # type: ignore[attr-defined]
            return [row.id for row in rows if wanted in work.nominals.of(row.id)]  # type: ignore[attr-defined]

        return JSONResponse(installation.store.read(look))

    planted.add_to(place.made.app)
    try:
        found = differences(place, "/planted")
    finally:
        place.made.app.router.routes.pop()
    assert found
    assert {one.partition("?")[0] for one in found} == {"/planted"}


def test_what_a_door_takes_in_its_address_is_a_closed_set(place: Place) -> None:
    taken = {
        one.name
        for route in place.made.app.routes
        if isinstance(route, APIRoute)
        for one in route.dependant.query_params
    }
    assert taken <= set(QUESTIONS), "say what it is, and that nobody is looked for with it"
    assert not taken & set(TRIED)


def test_no_command_looks_for_somebody() -> None:
    def commands(of: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for name, one in getattr(of, "commands", {}).items():
            yield from commands(one, (*path, name))
        for parameter in of.params:
            yield (*path, str(parameter.name))

    taken = set(commands(typer.main.get_command(build())))
    alone = {"alert"}  # one alert, by its id
    suspicious = {one for one in taken if one[-1] in set(TRIED) - alone}
    assert suspicious == set(REFERENCES)


#: Where a form takes a reference. It is the one door by which somebody learns something by one, and that is the person
#: themselves (decision 0029).
ANSWERED_AT: Final = "/deployments/{deployment}/listed"
#: Another form has a field of that name, for something else: the outside authorisation.
PERMITTED_AT: Final = "/deployments/{deployment}/permit"


def test_one_form_takes_a_reference_and_it_is_about_one_deployment_of_a_person_who_asks(place: Place) -> None:
    """Each request is recorded before anything is looked at, there are few in a day, and an auditor alone may."""
    taken = {
        route.path: {one.name for one in route.dependant.body_params}
        for route in place.made.app.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    }
    alone = {"alert", "about"}  # one alert, by its id; what a paper is about
    asking = sorted(path for path, names in taken.items() if names & (set(TRIED) - alone))
    assert asking == [ANSWERED_AT, PERMITTED_AT]
    assert taken[ANSWERED_AT] == {"reference", "identity"}, "no second deployment, no list of references"
    (door,) = [door for door in doors_of(place.made.app) if door.path == ANSWERED_AT and door.method == "POST"]
    assert set(admitted(door)) == {Role.AUDITOR}
    assert not door.rule.by_token, "no program asks"
    assert {kind: KINDS[kind].facts for kind in ("listed.asked", "listed.answered")} == {
        "listed.asked": ("request",),
        "listed.answered": ("request",),
    }


def test_planted_a_form_that_takes_references_is_found(place: Place) -> None:
    planted = Doors()

    @planted.post("/planted", only(Action.LEDGER_EXPORT))
    def search(request: Request, person: Annotated[str, Form()] = "") -> Response:
        assert request
        return JSONResponse(person)

    planted.add_to(place.made.app)
    try:
        with pytest.raises(AssertionError):
            test_one_form_takes_a_reference_and_it_is_about_one_deployment_of_a_person_who_asks(place)
    finally:
        place.made.app.router.routes.pop()


def test_a_list_is_of_one_deployment_and_no_page_of_it_names_another(place: Place) -> None:
    """Whoever may see a list sees that of one deployment, and nothing of who else's list somebody stood on."""
    installation = place.made.installation
    lists = installation.store.read(lambda work: work.lists.all())
    assert len({one.deployment for one in lists}) == len(lists) == 2
    with visiting(place.made.app, session_of(installation, place.made.by(Role.LIST_MANAGER))) as client:
        page = client.get(f"/lists/sealed/{lists[0].id}")
    assert page.status_code == 200
    assert "Bridge Street" not in page.text
    assert REFERENCE not in page.text
