"""What holds for tracks in every scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from overt.domain.face import Faces
from overt.domain.rules import RecognitionRules
from overt.recognition.track import Tracker

RULES = RecognitionRules()
PATIENCE_US = round(RULES.patience_s * 1_000_000)
SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True, kw_only=True)
class Walker:
    """One person on a straight path. `speed`: face widths a second, positive to the right."""

    x: float
    y: float
    width: float
    speed: float
    rise: float = 0.0


def seen(walkers: list[Walker], at_s: float, rng: np.random.Generator) -> Faces:
    """The faces of all walkers with a detector's unrest: 2 % of the width in place and in size."""
    rows = np.array(
        [
            [w.x + w.speed * w.width * at_s, w.y + w.rise * w.width * at_s, w.width] + rng.normal(0, 0.02, 3) * w.width
            for w in walkers
        ]
    ).reshape(-1, 3)
    x, y, half = rows[:, 0], rows[:, 1], rows[:, 2] / 2
    return Faces(
        boxes=np.stack([x - half, y - 1.2 * half, x + half, y + 1.2 * half], axis=1).astype(np.float32),
        landmarks=np.zeros((len(rows), 5, 2), np.float32),
        scores=rng.uniform(0.6, 1.0, len(rows)).astype(np.float32),
    )


def look_times(rng: np.random.Generator, looks: int) -> NDArray[np.float64]:
    """About every 0.12 s, but irregular."""
    return np.cumsum(rng.uniform(0.1, 0.14, looks))


def us(at_s: float) -> int:
    return round(at_s * 1_000_000)


@st.composite
def random_scenes(draw: st.DrawFn) -> list[tuple[int, Faces]]:
    """Faces that jump about without sense: times, and 0 to 8 faces each."""
    rng = np.random.default_rng(draw(SEEDS))
    now, scene = 0, []
    for _ in range(draw(st.integers(1, 25))):
        now += int(rng.integers(0, 500_000))
        n = int(rng.integers(0, 9))
        left, top = rng.uniform(0, 400, n), rng.uniform(0, 200, n)
        width = rng.uniform(20, 60, n)
        boxes = np.stack([left, top, left + width, top + width], axis=1).astype(np.float32)
        scores = rng.uniform(0.3, 1.0, n).astype(np.float32)
        scene.append((now, Faces(boxes=boxes, landmarks=np.zeros((n, 5, 2), np.float32), scores=scores)))
    return scene


@given(random_scenes())
def test_a_number_is_never_given_again_and_no_two_faces_share_one(scene: list[tuple[int, Faces]]) -> None:
    tracker = Tracker(RULES)
    ended: set[int] = set()
    begun: list[int] = []
    for now_us, faces in scene:
        ended.update(tracker.expire(now_us))
        tracks = [track for track in tracker.update(faces, now_us).tolist() if track != -1]
        assert len(set(tracks)) == len(tracks)
        assert not ended & set(tracks)
        begun += sorted(track for track in tracks if track not in begun)
        assert set(tracks) <= set(tracker.ids)
    assert begun == list(range(1, len(begun) + 1))


@given(random_scenes())
def test_no_track_outlives_its_patience(scene: list[tuple[int, Faces]]) -> None:
    tracker = Tracker(RULES)
    last_seen: dict[int, int] = {}
    for now_us, faces in scene:
        ended = tracker.expire(now_us)
        assert ended == sorted(track for track, seen_us in last_seen.items() if now_us - seen_us > PATIENCE_US)
        for track in ended:
            del last_seen[track]
        for track in tracker.update(faces, now_us).tolist():
            if track != -1:
                last_seen[track] = now_us
        assert {track: tracker.last_seen_us(track) for track in tracker.ids} == last_seen


