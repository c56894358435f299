"""Copies and back: without a key, never behind the newest head, and what was erased stays erased."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import OvertError, Refused
from overt.domain.time import SECOND_US
from overt.ledger.entry import Entry
from overt.ledger.head import SignedHead
from overt.services import backup as service
from overt.services.backup import WORKING, BadBackup, back_up, restore
from overt.services.erase import erase_alert, erase_list
from overt.services.installation import ClockBehind, Installation, InUse, opened
from overt.services.record import verified
from overt.services.retain import require_steady_clock
from overt.services.sealed_lists import open_list
from overt.store.copies import put_in_place
from overt.store.errors import BadStore, StoreRolledBack, StoreUnavailable
from overt.store.heads import HeadFolder
from overt.store.records import State
from overt.vault.errors import KeyringUnavailable, NoMasterKey, WrongKey
from tests.installations import PASSPHRASE, kinds
from tests.people import administrators
from tests.stores import session
from tests.unit.services.homes import Home, made, tree
from tests.unit.services.keeping import (
    enrolled,
    portraits,
    raised,
    sealed,
    state_of_alert,
    state_of_list,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return made(tmp_path)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite"


def verifies(home: Home) -> list[str]:
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        verified(installation.store, installation.ledger.key.public_key())
        assert HeadFolder(home.place.heads).newest() == _head(installation)
        return kinds(installation)


def _head(installation: Installation) -> SignedHead:
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    return SignedHead.from_bytes(last.head)


def edited(file: Path, index: int = 1) -> None:
    """One entry of a copy's ledger says something else, as somebody with the file might have it."""
    connection = sqlite3.connect(file)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    (name,) = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%frontier%'").fetchone()
    (entry,) = connection.execute(f'SELECT entry FROM {name} WHERE "index" = ?', (index,)).fetchone()
    connection.execute(
        f'UPDATE {name} SET entry = ? WHERE "index" = ?', (entry.replace(b"test.noted", b"test.other"), index)
    )
    connection.commit()
    connection.close()


def test_a_copy_holds_rows_and_no_key(home: Home, copy: Path) -> None:
    home.do(raised)
    done = home.copied(copy)
    assert done.mark.startswith("3:")
    assert done.rows == 5  # a deployment, an alert, three entries
    assert stat.S_IMODE(copy.stat().st_mode) & 0o077 == 0
    assert [path.name for path in copy.parent.glob("*copy*")] == ["copy.sqlite"]
    content = copy.read_bytes()
    for key in home.place.keyring.glob("*.key"):
        assert key.read_bytes()[:16] not in content
    assert bytes.fromhex(home.place.master_key_file.read_text()) not in content
    assert home.do(kinds)[-1] == "backup.made"


def test_a_copy_never_replaces_a_file_and_then_nothing_says_that_it_was_made(home: Home, copy: Path) -> None:
    copy.write_text("mine")
    with pytest.raises(BadStore, match="there already"):
        home.copied(copy)
    assert copy.read_text() == "mine"
    assert "backup.made" not in home.do(kinds)


def test_a_copy_into_a_folder_that_is_not_there_is_refused_in_words(home: Home, tmp_path: Path) -> None:
    with pytest.raises((BadStore, StoreUnavailable)):
        home.copied(tmp_path / "nowhere" / "copy.sqlite")


def test_a_copy_tells_how_far_it_is(home: Home, copy: Path) -> None:
    told: list[tuple[int, int]] = []
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        back_up(home.place, installation, copy, lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1] > 0


def test_what_is_put_back_goes_on_where_the_ledger_stands(home: Home, copy: Path) -> None:
    home.do(raised)
    home.copied(copy)
    home.noted(3)
    done = home.restored(copy, replace=True)
    assert (done.added, done.erased) == (3, 0)
    found = verifies(home)
    assert found == ["installation.made", "deployment.made", "backup.made", *["test.noted"] * 3, "restored"]
    assert done.mark.startswith("7:")
    assert not (home.place.home / WORKING).exists()
    assert stat.S_IMODE(home.place.store_file.stat().st_mode) & 0o077 == 0
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        last = installation.store.read(lambda work: work.ledger.last())
        assert last is not None
        assert Entry.from_bytes(last.entry).facts == {"copied_entries": 3, "added_entries": 3}


