"""Files for a short time, unreadable once this process is gone: what is too large for memory and must not lie open.

- Every piece of a file is encrypted (AES-256-GCM) before it reaches the disk, with a key that is nowhere but in the
  memory of this process and is never written. A crash leaves bytes that nobody can read.
- A file is named by a number. What people call it never reaches the file system.
- A piece is bound to its file and its place in it; its nonce is these two numbers, which never come twice under a key.

What writes raises `OSError`; who calls it says in plain words what it was about.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overt.domain.ids import RandomBytes
from overt.vault.disk import MAKE, READ
from overt.vault.seal import TAG_BYTES, new_key

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE_BYTES: Final = 256 * 1024


class Spool:
    """Makes the files of one folder, all under one key."""

    def __init__(self, folder: Path, random_bytes: RandomBytes) -> None:
        self._folder, self._cipher, self._made = folder, AESGCM(new_key(random_bytes)), 0

    def new(self) -> SpoolFile:
        """An empty file, to be written once and then read."""
        self._made += 1
        return SpoolFile(self._folder / str(self._made), self._made, self._cipher)


class SpoolFile:
    """One file. `size`: bytes of its content so far."""

    def __init__(self, path: Path, number: int, cipher: AESGCM) -> None:
        self.size = 0
        self._path, self._number, self._cipher = path, number, cipher
        self._waiting, self._pieces = bytearray(), 0
        self._file = os.fdopen(os.open(path, MAKE, 0o600), "wb", buffering=0)

    def write(self, content: bytes) -> None:
        """Adds to the end of the content."""
        self.size += len(content)
        self._waiting += content
        while len(self._waiting) >= PIECE_BYTES:
            self._put(self._waiting[:PIECE_BYTES])
            del self._waiting[:PIECE_BYTES]

    def finish(self) -> None:
        """Nothing is written after this; again does no harm."""
        if self._waiting:
            self._put(self._waiting)
            self._waiting.clear()
        self._file.close()

    def abandon(self) -> None:
        """Lets go of it, whole or not; it is not read any more."""
        with suppress(OSError):
            self._file.close()

    def open(self) -> BinaryIO:
        """The content of a finished file, to read from anywhere in it; raises OSError where the disk altered it."""
        return io.BufferedReader(_Content(self), PIECE_BYTES)

    def piece(self, number: int) -> bytes:
        """One piece of the content, from 0. Raises OSError: it cannot be read, or was altered."""
        file = os.open(self._path, READ)
        try:
            sealed = os.pread(file, PIECE_BYTES + TAG_BYTES, number * (PIECE_BYTES + TAG_BYTES))
            return self._cipher.decrypt(self._nonce(number), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise OSError(f"a piece of the file {self._number} was altered") from error
        finally:
            os.close(file)

    def _put(self, piece: bytearray) -> None:
        sealed = memoryview(self._cipher.encrypt(self._nonce(self._pieces), piece, None))
        self._pieces += 1
        while sealed:
            sealed = sealed[self._file.write(sealed) :]

    def _nonce(self, piece: int) -> bytes:
        return self._number.to_bytes(4, "big") + piece.to_bytes(8, "big")


class _Content(io.RawIOBase):
    """The content of a file, piece by piece."""

    def __init__(self, of: SpoolFile) -> None:
        super().__init__()
        self._of, self._at = of, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._of.size}[whence]
        if start + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: WriteableBuffer, /) -> int:
        if self._at >= self._of.size:
            return 0
        number, skipped = divmod(self._at, PIECE_BYTES)
        view = memoryview(into).cast("B")
        found = self._of.piece(number)[skipped : skipped + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)
