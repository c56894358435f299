"""`overt figures`: what it says, in sentences and in JSON, and when it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from overt import bootstrap
from overt.cli import figures as command
from overt.cli.errors import ending
from overt.cli.main import GROUPS
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.figures import Counts
from overt.ledger.head import public_key_text
from overt.services.installation import Installation
from overt.services.sessions import VARIABLE, digest_of
from overt.settings import Settings
from overt.store.records import SessionRow
from overt.testing.fixed_clock import SOME_DAY_US
from tests.histories import History
from tests.stores import account, alert, uuid
from tests.unit.ledger.books import KEY, OTHER_KEY

TOKEN = "ab" * 32
PUBLIC = public_key_text(KEY.public_key())
Overt = Callable[..., int]


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    """An installation that the command finds as this machine's, where an auditor is signed in."""
    found = History()
    person = account(1, roles=("auditor",))
    session = SessionRow(id=digest_of(TOKEN), account=person.id, made_us=SOME_DAY_US, expires_us=SOME_DAY_US + 10**12)
    found.installation.store.write(lambda work: work.accounts.add(person))
    found.installation.store.write(lambda work: work.sessions.add(session))

    @contextmanager
    def open_installation(settings: Settings, *, finish: bool) -> Iterator[Installation]:
        assert isinstance(settings, Settings)
        assert not finish
        yield found.installation

    monkeypatch.setattr(bootstrap, "open_installation", open_installation)
    monkeypatch.setenv(VARIABLE, TOKEN)
    return found


