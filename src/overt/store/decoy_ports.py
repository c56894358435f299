"""The repository of a store for decoys: pictures of consenting people by which those who decide are tested.

The rules of `ports` hold here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from overt.store.records import DecoyPair, DecoyRow, DecoySetRow


class Decoys(Protocol):
    def add_set(self, row: DecoySetRow, pairs: Sequence[DecoyPair]) -> None: ...

    def sets(self) -> list[DecoySetRow]:
        """Oldest first. In a change they are locked until its end: whoever shows a decoy and whoever takes open ones
        back look at them first, and so come one after the other."""
        ...

    def pairs(self, decoy_set: str) -> list[DecoyPair]:
        """By position."""
        ...

    def due(self, now_us: int) -> list[DecoySetRow]:
        """Kept sets whose time is over."""
        ...

    def begin_erasing(self, decoy_set: str) -> bool:
        """From kept to erasing; says whether this call did it."""
        ...

    def erased(self, decoy_set: str) -> bool:
        """From erasing to erased: deletes its pairs; says whether this call did it."""
        ...

    def add(self, row: DecoyRow) -> None: ...

    def get(self, alert: str) -> DecoyRow | None: ...

    def of(self, deployment: str) -> list[DecoyRow]:
        """Oldest first."""
        ...

    def open(self) -> list[DecoyRow]:
        """Of every deployment, those that are not over, oldest first."""
        ...

    def used(self, decoy_set: str) -> set[int]:
        """Positions of the pairs that were shown."""
        ...

    def over(self, alert: str, now_us: int, ended: str) -> bool:
        """Ends an open one; says whether this call did it."""
        ...
