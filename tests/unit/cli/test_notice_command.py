"""`overt notice make`: from a deployment's file or id to files in a folder, whose digests the ledger has."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from overt.bootstrap import open_installation
from overt.ledger.entry import Entry
from overt.notices import paper
from overt.notices.paper import NoPdf
from overt.settings import load_settings
from tests.authority import OFFICER
from tests.unit.cli import test_deployment_command as deploying
from tests.unit.cli.test_deployment_command import AUDITOR, MANAGER, Desk

desk = deploying.desk


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERT_CONTROLLER", "Example Police")
    monkeypatch.setenv("OVERT_COMPLAINTS", "Complaints, 1 Some Street")
    monkeypatch.setenv("OVERT_PUBLIC_ADDRESS", "https://lfr.example.org")


@pytest.fixture
def _no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise NoPdf("PDF needs the library Pango of the system, which was not found.")

    monkeypatch.setattr(paper, "_weasyprint", missing)


def recorded() -> dict[str, str]:
    """Digests by the names of files, as the ledger has them."""
    with open_installation(load_settings()) as installation:
        rows = installation.store.read(lambda work: list(work.ledger.rows()))
    found: dict[str, str] = {}
    for entry in (Entry.from_bytes(row.entry) for row in rows):
        if entry.kind == "notices.made":
            names, digests = entry.facts["files"], entry.facts["digests"]
            assert isinstance(names, tuple)
            assert isinstance(digests, tuple)
            found |= {str(name): str(digest) for name, digest in zip(names, digests, strict=True)}
    return found


@pytest.mark.usefixtures("_no_pdf")
def test_papers_are_written_in_each_language_and_recorded(desk: Desk, tmp_path: Path) -> None:
    deployment, out = desk.entered(), tmp_path / "new" / "signs"
    code, said, told = desk.overt(
        *("notice", "make", desk.file, "--out", out, "--language", "cy", "--language", "en", "--large-print"),
        *("--ahead", "25", "--ahead", "100"),
    )
    assert code == 0, told
    assert "Pango" in told
    assert "print them from a browser" in told
    assert "18 files for High Street" in told
    files = {path.name: f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in out.iterdir()}
    assert files == recorded()
    assert {Path(line).name for line in said.splitlines()} == set(files)
    assert {"poster-a3.cy.html", "ahead-25m-a4.en.html", "ahead-100m-a4.cy.html", "large-print.cy.html"} <= set(files)
    assert f"https://lfr.example.org/public/{deployment}" in (out / "leaflet.en.html").read_text("utf-8")


@pytest.mark.usefixtures("_no_pdf")
def test_by_its_id_and_in_english_when_nothing_is_said(desk: Desk, tmp_path: Path) -> None:
    deployment = desk.entered()
    desk.overt.login(OFFICER)
    said = desk.overt.fine("notice", "make", deployment, "--out", tmp_path / "signs")
    assert [Path(line).name for line in said.splitlines()] == [
        *("poster-a4.en.html", "poster-a3.en.html", "ahead-50m-a4.en.html", "ahead-50m-a3.en.html"),
        *("leaflet.en.html", "screen-reader.en.html"),
    ]


@pytest.mark.usefixtures("_no_pdf")
def test_nothing_is_replaced_and_nothing_is_recorded_then(desk: Desk, tmp_path: Path) -> None:
    desk.entered()
    (tmp_path / "signs").mkdir()
    (tmp_path / "signs" / "leaflet.en.html").write_text("mine")
    said = desk.overt.refused("notice", "make", desk.file, "--out", tmp_path / "signs")
    assert "leaflet.en.html already" in said
    assert recorded() == {}
    (tmp_path / "file").write_text("")
    assert "cannot be made" in desk.overt.refused("notice", "make", desk.file, "--out", tmp_path / "file" / "signs")


def test_what_is_wrong_is_said_before_anything_is_made(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = ("notice", "make", desk.file, "--out", tmp_path / "signs")
    desk.overt.login(MANAGER)
    assert "not entered" in desk.overt.refused(*make)
    desk.entered()
    own = tmp_path / "own.toml"
    own.write_text('[language]\ncode = "fr"\n', "utf-8")
    assert "sign.sentence is missing" in desk.overt.refused(*make, "--language", own)
    assert "There is no language xx" in desk.overt.refused(*make, "--language", "xx")
    assert "5 to 2000 metres" in desk.overt.refused(*make, "--ahead", "3")
    desk.overt.login(AUDITOR)
    assert "notices.make" in desk.overt.refused(*make)
    desk.overt.login(MANAGER)
    monkeypatch.delenv("OVERT_CONTROLLER")
    assert "Not set here: controller." in desk.overt.refused(*make)
    assert recorded() == {}
