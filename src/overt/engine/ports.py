"""What the engine needs from whoever runs it. Services implement these; `bootstrap` hands them in."""

from __future__ import annotations

from typing import Protocol

from overt.domain.alert import PossibleMatch
from overt.domain.figures import Health, MinuteFigures
from overt.domain.forgetting import Examined
from overt.domain.profile import Profile
from overt.domain.time import Clock
from overt.engine.tiles import Tile

__all__ = ["AlertSink", "Clock", "Examiner", "FigureSink", "Gate", "Tile", "TileSink"]


class AlertSink(Protocol):
    def raise_alert(self, match: PossibleMatch) -> None:
        """Takes a possible match. It counts as raised once it is committed; until then the sink keeps it waiting.

        When this returns or raises, the sink has taken what it needs: the match's pictures are overwritten then.

        Raises:
            Stopped: alerts can no longer be kept safely; scanning must stop.
        """
        ...

    def settle(self) -> None:
        """Tries again to commit what waits; called several times a second.

        Raises:
            Stopped: as above.
        """
        ...


class FigureSink(Protocol):
    def minute(self, figures: MinuteFigures) -> None:
        """Takes the counts of one camera in one minute (or the part of it before the end)."""
        ...

    def health(self, health: Health) -> None:
        """Takes how one camera is doing, about once a second."""
        ...

    def profile(self, profile: Profile) -> None:
        """Takes where the time of a camera process went, at its end."""
        ...

    def trouble(self, camera: int | None, sentence: str) -> None:
        """Takes something that a person should know, in plain words; `camera` is its position, or None for all."""
        ...


class Gate(Protocol):
    def may_scan(self) -> bool:
        """May a frame be looked at now? Asked several times a second; False pauses scanning.

        Raises:
            Stopped: it may never be again in this run.
        """
        ...


class TileSink(Protocol):
    def wanted(self) -> frozenset[int]:
        """Positions of the cameras that somebody looks at now; asked several times a second."""
        ...

    def tile(self, tile: Tile) -> None:
        """Takes the newest picture of a camera, redacted; called in any thread, and never waits for whoever looks."""
        ...


class Examiner(Protocol):
    def wanted(self) -> int | None:
        """Position of the camera of which somebody wants to know what is held; asked several times a second."""
        ...

    def examined(self, found: Examined) -> None:
        """Takes what that camera's slots hold."""
        ...
