"""`overt alert`: look, decide, say what came of it, and who was told."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest
import typer

from overt import bootstrap
from overt.bootstrap import open_installation
from overt.cli import alerts as command
from overt.cli.alert_words import printable, said_of, sentence_of
from overt.cli.errors import ending
from overt.domain.decision import Standing, Verdict
from overt.domain.roles import Role
from overt.services.adjudicate import facts_of
from overt.services.at_alerts import alerts
from overt.services.erase import erase_alert
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.sessions import sign_in
from overt.services.undecided import count_undecided
from overt.settings import Settings, load_settings
from tests.installations import home_in, kinds
from tests.people import PASSWORD, administrators, person
from tests.stores import uuid
from tests.unit.services.keeping import ANN, BEN, RULES, raised
from tests.unit.services.policed import policed, with_pictures
from tests.unit.services.verdicts import TWO, WORDS, decided

ROLES = {
    "olga": Role.OPERATOR,
    "otto": Role.OPERATOR,
    "emma": Role.ENGAGEMENT_OFFICER,
    "alan": Role.AUTHORISING_OFFICER,
    "aude": Role.AUDITOR,
    "adam": Role.ADMINISTRATOR,
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an installation with people and a deployment."""
    home_in(tmp_path, monkeypatch)
    settings = load_settings()
    settings.make_home()
    from overt.engine.clock import SystemClock
    from overt.services.installation import create

    create(bootstrap.place(settings), clock=SystemClock(), random_bytes=os.urandom)
    with open_installation(settings) as installation:
        administrators(installation)
        for name, role in ROLES.items():
            person(installation, name, role)
        policed(installation)
    return settings


