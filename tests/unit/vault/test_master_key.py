"""Where the master key comes from, and which files are refused."""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from overt.vault.errors import BadMasterKey, KeyringUnavailable, NoMasterKey, UnknownSeal, WrongKey
from overt.vault.master import MasterKey, load_master_key, make_master_key
from tests.needs import needs_part
from tests.unit.vault.children import as_nobody, open_folder, room_for

BYTES = bytes(range(32))
DIGITS = BYTES.hex()
NAME = "list-1"


def key_file(path: Path, content: str = DIGITS, mode: int = 0o600) -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def is_ours(master: MasterKey, key: bytes = BYTES) -> bool:
    """Whether it opens what the key that the test knows has wrapped."""
    return master.unwrap(NAME, MasterKey(key).wrap(NAME, bytes(32))) == bytes(32)


def test_the_variable_comes_before_the_credential_and_the_credential_before_the_file(tmp_path: Path) -> None:
    file = key_file(tmp_path / "file", bytes(32).hex())
    key_file(tmp_path / "overt-master-key", (b"\1" * 32).hex())
    lent = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert is_ours(load_master_key(file, {"OVERT_MASTER_KEY": DIGITS, **lent}))
    assert is_ours(load_master_key(file, lent), b"\1" * 32)
    assert is_ours(load_master_key(file, {}), bytes(32))


@pytest.mark.parametrize("credentials", ["", "elsewhere"])
def test_the_file_is_asked_where_systemd_hands_over_nothing(tmp_path: Path, credentials: str) -> None:
    given = {"CREDENTIALS_DIRECTORY": credentials and str(tmp_path / credentials)}
    assert is_ours(load_master_key(key_file(tmp_path / "file"), given))


@pytest.mark.parametrize("content", [DIGITS + "\n", DIGITS + " \t\r\n\n", DIGITS.upper()])
def test_blanks_after_the_digits_and_capitals_do_not_matter(tmp_path: Path, content: str) -> None:
    assert is_ours(load_master_key(key_file(tmp_path / "file", content), {}))
    assert is_ours(load_master_key(None, {"OVERT_MASTER_KEY": content}))


def test_none_anywhere_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoMasterKey, match="the settings name no file") as missing:
        load_master_key(None, {})
    assert missing.value.exit_code == 3
    with pytest.raises(NoMasterKey, match=f"there is no file {tmp_path}/none"):
        load_master_key(tmp_path / "none", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        DIGITS[1:],
        DIGITS + "0",
        " " + DIGITS,
        "g" * 64,
        "٣" * 64,
        DIGITS + " " * 2000,
        "0" * 5000,
        "0x" + DIGITS,
    ],
)
def test_what_is_not_64_digits_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    file = key_file(tmp_path / "file", content)
    for path, environment in ((file, {}), (None, {"OVERT_MASTER_KEY": content})):
        with pytest.raises(BadMasterKey, match="is not a master key") as refused:
            load_master_key(path, environment)
        assert "openssl rand -hex 32" in refused.value.todo
        assert len(content) < 60 or content[:60] not in str(refused.value)


def test_a_bad_key_is_not_passed_over_for_a_good_one(tmp_path: Path) -> None:
    with pytest.raises(BadMasterKey, match="What stands in OVERT_MASTER_KEY"):
        load_master_key(key_file(tmp_path / "file"), {"OVERT_MASTER_KEY": ""})


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_file_for_its_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    assert is_ours(load_master_key(key_file(tmp_path / "file", mode=mode), {}))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BadMasterKey, match=f"has mode {mode:04o}"):
        load_master_key(key_file(tmp_path / "file", mode=mode), {})


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_a_credential_may_show_the_mask_of_its_access_list(tmp_path: Path, mode: int) -> None:
    key_file(tmp_path / "overt-master-key", mode=mode)
    assert is_ours(load_master_key(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)}))


