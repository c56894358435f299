"""The whole path of a frame with painted faces: quick, exact, and with every rule of the passage."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import numpy as np
import pytest

from overt.domain.alert import MatchPicture, PossibleMatch
from overt.domain.authority import Camera
from overt.domain.envelope import QUANTITIES, Envelope, Limit, Standing
from overt.domain.face import Faces
from overt.domain.geometry import Zone
from overt.domain.rules import RecognitionRules
from overt.engine.slots import shot_memory
from overt.faces import closer
from overt.faces.recogniser import Recogniser
from overt.faces.zone import ZoneDetector
from overt.recognition.conditions import Conditions
from overt.recognition.flow import Flow, Viewpoint
from overt.recognition.match import WatchIndex
from overt.recognition.shots import ShotMemory
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from overt.testing.scripted_camera import ScriptedCamera
from overt.testing.toy_model import LENGTH, PaintedFace, scene, templates_of, toy_recogniser
from overt.video.frame import Frame

RULES = RecognitionRules()
LOOK_S = RULES.detect_interval_s
LISTED = (4, 7)
STRANGER = 1
SIZE = (640, 360)
FACE_PX = PaintedFace(person=STRANGER, x=0, y=0).width


@cache
def recogniser() -> Recogniser:
    return toy_recogniser()


class Camera1:
    """A flow, its memory and its time."""

    def __init__(
        self,
        *,
        zone: Zone | None = None,
        smallest_face_px: int = 40,
        before: int = 0,
        conditions: Conditions | None = None,
    ) -> None:
        self.memory: ShotMemory = shot_memory(RULES, LENGTH)
        self.open = True
        self.at_s = 0.0
        self.flow = Flow(
            viewpoint=Viewpoint(
                position=2,
                camera=Camera(name="north", url="", zone=zone or Zone(), smallest_face_px=smallest_face_px),
                passages_before=before,
            ),
            rules=RULES,
            looks=recogniser(),
            index=WatchIndex(templates_of(LISTED), np.arange(len(LISTED), dtype=np.int32)),
            threshold=0.5,
            memory=self.memory,
            may_scan=lambda: self.open,
            conditions=conditions,
        )

    def see(self, *faces: PaintedFace, looks: int = 1, loop: int = 0) -> list[PossibleMatch]:
        """The same picture for some looks of the detector."""
        picture = scene(*faces)
        matches = []
        for _ in range(looks):
            matches += self.flow.step(frame(picture, self.at_s, loop))
            self.at_s += LOOK_S
        return matches

    def walk(self, person: int, *, looks: int = 12) -> list[PossibleMatch]:
        """From left to right, then gone for two seconds."""
        matches = []
        for look in range(looks):
            matches += self.see(PaintedFace(person=person, x=80 + 30 * look, y=180))
        self.wait(2)
        return matches

    def wait(self, seconds: float) -> None:
        until_s = self.at_s + seconds
        while self.at_s < until_s:
            self.see()

    @property
    def holds_nothing(self) -> bool:
        return not any(held.any() for held in (self.memory.chips, self.memory.crops, self.memory.templates))

    @property
    def crops(self) -> int:
        """How many crops stand in the slots."""
        return int(self.memory.crops.any(axis=(2, 3, 4)).sum())


def pixels(picture: MatchPicture) -> np.ndarray:
    return np.frombuffer(picture.bgr, np.uint8).reshape(picture.height, picture.width, 3)


def frame(picture: np.ndarray, at_s: float, loop: int) -> Frame:
    clock = FixedClock(SOME_DAY_US + round(at_s * 1e6))
    return next(ScriptedCamera([picture], clock=clock, live=True, loop=loop).frames())


LEFT = PaintedFace(person=LISTED[1], x=150, y=180)


def test_a_listed_face_alerts_exactly_once_for_its_passage() -> None:
    camera = Camera1()
    (match,) = camera.walk(LISTED[1])
    assert (match.camera, match.passage, match.entry, match.shots) == (2, 1, 1, 2)
    assert match.score == pytest.approx(1, abs=1e-4)
    assert match.first_usable_us == SOME_DAY_US
    assert match.captured_us > match.first_usable_us
    assert match.media_time_s is None
    assert camera.flow.counts.possible_matches == 1


def test_a_stranger_never_alerts_and_leaves_nothing() -> None:
    camera = Camera1()
    assert camera.walk(STRANGER, looks=15) == []
    counts = camera.flow.counts
    assert (counts.faces_detected, counts.faces_seen, counts.possible_matches) == (1, 1, 0)
    assert camera.holds_nothing
    assert camera.flow.passages_open == camera.flow.in_view == 0


def envelope(**least: float) -> Envelope:
    """Limits on which all is red below, and green above twice as much."""
    return Envelope(
        limits=tuple(
            Limit(quantity=quantity, amber=2 * least[quantity], red=least[quantity], condition="a test", people=9)
            for quantity in QUANTITIES
            if quantity in least
        ),
        source="a test",
        date=datetime.date(2026, 11, 28),
    )


def test_a_zone_in_red_is_not_searched_and_what_was_cut_out_is_overwritten() -> None:
    camera = Camera1(conditions=Conditions(envelope(zone_light=250.0)))
    assert camera.walk(LISTED[1]) == []
    assert camera.flow.counts.faces_detected == camera.flow.counts.faces_seen == 0
    assert not camera.flow.prepare(*SIZE).picture.any()
    assert camera.holds_nothing


def test_a_zone_that_turns_red_ends_the_passages_that_were_open() -> None:
    conditions = Conditions(envelope(zone_light=30.0))
    camera = Camera1(conditions=conditions)
    camera.see(PaintedFace(person=STRANGER, x=150, y=180), looks=6)
    assert camera.flow.passages_open == 1
    for _ in range(40):
        camera.flow.step(frame(np.zeros((*SIZE[::-1], 3), np.uint8), camera.at_s, 0))
        camera.at_s += LOOK_S
    assert conditions.standing is Standing.RED
    assert camera.flow.passages_open == camera.flow.in_view == 0
    assert camera.holds_nothing


def test_each_passage_has_one_voice_in_what_the_camera_shows() -> None:
    conditions = Conditions(envelope(face_width=1.0))
    camera = Camera1(conditions=conditions)
    for person in (0, 1, 2, 3):
        camera.walk(person)
    assert conditions.shows == {}
    for person in (5, 6):
        camera.walk(person)
    assert conditions.shows["face_width"] == pytest.approx(FACE_PX, rel=0.2)


def test_an_alert_comes_after_three_looks_and_a_second_shot() -> None:
    camera = Camera1()
    assert camera.see(LEFT, looks=2) == []
    assert len(camera.see(LEFT)) == 1


def test_what_is_kept_of_a_stranger_is_gone_within_a_second_of_the_last_sighting() -> None:
    camera = Camera1()
    camera.see(PaintedFace(person=STRANGER, x=300, y=180), looks=8)
    assert not camera.holds_nothing
    last_us = SOME_DAY_US + round((camera.at_s - LOOK_S) * 1e6)
    patience_us = round(RULES.patience_s * 1e6)
    camera.flow.tick(last_us + patience_us - 50_000)
    assert not camera.holds_nothing
    camera.flow.tick(last_us + patience_us + 50_000)
    assert camera.holds_nothing
    assert RULES.patience_s <= camera.flow.counts.unmatched_age_max_s < 1


def test_a_chip_lives_no_longer_than_the_passage_needs_to_be_one() -> None:
    camera = Camera1()
    camera.see(PaintedFace(person=STRANGER, x=300, y=180), looks=3)
    assert camera.memory.templates.any()
    assert not camera.memory.chips.any()


def test_two_people_at_once_are_two_passages() -> None:
    camera = Camera1()
    other = PaintedFace(person=LISTED[0], x=450, y=150)
    matches = camera.see(LEFT, other, PaintedFace(person=STRANGER, x=300, y=300), looks=8)
    assert sorted(match.entry for match in matches) == [0, 1]
    assert len({match.passage for match in matches}) == 2
    assert camera.flow.counts.faces_seen == 3


def test_passages_count_from_1_and_go_on() -> None:
    camera = Camera1()
    assert [match.passage for match in camera.walk(LISTED[0]) + camera.walk(STRANGER) + camera.walk(LISTED[1])] == [
        1,
        3,
    ]


def test_a_process_that_takes_over_counts_on() -> None:
    assert [match.passage for match in Camera1(before=41).walk(LISTED[0])] == [42]


def test_two_looks_are_no_passage() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=2)
    camera.wait(2)
    assert camera.flow.counts.faces_detected == 0
    assert camera.holds_nothing


def test_a_face_outside_the_zone_goes_no_further() -> None:
    right = Zone(corners=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
    camera = Camera1(zone=right)
    assert camera.see(LEFT, looks=10) == []
    assert camera.flow.counts.faces_detected == 0
    assert len(camera.see(PaintedFace(person=LISTED[1], x=480, y=180), looks=10)) == 1


def test_the_corner_of_a_region_is_not_yet_the_zone() -> None:
    triangle = Zone(corners=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
    camera = Camera1(zone=triangle)
    assert camera.see(PaintedFace(person=LISTED[1], x=120, y=300), looks=10) == []
    assert len(camera.see(PaintedFace(person=LISTED[1], x=500, y=60), looks=10)) == 1


def test_a_face_smaller_than_wanted_is_not_searched() -> None:
    camera = Camera1(smallest_face_px=100)
    assert camera.see(LEFT, looks=10) == []
    assert camera.flow.counts.faces_detected == 0
    assert camera.holds_nothing


def test_a_face_that_comes_near_is_usable_from_then_on() -> None:
    camera = Camera1(smallest_face_px=70)
    for width in (50, 60):
        camera.see(PaintedFace(person=LISTED[1], x=300, y=180, width=width), looks=2)
    near_s = camera.at_s
    (match,) = camera.see(PaintedFace(person=LISTED[1], x=300, y=180, width=76), looks=6)
    assert match.first_usable_us == SOME_DAY_US + round(near_s * 1e6)


def test_a_weak_face_continues_a_track_but_is_not_usable() -> None:
    camera = Camera1()
    weak = PaintedFace(person=STRANGER, x=300, y=180, weak=True)
    camera.see(weak, looks=10)
    assert camera.flow.in_view == 0
    camera.see(PaintedFace(person=STRANGER, x=300, y=180), looks=2)
    camera.see(weak, looks=10)
    assert camera.flow.in_view == 1
    assert camera.flow.counts.faces_detected == 0


def test_a_face_too_poor_to_search_is_detected_but_not_seen() -> None:
    camera = Camera1()
    camera.see(PaintedFace(person=LISTED[1], x=300, y=180, profile=True), looks=10)
    counts = camera.flow.counts
    assert (counts.faces_detected, counts.faces_seen, counts.possible_matches) == (1, 0, 0)


def test_a_new_playing_of_the_footage_ends_all_passages() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=6)
    assert camera.flow.passages_open == 1
    camera.see(loop=1)
    assert camera.flow.passages_open == camera.flow.in_view == 0
    assert camera.holds_nothing


def test_a_new_connection_begins_a_new_passage_for_the_same_person() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=6)
    camera.see(LEFT, looks=6, loop=1)
    assert camera.flow.counts.faces_detected == 2
    assert camera.flow.counts.cooled_down == 1


def test_someone_who_stays_is_a_new_passage_after_60_seconds_and_the_old_one_is_gone() -> None:
    camera = Camera1()
    looks = round(RULES.passage_limit_s / LOOK_S)
    matches = camera.see(LEFT, looks=looks)
    assert [match.passage for match in matches] == [1]
    assert camera.flow.passages_open == 1
    matches = camera.see(LEFT, looks=10)
    assert [match.passage for match in matches] == [2]
    assert camera.flow.counts.faces_detected == 2
    assert camera.flow.counts.oldest_pixel_max_s <= RULES.passage_limit_s + 0.2


def test_a_passage_is_searched_only_so_often() -> None:
    camera = Camera1()
    widths = [60 + 4 * step for step in range(30)]
    for width in widths:
        camera.see(PaintedFace(person=STRANGER, x=300, y=180, width=width), looks=3)
    (passage,) = camera.flow._passages.values()
    assert passage.shots.searches <= RULES.searches_limit


def test_a_closed_gate_lets_nothing_through_and_ends_what_was_there() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=2)
    camera.open = False
    assert camera.see(LEFT, looks=10) == []
    assert camera.holds_nothing
    assert camera.flow.in_view == 0
    assert camera.flow.counts.faces_detected == 0


def test_behind_a_closed_gate_no_detector_is_ever_made(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Camera1()
    camera.open = False
    monkeypatch.setattr(Flow, "prepare", None)
    camera.see(LEFT, looks=3)


def test_a_repeated_match_within_the_cool_down_is_counted_and_not_raised() -> None:
    camera = Camera1()
    assert len(camera.walk(LISTED[0])) == 1
    assert camera.walk(LISTED[0]) == []
    assert camera.flow.counts.cooled_down == 1
    camera.wait(RULES.cool_down_s)
    assert len(camera.walk(LISTED[0])) == 1
    assert (camera.flow.counts.possible_matches, camera.flow.counts.faces_seen) == (2, 3)


def test_the_end_of_the_footage_ends_everything() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=6)
    camera.flow.end(SOME_DAY_US + round(camera.at_s * 1e6))
    assert camera.holds_nothing
    assert camera.flow.oldest_unmatched_s(SOME_DAY_US + 10**9) == 0


def test_the_age_of_what_is_kept_counts_from_the_last_sighting() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=6)
    last_us = SOME_DAY_US + round((camera.at_s - LOOK_S) * 1e6)
    assert camera.flow.oldest_unmatched_s(last_us + 500_000) == pytest.approx(0.5, abs=1e-3)


def test_footage_played_fast_keeps_the_timers_second() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=6)
    camera.flow.pass_time(SOME_DAY_US + 60_000_000)
    assert camera.holds_nothing
    assert camera.flow.counts.unmatched_age_max_s < 1


def test_another_size_of_picture_is_no_hindrance() -> None:
    camera = Camera1()
    camera.see(LEFT, looks=2)
    picture = scene(PaintedFace(person=LISTED[0], x=500, y=300, width=120), width=1000, height=600)
    matches = []
    for _ in range(10):
        matches += camera.flow.step(frame(picture, camera.at_s, 0))
        camera.at_s += LOOK_S
    assert [match.entry for match in matches] == [0]


def test_an_idle_flow_forgets_the_picture_of_its_zone() -> None:
    camera = Camera1()
    zones = []
    for _ in range(2):  # every second look is a coarser one
        zones.append(camera.flow.prepare(*SIZE))
        camera.see(LEFT)
    assert zones[0].picture.any()
    assert zones[1].picture.any()
    for _ in range(2):
        recogniser().blank_if_idle()
    assert not zones[0].picture.any()
    assert not zones[1].picture.any()


def test_every_second_look_is_a_coarser_one_and_the_first_after_an_end_is_fine() -> None:
    camera = Camera1()
    sizes = []
    for _ in range(3):
        sizes.append(camera.flow.prepare(*SIZE).picture.shape[1])
        camera.see(LEFT)
    assert sizes == [320, 224, 320]
    camera.flow.end(SOME_DAY_US)
    assert camera.flow.prepare(*SIZE).picture.shape[1] == 320


def test_cautions_of_the_best_shot_go_with_the_match() -> None:
    camera = Camera1(smallest_face_px=24)
    (match,) = camera.see(PaintedFace(person=LISTED[0], x=300, y=180, width=40), looks=8)
    assert "small face" in match.cautions


def test_a_strangers_crop_is_overwritten_as_soon_as_it_has_been_compared() -> None:
    camera = Camera1()
    person = PaintedFace(person=STRANGER, x=300, y=180)
    camera.see(person, looks=2)
    assert camera.crops == 1
    camera.see(person, looks=10)
    assert camera.flow.counts.faces_seen == 1
    assert camera.memory.templates.any()
    assert camera.crops == 0
    assert 0 < camera.flow.counts.oldest_pixel_max_s < 0.5


def test_a_possible_match_brings_pictures_of_its_shots_best_first() -> None:
    camera = Camera1()
    (match,) = camera.see(LEFT, looks=8)
    assert len(match.pictures) == match.shots == 2
    assert [one.quality for one in match.pictures] == sorted((one.quality for one in match.pictures), reverse=True)
    for one in match.pictures:
        assert (one.width, one.height) == pytest.approx((160, 160), abs=10)  # twice the face's size
        assert match.first_usable_us <= one.captured_us <= match.captured_us
        left, top = 150 - one.width // 2, 180 - one.height // 2
        expected = scene(LEFT)[top : top + one.height, left : left + one.width]
        assert np.abs(pixels(one).astype(int) - expected).mean() < 6
    match.wipe()
    assert not any(any(one.bgr) for one in match.pictures)


def test_no_crop_of_the_passage_stands_once_its_alert_is_raised() -> None:
    camera = Camera1()
    while not camera.see(LEFT):
        assert camera.at_s < 3
    assert camera.crops == 0
    assert camera.memory.templates.any()


def test_a_crop_that_could_still_agree_stays_until_the_passage_matches() -> None:
    camera = Camera1()
    camera.see(PaintedFace(person=LISTED[1], x=150, y=180), looks=3)
    camera.wait(2)
    waits = PaintedFace(person=LISTED[1], x=500, y=180)
    camera.see(waits, looks=20)
    assert camera.flow.counts.cooled_down == 1
    assert camera.crops == RULES.shots_kept
    matches = camera.see(waits, looks=round(RULES.cool_down_s / LOOK_S))
    assert [len(match.pictures) for match in matches] == [RULES.shots_kept]
    assert camera.crops == 0
    assert camera.flow.counts.oldest_pixel_max_s > RULES.cool_down_s - 3


def test_a_crop_that_could_still_agree_is_gone_when_the_passage_ends() -> None:
    camera = Camera1()
    camera.see(PaintedFace(person=LISTED[1], x=150, y=180), looks=3)
    camera.wait(2)
    camera.see(PaintedFace(person=LISTED[1], x=500, y=180), looks=20)
    assert camera.crops == RULES.shots_kept
    last_us = SOME_DAY_US + round((camera.at_s - LOOK_S) * 1e6)
    camera.flow.tick(last_us + round(RULES.patience_s * 1e6) + 50_000)
    assert camera.holds_nothing
    assert camera.flow.counts.oldest_pixel_max_s > 2


NEIGHBOUR = PaintedFace(person=STRANGER, x=256, y=180)
BEYOND = NEIGHBOUR.x / 640 - 0.01  # the neighbour's centre lies outside
WITHOUT_NEIGHBOUR = Zone(corners=((0.0, 0.0), (BEYOND, 0.0), (BEYOND, 1.0), (0.0, 1.0)))


def colour_of_the_neighbour(zone: Zone) -> int:
    """The most colour that is left of the neighbour in the pictures of an alert; their person's own is there."""
    (match,) = Camera1(zone=zone).see(LEFT, NEIGHBOUR, looks=8)
    most = 0
    for one in match.pictures:
        colour = pixels(one).max(axis=2).astype(int) - pixels(one).min(axis=2)
        own_end = one.width // 2 + 40
        assert one.width > own_end + 30  # the neighbour begins 26 pixels beside the person
        assert colour[:, :own_end].max() > 100
        most = max(most, int(colour[:, own_end + 10 :].max()))
    return most


