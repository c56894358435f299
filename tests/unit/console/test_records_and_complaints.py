"""Records, notifications and complaints in the console: who makes them, what comes, and that it is in the ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from overt.console.app import create_app
from overt.console.pages import deployment_record as pages
from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.notices.paper import can_make_pdf
from tests.consoles import house_in, session_of, visiting
from tests.needs import needs_part
from tests.recorded import SECRETS, Recorded, recorded
from tests.stores import uuid
from tests.unit.console.alerting import seen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("records"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def visit(made: Recorded, home: Path, role: Role) -> TestClient:
    app = create_app(house_in(made.installation, home))
    with visiting(app, session_of(made.installation, made.by(role))) as client:
        return client


def last(made: Recorded) -> Entry:
    return Entry.from_bytes(made.ledger()[-1])


def test_an_auditor_makes_each_form_of_the_record_and_each_is_an_entry(made: Recorded, home: Path) -> None:
    client, at = visit(made, home, Role.AUDITOR), f"/deployments/{made.row.id}/record"
    assert at in client.get(f"/deployments/{made.row.id}").text
    page = seen(client.get(at))
    assert "Everything that was recorded" in page
    assert "For an authority" in page
    shown = client.post(at, data={"whom": "oversight", "form": "page"})
    entry = last(made)
    assert (entry.kind, entry.facts["whom"]) == ("record.made", "oversight")
    assert str(entry.facts["digest"]) in shown.text
    saved = client.post(at, data={"whom": "oversight", "form": "json"})
    assert saved.headers["content-disposition"] == f'attachment; filename="record-{made.row.id}.json"'
    assert json.loads(saved.content)["copies"][-1]["digest"] == entry.facts["digest"]
    whole = client.post(at, data={"whom": "data-protection", "form": "html"})
    assert whole.text.startswith("<!doctype html>")
    for answer in (shown, saved, whole):
        assert not [secret for secret in SECRETS if secret in answer.text]
    assert "for data protection" in seen(client.get(at))


def test_as_pdf_where_the_machine_can(made: Recorded, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, at = visit(made, home, Role.OVERSIGHT), f"/deployments/{made.row.id}/record"
    monkeypatch.setattr(pages, "can_make_pdf", lambda: "PDF needs a part that is missing.")
    assert "PDF needs a part that is missing." in client.get(at).text
    assert "Save as PDF" not in client.get(at).text
    needs_part(not can_make_pdf(), "needs WeasyPrint and Debian's libpango")
    answer = client.post(at, data={"whom": "market-surveillance", "form": "pdf"})
    assert answer.content.startswith(b"%PDF-")


def test_the_officer_makes_notifications_and_no_record_and_others_nothing(made: Recorded, home: Path) -> None:
    client, at = visit(made, home, Role.AUTHORISING_OFFICER), f"/deployments/{made.row.id}/record"
    assert "Everything that was recorded" not in client.get(at).text
    assert client.post(at, data={"whom": "oversight", "form": "json"}).status_code == 422
    assert client.post(at, data={"whom": "data-protection", "form": "json"}).status_code == 200
    assert "Choose one of each" in client.post(at, data={"whom": "somebody", "form": "json"}).text
    assert visit(made, home, Role.OPERATOR).get(at).status_code == 403
    assert client.get("/deployments/none/record").status_code == 404


def test_the_style_of_papers_is_everybodys(made: Recorded, home: Path) -> None:
    with visiting(create_app(house_in(made.installation, home))) as client:
        answer = client.get("/sheet.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert ".sheet" in answer.text


def test_a_complaint_is_filed_at_its_alert_offers_a_hold_and_is_answered(made: Recorded, home: Path) -> None:
    met, auditor, officer = (
        visit(made, home, role) for role in (Role.ENGAGEMENT_OFFICER, Role.AUDITOR, Role.AUTHORISING_OFFICER)
    )
    assert f"/alerts/{made.right}/complaint" in met.get(f"/alerts/{made.right}").text
    assert made.right in met.get(f"/alerts/{made.right}/complaint").text
    form = {"case": "C/99", "about": ["stopped", "signs"], "alert": made.right, "received": "2026-11-21"}
    bad = met.post("/oversight/complaints/new", data={**form, "about": []})
    assert (bad.status_code, "C/99" in bad.text) == (422, True)
    assert "Write it as" in met.post("/oversight/complaints/new", data={**form, "received": "yesterday"}).text
    filed = met.post("/oversight/complaints/new", data=form)
    assert "It stops no erasure" in seen(filed)
    assert f"/alerts/{made.right}/hold" in filed.text
    assert met.get("/oversight/complaints").status_code == 403
    read = auditor.get("/oversight/complaints")
    assert "Being stopped because of an alert; Signs or leaflets." in seen(read)
    assert "What came of it" not in read.text
    complaint = str(last(made).facts["complaint"])
    answer = {"complaint": complaint, "result": "upheld", "text": "There are new signs now, larger ones."}
    assert (
        "It was not said what came" in officer.post("/oversight/complaints/answer", data={**answer, "result": ""}).text
    )
    wrong = officer.post("/oversight/complaints/answer", data={**answer, "text": "Yes."})
    assert (wrong.status_code, "Yes." in wrong.text) == (422, True)
    assert officer.post("/oversight/complaints/answer", data=answer).status_code == 303
    assert "There are new signs now, larger ones." in seen(auditor.get("/oversight/complaints"))


def test_one_about_a_deployment_or_about_none(made: Recorded, home: Path) -> None:
    auditor = visit(made, home, Role.AUDITOR)
    assert made.row.name in auditor.get("/oversight/complaints/new").text
    form = {"case": "C/98", "about": ["something-else"], "deployment": made.row.id}
    filed = auditor.post("/oversight/complaints/new", data=form)
    assert "It stops no erasure" not in seen(filed)
    assert last(made).deployment == made.row.id
    assert auditor.post("/oversight/complaints/new", data={**form, "deployment": ""}).status_code == 200
    assert auditor.get(f"/alerts/{uuid(9)}/complaint").status_code == 404
