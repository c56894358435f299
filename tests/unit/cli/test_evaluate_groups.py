"""`overt evaluate groups`: which sets it takes, what it says and writes, and what it refuses before the long work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from overt import bootstrap
from overt.cli.errors import ending
from overt.cli.evaluate_groups import add_to
from overt.faces.pack import default_pack
from tests.needs import data_folder
from tests.unit.evaluation.pictures import NOBODY, ColourReader, folder_of


def groups(*arguments: str | Path) -> int:
    """The exit code of the command, which stands alone here."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    add_to(app)
    try:
        return ending(lambda: app([str(each) for each in arguments]))
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures whose first row spells their template, so that no network has to read them."""
    monkeypatch.setattr(bootstrap, "recogniser", lambda settings, networks: ColourReader())
    monkeypatch.setattr("overt.faces.pack.load", lambda pack: None)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Twelve people of each of two groups with two pictures each; of one, a picture shows nobody."""
    (tmp_path / "people").mkdir()
    faces = {
        f"{group}-{place:02}": [(10 + 9 * place, 220 - 9 * place), (12 + 9 * place, 220 - 9 * place)]
        for group in ("blue", "red")
        for place in range(12)
    }
    faces["red-03"][1] = NOBODY
    folder = folder_of(tmp_path / "people", faces)
    rows = [f"{name},{name.partition('-')[0]}" for name in faces]
    (tmp_path / "labels.csv").write_text("\n".join(["person,colour", *rows]), "utf-8")
    return folder


