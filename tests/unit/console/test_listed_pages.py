"""The pages on which one person is answered, or not: what they say, to whom they open, what they leave behind."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.ledger.verify_listed import check
from overt.services.people import Account
from overt.services.retain import retain
from overt.store.records import DeploymentRow
from tests.consoles import console_of, house_in, session_of, visiting
from tests.deployed import Site
from tests.installations import kinds
from tests.people import PASSWORD, administrators, person


@dataclass
class Desk:
    """Where an auditor answers. `row`: a deployment whose list is erased."""

    site: Site
    app: FastAPI
    row: DeploymentRow
    second: Account

    @property
    def path(self) -> str:
        return f"/deployments/{self.row.id}/listed"

    def get(self, role: Role = Role.AUDITOR, path: str = "") -> tuple[int, str]:
        token = session_of(self.site.installation, self.site.by(role))
        with visiting(self.app, token) as client:
            answer = client.get(path or self.path)
        return answer.status_code, answer.text

    def post(self, path: str, role: Role = Role.AUDITOR, /, **form: str) -> tuple[int, str]:
        token = session_of(self.site.installation, self.site.by(role))
        with visiting(self.app, token) as client:
            answer = client.post(f"{self.path}{path}", data=form)
        if answer.status_code == 200:
            assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    site = Site(tmp_path, "uk-police")
    administrators(site.installation)
    row = site.authorised(site.case(people=("ann", "bob")))
    site.clock.advance((row.closes_us + DAY_US - site.clock.now_us()) / 1e6)
    retain(site.installation)
    second = person(site.installation, "olivia", Role.OVERSIGHT)
    return Desk(site, console_of(house_in(site.installation, tmp_path)), row, second)


def test_the_form_says_what_is_kept_and_until_when(desk: Desk) -> None:
    status, text = desk.get()
    assert status == 200
    for part in ("2 references were on it", "It is not kept", "slip", "0 requests: 0 answered, 0 refused"):
        assert part in text
    assert "Was I on this list?" in desk.get(path=f"/deployments/{desk.row.id}")[1]
    assert "Was I on this list?" not in desk.get(Role.LIST_MANAGER, f"/deployments/{desk.row.id}")[1]


@pytest.mark.parametrize(
    ("reference", "says"), [("ANN", "You were on this list"), ("zoe", "You were not on this list")]
)
def test_the_answer_comes_with_a_file_that_proves_it_and_leaves_nothing(desk: Desk, reference: str, says: str) -> None:
    status, text = desk.post("", reference=reference, identity="papers-shown")
    assert status == 200
    assert says in text
    found = re.search(
        r'href="data:application/json;base64,([A-Za-z0-9+/=]+)" download="answer-([0-9a-f-]{36})\.json"', text
    )
    assert found is not None
    record = json.loads(base64.b64decode(found[1]))
    assert record["request"] == found[2]
    held = check(record, desk.site.installation.ledger.key.public_key())
    assert held.listed is (reference == "ANN")
    after = desk.get()[1]
    assert "1 request: 1 answered, 0 refused" in after
    assert reference.lower() not in after.replace("cannot", "").replace("planned", "")


def test_what_was_not_said_is_asked_for_and_not_repeated(desk: Desk) -> None:
    status, text = desk.post("", reference="zoe-from-nowhere", identity="by-the-system")
    assert status == 422
    assert "It was not said how you saw who asks" in text
    assert "zoe-from-nowhere" not in text
    status, text = desk.post("", reference=" ", identity="papers-shown")
    assert status == 422
    assert "A reference has from 1 to 512 characters" in text
    assert not any(kind.startswith("listed.") for kind in kinds(desk.site.installation))


def refusal(**changes: str) -> dict[str, str]:
    form = {"identity": "papers-shown", "exemption": "public-security", "second": "olivia", "password": PASSWORD}
    return form | changes


def test_a_refusal_says_neither_yes_nor_no_and_is_counted(desk: Desk) -> None:
    status, text = desk.post("/refuse", Role.AUDITOR, **refusal())
    assert status == 200
    for part in ("neither a yes nor a no", "endanger public security", "Two people decided so"):
        assert part in text
    assert "1 request: 0 answered, 1 refused. Public security: 1." in desk.get()[1]


def test_a_refusal_by_one_or_for_no_reason_is_none(desk: Desk) -> None:
    for changes, says in (
        ({"exemption": "busy"}, "listed_exemptions"),
        ({"identity": ""}, "how you saw"),
        ({"password": "wrong horse battery"}, "password"),
    ):
        status, text = desk.post("/refuse", Role.AUDITOR, **refusal(**changes))
        assert status == 422
        assert says in text
        assert PASSWORD not in text
    assert not any(kind.startswith("listed.") for kind in kinds(desk.site.installation))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_nobody_but_an_auditor_comes_in(desk: Desk, role: Role) -> None:
    assert desk.get(role)[0] == 403
    assert desk.post("", role, reference="ann", identity="papers-shown")[0] == 403
    assert desk.post("/refuse", role, **refusal())[0] == 403


def test_before_the_delay_after_the_key_and_without_a_commitment_the_page_says_why(desk: Desk) -> None:
    site = desk.site
    site.clock.advance(-3600)
    assert "nobody is warned while it runs" in desk.get()[1]
    status, text = desk.post("", reference="ann", identity="papers-shown")
    assert status == 422
    assert "listed_answer_delay_h" in text
    site.clock.advance(367 * DAY_US / 1e6)
    retain(site.installation)
    assert "Nobody can tell any more" in desk.get()[1]
    site.installation.store._tables.listed.clear()  # type: ignore[attr-defined]
    assert "nothing was committed when it was sealed" in desk.get()[1]