def test_what_was_sealed_in_the_copy_opens_again(home: Home, copy: Path, tmp_path: Path) -> None:
    home.do(lambda installation: sealed(installation, enrolled(portraits(tmp_path / "people", "ann"))))
    home.copied(copy)
    home.lose_store()
    home.restored(copy)
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        (row,) = installation.store.read(lambda work: work.lists.all())
        assert open_list(installation, row, PASSPHRASE)[1].references == ("ann",)


def test_what_was_erased_since_the_copy_stays_erased(home: Home, copy: Path, tmp_path: Path) -> None:
    ids: list[str] = []

    def fill(installation: Installation) -> None:
        ids.append(sealed(installation, enrolled(portraits(tmp_path / "people", "ann"))).row.id)
        ids.extend(raised(installation, passage) for passage in range(2))

    home.do(fill)
    home.copied(copy)
    home.do(lambda installation: erase_list(installation, ids[0], "by-hand"))
    home.do(lambda installation: erase_alert(installation, ids[1], "by-hand"))
    done = home.restored(copy, replace=True)
    assert done.erased == 2
    verifies(home)
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        assert state_of_list(installation, ids[0]) == state_of_alert(installation, ids[1]) == State.ERASED
        assert state_of_alert(installation, ids[2]) == State.KEPT
        assert len(installation.keyring.names()) == 3
        assert installation.store.read(lambda work: work.lists.entries(ids[0])) == []


def test_the_key_of_what_the_copy_does_not_hold_is_destroyed(home: Home, copy: Path) -> None:
    home.copied(copy)
    home.do(raised)
    home.restored(copy, replace=True)
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        assert installation.keyring.names() == {"ledger", "digests"}
        assert installation.store.read(lambda work: work.alerts.states()) == {}


def test_a_working_store_is_not_replaced_unless_that_is_asked_for(home: Home, copy: Path) -> None:
    home.copied(copy)
    before = tree(home.place.home)
    with pytest.raises(Refused, match="There is a store") as caught:
        home.restored(copy)
    assert "--replace" in caught.value.todo
    assert tree(home.place.home) == before


def test_nothing_is_put_back_while_somebody_has_it_open(home: Home, copy: Path) -> None:
    home.copied(copy)
    with opened(home.place, clock=home.clock, random_bytes=os.urandom):
        home.refuses(copy, InUse)


@pytest.mark.parametrize("working", [True, False])
def test_a_copy_older_than_the_newest_head_needs_the_entries_since(
    home: Home, copy: Path, tmp_path: Path, working: bool
) -> None:
    home.copied(copy)
    home.noted(4)
    ledger = home.exported(tmp_path / "ledger.txt")
    if not working:
        home.lose_store()
        error = home.refuses(copy, BadBackup, "4 entries would be missing")
        assert "--ledger" in error.todo
        assert not home.place.store_file.exists()
    done = home.restored(copy, ledger=ledger, replace=True)
    assert done.added == 4
    assert verifies(home)[-1] == "restored"


def test_an_export_that_ends_too_early_is_not_enough(home: Home, copy: Path, tmp_path: Path) -> None:
    home.copied(copy)
    home.noted(2)
    ledger = home.exported(tmp_path / "ledger.txt")
    home.noted(2)
    home.lose_store()
    home.refuses(copy, BadBackup, "2 entries would be missing", ledger=ledger)


def _without(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], *lines[4:]]


def _swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def _altered(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"test.noted", b"test.other") for line in lines]


def _unsigned(lines: list[bytes]) -> list[bytes]:
    return [line[:-2] + (b"0\n" if line[-2:-1] != b"0" else b"1\n") for line in lines]


def _cut(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1][:40]]


def _garbage(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], *[b"\xff\0garbage\n"] * 9]


def _repeated(lines: list[bytes]) -> list[bytes]:
    return [*lines[:4], *lines[3:]]


