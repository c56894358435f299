"""Keys in a folder, one file a key, each wrapped by the master key; the rules of every keyring stand in `keyring.py`.

- The folder has mode 0700, and a file 0600. Only regular files count, else `WrongKey`; no symbolic link is followed.
- A key is written under a temporary name and brought to the disk, then gets its own name by a link, which never
  replaces a file. So a crash leaves the whole key or none. Sweeping removes what was left under a temporary name.
- A key is destroyed by overwriting its file with zeros, from the start, and then removing the file. A file that is
  empty or begins with zero (no version does) is a destroyed key; `destroy` and `names` remove what a crash left of it.
- The folder is brought to the disk after each change, and by `destroy` even where there was nothing: someone may have
  removed the file and died before saying so to the disk.
- `creating` and `sweeping` are a shared and an exclusive lock (flock) on the file `lock`. Each taker opens it anew, so
  that threads exclude one another just as processes do, and a killed one holds nothing.

Not promised: disks and file systems that write elsewhere (SSD, copy on write), snapshots and backups may keep the old
blocks. They hold the wrapped key, so they open nothing without the master key, nor a list without its passphrase.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from overt.vault.disk import CHANGE, FOLDER, READ, locked, make_folder, opened, write_new, zero
from overt.vault.errors import KeyringUnavailable, WrongKey
from overt.vault.master import MasterKey
from overt.vault.rules import NAME, Presence, check_name, check_new, key_exists, no_key

LOCK = "lock"
MOST_BYTES = 1024  # a wrapped key has 61

_KEY_FILE = re.compile(rf"({NAME.pattern})\.key")
_LEFT_OVER = re.compile(rf"\.{NAME.pattern}\.[0-9a-f]{{16}}\.new")


class FolderKeyring:
    """A `Keyring` in a folder that is there already.

    Args:
        folder: the keyring folder; `FolderKeyring.make` makes it.
        master: wraps and unwraps the keys.
    """

    def __init__(self, folder: Path, master: MasterKey) -> None:
        self._path = folder
        self._master = master
        self._presence = Presence()

    @classmethod
    def make(cls, folder: Path, master: MasterKey) -> FolderKeyring:
        """Makes the folder, where it is missing, and those above it.

        Raises:
            KeyringUnavailable: it cannot be made.
        """
        keyring = cls(folder, master)
        try:
            make_folder(folder)
        except OSError as error:
            raise keyring._unavailable(error) from error
        return keyring

    def put(self, name: str, key: bytes) -> None:
        check_new(name, key)
        temporary = f".{name}.{secrets.token_hex(8)}.new"
        with self.creating(), self._reached() as folder:
            write_new(temporary, self._master.wrap(name, key), folder)
            try:
                os.link(temporary, f"{name}.key", src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            except FileExistsError as error:
                raise key_exists(name) from error
            finally:
                os.unlink(temporary, dir_fd=folder)
            os.fsync(folder)

    def get(self, name: str) -> bytes:
        check_name(name)
        with self._reached() as folder, self._held(name, READ, fcntl.LOCK_SH, folder) as file:
            wrapped = b"" if file is None else os.read(file, MOST_BYTES)
        if _is_destroyed(wrapped):
            raise no_key(name)
        return self._master.unwrap(name, wrapped)

    def destroy(self, name: str) -> bool:
        check_name(name)
        with self._reached() as folder:
            was_there = self._remove(name, folder)
            os.fsync(folder)
        return was_there

    def names(self) -> frozenset[str]:
        with self._reached() as folder:
            names = [match[1] for match in map(_KEY_FILE.fullmatch, _regular_files(folder)) if match]
            whole = frozenset(name for name in names if self._is_whole(name, folder))
        for name in names:
            if name not in whole:
                with suppress(KeyringUnavailable):  # it is destroyed; what is left of it can wait
                    self.destroy(name)
        return whole

    def creating(self) -> AbstractContextManager[None]:
        return self._presence.creating(lambda: self._locked(fcntl.LOCK_SH))

    def sweeping(self) -> AbstractContextManager[None]:
        return self._presence.sweeping(self._swept)

    @contextmanager
    def _swept(self) -> Iterator[None]:
        with self._locked(fcntl.LOCK_EX):
            with self._reached() as folder:
                for name in filter(_LEFT_OVER.fullmatch, _regular_files(folder)):
                    with opened(name, CHANGE, folder) as file:
                        if os.fstat(file).st_nlink == 1:  # else it is a key's second name, and the key lives
                            zero(file)
                    os.unlink(name, dir_fd=folder)
                os.fsync(folder)
            yield

    @contextmanager
    def _locked(self, operation: int) -> Iterator[None]:
        with ExitStack() as stack:
            with self._reached() as folder:
                lock = stack.enter_context(opened(LOCK, CHANGE | os.O_CREAT, folder))
                stack.enter_context(locked(lock, operation))
            yield

    @contextmanager
    def _reached(self) -> Iterator[int]:
        """The folder's descriptor; what the system refuses within becomes `KeyringUnavailable`."""
        try:
            with opened(self._path, FOLDER) as folder:
                yield folder
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> KeyringUnavailable:
        return KeyringUnavailable(
            f"The keyring folder {self._path} cannot be used now: {error.strerror}.",
            "See that it is there, belongs to this user, can be written to and has room; then try again.",
        )

    @contextmanager
    def _held(self, name: str, flags: int, lock: int, folder: int) -> Iterator[int | None]:
        """The key's file, locked against whoever destroys it or reads it; None where there is none."""
        file = None
        with ExitStack() as stack:
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(os.stat(f"{name}.key", dir_fd=folder, follow_symlinks=False).st_mode):
                    raise WrongKey(
                        f"What stands for the key {name} in {self._path} is no regular file.",
                        "Somebody has put it there; look into it, then remove it.",
                    )
                file = stack.enter_context(opened(f"{name}.key", flags, folder))
                stack.enter_context(locked(file, lock))
            yield file

    def _is_whole(self, name: str, folder: int) -> bool:
        with self._held(name, READ, fcntl.LOCK_SH, folder) as file:
            return file is not None and not _is_destroyed(os.pread(file, 1, 0))

    def _remove(self, name: str, folder: int) -> bool:
        with self._held(name, CHANGE, fcntl.LOCK_EX, folder) as file:
            if file is None:
                return False
            was_there = not _is_destroyed(os.pread(file, 1, 0))
            zero(file)
            with suppress(FileNotFoundError):  # another may have removed it while this one waited for the lock
                named = os.stat(f"{name}.key", dir_fd=folder, follow_symlinks=False)
                if os.path.samestat(named, os.fstat(file)):
                    os.unlink(f"{name}.key", dir_fd=folder)
            return was_there


def _regular_files(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]


def _is_destroyed(wrapped: bytes) -> bool:
    return wrapped[:1] in {b"", b"\0"}
