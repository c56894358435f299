"""`overt evaluate envelope`: what is written, told, kept and refused."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import overt.bootstrap
from overt.cli import evaluate_envelope
from overt.domain.envelope import Envelope
from overt.domain.errors import OvertError
from overt.faces.pack import default_pack, read_pack
from overt.testing.toy_model import toy_recogniser
from tests.needs import data_folder
from tests.unit.evaluation.painted import painted_people

SMALL = ("--list-size", "12", "--people", "12", "--only", "width")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return painted_people(tmp_path_factory.mktemp("painted"), pictures=2)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_pack().folder, tmp_path / "pack"))


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overt.bootstrap, "recogniser", lambda *_: toy_recogniser())


def run(*words: str | Path) -> Result:
    group = typer.Typer()
    group.callback()(lambda: None)
    evaluate_envelope.add_to(group)
    return CliRunner().invoke(group, ["envelope", *map(str, words)], catch_exceptions=True)


@pytest.mark.usefixtures("painted")
def test_sentences_table_report_and_kept_levels(folder: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("own.toml", "found.json", "page.html", "work")}
    (folder / "errata.csv").write_text("a,b,kind\nnobody_1,else_1,elsewhere\n")
    options = (*SMALL, "--out", files["own.toml"], "--json", files["found.json"], "--html", files["page.html"])
    done = run(folder, *options, "--work", files["work"])
    assert done.exit_code == 0, done.output
    assert "Limit of the width of the face in pixels: amber below" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Labels corrected by" in done.stderr
    record = json.loads(files["found.json"].read_text("utf-8"))
    table = Envelope.from_table(tomllib.loads(files["own.toml"].read_text("utf-8"))["envelope"])
    assert record["limits"]["face_width"]["amber"] == table.limits[0].amber
    assert (record["list"], record["people"]) == (12, 12)
    assert "<svg " in files["page.html"].read_text("utf-8")
    assert len(list(files["work"].iterdir())) == len(record["curves"][0]["levels"])


@pytest.mark.long
@pytest.mark.usefixtures("painted")
def test_a_second_run_takes_what_the_first_one_kept_and_prints_json_only(folder: Path, tmp_path: Path) -> None:
    first, again = (run(folder, *SMALL, "--work", tmp_path / "work", "--json", "-") for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    one, two = (json.loads(done.stdout) for done in (first, again))
    assert one["curves"] == two["curves"]
    assert one["provenance"]["digest"] == two["provenance"]["digest"]


@pytest.mark.usefixtures("painted")
def test_limits_are_kept_in_the_pack_only_where_all_were_measured(folder: Path, pack: Path) -> None:
    refused = run(folder, *SMALL, "--pack", pack, "--keep")
    assert isinstance(refused.exception, OvertError)
    assert "--keep replaces the whole" in str(refused.exception)


@pytest.mark.long
@pytest.mark.usefixtures("painted")
def test_a_whole_envelope_becomes_the_packs(folder: Path, pack: Path) -> None:
    done = run(folder, *SMALL[:4], "--pack", pack, "--keep")
    assert done.exit_code == 0, done.output
    kept = read_pack(pack)
    assert kept.envelope is not None
    assert {"face_width", "zone_light"} <= {limit.quantity for limit in kept.envelope.limits}
    assert kept.calibration == default_pack().calibration


@pytest.mark.long
@pytest.mark.usefixtures("painted")
def test_without_a_limit_nothing_is_kept(folder: Path, tmp_path: Path) -> None:
    done = run(folder, *SMALL[:4], "--only", "covered-below", "--out", tmp_path / "own.toml")
    assert isinstance(done.exception, OvertError)
    assert "No limit follows" in str(done.exception)
    assert not (tmp_path / "own.toml").exists()


def test_what_cannot_work_is_refused_first(folder: Path, pack: Path, tmp_path: Path) -> None:
    bare = pack / "pack.toml"
    bare.write_text(bare.read_text("utf-8").partition("[calibration]")[0], "utf-8")
    for words, says in (
        ((folder, "--only", "rain"), "no condition rain"),
        ((folder, "--only", "side-light"), "carry its direction"),
        ((folder, "--out", tmp_path / "no" / "x.toml"), "does not exist"),
        ((folder, "--html", tmp_path), "not a regular file"),
        ((tmp_path / "nowhere",), "not a folder"),
        ((folder, "--side-light", tmp_path / "nowhere"), "not a folder"),
        ((folder, "--errata", tmp_path / "nowhere.csv"), "cannot be read"),
        ((folder, "--pack", pack), "never calibrated"),
        ((folder, "--pack", tmp_path), "cannot be read"),
        ((folder, "--work", bare), "cannot be used"),
    ):
        done = run(*words)
        assert isinstance(done.exception, OvertError), done.output
        assert says in str(done.exception)
    for odd in (("--list-size", "1"), ("--people", "1"), ("--wanted-far", "0"), ("--wanted-far", "0.6")):
        assert run(folder, *odd).exit_code == 2


@pytest.mark.long
def test_real_people_leave_the_envelope_where_the_light_goes(tmp_path: Path) -> None:
    done = run(
        data_folder() / "lfw", "--people", "20", "--list-size", "60", "--only", "darkness", "--json", tmp_path / "x"
    )
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "x").read_text("utf-8"))
    (curve,) = record["curves"]
    shares = [level["tpir"]["value"] for level in curve["levels"]]
    assert shares[0] > 0.7
    assert shares[-1] < 0.2
    assert 10 < record["limits"]["zone_light"]["amber"] < 80
