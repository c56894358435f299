"""The program that keeps things, as a test drives it, and what has to be true of an installation whatever happened."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from overt.domain.figures import add_up
from overt.engine.clock import SystemClock
from overt.ledger.entry import Entry
from overt.services.adjudicate import evidence
from overt.services.erase import KEY_MISSING, key_name
from overt.services.installation import Installation, create, opened
from overt.services.place import DIGEST_KEY, LEDGER_KEY, Place
from overt.services.record import verified
from overt.services.retain import NOT_THE_PERSON, RETENTION
from overt.services.sealed_lists import open_list
from overt.store.heads import HeadFolder
from overt.store.ports import Work
from overt.store.records import ErasureRow, ListRow, State, Subject
from tests.installations import PASSPHRASE, place_in
from tests.integration.deployments import place_at
from tests.integration.keeping_worker import PICTURE
from tests.needs import REPOSITORY


def made(folder: Path, url: str = "") -> Place:
    """A new installation, and a picture for the lists that are sealed in it."""
    where = place_in(folder, url)
    create(where, clock=SystemClock(), random_bytes=os.urandom)
    made_picture(folder)
    return where


def made_picture(folder: Path) -> Path:
    """Of whoever is listed: nobody."""
    path = folder / PICTURE
    assert cv2.imwrite(str(path), np.full((48, 40, 3), 90, np.uint8))
    return path


def place_of(home: Path) -> Place:
    """Of the installation that the command `overt` uses in the tests."""
    return place_at(home)


@contextmanager
def installation_at(where: Place, *, finish: bool = True) -> Iterator[Installation]:
    with opened(where, clock=SystemClock(), random_bytes=os.urandom, finish=finish) as installation:
        yield installation


class Worker:
    """The running program: whole lines in the order in which they came."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[list[str]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def order(self, steps: int, *seeds: int) -> None:
        """A child for each seed, which makes so many steps; 0: until it is killed."""
        assert self.process.stdin is not None
        print(steps, *seeds, file=self.process.stdin, flush=True)

    def of(self, kind: str) -> list[list[str]]:
        return [line[1:] for line in list(self.lines) if line[0] == kind]

    def wait_for(self, kind: str, count: int, seconds: float = 60) -> None:
        """Until so many such lines have come."""
        end = time.monotonic() + seconds
        while len(self.of(kind)) < count:
            assert time.monotonic() < end, f"waited in vain; the last lines: {self.lines[-20:]}"
            assert self.process.poll() is None, self.lines[-20:]
            assert not self.of("fault")
            time.sleep(0.002)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.split())


@contextmanager
def worker(where: Place) -> Iterator[Worker]:
    folder = where.home.parent
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.keeping_worker", str(folder), *([where.url] if where.url else [])],
        cwd=REPOSITORY,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    running = Worker(process)
    try:
        yield running
    finally:
        process.kill()
        process.communicate()


@dataclass(kw_only=True)
class Acknowledged:
    """What children said was done, of all rounds."""

    lists: set[str] = field(default_factory=set)
    alerts: set[str] = field(default_factory=set)
    decisions: set[tuple[str, str]] = field(default_factory=set)  # alert, decision
    holds: set[tuple[str, str]] = field(default_factory=set)
    erased_lists: set[str] = field(default_factory=set)
    erased_alerts: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return sum(len(each) for each in vars(self).values())

    def take(self, lines: list[list[str]]) -> None:
        """Nothing was done twice, and nobody was told of an error."""
        for kind, *words in lines:
            match kind:
                case "sealed":
                    _once(self.lists, words[0])
                case "raised":
                    _once(self.alerts, words[0])
                case "decided":
                    _once(self.decisions, (words[0], words[1]))
                case "held":
                    _once(self.holds, (words[0], words[1]))
                case "erased-list":
                    _once(self.erased_lists, words[0])
                case "erased-alert":
                    _once(self.erased_alerts, words[0])
                case "withdrawn":
                    _once(self.withdrawn, words[0])
                case _:
                    assert kind in {"pid", "open", "refused", "finished", "ended"}, (kind, *words)


