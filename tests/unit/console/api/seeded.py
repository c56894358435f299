"""A console whose installation has a little of everything, for the tests of the API; every secret in it is a canary."""

from __future__ import annotations

import hashlib
import os
import shutil
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.testclient import TestClient

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Run, Runs
from overt.console.visitor import COOKIE
from overt.domain.decision import Verdict
from overt.domain.figures import Counts, Health
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.ledger.entry import Fact
from overt.services.acting import policy_of
from overt.services.adjudicate import decide, show
from overt.services.desk import alert_facts, count_facts
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.installation import Installation
from overt.services.people import Account
from overt.settings import Settings
from overt.store.ports import Work
from overt.store.records import AlertRow, DeploymentRow, FigureRow, SessionRow, Subject
from overt.vault.seal import new_key, seal
from tests.deployed import Site
from tests.unit.services.keeping import drafted

BASE: Final = "https://testserver"
#: References of listed people, pictures, words and addresses: none of them comes out of a door that a token opens.
REFERENCE, SECOND_REFERENCE = "canary-reference-4711", "canary-reference-0815"
PROBE, LISTED = b"canary-probe-bytes", b"canary-listed-bytes"
WORDS: Final = "canary words about the ears"
_PICTURES: Final = [form for one in (PROBE, LISTED) for form in (one.decode(), one.hex(), b64encode(one).decode())]
CANARIES: Final = (REFERENCE, SECOND_REFERENCE, WORDS, "10.0.0.", *_PICTURES)


@dataclass
class Seeded:
    """The application, and what is in it."""

    site: Site
    house: House
    app: FastAPI
    deployment: DeploymentRow
    alerts: list[str]
    draft: str

    @property
    def installation(self) -> Installation:
        return self.site.installation

    def by(self, role: Role) -> Account:
        return self.site.by(role)

    def token(self, role: Role) -> str:
        return token_for(self.installation, self.by(role))

    def client(self, role: Role | None = None, *, by_token: bool = True) -> TestClient:
        """Somebody of this role, by a program's token or in a browser's session; nobody who is signed in for None."""
        client = TestClient(self.app, base_url=BASE, raise_server_exceptions=False)
        if role is not None and by_token:
            client.headers["authorization"] = f"Bearer {self.token(role)}"
        elif role is not None:
            client.cookies.set(COOKIE, self.token(role))
            client.headers["sec-fetch-site"] = "same-origin"
        return client


def token_for(installation: Installation, account: Account) -> str:
    """A session of an account, made without its password."""
    token, now_us = os.urandom(32).hex(), installation.clock.now_us()
    row = SessionRow(
        id=hashlib.sha256(token.encode()).hexdigest(), account=account.id, made_us=now_us, expires_us=now_us + DAY_US
    )
    installation.store.write(lambda work: work.sessions.add(row))
    return token


def seeded(folder: Path, *, alerts: int = 3) -> Seeded:
    """An authorised deployment with a sealed list, alerts, figures, a draft and a run, under the policy for police."""
    home = folder / "home"
    files = home / "deployments"
    files.mkdir(parents=True)
    site = Site(files, policy="uk-police")
    case = site.case(people=(REFERENCE, SECOND_REFERENCE))
    row = site.authorised(case)
    shutil.copy(case.path, files / f"{row.id}.toml")  # as the console keeps it
    installation = site.installation
    settings = Settings(home=home)
    runs = Runs(installation, settings)
    house = House(
        installation=installation,
        settings=settings,
        runs=runs,
        hosts=frozenset({"testserver"}),
        secure=True,
    )
    raised = []
    for passage in range(1, alerts + 1):
        raised.append(raise_alert(installation, row, passage))
        site.clock.advance(1)
    for alert in raised[:1]:
        decided(site, row, alert, Role.OPERATOR)
    counted(installation, row)
    made = Seeded(
        site=site,
        house=house,
        app=create_app(house),
        deployment=row,
        alerts=raised,
        draft=drafted(installation),
    )
    going_on(made)
    return made


