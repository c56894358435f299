"""`overt evidence` and `overt alert disclose --sealed-for`: a key, a file that is sealed for it, and opening that."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from overt import bootstrap
from overt.bootstrap import open_installation
from overt.cli import alerts, evidence
from overt.cli.errors import ending
from overt.domain.roles import Role
from overt.engine.clock import SystemClock
from overt.services.installation import create
from overt.services.sessions import sign_in
from overt.settings import Settings, load_settings
from overt.vault.recipient import seal_for
from tests.installations import home_in, kinds
from tests.people import PASSWORD, administrators, person
from tests.unit.services.handed_over import CASE, KEY, WHY, evidential
from tests.unit.services.policed import jpeg, policed

WORDS = "a passphrase of the recipient"
Runs = Callable[..., int]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    home_in(tmp_path, monkeypatch)
    settings = load_settings()
    settings.make_home()
    create(bootstrap.place(settings), clock=SystemClock(), random_bytes=os.urandom)
    with open_installation(settings) as installation:
        administrators(installation)
        person(installation, "alan", Role.AUTHORISING_OFFICER)
        person(installation, "aude", Role.AUDITOR)
        person(installation, "olga", Role.OPERATOR)
        policed(installation)
        token = sign_in(installation, "alan", PASSWORD, new_password=lambda: PASSWORD).token
    monkeypatch.setenv("OVERT_SESSION", token)
    return settings


@pytest.fixture
def overt(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs both groups; what is typed is standard input."""

    def run(*arguments: str | Path, typed: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
        alerts.add_to(app)
        evidence.add_to(app)
        try:
            return ending(lambda: app([str(one) for one in arguments]))
        except SystemExit as end:
            return int(end.code or 0)

    return run


@pytest.fixture
def key(tmp_path: Path, overt: Runs, capsys: pytest.CaptureFixture[str]) -> tuple[Path, str]:
    """The file of a recipient's key, and its public half."""
    file = tmp_path / "court.pem"
    assert overt("evidence", "key", file, typed=f"{WORDS}\n") == 0
    return file, capsys.readouterr().out.strip()


@pytest.fixture
def alert(settings: Settings) -> str:
    with open_installation(settings) as installation:
        return evidential(installation)


def handing(alert: str, public: str, out: Path, second: str = "aude") -> tuple[str | Path, ...]:
    asked = ("--to=court", "--because", WHY, "--case", CASE, "--second", second)
    return ("alert", "disclose", alert, *asked, "--sealed-for", public, "--out", out)


def test_evidence_goes_from_two_people_to_the_recipient_who_opens_it_alone(
    settings: Settings,
    overt: Runs,
    alert: str,
    key: tuple[Path, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, public = key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    out = tmp_path / "evidence.overt"
    assert overt(*handing(alert, public, out), typed=f"{PASSWORD}\n") == 0
    assert "2 pictures with the record left, sealed" in capsys.readouterr().err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with open_installation(settings) as installation:
        assert kinds(installation).count("alert.disclosed") == 1
        ledger_key = installation.public_key
    opened = tmp_path / "opened"
    assert overt("evidence", "open", out, "--key", file, "--to", opened, typed=f"{WORDS}\n") == 0
    said = capsys.readouterr()
    assert "2 pictures, each as the manifest names it" in said.out
    assert "Compare it with the published one" in said.out
    assert "Overt does not erase it" in said.err
    assert (opened / "pictures" / "listed.jpg").read_bytes() == jpeg(60)
    assert json.loads((opened / "record.json").read_text("utf-8"))["alert"] == alert
    assert {stat.S_IMODE(path.stat().st_mode) for path in opened.rglob("*")} == {0o600, 0o700}
    assert overt("evidence", "open", out, "--key", file, "--ledger-key", ledger_key, typed=f"{WORDS}\n") == 0
    assert "with the key that you gave" in capsys.readouterr().out
    other = "ed25519:" + "1" * 64
    assert overt("evidence", "open", out, "--key", file, "--ledger-key", other, typed=f"{WORDS}\n") in (1, 2)
    assert overt("evidence", "open", out, "--key", file, "--to", opened, typed=f"{WORDS}\n") == 2
    assert "Name a new one." in capsys.readouterr().err


def test_what_may_not_be_leaves_no_file(
    settings: Settings,
    overt: Runs,
    alert: str,
    key: tuple[Path, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    public, out, mine = key[1], tmp_path / "evidence.overt", tmp_path / "mine"
    mine.write_text("mine")
    for words, says in (
        (handing(alert, public, out, second="alan"), "named yourself"),
        (handing(alert, public, out, second="olga"), "may not do this (evidence.second)"),
        (handing(alert, public[:-1], out), "64 hexadecimal digits"),
        (handing(alert, public, mine), "is there already"),
        (("alert", "disclose", alert, "--to=court", "--because", WHY, "--out", out), "Give both"),
        (("alert", "disclose", alert, "--to=court", "--because", WHY, "--sealed-for", public), "Give both"),
    ):
        assert overt(*words, typed=f"{PASSWORD}\n") == 2, says
        assert says in capsys.readouterr().err
    assert overt(*handing(alert, public, out), typed="a wrong password\n") == 2
    assert not out.exists()
    assert mine.read_text() == "mine"
    with open_installation(settings) as installation:
        assert "alert.disclosed" not in kinds(installation)


def test_bad_keys_and_files_are_told_plainly(
    overt: Runs, key: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = key[0]
    assert overt("evidence", "key", file, typed=f"{WORDS}\n") == 2
    assert "was not written" in capsys.readouterr().err
    assert overt("evidence", "key", tmp_path / "weak.pem", typed="short\n") == 2
    sealed = tmp_path / "sealed"
    sealed.write_bytes(seal_for(KEY.public_key(), b"something"))
    for what, where, typed, says in (
        (sealed, file, WORDS, "sealed for another key"),
        (sealed, tmp_path / "none.pem", WORDS, "cannot be read"),
        (sealed, file, "another passphrase", "does not open"),
        (tmp_path / "none", file, WORDS, "cannot be read"),
        (file, file, WORDS, "no file of sealed evidence"),
    ):
        assert overt("evidence", "open", what, "--key", where, typed=f"{typed}\n") == 2, says
        assert says in capsys.readouterr().err
