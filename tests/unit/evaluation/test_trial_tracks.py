"""Counted passages given to their owners: whole, broken, mixed, nobody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from overt.domain.errors import BadFootage
from overt.domain.face import Faces
from overt.domain.geometry import Region
from overt.domain.rules import RecognitionRules
from overt.evaluation.trial_tracks import Box, Moment, Tracks, count_tracks, moments_of
from overt.faces.closer import PictureSource
from overt.testing.fixed_clock import FixedClock
from tests.unit.evaluation.blue_list import tally, walk
from tests.unit.video.clips import numbered, write_clip

RULES = RecognitionRules()
FACE = 60.0
Seen = Mapping[int, tuple[float, float]]  # by walk: where the face stands


def box(x: float, y: float = 200.0) -> Box:
    return x - FACE / 2, y - FACE / 2, x + FACE / 2, y + FACE / 2


def faces(places: Sequence[tuple[float, float]], score: float = 0.9) -> Faces:
    n = len(places)
    return Faces(
        boxes=np.array([box(x, y) for x, y in places], np.float32).reshape(n, 4),
        landmarks=np.zeros((n, 5, 2), np.float32),
        scores=np.full(n, score, np.float32),
    )


def counted(
    frames: Sequence[Seen], found: Sequence[Sequence[tuple[float, float]]], *, walks: int = 1, step_s: float = 0.12
) -> Tracks:
    """What is counted where the true faces stand as in `frames`, and the detector finds them as in `found`."""
    truth = tally(*(walk(str(at), f"p{at}", 0, 10) for at in range(walks)), everybody=True)
    moments = [
        Moment(number=number, at_us=round(number * step_s * 1e6), faces=faces(places))
        for number, places in enumerate(found)
    ]
    seen = [[(at, box(*place)) for at, place in frame.items()] for frame in frames]
    return count_tracks(moments, seen, truth, rules=RULES, smallest_face_px=40)


def test_one_person_followed_to_the_end_is_one_passage() -> None:
    way = [(100.0 + 10 * at, 200.0) for at in range(10)]
    tracks = counted([{0: place} for place in way], [[place] for place in way])
    (row,) = tracks.rows
    assert (row.people, row.true, row.counted, row.once, row.never, row.more) == ("1", 1, 1, 1, 0, 0)
    assert (tracks.mixed, tracks.nobody) == (0, 0)
    assert row.cells() == ("1", "1", "1", "1.00", "1", "0", "0")


def test_whoever_is_lost_for_longer_than_the_patience_is_two_passages() -> None:
    way = [(100.0 + 5 * at, 200.0) for at in range(20)]
    found = [[place] if at < 5 or at > 13 else [] for at, place in enumerate(way)]
    (row,) = counted([{0: place} for place in way], found).rows
    assert (row.counted, row.once, row.more) == (2, 0, 1)


def test_too_few_detections_are_no_passage() -> None:
    way = [(100.0, 200.0)] * 6
    (row,) = counted([{0: place} for place in way], [[way[0]], [way[0]], [], [], [], []]).rows
    assert (row.counted, row.never) == (0, 1)


def test_a_track_that_goes_over_to_somebody_else_joined_two_people() -> None:
    first, second = [(100.0 + 8 * at, 200.0) for at in range(6)], [(148.0 + 8 * at, 200.0) for at in range(5)]
    frames: list[Seen] = [*({0: place} for place in first), *({1: place} for place in second)]
    tracks = counted(frames, [[place] for place in [*first, *second]], walks=2)
    assert (tracks.mixed, sum(row.counted for row in tracks.rows)) == (1, 1)


def test_what_is_found_where_nobody_is_belongs_to_nobody() -> None:
    away = [[(500.0, 200.0)]] * 5
    tracks = counted([{0: (100.0, 200.0)}] * 5, away)
    assert (tracks.nobody, tracks.rows[0].counted) == (1, 0)
    assert counted([], away).nobody == 1  # more frames than the truth has


def test_a_face_too_weak_to_begin_a_track_is_nobodys_passage() -> None:
    truth = tally(walk("0", "p0", 0, 10), everybody=True)
    weak = [Moment(number=at, at_us=at * 120_000, faces=faces([(100.0, 200.0)], score=0.5)) for at in range(6)]
    tracks = count_tracks(weak, [[(0, box(100.0))]] * 6, truth, rules=RULES, smallest_face_px=40)
    assert (tracks.rows[0].never, tracks.nobody) == (1, 0)


def test_rows_are_by_how_many_people_are_in_view() -> None:
    truth = tally(
        walk("alone", "p0", 0, 10),
        *(walk(f"w{at}", f"p{at}", 20, 30) for at in range(1, 6)),
        everybody=True,
    )
    tracks = count_tracks([], [], truth, rules=RULES, smallest_face_px=40)
    assert [(row.people, row.true, row.never) for row in tracks.rows] == [("1", 1, 1), ("4 to 7", 5, 5)]
    assert tracks.record() == {
        "by_density": [
            {"people": "1", "true": 1, "counted": 0, "once": 0, "never": 1, "more": 0, "counted_of_one": 0.0},
            {"people": "4 to 7", "true": 5, "counted": 0, "once": 0, "never": 5, "more": 0, "counted_of_one": 0.0},
        ],
        "mixed": 0,
        "nobody": 0,
    }


class Looks:
    """Stands for a recogniser: a detector that finds nothing, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, float]] = []

    def zone_detector(self, region: Region, scale: float) -> Finds:
        self.asked.append((region.width, region.height, scale))
        return Finds()


class Finds:
    def detect(self, frame: PictureSource, least_score: float) -> Faces:
        assert least_score == RULES.continue_score
        return faces([(10.0, 10.0)])


def moments(clip: Path, looks: Looks, told: list[tuple[int, int]]) -> list[Moment]:
    return list(
        moments_of(
            clip,
            looks,
            smallest_face_px=40,
            rules=RULES,
            clock=FixedClock(),
            frames=25,
            progress=lambda done, total: told.append((done, total)),
        )
    )


def test_a_clip_is_looked_at_as_often_as_in_operation(tmp_path: Path) -> None:
    looks, told = Looks(), list[tuple[int, int]]()
    found = moments(write_clip(tmp_path / "street.mp4", numbered(25)), looks, told)
    assert [one.number for one in found] == [0, 3, 6, 9, 12, 15, 18, 21, 24]
    assert looks.asked == [(320, 240, 0.5)]
    assert told[-1] == (25, 25)
    assert len(found[0].faces) == 1


def test_a_clip_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "street.mp4").write_bytes(b"no clip")
    with pytest.raises(BadFootage):
        moments(tmp_path / "street.mp4", Looks(), [])
    with pytest.raises(BadFootage, match="has 24 frames, and the truth has 25"):
        moments(write_clip(tmp_path / "other.mp4", numbered(24)), Looks(), [])
