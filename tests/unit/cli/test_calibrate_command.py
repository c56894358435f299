"""`overt calibrate`: where the result goes, what is told, and what is refused before the long work."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import skimage
from PIL import Image
from rich.console import Console

from overt.cli.calibrate import Calibration, as_record, sentences, table
from overt.cli.calibrate_multiples import strangers
from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import Refused
from overt.faces.pack import default_pack, read_pack
from overt.faces.recipe import Recipe
from tests.needs import data_folder

OVERT = [sys.executable, "-c", "from overt.cli.main import run; run()"]
COARSE = ImpostorCurve(
    thresholds=(0.0, 0.25, 0.5, 0.75),
    errors=(9000, 900, 90, 0),
    comparisons=10_000_000,
    people=12,
    pictures=60,
    source="drawn",
)


def calibrate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    command = [*OVERT, "calibrate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=environment)


def result(curve: ImpostorCurve, recipe: Recipe | None = None, relatives: int = 0) -> Calibration:
    return Calibration(
        pack=default_pack(),
        recipe=recipe or default_pack().recipe,
        curve=curve,
        without_face=1,
        unreadable=0,
        errata=Path("errata.csv"),
        most_pictures=20,
        relatives=relatives,
    )


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two folders with the one face that may be had anywhere."""
    folder = tmp_path / "people"
    picture = Image.fromarray(skimage.data.astronaut())
    for person in ("ann", "bob"):
        (folder / person).mkdir(parents=True)
        picture.save(folder / person / f"{person}_1.png")
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the default pack's folder, so that no test writes into the package."""
    return Path(shutil.copytree(default_pack().folder, tmp_path / "pack"))


@pytest.mark.long
def test_a_table_of_its_own_is_written_and_the_pack_left_alone(people: Path, pack: Path, tmp_path: Path) -> None:
    before = (pack / "pack.toml").read_bytes()
    (people / "errata.csv").write_text("a,b,kind\nnobody_1,else_1,elsewhere\n")
    done = calibrate(people, "--pack", pack, "--out", tmp_path / "own.toml", "--source", "two drawings", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["people"], record["pictures"], record["comparisons"], record["without_face"]) == (2, 2, 1, 0)
    assert record["written"] == str(tmp_path / "own.toml")
    assert done.stderr.splitlines() == [
        f"Labels corrected by {people / 'errata.csv'}.",
        "Reading 2 pictures of 2 people, at most 20 of each.",
    ]
    written = tomllib.loads((tmp_path / "own.toml").read_text("utf-8"))
    assert ImpostorCurve.from_table(written["calibration"]).source == "two drawings"
    assert (pack / "pack.toml").read_bytes() == before


@pytest.mark.long
def test_too_few_comparisons_never_replace_a_packs_calibration(people: Path, pack: Path) -> None:
    before = (pack / "pack.toml").read_bytes()
    done = calibrate(people, "--pack", pack)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No threshold follows from these pictures" in done.stderr
    assert (pack / "pack.toml").read_bytes() == before