def shown_outside_the_zone() -> bool:
    """Whether pictures of an alert show anything of what lies clearly outside a slanting zone."""
    edge = 180 / 640
    zone = Zone(corners=((0.0, 0.0), (edge, 0.0), (edge + 0.2, 1.0), (0.0, 1.0)))
    (match,) = Camera1(zone=zone).see(LEFT, looks=8)
    shown = []
    for one in match.pictures:
        left, top = 150 - 84, 180 - one.height // 2
        y, x = np.mgrid[top : top + one.height, left : left + one.width]
        outside = ~zone.contains((x.ravel() - 8) / 640, y.ravel() / 360).reshape(x.shape)
        assert outside.any()
        assert (pixels(one)[~outside] != 128).any()
        shown.append(bool((pixels(one)[outside] != 128).any()))
    return any(shown)


@pytest.mark.parametrize("zone", [Zone(), WITHOUT_NEIGHBOUR], ids=["in the zone", "outside it"])
def test_another_face_in_the_crop_is_covered(zone: Zone) -> None:
    assert colour_of_the_neighbour(zone) < 10


def test_what_lies_outside_the_zone_is_covered() -> None:
    assert not shown_outside_the_zone()


def test_planted_crops_that_are_not_covered_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closer, "cover_faces", lambda *_: None)
    assert colour_of_the_neighbour(Zone()) > 100
    monkeypatch.setattr(closer, "cover_outside", lambda *_: None)
    assert colour_of_the_neighbour(WITHOUT_NEIGHBOUR) > 100
    assert shown_outside_the_zone()