def _once(kept: set[Any], what: Any) -> None:
    assert what not in kept, f"{what} was done twice"
    kept.add(what)


@dataclass(frozen=True, kw_only=True)
class Record:
    """The ledger's facts by kind of entry."""

    facts: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, work: Work) -> Record:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in work.ledger.rows():
            entry = Entry.from_bytes(row.entry)
            found.setdefault(entry.kind, []).append({**entry.facts, "of": entry.deployment})
        return cls(facts=found)

    def kinds(self) -> Counter[str]:
        return Counter({kind: len(facts) for kind, facts in self.facts.items()})

    def every(self, kind: str, fact: str) -> list[str]:
        """That fact of every entry of the kind, each once, or the record has something twice."""
        values = [each[fact] for each in self.facts.get(kind, [])]
        assert len(set(values)) == len(values), f"{kind} stands twice in the ledger"
        return values


def check_everything(where: Place, installation: Installation, told: Acknowledged) -> Record:
    """Nothing lost, nothing twice, nothing without its entry, no key without its row, and the ledger verifies."""
    verified(installation.store, installation.ledger.key.public_key())
    record = installation.store.read(Record.of)
    check_heads(where, installation)
    check_alerts(installation, record, told)
    check_lists(installation, record, told)
    check_erasures(installation, record, told)
    check_keys(where, installation)
    return record


def check_heads(where: Place, installation: Installation) -> None:
    last = installation.store.read(lambda work: work.ledger.last())
    newest = HeadFolder(where.heads).newest()
    assert last is not None
    assert newest is not None
    assert newest.to_bytes() == last.head


def check_alerts(installation: Installation, record: Record, told: Acknowledged) -> None:
    def look(work: Work) -> None:
        rows = {alert: work.alerts.get(alert) for alert in work.alerts.states()}
        raised = {facts["alert"]: facts for facts in record.facts.get("alert.raised", [])}
        assert rows.keys() == set(record.every("alert.raised", "alert"))
        assert told.alerts <= rows.keys()
        for alert, row in rows.items():
            assert row is not None
            assert (row.sealed is None) == (row.state is State.ERASED)
            if row.sealed is not None:
                assert raised[alert]["sealed"] == f"sha256:{hashlib.sha256(row.sealed).hexdigest()}"
        decisions = {(alert, row.id) for alert in rows for row in work.alerts.decisions(alert)}
        assert {decision for _, decision in decisions} == set(record.every("alert.decided", "decision"))
        assert told.decisions <= decisions
        holds = {(alert, row.id) for alert in rows for row in work.alerts.holds(alert)}
        assert {hold for _, hold in holds} == set(record.every("hold.placed", "hold"))
        assert told.holds <= holds

    installation.store.read(look)
    for alert, state in installation.store.read(lambda work: work.alerts.states()).items():
        if state == State.KEPT:
            assert evidence(installation, alert).pictures


def check_lists(installation: Installation, record: Record, told: Acknowledged) -> None:
    def look(work: Work) -> None:
        rows = work.lists.all()
        deployments = work.deployments.all()
        assert {row.id for row in rows} == set(record.every("list.sealed", "list"))
        assert {row.id for row in deployments} == set(record.every("deployment.made", "of"))
        assert told.lists <= {row.id for row in rows}
        gone = {facts["entry"] for facts in record.facts.get("entry.withdrawn", [])}
        assert told.withdrawn <= gone
        for row in rows:
            left = {f"{row.id}/{entry.position}" for entry in work.lists.entries(row.id)}
            every = {f"{row.id}/{position}" for position in range(row.entries)}
            assert left == (every - gone if row.state is State.KEPT else set())
            assert bool(row.salt) == (row.state is State.KEPT)

    installation.store.read(look)