@pytest.fixture
def overt(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs `overt alert ...` as somebody; what is typed is standard input."""

    tokens: dict[str, str] = {}

    def run(who: str, *arguments: str, typed: str = "") -> int:
        if who not in tokens:
            with open_installation(settings) as installation:
                tokens[who] = sign_in(installation, who, PASSWORD, new_password=lambda: PASSWORD).token
        monkeypatch.setenv("OVERT_SESSION", tokens[who])
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
        command.add_to(app)
        try:
            return ending(lambda: app(["alert", *arguments]))
        except SystemExit as end:
            return int(end.code or 0)

    return run


@contextmanager
def inside(settings: Settings) -> Iterator[Installation]:
    with open_installation(settings) as installation:
        yield installation


@pytest.fixture
def alert(settings: Settings) -> str:
    with inside(settings) as installation:
        return raised(installation)


def account(installation: Installation, name: str) -> Account:
    from overt.services.people import account_of

    row = installation.store.read(lambda work: work.accounts.by_name(name))
    assert row is not None
    return account_of(row)


def worth_a_look(settings: Settings, alert: str) -> None:
    with inside(settings) as installation:
        for each in (ANN, BEN):
            decided(installation, alert, Verdict.WORTH_A_LOOK, account=each, rules=RULES, policy=TWO)


def test_alerts_are_listed_with_the_time_that_is_left(
    overt: Callable[..., int], alert: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("olga", "list") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(alert)
    assert "north, High Street: open, 4 min " in line
    assert overt("olga", "list", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["alert"], record["standing"], record["says"]) == (alert, "open", "possible match")
    assert 200 < record["seconds_left"] <= 300
    assert "score" not in record


@pytest.mark.usefixtures("settings")
def test_where_there_is_none_it_says_so(overt: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("aude", "list") == 0
    assert capsys.readouterr().out == "There are no alerts.\n"


def test_who_has_nothing_to_do_with_alerts_learns_nothing(
    overt: Callable[..., int], alert: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert overt("adam", "list") == 2
    for arguments in (
        ("show", alert, "--to", str(tmp_path / "faces.jpg")),
        ("decide", alert, "worth-a-look", "--because", WORDS),
        ("lift", alert, uuid(1)),
    ):
        assert overt("adam", *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("Your account may not do this") == 4
    assert not (tmp_path / "faces.jpg").exists()


@pytest.mark.long
def test_the_way_of_an_alert_from_the_look_to_the_disclosure(
    overt: Callable[..., int], settings: Settings, alert: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with inside(settings) as installation:
        alert = with_pictures(installation, alert)
    assert overt("olga", "decide", alert, "worth-a-look", "--because", WORDS) == 2
    assert "have not been shown" in capsys.readouterr().err
    for who in ("olga", "otto"):
        assert overt(who, "show", alert, "--to", str(tmp_path / f"{who}.jpg")) == 0
    said = capsys.readouterr()
    assert "Score, threshold and expectation are shown once everybody" in said.out
    assert "Look for at least 2 seconds" in said.err
    assert (tmp_path / "olga.jpg").stat().st_mode & 0o777 == 0o600
    assert cv2.imread(str(tmp_path / "olga.jpg")) is not None
    time.sleep(2)
    assert overt("olga", "decide", alert, "worth-a-look", typed=f"{WORDS}\n") == 0
    assert "stands at: one of two" in capsys.readouterr().err
    assert overt("otto", "show", alert) == 0
    assert WORDS not in capsys.readouterr().out
    assert overt("emma", "outcome", alert, "--means=document", "--result=right", "--served-aim", "--held-min=4") == 2
    assert "one of two" in capsys.readouterr().err
    assert overt("otto", "decide", alert, "worth-a-look", "--because", "His chin.") == 0
    assert "stands at: worth a look" in capsys.readouterr().err
    assert overt("olga", "show", alert) == 0
    shown = capsys.readouterr().out
    assert WORDS in shown
    assert "His chin." in shown
    assert "Score 0.7000, threshold 0.5000; 0.1 false alerts" in shown
    outcome = ("--means=document", "--result=right", "--served-aim", "--held-min=4", "--followed=service")
    assert overt("emma", "outcome", alert, *outcome) == 0
    assert capsys.readouterr().err == "Recorded: right, by document.\n"
    assert overt("alan", "disclose", alert, "--to=court", "--because", "Order T2026/117") == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"# Record of alert {alert}\n")
    assert WORDS not in printed
    assert overt("alan", "disclose", alert, "--to=subject", "--json", typed="Request of 3 November\n") == 0
    assert [one["to"] for one in json.loads(capsys.readouterr().out)["disclosed"]] == ["court", "subject"]
    with inside(settings) as installation:
        told = [kind for kind in kinds(installation) if kind.startswith("alert.")]
    assert told == [
        *["alert.shown"] * 2,
        *["alert.decided"] * 2,
        "alert.concluded",
        *["alert.disclosed"] * 2,
    ]


def test_without_a_file_nothing_is_opened(
    overt: Callable[..., int], settings: Settings, alert: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("olga", "show", alert, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["score"] is record["threshold"] is record["false_alerts_per_1000"] is None
    with inside(settings) as installation:
        assert "alert.shown" not in kinds(installation)


def test_a_file_that_is_there_is_left_alone_and_nothing_is_shown(
    overt: Callable[..., int], settings: Settings, alert: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.jpg"
    file.write_text("mine")
    assert overt("olga", "show", alert, "--to", str(file)) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_text() == "mine"
    with inside(settings) as installation:
        assert "alert.shown" not in kinds(installation)


def test_where_nothing_can_be_shown_no_file_is_left(
    overt: Callable[..., int], settings: Settings, alert: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with inside(settings) as installation:
        erase_alert(installation, alert, "by-hand")
    assert overt("olga", "show", alert, "--to", str(tmp_path / "faces.jpg")) == 2
    assert "have been erased" in capsys.readouterr().err
    assert not (tmp_path / "faces.jpg").exists()


def test_a_hold_takes_two_people_and_the_second_types_a_password(
    overt: Callable[..., int], settings: Settings, alert: str, capsys: pytest.CaptureFixture[str]
) -> None:
    placing = ("hold", alert, "--case", "CR/2026/17", "--days", "7", "--second")
    assert overt("olga", *placing, "aude", typed="a wrong password\n") == 2
    time.sleep(1.1)  # what a refusal costs
    assert overt("olga", *placing, "otto", typed=f"{PASSWORD}\n") == 2
    assert overt("olga", *placing, "olga", typed=f"{PASSWORD}\n") == 2
    with inside(settings) as installation:
        assert "hold.placed" not in kinds(installation)
    assert overt("olga", *placing[:-3], "--days", "181", "--second", "aude", typed=f"{PASSWORD}\n") == 2
    assert "at most 180 days" in capsys.readouterr().err
    assert overt("olga", *placing, "aude", typed=f"{PASSWORD}\n") == 0
    assert "The alert is held until " in capsys.readouterr().err
    with inside(settings) as installation:
        (placed,) = installation.store.read(lambda work: work.alerts.holds(alert))
        assert placed.seconded_by == account(installation, "aude").id
        assert kinds(installation)[-1] == "session.ended"
    assert overt("olga", "show", alert) == 0
    assert f"Hold {placed.id}, until " in capsys.readouterr().out
    assert overt("olga", "lift", alert, placed.id) == 2
    assert overt("aude", "lift", alert, placed.id) == 0
    assert overt("aude", "lift", alert, placed.id) == 2
    assert "no such hold" in capsys.readouterr().err
    assert overt("olga", "show", alert) == 0
    assert f"Hold {placed.id}, lifted." in capsys.readouterr().out


def test_a_covered_face_or_a_score_is_no_word_that_there_is(
    overt: Callable[..., int], settings: Settings, alert: str, capsys: pytest.CaptureFixture[str]
) -> None:
    worth_a_look(settings, alert)
    common = ("outcome", alert, "--served-aim", "--held-min=1")
    for means in ("lfr", "score", "possible-match"):
        assert overt("emma", *common, f"--means={means}", "--result=right") == 2
    assert overt("emma", *common, "--means=document", "--result=face-covered") == 2
    assert overt("emma", *common, "--means=document", "--result=right", "--followed=arrest", "--welfare-only") == 2
    assert "welfare" in capsys.readouterr().err
    with inside(settings) as installation:
        assert "alert.concluded" not in kinds(installation)


def test_what_is_past_is_said_in_words(settings: Settings, alert: str) -> None:
    with inside(settings) as installation:
        deployment = installation.store.read(lambda work: work.deployments.all())[0].id
        late = installation.store.read(lambda work: work.alerts.get(alert))
        assert late is not None
        installation.store.write(lambda work: work.alerts.count_undecided(alert, late.at_us))
        worth = raised(installation, 2)
        decided(installation, worth, Verdict.NOT_THE_PERSON, account=ANN, rules=RULES, policy=TWO)
        decided(installation, worth, Verdict.CANNOT_TELL, account=BEN, rules=RULES, policy=TWO)
        erase_alert(installation, worth, "by-hand")
        assert count_undecided(installation, deployment, TWO) == 0
        olga = account(installation, "olga")
        lines = [sentence_of(one) for one in alerts(installation, olga, erased=True)]
        first, second = (facts_of(installation, each, account=ANN, rules=TWO) for each in (alert, worth))
    assert any(line.endswith("open, not decided in time") for line in lines)
    assert any(line.endswith("disagree, pictures erased") for line in lines)
    assert first.standing is Standing.OPEN
    assert "counts as not verified" in "\n".join(said_of(first))
    assert "not the person. (the words are erased)" in "\n".join(said_of(second))


def test_what_somebody_typed_does_not_steer_the_terminal() -> None:
    assert printable("ears\x1b[2J\nchin") == "ears [2J chin"
