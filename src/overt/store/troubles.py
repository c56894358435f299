"""What a database's error means in plain words, and whether it pays to try again.

- Passing, so the whole transaction is tried again with jittered, growing pauses until the patience is over: locked,
  deadlocked, not serialisable, waited too long for a lock, too many connections, a server that went away or starts up.
- Lasting, so it is said at once: full, read-only, damaged, an I/O error, no right to it.
- Anything else is no trouble of the database but a fault of ours, and goes through as it is.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from overt.store.errors import StoreUnavailable

T = TypeVar("T")

PATIENCE_S = 15.0  # how long a change is tried again, all in all
SHORTEST_PAUSE_S = 0.005
LONGEST_PAUSE_S = 1.0
TAKEN_TRIES = 3

_ROOM = "Make room on the disk of the store, then try again."
_BACKUP = "Restore the store from its newest backup."


class NotYet(Exception):
    """Something has to pass before it can go on; it is tried again like a clash."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    sentence: str
    todo: str
    passes: bool = False

    def error(self) -> StoreUnavailable:
        return StoreUnavailable(self.sentence, self.todo)


LOCKED = Trouble(
    sentence="The store was locked by somebody else for too long.",
    todo="Look which other program uses it, then try again.",
    passes=True,
)
GONE = Trouble(
    sentence="The server of the store cannot be reached, or refused the connection.",
    todo="Look whether it runs and whether the address and the password are right, then try again.",
    passes=True,
)
FULL = Trouble(sentence="The disk of the store is full.", todo=_ROOM)
READ_ONLY = Trouble(
    sentence="The store can only be read here.", todo="Make its folder and its files writable for this user."
)
INPUT_OUTPUT = Trouble(
    sentence="The disk of the store reports an error.", todo="Look after the disk; then verify the ledger."
)
DAMAGED = Trouble(sentence="The store is damaged: its file is malformed.", todo=_BACKUP)
NOT_OPEN = Trouble(
    sentence="The store's file cannot be opened.", todo="Look whether it is there and whether this user may use it."
)
NO_MEMORY = Trouble(sentence="There is too little memory for the store.", todo="Free memory, then try again.")
NO_RIGHT = Trouble(
    sentence="The server does not let this user do what the store needs.", todo="Make the user the tables' owner."
)
TOO_SLOW = Trouble(
    sentence="The server took too long over one statement.", todo="Look what it is busy with, then try again."
)

_SQLITE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_IOERR: INPUT_OUTPUT,
    sqlite3.SQLITE_IOERR_SHMSIZE: FULL,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: NOT_OPEN,
    sqlite3.SQLITE_NOMEM: NO_MEMORY,
}
_TAKEN_SQLITE = {
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
}

_POSTGRESQL = {  # the longest beginning of the SQLSTATE counts
    "40": LOCKED,
    "55P03": LOCKED,
    "53300": LOCKED,
    "53100": FULL,
    "53200": NO_MEMORY,
    "25006": READ_ONLY,
    "25P03": GONE,
    "42501": NO_RIGHT,
    "57014": TOO_SLOW,
    "57P": GONE,
    "08": GONE,
    "28": GONE,
    "58": INPUT_OUTPUT,
    "XX": DAMAGED,
}


def trouble_of(error: BaseException) -> Trouble | None:
    """The trouble behind an error of the driver or of SQLAlchemy; None: it is none of the database's."""
    if isinstance(error, (NotYet, NoConnectionFree)):
        return LOCKED
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorcode", 0)
        return _SQLITE.get(code, _SQLITE.get(code & 0xFF))
    if not isinstance(error, DBAPIError):
        return None
    state = sqlstate(error)
    if state:
        fits = [beginning for beginning in _POSTGRESQL if state.startswith(beginning)]
        return _POSTGRESQL[max(fits, key=len)] if fits else None
    lost = error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    return GONE if lost else None


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's code of what happened; empty where there is none, as when a connection was lost."""
    return getattr(error.orig, "sqlstate", None) or ""


def row_refused(error: DBAPIError) -> bool:
    """Whether a row was refused because its id is taken or what it belongs to is not there."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code in _TAKEN_SQLITE or sqlstate(error) in {"23505", "23503"}


def patiently(act: Callable[[], T], *, patience_s: float = PATIENCE_S) -> T:
    """Does `act` again after each passing trouble, until it works or `patience_s` seconds are over.

    An id that is taken is tried again twice on PostgreSQL: there, a change does not see what others add meanwhile.

    Raises:
        StoreUnavailable: a trouble that lasts.
        KeyError: a row was refused: its id is taken, or what it belongs to is not there.
    """
    end = time.monotonic() + patience_s
    pause = SHORTEST_PAUSE_S
    tries = 0
    while True:
        tries += 1
        try:
            return act()
        except (DBAPIError, NoConnectionFree, NotYet) as error:
            trouble = trouble_of(error)
            if trouble is None:
                _pass_on(error, tries)
            elif not trouble.passes or time.monotonic() + pause > end:
                raise trouble.error() from error
        time.sleep(random.uniform(pause / 4, pause))
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _pass_on(error: Exception, tries: int) -> None:
    if not isinstance(error, DBAPIError) or not row_refused(error):
        raise error
    if sqlstate(error) != "23505" or tries >= TAKEN_TRIES:
        raise KeyError("the store refused a row: its id is taken, or what it belongs to is not there") from error
