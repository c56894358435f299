"""`overt listed`: answering one person from a terminal, and checking an answer without any installation."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.services import record
from overt.services.acting import keep_policy
from overt.services.listed import commit
from overt.services.policies import load_policy, policy_bytes
from overt.settings import load_settings
from overt.store.ports import Work
from overt.store.records import DeploymentRow
from tests.installations import home_in
from tests.people import PASSWORD, administrators, person
from tests.stores import deployment, watch_list
from tests.unit.cli.test_accounts_cli import Overt


def over(now_us: int) -> DeploymentRow:
    """A deployment that ended two days ago, under the policy uk-police."""
    digest = load_policy("uk-police").digest
    times = {"opens_us": now_us - 3 * DAY_US, "closes_us": now_us - 2 * DAY_US}
    return deployment(1, name="High Street", policy="uk-police", policy_digest=digest, **times)


@pytest.fixture
def overt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Overt:
    """On a machine where ann and bob were listed two days ago; arthur is an auditor, and olivia of the oversight."""
    home_in(tmp_path, monkeypatch)
    make_installation(load_settings())
    with open_installation(load_settings()) as installation:
        administrators(installation, "consent")
        person(installation, "arthur", Role.AUDITOR)
        person(installation, "olivia", Role.OVERSIGHT)
        person(installation, "olga", Role.OPERATOR)
        row, kept = over(installation.clock.now_us()), watch_list()
        answers = commit(installation, row, kept.id, ("ann", "bob"), until_us=row.closes_us + 366 * DAY_US)

        def enter(work: Work) -> None:
            work.deployments.add(row)
            keep_policy(installation, work, load_policy("uk-police"), policy_bytes("uk-police").decode(), "system")
            work.lists.add(kept, [])
            answers.record(work)

        with installation.keyring.creating():
            installation.keyring.put(f"listed-{kept.id}", answers.secret.secret)
            installation.store.write(enter)
    return Overt(capsys)


def test_somebody_is_answered_and_checks_it_with_the_published_key(overt: Overt, tmp_path: Path) -> None:
    overt.login("arthur")
    identity = ("--identity", "papers-shown")
    for reference, says in (("Ann", "'ann' WAS on"), ("zoe", "'zoe' was NOT on")):
        file = tmp_path / f"{reference}.json"
        overt.fine("listed", "answer", deployment().id, *identity, "--out", file, lines=(reference,))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        key = json.loads(file.read_text())["public_key"]
        assert says in overt.fine("listed", "verify", file, "--key", key)
    assert "is there already" in overt.refused("listed", "answer", deployment().id, *identity, "--out", file)
    all_outputs, export = tmp_path / "outputs.txt", tmp_path / "ledger.txt"
    overt.fine("listed", "outputs", deployment().id, "--out", all_outputs)
    assert len(all_outputs.read_text().split()) == 2
    with open_installation(load_settings()) as installation, export.open("wb") as target:
        record.export(installation.store, target.write)
    answer = json.loads(file.read_text())
    head = f"{answer['record']['size']}:{answer['record']['root']}"
    more = ("--head", head, "--ledger", export, "--outputs", all_outputs)
    assert "only with --ledger" not in overt.fine("listed", "verify", file, "--key", key, *more)
    file.write_text(json.dumps({**answer, "listed": True}))
    code, out, _ = overt("listed", "verify", file, "--key", key)
    assert (code, out.partition(":")[0]) == (1, "NOT VERIFIED")


def test_it_is_proved_for_a_head_that_was_published(overt: Overt, tmp_path: Path) -> None:
    overt.login("arthur")
    size = int(json.loads(overt.fine("ledger", "head", "--json"))["size"])
    file = tmp_path / "answer.json"
    arguments = ("--identity", "papers-shown", "--out", file, "--for-head", str(size))
    overt.fine("listed", "answer", deployment().id, *arguments, lines=("ann",))
    assert json.loads(file.read_text())["record"]["size"] == size


def test_a_refusal_needs_the_second_persons_password(overt: Overt) -> None:
    overt.login("arthur")
    arguments = ("listed", "refuse", deployment().id, "--identity", "papers-shown", "--second", "olivia")
    assert "listed_exemptions" in overt.refused(*arguments, "--exemption", "busy", lines=(PASSWORD,))
    overt.fine(*arguments, "--exemption", "public-security", lines=(PASSWORD,))
    assert "password" in overt.refused(*arguments, "--exemption", "public-security", lines=("wrong words here",))


def test_who_may_not_and_what_says_nothing_is_refused(overt: Overt, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    overt.login("olga")
    arguments = ("listed", "answer", deployment().id, "--out", file)
    assert "listed.answer" in overt.refused(*arguments, "--identity", "papers-shown", lines=("ann",))
    assert "papers-shown" in overt.refused(*arguments, "--identity", "by-the-system", lines=("ann",))
    assert not file.exists()
