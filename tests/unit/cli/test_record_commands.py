"""`overt deployment record` and `year`, `overt complaint`, and the account of an alert on paper."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from overt import bootstrap
from overt.cli.errors import ending
from overt.cli.main import build
from overt.domain.roles import Role
from overt.notices import paper
from tests.recorded import SECRETS, Recorded, recorded

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("commands"))


@pytest.fixture
def run(made: Recorded, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.setenv("OVERT_HOME", str(tmp_path / "home"))

    def act(role: Role, *words: str | Path) -> tuple[int, str, str]:
        @contextmanager
        def signed_in(_: Any) -> Any:
            yield made.installation, made.by(role)

        monkeypatch.setattr(bootstrap, "signed_in", signed_in)
        capfd.readouterr()
        app = build()
        try:
            code = ending(lambda: app([str(one) for one in words]))
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return code, out, err

    return act


@pytest.mark.long  # the PDF of a whole record
@pytest.mark.timeout(500)
def test_a_record_is_written_in_each_form_and_its_digest_said(made: Recorded, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "records"
    code, said, _ = run(Role.AUDITOR, "deployment", "record", made.row.id, "--out", out, "--json", tmp_path / "r.json")
    assert code == 0
    content = (tmp_path / "r.json").read_bytes()
    assert said.strip() == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert {path.suffix for path in out.iterdir()} >= {".html", ".json"}
    for path in out.iterdir():
        assert not [secret for secret in SECRETS if secret.encode() in path.read_bytes()], path.name


@pytest.mark.parametrize(("whom", "role"), [("oversight", Role.AUDITOR), ("data-protection", Role.AUTHORISING_OFFICER)])
def test_without_pdf_the_others_are_written_and_one_sentence_says_so(
    made: Recorded, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whom: str, role: Role
) -> None:
    def missing(_: str) -> None:
        raise paper.NoPdf("PDF needs a part that is missing.", "Print the HTML.")

    monkeypatch.setattr(paper, "to_pdf", missing)
    words = ("deployment", "record", made.row.id, f"--for={whom}", "--out", tmp_path / "out")
    code, _, told = run(role, *words)
    assert code == 0
    assert "PDF needs a part that is missing." in told
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".html", ".json"]


def test_a_year_is_for_an_authority(run: Run, tmp_path: Path) -> None:
    words = ("deployment", "year", "2026", "--json", tmp_path / "year.json")
    assert run(Role.AUDITOR, *words, "--for=market-surveillance")[0] == 0
    assert json.loads((tmp_path / "year.json").read_bytes())["counts"]["deployments"] == 1
    assert run(Role.AUDITOR, *words, "--for=oversight")[0] == 2
    assert run(Role.AUDITOR, *words, "--for=a-newspaper")[0] == 2
    assert run(Role.AUDITOR, "deployment", "year", "2026", "--for=data-protection")[0] == 2


def test_a_complaint_is_filed_listed_and_answered(made: Recorded, run: Run) -> None:
    words = ("complaint", "file", "C/5", "--about=stopped", "--alert", made.right, "--received=2026-11-20")
    code, complaint, told = run(Role.ENGAGEMENT_OFFICER, *words)
    assert code == 0
    assert "It stops no erasure" in told
    assert f"overt alert hold {made.right}" in told
    listed = [json.loads(line) for line in run(Role.AUDITOR, "complaint", "list", "--json")[1].splitlines()]
    assert (listed[0]["case"], listed[0]["about"], listed[0]["overdue"]) == ("C/5", ["stopped"], False)
    assert "C/5 (stopped, High Street), came in 2026-11-20" in run(Role.AUDITOR, "complaint", "list")[1]
    answer = ("complaint", "answer", complaint.strip(), "not-upheld", "--text", "Nothing was wrong with it at all.")
    assert run(Role.AUTHORISING_OFFICER, *answer)[0] == 0
    assert "not-upheld. Nothing was wrong" in run(Role.OVERSIGHT, "complaint", "list")[1]
    assert run(Role.OPERATOR, "complaint", "list")[0] == 2


def test_the_account_of_an_alert_is_written_in_words(made: Recorded, run: Run, tmp_path: Path) -> None:
    disclosing = ("alert", "disclose", made.right, "--to=subject", "--because", "They asked for it.", "--paper")
    assert run(Role.AUTHORISING_OFFICER, *disclosing, tmp_path / "account.html")[0] == 0
    assert "Account of one alert" in (tmp_path / "account.html").read_text("utf-8")
    before = len(made.ledger())
    for name in ("account.html", "account.txt"):
        code, _, told = run(Role.AUTHORISING_OFFICER, *disclosing, tmp_path / name)
        assert (code, "is no new .html or .pdf file" in told) == (2, True)
    assert len(made.ledger()) == before, "nothing is recorded that was not handed over"
