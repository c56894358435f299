"""Small secret files: made whole or not at all, for their owner alone, and on the disk before anyone relies on them.

- A folder is made with mode 0700, a file with 0600, whatever the process's mask.
- A file never replaces another, and no symbolic link is followed to it.
- What was written or removed is brought to the disk (fsync), the file first and then the folder that names it.

These functions raise `OSError`; who calls them says in plain words what it was about.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # a pipe without a writer: no waiting
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
CHANGE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened(path: Path | str, flags: int, folder: int | None = None) -> Iterator[int]:
    """A file descriptor, closed at the end; a file that is made has mode 0600.

    Args:
        folder: descriptor of the folder that `path` starts at; None: the working folder.
    """
    file = os.open(path, flags, 0o600, dir_fd=folder)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def locked(file: int, operation: int) -> Iterator[None]:
    """Waits for the lock on an open file, `fcntl.LOCK_SH` or `fcntl.LOCK_EX`, and lets go of it at the end."""
    fcntl.flock(file, operation)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)  # closing would not do where the process has forked meanwhile


def make_folder(folder: Path) -> None:
    """The folder, and those above it that are missing, each 0700; one that is there stays as it is."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)
        with opened(each.parent, FOLDER) as above:
            os.fsync(above)


def write_new(name: str, content: bytes, folder: int) -> None:
    """A new file with mode 0600 that is on the disk; its name in the folder is not yet. None, where writing failed.

    Raises:
        FileExistsError: there is something of that name.
    """
    with opened(name, MAKE, folder) as file:
        try:
            os.fchmod(file, 0o600)
            while content:
                content = content[os.write(file, content) :]
            os.fsync(file)
        except OSError:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
            raise


def zero(file: int) -> None:
    """Overwrites what the file holds with zeros, from its start, and brings them to the disk."""
    at, size = 0, os.fstat(file).st_size
    while at < size:
        at += os.pwrite(file, bytes(size - at), at)
    os.fsync(file)
