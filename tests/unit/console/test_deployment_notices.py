"""Signs and leaflets in the console: who makes them, who looks at them, and that they stay as they were."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.roles import Role
from overt.ledger.entry import Entry
from overt.notices import paper
from overt.notices.paper import NoPdf, can_make_pdf
from overt.notices.papers import Order
from overt.notices.sign_sheet import stylesheet
from overt.notices.wording import shipped
from overt.services.signs import Made, made_of, make
from tests.needs import needs_part
from tests.unit.console.deploying import Console
from tests.unit.console.test_deployment_pages import MANAGER, entered


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setenv("OVERT_CONTROLLER", "Example Police")
    monkeypatch.setenv("OVERT_COMPLAINTS", "Complaints, 1 Some Street")
    monkeypatch.setenv("OVERT_PUBLIC_ADDRESS", "https://lfr.example.org")
    return Console(tmp_path)


@pytest.fixture
def _no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise NoPdf("PDF needs the package WeasyPrint, which is not installed.")

    monkeypatch.setattr(paper, "_weasyprint", missing)


def made(console: Console, path: str) -> list[Made]:
    installation = console.installation
    row = installation.store.read(lambda work: work.deployments.get(path.rpartition("/")[2]))
    assert row is not None
    return made_of(installation, row)


@pytest.mark.usefixtures("_no_pdf")
def test_a_list_manager_makes_them_and_everybody_looks_at_them(console: Console) -> None:
    path = entered(console)
    manager = console.as_(MANAGER)
    assert f'href="{path}/notices"' in manager.get(path).text
    assert "None were made yet" in manager.get(f"{path}/notices").text
    led = manager.led(f"{path}/notices", {"language": "cy", "large_print": "true", "ahead": "100"})
    assert led == f"{path}/notices?done=notices"
    (one,) = made(console, path)
    assert set(one.digests) == {
        *("poster-a4.cy.html", "poster-a3.cy.html", "ahead-100m-a4.cy.html", "ahead-100m-a3.cy.html"),
        *("leaflet.cy.html", "large-print.cy.html", "screen-reader.cy.html"),
    }
    page = console.as_(Role.AUDITOR).get(led).text
    assert "Cymraeg" in page
    assert '<form method="post" action="/deployments' not in page
    assert "makes them" in page
    for name, digest in one.digests.items():
        at = f"{path}/notices/{one.id}/{name}"
        assert f'href="{at}"' in page
        assert digest.removeprefix("sha256:") in page
        shown = console.as_(Role.OVERSIGHT).get(at)
        assert shown.status_code == 200
        link = '<link rel="stylesheet" href="/notices/signs.css">'
        whole = shown.text.replace(link, f"<style>{stylesheet()}</style>")
        assert f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}" == digest
    style = manager.get("/notices/signs.css")
    assert (style.text, style.headers["content-type"]) == (stylesheet(), "text/css; charset=utf-8")


def test_a_pdf_is_given_as_it_was_recorded(console: Console) -> None:
    needs_part(not can_make_pdf(), "needs WeasyPrint and Pango")
    path = entered(console)
    console.as_(Role.ENGAGEMENT_OFFICER).led(f"{path}/notices", {"language": "en", "ahead": "50"})
    (one,) = made(console, path)
    answer = console.as_(Role.OPERATOR).client.get(f"{path}/notices/{one.id}/leaflet.en.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="leaflet.en.pdf"'
    assert f"sha256:{hashlib.sha256(answer.content).hexdigest()}" == one.digests["leaflet.en.pdf"]


@pytest.mark.usefixtures("_no_pdf")
def test_what_cannot_be_made_is_said(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    path = entered(console)
    manager = console.as_(MANAGER)
    assert "WeasyPrint" in manager.get(f"{path}/notices").text
    refused = manager.post(f"{path}/notices", {"ahead": "1"})
    assert refused.status_code == 422
    assert "5 to 2000 metres" in refused.text
    assert console.as_(Role.OPERATOR).post(f"{path}/notices", {"ahead": "50"}).status_code == 403
    console.clock.advance(6 * 3600)
    later = manager.get(f"{path}/notices").text
    assert "None can be made now" in later
    assert "Take the signs down" in later
    assert "<fieldset" not in later
    assert made(console, path) == []


@pytest.mark.usefixtures("_no_pdf")
def test_what_is_not_there_is_not_given(console: Console) -> None:
    path = entered(console)
    manager = console.as_(MANAGER)
    manager.led(f"{path}/notices")
    (one,) = made(console, path)
    for at in ("nothing/leaflet.en.html", f"{one.id}/leaflet.cy.html", f"{one.id}/leaflet.en.pdf", f"{one.id}/x"):
        assert manager.get(f"{path}/notices/{at}").status_code == 404


@pytest.mark.usefixtures("_no_pdf")
def test_papers_of_another_language_are_listed_and_not_shown(console: Console) -> None:
    path = entered(console)
    manager = console.as_(MANAGER)
    manager.led(f"{path}/notices")
    (one,) = made(console, path)
    other = replace(shipped()["en"], code="pt-PT")
    make(console.installation, console.people[MANAGER], one.notice, [other], Order())
    page = manager.get(f"{path}/notices").text
    assert "Its language came from a file" in page
    assert re.search(r"<th scope=\"row\">leaflet\.pt\.html</th>", page)
    rows = console.installation.store.read(lambda work: list(work.ledger.rows()))
    kinds = [Entry.from_bytes(row.entry).kind for row in rows]
    assert kinds.count("notices.made") == 2
