"""Lists that people have opened: each key in this memory alone, for one session and a few minutes.

Nothing of it is in a cookie or in the store. It is dropped when its time is over, when its session is signed out, and
when its owner says so.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Final

from overt.domain.time import SECOND_US, Clock
from overt.services.drafts import OpenDraft
from overt.services.list_looks import Alike

LIFE_US: Final = 5 * 60 * SECOND_US


@dataclass(frozen=True, kw_only=True)
class OpenedList:
    """A draft that somebody has opened. `until_us`: how long it stays open; `alike`: who looks alike in it."""

    draft: OpenDraft = field(repr=False)
    alike: tuple[Alike, ...]
    until_us: int


class OpenLists:
    """Every list that is open here, by session and draft; any thread may ask."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._open: dict[tuple[str, str], OpenedList] = {}

    def put(self, token: str, draft: OpenDraft, alike: tuple[Alike, ...]) -> None:
        """A session has opened a draft."""
        until_us = self._clock.now_us() + LIFE_US
        with self._lock:
            self._open[_of(token), draft.row.id] = OpenedList(draft=draft, alike=alike, until_us=until_us)
        timer = threading.Timer(LIFE_US / SECOND_US + 1, self._forget)
        timer.daemon = True
        timer.start()

    def get(self, token: str, draft: str) -> OpenedList | None:
        """The draft, as long as it is open for this session."""
        self._forget()
        with self._lock:
            return self._open.get((_of(token), draft))

    def close(self, token: str, draft: str) -> None:
        """A session closes one list."""
        with self._lock:
            self._open.pop((_of(token), draft), None)

    def drop(self, token: str) -> None:
        """A session has ended."""
        gone = _of(token)
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if key[0] != gone}

    def drop_draft(self, draft: str) -> None:
        """A list is gone."""
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if key[1] != draft}

    def _forget(self) -> None:
        now_us = self._clock.now_us()
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if one.until_us > now_us}


def _of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
