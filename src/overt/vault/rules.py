"""What both keyrings have in common: what a key and its name look like, and who may be where (see `keyring.py`)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from overt.vault.errors import KeyExists, NoKey
from overt.vault.seal import KEY_BYTES

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a key")


def check_new(name: str, key: bytes) -> None:
    check_name(name)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes; this one has {len(key)}")


def no_key(name: str) -> NoKey:
    return NoKey(
        f"There is no key {name}: it was destroyed, or never made. What it sealed cannot be read by anyone.",
        "Nothing is to be done where it was erased; else restore the keyring folder from where it is kept.",
    )


def key_exists(name: str) -> KeyExists:
    return KeyExists(f"There is a key {name} already; none is ever overwritten.", "Use a new id.")


class Presence:
    """Whether this thread is in `creating` or in `sweeping`, so that it never waits for itself."""

    def __init__(self) -> None:
        self._thread = threading.local()

    @contextmanager
    def creating(self, lock: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        if self._where:  # creating already, or sweeping and thus alone
            yield
            return
        with lock(), self._being("creating"):
            yield

    @contextmanager
    def sweeping(self, lock: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
        if self._where:
            raise RuntimeError(f"this thread is {self._where} keys already, and would wait for itself for ever")
        with lock(), self._being("sweeping"):
            yield

    @property
    def _where(self) -> str:
        return str(getattr(self._thread, "where", ""))

    @contextmanager
    def _being(self, where: str) -> Iterator[None]:
        self._thread.where = where
        try:
            yield
        finally:
            self._thread.where = ""
