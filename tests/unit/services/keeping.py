"""Installations with something in them, for the tests of what is kept and erased."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from overt.domain.authority import Camera, Deployment
from overt.domain.geometry import Zone
from overt.domain.retention import DAY_US, RetentionRules
from overt.domain.time import SECOND_US
from overt.ledger.log import Ledger
from overt.services.deployments import add_deployment
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.installation import Installation
from overt.services.lists import WatchList, enrol
from overt.services.sealed_lists import OpenList, seal_list
from overt.store.ports import Work
from overt.store.records import AlertRow, DeploymentRow, DraftEntry, DraftRow, State, Subject
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from overt.testing.toy_reader import ToyFace, ToyReader, paint
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
from overt.vault.seal import new_key, seal
from tests.authority import authority_of
from tests.installations import PASSPHRASE, in_memory
from tests.stores import opened
from tests.unit.ledger.books import KEY, LOG

KINDS = ("in memory", "in a folder")
HOUR_S = 3600.0
RULES = RetentionRules()
ANN, BEN = "0193527e-8a00-7000-8000-0000000000aa", "0193527e-8a00-7000-8000-0000000000ab"
EVIDENCE = AlertEvidence(
    reference="bob", pictures=(AlertPicture(jpeg=b"jpeg", captured_us=SOME_DAY_US, quality=0.5),), listed=b"listed"
)


@dataclass(frozen=True)
class Kept:
    """An installation, and the clock that drives it."""

    installation: Installation
    clock: FixedClock

    def restarted(self) -> Installation:
        """The same one after the machine was started again."""
        return replace(self.installation, boot="next boot")


@contextmanager
def installation_of(kind: str, folder: Path) -> Iterator[Kept]:
    """An installation without entries: all in memory, or with SQLite and a keyring in a folder."""
    if kind == KINDS[0]:
        clock = FixedClock()
        yield Kept(in_memory(clock), clock)
        return
    with opened("sqlite", folder) as found:
        yield Kept(
            Installation(
                store=found.store,
                keyring=FolderKeyring.make(folder / "keyring", MasterKey(bytes(32))),
                ledger=Ledger(log=LOG, key=KEY),
                clock=found.clock,
                random_bytes=os.urandom,
                boot="this boot",
                digest_key=bytes(range(32)),
            ),
            found.clock,
        )


def deployment_of(folder: Path, closes_us: int = SOME_DAY_US + 8 * 3600 * SECOND_US) -> Deployment:
    return Deployment(
        name="High Street",
        place="there",
        use_case="hotspot",
        policy="uk-police",
        authority=authority_of(SOME_DAY_US, closes_us),
        folder=folder,
        wanted_far=0.001,
        cameras=(Camera(name="north", url="rtsp://10.0.0.5/a", zone=Zone()),),
    )


def entered(installation: Installation, digest: str = "d" * 64) -> DeploymentRow:
    """A deployment's row, made at the first call."""
    return add_deployment(installation, digest, deployment_of(Path()))


def raised(installation: Installation, passage: int = 1, *, life_us: int = RULES.possible_match_us) -> str:
    """An alert of now, sealed with its key; its id."""
    alert, key, now_us = installation.new_id(), new_key(installation.random_bytes), installation.clock.now_us()
    row = AlertRow(
        id=alert,
        deployment=entered(installation).id,
        camera="north",
        passage=passage,
        at_us=now_us,
        list_position=0,
        score=0.7,
        threshold=0.5,
        false_alerts_per_1000=0.1,
        shots=3,
        cautions=(),
        latency_us=1,
        erase_after_us=now_us + life_us,
        sealed=seal(key, f"alert:{alert}", EVIDENCE.to_bytes(), installation.random_bytes),
    )
    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.ALERT, alert), key)
        installation.store.write(lambda work: work.alerts.add(row))
    return alert


def drafted(installation: Installation, *, life_us: int = DAY_US) -> str:
    """A draft of now with one entry, its key in the keyring; its id."""
    draft, key, now_us = installation.new_id(), new_key(installation.random_bytes), installation.clock.now_us()
    row = DraftRow(id=draft, made_by=ANN, made_us=now_us, erase_after_us=now_us + life_us, salt=b"salt")
    content = seal(key, f"draft:{draft}", b"an entry", installation.random_bytes)
    entry = DraftEntry(draft=draft, position=0, sealed=content, facts={"category": "wanted"})

    def add(work: Work) -> None:
        work.drafts.add(row)
        work.drafts.append(draft, [entry])

    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.DRAFT, draft), key)
        installation.store.write(add)
    return draft


def portraits(folder: Path, *names: str) -> Path:
    """A watch-list folder with one painted picture a name."""
    folder.mkdir(parents=True, exist_ok=True)
    for person, name in enumerate(names):
        Image.fromarray(paint(ToyFace(person=person))[:, :, ::-1]).save(folder / f"{name}.png")
    return folder


def enrolled(folder: Path) -> WatchList:
    return enrol(folder, ToyReader(), rehearsal=False)


def sealed(installation: Installation, watch_list: WatchList, digest: str = "d" * 64) -> OpenList:
    return seal_list(installation, entered(installation, digest), watch_list, PASSPHRASE, rules=RULES)


def state_of_alert(installation: Installation, alert: str) -> str:
    return installation.store.read(lambda work: work.alerts.states())[alert]


def state_of_list(installation: Installation, watch_list: str) -> State:
    row = installation.store.read(lambda work: work.lists.get(watch_list))
    assert row is not None
    return row.state


def state_of_draft(installation: Installation, draft: str) -> State:
    row = installation.store.read(lambda work: work.drafts.get(draft))
    assert row is not None
    return row.state
