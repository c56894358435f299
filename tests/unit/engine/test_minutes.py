"""Minutes add up to the run."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.figures import Counts, Health, MinuteFigures, add_up
from overt.domain.profile import Profile
from overt.engine.minutes import MINUTE_US, Minutes

START_US = 1_795_338_000_000_000  # a full minute


class Kept:
    """A figure sink that keeps its minutes."""

    def __init__(self) -> None:
        self.minutes: list[MinuteFigures] = []

    def minute(self, figures: MinuteFigures) -> None:
        self.minutes.append(figures)

    def health(self, health: Health) -> None:
        """Not wanted here."""

    def profile(self, profile: Profile) -> None:
        """Not wanted here."""

    def trouble(self, camera: int | None, sentence: str) -> None:
        """Not wanted here."""


def reading(camera: int, **counts: float) -> Health:
    return Health(camera=camera, state="live", counts=Counts(**counts))  # type: ignore[arg-type]


def test_each_minute_gets_what_was_counted_in_it() -> None:
    minutes, kept = Minutes(1), Kept()
    for at_s, frames in ((10, 100), (50, 500), (61, 620), (119, 1190), (300, 3000)):
        minutes.take(reading(0, frames=frames), kept, START_US + at_s * 1_000_000)
    minutes.finish(kept)
    assert [(m.minute_us - START_US, m.counts.frames) for m in kept.minutes] == [
        (0, 500),
        (MINUTE_US, 690),
        (5 * MINUTE_US, 1810),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_minutes_of_all_cameras_add_up_to_the_run(seed: int) -> None:
    random = np.random.default_rng(seed)
    minutes, kept = Minutes(3), Kept()
    last = [Counts() for _ in range(3)]
    at_us = START_US
    for _ in range(200):
        at_us += int(random.integers(1, 20_000_000))
        camera = int(random.integers(3))
        before = last[camera]
        last[camera] = Counts(
            frames=before.frames + int(random.integers(50)),
            faces_seen=before.faces_seen + int(random.integers(3)),
            lost=before.lost + int(random.integers(2)),
            unmatched_age_max_s=max(before.unmatched_age_max_s, float(random.uniform(0, 0.9))),
            cpu_s=before.cpu_s + 0.25,
        )
        minutes.take(Health(camera=camera, state="live", counts=last[camera]), kept, at_us)
    minutes.finish(kept)
    assert add_up(m.counts for m in kept.minutes) == add_up(last)
    for camera in range(3):
        stamps = [m.minute_us for m in kept.minutes if m.camera == camera]
        assert stamps == sorted(set(stamps))


def test_a_camera_that_never_reported_has_no_minutes() -> None:
    minutes, kept = Minutes(2), Kept()
    minutes.take(reading(1, frames=1), kept, START_US)
    minutes.finish(kept)
    assert [m.camera for m in kept.minutes] == [1]
