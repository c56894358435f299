"""A console in memory with people, and alerts with pictures that can be opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Runs
from overt.domain.decision import Verdict
from overt.domain.policy import Rules
from overt.domain.roles import Role
from overt.domain.time import SECOND_US
from overt.ledger.entry import Entry, Fact
from overt.services.erase import erase_alert, key_name
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.policies import load_policy
from overt.settings import Settings
from overt.store.records import AlertRow, State, Subject
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_reader import ToyReader
from overt.vault.seal import new_key, seal
from tests.installations import in_memory
from tests.people import PASSWORD, administrators, person
from tests.unit.services.policed import jpeg, pictured, policed

HOST = "https://testserver"
#: The reference of everybody on the list of these tests; found nowhere but in pictures.
REFERENCE = "canary-4711"
WORDS = "The ears and the chin are those of the picture."
WORTH, NOT, CANNOT = Verdict.WORTH_A_LOOK, Verdict.NOT_THE_PERSON, Verdict.CANNOT_TELL
PEOPLE = {
    "olga": Role.OPERATOR,
    "oscar": Role.OPERATOR,
    "otto": Role.OPERATOR,
    "ed": Role.ENGAGEMENT_OFFICER,
    "audrey": Role.AUDITOR,
    "arthur": Role.AUTHORISING_OFFICER,
    "lisa": Role.LIST_MANAGER,
    "eva": Role.EVALUATOR,
    "sue": Role.OVERSIGHT,
}


@dataclass
class Console:
    """The console of an installation under one policy."""

    policy: str = "uk-police"
    clock: FixedClock = field(default_factory=FixedClock)
    host: str = "testserver"
    secure: bool = True
    installation: Installation = field(init=False)
    people: dict[str, Account] = field(init=False)

    def __post_init__(self) -> None:
        self.installation = in_memory(self.clock)
        both = administrators(self.installation)
        self.deployment = policed(self.installation, self.policy)
        self.people = {name: person(self.installation, name, role) for name, role in PEOPLE.items()}
        self.people |= {one.name: one for one in both}
        runs = Runs(self.installation, Settings())
        self.house = House(
            installation=self.installation,
            settings=Settings(),
            runs=runs,
            hosts=frozenset({self.host}),
            secure=self.secure,
        )
        self.house.__dict__["readers"] = ToyReader()
        self.app = create_app(self.house)
        self._clients: dict[str, TestClient] = {}

    def __getitem__(self, name: str) -> TestClient:
        """The browser of somebody who is signed in."""
        if name not in self._clients:
            client = TestClient(
                self.app, base_url=HOST, headers={"origin": HOST}, raise_server_exceptions=False, follow_redirects=False
            )
            client.post("/sign-in", data={"name": name, "password": PASSWORD})
            self._clients[name] = client
        return self._clients[name]

    @property
    def house_rules(self) -> Rules:
        """Of the deployment's policy."""
        return load_policy(self.policy).rules

    def alert(self, *, response: str = "arrest", **changes: Any) -> str:
        """An alert of now; its id."""
        installation, now_us = self.installation, self.clock.now_us()
        new, key = installation.new_id(), new_key(installation.random_bytes)
        evidence = replace(pictured(listed=jpeg(60), shots=3), reference=REFERENCE, response=response)
        row = AlertRow(
            id=new,
            deployment=self.deployment.id,
            camera="north",
            passage=1,
            at_us=now_us,
            list_position=0,
            score=0.7,
            threshold=0.5,
            false_alerts_per_1000=0.1,
            shots=3,
            cautions=(),
            latency_us=1,
            erase_after_us=now_us + 24 * 3600 * SECOND_US,
            sealed=seal(key, f"alert:{new}", evidence.to_bytes(), installation.random_bytes),
        )
        row = replace(row, **changes)
        with installation.keyring.creating():
            installation.keyring.put(key_name(Subject.ALERT, new), key)
            installation.store.write(lambda work: work.alerts.add(row))
        return new

    def announced(self) -> str:
        """An alert of now with its entry in the record, as a run raises it."""
        alert = self.alert()
        facts: dict[str, Fact] = {"alert": alert}
        self.installation.store.write(lambda work: work.record("alert.raised", facts=facts))
        return alert

    def look(self, name: str, alert: str, purpose: str = "decide") -> Response:
        return self[name].get(f"/alerts/{alert}/faces?purpose={purpose}")

    def say(self, name: str, alert: str, verdict: str = WORTH, words: str = WORDS) -> Response:
        return self[name].post(f"/alerts/{alert}/verdict", data={"verdict": verdict, "words": words})

    def decided(self, alert: str, *names: str, verdict: Verdict = WORTH) -> str:
        """Everybody looks for a while, and says the same."""
        for name in names:
            assert self.look(name, alert).status_code == 200
            self.clock.advance(3)
            said = self.say(name, alert, verdict)
            assert said.status_code == 303, seen(said)
        return alert

    def page(self, name: str, alert: str, more: str = "") -> str:
        answer = self[name].get(f"/alerts/{alert}{more}")
        assert answer.status_code == 200, seen(answer)
        assert REFERENCE not in answer.text
        return answer.text

    def row(self, alert: str) -> AlertRow:
        row = self.installation.store.read(lambda work: work.alerts.get(alert))
        assert row is not None
        return row

    def entries(self, kind: str) -> list[Entry]:
        rows = self.installation.store.read(lambda work: list(work.ledger.rows()))
        return [one for one in (Entry.from_bytes(row.entry) for row in rows) if one.kind == kind]

    def erase(self, alert: str) -> None:
        erase_alert(self.installation, alert, "by-hand")
        assert self.row(alert).state is not State.KEPT


def seen(answer: Response | str) -> str:
    """What a page says, without its marks and on one line."""
    text = answer if isinstance(answer, str) else answer.text
    text = re.sub(r"<head>.*?</head>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text)).strip()
