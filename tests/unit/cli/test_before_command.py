"""`overt before`, `overt signs` and `overt oversight conditions`, with a store on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from overt.cli.main import build
from overt.services.conditions import CONDITIONS
from tests.preparing import measured

RUNNER = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("OVERT_HOME", str(home))
    return home


def run(*arguments: str) -> str:
    done = RUNNER.invoke(build(), list(arguments))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.mark.parametrize(("which", "suffix"), [("dpia", "md"), ("equality", "html")])
def test_a_draft_is_written_without_any_installation(home: Path, tmp_path: Path, which: str, suffix: str) -> None:
    out, figures = tmp_path / f"draft.{suffix}", tmp_path / "groups.json"
    figures.write_bytes(measured("groups", 0))
    assert "is a draft" in run("before", "assessment", which, "--out", str(out), "--figures", str(figures))
    assert "TO ANSWER 1" in out.read_text("utf-8")
    refused = RUNNER.invoke(build(), ["before", "assessment", which, "--out", str(tmp_path / "draft.pdf")])
    assert "ends neither in" in str(refused.exception)
    assert not home.exists()


def test_the_form_of_the_five_conditions_is_printed_without_any_installation() -> None:
    assert all(asked in run("oversight", "conditions") for asked in CONDITIONS.values())


def test_a_sign_is_typed_with_its_metres() -> None:
    done = RUNNER.invoke(build(), ["signs", "checked", "x", "--sign", "by the station"])
    assert done.exit_code == 2