@pytest.mark.usefixtures("toy")
def test_sentences_are_said_and_both_files_written(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "groups.json", tmp_path / "groups.html"
    code = groups(people, "--labels", tmp_path / "labels.csv", "--json", written[0], "--html", written[1])
    said, told = capsys.readouterr()
    assert code == 0
    assert max(map(len, said.splitlines())) <= 80
    words = " ".join(said.split())
    assert "Overt itself never infers anybody's sex, race or age." in words
    assert "SET people: 48 pictures of 24 people." in words
    assert "red (12 people), 1 of 24 cases" in words
    assert "cannot tell from this sample" in words
    assert "Reading 48 pictures of 24 people in people." in told
    record = json.loads(written[0].read_text("utf-8"))
    (one,) = record["sets"]
    assert [each["by"] for each in one["comparisons"]] == ["colour"]
    assert record["provenance"]["seed"] == 1
    assert record["provenance"]["source"] == "48 pictures of 24 people in a folder named people; at most 20 of a person"
    assert record["threshold"] > record["lower_threshold"]
    assert default_pack().calibration is not None
    assert "the pack's calibration for a list of 1,000" in record["threshold_source"]
    assert "never infers" in written[1].read_text("utf-8")


@pytest.mark.usefixtures("toy")
def test_json_on_standard_output_is_alone_there(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert groups(people, "--labels", tmp_path / "labels.csv", "--threshold", "0.999", "--json", "-") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["threshold"] == 0.999
    assert record["threshold_source"].startswith("The threshold 0.9990 was given with --threshold.")


@pytest.mark.usefixtures("toy")
def test_several_sets_stand_beside_each_other(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = tmp_path / "named"
    named.mkdir()
    for place, path in enumerate(sorted(people.rglob("*.png"))[::2]):
        (named / f"{20 + place}_{place % 2}_{place % 3}_x.png").write_bytes(path.read_bytes())
    (people / "errata.csv").write_text("a,b,kind\nblue-01,red-01,one person\n")
    code = groups(
        *(people, "--group", "northern", "--threshold", "0.99", "--list-size", "5", "--json", "-"),
        *("--set", f"{named},scheme=utkface", "--set", f'{people},"labels={tmp_path / "labels.csv"}",errata=none.csv'),
    )
    assert code == 2  # the last errata file is not there, and was named
    code = groups(
        *(people, "--group", "northern", "--threshold", "0.99", "--list-size", "5", "--json", "-"),
        *("--set", f"{named},scheme=utkface", "--set", f'{people},"labels={tmp_path / "labels.csv"}"'),
    )
    assert code == 0
    record = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["identities"], each["people"]) for each in record["sets"]] == [
        ("people", True, 23),
        ("named", False, 24),
        ("people", True, 23),
    ]
    assert [each["by"] for each in record["sets"][1]["comparisons"]] == ["sex", "race", "age"]
    assert "identities corrected" in record["provenance"]["source"]
    assert len(record["provenance"]["digest"]) == 64


@pytest.mark.usefixtures("toy")
def test_sets_may_be_given_without_a_folder_before_them_and_resumed(people: Path, tmp_path: Path) -> None:
    again = [f"{people},labels={tmp_path / 'labels.csv'}", "--work", str(tmp_path / "work"), "--seed", "4"]
    assert groups("--set", *again, "--json", tmp_path / "first.json") == 0
    assert list((tmp_path / "work").glob("templates-*.npz"))
    assert groups("--set", *again, "--json", tmp_path / "second.json") == 0
    first, second = (json.loads((tmp_path / f"{name}.json").read_text("utf-8")) for name in ("first", "second"))
    assert first["sets"] == second["sets"]
    assert first["provenance"]["digest"] == second["provenance"]["digest"]


@pytest.mark.usefixtures("toy")
def test_a_pack_without_calibration_needs_a_threshold(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = replace(default_pack(), calibration=None)
    monkeypatch.setattr("overt.cli.evaluate_groups.pack_at", lambda named: bare)
    given = (people, "--labels", tmp_path / "labels.csv", "--json", "-")
    assert groups(*given) == 2
    assert "never calibrated" in capsys.readouterr().err
    assert groups(*given, "--threshold", "0.9") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["lower_threshold"] is None


@pytest.mark.usefixtures("toy")
def test_a_threshold_below_the_lower_one_stands_alone(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert groups(people, "--labels", tmp_path / "labels.csv", "--threshold", "0.1", "--json", "-") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["threshold"], record["lower_threshold"]) == (0.1, None)
    assert "lower threshold" not in record["threshold_source"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "No pictures are named"),
        (["--labels", "labels.csv"], "a folder that is not named"),
        (["PEOPLE"], "labels from exactly one place"),
        (["PEOPLE", "--group", "a", "--scheme", "utkface"], "labels from exactly one place"),
        (["PEOPLE", "--scheme", "imdb"], "no scheme of names"),
        (["PEOPLE", "--scheme", "utkface"], "named as UTKFace names them"),
        (["PEOPLE", "--labels", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["nowhere", "--group", "a"], "not a folder"),
        (["PEOPLE", "--group", "a", "--wanted-far", "0"], "cannot be wanted"),
        (["PEOPLE", "--group", "a", "--wanted-far", "nan"], "cannot be wanted"),
        (["PEOPLE", "--group", "a", "--html", "nowhere/groups.html"], "does not exist"),
        (["PEOPLE", "--group", "a", "--pack", "nowhere"], "no model pack named"),
        (["--set", "PEOPLE,colour=red"], "describes no set"),
        (["--set", "PEOPLE,group="], "describes no set"),
        (["--set", "PEOPLE,group=a,group=b"], "describes no set"),
        (["--set", ",group=a"], "describes no set"),
        (["--set", ""], "describes no set"),
        (["--set", "PEOPLE"], "labels from exactly one place"),
        (["PEOPLE", "--group", "a", "--list-size", "0"], "--list-size"),
        (["PEOPLE", "--group", "a", "--threshold", "2"], "--threshold"),
        (["PEOPLE", "--group", "a", "--threshold", "nan"], "--threshold"),
    ],
)
def test_what_cannot_work_is_refused_first(
    people: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code = groups(*(word.replace("PEOPLE", str(people)) for word in arguments))
    said, told = capsys.readouterr()
    assert code in {2, 3}
    assert said == ""
    assert says in " ".join(told.split())


def test_the_help_says_that_labels_are_never_inferred(capsys: pytest.CaptureFixture[str]) -> None:
    assert groups("--help") == 0
    assert "never infers anybody's sex, race or age" in " ".join(capsys.readouterr().out.replace("│", " ").split())


@pytest.mark.long
def test_pictures_of_real_people_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = data_folder() / "groups"
    few = tmp_path / "labelled"
    few.mkdir()
    for path in sorted((faces / "labelled").iterdir())[:60]:
        (few / path.name).symlink_to(path)
    written = tmp_path / "groups.json"
    code = groups(few, "--scheme", "utkface", "--set", f"{faces / 'east-asian'},group=East Asian", "--json", written)
    assert code == 0, capsys.readouterr().err
    named, mated = json.loads(written.read_text("utf-8"))["sets"]
    assert (named["people"], mated["people"]) == (60, 21)
    missed = next(each for each in mated["comparisons"][0]["differences"] if each["error"] == "fnir")
    assert missed["overall"]["den"] == 84
    assert 0.03 < missed["overall"]["value"] < 0.3
