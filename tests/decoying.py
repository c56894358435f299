"""A deployment that runs and has decoys, with everything that happens in it done by hand."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from overt.domain.alert import Alert
from overt.domain.decision import Verdict
from overt.domain.figures import Counts, Health
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.faces.picture import to_jpeg
from overt.ledger.entry import Entry
from overt.services.decoy_alerts import no_commitment, take_back_all
from overt.services.decoy_pictures import PairContent
from overt.services.decoy_sets import COLUMNS, TABLE, Imported, bound_to, import_decoys
from overt.services.decoying import Decoying
from overt.services.erase import key_name
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.policies import load_policy
from overt.services.prepare import Prepared
from overt.services.standing import Under
from overt.store.records import AlertRow, DecoyPair, DecoyRow, DecoySetRow, DeploymentRow, Subject
from overt.testing.toy_reader import TEMPLATE_LENGTH, ToyFace, ToyReader, paint
from overt.vault.seal import new_key, seal
from tests.histories import History
from tests.people import person
from tests.unit.services.runs import prepared

POLICY = "uk-police"
#: Persons on the pictures of the pairs; those of the list of a prepared run are 1 and 2.
FIRST_PERSON = 10


def write_pairs(folder: Path, rows: Sequence[Mapping[str, str]] = (), *, pairs: int = 4) -> Path:
    """A folder of pairs, every second of the same person; `rows` in the place of its table, where given."""
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(pairs):
        place = folder / f"pair {at}"
        place.mkdir(exist_ok=True)
        listed, probe = FIRST_PERSON + 2 * at, FIRST_PERSON + 2 * at + at % 2
        for name, number in (("listed", listed), ("probe", probe)):
            Image.fromarray(paint(ToyFace(person=number))[:, :, ::-1]).save(place / f"{name}.png")
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows or [pair_row(at) for at in range(pairs)])
    return folder


def pair_row(at: int, **changes: str) -> dict[str, str]:
    return {
        "pair": f"pair {at}",
        "reference": f"AB{at:04}",
        "same": "no" if at % 2 else "yes",
        "consent": f"consent form {at}",
        "response": "arrest",
        **changes,
    }


def imported(installation: Installation, folder: Path, by: Account, **pairs: Any) -> Imported:
    until_us = installation.clock.now_us() + 30 * DAY_US
    return import_decoys(installation, write_pairs(folder, **pairs), ToyReader(), by=by, until_us=until_us)


@cache
def painted() -> bytes:
    return to_jpeg(paint(ToyFace(person=FIRST_PERSON)))


def sealed_set(installation: Installation, by: Account, pairs: int) -> str:
    """A set as an import makes it of `write_pairs`, without the time that pictures take; its id."""
    new, key, now_us = installation.new_id(), new_key(installation.random_bytes), installation.clock.now_us()
    rows = []
    for at in range(pairs):
        persons = [FIRST_PERSON + 2 * at, FIRST_PERSON + 2 * at + at % 2]
        content = PairContent(
            reference=f"AB{at:04}",
            response="arrest",
            consent=f"consent form {at}",
            templates=np.eye(TEMPLATE_LENGTH, dtype=np.float32)[persons],
            listed=painted(),
            shots=(painted(),) * 3,
        )
        sealed = seal(key, bound_to(new, at), content.to_bytes(), installation.random_bytes)
        rows.append(DecoyPair(position=at, same=at % 2 == 0, sealed=sealed))
    row = DecoySetRow(id=new, made_by=by.id, made_us=now_us, erase_after_us=now_us + 30 * DAY_US, pairs=pairs)
    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.DECOYS, new), key)
        installation.store.write(lambda work: work.decoys.add_set(row, rows))
    return new


@dataclass
class Street:
    """What a run shows: one camera with somebody in view."""

    told: list[Alert] = field(default_factory=list)
    healths: dict[int, Health] = field(
        default_factory=lambda: {1: Health(camera=1, state="live", counts=Counts(faces_detected=6), in_view=1)}
    )

    def tell(self, alert: Alert) -> None:
        self.told.append(alert)


def running() -> Prepared:
    """A run whose list has the painted persons 1 and 2."""
    run = prepared()
    templates = np.eye(TEMPLATE_LENGTH, dtype=np.float32)[[1, 2]]
    return replace(run, watch_list=replace(run.watch_list, templates=templates))


@dataclass
class Stage:
    """A run with a set of decoys, in which one is due at every look."""

    folder: Path
    pairs: int = 4
    per_hour: int = 6
    kind: str = "operation"
    history: History = field(default_factory=History)
    street: Street = field(default_factory=Street)
    run: Prepared = field(default_factory=running)

    def __post_init__(self) -> None:
        history = self.history
        history.installation = replace(history.installation, random_bytes=due)
        history.enter(POLICY, kind=self.kind)
        self.people = {
            name: person(history.installation, name, role)
            for name, role in (
                ("olga", Role.OPERATOR),
                ("oscar", Role.OPERATOR),
                ("ed", Role.ENGAGEMENT_OFFICER),
                ("lisa", Role.LIST_MANAGER),
                ("audrey", Role.AUDITOR),
                ("ann", Role.ADMINISTRATOR),
            )
        }
        self.decoy_set = sealed_set(self.installation, self.people["lisa"], self.pairs)
        self.tests = self.decoying()

    @property
    def installation(self) -> Installation:
        return self.history.installation

    @property
    def policy(self) -> Policy:
        policy = load_policy(POLICY)
        return replace(policy, rules=replace(policy.rules, decoys_per_h_max=self.per_hour))

    @property
    def row(self) -> DeploymentRow:
        row = self.installation.store.read(lambda work: work.deployments.get(self.history.deployment))
        assert row is not None
        return row

    def decoying(self, **options: Any) -> Decoying:
        under = Under(row=self.row, policy=self.policy, by=self.people["olga"])
        return Decoying(self.installation, self.run, under, self.street, **options)

    def wait(self, minutes: float) -> None:
        self.history.clock.advance(60 * minutes)

    def decoy(self) -> str:
        """One that is shown, once nobody can say it is too early; its alert's id."""
        self.wait(11)
        alert = self.tests.show_if_due()
        assert alert
        return alert

    def real(self) -> str:
        """An alert that somebody passed for, as the desk raises it."""
        committed = no_commitment(self.installation)
        return self.history.raised(self.next_passage(), committed=committed, before=take_back_all)

    def next_passage(self) -> int:
        return len(self.installation.store.read(lambda work: work.alerts.of(self.history.deployment))) + 1

    def says(self, alert: str, verdict: Verdict, *names: str) -> None:
        for name in names or ("olga", "oscar"):
            self.history.says(alert, verdict, self.people[name].id)

    def alert(self, alert: str) -> AlertRow:
        row = self.installation.store.read(lambda work: work.alerts.get(alert))
        assert row is not None
        return row

    def behind(self, alert: str) -> DecoyRow:
        row = self.installation.store.read(lambda work: work.decoys.get(alert))
        assert row is not None
        return row

    def entries(self, kind: str = "") -> list[Entry]:
        rows = self.installation.store.read(lambda work: list(work.ledger.rows()))
        found = [Entry.from_bytes(row.entry) for row in rows]
        return [one for one in found if not kind or one.kind == kind]


def due(count: int) -> bytes:
    """Random bytes, but for the eight that say whether a decoy is due: it always is."""
    return bytes(8) if count == 8 else os.urandom(count)
