"""What a camera shows against an envelope: hand-worked means, colours that do not flicker, and pauses that end."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.envelope import QUANTITIES, Envelope, Limit, Standing
from overt.domain.face import Quality
from overt.domain.time import SECOND_US
from overt.recognition.conditions import FEWEST_PASSAGES, LOOK_US, PAUSE_US, Conditions
from overt.testing.fixed_clock import SOME_DAY_US
from overt.testing.toy_reader import QUIRKS

FRAME_US = SECOND_US // 25


def envelope(**limits: tuple[float, float | None]) -> Envelope:
    return Envelope(
        limits=tuple(
            Limit(quantity=quantity, amber=limits[quantity][0], red=limits[quantity][1], condition="a test", people=9)
            for quantity in QUANTITIES
            if quantity in limits
        ),
        source="a test",
        date=datetime.date(2026, 11, 28),
    )


LIGHT = envelope(zone_light=(40.0, 20.0))
FACES = envelope(face_light=(60.0, 30.0))


class Camera:
    """Conditions and their time."""

    def __init__(self, judged: Envelope | None) -> None:
        self.conditions, self.at_us = Conditions(judged), SOME_DAY_US

    def sees(self, level: float, seconds: float = 1.0, in_view: int = 0) -> bool:
        """A zone of one grey level for so long; says whether the last frame may be searched."""
        may = True
        for _ in range(round(seconds * 25)):
            may = self.conditions.see_zone(np.full((36, 64, 3), round(level), np.uint8), in_view, self.at_us)
            self.at_us += FRAME_US
        return may

    def passes(self, light: float, times: int = 1) -> None:
        for _ in range(times):
            self.conditions.see_passage(quality(light), self.at_us)

    def stands(self, standing: Standing) -> bool:
        return self.conditions.standing is standing


def quality(light: float) -> Quality:
    return replace(QUIRKS["none"], light=light)


def test_without_an_envelope_nothing_is_judged_and_every_frame_may_be_searched() -> None:
    camera = Camera(None)
    assert camera.sees(0.0, 3.0)
    assert (camera.conditions.standing, camera.conditions.because, camera.conditions.shows) == (
        Standing.UNKNOWN,
        "",
        {},
    )
    assert camera.conditions.seconds[Standing.UNKNOWN] == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize(
    ("level", "standing", "may"), [(90, Standing.GREEN, True), (30, Standing.AMBER, True), (10, Standing.RED, False)]
)
def test_the_light_of_the_zone_is_judged_from_the_first_frame(level: int, standing: Standing, *, may: bool) -> None:
    camera = Camera(LIGHT)
    assert camera.sees(level, 0.04) is may
    assert (camera.conditions.standing, camera.conditions.because) == (standing, "zone_light")
    assert camera.conditions.shows == {"zone_light": pytest.approx(level)}


def test_the_colours_are_counted_from_frame_to_frame_and_a_gap_as_a_second() -> None:
    camera = Camera(LIGHT)
    camera.sees(90, 4.0)
    camera.at_us += 3600 * SECOND_US
    camera.sees(90, 2.0)
    assert camera.conditions.seconds[Standing.GREEN] == pytest.approx(7.0, abs=0.1)
    assert camera.conditions.seconds[Standing.RED] == camera.conditions.seconds[Standing.AMBER] == 0.0


def test_dusk_is_amber_then_red_and_morning_comes_back() -> None:
    camera = Camera(LIGHT)
    stood = []
    for level in (*range(90, 4, -1), *range(5, 90)):
        camera.sees(level, 0.4)
        stood.append(camera.conditions.standing)
    changes = [one for one, before in zip(stood, [None, *stood[:-1]], strict=True) if one is not before]
    assert changes == [Standing.GREEN, Standing.AMBER, Standing.RED, Standing.AMBER, Standing.GREEN]


def test_a_flash_is_no_day() -> None:
    camera = Camera(LIGHT)
    camera.sees(10, 5.0)
    assert not camera.sees(200, 0.2)
    assert camera.stands(Standing.RED)


def test_a_light_that_trembles_at_the_limit_does_not_flicker() -> None:
    camera = Camera(LIGHT)
    camera.sees(38, 5.0)
    for level in (41, 39) * 20:
        camera.sees(level, 0.5)
        assert camera.stands(Standing.AMBER)


def test_one_hat_is_no_dusk() -> None:
    camera = Camera(FACES)
    camera.passes(5.0, times=round(FEWEST_PASSAGES) - 1)
    assert camera.sees(90)
    assert (camera.conditions.standing, camera.conditions.because, camera.conditions.shows) == (
        Standing.UNKNOWN,
        "",
        {},
    )


def test_dark_faces_pause_a_camera_for_a_minute_and_are_then_looked_at_anew() -> None:
    camera = Camera(FACES)
    camera.passes(5.0, times=6)
    assert not camera.sees(90)
    assert (camera.conditions.standing, camera.conditions.because) == (Standing.RED, "face_light")
    assert not camera.sees(90, PAUSE_US / SECOND_US - 2)
    assert camera.sees(90, 2.0)
    assert camera.stands(Standing.UNKNOWN)
    camera.passes(100.0, times=6)
    camera.sees(90)
    assert camera.stands(Standing.GREEN)


def test_faces_that_are_still_dark_after_a_pause_pause_it_again() -> None:
    camera = Camera(FACES)
    camera.passes(5.0, times=6)
    assert camera.sees(90, PAUSE_US / SECOND_US + 2)
    camera.passes(5.0, times=6)
    assert not camera.sees(90)
    assert camera.conditions.seconds[Standing.RED] == pytest.approx(60.0, abs=2.0)


def test_faces_keep_their_say_while_two_are_remembered_and_lose_it_then() -> None:
    camera = Camera(FACES)
    camera.passes(50.0, times=6)
    camera.sees(90, 50)
    assert camera.stands(Standing.AMBER)
    camera.sees(90, 30)
    assert camera.stands(Standing.UNKNOWN)


def test_the_worst_quantity_is_the_one_that_is_told() -> None:
    camera = Camera(envelope(zone_light=(40.0, 20.0), face_light=(60.0, 30.0), in_view=(5.0, 20.0)))
    camera.passes(100.0, times=6)
    camera.sees(30, 1.0, in_view=1)
    assert (camera.conditions.standing, camera.conditions.because) == (Standing.AMBER, "zone_light")
    assert not camera.sees(30, 8.0, in_view=40)
    assert camera.conditions.because == "in_view"
    assert camera.sees(30, 8.0, in_view=0)


def test_pictures_that_come_late_are_judged_where_the_pack_says_a_limit() -> None:
    camera = Camera(envelope(lag_s=(0.2, 0.4)))
    camera.conditions.see_lag(0.3, camera.at_us)
    camera.sees(90, 0.04)
    assert (camera.conditions.standing, camera.conditions.because) == (Standing.AMBER, "lag_s")


def test_a_recording_that_begins_anew_is_judged_at_once() -> None:
    camera = Camera(LIGHT)
    camera.sees(90, 30.0)
    camera.at_us -= 30 * SECOND_US
    assert camera.sees(90, 1.0)
    assert camera.conditions.seconds[Standing.GREEN] == pytest.approx(31.0, abs=0.2)


@given(st.lists(st.tuples(st.floats(0, 255), st.integers(0, 20 * SECOND_US)), min_size=1, max_size=40))
def test_red_never_lets_a_frame_be_searched_and_nothing_else_stops_it(steps: Iterable[tuple[float, int]]) -> None:
    conditions, at_us, passed_us = Conditions(LIGHT), SOME_DAY_US, 0
    for level, wait_us in steps:
        may = conditions.see_zone(np.full((4, 4, 3), round(level), np.uint8), 0, at_us)
        assert may is (conditions.standing is not Standing.RED)
        at_us += wait_us + LOOK_US
        passed_us += wait_us + LOOK_US
    assert 0 <= sum(conditions.seconds.values()) <= passed_us / SECOND_US
