"""The officer's phone, without a browser: what comes out of its doors, and what does not."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from overt.console.house import DemoAccount
from overt.console.pages import phone
from overt.console.render import STATIC
from overt.domain.decision import Verdict
from overt.store.records import DeploymentState
from tests.unit.console.alerting import CANNOT, REFERENCE, Console, seen

NAME = "f" * 32
OUTCOME = {
    "result": "right",
    "means": "document",
    "held_min": "4",
    "followed": "arrest",
    "served": "yes",
    "sent_as": NAME,
}


@pytest.fixture
def console() -> Console:
    return Console()


def met(console: Console, verdict: Verdict = Verdict.WORTH_A_LOOK) -> str:
    return console.decided(console.announced(), "olga", "oscar", verdict=verdict)


def now(console: Console, mark: str = "", name: str = "ed") -> dict[str, Any]:
    answer = console[name].get(f"/phone/now?seen={mark}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_whom_to_meet_is_told_in_words_without_a_reference(console: Console) -> None:
    assert now(console)["alerts"] == []
    met(console, CANNOT)
    alert = met(console)
    answer = now(console)
    (one,) = answer["alerts"]
    assert (one["id"], one["camera"], one["place"]) == (alert, "north", "there")
    assert one["response"].startswith("Arrest")
    assert (one["opens"], one["seen"], one["seen_by_others"]) == (True, False, 0)
    assert REFERENCE not in str(answer)
    assert answer["account"] == console.people["ed"].id


def test_an_answer_waits_for_what_is_new_and_no_longer_than_it_may(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "HOLD_ON_S", 0.5)
    mark = str(now(console)["seen"])
    began = time.monotonic()
    assert now(console, mark)["seen"] == mark
    assert time.monotonic() - began >= 0.4
    met(console)
    assert now(console, mark)["seen"] != mark


def test_how_many_wait_for_a_verdict_of_theirs(console: Console) -> None:
    console.announced()
    assert now(console)["waiting"] == 1


def test_the_faces_come_for_the_pages_script_alone_and_each_time_is_a_look(console: Console) -> None:
    alert = met(console)
    before = len(console.entries("alert.shown"))
    refused = console["ed"].get(f"/phone/alerts/{alert}/faces", headers={"sec-fetch-dest": "image"})
    assert refused.status_code == 409
    assert len(console.entries("alert.shown")) == before
    given = console["ed"].get(f"/phone/alerts/{alert}/faces", headers={"sec-fetch-dest": "empty"})
    assert (given.status_code, given.headers["content-type"]) == (200, "image/jpeg")
    assert given.headers["cache-control"] == "no-store"
    looks = console.entries("alert.shown")[before:]
    assert [(one.facts["purpose"], one.actor) for one in looks] == [("meet", console.people["ed"].id)]


@pytest.mark.parametrize("why", ["outcome", "end", "cannot tell"])
def test_no_face_comes_once_nobody_is_to_be_met(console: Console, why: str) -> None:
    alert = met(console, CANNOT if why == "cannot tell" else Verdict.WORTH_A_LOOK)
    if why == "outcome":
        assert console["ed"].post(f"/phone/alerts/{alert}/outcome", data=OUTCOME).status_code == 200
    elif why == "end":
        store, now_us = console.installation.store, console.clock.now_us()
        states = list(DeploymentState)
        store.write(lambda work: work.deployments.move(console.deployment.id, states, DeploymentState.ENDED, now_us))
        console.clock.advance(1)
    answer = console["ed"].get(f"/phone/alerts/{alert}/faces")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (409, "text/html")


def test_seen_is_recorded_once(console: Console) -> None:
    alert = met(console)
    for _ in range(2):
        assert console["ed"].post(f"/phone/alerts/{alert}/seen").json() == {"recorded": True}
    assert [one.actor for one in console.entries("alert.seen")] == [console.people["ed"].id]
    waiting = console.announced()
    refused = console["ed"].post(f"/phone/alerts/{waiting}/seen")
    assert (refused.status_code, refused.json()["code"]) == (409, "no-contact")


def test_what_is_sent_twice_is_recorded_once(console: Console) -> None:
    alert = met(console)
    for _ in range(2):
        answer = console["ed"].post(f"/phone/alerts/{alert}/outcome", data=OUTCOME)
        assert (answer.status_code, answer.json()) == (200, {"recorded": True})
    (one,) = console.entries("alert.concluded")
    assert (one.facts["held_min"], one.facts["means"]) == (4, "document")
    assert now(console)["alerts"] == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sent_as": "short"}, 422, "malformed"),
        ({"result": "maybe"}, 409, "not-chosen"),
        ({"held_min": ""}, 409, "bad-outcome"),
    ],
)
def test_a_refusal_is_a_sentence_for_the_script(
    console: Console, changes: dict[str, str], status: int, code: str
) -> None:
    answer = console["ed"].post(f"/phone/alerts/{met(console)}/outcome", data=OUTCOME | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["refused"].endswith(".")
    assert not console.entries("alert.concluded")


def test_without_a_script_the_page_leads_to_pages_that_need_none(console: Console) -> None:
    alert = met(console)
    page = console["ed"].get("/phone").text
    plain = re.findall(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
    assert any(f"/alerts/{alert}/outcome" in part for part in plain)
    assert REFERENCE not in page


def test_what_everybody_may_have_of_it_names_nobody_and_is_all_that_the_worker_keeps(console: Console) -> None:
    alert = met(console)
    visitor = console["nobody"]
    shell, worker = visitor.get("/phone/offline"), visitor.get("/phone/worker.js")
    assert shell.status_code == worker.status_code == 200
    assert worker.headers["service-worker-allowed"] == "/phone"
    for told in (alert, console.people["ed"].id, "north"):
        assert told not in shell.text
    assert "Nobody is to be met now" in seen(shell)
    listed = re.search(r"const FILES = (\[.*?\]);", worker.text)
    assert listed is not None
    files = re.findall(r'"([^"]+)"', listed[1])
    for file in files:
        assert file.startswith("/static/") or file in ("/phone/offline", "/phone/manifest.json")
        assert visitor.get(file).status_code == 200, file
    for script in phone.SCRIPTS:
        for imported in re.findall(r'from "\./([^"]+)"', (STATIC / script).read_text("utf-8")):
            assert f"/static/{imported}" in files, f"{script} needs {imported}"
    manifest = visitor.get("/phone/manifest.json")
    assert (manifest.json()["start_url"], manifest.json()["display"]) == ("/phone", "standalone")
    assert visitor.get(manifest.json()["icons"][0]["src"]).status_code == 200


def test_the_page_is_in_the_places_of_those_who_meet_people(console: Console) -> None:
    assert 'href="/phone"' in console["ed"].get("/alerts").text
    assert 'href="/phone"' not in console["olga"].get("/alerts").text
    assert console["olga"].get("/phone").status_code == 403


def test_the_phone_of_a_demonstration_forgets_its_record_with_the_window() -> None:
    """The next one has another record, at the same address."""
    console = Console()
    assert 'data-keeps="phone"' in console["ed"].get("/phone").text
    account = DemoAccount(name="ed", password="", does="")
    console.app.state.house = replace(console.house, demonstration=(account,))
    console.app.state.house.__dict__["readers"] = console.house.readers
    assert 'data-keeps="session"' in console["ed"].get("/phone").text