@pytest.mark.parametrize("mode", [0o444, 0o460, 0o450])
def test_a_credential_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    key_file(tmp_path / "overt-master-key", mode=mode)
    with pytest.raises(BadMasterKey, match=f"has mode {mode:04o}"):
        load_master_key(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def a_symbolic_link(path: Path) -> None:
    path.symlink_to(key_file(path.with_name("real")))


def a_link_to_nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, a_symbolic_link, a_link_to_nowhere, a_socket])
def test_what_is_no_regular_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("key"))  # a short name: that of a socket has at most 108 bytes
    with pytest.raises(BadMasterKey, match=r"no regular file|symbolic link|cannot be read"):
        load_master_key(Path("key"), {})


def test_a_file_that_belongs_to_another_user_is_refused(tmp_path: Path) -> None:
    needs_part(os.geteuid() == 0, "needs root, to give a file away")
    file = key_file(tmp_path / "file")
    os.chown(file, 65534, 65534)
    with pytest.raises(BadMasterKey, match="belongs to another user"):
        load_master_key(file, {})


def test_a_file_of_root_that_this_user_cannot_read_is_refused() -> None:
    with open_folder() as folder:
        key_file(folder / "file", mode=0o600 if os.geteuid() == 0 else 0)
        said = as_nobody(
            "from overt.vault.master import load_master_key, make_master_key",
            "load_master_key(folder / 'file', {})",
            folder,
        )
    assert said.startswith("BadMasterKey")
    assert "cannot be read: Permission denied" in said


def test_a_new_key_is_written_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "key"
    before = os.umask(0o277)
    try:
        made = make_master_key(file, lambda count: BYTES[:count])
    finally:
        os.umask(before)
    assert is_ours(made)
    assert is_ours(load_master_key(file, {}))
    assert file.read_text() == DIGITS + "\n"
    assert [oct(path.stat().st_mode & 0o777) for path in (file, file.parent, tmp_path / "a")] == [
        "0o600",
        "0o700",
        "0o700",
    ]


@pytest.mark.parametrize("make", [key_file, Path.mkdir, a_link_to_nowhere])
def test_a_new_key_never_replaces_anything(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "key")
    with pytest.raises(BadMasterKey, match="already something"):
        make_master_key(tmp_path / "key", os.urandom)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("room", [0, 10, 64])
def test_a_disk_that_is_full_leaves_no_half_key(tmp_path: Path, room: int) -> None:
    with (
        room_for(room),
        pytest.raises(KeyringUnavailable, match=f"cannot be written to {tmp_path}/key: File too large"),
    ):
        make_master_key(tmp_path / "key", os.urandom)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    key_file(tmp_path / "file")
    with pytest.raises(KeyringUnavailable, match="Not a directory"):
        make_master_key(tmp_path / "file" / "key", os.urandom)


def test_a_folder_that_may_not_be_written_to_is_said() -> None:
    with open_folder() as folder:
        folder.chmod(0o555)
        said = as_nobody(
            "from overt.vault.master import make_master_key", "make_master_key(folder / 'key', os.urandom)", folder
        )
    assert said.startswith("KeyringUnavailable")
    assert "Permission denied" in said


def test_wrapping_hides_the_key_and_gives_it_back() -> None:
    master = MasterKey(BYTES)
    wrapped = master.wrap(NAME, b"k" * 32)
    assert len(wrapped) == 61
    assert wrapped != master.wrap(NAME, b"k" * 32)
    assert b"kkkk" not in wrapped
    assert master.unwrap(NAME, wrapped) == b"k" * 32


def test_another_master_key_another_name_or_another_bit_opens_nothing() -> None:
    wrapped = MasterKey(BYTES).wrap(NAME, bytes(32))
    altered = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for key, name, blob in ((bytes(32), NAME, wrapped), (BYTES, "list-2", wrapped), (BYTES, NAME, altered)):
        with pytest.raises(WrongKey, match=f"The key {name} does not open"):
            MasterKey(key).unwrap(name, blob)
    with pytest.raises(UnknownSeal, match="Update Overt"):
        MasterKey(BYTES).unwrap(NAME, b"\2" + wrapped[1:])


def test_a_master_key_is_not_shown_and_not_handed_on() -> None:
    master = MasterKey(BYTES)
    assert repr(master) == str(master) == f"{master}" == "MasterKey(...)"
    with pytest.raises(TypeError, match="handed to no other process"):
        pickle.dumps(master)


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="this one has 31"):
        MasterKey(bytes(31))
