"""`overt login`, `logout` and `account`: people come, get their rights from two others, and go."""

from __future__ import annotations

import getpass
import io
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.cli.errors import ending
from overt.cli.main import build
from overt.cli.passwords import ASK_AGAIN, ask_new_password
from overt.domain.errors import Refused
from overt.domain.roles import Role
from overt.settings import load_settings
from tests.installations import home_in, kinds
from tests.people import PASSWORD, administrators, person

NEW = "another horse battery"
#: What one refusal costs.
FIRST_WAIT_S = 1.1
TODAY = datetime.now(UTC).date()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an installation with the administrators ann and ben."""
    home_in(tmp_path, monkeypatch)
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation)
    return tmp_path / "home"


@pytest.fixture
def overt(capsys: pytest.CaptureFixture[str]) -> Overt:
    return Overt(capsys)


class Overt:
    """The command, in this process: `overt("account", "list")`, with lines for standard input."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path, lines: tuple[str, ...] = ()) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        app = build()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
            try:
                code = ending(lambda: app([str(each) for each in arguments]))
            except SystemExit as end:
                code = int(end.code or 0)
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def fine(self, *arguments: str | Path, lines: tuple[str, ...] = ()) -> str:
        """Standard output of a command that ends well."""
        code, out, err = self(*arguments, lines=lines)
        assert code == 0, err
        return out

    def refused(self, *arguments: str | Path, lines: tuple[str, ...] = ()) -> str:
        """What a command that is refused says."""
        code, out, err = self(*arguments, lines=lines)
        assert (code, out) == (2, ""), err
        return err

    def login(self, name: str, *lines: str) -> None:
        self.fine("login", name, lines=lines or (PASSWORD,))


def listed(overt: Overt) -> dict[str, dict[str, object]]:
    found = [json.loads(line) for line in overt.fine("account", "list", "--json").splitlines()]
    return {each["name"]: each for each in found}


def test_from_the_proposal_to_the_first_sign_in(home: Path, overt: Overt) -> None:
    overt.login("Ann")
    code = overt.fine("account", "add", "Carl", "--role", "operator", "--role", "auditor", "--rank", "sergeant").strip()
    assert "yourself" in overt.refused("account", "approve", "carl")
    until = f"{TODAY + timedelta(days=300)}"
    overt.fine("account", "training", "carl", "--until", until)
    assert "waits to be approved" in overt.refused("login", "carl", lines=(code, NEW))
    overt.login("ben")
    overt.fine("account", "approve", "carl")
    carl = listed(overt)["carl"]
    assert (carl["roles"], carl["state"], carl["rank"]) == (["operator", "auditor"], "active", "sergeant")
    assert carl["trained_until"] == f"{TODAY + timedelta(days=301)}T00:00:00.000Z"
    assert "too short" in overt.refused("login", "carl", lines=(code, "short"))
    overt.login("carl", code, NEW)
    overt.login("carl", NEW)
    with open_installation(load_settings()) as installation:
        recorded = kinds(installation)
    assert recorded.count("session.opened") == 4
    assert recorded.count("session.ended") == 3  # whoever signs in takes the place of who was
    assert code not in (home / "overt.sqlite").read_bytes().decode("latin-1")


@pytest.mark.usefixtures("home")
def test_nothing_about_accounts_without_signing_in(overt: Overt, tmp_path: Path) -> None:
    for command in (
        ("list",),
        ("add", "carl", "--role", "auditor"),
        ("approve", "ben"),
        ("close", "ben"),
        ("roles", "ben", "--role", "auditor"),
        ("training", "ben", "--until", f"{TODAY}"),
        ("password",),
        ("password", "ben"),
        ("key", "ben", "ab" * 32),
    ):
        assert "overt login" in overt.refused("account", *command)


def test_logout_ends_the_session_and_removes_the_token(
    home: Path, overt: Overt, monkeypatch: pytest.MonkeyPatch
) -> None:
    overt.login("ann")
    token = (home / "session").read_text().strip()
    overt.fine("account", "list")
    code, _, err = overt("logout")
    assert (code, err) == (0, "You are signed out.\n")
    assert not (home / "session").exists()
    assert "Nobody is signed in" in overt.refused("logout")
    monkeypatch.setenv("OVERT_SESSION", token)
    assert "session is over" in overt.refused("account", "list")
    assert overt("logout")[2] == "Your session was over already.\n"
    assert "comes before this session" in overt("login", "ann", lines=(PASSWORD,))[2]


