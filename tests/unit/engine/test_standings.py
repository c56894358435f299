"""People are told once when a camera leaves the envelope, why, and when it is back."""

from __future__ import annotations

import datetime

from overt.domain.envelope import Envelope, Limit, Standing
from overt.domain.figures import Counts, Health, MinuteFigures
from overt.domain.profile import Profile
from overt.engine.standings import BACK_INSIDE, Standings

ENVELOPE = Envelope(
    limits=(
        Limit(quantity="zone_light", amber=40.0, red=20.0, condition="darkness", people=9),
        Limit(quantity="face_width", amber=39.0, red=None, condition="width", people=9),
    ),
    source="a test",
    date=datetime.date(2026, 11, 28),
)


class Told:
    """A figure sink that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[int | None, str]] = []

    def trouble(self, camera: int | None, sentence: str) -> None:
        self.said.append((camera, sentence))

    def minute(self, figures: MinuteFigures) -> None:
        raise AssertionError

    def health(self, health: Health) -> None:
        raise AssertionError

    def profile(self, profile: Profile) -> None:
        raise AssertionError


def reading(standing: Standing, because: str = "zone_light", camera: int = 0, value: float = 25.0) -> Health:
    shows = {because: value} if because else {}
    return Health(camera=camera, state="live", counts=Counts(), standing=standing, because=because, shows=shows)


def told(*readings: Health, envelope: Envelope | None = ENVELOPE) -> list[tuple[int | None, str]]:
    standings, sink = Standings(envelope, 2), Told()
    for one in readings:
        standings.take(one, sink)
    return sink.said


def test_amber_is_told_once_with_its_reason() -> None:
    (one,) = told(*[reading(Standing.AMBER)] * 5)
    assert one == (
        0,
        "Fewer listed people are found now than the pack's figures say: the zone is dark (grey level 25, grey level 40 "
        "is the least).",
    )


def test_red_says_that_scanning_has_paused_and_its_end_is_told() -> None:
    said = told(
        reading(Standing.GREEN), reading(Standing.RED, value=9.0), reading(Standing.AMBER), reading(Standing.GREEN)
    )
    assert [camera for camera, _ in said] == [0, 0, 0]
    assert said[0][1] == (
        "Scanning has paused on this camera: the zone is dark (grey level 9, grey level 20 is the least). "
        "It goes on by itself."
    )
    assert said[1][1].startswith("Fewer listed people")
    assert said[2][1] == BACK_INSIDE


def test_another_reason_is_told_of_and_each_camera_has_its_own() -> None:
    said = told(
        reading(Standing.AMBER),
        reading(Standing.AMBER, camera=1),
        reading(Standing.AMBER, "face_width"),
        reading(Standing.AMBER, camera=1),
    )
    assert [camera for camera, _ in said] == [0, 1, 0]
    assert "the faces are small" in said[2][1]


def test_what_was_never_outside_is_not_told_of() -> None:
    assert told(reading(Standing.UNKNOWN, ""), reading(Standing.GREEN), reading(Standing.UNKNOWN, "")) == []
    assert told(reading(Standing.RED), envelope=None) == []
