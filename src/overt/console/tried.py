"""Cameras that somebody is filling in: what was tried, until it is saved. In memory only, and not for long.

An address may hold a password. A page never gets it back; it gets a random name under which it waits here.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from overt.domain.time import SECOND_US
from overt.engine.trying import Tried

KEPT_US: Final = 15 * 60 * SECOND_US
MOST: Final = 32


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An address, whose it is, and what the camera showed; None where it did not."""

    account: str
    url: str
    at_us: int
    found: Tried | None = None


class TriedCameras:
    """Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()

    def keep(self, waiting: Waiting) -> str:
        """Keeps it for a while; gives the name under which."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._waiting[name] = waiting
            while len(self._waiting) > MOST:
                self._waiting.popitem(last=False)
        return name

    def of(self, name: str, account: str, now_us: int) -> Waiting | None:
        """What waits under this name, for the account whose it is."""
        with self._lock:
            for old in [key for key, one in self._waiting.items() if not 0 <= now_us - one.at_us <= KEPT_US]:
                del self._waiting[old]
            found = self._waiting.get(name)
        return found if found is not None and found.account == account else None

    def drop(self, name: str) -> None:
        with self._lock:
            self._waiting.pop(name, None)
