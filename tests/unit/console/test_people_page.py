"""The page of accounts: who is shown what, and that a code of an invitation is shown once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from overt.domain.roles import Role
from overt.services.installation import Installation
from overt.services.people import Account
from overt.store.records import AccountRow, AccountState
from tests.consoles import console_of, house_in, session_of, visiting
from tests.installations import in_memory
from tests.people import administrators, person


@pytest.fixture
def installation() -> Installation:
    return in_memory()


@pytest.fixture
def people(installation: Installation) -> tuple[Account, ...]:
    """ann and ben, who are administrators."""
    return administrators(installation)


@pytest.fixture
def browsers(installation: Installation, people: tuple[Account, ...], tmp_path: Path) -> Iterator[list[TestClient]]:
    """Of ann and of ben."""
    app = console_of(house_in(installation, tmp_path))
    with (
        visiting(app, session_of(installation, people[0])) as ann,
        visiting(app, session_of(installation, people[1])) as ben,
    ):
        yield [ann, ben]


def row(installation: Installation, name: str) -> AccountRow:
    found = installation.store.read(lambda work: work.accounts.by_name(name))
    assert found is not None
    return found


def test_from_the_proposal_to_the_approval(installation: Installation, browsers: list[TestClient]) -> None:
    ann, ben = browsers
    made = ann.post("/people", data={"name": "Dora <i>", "roles": ["auditor", "oversight"]})
    assert made.status_code == 200
    assert "dora &lt;i&gt;" in made.text
    assert "<i>" not in made.text
    assert row(installation, "dora <i>").state is AccountState.PROPOSED
    assert made.headers["cache-control"] == "no-store"
    own = ann.post("/people/approve", data={"name": "dora <i>"})
    assert own.status_code == 422
    assert "You proposed this yourself" in own.text
    assert ben.post("/people/approve", data={"name": "dora <i>"}).headers["location"] == "/people"
    assert row(installation, "dora <i>").state is AccountState.ACTIVE


def test_what_is_refused_is_said_and_nothing_is_lost(installation: Installation, browsers: list[TestClient]) -> None:
    ann, _ = browsers
    for data, says in (
        ({"name": "", "roles": ["auditor"]}, "Not all was filled in as it has to be: name."),
        ({"name": "x" * 65, "roles": ["auditor"]}, "1 to 64 characters"),
        ({"name": "eve", "roles": []}, "role"),
        ({"name": "ann", "roles": ["auditor"]}, "There is an account of this name already"),
        ({"name": "eve", "roles": ["king"]}, "king"),
    ):
        answer = ann.post("/people", data=data)
        assert answer.status_code in (409, 422), data
        assert says in answer.text
    assert len(installation.store.read(lambda work: work.accounts.all())) == 2


def test_an_account_is_closed_trained_and_invited_again(installation: Installation, browsers: list[TestClient]) -> None:
    ann, _ = browsers
    person(installation, "carl", Role.OPERATOR)
    assert ann.post("/people/training", data={"name": "carl", "until": "2027-02-30"}).status_code == 422
    assert ann.post("/people/training", data={"name": "carl", "until": "2027-02-28"}).headers["location"] == "/people"
    again = ann.post("/people/invite", data={"name": "carl"})
    assert again.status_code == 200
    assert row(installation, "carl").password.startswith("invited:")
    assert ann.post("/people/invite", data={"name": "nobody"}).status_code == 422
    assert ann.post("/people/close", data={"name": "carl"}).headers["location"] == "/people"
    assert row(installation, "carl").state is AccountState.CLOSED
    assert ann.post("/people/key", data={"name": "ben", "key": "no key"}).status_code == 422
    assert ann.post("/people/roles", data={"name": "ben", "roles": ["auditor"]}).status_code == 422


def test_who_may_only_look_sees_no_buttons(
    installation: Installation, people: tuple[Account, ...], tmp_path: Path
) -> None:
    eve = person(installation, "eve", Role.AUDITOR)
    with visiting(console_of(house_in(installation, tmp_path)), session_of(installation, eve)) as client:
        page = client.get("/people").text
    main = page.partition("<main")[2]
    assert "ann" in main
    assert "<form" not in main


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.OPERATOR, "/alerts"),
        (Role.ENGAGEMENT_OFFICER, "/alerts"),
        (Role.LIST_MANAGER, "/lists"),
        (Role.AUTHORISING_OFFICER, "/deployments"),
        (Role.ADMINISTRATOR, "/people"),
        (Role.AUDITOR, "/deployments"),
    ],
)
def test_each_role_begins_at_its_first_task(
    installation: Installation, people: tuple[Account, ...], tmp_path: Path, role: Role, first: str
) -> None:
    somebody = person(installation, "somebody", role)
    with visiting(console_of(house_in(installation, tmp_path)), session_of(installation, somebody)) as client:
        assert client.get("/").headers["location"] == first


def test_the_store_is_asked_whether_it_answers(installation: Installation, tmp_path: Path) -> None:
    with visiting(console_of(house_in(installation, tmp_path))) as client:
        assert client.get("/healthz").text == "ok\n"