def test_in_haste_one_face_is_looked_at_closer_and_passages_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    shots = closer.CloserLook.shots

    def counting(self: closer.CloserLook, frame: Any, faces: Any, *rest: Any) -> Any:
        taken.append(len(faces))
        return shots(self, frame, faces, *rest)

    monkeypatch.setattr(closer.CloserLook, "shots", counting)
    camera = Camera1()
    three = scene(*(PaintedFace(person=person, x=120 + 180 * n, y=180) for n, person in enumerate((4, 7, 1))))
    matches = []
    for _ in range(14):
        matches += camera.flow.step(frame(three, camera.at_s, 0), in_haste=True)
        camera.at_s += LOOK_S
    assert set(taken) == {1}
    assert len(taken) >= 9  # three shots of three people, and perhaps better ones
    assert sorted(LISTED[match.entry] for match in matches) == [4, 7]
    camera.wait(2)
    taken.clear()
    camera.flow.step(frame(three, camera.at_s, 0))
    assert taken == [3]


class Counted:
    """A recogniser's zone detector, and how often it searched."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.searches, find = 0, ZoneDetector.find

        def counted(detector: ZoneDetector, least_score: float) -> Faces:
            self.searches += 1
            return find(detector, least_score)

        monkeypatch.setattr(ZoneDetector, "find", counted)


def test_a_still_zone_with_nobody_in_it_is_searched_at_every_third_look(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, camera = Counted(monkeypatch), Camera1()
    camera.see(looks=12)
    assert counted.searches == 4


def test_somebody_in_view_is_looked_for_at_every_look_and_whoever_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted, camera = Counted(monkeypatch), Camera1()
    camera.see(looks=2)
    assert counted.searches == 1
    camera.see(LEFT)
    assert counted.searches == 2
    camera.see(LEFT, looks=10)
    assert counted.searches == 12
    assert camera.flow.in_view == 1


def test_a_face_that_is_too_weak_to_begin_a_track_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, camera = Counted(monkeypatch), Camera1()
    camera.see(PaintedFace(person=STRANGER, x=200, y=180, weak=True), looks=6)
    assert camera.flow.in_view == 0
    assert counted.searches == 6


def test_nothing_of_a_still_zone_is_kept_once_the_camera_is_silent() -> None:
    camera = Camera1()
    camera.see(looks=3)
    assert camera.flow._stillness._then.any()
    camera.flow.tick(SOME_DAY_US + round(camera.at_s * 1e6) + 1_000_000)
    assert not camera.flow._stillness._then.any()
