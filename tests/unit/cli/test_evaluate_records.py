"""`overt evaluate records`: what it says, what it writes, and when it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from overt.cli import evaluate_records
from overt.cli.errors import ending

RECORD = """
[[record]]
what = "A force"
where = "A town"
when = "May 2020"
source = "The Paper, 1 June 2020"
faces = 8600
alerts = 8
said_right = 1
said_wrong = 7
"""


def overt(*arguments: str | Path) -> int:
    """The exit code of `overt evaluate records`."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    evaluate_records.add_to(app)
    try:
        return ending(lambda: app([str(each) for each in arguments]))
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "records.toml"
    path.write_text(RECORD, "utf-8")
    return path


def test_without_a_file_it_tells_the_records_that_come_with_overt(capsys: pytest.CaptureFixture[str]) -> None:
    assert overt() == 0
    told = capsys.readouterr()
    text = " ".join(told.out.split())
    for says in (
        "8 of 42 alerts that could be checked were verified right: 19.0 % (8.6 to 34.1 %).",
        "81 % not verified is not 81 % wrong",
        "7 of 8,600 faces searched gave an alert that was said to be wrong: 1 in 1,229 (1 in 3,055 to 1 in 597).",
        "1 of 8 alerts that the publisher judged were right: 12.5 % (0.3 to 52.7 %).",
        "2,297 of 2,470 alerts were said to be wrong: 93.0 % (91.9 to 94.0 %).",
        "10 of 3,147,436 faces searched gave an alert that was said to be wrong: 1 in 314,744 (1 in 656,346 to 1 in "
        "171,146).",
        "Published as: 70 % effective at spotting wanted suspects. No counts published, not reproducible.",
        "Published as: 80 % of people surveyed backed the move. No counts published, not reproducible.",
        "95 % intervals (Clopper-Pearson)",
    ):
        assert says in text
    assert all(len(line) < 80 for line in told.out.splitlines())
    assert told.err == ""


def test_a_file_of_ones_own_is_told_in_the_order_of_its_figures(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt(file) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:6] == [
        "A town, May 2020: A force",
        "  Source: The Paper, 1 June 2020.",
        "  False alert rate (FAR), low: 7 of 8,600 faces searched gave an alert that was",
        "  said to be wrong: 1 in 1,229 (1 in 3,055 to 1 in 597).",
        "    It is not the share of alerts that are wrong: of 8 alerts that were judged",
        "    7 were wrong.",
    ]


def test_json_on_standard_output_stands_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt(file, "--json", "-") == 0
    (one,) = json.loads(capsys.readouterr().out)["records"]
    figure = next(each for each in one["figures"] if each["name"] == "far_low")
    assert (figure["num"], figure["den"], figure["value"]) == (7, 8600, 7 / 8600)
    assert (round(1 / figure["low"]), round(1 / figure["high"])) == (3055, 597)


def test_json_and_report_go_where_they_are_wanted(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json_file, html_file = tmp_path / "figures.json", tmp_path / "report.html"
    assert overt(file, "--json", json_file, "--html", html_file) == 0
    assert "1 in 1,229" in capsys.readouterr().out
    assert json.loads(json_file.read_text("utf-8"))["file"] == "records.toml"
    page = html_file.read_text("utf-8")
    assert page.count("<svg ") == 2
    assert "1 in 1,229 (1 in 3,055 to 1 in 597)" in page


def test_a_bad_file_is_refused_in_words(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(RECORD.replace("alerts = 8\n", "alert = 8\n"), "utf-8")
    assert overt(file) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "record 1: alert is not a key; did you mean alerts?" in told.err
    assert "docs/how-to/published-figures.md explains the keys." in told.err


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_told(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt(file, "--html", tmp_path / "absent" / "report.html") == 2
    assert capsys.readouterr().out == ""


def test_sentences_and_json_draw_nothing(file: Path) -> None:
    program = (
        "import sys, typer; from overt.cli import evaluate_records; app = typer.Typer(); evaluate_records.add_to(app);"
        f"app([{str(file)!r}, '--json', '-'], standalone_mode=False); sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0
