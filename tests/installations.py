"""Installations for the tests: one in memory, and real ones in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from overt.ledger.log import Ledger
from overt.services.installation import Installation
from overt.services.place import Place
from overt.testing.fixed_clock import FixedClock
from overt.testing.memory_store import MemoryStore
from overt.vault.memory import MemoryKeyring
from tests.unit.ledger.books import KEY, LOG

PASSPHRASE = "correct horse battery"


def in_memory(clock: FixedClock | None = None) -> Installation:
    """An installation whose store is the twin; its ledger is empty."""
    clock = clock or FixedClock()
    ledger = Ledger(log=LOG, key=KEY)
    return Installation(
        store=MemoryStore(ledger=ledger, clock=clock),
        keyring=MemoryKeyring(),
        ledger=ledger,
        clock=clock,
        random_bytes=os.urandom,
        boot="this boot",
        digest_key=bytes(range(32)),
    )


def place_in(folder: Path, url: str = "", **environment: str) -> Place:
    """Where an installation of a test lies: its home and its master key side by side."""
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    return Place(home=home, url=url, master_key_file=folder / "master.key", environment=environment, boot="this boot")


def kinds(installation: Installation) -> list[str]:
    """What the ledger says happened, in order."""
    from overt.ledger.entry import Entry

    rows = installation.store.read(lambda work: list(work.ledger.rows()))
    return [Entry.from_bytes(row.entry).kind for row in rows]


def home_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on home and master key of whoever runs the command lie in a folder, and nobody is signed in."""
    monkeypatch.setenv("OVERT_HOME", str(folder / "home"))
    monkeypatch.setenv("OVERT_MASTER_KEY_FILE", str(folder / "master.key"))
    for name in ("OVERT_MASTER_KEY", "CREDENTIALS_DIRECTORY", "OVERT_SESSION"):
        monkeypatch.delenv(name, raising=False)
