"""Keys in a folder: what lies there, what a crash leaves, what the system refuses."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from overt.vault.errors import KeyExists, KeyringUnavailable, NoKey, UnknownSeal, WrongKey
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
from tests.unit.vault.children import as_nobody, open_folder, room_for

KEY = bytes(range(32))
MASTER = MasterKey(b"m" * 32)
LEFT_OVER = ".alert-1.0123456789abcdef.new"

USE = "from overt.vault.keyring import FolderKeyring\nfrom overt.vault.master import MasterKey"
RING = "FolderKeyring(folder / 'keyring', MasterKey(b'm' * 32))"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keyring"


@pytest.fixture
def keyring(folder: Path) -> FolderKeyring:
    made = FolderKeyring.make(folder, MASTER)
    made.put("alert-1", KEY)
    return made


def listed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_each_key_is_a_file_for_its_owner_alone_and_wrapped(folder: Path) -> None:
    before = os.umask(0o277)
    try:
        FolderKeyring.make(folder, MASTER).put("alert-1", KEY)
    finally:
        os.umask(before)
    file = folder / "alert-1.key"
    assert listed(folder) == {"alert-1.key", "lock"}
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert MASTER.unwrap("alert-1", file.read_bytes()) == KEY
    assert KEY not in file.read_bytes()


def test_making_a_keyring_that_is_there_changes_nothing(keyring: FolderKeyring, folder: Path) -> None:
    assert FolderKeyring.make(folder, MASTER).get("alert-1") == KEY


def test_a_destroyed_key_is_overwritten_before_its_file_goes(keyring: FolderKeyring, folder: Path) -> None:
    os.link(folder / "alert-1.key", folder / "seen")
    assert keyring.destroy("alert-1")
    assert (folder / "seen").read_bytes() == bytes(61)
    assert listed(folder) == {"lock", "seen"}


def test_another_master_key_reads_nothing_but_sees_the_names(keyring: FolderKeyring, folder: Path) -> None:
    other = FolderKeyring(folder, MasterKey(bytes(32)))
    with pytest.raises(WrongKey, match="The key alert-1 does not open"):
        other.get("alert-1")
    assert other.names() == {"alert-1"}
    assert keyring.get("alert-1") == KEY


def test_a_key_file_under_another_name_does_not_open(keyring: FolderKeyring, folder: Path) -> None:
    (folder / "alert-1.key").rename(folder / "alert-2.key")
    with pytest.raises(WrongKey):
        keyring.get("alert-2")


@pytest.mark.parametrize("content", [b"\1", b"\1" * 61, b"\1" * 5000])
def test_an_altered_file_is_a_wrong_key_and_stays_where_it_is(
    keyring: FolderKeyring, folder: Path, content: bytes
) -> None:
    (folder / "alert-1.key").write_bytes(content)
    with pytest.raises(WrongKey):
        keyring.get("alert-1")
    assert keyring.names() == {"alert-1"}
    assert keyring.destroy("alert-1")


def test_a_key_of_a_newer_overt_asks_for_an_update(keyring: FolderKeyring, folder: Path) -> None:
    file = folder / "alert-1.key"
    file.write_bytes(b"\2" + file.read_bytes()[1:])
    with pytest.raises(UnknownSeal):
        keyring.get("alert-1")


@pytest.mark.parametrize("zeros", [1, 30, 61])
@pytest.mark.parametrize("next_step", ["names", "destroy"])
def test_a_file_that_a_crash_left_with_zeros_is_a_destroyed_key(
    keyring: FolderKeyring, folder: Path, zeros: int, next_step: str
) -> None:
    file = folder / "alert-1.key"
    file.write_bytes(bytes(zeros) + file.read_bytes()[zeros:])
    with pytest.raises(NoKey):
        keyring.get("alert-1")
    with pytest.raises(KeyExists):  # until it is gone
        keyring.put("alert-1", KEY)
    if next_step == "names":
        assert keyring.names() == frozenset()
    else:
        assert not keyring.destroy("alert-1")
    assert listed(folder) == {"lock"}


def test_an_empty_file_is_no_key(keyring: FolderKeyring, folder: Path) -> None:
    (folder / "alert-1.key").write_bytes(b"")
    with pytest.raises(NoKey):
        keyring.get("alert-1")
    assert keyring.names() == frozenset()
    assert listed(folder) == {"lock"}


def test_sweeping_removes_what_a_crash_left_under_a_temporary_name(keyring: FolderKeyring, folder: Path) -> None:
    (folder / LEFT_OVER).write_bytes(MASTER.wrap("alert-1", KEY))
    os.link(folder / LEFT_OVER, folder / "seen")
    (folder / "seen").unlink()
    assert keyring.names() == {"alert-1"}
    with keyring.sweeping():
        assert listed(folder) == {"alert-1.key", "lock"}
    assert keyring.get("alert-1") == KEY


def test_sweeping_spares_the_key_whose_second_name_a_crash_left(keyring: FolderKeyring, folder: Path) -> None:
    os.link(folder / "alert-1.key", folder / LEFT_OVER)
    with keyring.sweeping():
        assert listed(folder) == {"alert-1.key", "lock"}
    assert keyring.get("alert-1") == KEY


def test_a_key_destroyed_is_gone_under_its_second_name_too(keyring: FolderKeyring, folder: Path) -> None:
    os.link(folder / "alert-1.key", folder / LEFT_OVER)
    assert keyring.destroy("alert-1")
    assert (folder / LEFT_OVER).read_bytes() == bytes(61)


def test_files_of_others_are_left_alone(keyring: FolderKeyring, folder: Path) -> None:
    for name in ("notes.txt", "UPPER.key", ".hidden.new", "alert-9.key.old"):
        (folder / name).write_text("x")
    with keyring.sweeping():
        assert keyring.names() == {"alert-1"}
    assert listed(folder) == {"alert-1.key", "lock", "notes.txt", "UPPER.key", ".hidden.new", "alert-9.key.old"}


def a_link(path: Path) -> None:
    path.symlink_to("alert-1.key")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, a_link])
def test_what_is_no_regular_file_is_no_key_and_not_waited_for(
    keyring: FolderKeyring, folder: Path, make: Callable[[Path], None]
) -> None:
    make(folder / "alert-2.key")
    assert keyring.names() == {"alert-1"}
    calls: list[Callable[[str], object]] = [keyring.get, keyring.destroy]
    for call in calls:
        with pytest.raises(WrongKey, match="no regular file"):
            call("alert-2")
    assert keyring.get("alert-1") == KEY


def test_a_missing_folder_is_never_taken_for_destroyed_keys(tmp_path: Path) -> None:
    keyring = FolderKeyring(tmp_path / "none", MASTER)
    calls: list[Callable[[], object]] = [
        keyring.names,
        keyring.creating().__enter__,
        keyring.sweeping().__enter__,
        lambda: keyring.get("alert-1"),
        lambda: keyring.put("alert-1", KEY),
        lambda: keyring.destroy("alert-1"),
    ]
    for call in calls:
        with pytest.raises(KeyringUnavailable, match=f"The keyring folder {tmp_path}/none cannot be used") as refused:
            call()
        assert "No such file" in str(refused.value)
        assert refused.value.todo


def test_a_file_where_the_folder_should_be_is_said_of_the_keyring(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KeyringUnavailable, match="Not a directory"):
        FolderKeyring(tmp_path / "file", MASTER).names()
    with pytest.raises(KeyringUnavailable, match="Not a directory"):
        FolderKeyring.make(tmp_path / "file" / "keyring", MASTER)


@pytest.mark.parametrize("room", [0, 10, 60])
def test_a_full_disk_leaves_no_part_of_a_key_and_spares_the_others(
    keyring: FolderKeyring, folder: Path, room: int
) -> None:
    with room_for(room), pytest.raises(KeyringUnavailable, match=f"{folder} cannot be used now: File too large"):
        keyring.put("alert-2", KEY)
    assert listed(folder) == {"alert-1.key", "lock"}
    keyring.put("alert-2", KEY)
    assert keyring.names() == {"alert-1", "alert-2"}


def test_a_key_that_could_only_be_half_destroyed_is_destroyed(keyring: FolderKeyring, folder: Path) -> None:
    with room_for(10), pytest.raises(KeyringUnavailable):
        keyring.destroy("alert-1")
    with pytest.raises(NoKey):
        keyring.get("alert-1")
    with room_for(10):
        assert keyring.names() == frozenset()
    assert listed(folder) == {"alert-1.key", "lock"}
    assert not keyring.destroy("alert-1")
    assert listed(folder) == {"lock"}


@pytest.mark.parametrize("statement", ["put('alert-2', bytes(32))", "destroy('alert-1')", "sweeping().__enter__()"])
def test_a_folder_that_may_only_be_read_says_so_and_keeps_its_keys(statement: str) -> None:
    with open_folder() as above:
        keyring = FolderKeyring.make(above / "keyring", MASTER)
        keyring.put("alert-1", KEY)
        (above / "keyring").chmod(0o555)
        (above / "keyring" / "alert-1.key").chmod(0o444)
        (above / "keyring" / "lock").chmod(0o444)
        assert as_nobody(USE, f"assert {RING}.get('alert-1') == bytes(range(32))", above) == "done"
        said = as_nobody(USE, f"{RING}.{statement}", above)
        assert said.startswith(f"KeyringUnavailable The keyring folder {above}/keyring cannot be used now")
        assert "Permission denied" in said
        assert (keyring.names(), keyring.get("alert-1")) == (frozenset({"alert-1"}), KEY)


def test_who_waited_while_another_removed_the_file_touches_nothing_else(keyring: FolderKeyring, folder: Path) -> None:
    """Both cases: the name is gone, and the name is another file's by now."""
    file = folder / "alert-1.key"
    for put_back in (False, True):
        with file.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            waiting = threading.Thread(target=keyring.destroy, args=("alert-1",), daemon=True)
            waiting.start()
            time.sleep(0.1)
            file.unlink()
            if put_back:
                keyring.put("alert-1", KEY)
            fcntl.flock(held, fcntl.LOCK_UN)
            waiting.join(10)
            assert held.read() == bytes(61)
        assert file.exists() == put_back
        if not put_back:
            keyring.put("alert-1", KEY)
    assert keyring.get("alert-1") == KEY


def test_a_reader_that_waited_for_a_destroyer_finds_no_key(keyring: FolderKeyring, folder: Path) -> None:
    file = folder / "alert-1.key"
    said: list[str] = []

    def read() -> None:
        try:
            keyring.get("alert-1")
        except NoKey as error:
            said.append(error.code)

    with file.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = threading.Thread(target=read, daemon=True)
        waiting.start()
        time.sleep(0.1)
        held.write(bytes(61))
        held.flush()
        file.unlink()
        fcntl.flock(held, fcntl.LOCK_UN)
        waiting.join(10)
    assert said == ["no-key"]
