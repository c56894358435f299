"""What people and programs are shown."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from overt.cli.screen import JsonLines, Terminal, block, expected, sentences
from overt.domain.alert import Alert
from overt.domain.errors import Stopped
from overt.domain.figures import Counts, Health, RunFigures
from overt.domain.profile import STAGES, STEPS, Profile
from overt.domain.time import SECOND_US

ALERT = Alert(
    id="01a2033e-4d99-7223-a66d-c4d61e62154b",
    deployment="High Street",
    camera="north",
    at_us=1_795_338_000 * SECOND_US + 120_000,
    media_time_s=None,
    passage=3,
    entry="anna [bold]",
    score=0.7123,
    threshold=0.4567,
    false_alerts_per_1000=0.02,
    shots=3,
    cautions=("small face", "dark"),
)
FIGURES = RunFigures(
    counts=Counts(
        frames=12_345, dropped=2, faces_detected=20, faces_seen=18, unmatched_age_max_s=0.84, cpu_s=10, video_s=50
    ),
    alerts=2,
    latencies_s=(0.4, 0.6),
)

PROFILE = Profile(spent_s=dict.fromkeys(STAGES, 1.0) | {"detect": 2.0}, video_s=20.0, looks=167, results=(0,) * STEPS)


def shown(alert: Alert, *, rehearsal: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(block(alert, rehearsal=rehearsal))
    return out.getvalue()


def test_a_prompt_is_a_block_with_all_that_is_needed_and_no_claim() -> None:
    said = shown(ALERT)
    for words in ("possible match", "anna [bold]", "north", "0.71; the threshold is 0.46", "small face, dark"):
        assert words in said
    assert "A person decides; the machine only prompts." in said
    assert "0.02 false alerts in 1,000 passages at this score" in said
    assert "rehearsal" not in said
    assert "In the file" not in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_prompt_of_a_rehearsal_says_so_and_where_in_the_file() -> None:
    said = shown(replace(ALERT, media_time_s=12.345, cautions=()), rehearsal=True)
    assert "possible match (rehearsal)" in said
    assert re.search(r"In the file\s+at 12\.3[45] s", said)
    assert re.search(r"Caution\s+none", said)


def test_a_prompt_that_is_kept_names_its_id_and_a_blind_one_says_nothing_of_its_score() -> None:
    assert ALERT.id in shown(ALERT, rehearsal=False)
    said = shown(replace(ALERT, blind=True), rehearsal=False)
    assert said.count("told once people have decided") == 2
    assert f"{ALERT.score:.2f}" not in said
    line = replace(ALERT, blind=True).line()
    assert (line["score"], line["threshold"], line["false_alerts_per_1000"]) == (None, None, None)


@pytest.mark.parametrize(
    ("per_1000", "words"),
    [
        (0.5, "0.5 false alerts in 1,000 passages at this score"),
        (0.01, "0.01 false alerts in 1,000 passages at this score"),
        (0.004, "1 false alert in 200,000 passages at this score"),
        (0.0011, "1 false alert in 900,000 passages at this score"),
        (0.0001, "fewer than 1 false alert in 1,000,000 passages at this score"),
        (0, "fewer than 1 false alert in 1,000,000 passages at this score"),
    ],
)
def test_what_a_score_means_is_said_in_passages(per_1000: float, words: str) -> None:
    assert expected(per_1000) == words


def test_the_figures_become_sentences() -> None:
    said = " ".join(sentences(FIGURES, rehearsal=False))
    for words in (
        "12,345 frames decoded, 50.0 s of video; 2 dropped.",
        "18 of 20 passages were searched (faces seen).",
        "2 prompts;",
        "overt figures",
        "overwriting: 0.84 s.",
        "half within 0.40 s.",
        "Processor time: 0.20 s for each second of video.",
    ):
        assert words in said
    assert "accuracy" not in said


def test_what_did_not_happen_is_not_said() -> None:
    said = " ".join(sentences(RunFigures(counts=Counts(), alerts=1, latencies_s=None), rehearsal=True))
    assert "a rehearsal keeps no record" in said
    assert "1 prompt;" in said
    for words in ("half within", "cool-down", "lost", "Processor"):
        assert words not in said
    said = " ".join(sentences(replace(FIGURES, counts=Counts(cooled_down=2, lost=3)), rehearsal=False))
    assert "2 repeated possible matches" in said
    assert "Lost with a camera process: 3 passages." in said


def test_programs_get_one_object_a_line_and_troubles_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    lines = JsonLines(rehearsal=False)
    lines.open(1)
    lines.alert(ALERT)
    lines.health(Health(camera=0, state="live", counts=Counts()))
    lines.trouble("north", "It is dark.")
    lines.trouble("north", "")
    lines.figures(FIGURES)
    lines.close()
    captured = capfd.readouterr()
    first, last = map(json.loads, captured.out.splitlines())
    assert first == ALERT.line()
    assert last == FIGURES.line()
    assert captured.err == "Camera north: It is dark.\nCamera north: the picture is back.\n"


def test_every_line_of_a_rehearsal_says_that_it_is_one(capfd: pytest.CaptureFixture[str]) -> None:
    lines = JsonLines(rehearsal=True)
    lines.alert(ALERT)
    lines.figures(FIGURES)
    for line in capfd.readouterr().out.splitlines():
        assert json.loads(line)["rehearsal"] is True


def test_figures_that_cannot_be_written_stop_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(OSError, match="No space left"):
            JsonLines(rehearsal=True).alert(ALERT)
        with pytest.raises(Stopped, match="No space left"):
            JsonLines(rehearsal=True).figures(FIGURES)


def test_a_terminal_that_is_a_file_gets_blocks_and_sentences_without_colour(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = Terminal(rehearsal=True)
    screen.open(2)
    screen.alert(ALERT)
    screen.health(Health(camera=0, state="live", counts=Counts()))
    screen.trouble("north", "It is dark.")
    screen.trouble("north", "")
    screen.figures(FIGURES)
    screen.close()
    said = capfd.readouterr().out
    assert "\x1b" not in said
    for words in ("possible match (rehearsal)", "Camera north: It is dark.", "the picture is back.", "2 prompts;"):
        assert words in said
    assert max(map(len, said.splitlines())) <= 80


def test_where_the_time_went_is_told_once_for_all_processes(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for screen in (JsonLines(rehearsal=True), Terminal(rehearsal=True)):
        for _ in range(2):
            screen.profile(PROFILE)
        screen.figures(FIGURES)
        written = capfd.readouterr()
        said = written.err if isinstance(screen, JsonLines) else written.out
        assert said.count("2 camera processes, 40.0 s of video, 334 looks.") == 1
        assert said.index("Where the time went") < said.index("decode")
        assert max(map(len, said.splitlines())) <= 80


def test_nothing_is_written_to_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    JsonLines(rehearsal=True).close()
    Terminal(rehearsal=True).close()
    assert list(tmp_path.iterdir()) == []
