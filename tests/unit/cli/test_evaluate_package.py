"""`overt evaluate package`: made, verified, counted again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overt.cli import evaluate_package as command
from overt.domain.time import to_text
from overt.services.handover import PACKAGE
from tests.histories import History
from tests.unit.cli.test_evaluate_trial import run_alone, signed_in
from tests.unit.evaluation.blue_list import HEADING, figures_line, line, written


def overt(*arguments: str | Path) -> int:
    return run_alone(command.add_to, *arguments)


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    return signed_in(History(), monkeypatch)


def tally_of(history: History, folder: Path) -> Path:
    path, begins_us = folder / "tally.csv", history.clock.now_us()
    history.minute(seen=5)
    history.raised(1, about="volunteer")
    times = f"{to_text(begins_us)},{to_text(history.clock.now_us())}"
    path.write_text(f"{HEADING},notes\n1,bob,,{times},a hat\n", "utf-8")
    return path


def test_a_package_of_a_trial_is_made_recorded_and_gives_its_figures(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally, out = tally_of(history, tmp_path), tmp_path / "package.zip"
    assert overt("Blue list", "--truth", tally, "--everybody", "--out", out) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "7 files, without a picture, a template, a name or a reference." in said
    digest = said.rpartition(" ")[2]
    (paper,) = history.installation.store.read(lambda work: work.papers.about(PACKAGE, digest))
    assert paper.deployment == history.deployment
    assert overt("--check", out) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "No difference: 7 files are as the manifest says, and give the figures that are told." in said
    assert said.endswith(digest)


def test_a_package_of_an_operation_needs_no_tally(history: History, tmp_path: Path) -> None:
    history.enter(name="Station")
    history.minute(seen=5)
    history.raised(1)
    assert overt("Station", "--out", tmp_path / "package") == 0
    told = json.loads((tmp_path / "package" / "figures.json").read_text("utf-8"))
    assert told["trial"] is None
    assert told["deployment"]["far_high"]["num"] == 1
    assert overt("--check", tmp_path / "package") == 0


def test_an_operation_is_not_packed_with_a_tally(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = tally_of(history, tmp_path)
    history.enter(name="Station")
    assert overt("Station", "--truth", tally, "--out", tmp_path / "package") == 2
    assert "is an operation" in capsys.readouterr().err
    assert not (tmp_path / "package").exists()


def test_a_run_in_a_file_is_packed_without_an_installation(tmp_path: Path) -> None:
    run = written(tmp_path / "run.jsonl", line(), figures_line(9))
    tally = tmp_path / "tally.csv"
    tally.write_text(f"{HEADING}\n1,bob,,0,10\n", "utf-8")
    assert overt(run, "--truth", tally, "--out", tmp_path / "package") == 0
    assert overt("--check", tmp_path / "package") == 0


def test_a_figure_that_was_changed_together_with_the_manifest_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import hashlib

    run = written(tmp_path / "run.jsonl", line(), figures_line(9))
    tally = tmp_path / "tally.csv"
    tally.write_text(f"{HEADING}\n1,bob,,0,10\n2,bob,,20,30\n", "utf-8")
    package = tmp_path / "package"
    assert overt(run, "--truth", tally, "--out", package) == 0
    figures, manifest = package / "figures.json", package / "manifest.json"
    told = json.loads(figures.read_text("utf-8"))
    told["trial"]["trr"]["num"] = 2
    figures.write_text(json.dumps(told), "utf-8")
    assert overt("--check", package) == 2
    assert "was changed in 'figures.json'" in capsys.readouterr().err
    listed = json.loads(manifest.read_text("utf-8"))
    for one in listed["files"]:
        one["sha256"] = hashlib.sha256((package / one["name"]).read_bytes()).hexdigest()
    manifest.write_text(json.dumps(listed), "utf-8")
    assert overt("--check", package) == 1
    assert "trial.trr.num: 2, counted 1" in capsys.readouterr().out


def test_what_does_not_go_together_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("--check", tmp_path, "--out", tmp_path / "package") == 2
    assert "--check stands alone" in capsys.readouterr().err
    assert overt("run.jsonl") == 2
    assert "Give RUN and --out PLACE." in capsys.readouterr().err
    assert overt("run.jsonl", "--out", tmp_path) == 2
    assert "something at" in capsys.readouterr().err
