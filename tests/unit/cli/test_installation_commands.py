"""`overt init`, `backup` and `restore`: one installation, from its making to its coming back."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.cli import installation as commands
from overt.cli.errors import ending
from overt.ledger.head import public_key_from_text
from overt.services import sessions
from overt.services.accounts import installation_policy
from overt.services.erase import erase_alert
from overt.services.record import export
from overt.settings import load_settings
from tests.installations import home_in, kinds
from tests.people import PASSWORD
from tests.unit.services.keeping import raised

Overt = Callable[..., int]
MADE = ["installation.made", "installation.policy", "account.made", "account.made"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home_in(tmp_path, monkeypatch)
    return tmp_path / "home"


def overt(*arguments: str | Path) -> int:
    """The exit code of `overt` with only this group."""
    import typer

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    commands.add_to(app)

    def run() -> None:
        app([str(each) for each in arguments])

    try:
        return ending(run)
    except SystemExit as end:
        return int(end.code or 0)


def init(*arguments: str, administrators: tuple[str, ...] = ("Ann", "Ben"), lines: str = f"{PASSWORD}\n" * 2) -> int:
    """The exit code of `overt init` with these administrators and, on standard input, their passwords."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(lines))
        return overt("init", *[word for name in administrators for word in ("--administrator", name)], *arguments)


def sign_in() -> None:
    """As the first administrator."""
    settings = load_settings()
    with open_installation(settings) as installation:
        opened = sessions.sign_in(installation, "Ann", PASSWORD, new_password=str)
    sessions.keep_token(settings.home, opened.token)


def recorded() -> list[str]:
    with open_installation(load_settings()) as installation:
        return kinds(installation)


def test_init_prints_the_key_of_the_ledger_alone_on_standard_output(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init() == 0
    said = capsys.readouterr()
    public_key_from_text(said.out)
    assert said.out.count("\n") == 1
    assert str(home) in said.err
    assert "master.key" in said.err
    assert (home.parent / "master.key").read_text().strip() not in said.err + said.out
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert recorded() == [*MADE]


def test_a_second_init_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    capsys.readouterr()
    assert init() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "already" in said.err


def test_a_master_key_inside_the_home_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVERT_MASTER_KEY_FILE", str(home / "master.key"))
    assert init() == 2
    assert "OVERT_MASTER_KEY_FILE" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_init_makes_the_first_administrators_under_a_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert init("--policy", "consent", administrators=("Ann",), lines=f"{PASSWORD}\n") == 0
    assert "overt login" in capsys.readouterr().err
    with open_installation(load_settings()) as installation:
        assert installation_policy(installation).policy == "consent"
        (ann,) = installation.store.read(lambda work: work.accounts.all())
        assert (ann.name, ann.state, ann.roles) == ("ann", "active", ("administrator",))
        assert PASSWORD not in ann.password
    assert recorded() == MADE[:3]


INITS: list[tuple[tuple[str, ...], tuple[str, ...], str, str]] = [
    ((), (), "", "overt init --administrator NAME --administrator NAME."),
    (("Ann",), (), f"{PASSWORD}\n", "wants 2 administrators"),
    (("Ann", "ann"), (), f"{PASSWORD}\n" * 2, "same name"),
    (("Ann", "Ben"), (), f"{PASSWORD}\n", "none was given"),
    (("Ann", "Ben"), (), f"{PASSWORD}\nshort\n", "too short"),
    (("Ann", "Ben"), ("--policy", "nowhere.toml"), f"{PASSWORD}\n" * 2, "no policy nowhere.toml"),
]


@pytest.mark.parametrize(("administrators", "arguments", "lines", "says"), INITS)
def test_an_init_that_lacks_something_makes_nothing(
    home: Path,
    administrators: tuple[str, ...],
    arguments: tuple[str, ...],
    lines: str,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert init(*arguments, administrators=administrators, lines=lines) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert not home.exists()
    assert not (home.parent / "master.key").exists()


def test_an_installation_without_accounts_gets_its_administrators_by_another_init(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public_key = make_installation(load_settings())
    assert init() == 0
    assert capsys.readouterr().out.strip() == public_key
    assert recorded() == MADE
    assert init() == 2


@pytest.mark.usefixtures("home")
def test_a_missing_master_key_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    (tmp_path / "master.key").unlink()
    assert overt("backup", tmp_path / "copy.sqlite") == 3
    assert "no master key" in capsys.readouterr().err
    assert not (tmp_path / "copy.sqlite").exists()


@pytest.mark.usefixtures("home")
def test_without_an_installation_there_is_nothing_to_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("backup", tmp_path / "copy.sqlite") == 2
    assert "overt init" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_backup_says_how_much_and_up_to_which_head(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    sign_in()
    capsys.readouterr()
    assert overt("backup", tmp_path / "copy.sqlite") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "9 rows and the ledger up to 6:" in said.err
    assert "no key" in said.err
    assert overt("backup", tmp_path / "copy.sqlite") == 2
    assert recorded() == [*MADE, "session.opened", "backup.made"]


def test_restore_asks_before_it_replaces_a_working_store(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init()
    sign_in()
    overt("backup", tmp_path / "copy.sqlite")
    capsys.readouterr()
    assert overt("restore", tmp_path / "copy.sqlite") == 2
    assert "--replace" in capsys.readouterr().err
    assert overt("restore", tmp_path / "copy.sqlite", "--replace") == 0
    assert "9 rows" not in capsys.readouterr().err
    assert recorded()[-1] == "restored"
    assert {path.name for path in home.iterdir()} == {"overt.sqlite", "keyring", "heads", "lock", "session"}


@pytest.mark.usefixtures("home")
def test_restore_says_what_had_been_erased(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    sign_in()
    with open_installation(load_settings()) as installation:
        alerts = [raised(installation, passage) for passage in range(3)]
    overt("backup", tmp_path / "copy.sqlite")
    for count, says in ((1, "1 sealed list or alert in it"), (2, "2 sealed lists and alerts in it stay")):
        with open_installation(load_settings()) as installation:
            assert erase_alert(installation, alerts[count], "by-hand")
        capsys.readouterr()
        assert overt("restore", tmp_path / "copy.sqlite", "--replace") == 0
        assert says in capsys.readouterr().err


def test_restore_of_a_lost_store_takes_the_ledger_from_an_export(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init()
    sign_in()
    overt("backup", tmp_path / "copy.sqlite")
    overt("backup", tmp_path / "later.sqlite")
    with open_installation(load_settings()) as installation, (tmp_path / "ledger.txt").open("wb") as out:
        export(installation.store, out.write)
    for path in home.glob("overt.sqlite*"):
        path.unlink()
    capsys.readouterr()
    assert overt("restore", tmp_path / "copy.sqlite") == 2
    assert "--ledger" in capsys.readouterr().err
    assert init() == 2
    assert "overt restore" in capsys.readouterr().err
    assert overt("restore", tmp_path / "copy.sqlite", "--ledger", tmp_path / "ledger.txt") == 0
    assert recorded() == [*MADE, "session.opened", "backup.made", "backup.made", "restored"]


@pytest.mark.usefixtures("home")
def test_a_file_that_is_no_copy_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    (tmp_path / "letter.txt").write_text("Dear installation")
    for name in ("letter.txt", "nowhere.sqlite"):
        capsys.readouterr()
        assert overt("restore", tmp_path / name, "--replace") == 2
        assert name in capsys.readouterr().err
    assert recorded() == [*MADE]
