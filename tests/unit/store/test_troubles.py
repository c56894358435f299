from __future__ import annotations

import sqlite3
import time

import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from overt.store.errors import StoreUnavailable
from overt.store.troubles import (
    DAMAGED,
    FULL,
    GONE,
    INPUT_OUTPUT,
    LOCKED,
    LONGEST_PAUSE_S,
    NO_RIGHT,
    READ_ONLY,
    SHORTEST_PAUSE_S,
    TAKEN_TRIES,
    TOO_SLOW,
    NotYet,
    Trouble,
    patiently,
    trouble_of,
)


def wrapped(origin: Exception, *, lost: bool = False) -> DBAPIError:
    """As SQLAlchemy hands on a driver's error."""
    return OperationalError("SELECT 1", {}, origin, connection_invalidated=lost)


def from_sqlite(statement: str) -> sqlite3.Error:
    """The error that SQLite itself raises for a statement."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, text TEXT CHECK (text <> 'x'))")
    connection.execute("INSERT INTO kept VALUES (1, 'a')")
    try:
        connection.execute(statement)
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError(f"{statement} works")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (errors.SerializationFailure, LOCKED),
        (errors.DeadlockDetected, LOCKED),
        (errors.LockNotAvailable, LOCKED),
        (errors.TooManyConnections, LOCKED),
        (errors.DiskFull, FULL),
        (errors.ReadOnlySqlTransaction, READ_ONLY),
        (errors.AdminShutdown, GONE),
        (errors.CannotConnectNow, GONE),
        (errors.ConnectionFailure, GONE),
        (errors.IdleInTransactionSessionTimeout, GONE),
        (errors.QueryCanceled, TOO_SLOW),
        (errors.InsufficientPrivilege, NO_RIGHT),
        (errors.IoError, INPUT_OUTPUT),
        (errors.DataCorrupted, DAMAGED),
        (errors.UndefinedTable, None),
        (errors.CheckViolation, None),
        (errors.OperationalError, GONE),
    ],
)
def test_what_postgresql_says_has_a_meaning(error: type[Exception], trouble: Trouble | None) -> None:
    assert trouble_of(wrapped(error())) is trouble


def test_a_fault_of_ours_is_no_trouble_of_the_database() -> None:
    assert trouble_of(wrapped(from_sqlite("SELECT * FROM nowhere"))) is None
    assert trouble_of(ValueError()) is None


def test_only_what_passes_is_tried_again_and_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)

    def act() -> str:
        if len(pauses) < 12:
            raise NotYet
        return "done"

    assert patiently(act) == "done"
    longest = [min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2**number) for number in range(12)]
    assert all(most / 4 <= pause <= most for pause, most in zip(pauses, longest, strict=True))


@pytest.mark.parametrize("error", [errors.DiskFull, errors.InsufficientPrivilege, errors.QueryCanceled])
def test_what_lasts_is_said_at_once(error: type[Exception]) -> None:
    calls: list[int] = []

    def act() -> None:
        calls.append(1)
        raise wrapped(error())

    with pytest.raises(StoreUnavailable) as said:
        patiently(act)
    assert calls == [1]
    assert said.value.todo


def test_patience_has_an_end() -> None:
    def act() -> None:
        raise wrapped(errors.LockNotAvailable())

    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="locked by somebody else"):
        patiently(act, patience_s=0.3)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("raised", [ZeroDivisionError(), wrapped(errors.UndefinedTable()), KeyError("a")])
def test_what_is_no_trouble_goes_through_as_it_is(raised: Exception) -> None:
    def act() -> None:
        raise raised

    with pytest.raises(type(raised)) as passed:
        patiently(act)
    assert passed.value is raised


def test_a_taken_id_is_tried_again_where_another_may_have_taken_it_meanwhile() -> None:
    calls: list[int] = []

    def act() -> None:
        calls.append(1)
        raise IntegrityError("INSERT", {}, errors.UniqueViolation())

    with pytest.raises(KeyError, match="its id is taken"):
        patiently(act)
    assert len(calls) == TAKEN_TRIES


def test_a_taken_id_in_sqlite_is_refused_at_once_and_a_broken_rule_is_not_called_one() -> None:
    calls: list[int] = []

    def act(statement: str) -> None:
        calls.append(1)
        raise IntegrityError(statement, {}, from_sqlite(statement))

    with pytest.raises(KeyError, match="its id is taken"):
        patiently(lambda: act("INSERT INTO kept VALUES (1, 'b')"))
    with pytest.raises(IntegrityError, match="CHECK"):
        patiently(lambda: act("INSERT INTO kept VALUES (2, 'x')"))
    assert len(calls) == 2
