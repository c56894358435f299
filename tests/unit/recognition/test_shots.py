"""Best shots: which are kept, how they are fused, and that nothing stays."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.face import Quality
from overt.domain.rules import RecognitionRules
from overt.engine.slots import shot_memory
from overt.faces.closer import Shot
from overt.recognition.shots import ShotBoard, ShotMemory, TrackShots

LENGTH = 4
RULES = RecognitionRules(tracks_limit=3)
SPACING_US = round(RULES.shot_spacing_s * 1e6)


@pytest.fixture
def memory() -> ShotMemory:
    return shot_memory(RULES, LENGTH)


@pytest.fixture
def board(memory: ShotMemory) -> ShotBoard:
    return ShotBoard(RULES, memory)


def quality(overall: float, width_px: float = 60) -> Quality:
    measures = dict.fromkeys(
        ("eyes_px", "sharpness", "light", "burnt", "contrast", "yaw", "pitch", "roll", "score"), 0.5
    )
    return Quality(width_px=width_px, overall=overall, **measures)


def shot(grey: int, overall: float, *, height: int = 60, width: int = 80) -> Shot:
    """One flat chip and one flat crop, a level brighter."""
    return Shot(
        position=0,
        chip=np.full((112, 112, 3), grey, np.uint8),
        crop=np.full((height, width, 3), grey + 1, np.uint8),
        landmarks=np.zeros((5, 2), np.float32),
        quality=quality(overall),
    )


def test_slots_are_counted_and_a_free_one_that_is_not_blank_is_seen(board: ShotBoard, memory: ShotMemory) -> None:
    assert board.count() == (3, 0, 0)
    shots = offered(board, 0.5)
    assert board.count() == (3, 1, 0)
    board.close(shots, 0)
    assert board.count() == (3, 0, 0)
    for planted in (memory.chips, memory.crops, memory.templates):
        place = (1, *([0] * (planted.ndim - 1)))
        planted[place] = 1
        assert board.count() == (3, 0, 1)
        planted[place] = 0


def opened(board: ShotBoard) -> TrackShots:
    shots = board.open()
    assert shots is not None
    return shots


def offered(board: ShotBoard, *overall: float) -> TrackShots:
    shots = opened(board)
    for number, value in enumerate(overall):
        board.offer(shots, shot(10 + number, value), number * SPACING_US, number * SPACING_US)
    return shots


def fill_templates(board: ShotBoard, shots: TrackShots, *rows: list[float], now_us: int = 0) -> None:
    board.take_templates(shots, np.array(rows, np.float32), now_us)


def test_shots_are_kept_while_there_is_room(board: ShotBoard, memory: ShotMemory) -> None:
    shots = offered(board, 0.5, 0.1, 0.3)
    assert [kept.quality.overall for kept in shots.kept] == [0.5, 0.1, 0.3]
    assert [int(kept[0, 0, 0]) for kept in memory.chips[shots.slot]] == [10, 11, 12]


def test_a_clearly_better_shot_takes_the_place_of_the_worst(board: ShotBoard, memory: ShotMemory) -> None:
    shots = offered(board, 0.5, 0.1, 0.3)
    assert board.offer(shots, shot(99, 0.4), 0, 0)
    assert [kept.quality.overall for kept in shots.kept] == [0.5, 0.4, 0.3]
    assert int(memory.chips[shots.slot, 1].max()) == 99


@pytest.mark.parametrize("overall", [0.05, 0.1, 0.1 * RULES.shot_gain - 1e-6])
def test_an_equal_or_barely_better_shot_changes_nothing(board: ShotBoard, memory: ShotMemory, overall: float) -> None:
    shots = offered(board, 0.5, 0.1, 0.3)
    assert not board.offer(shots, shot(99, overall), 0, 0)
    assert memory.chips[shots.slot].max() < 99
    assert shots.waiting == [0, 1, 2]


def test_a_better_shot_waits_for_a_template_of_its_own(board: ShotBoard) -> None:
    shots = offered(board, 0.5, 0.1, 0.3)
    fill_templates(board, shots, [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0])
    assert shots.waiting == []
    board.offer(shots, shot(99, 0.9), 0, 0)
    assert shots.waiting == [1]
    assert len(board.chips(shots)) == 1


def test_the_best_shot_is_known(board: ShotBoard) -> None:
    assert offered(board, 0.2, 0.6, 0.3).best.overall == 0.6


@pytest.mark.parametrize(
    ("kept", "since_spacings", "size_px", "score", "searches", "wanted"),
    [
        (0, 0, 60, 0.9, 0, True),  # the first one at once
        (1, 0.9, 200, 0.9, 0, False),  # too soon, however large
        (1, 1, 60, 0.9, 0, True),  # a place is free
        (1, 1, 60, 0.9, RULES.searches_limit, False),  # searched often enough
        (3, 1, 60, 0.9, 0, False),  # full, and the face is no larger
        (3, 1, 60 * RULES.shot_gain, 0.9, 0, True),  # clearly larger
        (3, 3, 60, 0.9, 0, True),  # a longer wait may pay
        (3, 3, 56, 0.9, 0, False),  # so small a face cannot become better than what is kept
        (3, 3, 60, 0.6, 0, False),  # nor can one that the detector is less sure of
        (0, 3, 20, 0.6, 0, True),  # a first shot is taken whatever it is
        (3, 3, 200, 0.9, RULES.searches_limit, False),
    ],
)
def test_when_a_closer_look_may_pay(
    board: ShotBoard, kept: int, since_spacings: float, size_px: float, score: float, searches: int, wanted: bool
) -> None:
    shots = offered(board, *[0.5] * kept)
    shots.last_taken_us, shots.searches = 10 * SPACING_US, searches
    assert board.wants(shots, 10 * SPACING_US + round(since_spacings * SPACING_US), size_px, score) is wanted


def test_a_chip_is_overwritten_as_soon_as_its_template_is_made(board: ShotBoard, memory: ShotMemory) -> None:
    shots = offered(board, 0.5, 0.5)
    assert memory.chips.any()
    fill_templates(board, shots, [1, 0, 0, 0], [0, 1, 0, 0], now_us=700_000)
    assert not memory.chips.any()
    assert board.oldest_s == pytest.approx(0.7)


def test_the_fused_template_is_the_weighted_mean_at_unit_length(board: ShotBoard) -> None:
    shots = offered(board, 0.8, 0.2)
    rows = np.array([[1, 0, 0, 0], [0.6, 0.8, 0, 0]], np.float32)
    board.take_templates(shots, rows, 0)
    fused, single = board.probes(shots)
    expected = 0.8 * rows[0] + 0.2 * rows[1]
    np.testing.assert_allclose(fused, [expected / np.linalg.norm(expected)], atol=1e-6)
    np.testing.assert_allclose(single, rows, atol=1e-6)


def test_a_worthless_shot_still_weighs_a_little(board: ShotBoard) -> None:
    shots = offered(board, 0.0)
    fill_templates(board, shots, [0, 1, 0, 0])
    np.testing.assert_allclose(board.probes(shots)[0], [[0, 1, 0, 0]], atol=1e-6)


def test_shots_that_cancel_out_give_no_numbers_that_are_not_finite(board: ShotBoard) -> None:
    shots = offered(board, 0.5, 0.5)
    fill_templates(board, shots, [1, 0, 0, 0], [-1, 0, 0, 0])
    assert np.isfinite(board.probes(shots)[0]).all()


def test_a_replaced_shot_is_fused_no_more(board: ShotBoard) -> None:
    shots = offered(board, 0.5, 0.1, 0.5)
    fill_templates(board, shots, [1, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0])
    board.offer(shots, shot(9, 0.5), 0, 0)
    fill_templates(board, shots, [1, 0, 0, 0])
    np.testing.assert_allclose(board.probes(shots)[0], [[1, 0, 0, 0]], atol=1e-6)


def test_fusing_again_and_again_does_not_wear_the_templates(board: ShotBoard) -> None:
    shots = offered(board, 0.37, 0.61)
    rows = np.array([[0.6, 0.8, 0, 0], [0, 0.6, 0.8, 0]], np.float32)
    board.take_templates(shots, rows, 0)
    for _ in range(20):
        board.take_templates(shots, rows[:0], 0)
    np.testing.assert_allclose(board.probes(shots)[1], rows, atol=1e-5)


def test_a_closed_slot_is_empty_and_used_again(board: ShotBoard, memory: ShotMemory) -> None:
    shots = offered(board, 0.5, 0.6)
    fill_templates(board, shots, [1, 0, 0, 0], [1, 0, 0, 0])
    board.offer(shots, shot(77, 0.7), 400_000, 400_000)
    board.forget_crops(shots, [0, 1, 2], 450_000)
    board.close(shots, 1_000_000)
    assert board.oldest_s == pytest.approx(0.6)  # of the one picture that still waited
    assert not memory.chips.any()
    assert not memory.crops.any()
    assert not memory.templates.any()
    assert shots.kept == []
    assert {opened(board).slot for _ in range(RULES.tracks_limit)} == set(range(RULES.tracks_limit))


def test_a_slot_without_a_shot_closes_with_no_age(board: ShotBoard) -> None:
    board.close(opened(board), 5_000_000)
    assert board.oldest_s == 0.0


def test_closing_one_track_leaves_its_neighbour_alone(board: ShotBoard, memory: ShotMemory) -> None:
    first, second = offered(board, 0.5), offered(board, 0.5)
    fill_templates(board, second, [0, 1, 0, 0])
    board.close(first, 0)
    np.testing.assert_allclose(board.probes(second)[0], [[0, 1, 0, 0]])
    assert memory.templates[second.slot].any()


def test_when_all_slots_are_taken_there_is_none(board: ShotBoard) -> None:
    taken = [opened(board) for _ in range(RULES.tracks_limit)]
    assert board.open() is None
    board.close(taken[1], 0)
    assert opened(board).slot == taken[1].slot


def test_a_crop_outlives_its_chip_and_is_overwritten_when_it_is_of_no_use(board: ShotBoard, memory: ShotMemory) -> None:
    shots = offered(board, 0.5, 0.6)
    fill_templates(board, shots, [1, 0, 0, 0], [0, 1, 0, 0], now_us=300_000)
    assert [int(crop.max()) for crop in memory.crops[shots.slot]] == [11, 12, 0]
    board.forget_crops(shots, [0], 800_000)
    assert [int(crop.max()) for crop in memory.crops[shots.slot]] == [0, 12, 0]
    assert board.oldest_s == pytest.approx(0.8)
    board.forget_crops(shots, [0], 9_000_000)
    assert board.oldest_s == pytest.approx(0.8)  # it was gone before


def test_a_crop_that_stood_until_the_end_is_measured(board: ShotBoard, memory: ShotMemory) -> None:
    shots = offered(board, 0.5)
    fill_templates(board, shots, [1, 0, 0, 0])
    board.close(shots, 30_000_000)
    assert not memory.crops.any()
    assert board.oldest_s == pytest.approx(30)


def test_a_smaller_crop_leaves_nothing_of_the_larger_one_before_it(board: ShotBoard, memory: ShotMemory) -> None:
    shots = opened(board)
    for n in range(RULES.shots_kept):
        board.offer(shots, shot(50, 0.5, height=256, width=256), n, n)
    board.offer(shots, shot(90, 0.9, height=20, width=10), 2_000_000, 2_500_000)
    assert int(np.count_nonzero(memory.crops[shots.slot, 0])) == 20 * 10 * 3
    assert board.oldest_s == pytest.approx(2.5)


def test_pictures_are_copies_of_the_standing_crops_best_first(board: ShotBoard) -> None:
    shots = offered(board, 0.5, 0.7, 0.6)
    board.forget_crops(shots, [0], 0)
    first, second = board.pictures(shots)
    assert (first.width, first.height, first.quality, first.captured_us) == (80, 60, 0.7, SPACING_US)
    assert set(first.bgr) == {12}
    assert set(second.bgr) == {13}
    board.close(shots, 0)
    assert set(first.bgr) == {12}


def test_at_most_three_pictures_are_given() -> None:
    rules = RecognitionRules(tracks_limit=1, shots_kept=5)
    board = ShotBoard(rules, shot_memory(rules, LENGTH))
    assert [picture.quality for picture in board.pictures(offered(board, 0.1, 0.5, 0.3, 0.2, 0.4))] == [0.5, 0.4, 0.3]