@given(random_scenes(), random_scenes())
def test_two_trackers_share_nothing(one: list[tuple[int, Faces]], other: list[tuple[int, Faces]]) -> None:
    def alone(scene: list[tuple[int, Faces]]) -> list[list[int]]:
        tracker = Tracker(RULES)
        return [tracker.update(faces, now_us).tolist() + tracker.expire(now_us) for now_us, faces in scene]

    first, second = Tracker(RULES), Tracker(RULES)
    found: tuple[list[list[int]], list[list[int]]] = ([], [])
    for at in range(max(len(one), len(other))):
        for tracker, scene, results in ((first, one, found[0]), (second, other, found[1])):
            if at < len(scene):
                now_us, faces = scene[at]
                results.append(tracker.update(faces, now_us).tolist() + tracker.expire(now_us))
    assert found == (alone(one), alone(other))


@given(random_scenes(), SEEDS)
def test_the_order_of_the_faces_changes_nothing(scene: list[tuple[int, Faces]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    straight, shuffled = Tracker(RULES), Tracker(RULES)
    for now_us, faces in scene:
        order = rng.permutation(len(faces))
        assert straight.update(faces, now_us)[order].tolist() == shuffled.update(faces[order], now_us).tolist()


@given(
    st.floats(2, 9),
    st.floats(2, 9),
    st.one_of(st.tuples(st.floats(1.25, 2.0), st.floats(0, 0.1)), st.tuples(st.floats(1.0, 1.3), st.floats(0.6, 1.5))),
    SEEDS,
)
def test_two_people_who_cross_are_never_swapped(
    speed: float, other_speed: float, apart: tuple[float, float], seed: int
) -> None:
    """They differ in distance from the camera (size) or in height; the nearer one hides the other one's face."""
    rng = np.random.default_rng(seed)
    ratio, lower = apart
    near = Walker(x=0, y=300, width=50 * ratio, speed=speed)
    far = Walker(x=900, y=300 - lower * 50 * ratio, width=50, speed=-other_speed)
    tracker = Tracker(RULES)
    track_of: dict[int, int] = {}
    for at_s in look_times(rng, 30):
        faces = seen([near, far], at_s, rng)
        shared = np.minimum(faces.boxes[0, 2:], faces.boxes[1, 2:]) - np.maximum(faces.boxes[0, :2], faces.boxes[1, :2])
        hidden = bool((shared > 0).all() and shared.prod() > 0.3 * 50 * 60)
        tracker.expire(us(at_s))
        tracks = tracker.update(faces[:1] if hidden else faces, us(at_s)).tolist()
        for walker, track in enumerate(tracks):
            assert track_of.setdefault(walker, track) == track
    assert len(set(track_of.values())) == 2


@given(st.integers(3, 7), st.floats(2, 6), st.floats(-4, 4), SEEDS)
def test_people_in_a_row_keep_their_tracks(people: int, spacing: float, speed: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    row = [Walker(x=400 + place * spacing * 40, y=300, width=40, speed=speed) for place in range(people)]
    keeps_each(row, rng, missing=0)


@given(st.integers(1, 4), st.floats(0, 8), st.floats(-1, 1), st.integers(1, 4), SEEDS)
def test_a_face_lost_for_up_to_four_looks_keeps_its_track(
    people: int, speed: float, rise: float, missing: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    row = [Walker(x=200, y=200 + 250 * place, width=40 + 5 * place, speed=speed, rise=rise) for place in range(people)]
    keeps_each(row, rng, missing)


def keeps_each(walkers: list[Walker], rng: np.random.Generator, missing: int) -> None:
    """Every walker has one track throughout, although after its first four looks each is lost for `missing` looks."""
    tracker = Tracker(RULES)
    track_of: dict[int, int] = {}
    lost_from = rng.integers(4, 12, len(walkers))
    for look, at_s in enumerate(look_times(rng, 24)):
        there = np.array([not 0 <= look - start < missing for start in lost_from])
        tracker.expire(us(at_s))
        tracks = tracker.update(seen(walkers, at_s, rng)[there], us(at_s)).tolist()
        for walker, track in zip(np.flatnonzero(there).tolist(), tracks, strict=True):
            assert track_of.setdefault(walker, track) == track
    assert len(set(track_of.values())) == len(walkers)
