"""`overt retain`: what it erases, what it says, and when it refuses."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from overt import bootstrap
from overt.bootstrap import open_installation, place
from overt.cli import retain as command
from overt.cli.errors import ending
from overt.cli.retain import summary
from overt.domain.retention import DAY_US
from overt.engine.clock import SystemClock
from overt.ledger.entry import Entry
from overt.services import retain as service
from overt.services.installation import opened
from overt.services.retain import Retained
from overt.settings import Settings, load_settings
from overt.store.records import State
from overt.testing.fixed_clock import FixedClock
from tests.installations import home_in, kinds
from tests.unit.services.keeping import raised, state_of_alert


def overt(*arguments: str) -> int:
    """The exit code of `overt retain`."""
    import typer

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.add_to(app)
    try:
        return ending(lambda: app(list(arguments)))
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an installation that is there."""
    home_in(tmp_path, monkeypatch)
    settings = load_settings()
    bootstrap.make_installation(settings)
    return settings


@pytest.mark.usefixtures("settings")
def test_where_nothing_is_due_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("--once") == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Nothing was due.\n")


def test_what_is_due_is_erased_and_counted(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with open_installation(settings) as installation:
        due, other = raised(installation, life_us=0), raised(installation, 2)
    assert overt("--once") == 0
    assert capsys.readouterr().err == "Erased: 1 alert.\n"
    with open_installation(settings) as installation:
        assert state_of_alert(installation, due) == State.ERASED
        assert state_of_alert(installation, other) == State.KEPT
        (receipt,) = installation.store.read(lambda work: work.erasures.all())
        assert receipt.residue_cleared_us is not None


def test_without_an_installation_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVERT_HOME", str(tmp_path / "nowhere"))
    assert overt("--once") == 2
    assert "overt init" in capsys.readouterr().err


def test_a_clock_that_jumped_is_confirmed_on_the_command_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_installation(settings) as installation:
        due = raised(installation, life_us=0)
        service.require_steady_clock(installation)
        mark = installation.store.read(lambda work: work.clock.get())
        assert mark is not None
        moved = replace(mark, host_us=mark.host_us - DAY_US)
        installation.store.write(lambda work: work.clock.set(moved))
    assert overt("--once") == 2
    assert "--confirm-clock" in capsys.readouterr().err
    with open_installation(settings) as installation:
        assert state_of_alert(installation, due) == State.KEPT
    assert overt("--once", "--confirm-clock") == 0
    assert capsys.readouterr().err == "The clock is confirmed.\nErased: 1 alert.\n"
    assert overt("--once", "--confirm-clock") == 0
    assert "nothing to confirm" in capsys.readouterr().err
    with open_installation(settings) as installation:
        assert "clock.confirmed" in kinds(installation)


def test_after_a_clock_that_ran_ahead_the_right_one_is_confirmed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the installation would stay shut until the time of its newest entry has come."""
    ahead = FixedClock(SystemClock().now_us() + 400 * DAY_US)
    with opened(place(settings), clock=ahead, random_bytes=os.urandom) as installation:
        kept = raised(installation, life_us=0)
    for _ in range(2):
        assert overt("--once") == 2
        assert "--confirm-clock" in capsys.readouterr().err
    assert overt("--once", "--confirm-clock") == 0
    assert capsys.readouterr().err == "The clock is confirmed.\nNothing was due.\n"
    assert overt("--once") == 0
    with open_installation(settings) as installation:
        assert state_of_alert(installation, kept) == State.KEPT
        rows = installation.store.read(lambda work: list(work.ledger.rows()))
    confirmed = Entry.from_bytes(rows[-1].entry)
    assert confirmed.kind == "clock.confirmed"
    moved_ms = confirmed.facts["moved_ms"]
    assert isinstance(moved_ms, int)
    assert -400 * DAY_US // 1000 - 60_000 < moved_ms < -399 * DAY_US // 1000


def test_without_once_it_goes_on_often_enough_for_not_the_person(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts: list[str] = []
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            with open_installation(settings) as installation:
                alerts.append(raised(installation, life_us=0))
        if len(pauses) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", pause)
    assert overt() == 130
    assert capsys.readouterr().err == "Nothing was due.\nErased: 1 alert.\n"
    assert max(pauses) <= 10


WORDS: list[tuple[Retained, str]] = [
    (Retained(), "Nothing was due."),
    (Retained(lists=1, entries=1, alerts=1, sessions=1), "1 list, 1 entry of a list, 1 alert, 1 sign-in session."),
    (Retained(lists=2, entries=3, alerts=1004, sessions=5), "2 lists, 3 entries of lists, 1,004 alerts, 5 sign-in"),
    (Retained(alerts=1, cleared=False), "Erased: 1 alert. Somebody else uses the store"),
    (Retained(cleared=False), "Nothing was due. Somebody else uses the store"),
]


@pytest.mark.parametrize(("done", "words"), WORDS)
def test_what_was_done_is_said_in_words(done: Retained, words: str) -> None:
    assert words in summary(done)
