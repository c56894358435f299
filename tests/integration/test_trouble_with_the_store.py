"""What goes wrong around a store, with the real command: a plain sentence, exit code 2, nothing lost or scanned."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import Stopped
from overt.domain.retention import HOUR_US, RetentionRules
from overt.domain.roles import Role
from overt.engine.clock import SystemClock, boot_id
from overt.services.desk import Desk, Keeping
from overt.services.installation import create, opened
from overt.store.records import ClockMark
from overt.testing.fixed_clock import FixedClock
from tests.authority import sign_in
from tests.integration.deployments import cameras, ready, write_deployment
from tests.integration.kept import Acknowledged, check_everything, installation_at, place_of
from tests.integration.postgres import running_server
from tests.integration.servers import HOST, mjpeg_server
from tests.integration.troubled import House, filled, furnished, plain, read_only, small_disk
from tests.integration.watching import watching
from tests.needs import sample_footage
from tests.unit.services.runs import MATCH, Person, picture, prepared

pytestmark = pytest.mark.long

VERIFY, SHOW = ("ledger", "verify"), ("list", "show")


@pytest.fixture
def camera() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as listener:
        yield listener


@pytest.fixture
def house(tmp_path: Path, camera: socket.socket) -> House:
    return furnished(tmp_path / "home", camera)


@contextmanager
def somebody_comes() -> Iterator[tuple[threading.Event, str]]:
    """A camera before which the man of the list comes as soon as the event is set, and its address."""
    comes = threading.Event()
    with mjpeg_server(sample_footage() / "single_face.mp4", 25, shown_from=comes) as address:
        yield comes, address


# The disk


def test_on_a_full_disk_nothing_starts_and_all_goes_on_once_there_is_room(
    tmp_path: Path, camera: socket.socket
) -> None:
    with small_disk(tmp_path / "home", "4m") as home:
        house = furnished(home, camera)
        with filled(home):
            house.refuse("The disk of the store is full")
        assert house.kept(house.due)
        assert "Erased: 1 alert." in house.overt("retain", "--once").err
        house.whole()


def test_where_files_may_not_grow_nothing_starts_and_nothing_is_lost(house: House) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    house.refuse("The disk of the store is full", limit=limit)
    assert house.kept(house.due)
    house.whole()


def test_alerts_wait_while_the_disk_is_full_and_are_kept_and_shown_once_there_is_room(
    tmp_path: Path, camera: socket.socket
) -> None:
    with small_disk(tmp_path / "home", "8m") as home, somebody_comes() as (comes, address):
        house = furnished(home, camera)
        assert house.overt("retain", "--once").code == 0  # else what is due dies meanwhile, and makes room
        file = write_deployment(tmp_path / "man.toml", {"north": address}, tmp_path / "people")
        with watching(file, home=ready(file, home)) as watched:
            watched.wait_for(lambda: cameras(watched.process.pid))
            with filled(home):
                comes.set()
                watched.wait_for(lambda: "it waits" in watched.said)
                assert re.search(
                    r"What was found could not be handed over \(The .*\); it waits\.", plain(watched.said)
                ), watched.said
                time.sleep(0.5)
                assert not watched.alerts
                assert watched.process.poll() is None
            watched.wait_for(lambda: watched.alerts)
            assert watched.interrupt() == 0
            assert watched.figures["alerts"] == len(watched.alerts)
            assert "Traceback" not in watched.said
            house.told.take([["raised", alert["alert"]] for alert in watched.alerts])
        with installation_at(house.where) as installation:
            record = check_everything(house.where, installation, house.told)
        assert [facts["alerts"] for facts in record.facts["watch.ended"]] == [len(watched.alerts)]


def test_ctrl_c_while_an_alert_waits_says_that_nobody_got_it(tmp_path: Path, camera: socket.socket) -> None:
    with small_disk(tmp_path / "home", "8m") as home, somebody_comes() as (comes, address):
        house = furnished(home, camera)
        assert house.overt("retain", "--once").code == 0  # else what is due dies meanwhile, and makes room
        file = write_deployment(tmp_path / "man.toml", {"north": address}, tmp_path / "people")
        with watching(file, home=ready(file, home)) as watched:
            watched.wait_for(lambda: cameras(watched.process.pid))
            with filled(home):
                comes.set()
                watched.wait_for(lambda: "it waits" in watched.said)
                assert watched.interrupt() == 2
            assert watched.figures["alerts"] == 0
            assert re.search(
                r"1 alert could not be handed over before the end \(The .*\)\. Make room", plain(watched.said)
            ), watched.said
            assert "Traceback" not in watched.said
        with installation_at(house.where) as installation:
            record = check_everything(house.where, installation, house.told)
        assert "watch.ended" not in record.facts


def test_alerts_wait_while_the_server_is_down_and_are_kept_and_shown_once_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, people = tmp_path / "home", tmp_path / "people"
    home.mkdir(mode=0o700)
    people.mkdir()
    (people / "the man.jpg").symlink_to(sample_footage() / "single_face.jpg")
    with running_server() as server, somebody_comes() as (comes, address):
        server.ask("CREATE DATABASE overt TEMPLATE template0")
        monkeypatch.setenv("OVERT_STORE_URL", server.url("overt"))
        where = replace(place_of(home), url=server.url("overt"))
        create(where, clock=SystemClock(), random_bytes=os.urandom)
        file = write_deployment(tmp_path / "man.toml", {"north": address}, people)
        with watching(file, home=ready(file, home)) as watched:
            watched.wait_for(lambda: cameras(watched.process.pid))
            server.stop("immediate")
            comes.set()
            watched.wait_for(lambda: "it waits" in watched.said)
            gone = "What was found could not be handed over (The server of the store cannot be reached, or refused the"
            assert gone in plain(watched.said)
            assert not watched.alerts
            server.start()
            watched.wait_for(lambda: watched.alerts)
            assert watched.interrupt() == 0
            assert "Traceback" not in watched.said
        with installation_at(where) as installation:
            told = Acknowledged(alerts={alert["alert"] for alert in watched.alerts})
            record = check_everything(where, installation, told)
        assert record.kinds()["alert.raised"] == watched.figures["alerts"] == len(told.alerts)


def test_a_disk_that_stays_full_for_a_minute_stops_the_run_and_what_was_kept_is_whole(
    tmp_path: Path, camera: socket.socket
) -> None:
    with small_disk(tmp_path / "home", "4m") as home:
        house, person, run = furnished(home, camera), Person(), prepared()
        clock = FixedClock(now_us=SystemClock().now_us())
        with opened(house.where, clock=clock, random_bytes=os.urandom) as installation:
            deployment, _ = installation.store.read(lambda work: work.deployments.all())
            keeping = Keeping(installation=installation, deployment=deployment.id, retention=RetentionRules())
            desk = Desk(run, keeping=keeping, viewer=person)
            desk.begin()
            with filled(home):
                desk.raise_alert(replace(MATCH, captured_us=clock.now_us(), pictures=(picture(),)))
                until = time.monotonic() + 20
                while not person.told and time.monotonic() < until:
                    desk.settle()
                clock.advance(60)
                desk.settle()
                clock.advance(1)
                with pytest.raises(Stopped) as stopped:
                    desk.settle()
                with pytest.raises(Stopped):
                    desk.finish()
        assert re.match(
            r"Alerts can no longer be handed over \(The .*\); 1 waited. Scanning has stopped, since an alert that "
            "nobody gets is a promise broken.",
            stopped.value.sentence,
        )
        assert not person.taken
        with installation_at(house.where) as installation:
            check_everything(house.where, installation, house.told)


def test_a_store_that_can_only_be_read_is_said_to_be_so(house: House) -> None:
    with read_only(house.home):
        house.refuse("The home folder .* cannot be written to: (Read-only file system|Permission denied)", besides=SHOW)
    house.whole()


# Keys


def test_without_its_keyring_nothing_is_opened_and_nothing_is_made_in_its_place(house: House) -> None:
    away = house.where.keyring.rename(house.home.parent / "away")
    house.refuse("The keyring folder .* cannot be used now: No such file or directory", besides=VERIFY)
    assert not house.where.keyring.exists()
    house.where.keyring.mkdir()
    house.refuse("The keyring does not hold the key of this installation's ledger, so nothing was opened")
    shutil.rmtree(house.where.keyring)
    away.rename(house.where.keyring)
    house.whole()
    assert house.kept(house.due)


def test_a_wrong_master_key_opens_nothing_and_destroys_nothing(house: House) -> None:
    house.refuse("master key", besides=SHOW, OVERT_MASTER_KEY="6f" * 32)
    house.whole()
    assert house.kept(house.due)


def test_a_master_key_inside_the_home_folder_is_refused(house: House) -> None:
    house.refuse("The master key file .* lies in the home folder", OVERT_MASTER_KEY_FILE=str(house.home / "master.key"))
    assert not (house.home / "master.key").exists()
    house.whole()


# Other programs


def test_a_store_that_another_program_has_locked_is_waited_for_and_then_said_to_be_locked(house: House) -> None:
    other = sqlite3.connect(house.where.store_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    house.refuse("The store was locked by somebody else for too long. Look which other program uses it")
    waiting = house.start("retain", "--once")
    time.sleep(4)
    assert waiting.poll() is None
    other.execute("ROLLBACK")
    other.close()
    assert "Erased: 1 alert." in house.end(waiting).err
    house.whole()
    done = house.overt(*VERIFY)
    assert done.code == 0
    assert done.out.startswith("Verified: ")


def test_a_reader_holds_up_the_second_part_of_a_receipt_and_nothing_else(house: House) -> None:
    reader = sqlite3.connect(house.where.store_file, isolation_level=None)
    reader.execute("BEGIN")
    ((content,),) = reader.execute("SELECT sealed FROM alerts WHERE id = ?", (house.due,)).fetchall()
    done = house.overt("retain", "--once")
    assert (done.code, done.out) == (0, "")
    assert "Erased: 1 alert. Somebody else uses the store, so its files could not be cleared yet; that is" in done.err
    assert not house.kept(house.due)
    assert parts(house)[-1] == (True, False)
    assert in_files(house, content)
    reader.execute("ROLLBACK")
    reader.close()
    done = house.overt("retain", "--once")
    assert (done.code, plain(done.err).strip()) == (0, "Nothing was due.")
    assert set(parts(house)) == {(True, True)}
    assert not in_files(house, content)
    house.whole()


def parts(house: House) -> list[tuple[bool, bool]]:
    """Which parts each receipt has."""
    with installation_at(house.where, finish=False) as installation:
        receipts = installation.store.read(lambda work: work.erasures.all())
    return [(one.key_destroyed_us is not None, one.residue_cleared_us is not None) for one in receipts]


def in_files(house: House, content: bytes) -> bool:
    """Whether a stretch of the sealed content still lies in the database's files."""
    files = [path.read_bytes() for path in house.home.glob("overt.sqlite*")]
    return any(content[at : at + 64] in file for at in range(0, len(content) - 64, 64) for file in files)