@pytest.mark.long
def test_pictures_of_real_people_calibrate_a_pack(pack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lfw"
    folder.mkdir()
    for person in sorted(path for path in (data_folder() / "lfw").iterdir() if path.is_dir())[:60]:
        (folder / person.name).symlink_to(person)
    done = calibrate(folder, "--pack", pack, "--most-pictures", "1")
    assert done.returncode == 0, done.stderr
    assert "No errata file" in done.stderr
    assert "60 people, 60 pictures, 1,770 comparisons" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    curve = read_pack(pack).calibration
    assert curve is not None
    assert (curve.people, curve.comparisons) == (60, 1770)
    assert str(tmp_path) not in (pack / "pack.toml").read_text("utf-8")


@pytest.mark.long
@pytest.mark.timeout(500)
def test_a_rehearsed_street_says_how_a_passage_compares_and_is_kept_with_the_next_calibration(
    pack: Path, tmp_path: Path
) -> None:
    listed, street = tmp_path / "lfw", tmp_path / "street.mp4"
    listed.mkdir()
    for person in sorted(path for path in (data_folder() / "lfw").iterdir() if path.is_dir())[:60]:
        (listed / person.name).symlink_to(person)
    choices = ("--seconds", "20", "--passages", "50", "--size", "640x360")
    made = subprocess.run(
        [*OVERT, "rehearse", str(data_folder() / "portraits"), "--out", str(street), *choices],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    done = calibrate(listed, "--pack", pack, "--most-pictures", "1", "--street", street)
    assert done.returncode == 0, done.stderr
    assert "A passage ends in a false alert" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    curve = read_pack(pack).calibration
    assert curve is not None
    assert curve.passage is not None
    assert 0.3 < curve.passage.value < 6
    again = calibrate(listed, "--pack", pack, "--most-pictures", "1")
    assert again.returncode == 0, again.stderr
    kept = read_pack(pack).calibration
    assert kept is not None
    assert kept.passage == curve.passage


def test_a_street_of_people_who_are_in_the_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Passing:
        passages = (SimpleNamespace(person="cat"), SimpleNamespace(person="ann"))

    monkeypatch.setattr("overt.evaluation.rehearse_truth.read_truth", lambda path: Passing())
    with pytest.raises(Refused, match="ann passes in street"):
        strangers([tmp_path / "street.mp4"], ("ann", "bob"))
    assert [street for street, _ in strangers([tmp_path / "street.mp4"], ("bob",))] == [tmp_path / "street.mp4"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--street", "nowhere.mp4"], "nowhere.truth.jsonl"),
        (["--groups", "nowhere,scheme=utkface"], "nowhere"),
        (["--out", "nowhere/own.toml"], "does not exist"),
        (["--out", "."], "not a regular file"),
        (["--errata", "nowhere.csv"], "cannot be read"),
        (["--pack", "nowhere"], "no model pack named"),
        (["--most-pictures", "0"], "--most-pictures"),
        (["--source", " "], "--source"),
    ],
)
def test_what_cannot_work_is_refused_first(people: Path, tmp_path: Path, arguments: list[str], says: str) -> None:
    rest = [word if word.startswith("--") or word in {" ", "0"} else str(tmp_path / word) for word in arguments]
    done = calibrate(people, "--out", tmp_path / "own.toml", *rest)
    assert done.returncode in {2, 3}
    assert done.stdout == ""
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "own.toml").exists()


def test_the_pack_itself_is_no_file_for_a_table_of_its_own(people: Path, pack: Path) -> None:
    done = calibrate(people, "--pack", pack, "--out", pack / "pack.toml")
    assert done.returncode == 2
    assert "the description of the pack itself" in done.stderr


def test_the_table_says_what_is_extrapolated_and_fits_80_columns() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(table(result(COARSE)))
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert [row[0] for row in rows[1:] if row[0].replace(",", "").isdigit()] == ["10", "100", "1,000", "10,000"]
    assert "extrapolated" in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_the_shipped_calibration_is_told_as_sentences_and_figures() -> None:
    curve = default_pack().calibration
    assert curve is not None
    said = sentences(result(curve))
    assert said[0] == (
        f"{curve.people:,} people, {curve.pictures:,} pictures, {curve.comparisons:,} comparisons of two different "
        "people."
    )
    assert said[1].startswith("Pictures without a usable face: 1.")
    assert "before" in said[2]
    rows = as_record(result(curve), Path("pack.toml"))["thresholds"]
    assert [row["list"] for row in rows] == [10, 100, 1000, 10000]
    assert [row["threshold"] for row in rows] == sorted(row["threshold"] for row in rows)
    for row in rows:
        assert row["fmr"]["den"] == curve.comparisons
        assert row["fmr"]["low"] <= row["fmr"]["value"] <= row["fmr"]["high"]
        assert row["far"]["low"] <= row["far"]["value"] <= row["far"]["high"]


def test_a_list_size_without_a_threshold_says_why() -> None:
    thin = ImpostorCurve(thresholds=(0.0, 1.0), errors=(40, 31), comparisons=50, people=2, pictures=9, source="drawn")
    found = as_record(result(thin), Path("x"))["thresholds"]
    assert all(row["threshold"] is None and row["says"] in sentences(result(thin)) for row in found)
    out = io.StringIO()
    Console(file=out, width=80).print(table(result(thin)))
    assert out.getvalue().count("none") == 4
    assert max(map(len, out.getvalue().splitlines())) <= 80
