"""The master key: it opens every other key, and lies apart from what they seal.

- It comes from the first place that has one: `OVERT_MASTER_KEY` in the environment; systemd's credential
  `overt-master-key`; the file that the settings name. None has one: `NoMasterKey`.
- It is written as 64 hexadecimal digits; blanks and line ends after them do not matter. Anything else is
  `BadMasterKey`, an empty variable or file too: Overt never goes on to another place behind a bad key.
- A file with it is a regular file of this user or of root, and nobody else may read or change it (mode 0600 or
  stricter), else `BadMasterKey`. It is looked at once open, so that it cannot be exchanged in between. systemd lends a
  credential to its service by an access list, which shows as mode 0440; there, and only there, that is accepted.
- A new one never replaces what is there: `BadMasterKey`.
- It is not shown when printed, is not pickled, and no error repeats what was read.

That the file lies outside the home folder, so that no copy of the one holds the other, is for the caller to check.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from overt.domain.ids import RandomBytes
from overt.vault.disk import FOLDER, READ, make_folder, opened, write_new
from overt.vault.errors import BadMasterKey, KeyringUnavailable, NoMasterKey, UnknownSeal, WrongKey
from overt.vault.seal import KEY_BYTES, new_key, seal, unseal

VARIABLE = "OVERT_MASTER_KEY"
CREDENTIALS = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "overt-master-key"
MOST_BYTES = 1024  # digits and the blanks after them

_DIGITS = re.compile(rb"[0-9A-Fa-f]{64}[ \t\r\n]*")
_WRITE = f"Write {2 * KEY_BYTES} hexadecimal digits there, as `openssl rand -hex {KEY_BYTES}` prints them."


class MasterKey:
    """32 bytes that wrap other keys.

    Args:
        key: 32 random bytes.
        random_bytes: gives the nonces.

    Raises:
        ValueError: the key has another length.
    """

    __slots__ = ("_key", "_random_bytes")

    def __init__(self, key: bytes, random_bytes: RandomBytes = os.urandom) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes; this one has {len(key)}")
        self._key = key
        self._random_bytes = random_bytes

    def __repr__(self) -> str:
        return "MasterKey(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a master key is handed to no other process and written to no file")

    def wrap(self, name: str, key: bytes | bytearray) -> bytes:
        """The key `name`, sealed with this one (see `seal.py`); 29 bytes longer."""
        return seal(self._key, f"key:{name}", key, self._random_bytes)

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The key that was wrapped under that name. It is `bytes`, which Python cannot overwrite.

        Raises:
            WrongKey: it was wrapped with another master key or under another name, or was altered.
            UnknownSeal: it was wrapped by a newer Overt.
        """
        try:
            return unseal(self._key, f"key:{name}", wrapped)
        except UnknownSeal:
            raise
        except WrongKey as error:
            raise WrongKey(
                f"The key {name} does not open: this is not the master key that it was made with, or it was altered.",
                "Use the master key of this installation. A key that was altered is lost, with what it sealed.",
            ) from error


def load_master_key(file: Path | None, environment: Mapping[str, str]) -> MasterKey:
    """The master key of this installation.

    Args:
        file: where the settings say that it lies; None: they do not say.
        environment: of this process.

    Raises:
        NoMasterKey: there is none.
        BadMasterKey: it is malformed, cannot be read, or others could read or change it.
    """
    if VARIABLE in environment:
        return _parsed(environment[VARIABLE].encode("utf-8", "replace"), VARIABLE)
    if environment.get(CREDENTIALS):
        found = _read(Path(environment[CREDENTIALS]) / CREDENTIAL, lent=True)
        if found is not None:
            return found
    if file is not None:
        found = _read(file, lent=False)
        if found is not None:
            return found
    asked = "the settings name no file" if file is None else f"there is no file {file}"
    raise NoMasterKey(
        f"There is no master key: {VARIABLE} is not set, systemd hands over none, and {asked}.",
        "Put the master key of this installation there. Without it nothing that is sealed can be read.",
    )


def make_master_key(file: Path, random_bytes: RandomBytes) -> MasterKey:
    """A new master key, in a new file with mode 0600; folders that are missing are made with 0700.

    Raises:
        BadMasterKey: there is something of that name already.
        KeyringUnavailable: the file cannot be written.
    """
    key = new_key(random_bytes)
    try:
        make_folder(file.parent)
        with opened(file.parent, FOLDER) as folder:
            write_new(file.name, key.hex().encode() + b"\n", folder)
            os.fsync(folder)
    except FileExistsError as error:
        raise BadMasterKey(
            f"There is already something at {file}; a master key never replaces another.",
            "Name another file. If it is the master key of this installation, keep it.",
        ) from error
    except OSError as error:
        raise KeyringUnavailable(
            f"The master key cannot be written to {file}: {error.strerror}.",
            "Choose a file on a disk with room, in a folder that you may write to.",
        ) from error
    return MasterKey(key)


def _read(file: Path, *, lent: bool) -> MasterKey | None:
    """None where there is no such file. `lent`: systemd lends it to this service."""
    try:
        with opened(file, READ) as descriptor:
            _check(file, os.fstat(descriptor), lent=lent)
            content = os.read(descriptor, MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        link = " It is a symbolic link; these are not followed." if file.is_symlink() else ""
        raise BadMasterKey(
            f"The file with the master key, {file}, cannot be read: {error.strerror}.{link}",
            "Name the file itself, and let this user read it.",
        ) from error
    return _parsed(content, f"the file {file}")


def _check(file: Path, status: os.stat_result, *, lent: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BadMasterKey(f"{file} should hold the master key, but is no regular file.", "Name a regular file.")
    if status.st_uid not in {0, os.geteuid()}:
        raise BadMasterKey(
            f"The file with the master key, {file}, belongs to another user, who could read and change it.",
            "Make it belong to the user that runs Overt, with mode 0600.",
        )
    barred = 0o037 if lent else 0o077
    if status.st_mode & barred:
        raise BadMasterKey(
            f"The file with the master key, {file}, has mode {stat.S_IMODE(status.st_mode):04o}: "
            "others could read or change it.",
            f"Run `chmod 600 {file}`; if others may have read it, begin a new installation with a new key.",
        )


def _parsed(content: bytes, place: str) -> MasterKey:
    if len(content) > MOST_BYTES or not _DIGITS.fullmatch(content):
        raise BadMasterKey(f"What stands in {place} is not a master key.", _WRITE)
    return MasterKey(bytes.fromhex(content[: 2 * KEY_BYTES].decode()))
