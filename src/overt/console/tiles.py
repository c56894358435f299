"""The newest tile of each camera of a run, for whoever looks.

Rules:
  - only the newest is kept, in memory, and none once nobody looks;
  - whoever looks is told that there is something new, and takes it when they can: a slow reader misses pictures, and
    nobody waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from overt.engine.ports import Tile


class TileBoard:
    """The engine's tile sink; any thread may use it."""

    def __init__(self, cameras: int) -> None:
        self._all = frozenset(range(cameras))
        self._lock = threading.Lock()
        self._newest: dict[int, Tile] = {}
        self._lookers: list[Callable[[], None]] = []

    def wanted(self) -> frozenset[int]:
        return self._all if self._lookers else frozenset()

    def tile(self, tile: Tile) -> None:
        if tile.camera not in self._all:
            return
        with self._lock:
            if not self._lookers:
                return
            self._newest[tile.camera] = tile
            lookers = list(self._lookers)
        for news in lookers:
            news()

    @contextmanager
    def looking(self, news: Callable[[], None]) -> Iterator[None]:
        """While this is open somebody looks. `news`: called, in any thread, when there is a new tile."""
        with self._lock:
            self._lookers.append(news)
        try:
            yield
        finally:
            with self._lock:
                self._lookers.remove(news)
                if not self._lookers:
                    self._newest.clear()

    def newest(self) -> list[Tile]:
        """Of each camera that has sent one, in the order of the cameras."""
        with self._lock:
            return [self._newest[camera] for camera in sorted(self._newest)]