def raise_alert(
    installation: Installation, deployment: DeploymentRow, passage: int, *, committed: str = "", **told: Any
) -> str:
    """An alert as the desk commits one, with its pictures; its id. `told`: fields of its row that differ."""
    alert, key, now_us = installation.new_id(), new_key(installation.random_bytes), installation.clock.now_us()
    evidence = AlertEvidence(
        reference=REFERENCE, pictures=(AlertPicture(jpeg=PROBE, captured_us=now_us, quality=0.5),), listed=LISTED
    )
    fields: dict[str, Any] = {
        "score": 0.7123,
        "threshold": 0.5123,
        "false_alerts_per_1000": 0.1,
        "shots": 3,
        "cautions": ("dark",),
        "latency_us": 400_000,
        "about": "decoy",
    }
    row = AlertRow(
        id=alert,
        deployment=deployment.id,
        camera="camera 0",
        passage=passage,
        at_us=now_us,
        list_position=0,
        erase_after_us=now_us + DAY_US,
        sealed=seal(key, f"alert:{alert}", evidence.to_bytes(), installation.random_bytes),
        **{**fields, **told},
    )
    facts = alert_facts(row, 0, committed=committed)

    def change(work: Work) -> None:
        work.alerts.add(row)
        work.record("alert.raised", deployment=deployment.id, facts=facts)

    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.ALERT, alert), key)
        installation.store.write(change)
    return alert


def decided(site: Site, row: DeploymentRow, alert: str, *roles: Role) -> None:
    """These look at an alert, and each says that it is worth a look."""
    policy = site.installation.store.read(lambda work: policy_of(work, row))
    for role in roles:
        account = site.by(role).id
        show(site.installation, alert, account=account)
        site.clock.advance(60)
        decide(
            site.installation,
            alert,
            Verdict.WORTH_A_LOOK,
            words=WORDS,
            account=account,
            rules=policy.rules,
            retention=policy.retention(),
        )


def counted(installation: Installation, row: DeploymentRow) -> None:
    counts = Counts(frames=100, faces_detected=20, faces_seen=18, green_s=50.0, amber_s=8.5, video_s=60.0)
    minute_us = installation.clock.now_us() // 60_000_000 * 60_000_000
    figure = FigureRow(deployment=row.id, camera="camera 0", minute_us=minute_us, counts=counts)
    facts: dict[str, Fact] = {"camera": 0, "minute_us": minute_us, **count_facts(counts)}

    def change(work: Work) -> None:
        work.figures.add(figure)
        work.record("figures.minute", deployment=row.id, facts=facts)

    installation.store.write(change)


def going_on(made: Seeded) -> Run:
    """A run of the deployment, without cameras behind it."""
    run = Run(
        deployment=made.deployment.id,
        name=made.deployment.name,
        cameras=("camera 0",),
        closes_us=made.deployment.closes_us,
        began_us=made.installation.clock.now_us(),
    )
    run.healths[0] = Health(camera=0, state="live", counts=Counts(frames=7, green_s=2.0), lag_s=0.04, in_view=2)
    made.house.runs._runs[run.deployment] = run
    return run


def noted(installation: Installation, count: int, kind: str = "clock.jumped") -> None:
    """So many entries at the end of the ledger."""

    def change(work: Work) -> None:
        for number in range(count):
            work.record(kind, facts={"moved_ms": number})

    installation.store.write(change)


def indices(stream: bytes | str) -> list[int]:
    """The ids of the events of a stream, of those that have data."""
    text = stream.decode() if isinstance(stream, bytes) else stream
    return [
        int(next(line[4:] for line in event.split("\n") if line.startswith("id: ")))
        for event in text.split("\n\n")
        if "data: " in event
    ]


def kinds_in(stream: str) -> Sequence[str]:
    return [line[7:] for line in stream.split("\n") if line.startswith("event: ")]
