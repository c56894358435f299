"""`overt evaluate identify` and `verify` on pictures that spell their templates: what is written, told and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner, Result

import overt.bootstrap
from overt.cli.main import build
from overt.domain.errors import OvertError
from overt.faces.recogniser import Portrait
from tests.needs import data_folder
from tests.unit.evaluation.drawn import people
from tests.unit.evaluation.pictures import QUALITY

LENGTH = 24


class Spelled:
    """Takes the first grey levels of a picture for its face's template; a black picture shows nobody."""

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        levels = picture[0, :LENGTH, 0].astype(np.float32) - 128
        if not picture.any():
            return []
        return [
            Portrait(
                box=np.array([2, 2, 6, 6], np.float32),
                landmarks=np.zeros((5, 2), np.float32),
                quality=QUALITY,
                template=levels / np.linalg.norm(levels),
            )
        ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("set")
    samples = people([5] * 160, noise=0.9, length=LENGTH)
    for name, template in zip(samples.pictures, samples.templates, strict=True):
        levels = np.clip(128 + template * 200, 0, 255).astype(np.uint8)
        (root / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.tile(levels, (8, 1))).save(root / name)
    (root / "kin.csv").write_text("a,b,relation\np0000,p0001,sisters\n")
    return root


@pytest.fixture(autouse=True)
def spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overt.bootstrap, "recogniser", lambda *_: Spelled())


def run(*words: str | int | Path) -> Result:
    return CliRunner().invoke(build(), ["evaluate", *map(str, words)], catch_exceptions=True)


def test_figures_go_to_a_file_and_a_page_and_sentences_to_people(folder: Path, tmp_path: Path) -> None:
    done = run("identify", folder, "--list-size", 30, "--json", tmp_path / "f.json", "--html", tmp_path / "f.html")
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "f.json").read_text("utf-8"))
    assert (record["list"], record["kin_pairs"]) == (30, 1)
    assert record["provenance"]["seed"] == 1
    assert "identification" in (tmp_path / "f.html").read_text("utf-8")
    assert "mated searches find the person (TPIR)" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "800 pictures of 160 people" in done.stderr
    assert "No errata file" in done.stderr


@pytest.mark.long
def test_on_standard_output_there_is_one_json_object_and_nothing_else(folder: Path) -> None:
    one, again = (run("identify", folder, "--list-size", 30, "--seed", 4, "--json", "-") for _ in range(2))
    first, second = json.loads(one.stdout), json.loads(again.stdout)
    first["provenance"].pop("at"), second["provenance"].pop("at")
    assert first == second
    verified = run("verify", folder, "--json", "-")
    assert json.loads(verified.stdout)["people"] == 80


def test_errata_are_told_of_and_measured_both_ways(folder: Path, tmp_path: Path) -> None:
    errata = tmp_path / "errata.csv"
    errata.write_text("a,b,kind\np0000_0001,p0002_0001,same picture\np0003,p0004,two spellings\n")
    done = run("identify", folder, "--list-size", 30, "--errata", errata, "--json", "-")
    record = json.loads(done.stdout)
    assert "without_errata" in record
    assert "label errors corrected" in record["provenance"]["source"]
    assert "798 pictures of 159 people" in record["provenance"]["source"]
    assert f"Labels corrected by {errata}" in done.stderr.replace("\n", " ")


def test_an_interrupted_run_goes_on_where_somebody_named_a_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("verify", folder, "--work", tmp_path / "work", "--json", "-")

    class Nobody:
        def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
            raise AssertionError("everything was read before")

    monkeypatch.setattr(overt.bootstrap, "recogniser", lambda *_: Nobody())
    second = run("verify", folder, "--work", tmp_path / "work", "--json", "-")
    assert json.loads(first.stdout)["at"] == json.loads(second.stdout)["at"]


def test_pairs_are_judged_in_folds(folder: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.txt"
    mated, other = ([f"p{n:04} 1 {words}" for n in range(4)] for words in ("2", "p0009 3"))
    pairs.write_text("2 2\n" + "\n".join([*mated[:2], *other[:2], *mated[2:], *other[2:]]))
    done = run("verify", folder, "--pairs", pairs)
    assert done.exit_code == 0, done.output
    assert "of 8 pairs judged rightly" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("identify", "{folder}", "--list-size", "500"), "cannot be drawn"),
        (("identify", "{folder}/absent"), "is not a folder"),
        (("identify", "{folder}", "--json", "{folder}/absent/f.json"), "does not exist"),
        (("identify", "{folder}", "--kin", "{folder}/absent.csv"), "cannot be read"),
        (("identify", "{folder}", "--errata", "{folder}/absent.csv"), "cannot be read"),
        (("verify", "{folder}", "--pairs", "{folder}/absent.txt"), "cannot be read"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(folder: Path, words: tuple[str, ...], says: str) -> None:
    done = run(*(word.format(folder=folder) for word in words))
    assert isinstance(done.exception, OvertError)
    assert says in str(done.exception)
    assert done.stdout == ""


@pytest.mark.long
def test_real_faces_are_found_at_the_figures_that_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    root = tmp_path / "some"
    root.mkdir()
    for person in sorted(path for path in (data_folder() / "lfw").iterdir() if path.is_dir())[:400]:
        (root / person.name).symlink_to(person)
    done = run("identify", root, "--list-size", 60, "--most-pictures", 4, "--json", "-")
    record = json.loads(done.stdout)
    assert record["rank1"]["value"] > 0.95
    assert record["at"][0]["tpir"]["value"] > 0.9
    assert record["at"][0]["fpir"]["low"] < 0.02
