"""Folders for what must not stay: private, inside the home folder's cache, removed whatever happens.

Rules:
  - a folder is its owner's alone (0700), and locked for as long as its process lives;
  - whoever ends with it removes it; what a process that died has left is removed when the installation is next opened.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from overt.store.errors import StoreUnavailable
from overt.vault.disk import FOLDER, make_folder

PREFIX: Final = "scratch-"


class Scratch:
    """A new folder in `cache`, until it is closed. `path`: where it is.

    Raises:
        StoreUnavailable: it cannot be made.
    """

    def __init__(self, cache: Path) -> None:
        try:
            make_folder(cache)
            self.path, self._lock = _locked(cache)
        except OSError as error:
            raise no_room(cache, error) from error

    def close(self) -> None:
        """Removes it with all that is in it; again does no harm."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def sweep(cache: Path) -> None:
    """Removes the folders of processes that died before they could."""
    for folder in cache.glob(f"{PREFIX}*"):
        with suppress(OSError):
            lock = os.open(folder, FOLDER | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def no_room(folder: Path, error: OSError) -> StoreUnavailable:
    """What is said where a scratch folder cannot be written."""
    return StoreUnavailable(
        f"What was sent cannot be put down in {folder} for now: {error.strerror}.", "Make room there, and try again."
    )


def _locked(cache: Path) -> tuple[Path, int]:
    """A folder that nobody swept away between its making and its locking."""
    while True:
        path = Path(mkdtemp(prefix=PREFIX, dir=cache))
        lock = os.open(path, FOLDER)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists():
                return path, lock
        os.close(lock)
