"""Tells people when a camera leaves the operating envelope of the model pack or is moved, and when it is back."""

from __future__ import annotations

from overt.domain.envelope import Envelope, Standing
from overt.domain.figures import Health
from overt.engine.ports import FigureSink

PAUSED = "Scanning has paused on this camera: {why} It goes on by itself."
BACK_INSIDE = "It sees well enough again, or nobody passes any more by whom that could be told."
MOVED = "It seems to have been moved: it looks elsewhere than when the run began. See whether its zone is still right."
MOVED_BACK = "It looks again where it looked when the run began."
WARNED = "Fewer listed people are found now than the pack's figures say: {why}"


class Standings:
    """`envelope`: None: nothing was measured, so nothing is told."""

    def __init__(self, envelope: Envelope | None, cameras: int) -> None:
        self._envelope = envelope
        self._told = [(Standing.UNKNOWN, "")] * cameras
        self._moved = [False] * cameras

    def take(self, health: Health, figures: FigureSink) -> None:
        """Takes a reading; tells of it where it stands otherwise than the last one."""
        if health.moved is not self._moved[health.camera]:
            self._moved[health.camera] = health.moved
            figures.trouble(health.camera, MOVED if health.moved else MOVED_BACK)
        stood, now = self._told[health.camera], (health.standing, health.because)
        limit = None if self._envelope is None else self._envelope.limit(health.because)
        if now == stood:
            return
        self._told[health.camera] = now
        if limit is not None and health.standing in (Standing.AMBER, Standing.RED):
            why = limit.says(health.standing, health.shows.get(health.because))
            figures.trouble(health.camera, (PAUSED if health.standing is Standing.RED else WARNED).format(why=why))
        elif stood[0] in (Standing.AMBER, Standing.RED):
            figures.trouble(health.camera, BACK_INSIDE)
