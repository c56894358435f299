"""`overt watch` on the command line: its help, its words before the start, and how Ctrl-C is taken."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from overt.cli.main import build
from overt.cli.watch import Ending, Interrupted, opening
from overt.services.lists import Verdict
from tests.unit.services.runs import prepared


@pytest.fixture
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_help_names_every_option() -> None:
    said = CliRunner().invoke(build(), ["watch", "--help"]).output
    for option in ("--once", "--json", "--profile", "--rehearsal", "--fast"):
        assert option in said


@pytest.mark.usefixtures("signals")
def test_fast_needs_a_rehearsal(tmp_path: Path) -> None:
    done = CliRunner().invoke(build(), ["watch", str(tmp_path / "a.toml"), "--fast"])
    assert done.exit_code == 2
    assert "--fast needs --rehearsal" in done.output


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_preparation_ends_it_at_once(number: signal.Signals) -> None:
    ending = Ending()
    ending.listen()
    with pytest.raises(Interrupted):
        signal.raise_signal(number)
    assert ending.stop.is_set()


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_of_a_run_asks_for_the_end_and_the_second_one_ends_it(number: signal.Signals) -> None:
    ending = Ending()
    ending.prepared = True
    ending.listen()
    os.kill(os.getpid(), number)
    assert ending.stop.wait(2)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_the_opening_says_list_threshold_and_expectation() -> None:
    ready = prepared()
    (said,) = opening(ready)
    assert said.startswith("High Street: 2 entries on the list. ")
    assert f"Threshold {ready.threshold.value:.3f}" in said
    assert "at most 1 in 1,000 passages" in said
    assert "extrapolated" not in said


def test_where_people_decide_first_the_opening_does_not_tell_the_threshold() -> None:
    ready = prepared()
    (said,) = opening(ready, blind=True)
    assert f"{ready.threshold.value:.3f}" not in said
    assert "at most 1 in 1,000 passages" in said


def test_the_opening_names_what_was_left_out_and_what_is_extrapolated() -> None:
    ready = prepared()
    report = replace(
        ready.watch_list.report, verdicts=(Verdict(picture="cat.jpg", entry="cat", reasons=("no face was found",)),)
    )
    ready = replace(
        ready,
        watch_list=replace(ready.watch_list, report=report),
        threshold=replace(ready.threshold, extrapolated=True),
    )
    first, second = opening(ready)
    assert first == "cat.jpg is left out: no face was found."
    assert "(extrapolated)" in second
