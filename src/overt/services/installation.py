"""An installation: one store, one keyring, one ledger, under one home folder.

Rules:
  - the master key lies outside the home folder, so that a copy of the folder opens nothing;
  - whoever opens an installation proves the master key first, by the ledger's key; without it nothing else is touched;
  - a clock that stands before the newest entry of the ledger opens nothing;
  - what was begun before a crash is finished before anything else is done (`overt.services.erase`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.errors import Refused
from overt.domain.ids import RandomBytes, new_id
from overt.domain.time import SECOND_US, Clock, to_text
from overt.ledger.entry import Entry, keyed_digest
from overt.ledger.head import public_key_text
from overt.ledger.log import Ledger
from overt.services.erase import finish_begun
from overt.services.place import DIGEST_KEY, LEDGER_KEY, Place, require_outside
from overt.services.scratch import sweep
from overt.store.errors import NoInstallation, StoreRolledBack, StoreUnavailable
from overt.store.heads import HeadFolder
from overt.store.ports import Store
from overt.store.records import LedgerRow
from overt.store.sql import create_store, open_store
from overt.vault.errors import NoKey, NoMasterKey
from overt.vault.keyring import FolderKeyring, Keyring, MemoryKeyring
from overt.vault.master import MasterKey, load_master_key, make_master_key
from overt.vault.seal import new_key

IN_MEMORY = "sqlite://"
#: Clocks of several machines on one store may differ by so much.
CLOCK_SKEW_US = 2 * SECOND_US


class ClockBehind(Refused):
    code = "clock-behind"


class InUse(Refused):
    code = "in-use"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """An open installation. `thrown_away`: it lies in memory, and nothing live runs in it."""

    store: Store
    keyring: Keyring
    ledger: Ledger
    clock: Clock
    random_bytes: RandomBytes
    boot: str
    machine: str = ""
    thrown_away: bool = False
    digest_key: bytes = field(repr=False)

    @property
    def public_key(self) -> str:
        """Of the ledger, as text."""
        return public_key_text(self.ledger.key.public_key())

    def new_id(self) -> str:
        return new_id(self.clock.now_us(), self.random_bytes)

    def digest(self, text: str) -> str:
        """What stands in the ledger in place of free text."""
        return keyed_digest(self.digest_key, text)


def create(place: Place, *, clock: Clock, random_bytes: RandomBytes) -> str:
    """Makes an installation; one that was interrupted while it was made is finished.

    Returns:
        The public key of its ledger.

    Raises:
        Refused: there is an installation already, or its store is gone.
        InUse: somebody else is at it.
    """
    require_outside(place)
    if place.url == "" and (place.store_file).exists() and (place.heads / "newest").exists():
        raise Refused(f"There is an installation at {place.home} already.", "Use it, or name another home folder.")
    with alone(place.home):
        return _made(place, clock, random_bytes)


def _made(place: Place, clock: Clock, random_bytes: RandomBytes) -> str:
    master = _master_key(place, random_bytes)
    keyring = FolderKeyring.make(place.keyring, master)
    for name in (LEDGER_KEY, DIGEST_KEY):
        if name not in keyring.names():
            keyring.put(name, new_key(random_bytes))
    try:
        store = _open_store(place, ledger_of(keyring), clock)
    except NoInstallation:
        if HeadFolder(place.heads).newest() is not None:
            raise Refused(
                f"The store of the installation at {place.home} is gone; its keys and its newest head are still there.",
                "Put a copy back with overt restore, or name another home folder.",
            ) from None
        create_store(place.store_url)
        store = _open_store(place, ledger_of(keyring), clock)
    try:
        if store.read(lambda work: work.ledger.size()):
            raise Refused("There is an installation in this database already.", "Use it, or name another database.")
        store.write(lambda work: work.record("installation.made", facts={"digests": "hmac-sha256"}))
    finally:
        store.close()
    return public_key_text(ledger_of(keyring).key.public_key())


@contextmanager
def opened(
    place: Place, *, clock: Clock, random_bytes: RandomBytes, finish: bool = True, behind: bool = False
) -> Iterator[Installation]:
    """The installation, open, with everything finished that was begun before.

    Args:
        finish: False where nothing may be changed, such as to look at the ledger.
        behind: whether the clock may stand before the newest entry, as for an administrator who confirms it.

    Raises:
        NoInstallation: there is none here.
        NoMasterKey, WrongKey, NoKey: its keys cannot be read.
        StoreRolledBack, BadStore, StoreUnavailable: its store cannot be used.
        ClockBehind: the machine's clock stands before the newest entry of the ledger.
    """
    require_outside(place)
    if not place.url and not (place.store_file).exists():
        raise _no_store(place)
    with _shared(place.home):
        keyring = FolderKeyring(place.keyring, load_master_key(place.master_key_file, place.environment))
        try:
            store = _open_store(place, ledger_of(keyring), clock)
        except NoInstallation as error:
            raise _no_store(place) from error
        try:
            installation = Installation(
                store=store,
                keyring=keyring,
                ledger=ledger_of(keyring),
                clock=clock,
                random_bytes=random_bytes,
                boot=place.boot,
                machine=place.machine,
                digest_key=keyring.get(DIGEST_KEY),
            )
            last = _require_made(installation, place)
            if not behind:
                require_clock(last, clock)
            if finish:
                finish_begun(installation)
                sweep(place.cache)
            yield installation
        finally:
            store.close()


@contextmanager
def throw_away(*, clock: Clock, random_bytes: RandomBytes) -> Iterator[Installation]:
    """An installation for one rehearsal or demonstration: everything lies in memory and is gone with it."""
    keyring = MemoryKeyring()
    keyring.put(LEDGER_KEY, new_key(random_bytes))
    store = open_store(IN_MEMORY, ledger=ledger_of(keyring), clock=clock, heads=None)
    try:
        store.write(lambda work: work.record("installation.made", facts={"throw_away": True}))
        yield Installation(
            store=store,
            keyring=keyring,
            ledger=ledger_of(keyring),
            clock=clock,
            random_bytes=random_bytes,
            boot="",
            thrown_away=True,
            digest_key=new_key(random_bytes),
        )
    finally:
        store.close()
        for name in keyring.names():
            keyring.destroy(name)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """While nobody else has the installation open.

    Raises:
        InUse: somebody has.
    """
    with _locked(home, fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


def ledger_of(keyring: Keyring) -> Ledger:
    """The ledger's id is the SHA-256 of its public key, as in RFC 6962, section 3.2."""
    try:
        secret = keyring.get(LEDGER_KEY)
    except NoKey as error:
        raise NoKey(
            "The keyring does not hold the key of this installation's ledger, so nothing was opened.",
            "Put the keyring folder back where it was; a backup does not contain it.",
        ) from error
    key = Ed25519PrivateKey.from_private_bytes(secret)
    return Ledger(log=hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest(), key=key)


