"""`overt evaluate trial`: what it says, what it writes, and when it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from overt import bootstrap
from overt.cli import evaluate_trial as command
from overt.cli.errors import ending
from overt.domain.face import Faces
from overt.domain.geometry import Region
from overt.domain.time import to_text
from overt.evaluation.rehearse_truth import lines_of
from overt.faces.closer import PictureSource
from overt.services.installation import Installation
from overt.services.sessions import VARIABLE, digest_of
from overt.settings import Settings
from overt.store.records import SessionRow
from overt.testing.fixed_clock import SOME_DAY_US
from tests.histories import History
from tests.stores import account
from tests.unit.evaluation.blue_list import HEADING, figures_line, line, written
from tests.unit.evaluation.test_trial_street import passage, street
from tests.unit.evaluation.test_trial_tracks import faces
from tests.unit.services.keeping import portraits
from tests.unit.video.clips import numbered, write_clip

TOKEN = "ab" * 32


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    """An installation that the command finds as this machine's, where an evaluator is signed in."""
    return signed_in(History(), monkeypatch)


def signed_in(found: History, monkeypatch: pytest.MonkeyPatch) -> History:
    person = account(1, roles=("evaluator",))
    session = SessionRow(id=digest_of(TOKEN), account=person.id, made_us=SOME_DAY_US, expires_us=SOME_DAY_US + 10**12)
    found.installation.store.write(lambda work: work.accounts.add(person))
    found.installation.store.write(lambda work: work.sessions.add(session))

    @contextmanager
    def open_installation(settings: Settings, *, finish: bool) -> Iterator[Installation]:
        assert isinstance(settings, Settings)
        yield found.installation

    monkeypatch.setattr(bootstrap, "open_installation", open_installation)
    monkeypatch.setenv(VARIABLE, TOKEN)
    found.enter(kind="trial", name="Blue list")
    return found


