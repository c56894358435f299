"""`overt finding`: what reviewers found, and what was answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.domain.roles import Role
from overt.settings import load_settings
from tests.installations import home_in
from tests.people import administrators, person
from tests.unit.cli.test_accounts_cli import Overt

FOUND = "The signs could not be read at night."
ANSWER = "There are new signs, with a light at each."


@pytest.fixture
def overt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Overt:
    """On a machine with an installation, where anna is an officer, ada an auditor and olga an operator."""
    home_in(tmp_path, monkeypatch)
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation, "consent")
        for name, role in (("anna", Role.AUTHORISING_OFFICER), ("ada", Role.AUDITOR), ("olga", Role.OPERATOR)):
            person(installation, name, role)
    return Overt(capsys)


def test_a_finding_is_filed_listed_and_answered(overt: Overt) -> None:
    overt.login("ada")
    assert overt.fine("finding", "list") == ""
    finding = overt.fine("finding", "file", "Signs", "--text", FOUND).strip()
    said = overt.fine("finding", "list")
    assert "Signs, filed at 20" in said
    assert said.splitlines()[1:] == ["  open", f"  {finding}"]
    overt.login("anna")
    overt.fine("finding", "answer", finding, "--text", ANSWER)
    assert "answered at 20" in overt.fine("finding", "list")
    (record,) = [json.loads(line) for line in overt.fine("finding", "list", "--json").splitlines()]
    assert (record["finding"], record["name"], record["text"]) == (finding, "Signs", FOUND)
    assert record["answer"] == ANSWER
    assert record["answered"] >= record["filed"]


def test_who_may_not_and_what_cannot_be_is_refused(overt: Overt) -> None:
    assert "overt login" in overt.refused("finding", "list")
    overt.login("olga")
    assert "finding.file" in overt.refused("finding", "file", "Signs", "--text", FOUND)
    assert "finding.answer" in overt.refused("finding", "answer", "x", "--text", ANSWER)
    overt.login("ada")
    assert "at least 5 words" in overt.refused("finding", "file", "Signs", "--text", "too short")
    finding = overt.fine("finding", "file", "Signs", "--text", FOUND).strip()
    assert "finding.answer" in overt.refused("finding", "answer", finding, "--text", ANSWER)
    overt.login("anna")
    assert "no such finding" in overt.refused("finding", "answer", "x", "--text", ANSWER)
    overt.fine("finding", "answer", finding, "--text", ANSWER)
    assert "is answered" in overt.refused("finding", "answer", finding, "--text", ANSWER)