@pytest.mark.parametrize("change", [_without, _swapped, _altered, _unsigned, _cut, _garbage, _repeated])
def test_an_export_with_edited_lines_is_refused_and_nothing_is_changed(
    home: Home, copy: Path, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    home.copied(copy)
    home.noted(5)
    ledger = home.exported(tmp_path / "ledger.txt")
    ledger.write_bytes(b"".join(change(ledger.read_bytes().splitlines(keepends=True))))
    home.lose_store()
    home.refuses(copy, BadBackup, "does not continue|would be missing", ledger=ledger)


def test_an_export_of_another_installation_is_refused(home: Home, copy: Path, tmp_path: Path) -> None:
    home.copied(copy)
    home.noted(2)
    other = made(tmp_path / "other")
    other.noted(9)
    home.lose_store()
    ledger = other.exported(tmp_path / "other.txt")
    home.refuses(copy, BadBackup, "does not continue", ledger=ledger)


@pytest.mark.parametrize("what", ["nothing", "folder"])
def test_an_export_that_cannot_be_read_is_named(home: Home, copy: Path, tmp_path: Path, what: str) -> None:
    home.copied(copy)
    ledger = tmp_path / "ledger.txt"
    if what == "folder":
        ledger.mkdir()
    home.refuses(copy, BadBackup, "cannot be read", ledger=ledger)


def test_a_copy_of_another_installation_is_refused(home: Home, copy: Path, tmp_path: Path) -> None:
    made(tmp_path / "other").copied(copy)
    home.refuses(copy, BadBackup, "no copy of this installation")


@pytest.mark.parametrize("index", [1, 2])
def test_a_copy_with_an_edited_ledger_is_refused(home: Home, copy: Path, index: int) -> None:
    home.noted(2)
    home.copied(copy)
    edited(copy, index)
    home.refuses(copy, BadBackup, f"not what was signed: Entry {index}")


@pytest.mark.parametrize("content", [b"", b"This is a letter, not a copy.\n" * 99])
def test_a_file_that_is_no_copy_is_refused(home: Home, copy: Path, content: bytes) -> None:
    copy.write_bytes(content)
    home.refuses(copy, BadBackup)


def test_half_a_copy_is_refused(home: Home, copy: Path) -> None:
    home.noted(200)
    home.copied(copy)
    content = copy.read_bytes()
    copy.write_bytes(content[: len(content) // 2])
    home.refuses(copy, BadBackup)


@pytest.mark.parametrize("what", ["nothing", "folder"])
def test_a_copy_that_cannot_be_read_is_named(home: Home, copy: Path, what: str) -> None:
    if what == "folder":
        copy.mkdir()
    home.refuses(copy, BadStore, "cannot be read")


@pytest.mark.parametrize(("missing", "error"), [("keyring", KeyringUnavailable), ("master key", NoMasterKey)])
def test_without_keys_nothing_is_put_back(home: Home, copy: Path, missing: str, error: type[OvertError]) -> None:
    home.copied(copy)
    moved = home.place.keyring if missing == "keyring" else home.place.master_key_file
    moved.rename(home.place.home.parent / "away")
    home.refuses(copy, error)


def test_under_another_master_key_nothing_is_put_back(home: Home, copy: Path) -> None:
    home.copied(copy)
    other = replace(home.place, environment={"OVERT_MASTER_KEY": "00" * 32})
    Home(other, home.clock).refuses(copy, WrongKey)


def test_under_a_clock_that_was_set_back_nothing_is_put_back(home: Home, copy: Path) -> None:
    home.copied(copy)
    home.noted()
    home.clock.set_now(home.clock.now_us() - 60 * SECOND_US)
    home.refuses(copy, ClockBehind)


def test_an_empty_home_with_keyring_and_heads_takes_the_copy(home: Home, copy: Path) -> None:
    home.do(raised)
    home.copied(copy)
    home.lose_store()
    done = home.restored(copy)
    assert (done.added, done.erased) == (0, 0)
    verifies(home)


def test_where_the_heads_are_lost_too_the_copy_is_all_there_is(home: Home, copy: Path) -> None:
    home.copied(copy)
    home.noted(3)
    home.lose_store()
    shutil.rmtree(home.place.heads)
    assert home.restored(copy).added == 0
    assert verifies(home) == ["installation.made", "backup.made", "restored"]


def test_a_damaged_store_is_replaced_only_when_that_is_asked_for_too(home: Home, copy: Path) -> None:
    home.copied(copy)
    home.place.store_file.write_bytes(b"This is a letter, not a database.\n" * 99)
    with pytest.raises(Refused, match="There is a store"):
        home.restored(copy)
    assert home.restored(copy, replace=True).added == 0
    verifies(home)


def test_a_store_that_was_put_back_by_hand_is_mended_by_a_newer_copy(home: Home, copy: Path, tmp_path: Path) -> None:
    shutil.copy(home.place.store_file, tmp_path / "old.sqlite")
    home.noted(3)
    home.copied(copy)
    shutil.copy(tmp_path / "old.sqlite", home.place.store_file)
    home.restored(copy, replace=True)
    assert verifies(home).count("test.noted") == 3


def test_a_copy_with_another_past_than_the_newest_head_is_refused(home: Home, copy: Path, tmp_path: Path) -> None:
    """Two stores under one keyring, as after somebody went on with a copy and with the store."""
    double = tmp_path / "double"
    shutil.copytree(home.place.home, double)
    twin = Home(replace(home.place, home=double), home.clock)
    twin.noted(3)
    twin.copied(copy)
    home.clock.advance(1)
    home.noted(2)
    home.lose_store()
    home.refuses(copy, StoreRolledBack)


@pytest.mark.parametrize("step", ["_checked", "append_entries", "_install", "put_in_place"])
def test_a_restore_that_was_killed_is_made_up_for_by_the_next(
    home: Home, copy: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    home.do(raised)
    home.copied(copy)
    home.noted(2)

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(service, step, die)
        patch.setattr(service, "discard", lambda _: None)  # a killed process tidies nothing
        with pytest.raises(Killed):
            home.restored(copy, replace=True)
    assert (home.place.home / WORKING).exists()
    assert verifies(home)[-2:] == ["test.noted"] * 2
    assert home.restored(copy, replace=True).added == 2
    assert not (home.place.home / WORKING).exists()
    verifies(home)


def test_a_restore_killed_before_its_head_was_kept_is_whole(
    home: Home, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.copied(copy)

    class Killed(BaseException):
        pass

    def then_die(file: Path, place: Path) -> None:
        put_in_place(file, place)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(service, "put_in_place", then_die)
        with pytest.raises(Killed):
            home.restored(copy, replace=True)
    assert verifies(home)[-1] == "restored"


def test_no_room_for_the_copy_changes_nothing(home: Home, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.copied(copy)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("overt.store.copies.shutil.copyfileobj", full)
    home.refuses(copy, StoreUnavailable, "No space left")


def test_sessions_do_not_come_back(home: Home, copy: Path) -> None:
    home.do(lambda installation: installation.store.write(lambda work: work.sessions.add(session(99))))
    home.copied(copy)
    home.restored(copy, replace=True)
    with opened(home.place, clock=home.clock, random_bytes=os.urandom) as installation:
        assert installation.store.read(lambda work: work.sessions.get(session(99).id)) is None


def test_a_copy_can_be_put_back_again_and_again(home: Home, copy: Path) -> None:
    home.do(raised)
    home.copied(copy)
    for number in range(3):
        assert home.restored(copy, replace=True).added == number
    assert verifies(home).count("restored") == 3


def test_progress_is_told_for_a_database_on_a_server_only(
    home: Home, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's database is loaded row by row; a file takes its place at once. The one file stands in for a server."""
    home.do(raised)
    home.copied(copy)
    place = replace(home.place, url=home.place.store_url)
    server = Home(place, home.clock)
    told: list[tuple[int, int]] = []
    restore(
        place,
        copy,
        replace=True,
        clock=home.clock,
        random_bytes=os.urandom,
        progress=lambda done, of: told.append((done, of)),
    )
    assert told
    verifies(server)


def test_the_machines_clock_is_looked_at_anew_after_a_restore(home: Home, copy: Path) -> None:
    home.do(require_steady_clock)
    home.copied(copy)
    home.restored(copy, replace=True)
    home.do(require_steady_clock)


def test_a_copy_from_before_there_were_accounts_is_not_put_back(home: Home, copy: Path) -> None:
    home.copied(copy)
    home.do(administrators)
    home.refuses(copy, BadBackup, "before the installation had accounts")
    assert home.do(lambda installation: installation.store.read(lambda work: work.accounts.all()))
