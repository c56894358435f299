"""`overt publish`: what it writes and says, and when it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from overt import bootstrap
from overt.cli import publish as command
from overt.cli.errors import ending
from overt.cli.main import GROUPS
from overt.domain.decision import Result
from overt.services.installation import Installation
from overt.services.sessions import VARIABLE, digest_of
from overt.settings import Settings
from overt.store.records import SessionRow
from overt.testing.fixed_clock import SOME_DAY_US
from tests.histories import History
from tests.stores import account

TOKEN = "cd" * 32


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    """An installation that the command finds as this machine's, where somebody of the oversight is signed in."""
    found = History()
    sign_in(found, "oversight", 1)

    @contextmanager
    def open_installation(settings: Settings, *, finish: bool = True) -> Iterator[Installation]:
        assert finish
        yield found.installation

    monkeypatch.setattr(bootstrap, "open_installation", open_installation)
    monkeypatch.setenv(VARIABLE, TOKEN)
    return found


def sign_in(history: History, role: str, number: int, token: str = TOKEN) -> None:
    person = account(number, roles=(role,), trained_until_us=SOME_DAY_US + 10**14)
    session = SessionRow(id=digest_of(token), account=person.id, made_us=SOME_DAY_US, expires_us=SOME_DAY_US + 10**14)
    history.installation.store.write(lambda work: work.accounts.add(person))
    history.installation.store.write(lambda work: work.sessions.add(session))


def overt(*arguments: str | Path) -> int:
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.add_to(app)
    try:
        return ending(lambda: app([str(each) for each in arguments]))
    except SystemExit as end:
        return int(end.code or 0)


def test_the_command_is_one_of_overt() -> None:
    assert command in GROUPS


def test_it_writes_the_register_and_says_what_waits(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history.ended(1, Result.RIGHT)
    assert overt("--out", tmp_path / "site") == 0
    out, err = capsys.readouterr()
    register = json.loads((tmp_path / "site" / "register.json").read_text("utf-8"))
    assert out.strip() == register["ledger"]["head"]["mark"]
    assert "1 deployment, 1 of them new or changed" in err
    assert "Figures of 1 deployment follow" in err
    history.wait(3600 * 60)
    assert overt("--out", tmp_path / "site") == 0
    assert "follow" not in capsys.readouterr().err


def test_the_public_ledger_alone_is_written_and_nothing_is_published(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history.ended(1, Result.RIGHT)
    assert overt("--export", tmp_path / "ledger.txt") == 0
    out, err = capsys.readouterr()
    size = int(out.partition(":")[0])
    assert len((tmp_path / "ledger.txt").read_bytes().splitlines()) == size + 1
    assert "as their hashes" in err
    assert not any(b"register.published" in line for line in history.exported())


def test_what_the_store_says_otherwise_is_a_finding(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alert = history.raised()
    history.installation.store.write(lambda work: work.alerts.count_undecided(alert, 1))
    assert overt("--out", tmp_path / "site") == 1
    assert "the store says" in capsys.readouterr().err
    assert (tmp_path / "site" / "register.json").exists()


def test_where_it_cannot_be_written_nothing_is_recorded(history: History, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.txt").write_text("mine", "utf-8")
    before = len(history.exported())
    assert overt("--out", tmp_path / "site") == 2
    assert len(history.exported()) == before


def test_one_of_the_two_is_asked_for_and_whoever_decides_is_refused(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overt() == overt("--out", tmp_path / "site", "--export", tmp_path / "file") == 2
    sign_in(history, "operator", 2, "ef" * 32)
    monkeypatch.setenv(VARIABLE, "ef" * 32)
    assert overt("--out", tmp_path / "site") == 2
    assert not (tmp_path / "site").exists()
