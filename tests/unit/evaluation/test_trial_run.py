"""What a run printed, read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from overt.domain.alert import Alert
from overt.domain.decision import Result, Verdict
from overt.domain.figures import Counts, RunFigures
from overt.domain.ids import new_id
from overt.evaluation import trial_run
from overt.evaluation.trial_run import BadRun, Prompt, passages_of, read_run, run_of
from tests.unit.evaluation.blue_list import START_US, figures_line, line, prompt, run, said, written


def test_what_the_product_prints_is_read(tmp_path: Path) -> None:
    alert = Alert(
        id=new_id(START_US + 5_400_000, bytes),
        deployment="High Street",
        camera="north",
        at_us=START_US + 5_000_000,
        media_time_s=5.0004,
        passage=7,
        entry="bob",
        score=0.71234,
        threshold=0.5,
        false_alerts_per_1000=0.01234,
        shots=3,
        cautions=("dark",),
    )
    figures = RunFigures(counts=Counts(frames=9, faces_seen=8, faces_detected=9), alerts=1, latencies_s=None)
    path = written(tmp_path / "run.jsonl", alert.line(), figures.line())
    found = read_run(path)
    assert (found.rehearsal, found.searched, found.detected, len(found.digest)) == (False, 8, 9, 64)
    assert found.prompts == (
        Prompt(
            alert=alert.id,
            camera="north",
            at_us=alert.at_us,
            media_us=5_000_000,
            passage=7,
            entry="bob",
            score=0.7123,
            threshold=0.5,
            per_1000=0.0123,
            shots=3,
            cautions=("dark",),
        ),
    )
    assert found.prompts[0].raised_us == START_US + 5_400_000


def test_what_is_hidden_stays_null(tmp_path: Path) -> None:
    hidden = line(score=None, threshold=None, false_alerts_per_1000=None, media_time_s=None)
    (found,) = read_run(written(tmp_path / "run.jsonl", hidden, figures_line())).prompts
    assert (found.score, found.threshold, found.per_1000, found.media_us) == (None, None, None, None)


def test_a_run_without_alerts_is_a_run(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("\n" + json.dumps(figures_line(rehearsal=False)) + "\n\n", "utf-8")
    assert (read_run(path).prompts, read_run(path).rehearsal) == ((), False)


def test_a_run_goes_out_and_comes_back_the_same() -> None:
    told = run(
        prompt(1, "bob", 5.0, said=said(Result.RIGHT), about="volunteer", latency_ms=420),
        prompt(2, "", 6.0, said=said(None, verdict=None, undecided=True), score=None, live=True),
        rehearsal=False,
    )
    content = b"".join(json.dumps(one).encode() + b"\n" for one in told.lines())
    found = run_of("run.jsonl", content)
    assert (found.prompts, found.counts, found.rehearsal) == (told.prompts, told.counts, False)
    assert '"rehearsal": true' in json.dumps(list(run().lines()))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([line()], "no figures line"),
        ([], "no figures line"),
        ([figures_line(), line()], "Line 2 .* after the figures"),
        ([line(rehearsal=False), figures_line()], "a rehearsal and of a live run"),
        ([line(), line(2, deployment="Station"), figures_line()], "of two deployments"),
        ([line(rehearsal="yes"), figures_line()], "rehearsal is neither true nor false"),
        ([line(alert="7"), figures_line()], "cannot be used"),
        ([line(alert="0193527e-8a00-4000-8000-000000000001"), figures_line()], "no UUIDv7"),
        ([line(about="stranger"), figures_line()], "stranger is none of"),
        ([line(passage=True), figures_line()], "passage is not what it should be"),
        ([line(at="soon"), figures_line()], "cannot be used"),
        ([line(at="2026-11-22T09:00:00"), figures_line()], "needs a time zone"),
        ([line(score="high"), figures_line()], "score is no number"),
        ([line(verdicts=[["ann", "yes"]], needed=1), figures_line()], "cannot be used"),
        ([{"alert": "x"}, figures_line()], "deployment is missing"),
        ([{"figures": 3}], "figures are no object"),
        ([{"figures": {"faces_seen": 1}}], "faces_detected is missing"),
        ([{"figures": {"faces_seen": -1, "faces_detected": 1}}], "below 0"),
        ([{"figures": {"faces_seen": 1.5, "faces_detected": 1}}], "faces_seen is not what it should be"),
    ],
)
def test_what_is_no_run_is_refused_with_its_line(tmp_path: Path, lines: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(BadRun, match=says) as caught:
        read_run(written(tmp_path / "run.jsonl", *lines))
    assert "overt watch --json" in caught.value.todo


@pytest.mark.parametrize("content", [b"not json\n", b"[1]\n", b"\xff\xfe\n", b"{" * 200_000])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadRun, match="Line 1"):
        read_run(path)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRun, match="cannot be read"):
        read_run(tmp_path / "none.jsonl")
    monkeypatch.setattr(trial_run, "MOST_BYTES", 3)
    with pytest.raises(BadRun, match="larger"):
        read_run(written(tmp_path / "run.jsonl", figures_line()))


def test_prompts_of_one_passage_are_put_together_and_runs_told_apart_by_time() -> None:
    prompts = (
        prompt(1, "bob", 5.0, passage=4),
        prompt(2, "ann", 8.0, passage=4),
        prompt(3, "bob", 6.0, passage=4, camera="south"),
        prompt(4, "bob", 900.0, passage=4),
        prompt(5, "bob", 5.0, passage=5),
    )
    found = passages_of(prompts)
    assert sorted(tuple(sorted(each.alert for each in one)) for one in found) == sorted(
        tuple(sorted(prompts[at].alert for at in one)) for one in ([0, 1], [2], [3], [4])
    )
    assert passages_of(prompts[::-1]) == found


@pytest.mark.parametrize(
    ("verdicts", "needed", "undecided", "stands"),
    [
        ((), 1, False, "open"),
        ((("a", Verdict.WORTH_A_LOOK),), 2, False, "open"),
        ((("a", Verdict.WORTH_A_LOOK), ("b", Verdict.WORTH_A_LOOK)), 2, False, "worth-a-look"),
        ((("a", Verdict.WORTH_A_LOOK), ("b", Verdict.NOT_THE_PERSON)), 2, False, "cannot-tell"),
        ((("a", Verdict.NOT_THE_PERSON),), 1, True, "undecided"),
    ],
)
def test_what_people_said_stands_when_all_have(
    verdicts: tuple[tuple[str, Verdict], ...], needed: int, undecided: bool, stands: str
) -> None:
    assert trial_run.Said(verdicts=verdicts, needed=needed, undecided=undecided).stands == stands
