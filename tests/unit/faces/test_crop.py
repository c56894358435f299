"""Which faces are covered in a crop; that nothing of them survives: tests/property/test_covering."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.geometry import FloatArray
from overt.faces.crop import GREY, all_but_own, cover_faces, cover_outside

OWN = np.array([20, 20, 60, 60], np.float32)


def box(left: float, top: float, right: float, bottom: float) -> FloatArray:
    return np.array([left, top, right, bottom], np.float32)


def test_a_mask_is_wider_than_the_face_by_a_quarter_on_each_side() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    cover_faces(picture, OWN, [box(64, 72, 84, 92)])  # five pixels around 20
    rows, columns = np.nonzero(picture[:, :, 0])
    assert (columns.min(), rows.min(), columns.max(), rows.max()) == (59, 67, 88, 96)
    assert set(np.unique(picture)) == {0, GREY}


def test_two_people_cheek_to_cheek_the_own_face_stays_whole() -> None:
    picture = np.zeros((80, 120, 3), np.uint8)
    cover_faces(picture, OWN, [box(50, 20, 90, 60)])
    assert not picture[20:60, 20:60].any()
    assert (picture[10:70, 60:100] == GREY).all()
    assert (picture[10:20, 40:60] == GREY).all()


@pytest.mark.parametrize(
    ("boxes", "left"),
    [
        ([], 0),
        ([[22, 18, 63, 59]], 0),  # the same face, seen a little elsewhere
        ([[22, 18, 63, 59], [70, 20, 110, 60]], 1),
        ([[55, 20, 95, 60]], 1),  # a neighbour who shares a corner
        ([[22, 18, 63, 59], [25, 25, 55, 55]], 1),  # only one of them can be the own one
        ([[30, 30, 40, 40]], 1),  # far smaller: somebody behind
    ],
)
def test_which_of_the_detectors_boxes_is_the_persons_own(boxes: list[list[float]], left: int) -> None:
    assert len(all_but_own(np.array(boxes, np.float32).reshape(-1, 4), OWN)) == left


def test_a_crop_that_is_a_part_of_a_larger_array_is_covered_where_it_lies() -> None:
    around = np.zeros((256, 256, 3), np.uint8)
    picture = around[:60, :80]
    cover_outside(picture, np.array([[40, -5], [100, -5], [100, 80], [40, 80]], np.float32))
    assert (picture[:, :40] == GREY).all()
    assert not picture[:, 42:].any()
    assert not around[60:].any()
    assert not around[:, 80:].any()


@pytest.mark.parametrize(
    ("corners", "covered"),
    [
        ([(-5, -5), (105, -5), (105, 85), (-5, 85)], False),  # all around
        ([(-50, -50), (40, -20), (150, -60), (150, 150), (-50, 150)], False),  # not convex, still all around
        ([(-90, -90), (-10, -90), (-10, -10), (-90, -10)], True),  # elsewhere
        ([(-50, -50), (150, -50), (150, 150), (50, 40), (-50, 150)], True),  # a notch from below
        ([(0, 0), (100, 0), (100, 80), (0, 80)], True),  # exactly the picture: its border counts as outside
        ([(1, 0), (100, 0), (100, 80), (1, 80)], True),
    ],
)
def test_a_crop_is_left_as_it_is_only_where_the_zone_is_all_around_it(
    corners: list[tuple[float, float]], covered: bool
) -> None:
    picture = np.zeros((80, 100, 3), np.uint8)
    cover_outside(picture, np.array(corners, np.float32))
    assert bool((picture == GREY).any()) is covered
