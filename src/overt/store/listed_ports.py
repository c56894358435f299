"""The repository of a store for what answers "was I on a list?".

The rules of `ports` hold here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from overt.store.records import ListedRow, State


class Listed(Protocol):
    def add(self, row: ListedRow) -> None: ...

    def of(self, deployment: str) -> ListedRow | None:
        """Of a deployment's list; the newest, should there be several."""
        ...

    def states(self) -> Mapping[str, State]:
        """Of all, by the list's id; nothing else is read."""
        ...

    def due(self, now_us: int) -> list[str]:
        """Lists whose time for answers is over, and whose key is still kept."""
        ...

    def begin_erasing(self, watch_list: str) -> bool:
        """From kept to erasing; says whether this call did it."""
        ...

    def erased(self, watch_list: str) -> bool:
        """From erasing to erased: deletes its outputs, which say nothing without the key; says whether this call did
        it."""
        ...
