"""`overt doctor`: exit codes, JSON, and a table that reads without colour."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from overt.cli.doctor import as_record, show, summary
from overt.services.doctor import Check

OVERT = [sys.executable, "-c", "from overt.cli.main import run; run()"]
FINE = Check(what="Python", state="fine", says="3.11.7.")
WARNING = Check(what="Cores", state="warning", says="1 allowed.", todo="Use more.")
RISK = Check(
    what="Swap", state="risk", says="On: " + "faces could reach the disk, " * 4 + "all.", todo="Switch it off."
)
MISSING = Check(what="Video", state="missing", says="[bold]PyAV[/bold] is not there.", todo="Install it.")


def doctor(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", **variables}
    return subprocess.run(
        [*OVERT, "doctor", *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment
    )


def shown(checks: list[Check], encoding: str = "utf-8") -> str:
    out = io.BytesIO()
    file = io.TextIOWrapper(out, encoding=encoding)
    show(checks, Console(file=file, width=80, highlight=False))
    file.flush()
    return out.getvalue().decode(encoding)


def test_a_fit_machine_ends_with_0_and_a_sentence(tmp_path: Path) -> None:
    done = doctor(OVERT_HOME=str(tmp_path / "home"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Everything needed is here." in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_a_missing_part_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = doctor("--json", OVERT_HOME=str(tmp_path / "file" / "home"))
    assert (done.returncode, done.stderr) == (3, "")
    record = json.loads(done.stdout)
    assert record["ready"] is False
    assert [check["what"] for check in record["checks"] if check["state"] == "missing"] == ["OVERT_HOME"]


def test_a_wrong_setting_ends_with_2() -> None:
    done = doctor(OVERT_RUNTIME="abacus")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(("encoding", "shapes"), [("utf-8", "✓▲◆✗"), ("ascii", "+!#x")])
def test_every_state_has_a_word_and_a_shape(encoding: str, shapes: str) -> None:
    said = shown([FINE, WARNING, RISK, MISSING], encoding)
    for shape, word in zip(shapes, ("fine", "warning", "risk", "missing"), strict=True):
        assert f"{shape} {word}" in said
    assert "[bold]PyAV[/bold] is not there." in said
    assert "Switch it off." in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_last_sentence_counts_what_is_wrong() -> None:
    assert summary([FINE]) == "Everything needed is here."
    assert summary([FINE, WARNING]) == "Everything needed is here. 1 warning."
    assert summary([WARNING, RISK, WARNING]).endswith("A promise about forgetting is weaker here: Swap. 2 warnings.")
    assert summary([MISSING, FINE]) == "Missing: Video."


def test_risks_and_warnings_leave_a_machine_ready() -> None:
    assert as_record([FINE, WARNING, RISK])["ready"] is True
    assert as_record([MISSING])["ready"] is False