# The clock


@pytest.mark.parametrize("moved_h", [1, -1])
def test_a_clock_that_was_moved_stops_everything_until_it_is_confirmed(house: House, moved_h: int) -> None:
    """The mark of the last look is set as it would be, had the host's clock been moved since."""
    clock = SystemClock()
    mark = ClockMark(boot=boot_id(), host_us=clock.now_us() - moved_h * HOUR_US, boot_us=clock.boot_us())
    with installation_at(house.where) as installation:
        installation.store.write(lambda work: work.clock.set(mark))
    house.refuse(
        rf"The machine's clock was moved by \{'+' if moved_h > 0 else '-'}60 minutes, so nobody can tell what is due; "
        "nothing is scanned and nothing erased. Check the clock, then confirm it with overt retain --confirm-clock."
    )
    assert house.kept(house.due)
    assert "Your account may not do this (clock.confirm)" in house.overt("retain", "--once", "--confirm-clock").err
    with installation_at(house.where) as installation:
        sign_in(installation, house.home, Role.ADMINISTRATOR)
    done = house.overt("retain", "--once", "--confirm-clock")
    assert (done.code, plain(done.err).strip()) == (0, "The clock is confirmed. Erased: 1 alert.")
    house.whole()


def test_a_clock_that_stands_before_the_newest_entry_opens_nothing(house: House) -> None:
    ahead = FixedClock(now_us=SystemClock().now_us() + HOUR_US)
    with opened(house.where, clock=ahead, random_bytes=os.urandom) as installation:
        installation.store.write(lambda work: work.record("backup.made"))
    house.refuse(
        r"The machine's clock says 20\S+Z, and the newest entry of the ledger is of 20\S+Z. With a clock that has been "
        "set back nothing may be scanned or erased. Set the clock right and start again."
    )
    ahead.advance(1)
    with opened(house.where, clock=ahead, random_bytes=os.urandom) as installation:
        check_everything(house.where, installation, house.told)


