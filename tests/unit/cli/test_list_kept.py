"""`overt list show` and `overt list erase`: which lists are kept, and away with one; nobody on them is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from overt import bootstrap
from overt.bootstrap import open_installation
from overt.cli import lists as command
from overt.cli.errors import ending
from overt.services.erase import withdraw_entry
from overt.settings import Settings, load_settings
from overt.store.records import State
from tests.installations import home_in
from tests.stores import uuid
from tests.unit.services.keeping import enrolled, portraits, sealed, state_of_list

Sealed = Callable[..., str]


def overt(*arguments: str) -> int:
    """The exit code of `overt list`."""
    import typer

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.add_to(app)
    try:
        return ending(lambda: app(["list", *arguments]))
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an installation that is there."""
    home_in(tmp_path, monkeypatch)
    settings = load_settings()
    bootstrap.make_installation(settings)
    return settings


@pytest.fixture
def seal(settings: Settings, tmp_path: Path) -> Sealed:
    """Seals a list of these people; gives its id."""

    def seal(*names: str) -> str:
        with open_installation(settings) as installation:
            digest = hashlib.sha256(" ".join(names).encode()).hexdigest()
            return sealed(installation, enrolled(portraits(tmp_path / names[0], *names)), digest).row.id

    return seal


@pytest.mark.usefixtures("settings")
def test_where_there_is_no_list_it_says_so_and_json_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("show") == 0
    assert capsys.readouterr().out == "No list was ever sealed here.\n"
    assert overt("show", "--json") == 0
    assert capsys.readouterr().out == ""


def test_each_list_is_shown_with_its_end_and_nobody_on_it(seal: Sealed, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = seal("ann"), seal("bob", "cat")
    assert overt("show") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{one}  1 entry, sealed ")
    assert second.startswith(f"{two}  2 entries, sealed ")
    assert first.endswith("Z")
    assert "dies by 2026-" in first
    for name in ("ann", "bob", "cat"):
        assert f" {name}" not in first + second


def test_as_json_each_list_is_an_object_on_a_line_of_its_own(seal: Sealed, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = seal("ann"), seal("bob", "cat")
    overt("erase", one)
    capsys.readouterr()
    assert overt("show", "--json") == 0
    said = capsys.readouterr()
    found = [json.loads(line) for line in said.out.splitlines()]
    assert [(each["list"], each["entries"], each["state"]) for each in found] == [(one, 1, "erased"), (two, 2, "kept")]
    assert set(found[0]) == {"list", "deployment", "entries", "sealed_at", "erased_after", "state"}
    assert said.err == ""


def test_a_list_is_erased_by_hand_and_the_files_are_cleared(
    seal: Sealed, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    one = seal("ann")
    assert overt("erase", one) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "its key is destroyed" in said.err
    assert "no trace" in said.err
    with open_installation(settings) as installation:
        assert state_of_list(installation, one) == State.ERASED
        (receipt,) = installation.store.read(lambda work: work.erasures.all())
        assert receipt.reason == "by-hand"
        assert receipt.residue_cleared_us is not None
    overt("show")
    assert capsys.readouterr().out.strip().endswith("erased")


def test_where_somebody_reads_the_files_are_cleared_later(
    seal: Sealed, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overt.store.sql.SqlStore.clear_residue", lambda _: False)
    assert overt("erase", seal("ann")) == 0
    assert "could not be cleared yet" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [uuid(0x99), "nonsense", "", "../keyring/ledger", "'; DROP TABLE lists"])
def test_a_list_that_is_not_there_cannot_be_erased(
    seal: Sealed, settings: Settings, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    one = seal("ann")
    assert overt("erase", wrong) == 2
    assert "overt list show" in capsys.readouterr().err
    with open_installation(settings) as installation:
        assert state_of_list(installation, one) == State.KEPT
        assert installation.keyring.names() == {"ledger", "digests", f"list-{one}"}


def test_a_list_is_erased_once(seal: Sealed, capsys: pytest.CaptureFixture[str]) -> None:
    one = seal("ann")
    assert overt("erase", one) == 0
    assert overt("erase", one) == 2
    assert "has been erased" in capsys.readouterr().err


def test_a_list_shows_how_many_it_was_sealed_with(
    seal: Sealed, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    one = seal("ann", "bob")
    with open_installation(settings) as installation:
        withdraw_entry(installation, one, 0, "retention")
    overt("show")
    assert "2 entries" in capsys.readouterr().out
