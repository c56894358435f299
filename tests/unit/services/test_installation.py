"""An installation: made once, opened by its master key alone, and never under a clock that was set back."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import OvertError, Refused
from overt.domain.time import SECOND_US, Clock
from overt.ledger.errors import LedgerDiffers
from overt.ledger.log import Ledger
from overt.services import installation as service
from overt.services.erase import erase_alert
from overt.services.installation import (
    ClockBehind,
    Installation,
    InUse,
    alone,
    create,
    opened,
    throw_away,
)
from overt.services.place import DIGEST_KEY, LEDGER_KEY, Place
from overt.services.retain import confirm_clock
from overt.store.errors import BadStore, NoInstallation, StoreRolledBack, StoreUnavailable
from overt.store.ports import Store
from overt.store.records import State
from overt.store.sql import create_store
from overt.testing.fixed_clock import FixedClock
from overt.vault.errors import BadMasterKey, KeyringUnavailable, NoKey, NoMasterKey, WrongKey
from tests.installations import kinds, place_in
from tests.unit.services.keeping import raised, state_of_alert


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


def made(place: Place, clock: FixedClock) -> str:
    return create(place, clock=clock, random_bytes=os.urandom)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the lock, which is empty and always there."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if not path.name.endswith("-shm")}


def look(place: Place, clock: FixedClock, *, finish: bool = True) -> list[str]:
    with opened(place, clock=clock, random_bytes=os.urandom, finish=finish) as installation:
        return kinds(installation)


def refuses(place: Place, clock: FixedClock, error: type[OvertError], match: str | None = None) -> OvertError:
    """Opening is refused, and changes nothing."""
    before = tree(place.home)
    with pytest.raises(error, match=match) as caught:
        look(place, clock)
    assert tree(place.home) == before
    return caught.value


def test_an_installation_is_made_and_opened(place: Place, clock: FixedClock) -> None:
    public_key = made(place, clock)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        assert installation.public_key == public_key
        assert kinds(installation) == ["installation.made"]
        assert installation.digest("a") != installation.digest("b")
        assert "digest_key" not in repr(installation)
    assert {path.name for path in place.home.iterdir()} == {"overt.sqlite", "keyring", "heads", "lock"}
    assert stat.S_IMODE(place.master_key_file.stat().st_mode) == 0o600


def test_digests_stay_the_same_from_one_opening_to_the_next(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    found = []
    for _ in range(2):
        with opened(place, clock=clock, random_bytes=os.urandom) as installation:
            found.append(installation.digest("CR/2026/17"))
    assert found[0] == found[1]


def test_there_is_only_one_installation_in_a_home(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    before = tree(place.home)
    with pytest.raises(Refused, match="already"):
        made(place, clock)
    assert tree(place.home) == before


def test_the_master_key_lies_outside_the_home_even_by_another_name(place: Place, clock: FixedClock) -> None:
    link = place.home.parent / "elsewhere"
    link.symlink_to(place.home)
    for file in (place.home / "master.key", place.home / "a" / ".." / "master.key", link / "master.key"):
        with pytest.raises(Refused, match="lies in the home folder"):
            made(replace(place, master_key_file=file), clock)
    assert tree(place.home) == {}


def test_a_master_key_from_the_environment_is_used_and_not_written(tmp_path: Path, clock: FixedClock) -> None:
    place = place_in(tmp_path, OVERT_MASTER_KEY="ab" * 32)
    made(place, clock)
    assert not place.master_key_file.exists()
    assert look(place, clock) == ["installation.made"]


def test_a_bad_master_key_makes_nothing(tmp_path: Path, clock: FixedClock) -> None:
    place = place_in(tmp_path, OVERT_MASTER_KEY="abc")
    with pytest.raises(BadMasterKey):
        made(place, clock)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("folder", ["", "credentials"])
def test_credentials_of_systemd_without_a_master_key_do_not_stand_in_the_way(
    tmp_path: Path, clock: FixedClock, folder: str
) -> None:
    place = place_in(tmp_path, CREDENTIALS_DIRECTORY=folder and str(tmp_path / folder))
    made(place, clock)
    assert place.master_key_file.exists()
    assert look(place, clock) == ["installation.made"]


def test_no_new_master_key_is_made_for_keys_that_are_there(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    place.store_file.unlink()
    place.master_key_file.unlink()
    with pytest.raises(NoMasterKey):
        made(place, clock)
    assert not place.master_key_file.exists()


def test_a_lost_store_is_not_made_anew_behind_the_newest_head(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    place.store_file.unlink()
    before = tree(place.home)
    with pytest.raises(Refused, match="is gone") as caught:
        made(place, clock)
    assert "overt restore" in caught.value.todo
    assert tree(place.home) == before


def test_what_was_interrupted_at_any_step_is_finished(tmp_path: Path, clock: FixedClock) -> None:
    """Each step of the making, cut short after it."""
    whole = place_in(tmp_path)
    public_key = made(whole, clock)
    for number, leave in enumerate(
        ("master key", "one key", "both keys", "empty file", "tables", "everything but head")
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        place = place_in(folder)
        shutil.copy(whole.master_key_file, place.master_key_file)
        if leave != "master key":
            shutil.copytree(whole.keyring, place.keyring)
        if leave == "one key":
            (place.keyring / f"{DIGEST_KEY}.key").unlink()
        if leave == "empty file":
            place.store_file.touch()
        if leave == "tables":
            create_store(place.store_url)
        if leave == "everything but head":
            shutil.copy(whole.store_file, place.store_file)
            assert look(place, clock) == ["installation.made"]
            continue
        assert (made(place, clock) == public_key) == (leave != "master key"), leave
        assert look(place, clock) == ["installation.made"], leave


def test_one_that_was_never_finished_says_how_to_finish_it(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    place.store_file.unlink()
    shutil.rmtree(place.heads)
    create_store(place.store_url)
    with pytest.raises(NoInstallation, match="never finished") as caught:
        look(place, clock)
    assert "overt init" in caught.value.todo
    made(place, clock)
    assert look(place, clock) == ["installation.made"]


def test_where_the_database_holds_one_already_no_second_one_is_made(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    shutil.rmtree(place.heads)  # so that only the database itself tells
    with pytest.raises(Refused, match="in this database already"):
        made(place, clock)


def test_of_two_who_make_it_at_once_one_is_told_to_wait(place: Place, clock: FixedClock) -> None:
    with alone(place.home), pytest.raises(InUse):
        made(place, clock)
    assert tree(place.home) == {}
    made(place, clock)


def test_where_there_is_none_nothing_is_made(place: Place, clock: FixedClock, tmp_path: Path) -> None:
    refuses(place, clock, NoInstallation, "There is no installation")
    refuses(replace(place, home=tmp_path / "nowhere"), clock, NoInstallation)
    assert not (tmp_path / "nowhere").exists()
    assert not (place.home / "lock").exists()


@pytest.mark.parametrize("missing", ["keyring", "ledger key", "digest key", "master key"])
def test_without_a_key_nothing_is_opened_and_nothing_is_erased(place: Place, clock: FixedClock, missing: str) -> None:
    made(place, clock)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        alert = raised(installation)
    away = place.home.parent / "away"
    moved = {
        "keyring": place.keyring,
        "ledger key": place.keyring / f"{LEDGER_KEY}.key",
        "digest key": place.keyring / f"{DIGEST_KEY}.key",
        "master key": place.master_key_file,
    }[missing]
    moved.rename(away)
    error = {"keyring": KeyringUnavailable, "master key": NoMasterKey}.get(missing, NoKey)
    refuses(place, clock, error)
    away.rename(moved)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        assert state_of_alert(installation, alert) == State.KEPT


def test_another_master_key_opens_nothing_and_erases_nothing(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        alert = raised(installation)
    wrong = replace(place, environment={"OVERT_MASTER_KEY": "00" * 32})
    refuses(wrong, clock, WrongKey)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        assert state_of_alert(installation, alert) == State.KEPT


def test_the_keyring_of_another_installation_opens_nothing(place: Place, clock: FixedClock, tmp_path: Path) -> None:
    made(place, clock)
    (tmp_path / "other").mkdir()
    other = place_in(tmp_path / "other")
    made(other, clock)
    mixed = replace(place, master_key_file=other.master_key_file)
    shutil.rmtree(place.keyring)
    shutil.copytree(other.keyring, place.keyring)
    refuses(mixed, clock, OvertError)


def test_a_key_file_that_is_gone_means_erased_for_this_one_alert(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        gone, other = raised(installation), raised(installation, 2)
    (place.keyring / f"alert-{gone}.key").unlink()
    assert "alert.erased" not in look(place, clock, finish=False)
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        assert state_of_alert(installation, gone) == State.ERASED
        assert state_of_alert(installation, other) == State.KEPT


def test_half_an_erasure_is_finished_before_anything_else(
    place: Place, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(place, clock)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        alert = raised(installation)
        with monkeypatch.context() as patch:
            patch.setattr("overt.services.erase._finish", die)
            with pytest.raises(KeyboardInterrupt):
                erase_alert(installation, alert, "by-hand")
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        assert state_of_alert(installation, alert) == State.ERASED


def test_a_clock_before_the_newest_entry_opens_nothing(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    now_us = clock.now_us()
    clock.set_now(now_us - 2 * SECOND_US)  # so much may two machines differ
    look(place, clock)
    clock.set_now(now_us - 2 * SECOND_US - 1)
    error = refuses(place, clock, ClockBehind, "set back")
    assert "Set the clock right" in error.todo
    assert "--confirm-clock" in error.todo
    with opened(place, clock=clock, random_bytes=os.urandom, behind=True) as installation:
        assert confirm_clock(installation)
        assert not confirm_clock(installation)
    look(place, clock)


def test_a_store_that_was_put_back_by_hand_is_refused(place: Place, clock: FixedClock, tmp_path: Path) -> None:
    made(place, clock)
    shutil.copy(place.store_file, tmp_path / "old.sqlite")
    with opened(place, clock=clock, random_bytes=os.urandom) as installation:
        installation.store.write(lambda work: work.record("test.noted"))
    shutil.copy(tmp_path / "old.sqlite", place.store_file)
    with pytest.raises(StoreRolledBack):
        look(place, clock)


def test_a_file_that_is_no_store_is_refused(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    place.store_file.write_bytes(b"This is a letter, not a database.\n" * 50)
    with pytest.raises((BadStore, StoreUnavailable)):
        look(place, clock)


@pytest.mark.parametrize("heads", [True, False])
def test_an_empty_store_is_no_installation_and_perhaps_a_lost_one(place: Place, clock: FixedClock, heads: bool) -> None:
    made(place, clock)
    place.store_file.write_bytes(b"")
    if not heads:
        shutil.rmtree(place.heads)
    with pytest.raises(StoreRolledBack if heads else NoInstallation):
        look(place, clock)
    place.store_file.unlink()
    refuses(place, clock, StoreRolledBack if heads else NoInstallation)


def test_an_edited_end_of_the_ledger_is_refused(place: Place, clock: FixedClock) -> None:
    import sqlite3

    made(place, clock)
    shutil.rmtree(place.heads)
    connection = sqlite3.connect(place.store_file)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    (name,) = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%frontier%'").fetchone()
    connection.execute(f"UPDATE {name} SET frontier = zeroblob(length(frontier))")
    connection.commit()
    connection.close()
    with pytest.raises((LedgerDiffers, BadStore)):
        look(place, clock)


def test_many_may_have_it_open_and_nobody_is_alone_then(place: Place, clock: FixedClock) -> None:
    made(place, clock)
    with (
        opened(place, clock=clock, random_bytes=os.urandom),
        opened(place, clock=clock, random_bytes=os.urandom) as second,
    ):
        assert kinds(second) == ["installation.made"]
        with pytest.raises(InUse), alone(place.home):
            pass
    with alone(place.home), pytest.raises(InUse):
        look(place, clock)


def test_a_home_that_cannot_be_written_to_says_so(place: Place, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be written to"), alone(tmp_path / "nowhere"):
        pass
    with pytest.raises(StoreUnavailable, match="cannot be written to"):
        made(replace(place, home=tmp_path / "nowhere"), clock)


def test_the_store_is_closed_where_opening_fails(
    place: Place, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(place, clock)
    closed = threading.Event()
    real = service._open_store

    def noted(place: Place, ledger: Ledger, clock: Clock) -> Store:
        store = real(place, ledger, clock)
        close = store.close

        def noted_close() -> None:
            closed.set()
            close()

        monkeypatch.setattr(store, "close", noted_close)
        return store

    monkeypatch.setattr(service, "_open_store", noted)
    clock.set_now(0)
    with pytest.raises(ClockBehind):
        look(place, clock)
    assert closed.is_set()


def test_a_thrown_away_installation_leaves_nothing(tmp_path: Path, clock: FixedClock) -> None:
    before = tree(tmp_path)
    with throw_away(clock=clock, random_bytes=os.urandom) as installation:
        alert = raised(installation)
        assert kinds(installation)[0] == "installation.made"
        keyring = installation.keyring
        assert f"alert-{alert}" in keyring.names()
    assert keyring.names() == frozenset()
    assert tree(tmp_path) == before


def test_ids_and_digests_come_from_the_installation(clock: FixedClock) -> None:
    with throw_away(clock=clock, random_bytes=os.urandom) as installation:
        assert isinstance(installation, Installation)
        first, second = installation.new_id(), installation.new_id()
        assert first != second
        assert installation.digest("text").startswith("hmac-sha256:")
