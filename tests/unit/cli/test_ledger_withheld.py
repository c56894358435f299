"""`overt ledger export` and `prove` keep back what somebody who is to decide must not know yet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from overt import bootstrap
from overt.bootstrap import open_installation
from overt.cli import ledger
from overt.cli.errors import ending
from overt.domain.decision import Verdict
from overt.domain.roles import Role
from overt.engine.clock import SystemClock
from overt.services.installation import create
from overt.settings import load_settings
from tests.consoles import session_of
from tests.installations import home_in
from tests.people import administrators, person
from tests.unit.services.handed_over import evidential
from tests.unit.services.keeping import ANN, BEN, RULES
from tests.unit.services.policed import policed
from tests.unit.services.verdicts import TWO, decided


def overt(*arguments: str | Path) -> int:
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    ledger.add_to(app)
    try:
        return ending(lambda: app(["ledger", *map(str, arguments)]))
    except SystemExit as end:
        return int(end.code or 0)


def test_nothing_about_an_alert_that_waits_goes_to_somebody_who_may_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home_in(tmp_path, monkeypatch)
    settings, out = load_settings(), tmp_path / "ledger.txt"
    settings.make_home()
    create(bootstrap.place(settings), clock=SystemClock(), random_bytes=os.urandom)
    with open_installation(settings) as installation:
        administrators(installation)
        both = person(installation, "both", Role.OPERATOR, Role.AUDITOR)
        token, policy = session_of(installation, both), policed(installation)
        alert = evidential(installation)
        index = installation.store.read(lambda work: work.ledger.size()) - 1
        assert policy.policy
    monkeypatch.setenv("OVERT_SESSION", token)
    assert overt("export", out) == 2
    assert overt("prove", str(index)) == 2
    said = capsys.readouterr()
    assert said.err.count("2 alerts wait for a verdict") == 2
    assert said.out == ""
    assert not out.exists()
    assert overt("prove", "0") == 0
    with open_installation(settings) as installation:
        for account in (ANN, BEN):
            decided(installation, alert, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=TWO)
        waits = [row.id for row in installation.store.read(lambda work: work.alerts.of(policy.id)) if row.id != alert]
        for other in waits:
            for account in (ANN, BEN):
                decided(installation, other, Verdict.WORTH_A_LOOK, account=account, rules=RULES, policy=TWO)
    assert overt("export", out) == 0
    assert overt("prove", str(index)) == 0
    assert alert in out.read_text("utf-8")
