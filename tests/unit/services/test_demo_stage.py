"""A demonstration's stage: its people decide about its alerts by the same services, and all of it is in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.decision import Followed, Means, Result, Standing, Verdict
from overt.domain.roles import Action, Role
from overt.domain.time import SECOND_US
from overt.services import adjudicate
from overt.services.accounts import accounts
from overt.services.at_alerts import alerts, allowed
from overt.services.authorise import NotAuthorised
from overt.services.demo_stage import PASSWORD, PLAYERS, settings_beside, staged
from overt.services.desk import Desk, Keeping
from overt.services.figures import figures_of
from overt.services.installation import Installation, throw_away
from overt.services.outcomes import conclude
from overt.services.people import Account
from overt.services.policies import load_policy
from overt.services.retain import retain
from overt.services.sealed_lists import open_list
from overt.services.sessions import sign_in, signed_in
from overt.services.standing import Under, begin
from overt.settings import Settings
from overt.store.records import State
from overt.testing.fixed_clock import FixedClock
from overt.vault.errors import WrongKey
from tests.installations import kinds
from tests.unit.services.keeping import deployment_of, enrolled, portraits
from tests.unit.services.runs import MATCH, Person, picture, prepared


@dataclass(frozen=True)
class Stage:
    installation: Installation
    keeping: Keeping
    desk: Desk
    terminal: Person
    clock: FixedClock

    def by(self, role: Role) -> Account:
        """Somebody who signs in with the name and the password that everybody is told."""
        (name,) = (one.name for one in PLAYERS if one.role is role)
        session = sign_in(self.installation, name, PASSWORD, new_password=str)
        return signed_in(self.installation, session.token)

    def prompted(self) -> str:
        """An alert of the run, its id."""
        self.desk.raise_alert(replace(MATCH, pictures=(picture(90), picture(120, 0.5))))
        self.desk.deliver()
        self.desk.settle()
        return self.terminal.taken[-1].id

    def decided(self, alert: str, verdict: Verdict) -> None:
        operator = self.by(Role.OPERATOR)
        policy = allowed(self.installation, operator, Action.ALERT_SEE, alert)
        evidence = adjudicate.show(self.installation, alert, account=operator.id)
        assert (evidence.reference, evidence.response, len(evidence.pictures)) == ("bob", "welfare", 2)
        assert evidence.listed is not None
        assert evidence.listed.startswith(b"\xff\xd8")
        self.clock.advance(3)
        adjudicate.decide(
            self.installation,
            alert,
            verdict,
            words="the same ears and the same scar",
            account=operator.id,
            rules=policy.rules,
            retention=policy.retention(),
        )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    file, folder = tmp_path / "deployment.toml", portraits(tmp_path / "people", "ann", "bob")
    file.write_text("of no matter here")
    clock, terminal = FixedClock(), Person()
    deployment = replace(deployment_of(folder), policy="consent")
    watch_list = enrolled(folder)
    with throw_away(clock=clock, random_bytes=os.urandom) as installation:
        keeping = staged(installation, file, deployment, watch_list)
        desk = Desk(replace(prepared(), watch_list=watch_list), keeping=keeping, viewer=terminal)
        yield Stage(installation, keeping, desk, terminal, clock)


def test_there_is_somebody_for_every_role_and_all_know_the_password(stage: Stage) -> None:
    assert {one.role for one in PLAYERS} == set(Role)
    for role in Role:
        assert stage.by(role).roles == (role,)
    assert len(accounts(stage.installation, stage.by(Role.ADMINISTRATOR))) == len(Role)


def test_a_prompt_is_decided_and_concluded_and_stands_in_figures_and_record(stage: Stage) -> None:
    alert = stage.prompted()
    assert stage.terminal.taken[0].line()["score"] is None  # people decide first
    (waiting,) = alerts(stage.installation, stage.by(Role.OPERATOR))
    assert (waiting.row.id, waiting.standing, waiting.waits_us) == (alert, Standing.OPEN, 600 * SECOND_US)
    stage.decided(alert, Verdict.WORTH_A_LOOK)
    officer = stage.by(Role.ENGAGEMENT_OFFICER)
    policy = allowed(stage.installation, officer, Action.ALERT_CONCLUDE, alert)
    conclude(
        stage.installation,
        alert,
        means=Means.DOCUMENT,
        result=Result.RIGHT,
        held_min=2,
        followed=Followed.NOTHING,
        served_aim=True,
        account=officer.id,
        rules=policy.rules,
    )
    (figures,) = figures_of(stage.installation)
    assert (figures.name, figures.tally.entries) == ("High Street", 2)
    assert (figures.tally.listed.alerts, figures.tally.listed.right) == (1, 1)
    recorded = kinds(stage.installation)
    made = ["installation.made", "installation.policy", *["account.made"] * len(Role)]
    assert recorded[: len(made)] == made
    for kind in ("deployment.made", "list.sealed", "alert.raised", "alert.shown", "alert.decided", "alert.concluded"):
        assert kind in recorded


def test_the_pictures_of_whoever_is_not_the_person_are_gone_at_once(stage: Stage) -> None:
    alert = stage.prompted()
    stage.decided(alert, Verdict.NOT_THE_PERSON)
    retain(stage.installation)
    assert stage.installation.store.read(lambda work: work.alerts.states())[alert] == State.ERASED
    with pytest.raises(adjudicate.AlertErased):
        adjudicate.evidence(stage.installation, alert)


def test_its_list_can_be_opened_by_nobody_who_knows_the_password(stage: Stage) -> None:
    opened = stage.keeping.open_list
    assert opened is not None
    assert opened.row.entries == 2
    assert f"list-{opened.row.id}" in stage.installation.keyring.names()
    with pytest.raises(WrongKey):
        open_list(stage.installation, opened.row, PASSWORD)


def test_nothing_live_runs_in_it(stage: Stage) -> None:
    row = stage.installation.store.read(lambda work: work.deployments.get(stage.keeping.deployment))
    assert row is not None
    under = Under(row=row, policy=load_policy("consent"), by=stage.by(Role.OPERATOR))
    with pytest.raises(NotAuthorised, match="nothing live may run"):
        begin(stage.installation, replace(deployment_of(Path()), policy="consent"), under)


def test_the_run_and_everybody_at_the_console_use_the_store_at_the_same_time(stage: Stage) -> None:
    """In threads, as the outbox, retention and pages do."""
    raised = [stage.prompted() for _ in range(4)]
    stage.desk.begin()

    def page(at: int) -> None:
        operator = stage.by(Role.OPERATOR)
        assert len(alerts(stage.installation, operator)) >= 4
        adjudicate.show(stage.installation, raised[at % 4], account=operator.id)
        figures_of(stage.installation)

    with ThreadPoolExecutor(8) as pool:
        done: list[Future[Any]] = [pool.submit(page, at) for at in range(16)]
        done += [pool.submit(retain, stage.installation) for _ in range(4)]
        for _ in range(16):
            stage.desk.raise_alert(replace(MATCH, pictures=(picture(),)))
        for one in done:
            one.result(60)
    stage.desk.finish()
    assert len(stage.terminal.taken) == 20
    assert len(alerts(stage.installation, stage.by(Role.OPERATOR))) == 20


@pytest.mark.parametrize("packs", [False, True])
def test_its_home_lies_beside_its_file_and_has_the_packs_of_the_real_one(tmp_path: Path, packs: bool) -> None:
    real, stage = tmp_path / "real", tmp_path / "stage"
    stage.mkdir()
    if packs:
        (real / "packs" / "mine").mkdir(parents=True)
    found = settings_beside(stage / "deployment.toml", Settings(home=real, store_url="postgresql+psycopg://store"))
    assert (found.home, found.store_url) == (stage / "home", "")
    assert found.home.stat().st_mode & 0o077 == 0
    assert (found.home / "packs" / "mine").is_dir() is packs