def run_alone(add_to: Callable[[typer.Typer], None], *arguments: str | Path) -> int:
    """The exit code of one sub-command, which stands alone here."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    add_to(app)
    try:
        return ending(lambda: app([str(each) for each in arguments]))
    except SystemExit as end:
        return int(end.code or 0)


def overt(*arguments: str | Path) -> int:
    return run_alone(command.add_to, *arguments)


@pytest.fixture
def footage(tmp_path: Path) -> tuple[Path, Path]:
    """A run of recorded footage, and its tally."""
    tally = tmp_path / "tally.csv"
    tally.write_text(f"{HEADING}\n1,bob,,0,10\n2,bob,,20,30\n3,,,40,50\n", "utf-8")
    return written(tmp_path / "run.jsonl", line(), line(2, "bob", 45.0), figures_line(9)), tally


def test_a_run_is_told_in_sentences_of_80_columns(
    footage: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run, tally = footage
    assert overt(run, "--truth", tally, "--everybody") == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    flat = " ".join(out.split())
    for sentence in (
        "Trial with volunteers (recorded footage)",
        "Recorded footage: 1 of 2 walks of listed people had a right prompt (TRR): 50 % (1 to 99 %).",
        "Recorded footage: 1 of 7 searched passages of unlisted people gave an alert that is confirmed wrong",
        "Not meant: TRR is of these volunteers",
        "1 of 1 true passages of unlisted people gave an alert that is confirmed wrong (FAR per true passage, low)",
    ):
        assert sentence in flat, sentence


def test_json_and_a_page_have_the_same_numbers(
    footage: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, tally = footage
    page = tmp_path / "trial.html"
    assert overt(run, "--truth", tally, "--json", "-", "--html", page, "--tolerance", "0", "--seed", "7") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["trr"]["num"], told["trr"]["den"], told["tolerance_s"], told["seed"]) == (1, 2, 0.0, 7)
    assert set(told["provenance"]) == {"machine", "when", "overt"}
    assert told["thresholds"] == [0.5]
    assert "50 % (1 to 99 %)" in page.read_text("utf-8").replace("\u00a0", " ")


def test_a_trial_of_the_store_is_evaluated_by_its_name(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally, begins_us = tmp_path / "tally.csv", history.clock.now_us()
    history.minute(seen=5)
    history.raised(1, about="volunteer")
    times = f"{to_text(begins_us)},{to_text(history.clock.now_us())}"
    tally.write_text(f"{HEADING}\n1,bob,,{times}\n", "utf-8")
    assert overt("Blue list", "--truth", tally, "--json", "-") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["trr"]["num"], told["faces_seen"]) == ("live trial", 1, 5)


def test_an_operation_an_unknown_name_and_a_stranger_are_refused(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = tmp_path / "tally.csv"
    tally.write_text(f"{HEADING}\n1,bob,,2026-11-22T09:00:00Z,2026-11-22T09:00:09Z\n", "utf-8")
    history.enter(name="Station")
    assert overt("Station", "--truth", tally) == 2
    assert "is an operation" in capsys.readouterr().err
    assert overt("Nowhere", "--truth", tally) == 2
    assert "no deployment Nowhere" in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, "cd" * 32)
    assert overt("Blue list", "--truth", tally) == 2


def test_a_rehearsal_and_a_tally_by_the_clock_are_refused(
    footage: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = tmp_path / "clock.csv"
    tally.write_text(f"{HEADING}\n1,bob,,2026-11-22T09:00:00Z,2026-11-22T09:00:09Z\n", "utf-8")
    assert overt(footage[0], "--truth", tally) == 2
    assert "The run is a rehearsal, and the tally is of a live trial" in capsys.readouterr().err


def test_a_file_of_a_run_that_is_not_there_is_refused_as_one(
    footage: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("none.jsonl", "--truth", footage[1]) == 2
    assert "The run none.jsonl cannot be read" in capsys.readouterr().err


class Finds:
    """Stands for a recogniser that finds one face, always in the same place."""

    def zone_detector(self, region: Region, scale: float) -> Finds:
        assert (region.width, region.height, scale) == (320, 240, 0.4)
        return self

    def detect(self, frame: PictureSource, least_score: float) -> Faces:
        assert least_score > 0
        return faces([(35.0, 40.0)])


def test_a_simulated_street_is_one_and_its_tracks_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = tmp_path / "street.truth.jsonl"
    truth.write_text("".join(lines_of(street(passage(1, "cho", 30, 45, 31), passage(2, "bob", 0, 50, 13)))), "utf-8")
    run = written(tmp_path / "run.jsonl", line(at_s=1.0), figures_line(4))
    clip = write_clip(tmp_path / "street.mp4", numbered(51))
    people = portraits(tmp_path / "people", "bob")
    monkeypatch.setattr(bootstrap, "recogniser", lambda settings: Finds())
    arguments = (run, "--truth", truth, "--list", people, "--clip", clip, "--smallest-face", "50", "--json", "-")
    assert overt(*arguments) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["simulated"], told["trr"]["num"]) == ("simulated street", True, 1)
    assert [one["people"] for one in told["tracks"]["by_density"]] == ["1", "2 to 3"]
    assert (told["tracks"]["nobody"], told["tracks"]["mixed"]) == (1, 0)  # whose face is there in the last frame only


def test_a_street_needs_its_list_and_nothing_else_has_one(
    footage: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, tally = footage
    truth = tmp_path / "street.truth.jsonl"
    truth.write_text("".join(lines_of(street(passage(1, "bob", 0, 50, 13)))), "utf-8")
    assert overt(run, "--truth", truth) == 2
    assert "does not say who is on the list" in capsys.readouterr().err
    assert overt(run, "--truth", tally, "--list", tmp_path) == 2
    assert "--list goes with the truth of a simulated street" in capsys.readouterr().err
    assert overt(run, "--truth", tally, "--clip", tmp_path / "street.mp4") == 2
    assert "--clip goes with the truth of a simulated street" in capsys.readouterr().err