@pytest.mark.usefixtures("home")
def test_the_environments_session_comes_before_the_file(
    home: Path, overt: Overt, monkeypatch: pytest.MonkeyPatch
) -> None:
    overt.login("ann")
    token = (home / "session").read_text().strip()
    (home / "session").unlink()
    monkeypatch.setenv("OVERT_SESSION", token)
    assert set(listed(overt)) == {"ann", "ben"}


@pytest.mark.usefixtures("home")
def test_a_wrong_password_says_no_more_than_a_wrong_name(overt: Overt) -> None:
    assert overt.refused("login", "ann", lines=("wrong horse battery",)) == overt.refused(
        "login", "nobody", lines=("wrong horse battery",)
    )
    assert "none was given" in overt.refused("login", "ann")


def test_an_officers_key_is_made_and_pinned_by_two(home: Path, overt: Overt, tmp_path: Path) -> None:
    with open_installation(load_settings()) as installation:
        person(installation, "dora", Role.AUTHORISING_OFFICER)
    public_key = overt.fine("account", "keygen", tmp_path / "dora.pem", lines=(PASSWORD,)).strip()
    assert "File exists" in overt.refused("account", "keygen", tmp_path / "dora.pem", lines=(PASSWORD,))
    overt.login("ann")
    overt.fine("account", "key", "dora", public_key)
    assert listed(overt)["dora"]["state"] == "proposed"
    overt.login("ben")
    code, _, err = overt("account", "approve", "dora")
    assert (code, err) == (0, f"dora is approved: authorising-officer, key {public_key}.\n")
    assert f"key {public_key}" in overt.fine("account", "list")


def test_a_key_is_made_without_an_installation(tmp_path: Path, overt: Overt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERT_HOME", str(tmp_path / "nowhere"))
    assert overt.fine("account", "keygen", tmp_path / "dora.pem", lines=(PASSWORD,)).startswith("ed25519:")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.usefixtures("home")
@pytest.mark.long
def test_passwords_roles_and_the_end_of_an_account(overt: Overt) -> None:
    with open_installation(load_settings()) as installation:
        person(installation, "eve", Role.AUDITOR)
    overt.login("eve")
    assert "wrong" in overt.refused("account", "password", lines=("wrong horse battery", NEW))
    time.sleep(FIRST_WAIT_S)
    overt.fine("account", "password", lines=(PASSWORD, NEW))
    assert "closed or changed" in overt.refused("account", "list")
    overt.login("eve", NEW)
    assert "account.propose" in overt.refused("account", "password", "ann")
    overt.login("ann")
    code = overt.fine("account", "password", "eve").strip()
    overt.login("ben")
    overt.fine("account", "approve", "eve")
    assert "wrong" in overt.refused("login", "eve", lines=(NEW,))
    time.sleep(FIRST_WAIT_S)
    overt.login("eve", code, PASSWORD)
    overt.login("ann")
    overt.fine("account", "roles", "eve", "--role", "oversight")
    assert listed(overt)["eve"]["roles"] == ["oversight"]
    overt.fine("account", "close", "eve")
    assert listed(overt)["eve"]["state"] == "closed"
    assert "two administrators" in overt.refused("account", "close", "ben")
    assert "eve: oversight (closed)" in overt.fine("account", "list")


@pytest.mark.parametrize(
    ("until", "says"), [("tomorrow", "does not match the format"), (f"{TODAY.year + 3}-01-01", "365 days")]
)
@pytest.mark.usefixtures("home")
def test_a_training_date_that_cannot_be(overt: Overt, until: str, says: str) -> None:
    overt.login("ann")
    assert says in overt.refused("account", "training", "ann", "--until", until)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_a_new_password_is_asked_for_twice_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = [NEW, NEW, NEW, "another house battery", ""]

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return answers.pop(0)

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", ask)
    assert ask_new_password("ann") == NEW
    assert asked == ["Choose the password of ann (at least 12 characters): ", ASK_AGAIN]
    with pytest.raises(Refused, match="differ") as caught:
        ask_new_password()
    assert "horse" not in str(caught.value)
    with pytest.raises(Refused, match="none was given"):
        ask_new_password()


@pytest.mark.long
def test_the_real_command_signs_in_from_a_script(home: Path) -> None:
    overt = Path(sys.executable).with_name("overt")

    def run(*arguments: str, lines: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [overt, *arguments], input=lines, env=os.environ, capture_output=True, text=True, check=False
        )

    assert run("login", "ann", lines=f"{PASSWORD}\n").returncode == 0
    listed = run("account", "list", "--json")
    assert [json.loads(line)["name"] for line in listed.stdout.splitlines()] == ["ann", "ben"]
