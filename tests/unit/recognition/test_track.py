"""The tracker on small scenes drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.face import NO_FACES, Faces
from overt.domain.rules import RecognitionRules
from overt.recognition.track import Tracker

LOOK_US = 120_000
RULES = RecognitionRules(patience_s=0.8)


def faces(*rows: tuple[float, float, float] | tuple[float, float, float, float]) -> Faces:
    """Square faces from (centre x, centre y, width[, score])."""
    x, y, width = (np.array([row[i] for row in rows], np.float32) for i in range(3))
    half = width / 2
    return Faces(
        boxes=np.stack([x - half, y - half, x + half, y + half], axis=1),
        landmarks=np.zeros((len(rows), 5, 2), np.float32),
        scores=np.array([row[3] if len(row) == 4 else 0.9 for row in rows], np.float32),
    )


def test_a_face_that_stands_still_keeps_its_track() -> None:
    tracker = Tracker(RULES)
    for look in range(20):
        assert tracker.update(faces((100, 100, 40)), look * LOOK_US).tolist() == [1]
    assert tracker.ids == [1]
    assert tracker.last_seen_us(1) == 19 * LOOK_US


def test_a_brisk_walk_across_the_picture_is_one_track_although_its_boxes_do_not_overlap() -> None:
    tracker = Tracker(RULES)
    for look in range(20):
        assert tracker.update(faces((100 + 45 * look, 100, 40)), look * LOOK_US).tolist() == [1]


def test_a_weak_face_begins_no_track_but_continues_one() -> None:
    tracker = Tracker(RULES)
    assert tracker.update(faces((100, 100, 40, 0.5)), 0).tolist() == [-1]
    assert tracker.update(faces((100, 100, 40, 0.6)), LOOK_US).tolist() == [1]
    assert tracker.update(faces((100, 100, 40, 0.5)), 2 * LOOK_US).tolist() == [1]
    assert tracker.update(faces((100, 100, 40, 0.39)), 3 * LOOK_US).tolist() == [-1]


def test_a_strong_face_is_served_before_a_weak_one_that_lies_nearer() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40)), 0)
    assert tracker.update(faces((100, 100, 40, 0.5), (110, 100, 40, 0.9)), LOOK_US).tolist() == [-1, 1]


def test_a_walk_goes_on_behind_a_pillar_where_it_would_have_gone() -> None:
    tracker = Tracker(RULES)
    for look in [0, 1, 2, 3, 4, 9, 10]:
        assert tracker.update(faces((100 + 20 * look, 100, 40)), look * LOOK_US).tolist() == [1]


def test_a_face_far_away_or_of_another_size_is_another_track() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40)), 0)
    assert tracker.update(faces((100, 160, 40)), LOOK_US).tolist() == [2]
    assert tracker.update(faces((100, 160, 80)), 2 * LOOK_US).tolist() == [3]


def test_a_row_of_walkers_does_not_shift_by_one_when_the_first_leaves() -> None:
    tracker = Tracker(RULES)
    row = [(100.0 + 44 * place, 100.0, 40.0) for place in range(5)]
    assert tracker.update(faces(*row), 0).tolist() == [1, 2, 3, 4, 5]
    assert tracker.update(faces(*row[1:]), LOOK_US).tolist() == [2, 3, 4, 5]
    assert tracker.update(faces(*row[1:], (100 + 44 * 5, 100, 40)), 2 * LOOK_US).tolist() == [2, 3, 4, 5, 6]


def test_tracks_expire_after_the_patience_and_not_at_it() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40), (300, 100, 40)), 0)
    tracker.update(faces((300, 100, 40)), 300_000)
    assert tracker.expire(800_000) == []
    assert tracker.expire(800_001) == [1]
    assert tracker.ids == [2]
    assert tracker.expire(1_100_001) == [2]
    assert len(tracker) == 0


def test_a_face_after_the_patience_is_a_new_track_even_before_the_old_one_was_cleared_away() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40)), 0)
    assert tracker.update(faces((100, 100, 40)), 800_001).tolist() == [2]
    assert tracker.expire(800_001) == [1]


def test_faces_beyond_the_most_tracks_belong_to_none_and_the_best_scores_come_first() -> None:
    tracker = Tracker(RecognitionRules(tracks_limit=2))
    found = tracker.update(faces((100, 100, 40, 0.7), (300, 100, 40, 0.8), (500, 100, 40, 0.9)), 0)
    assert found.tolist() == [-1, 2, 1]
    tracker.drop(2)
    assert tracker.update(faces((100, 100, 40, 0.7), (500, 100, 40, 0.9)), LOOK_US).tolist() == [3, 1]


def test_dropping_and_clearing_forget_the_tracks_and_numbers_go_on() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40), (300, 100, 40), (500, 100, 40)), 0)
    tracker.drop(2)
    assert tracker.ids == [1, 3]
    with pytest.raises(KeyError):
        tracker.drop(2)
    with pytest.raises(KeyError):
        tracker.last_seen_us(7)
    assert tracker.clear() == [1, 3]
    assert tracker.update(faces((100, 100, 40)), LOOK_US).tolist() == [4]


def test_nothing_of_an_ended_track_stays_in_memory() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40), (300, 100, 40)), 1)
    tracker.expire(900_000)
    assert not any(column.any() for column in vars(tracker).values() if isinstance(column, np.ndarray))


def test_a_frame_without_faces_changes_nothing() -> None:
    tracker = Tracker(RULES)
    tracker.update(faces((100, 100, 40)), 0)
    assert tracker.update(NO_FACES, LOOK_US).shape == (0,)
    assert tracker.ids == [1]


def test_a_capture_time_that_steps_back_or_stands_still_is_survived() -> None:
    tracker = Tracker(RULES)
    for now_us in (1_000_000, 1_120_000, 1_100_000, 1_120_000, 1_240_000):
        assert tracker.update(faces((100, 100, 40)), now_us).tolist() == [1]
    assert tracker.last_seen_us(1) == 1_240_000


def test_a_box_without_area_is_survived() -> None:
    tracker = Tracker(RULES)
    assert tracker.update(faces((100, 100, 0)), 0).tolist() == [1]
    assert tracker.update(faces((100, 100, 0)), LOOK_US).tolist() == [1]
