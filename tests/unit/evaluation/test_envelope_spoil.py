"""Each way of making a picture worse does what it says and nothing else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.envelope import QUANTITIES
from overt.evaluation import envelope_spoil as spoil
from overt.evaluation.envelope_spoil import CONDITIONS, GREY, Condition, FaceAt

FACE = FaceAt(left=40, top=30, right=140, bottom=150)
Picture = NDArray[np.uint8]


def chance() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def picture() -> Picture:
    """Smooth shades with some edges, shape (180, 180, 3)."""
    shades = cv2.GaussianBlur(np.random.default_rng(2).integers(0, 256, (180, 180, 3), np.uint8), (0, 0), 3)
    return np.asarray(cv2.normalize(shades, None, 20, 235, cv2.NORM_MINMAX), np.uint8)  # type: ignore[call-overload]


def flat(grey: int) -> Picture:
    return np.full((64, 64, 3), grey, np.uint8)


def dot() -> Picture:
    """One white pixel in the middle of black."""
    shown = np.zeros((61, 61, 3), np.uint8)
    shown[30, 30] = 255
    return shown


@pytest.mark.parametrize("condition", [one for one in CONDITIONS if one.spoil is not None], ids=lambda one: one.name)
def test_every_spoiling_keeps_size_and_original_and_repeats_itself(condition: Condition, picture: Picture) -> None:
    assert condition.spoil is not None
    before = picture.copy()
    level = condition.levels[-1]
    once, again = (condition.spoil(picture, FACE, level, chance()) for _ in range(2))
    assert once.shape == picture.shape
    assert once.dtype == np.uint8
    assert (once == again).all()
    assert (once != before).any()
    assert (picture == before).all()


@pytest.mark.parametrize("condition", [one for one in CONDITIONS if one.spoil is not None], ids=lambda one: one.name)
def test_a_worse_level_is_further_from_the_clean_picture(condition: Condition, picture: Picture) -> None:
    assert condition.spoil is not None
    ends = (condition.levels[0], condition.levels[-1])
    mild, worst = (condition.spoil(picture, FACE, level, chance()).astype(float) for level in ends)
    assert np.abs(mild - picture).mean() < np.abs(worst - picture).mean()


def test_darkness_follows_the_curve_of_grey_levels() -> None:
    for grey, share in ((255, 1 / 4), (180, 1 / 8), (128, 1 / 16)):
        dark = spoil.darkness(flat(grey), FACE, share, chance())
        assert dark.mean() == pytest.approx(grey * share ** (1 / spoil.GAMMA), rel=0.03)


def test_noise_keeps_the_light_and_grows_as_the_square_root_of_what_is_lost() -> None:
    spread = []
    for share in (1 / 4, 1 / 16):
        noisy = spoil.noise(flat(128), FACE, share, chance())
        assert noisy.mean() == pytest.approx(128, abs=2)
        spread.append(noisy.std())
    assert spread[1] / spread[0] == pytest.approx(2, rel=0.15)


def test_noise_of_a_photon_count_is_its_square_root() -> None:
    electrons = spoil._electrons(flat(255), 1 / 8, chance())
    assert electrons.mean() == pytest.approx(1000, rel=0.01)
    assert electrons.std() == pytest.approx(np.sqrt(1000 + 9), rel=0.05)


def test_defocus_turns_a_point_into_a_disc_of_its_radius() -> None:
    shown = spoil.defocus(dot(), FACE, 0.05, chance())[:, :, 0]  # 5 pixels
    y, x = np.nonzero(shown)
    reach = np.hypot(x - 30, y - 30)
    assert 4.5 <= reach.max() <= 5.5
    assert len(reach) == pytest.approx(np.pi * 25, rel=0.15)


def test_motion_turns_a_point_into_a_level_line_of_its_length() -> None:
    shown = spoil.motion(dot(), FACE, 0.09, chance())[:, :, 0]
    assert np.nonzero(shown)[0].tolist() == [30] * 9
    assert (shown[30] == shown[30, ::-1]).all()


@pytest.mark.parametrize("kernel", [spoil._disc(0.0), spoil._disc(3.3), spoil._line(0.4), spoil._line(8.5)])
def test_blur_takes_no_light_away(kernel: NDArray[np.float32]) -> None:
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert (kernel >= 0).all()


def test_blur_below_half_a_pixel_changes_nothing(picture: Picture) -> None:
    assert (spoil.motion(picture, FACE, 0.005, chance()) == picture).all()
    assert (spoil.defocus(picture, FACE, 0.004, chance()) == picture).all()


@pytest.mark.parametrize(
    ("cover", "rows", "columns"),
    [
        (spoil.cover_lower, slice(114, 150), slice(40, 140)),
        (spoil.cover_upper, slice(30, 66), slice(40, 140)),
    ],
)
def test_a_covered_part_is_grey_and_the_rest_as_it_was(
    cover: spoil.Spoil, rows: slice, columns: slice, picture: Picture
) -> None:
    expected = picture.copy()
    expected[rows, columns] = GREY
    assert (cover(picture, FACE, 0.3, chance()) == expected).all()


def test_either_side_is_covered_by_chance(picture: Picture) -> None:
    left, right = picture.copy(), picture.copy()
    left[30:150, 40:70] = GREY
    right[30:150, 110:140] = GREY
    rng = chance()
    seen = [spoil.cover_side(picture, FACE, 0.3, rng) for _ in range(20)]
    lefts = sum(bool((one == left).all()) for one in seen)
    rights = sum(bool((one == right).all()) for one in seen)
    assert lefts + rights == 20
    assert 3 < lefts < 17


def test_a_face_beyond_the_picture_is_covered_inside_it(picture: Picture) -> None:
    beyond = FaceAt(left=-30, top=-20, right=60, bottom=80)
    assert (spoil.cover_upper(picture, beyond, 0.5, chance())[:30, :60] == GREY).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"levels": ()}, "one way"),
        ({"levels": (0.5, 0.7)}, "one way"),
        ({"levels": (0.5, 0.5)}, "one way"),
        ({"levels": (0.5, 0.0)}, "above 0"),
        ({"live": ()}, "names a live quantity or says why"),
        ({"not_live": "no"}, "names a live quantity or says why"),
    ],
)
def test_a_condition_without_an_order_or_a_reason_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(CONDITIONS[0], **change)  # type: ignore[arg-type]


def test_live_quantities_are_those_of_the_envelope_and_covering_has_none() -> None:
    assert {name for one in CONDITIONS for name in one.live} <= set(QUANTITIES)
    covered = [one for one in CONDITIONS if one.name.startswith("covered")]
    assert len(covered) == 3
    assert all(one.not_live == spoil.COVERED for one in covered)
    assert len({one.name for one in CONDITIONS}) == len(CONDITIONS)
