"""Redaction: what is covered, how coarsely, for how long, and that nothing stays behind."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.geometry import Zone
from overt.domain.time import SECOND_US
from overt.video import redact
from overt.video.frame import Frame
from overt.video.redact import GREY, GROWN, KEPT_US, MOST_BOXES, NO_TRACK, OUTSIDE_BLOCKS, Redactor, Sightings

W, H = 1280, 720
SCALE = 640 / W


def frame_of(picture: NDArray[np.uint8]) -> Frame:
    height, width = picture.shape[:2]
    planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8).reshape(-1)
    size = height * width
    return Frame(
        y=planes[:size].reshape(height, width),
        u=planes[size : size * 5 // 4].reshape(height // 2, width // 2),
        v=planes[size * 5 // 4 :].reshape(height // 2, width // 2),
        full_range=False,
        captured_us=0,
        media_time_s=None,
        number=0,
    )


@pytest.fixture
def noise() -> Frame:
    """Every pixel of the tile differs from its neighbours."""
    random = np.random.default_rng(3)
    small = random.integers(0, 256, (H // 2, W // 2, 3)).astype(np.uint8)
    return frame_of(np.asarray(cv2.resize(small, (W, H), interpolation=cv2.INTER_NEAREST), np.uint8))


def box(left: float, top: float, right: float, bottom: float) -> NDArray[np.float32]:
    return np.array([[left, top, right, bottom]], np.float32)


def edges(part: NDArray[np.uint8], axis: int) -> int:
    """How often a mosaic changes along a direction."""
    return int((np.abs(np.diff(part.astype(int), axis=axis)).sum(axis=2).max(axis=1 - axis) > 0).sum())


def test_a_tile_is_small_and_its_shape_is_that_of_the_camera(noise: Frame) -> None:
    assert Redactor(Zone(), W, H).tile(noise, np.zeros((0, 4), np.float32)).shape == (360, 640, 3)
    tall = frame_of(np.zeros((1280, 720, 3), np.uint8))
    assert Redactor(Zone(), 720, 1280).tile(tall, np.zeros((0, 4), np.float32)).shape == (640, 360, 3)
    tiny = frame_of(np.zeros((240, 320, 3), np.uint8))
    assert Redactor(Zone(), 320, 240).tile(tiny, np.zeros((0, 4), np.float32)).shape == (240, 320, 3)


@pytest.mark.parametrize(
    "where",
    [(400, 200, 500, 330), (0, 0, 90, 120), (1200, 640, 1300, 760), (600, 300, 604, 303), (-50, 100, 1400, 650)],
)
def test_a_grown_box_is_one_grey_block(noise: Frame, where: tuple[float, ...]) -> None:
    tile = Redactor(Zone(), W, H).tile(noise, box(*where))
    left, top, right, bottom = where
    middle, half = ((left + right) / 2, (top + bottom) / 2), ((right - left) * GROWN / 2, (bottom - top) * GROWN / 2)
    columns = slice(max(0, int((middle[0] - half[0]) * SCALE) + 1), int((middle[0] + half[0]) * SCALE))
    rows = slice(max(0, int((middle[1] - half[1]) * SCALE) + 1), int((middle[1] + half[1]) * SCALE))
    part = tile[rows, columns]
    assert part.size
    assert (part == GREY).all()


def test_what_is_not_covered_stays(noise: Frame) -> None:
    redactor = Redactor(Zone(), W, H)
    plain = redactor.tile(noise, np.zeros((0, 4), np.float32)).copy()
    covered = redactor.tile(noise, box(400, 200, 500, 330))
    changed = np.argwhere((plain != covered).any(axis=2))
    assert changed.min(axis=0).tolist() >= [int(161 * SCALE) - 1, int(370 * SCALE) - 1]
    assert changed.max(axis=0).tolist() <= [int(369 * SCALE) + 1, int(580 * SCALE) + 1]


def test_outside_the_zone_everything_is_a_coarse_grey_mosaic(noise: Frame) -> None:
    zone = Zone(corners=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
    redactor = Redactor(zone, W, H)
    tile = redactor.tile(noise, np.zeros((0, 4), np.float32))
    outside, inside = tile[:, :320], tile[:, 321:]
    assert edges(outside, 1) <= OUTSIDE_BLOCKS
    assert (outside == outside[..., :1]).all()
    assert (inside == Redactor(Zone(), W, H).tile(noise, np.zeros((0, 4), np.float32))[:, 321:]).all()


def test_a_face_across_the_border_of_the_zone_is_covered_on_both_sides(noise: Frame) -> None:
    zone = Zone(corners=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
    tile = Redactor(zone, W, H).tile(noise, box(600, 300, 680, 400))
    assert (tile[150:190, 322:350] == GREY).all()
    assert edges(tile[150:190, 290:320], 1) <= 1


def test_nothing_is_left_in_the_buffers(noise: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = Zone(corners=((0.2, 0.1), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
    redactor = Redactor(zone, W, H)
    redactor.tile(noise, box(400, 200, 500, 330))
    assert redactor._tile.any()
    redactor.wipe()
    buffers = [value for value in vars(redactor).values() if isinstance(value, np.ndarray) and value.dtype == np.uint8]
    assert len(buffers) == 6
    assert not any(buffer.any() for buffer in buffers if buffer is not redactor._outside)

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(redact.Redactor, "_cover_box", broken)
    with pytest.raises(RuntimeError):
        redactor.tile(noise, box(400, 200, 500, 330))
    assert not redactor._tile.any()
    assert not redactor._scratch.any()


def test_a_box_stays_covered_for_a_second_after_it_was_last_seen() -> None:
    sightings = Sightings()
    sightings.take(box(10, 10, 20, 20), np.array([NO_TRACK]), 1000)
    nothing = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    sightings.take(*nothing, 1000 + KEPT_US)
    assert sightings.boxes(1000 + KEPT_US).tolist() == [[10, 10, 20, 20]]
    sightings.take(*nothing, 1001 + KEPT_US)
    assert sightings.boxes(1001 + KEPT_US).tolist() == []


def test_a_followed_face_is_covered_where_it_was_and_where_it_goes() -> None:
    sightings = Sightings()
    sightings.take(box(100, 100, 140, 150), np.array([7]), 0)
    sightings.take(box(120, 95, 160, 145), np.array([7]), SECOND_US // 10)
    assert sightings.boxes(SECOND_US // 10).tolist() == [[120, 95, 160, 145]]
    sightings.take(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), SECOND_US * 6 // 10)
    np.testing.assert_allclose(sightings.boxes(SECOND_US * 6 // 10), [[120, 70, 260, 145]], atol=0.01)


def test_a_clock_that_runs_backwards_forgets_and_so_does_forgetting() -> None:
    sightings = Sightings()
    sightings.take(box(1, 1, 2, 2), np.array([3]), 5 * SECOND_US)
    sightings.take(box(3, 3, 4, 4), np.array([3]), 5 * SECOND_US)
    assert len(sightings.boxes(5 * SECOND_US)) == 1
    sightings.take(box(5, 5, 6, 6), np.array([4]), SECOND_US)
    assert sightings.boxes(SECOND_US).tolist() == [[5, 5, 6, 6]]
    sightings.forget()
    assert len(sightings.boxes(SECOND_US)) == 0


def test_only_so_many_boxes_are_remembered() -> None:
    sightings = Sightings()
    many = np.tile(np.array([[1, 1, 2, 2]], np.float32), (MOST_BOXES + 5, 1))
    sightings.take(many, np.full(len(many), NO_TRACK), 0)
    assert len(sightings.boxes(0)) == MOST_BOXES
