"""Where the newest signed head of the ledger is kept, outside the database: a store that lies behind it was put back.

Rules of the folder:
- The file `newest` holds one signed head and is replaced as a whole: written beside it, synced, renamed, folder synced.
- It never goes back to fewer entries, however many processes write; two different heads of one size are refused.
- A head that cannot be read is refused, not replaced.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from overt.ledger.errors import BadHead
from overt.ledger.head import MOST_BYTES, SignedHead
from overt.ledger.log import Ledger
from overt.store.errors import BadStore, StoreRolledBack, StoreUnavailable

_LONGEST = 2 * MOST_BYTES
_OWN_HEADS = "Give each installation a heads folder of its own."
_ROLLED_BACK = (
    "Do not go on with this copy: find the newest one of the store, and call whoever audits this installation."
)


class Heads(Protocol):
    def newest(self) -> SignedHead | None:
        """None where none was ever kept.

        Raises:
            BadStore: what is kept is not a head.
            StoreUnavailable: it cannot be read now.
        """
        ...

    def keep(self, head: SignedHead) -> None:
        """Keeps the head, unless one of more entries is kept.

        Raises:
            BadStore: what is kept is not a head of this ledger.
            StoreRolledBack: another head of as many entries is kept.
            StoreUnavailable: it cannot be written now.
        """
        ...


class HeadFolder:
    """Heads in a folder, which is made where it is missing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self) -> SignedHead | None:
        with self._plain_words():
            try:
                with (self._path / "newest").open("rb") as file:
                    data = file.read(_LONGEST)
            except FileNotFoundError:
                return None
        try:
            return SignedHead.from_bytes(data.removesuffix(b"\n"))
        except BadHead as error:
            raise BadStore(
                "The file `newest` of the heads folder does not hold a signed head of the ledger.",
                "Put back the one that belongs there; without it nobody can tell whether the store is the newest.",
            ) from error

    def keep(self, head: SignedHead) -> None:
        with self._plain_words():
            self._path.mkdir(mode=0o700, exist_ok=True)
            with self._locked():
                kept = self.newest()
                if kept is None or _replaces(head, kept):
                    self._replace(head.to_bytes() + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self._path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _replace(self, data: bytes) -> None:
        beside = self._path / "newest.part"  # one writer at a time, so one name is enough and none is left over
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            if os.write(file, data) != len(data):
                raise OSError("the head was written in part only")
            os.fsync(file)
        finally:
            os.close(file)
        beside.replace(self._path / "newest")
        folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(
                f"The heads folder {self._path} cannot be used: {error.strerror or error}.",
                "Make room on its disk, or make the folder and its files this user's own; then try again.",
            ) from error


def _replaces(head: SignedHead, kept: SignedHead) -> bool:
    if head.head.log != kept.head.log:
        raise BadStore("The newest head that was kept is of another ledger.", _OWN_HEADS)
    if head.head.size == kept.head.size and head != kept:
        raise StoreRolledBack("The ledger has another head than the one kept for as many entries.", _ROLLED_BACK)
    return head.head.size > kept.head.size


def check_kept(newest: SignedHead, ledger: Ledger) -> None:
    """Goes on where the head that was kept is one of this ledger.

    Raises:
        BadStore: it is another ledger's, or not signed with this one's key.
    """
    try:
        newest.check(ledger.key.public_key())
    except BadHead as error:
        raise BadStore(
            "The newest head that was kept is not signed with the key of this ledger.", _OWN_HEADS
        ) from error
    if newest.head.log != ledger.log:
        raise BadStore("The newest head that was kept is of another ledger.", _OWN_HEADS)


def check_continues(newest: SignedHead, stored: bytes | None) -> None:
    """Goes on where the store holds, at the place of the newest head, that head byte for byte.

    Args:
        newest: the head that was kept outside the store.
        stored: what the store holds as head of its entry `newest.size - 1`; None where it has fewer entries.

    Raises:
        StoreRolledBack: it does not.
    """
    if stored is None:
        raise StoreRolledBack(
            f"The store has fewer entries in its ledger than the {newest.head.size} of the newest head.", _ROLLED_BACK
        )
    if stored != newest.to_bytes():
        raise StoreRolledBack(
            f"Entry {newest.head.size - 1} of the ledger has another head than the newest one that was kept.",
            _ROLLED_BACK,
        )
