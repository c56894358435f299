"""Figures a minute: differences between readings of counters that only grow, so that the minutes add up to the run."""

from __future__ import annotations

from overt.domain.figures import Counts, Health, MinuteFigures, difference
from overt.domain.time import SECOND_US
from overt.engine.ports import FigureSink

MINUTE_US = 60 * SECOND_US


class Minutes:
    def __init__(self, cameras: int) -> None:
        self._begun: list[tuple[int, Counts] | None] = [None] * cameras
        self._last = [Counts() for _ in range(cameras)]

    def take(self, health: Health, figures: FigureSink, now_us: int) -> None:
        """Takes a reading; hands over the camera's last minute when a new one has begun."""
        minute_us = now_us // MINUTE_US * MINUTE_US
        begun = self._begun[health.camera]
        if begun is None:
            self._begun[health.camera] = (minute_us, Counts())
        elif begun[0] != minute_us:
            self._hand_over(health.camera, figures)
            self._begun[health.camera] = (minute_us, self._last[health.camera])
        self._last[health.camera] = health.counts

    def finish(self, figures: FigureSink) -> None:
        """Hands over the minutes that are not over."""
        for camera in range(len(self._begun)):
            self._hand_over(camera, figures)

    def _hand_over(self, camera: int, figures: FigureSink) -> None:
        begun = self._begun[camera]
        if begun is not None:
            minute_us, before = begun
            counts = difference(self._last[camera], before)
            figures.minute(MinuteFigures(camera=camera, minute_us=minute_us, counts=counts))