def _open_store(place: Place, ledger: Ledger, clock: Clock) -> Store:
    return open_store(place.store_url, ledger=ledger, clock=clock, heads=HeadFolder(place.heads))


def _no_store(place: Place) -> Refused:
    """There is no store, or an empty one: was there ever one?"""
    if HeadFolder(place.heads).newest() is None:
        return NoInstallation(f"There is no installation at {place.home}.", "Make one with overt init.")
    return StoreRolledBack(
        f"The store of the installation at {place.home} is gone or empty, and its ledger had entries.",
        "Put it back where it was, or its newest copy with overt restore.",
    )


def _master_key(place: Place, random_bytes: RandomBytes) -> MasterKey:
    try:
        return load_master_key(place.master_key_file, place.environment)
    except NoMasterKey:
        if any(place.keyring.glob("*.key")):
            raise  # a new one would open none of the keys that are there
        return make_master_key(place.master_key_file, random_bytes)


def _require_made(installation: Installation, place: Place) -> LedgerRow:
    """The newest entry of its ledger."""
    last = installation.store.read(lambda work: work.ledger.last())
    if last is None:
        raise NoInstallation(f"The installation at {place.home} was never finished.", "Finish it with overt init.")
    return last


def require_clock(last: LedgerRow, clock: Clock) -> None:
    """Raises ClockBehind where the machine's clock stands before the newest entry of the ledger."""
    last_us, now_us = Entry.from_bytes(last.entry).at_us, clock.now_us()
    if now_us < last_us - CLOCK_SKEW_US:
        raise ClockBehind(
            f"The machine's clock says {to_text(now_us)}, and the newest entry of the ledger is of {to_text(last_us)}. "
            "With a clock that has been set back nothing may be scanned or erased.",
            "Set the clock right and start again. Where it is right, as after one that had run ahead, confirm it with "
            "overt retain --confirm-clock.",
        )


@contextmanager
def _shared(home: Path) -> Iterator[None]:
    with _locked(home, fcntl.LOCK_SH | fcntl.LOCK_NB):
        yield


@contextmanager
def _locked(home: Path, how: int) -> Iterator[None]:
    try:
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"The home folder {home} cannot be written to: {error.strerror}.", "Make room, or mend the disk."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError as error:
            raise InUse(
                f"Somebody else is using the installation at {home}.", "End overt watch, serve and restore first."
            ) from error
        yield
    finally:
        os.close(descriptor)
