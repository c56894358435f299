"""Keys in this process's memory, for a rehearsal's throw-away installation; the rules stand in `keyring.py`.

- Each is held in a `bytearray` of its own and overwritten with zeros when destroyed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from overt.vault.rules import Presence, check_name, check_new, key_exists, no_key
from overt.vault.seal import wipe


class MemoryKeyring:
    """A `Keyring` that is gone with the process."""

    def __init__(self) -> None:
        self._keys: dict[str, bytearray] = {}
        self._guard = threading.Lock()
        self._changed = threading.Condition()
        self._creators = 0  # -1 while someone sweeps
        self._presence = Presence()

    def put(self, name: str, key: bytes) -> None:
        check_new(name, key)
        with self.creating(), self._guard:
            if name in self._keys:
                raise key_exists(name)
            self._keys[name] = bytearray(key)

    def get(self, name: str) -> bytes:
        check_name(name)
        with self._guard:
            if name not in self._keys:
                raise no_key(name)
            return bytes(self._keys[name])

    def destroy(self, name: str) -> bool:
        check_name(name)
        with self._guard:
            key = self._keys.pop(name, None)
            if key is None:
                return False
            wipe(key)
            return True

    def names(self) -> frozenset[str]:
        with self._guard:
            return frozenset(self._keys)

    def creating(self) -> AbstractContextManager[None]:
        return self._presence.creating(self._shared)

    def sweeping(self) -> AbstractContextManager[None]:
        return self._presence.sweeping(self._exclusive)

    @contextmanager
    def _shared(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._creators >= 0)
            self._creators += 1
        try:
            yield
        finally:
            with self._changed:
                self._creators -= 1
                self._changed.notify_all()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._creators == 0)
            self._creators = -1
        try:
            yield
        finally:
            with self._changed:
                self._creators = 0
                self._changed.notify_all()
