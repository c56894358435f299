"""Which of two detectors looks next."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from overt.domain.face import NO_FACES, Faces
from overt.domain.rules import RecognitionRules
from overt.faces.zone import ZoneDetector
from overt.recognition.turns import Turns

RULES = RecognitionRules(detector_face_px=20, between_face_px=14)
FINE, COARSE = 0.5, 0.35
AS_WIDE_AS_NEEDED_PX = 40 * 20 / 14


def turns() -> Turns:
    return of_scales(40)


def of_scales(smallest_face_px: int) -> Turns:
    """Its detectors are their own scales: nobody asks them to look."""
    return Turns(RULES, smallest_face_px, lambda scale: cast("ZoneDetector", scale))


def scale_of(each: Turns) -> float:
    return cast("float", each.next)


def faces(*widths: float) -> Faces:
    boxes = np.array([(100, 100, 100 + width, 150) for width in widths], np.float32)
    return Faces(
        boxes=boxes, landmarks=np.zeros((len(widths), 5, 2), np.float32), scores=np.ones(len(widths), np.float32)
    )


def scales(*seen: Faces) -> list[float]:
    """At which scale each picture was looked at, and the one after them would be."""
    each = turns()
    looks: list[float] = []
    for found in seen:
        looks.append(scale_of(each))
        each.saw(found)
    return [*looks, scale_of(each)]


def test_every_second_look_is_coarse_where_nobody_is_in_view() -> None:
    assert scales(NO_FACES, NO_FACES, NO_FACES) == pytest.approx([FINE, COARSE, FINE, COARSE])


def test_faces_large_enough_for_the_coarse_detector_are_left_to_it() -> None:
    large = faces(AS_WIDE_AS_NEEDED_PX + 0.1, 300)
    assert scales(large, large) == pytest.approx([FINE, COARSE, FINE])


@pytest.mark.parametrize("width", [40, 41, AS_WIDE_AS_NEEDED_PX - 0.1])
def test_a_small_wanted_face_keeps_every_look_fine(width: float) -> None:
    seen = faces(200, width)
    assert scales(seen, seen, seen) == pytest.approx([FINE, FINE, FINE, FINE])


def test_a_face_too_small_to_be_wanted_does_not_count() -> None:
    assert scales(faces(39.5)) == pytest.approx([FINE, COARSE])


def test_a_small_face_that_left_gives_the_coarse_detector_its_turn_again() -> None:
    assert scales(faces(45), NO_FACES, NO_FACES) == pytest.approx([FINE, FINE, COARSE, FINE])


def test_after_a_pause_the_first_look_is_fine() -> None:
    each = turns()
    each.saw(NO_FACES)
    each.begin_anew()
    assert scale_of(each) == FINE


def test_a_small_zone_or_a_small_face_is_never_enlarged() -> None:
    each = of_scales(10)
    assert scale_of(each) == 1.0
    each.saw(NO_FACES)
    assert scale_of(each) == 1.0