# Other files in its place


def test_an_earlier_copy_in_the_place_of_the_store_is_refused(house: House) -> None:
    settled(house)
    copy = shutil.copy(house.where.store_file, house.home.parent / "copy")
    assert house.overt("retain", "--once").code == 0
    settled(house)
    newest = shutil.move(house.where.store_file, house.home.parent / "newest")
    shutil.copy(copy, house.where.store_file)
    house.refuse(
        "fewer entries in its ledger than the [0-9]+ of the newest head",
        "Do not go on with this copy: find the newest one of the store",
    )
    house.refuse("Do not go on with this copy", besides=VERIFY)
    settled(house)
    shutil.move(newest, house.where.store_file)
    house.whole()
    assert not house.kept(house.due)


def settled(house: House) -> None:
    """Everything is in the one file."""
    with sqlite3.connect(house.where.store_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda whole: whole[: len(whole) // 2], "The store is damaged: its file is malformed."),
        (lambda whole: b"", "The store of the installation at .* is gone"),
        (lambda whole: os.urandom(len(whole)), "The store is damaged: its file is malformed."),
    ],
    ids=["cut in half", "empty", "noise"],
)
def test_a_spoilt_database_file_is_said_to_be_damaged_and_is_left_as_it_is(
    house: House, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    settled(house)
    whole = house.where.store_file.read_bytes()
    spoilt = spoil(whole)
    house.where.store_file.write_bytes(spoilt)
    house.refuse(sentence, besides=VERIFY)
    assert house.where.store_file.read_bytes() == spoilt or not spoilt
    for beside in house.home.glob("overt.sqlite-*"):
        beside.unlink()
    house.where.store_file.write_bytes(whole)
    house.whole()
    assert house.kept(house.due)


def test_a_store_that_is_gone_is_not_taken_for_one_that_never_was(house: House) -> None:
    settled(house)
    away = house.where.store_file.rename(house.home.parent / "away")
    for beside in house.home.glob("overt.sqlite-*"):
        beside.unlink()
    house.refuse("The store of the installation at .* is gone or empty, and its ledger had entries. Put it back")
    assert not house.where.store_file.exists()
    away.rename(house.where.store_file)
    house.whole()