def overt(*arguments: str | Path) -> int:
    """The exit code of `overt figures`."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    command.add_to(app)
    try:
        return ending(lambda: app([str(each) for each in arguments]))
    except SystemExit as end:
        return int(end.code or 0)


def eventful(history: History) -> History:
    """Something of everything."""
    history.seal(840)
    history.withdraw(3)
    history.counted(0, 0, Counts(frames=1500, faces_detected=1300, faces_seen=1202, lost=1, video_s=60.0))
    for passage in (1, 2):
        history.ended(passage, Result.RIGHT)
    wrong = history.ended(3, Result.WRONG_PERSON, held_min=12)
    history.disclosed(wrong)
    history.handed_over(wrong)
    for passage in range(4, 9):
        history.says(history.raised(passage), Verdict.NOT_THE_PERSON)
    late = history.raised(9)
    history.overdue()
    history.says(late, Verdict.WORTH_A_LOOK)
    history.came(late, Result.RIGHT, followed=Followed.ARREST)
    history.ended(10, Result.RIGHT)  # keeps the last one from being the newest
    history.raised(20, about="volunteer", latency_us=None)
    history.says(history.raised(21, about="decoy"), Verdict.NOT_THE_PERSON)
    return history


def exported(history: History, folder: Path) -> Path:
    file = folder / "ledger.export"
    file.write_bytes(b"".join(history.exported()))
    return file


def test_figures_are_one_of_the_groups() -> None:
    assert command in GROUPS


def test_what_a_deployment_came_to_is_said_in_sentences(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    eventful(history)
    assert overt() == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    flat = " ".join(out.split())
    assert flat.startswith(f"High Street (operation), {history.deployment} Scanned for 1 minute with 1 camera")
    for sentence in (
        "1,300 passages detected, 1,202 of them searched.",
        "1 passage open when a camera process died; what came of them is not known.",
        "840 entries on the list when it was sealed; 1 withdrawn or expired.",
        "10 alerts: 4 worth a look, 5 not the person, 0 cannot tell, 1 not decided in time, 0 open.",
        "5 people spoken to: 3 right, 1 more right, but not decided in time; 1 wrong person, 0 wrong entry,",
        "What was done then: 1 arrested.",
        "People of whom the alert was wrong were held for 12 minutes altogether.",
        "3 of 10 alerts verified right: 30 % (7 to 65 %)",
        "3 of 4 identified people were the right ones (precision): 75 % (19 to 99 %)",
        "Records of alerts were handed over 2 times, 1 of them with pictures, sealed.",
        "Threshold: 0.5000.",
        "half within 0.42 s, 99 % within 0.42 s.",
        "1 of 1,197 searched passages of unlisted people gave an alert that is confirmed wrong (FAR, low)",
        "7 of 1,197 searched passages of unlisted people gave an alert that is not confirmed right (FAR, high)",
        "The promise of at most 1 in 1,000 was NOT kept, judged on the high figure and its whole interval.",
        "The stop rule does not stop this deployment: 7 false in 1,197 passages,",
        "Volunteers, who are in no figure above: 1 alert:",
        "is not given without an independent tally",
        "1 of 1 decoys turned down as not the person in time:",
        "counts as not verified, even where a verdict came later.",
    ):
        assert sentence in flat
    assert "accuracy" not in flat.lower()


def test_a_deployment_in_which_nothing_happened_says_so(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    assert overt("High Street") == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert "0 entries on the list when it was sealed. No alert." in flat
    assert "0 of 0 searched passages" in flat
    assert "no figure yet (0 to 100 %)" in flat
    assert "cannot be told from so few passages (0 of 0)." in flat
    assert "Volunteers" not in flat


def test_nothing_is_said_of_what_did_not_happen(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    history.ended(1, Result.LOST)
    assert overt() == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert "0 people spoken to:" in flat
    assert "What was done then" not in flat
    assert "were held for" not in flat


def test_a_kept_promise_and_a_stop_are_said(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    for minute in range(90):
        history.minute(minute, seen=60)
    assert overt() == 0
    assert "Scanned for 1.5 hours with 1 camera (1.5 camera hours)." in capsys.readouterr().out
    assert overt() == 0
    assert "The promise of at most 1 in 1,000 was kept," in " ".join(capsys.readouterr().out.split())
    history.enter()
    for passage in range(1, 9):
        history.says(history.raised(passage, latency_us=None), Verdict.NOT_THE_PERSON)
    assert overt(history.deployment) == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert "The stop rule stops this deployment: 8 false in 8 passages" in flat
    assert "first usable face" not in flat


def test_without_any_deployment_it_says_so(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    assert overt("--from-ledger", empty) == 0
    assert capsys.readouterr().out == "There are no deployments yet.\n"


def test_trials_and_operations_are_added_up_apart(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    history.minute(seen=10)
    history.enter(kind="trial")
    history.minute(seen=20)
    history.enter()
    history.minute(seen=30)
    assert overt() == 0
    out = capsys.readouterr().out
    assert "Together: 2 deployments, each of the kind operation\n" in out
    assert out.count("Together:") == 1
    assert out.count("The stop rule") == 3
    assert overt("--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert [one["faces_seen"] for one in content["deployments"]] == [10, 20, 30]
    assert [(one["kind"], one["faces_seen"], one["deployments"]) for one in content["sums"]] == [("operation", 40, 2)]


def test_json_is_one_object_and_nothing_else(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    eventful(history)
    assert overt(history.deployment, "--json") == 0
    said = capsys.readouterr()
    (one,) = json.loads(said.out)["deployments"]
    assert (said.out.count("\n"), said.err) == (1, "")
    assert (one["listed"]["alerts"], one["listed"]["right"], one["listed"]["right_late"]) == (10, 3, 1)
    assert (one["far_high"]["num"], one["far_high"]["den"]) == (7, 1197)
    assert (one["volunteers"]["alerts"], one["volunteers"]["trr"], one["decoys"]["caught"]["num"]) == (1, None, 1)


def test_parts_are_said_by_camera_and_by_who_decided(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eventful(history)
    assert overt("--parts") == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert "By camera and by who decided: north: 1,202 of 1,300 passages searched, 10 alerts: 3 right, 1 wrong," in flat
    assert f"{uuid(0xAA)}: 5 of 10 verdicts were “worth a look”: 50 % (19 to 81 %); half took up to 60.0 s" in flat
    assert overt("--parts", "--json", history.deployment) == 0
    kept = json.loads(capsys.readouterr().out)["parts"][history.deployment]
    assert overt("--parts", "--json", "--from-ledger", exported(history, tmp_path), history.deployment) == 0
    read = json.loads(capsys.readouterr().out)["parts"][history.deployment]
    assert [one.pop("camera") for one in (*kept["cameras"], *read["cameras"])] == ["north", "0"]
    assert read == kept
    assert overt("--from-ledger", exported(history, tmp_path), "--json") == 0
    assert "parts" not in json.loads(capsys.readouterr().out)


def test_who_may_not_know_accounts_is_told_of_operators_by_number(
    history: History, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = account(2, name="somebody else", roles=("supplier",))
    session = SessionRow(
        id=digest_of("cd" * 32), account=other.id, made_us=SOME_DAY_US, expires_us=SOME_DAY_US + 10**12
    )
    history.installation.store.write(lambda work: work.accounts.add(other))
    history.installation.store.write(lambda work: work.sessions.add(session))
    monkeypatch.setenv(VARIABLE, "cd" * 32)
    history.ended(1, Result.RIGHT)
    assert overt("--parts") == 0
    out = capsys.readouterr().out
    assert "operator 1: 1 of 1 verdicts" in " ".join(out.split())
    assert uuid(0xAA) not in out


def test_an_export_gives_the_same_figures_but_for_the_name(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(eventful(history), tmp_path)
    assert overt("--json") == 0
    (kept,) = json.loads(capsys.readouterr().out)["deployments"]
    assert overt("--from-ledger", file, "--key", PUBLIC, "--json", history.deployment) == 0
    said = capsys.readouterr()
    (read,) = json.loads(said.out)["deployments"]
    assert (read.pop("name"), kept.pop("name")) == (None, "High Street")
    assert read == kept
    assert said.err == ""


def test_an_export_that_was_not_verified_is_counted_with_a_word_of_warning(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    assert overt("--from-ledger", exported(history, tmp_path)) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{history.deployment} (operation)\n")
    assert said.err.startswith("Counted without verifying")


def test_an_export_that_does_not_hold_is_not_counted(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(history, tmp_path)
    key = tmp_path / "key"
    key.write_text(public_key_text(OTHER_KEY.public_key()))
    assert overt("--from-ledger", file, "--key", key) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("NOT VERIFIED. Entry 0")
    file.write_bytes(b"")
    assert overt("--from-ledger", file, "--key", PUBLIC) == 2
    assert "The export is empty." in capsys.readouterr().err


def test_a_deployment_that_a_ledger_does_not_know_is_refused(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt("--from-ledger", exported(history, tmp_path), "High Street") == 2
    assert "There is no deployment High Street in this ledger." in capsys.readouterr().err


def test_the_store_and_the_ledger_are_compared(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    eventful(history)
    assert overt("--check") == 0
    flat = " ".join(capsys.readouterr().out.split())
    assert flat == "No difference: the store and the ledger give the same figures of 1 deployment."
    assert overt("--check", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"deployments": 1, "differences": []}


def test_what_differs_is_named_and_ends_with_a_finding(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    row = replace(alert(1), deployment=history.deployment, threshold=0.5, latency_us=None)
    history.installation.store.write(lambda work: work.alerts.add(row))
    assert overt("--check") == 1
    flat = " ".join(capsys.readouterr().out.split())
    assert f"{history.deployment}: listed.alerts is 1 by the store and 0 by the ledger." in flat
    assert overt("--check", "--json") == 1
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["differences"]
    expected = {"deployment": history.deployment, "figure": "listed.alerts", "store": 1, "ledger": 0}
    assert expected in found


@pytest.mark.parametrize(
    "arguments", [("--key", PUBLIC), ("--check", uuid(1)), ("--check", "--from-ledger", "ledger.export")]
)
def test_options_that_do_not_go_together_are_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert overt(*arguments) == 2
    assert "--check stands alone" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("--check",)])
@pytest.mark.usefixtures("history")
def test_nobody_sees_figures_of_an_installation_without_signing_in(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    assert overt(*arguments) == 2
    said = capsys.readouterr()
    assert (said.out, "Nobody is signed in." in said.err) == ("", True)
