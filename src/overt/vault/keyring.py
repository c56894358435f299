"""Where keys lie, one for each list and each alert, until they are destroyed with what they seal.

Two parts keep them, and one set of contract tests runs on both: `FolderKeyring`, and `MemoryKeyring` for a rehearsal's
throw-away installation.

- A key has 32 bytes; a name is a-z, 0-9 and -, at most 81 characters, such as `list-ID`; else `ValueError`.
- A key is never overwritten: `KeyExists`. A name is used once; names are random ids.
- A key that was destroyed or never made: `NoKey`. One that does not open: `WrongKey`.
- What cannot be read or written now: `KeyringUnavailable`, never "there is none": a folder that is not mounted is no
  proof that a key was destroyed.
- Of all who destroy one key, at most one is told that it was there.
- From before a key is put until its row is committed, its maker stays in `creating`, which many may do at once. Whoever
  looks for keys without a row stays in `sweeping`, which shuts the makers out. The order is fixed: nobody who is in
  `creating` enters `sweeping` (`RuntimeError`); whoever is in `sweeping` may put keys.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from overt.vault.folder import FolderKeyring
from overt.vault.memory import MemoryKeyring

__all__ = ["FolderKeyring", "Keyring", "MemoryKeyring"]


class Keyring(Protocol):
    """Safe to use from many threads."""

    def put(self, name: str, key: bytes) -> None:
        """Keeps a new key; it is on the disk when this returns.

        Raises:
            KeyExists: there is one of that name.
            KeyringUnavailable: it cannot be written; nothing was changed, or a key is left that the next sweep finds.
        """
        ...

    def get(self, name: str) -> bytes:
        """The key. It is `bytes`, which Python cannot overwrite (see `seal.new_key`).

        Raises:
            NoKey: there is none.
            WrongKey: it does not open with this master key.
            KeyringUnavailable: it cannot be read.
        """
        ...

    def destroy(self, name: str) -> bool:
        """Destroys the key, for good when this returns; says whether it was there. May be called again at will.

        Raises:
            KeyringUnavailable: it cannot be destroyed now, or may be so on this disk only after a crash; call again.
        """
        ...

    def names(self) -> frozenset[str]:
        """Of every key that is there, whether or not this master key opens it."""
        ...

    def creating(self) -> AbstractContextManager[None]: ...

    def sweeping(self) -> AbstractContextManager[None]: ...