def check_figures(installation: Installation, record: Record, told: Acknowledged) -> None:
    """Each minute of the program has one frame and stands before its alert."""

    def look(work: Work) -> None:
        for deployment in work.deployments.all():
            frames = add_up(row.counts for row in work.figures.of(deployment.id)).frames
            minutes = [facts for facts in record.facts.get("figures.minute", []) if facts["of"] == deployment.id]
            alerts = [alert for alert in work.alerts.of(deployment.id) if alert.id in told.alerts]
            assert frames == len(minutes) >= len(alerts)

    installation.store.read(look)


def check_lists_open(installation: Installation) -> None:
    """Every list that is kept opens with its passphrase, unless nobody is left on it."""

    def look(work: Work) -> list[ListRow]:
        return [row for row in work.lists.all() if row.state is State.KEPT and work.lists.entries(row.id)]

    for row in installation.store.read(look):
        _, found = open_list(installation, row, PASSPHRASE)
        assert {*found.references} <= {"ann", "bob", "the man", ""}


def check_erasures(installation: Installation, record: Record, told: Acknowledged) -> None:
    """Every receipt is there once, with each of its parts, and for nothing that is still kept."""

    def look(work: Work) -> tuple[list[ErasureRow], dict[str, State]]:
        states = {row.id: row.state for row in work.lists.all()}
        states |= {row.id: row.state for row in work.drafts.all()}
        return work.erasures.all(), states | {alert: State(state) for alert, state in work.alerts.states().items()}

    receipts, states = installation.store.read(look)
    subjects = [receipt.subject_id for receipt in receipts]
    assert len(set(subjects)) == len(subjects), "two receipts for one thing"
    assert {*states.values()} <= {State.KEPT, State.ERASED}
    erased = {subject for subject, state in states.items() if state is State.ERASED}
    assert erased == {receipt.subject_id for receipt in receipts if receipt.subject is not Subject.ENTRY}
    assert told.erased_lists | told.erased_alerts <= erased
    assert KEY_MISSING not in {receipt.reason for receipt in receipts}, "a row had lost its key"
    assert all(receipt.key_destroyed_us for receipt in receipts)
    for subject in (Subject.LIST, Subject.ALERT):
        of = {receipt.id for receipt in receipts if receipt.subject is subject}
        assert (
            of
            == set(record.every(f"{subject}.erasing", "erasure"))
            == set(record.every(f"{subject}.erased", "erasure"))
        )
    assert {receipt.id for receipt in receipts if receipt.subject is Subject.ENTRY} == set(
        record.every("entry.withdrawn", "erasure")
    )
    for receipt in receipts:
        if receipt.subject is Subject.ALERT and receipt.reason in {RETENTION, NOT_THE_PERSON}:
            held = installation.store.read(lambda work, of=receipt.subject_id: work.alerts.holds(of))  # type: ignore[misc]
            assert not [hold for hold in held if hold.expires_us > receipt.begun_us], "it was held"
    cleared = [one for facts in record.facts.get("residue.cleared", []) for one in facts["erasures"]]
    done = {receipt.id for receipt in receipts if receipt.residue_cleared_us}
    assert done <= {*cleared}
    assert {*cleared} <= {receipt.id for receipt in receipts}


def half_done(installation: Installation) -> int:
    """How many things a crash left to be finished."""
    states = [*installation.store.read(_sealed).values()]
    return states.count(State.ERASING) + len(installation.keyring.names()) - states.count(State.KEPT) - 2


def check_keys(where: Place, installation: Installation) -> None:
    sealed = installation.store.read(_sealed)
    names = {name for name, state in sealed.items() if state == State.KEPT} | {LEDGER_KEY, DIGEST_KEY}
    assert installation.keyring.names() == names
    there = {path.name for path in where.keyring.iterdir()}
    assert there == {f"{name}.key" for name in names} | {"lock"}, there


def _sealed(work: Work) -> dict[str, State]:
    """The state of everything that a key of its own seals: lists, their answers, alerts; by the name of that key."""
    return {
        **{key_name(Subject.LIST, row.id): row.state for row in work.lists.all()},
        **{key_name(Subject.LISTED, one): State(state) for one, state in work.listed.states().items()},
        **{key_name(Subject.ALERT, one): State(state) for one, state in work.alerts.states().items()},
    }
