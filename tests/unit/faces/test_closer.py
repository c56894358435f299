"""The second look: from the original pixels, confirmed, and forgotten."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from overt.domain.face import NO_FACES, Faces
from overt.domain.geometry import FloatArray, Region
from overt.faces.closer import CROP_SIZE, LOOK_SIZE, CloserLook
from overt.faces.crop import GREY, Surroundings
from overt.faces.detect import YuNet
from overt.faces.recipe import Recipe
from tests.unit.faces.parts import (
    Picture,
    astronaut,
    detector_of,
    frame_of,
    networks,
    runtime,
    sample,
    shrunk,
    templates,
)


@pytest.fixture(scope="module")
def look() -> CloserLook:
    return CloserLook(
        [YuNet(runtime().network(networks().detector, (4, LOOK_SIZE, LOOK_SIZE), rgb=False))], Recipe(levelled=True)
    )


@pytest.fixture(scope="module")
def faces() -> Faces:
    return detector_of(astronaut()).detect(0.6)[0]


def moved(faces: Faces, x: float, y: float) -> Faces:
    return Faces(
        boxes=faces.boxes + np.array([x, y, x, y], np.float32),
        landmarks=faces.landmarks + np.array([x, y], np.float32),
        scores=faces.scores,
    )


def test_the_second_look_finds_the_landmarks_where_they_are(look: CloserLook, faces: Faces) -> None:
    (shot,) = look.shots(frame_of(astronaut()), faces)
    assert shot.position == 0
    assert shot.chip.shape == (112, 112, 3)
    between_eyes = np.hypot(*(faces.landmarks[0, 1] - faces.landmarks[0, 0]))
    assert np.hypot(*(shot.landmarks - faces.landmarks[0]).T).max() < 0.12 * between_eyes
    assert shot.quality.score == pytest.approx(float(faces.scores[0]))
    assert shot.quality.width_px == pytest.approx(float(faces.widths[0]))


def test_a_rough_first_box_gives_nearly_the_same_template(look: CloserLook, faces: Faces) -> None:
    (exact,) = look.shots(frame_of(astronaut()), faces)
    expected = templates([exact.chip])[0]
    (rough,) = look.shots(frame_of(astronaut()), moved(faces, 8, -7))
    assert templates([rough.chip])[0] @ expected > 0.9


def test_a_face_that_may_not_be_aligned_leaves_no_chip(look: CloserLook, faces: Faces) -> None:
    asked: list[FloatArray] = []

    def never(centre: FloatArray) -> bool:
        asked.append(centre)
        return False

    assert list(look.shots(frame_of(astronaut()), faces, may_align=never)) == []
    (centre,) = asked
    assert np.hypot(*(centre - faces.landmarks[0].mean(axis=0))) < 5
    assert not look._chips.any()


def test_nothing_outside_the_region_is_looked_at(look: CloserLook, faces: Faces) -> None:
    picture = astronaut()
    left = int(faces.boxes[0, 0]) // 2 * 2
    region = Region(x=0, y=0, width=left, height=picture.shape[0])
    assert list(look.shots(frame_of(picture), faces, within=region)) == []


def test_a_box_without_a_face_gives_no_shot(look: CloserLook, faces: Faces) -> None:
    assert list(look.shots(frame_of(astronaut()), moved(faces, -130, 250))) == []


def test_a_face_far_from_where_it_was_expected_is_not_taken_for_it(look: CloserLook, faces: Faces) -> None:
    assert list(look.shots(frame_of(astronaut()), moved(faces, 60, 0))) == []


def test_more_faces_than_a_batch_come_each_in_their_place(look: CloserLook) -> None:
    picture = shrunk(sample("multi_face.jpg"), 800)
    found = detector_of(picture).detect(0.7)[0]
    assert len(found) >= 5
    places = {}
    for shot in look.shots(frame_of(picture), found):
        places[shot.position] = shot.landmarks.mean(axis=0)
    assert list(places) == sorted(places)
    assert len(places) == len(found)
    for position, centre in places.items():
        nearest = int(np.argmin(np.hypot(*(found.centres - centre).T)))
        assert nearest == position


@pytest.mark.parametrize("cut", [(0, 170, 60, 400), (20, 200, 180, 512), (30, 300, 170, 290)])
def test_a_face_at_the_edge_of_the_frame_does_no_harm(look: CloserLook, cut: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = cut
    picture = np.ascontiguousarray(astronaut()[top:bottom, left:right])
    for shot in look.shots(frame_of(picture), moved(detector_of(astronaut()).detect(0.6)[0], -left, -top)):
        assert np.isfinite(shot.landmarks).all()


def test_a_face_larger_than_the_second_looks_picture_is_made_smaller(look: CloserLook) -> None:
    picture = np.asarray(cv2.resize(astronaut()[0:256, 100:356], (1280, 1280)), np.uint8)
    small = detector_of(shrunk(picture, 320)).detect(0.6)[0]
    large = Faces(boxes=small.boxes * 4, landmarks=small.landmarks * 4, scores=small.scores)
    assert large.widths[0] > CROP_SIZE
    (shot,) = look.shots(frame_of(picture), large)
    assert shot.quality.eyes_px > 150


def test_no_faces_give_no_shots(look: CloserLook) -> None:
    assert list(look.shots(frame_of(astronaut()), NO_FACES)) == []


def test_an_idle_second_look_forgets_everything_at_the_second_call(faces: Faces) -> None:
    detector = YuNet(runtime().network(networks().detector, (4, LOOK_SIZE, LOOK_SIZE), rgb=False))
    look = CloserLook([detector], Recipe(levelled=True))
    (shot,) = look.shots(frame_of(astronaut()), faces)
    look.blank_if_idle()
    assert shot.chip.any()
    look.blank_if_idle()
    assert not shot.chip.any()
    assert not detector.input.any()
    held = [value for value in vars(look).values() if isinstance(value, np.ndarray)]
    assert held
    assert not any(array.any() for array in held)


def test_the_crop_is_the_face_in_the_middle_at_twice_its_size(look: CloserLook, faces: Faces) -> None:
    (shot,) = look.shots(frame_of(astronaut()), faces)  # a look's crop is gone when the next shot is asked for
    assert not shot.crop.any()
    for shot in look.shots(frame_of(astronaut()), faces):
        left, top, right, bottom = faces.boxes[0]
        side = 2 * max(right - left, bottom - top)
        assert shot.crop.shape[:2] == pytest.approx((side, side), abs=3)
        x, y = int((left + right - side) / 2), int((top + bottom - side) / 2)
        expected = astronaut()[y : y + shot.crop.shape[0], x : x + shot.crop.shape[1]]
        assert np.abs(shot.crop.astype(int) - expected).mean() < 12  # colour has half the frame's resolution


def test_a_crop_shows_no_other_face(look: CloserLook) -> None:
    picture = shrunk(sample("multi_face.jpg"), 800)
    detector = detector_of(picture)
    found = detector.detect(0.4)[0]
    assert len(found) >= 5
    around = Surroundings(boxes=found.boxes, corners=np.array([[0, 0], [800, 0], [800, 800], [0, 800]], np.float32))
    covered = 0
    for shot in look.shots(frame_of(picture), found, around=around):
        crop = shot.crop.copy()
        covered += bool((crop == GREY).all(axis=2).mean() > 0.02)
        seen = detector_of(np.asarray(cv2.copyMakeBorder(crop, 0, 256 - crop.shape[0], 0, 256 - crop.shape[1], 0)))
        (others,) = seen.detect(0.5)
        middle = np.array(crop.shape[1::-1]) / 2
        distances = np.hypot(*(others.centres - middle).T)
        assert (distances < 0.3 * max(crop.shape)).all(), shot.position
    assert covered >= 1


def test_a_face_that_only_the_second_look_finds_is_covered_too(look: CloserLook) -> None:
    """As in the pictures of a list, where nothing is known of the surroundings."""
    face = astronaut()[20:220, 120:320]
    picture = np.full((256, 512, 3), 110, np.uint8)
    picture[28:228, 40:240] = face
    picture[100:180, 182:262] = cv2.resize(face, (80, 80), interpolation=cv2.INTER_AREA)
    found = detector_of(picture).detect(0.4)[0]
    assert len(found) == 2
    large = found[np.array([int(np.argmax(found.widths))])]
    small = found.boxes[int(np.argmin(found.widths))]
    (left, top, right, bottom) = large.boxes[0]
    side = 2 * max(right - left, bottom - top)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    for shot in look.shots(frame_of(picture), large):
        inside = shot.crop[int(small[1] - y) : int(small[3] - y), int(small[0] - x) : int(small[2] - x)]
        assert inside.size
        assert (inside == GREY).all(axis=2).mean() > 0.9


def tilted(degrees: float) -> Picture:
    """The astronaut, turned around the middle of her face."""
    turn = cv2.getRotationMatrix2D((225, 120), degrees, 1.0)
    return np.asarray(cv2.warpAffine(astronaut(), turn, (512, 512), borderMode=cv2.BORDER_REFLECT), np.uint8)


@pytest.mark.parametrize("degrees", [-20, 20])
def test_a_tilted_head_is_made_level(look: CloserLook, degrees: float) -> None:
    plain = CloserLook(list(look._detectors), Recipe())
    picture = tilted(degrees)
    found = detector_of(picture).detect(0.5)[0][:1]
    upright = detector_of(astronaut()).detect(0.6)[0]
    expected = templates([next(look.shots(frame_of(astronaut()), upright)).chip.copy()])[0]
    scores = {}
    for name, one in (("level", look), ("plain", plain)):
        (shot,) = one.shots(frame_of(picture), found)
        scores[name] = float(templates([shot.chip])[0] @ expected)
    assert scores["level"] > scores["plain"] + 0.02
    assert scores["level"] > 0.9


def test_a_mirrored_picture_gives_the_mirrored_face(look: CloserLook) -> None:
    """Level looks are made both ways, so neither side is preferred."""
    turned = np.ascontiguousarray(astronaut()[:, ::-1])
    (shot,) = look.shots(frame_of(astronaut()), detector_of(astronaut()).detect(0.6)[0])
    here = shot.landmarks
    (shot,) = look.shots(frame_of(turned), detector_of(turned).detect(0.6)[0])
    there = shot.landmarks[[1, 0, 2, 4, 3]]
    between_eyes = np.hypot(*(here[1] - here[0]))
    assert np.hypot(511 - there[:, 0] - here[:, 0], there[:, 1] - here[:, 1]).max() < 0.05 * between_eyes


def test_a_face_that_is_not_found_again_when_it_is_level_keeps_its_landmarks(
    look: CloserLook, faces: Faces, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plain,) = CloserLook(list(look._detectors), Recipe()).shots(frame_of(astronaut()), faces)
    expected = plain.landmarks
    warped: Any = cv2.warpAffine

    def black(source: Picture, *given: object, **named: object) -> Picture:
        done: Picture = warped(source, *given, **named)
        if done.shape[0] == LOOK_SIZE:
            done.fill(0)
        return done

    monkeypatch.setattr(cv2, "warpAffine", black)
    (shot,) = look.shots(frame_of(astronaut()), faces)
    np.testing.assert_array_equal(shot.landmarks, expected)


def test_a_head_that_is_tilted_further_than_it_seems_is_made_level_again(look: CloserLook) -> None:
    upright = detector_of(astronaut()).detect(0.6)[0]
    (level,) = look.shots(frame_of(astronaut()), upright)
    expected, roll = templates([level.chip])[0], level.quality.roll
    picture = tilted(35)
    found = detector_of(picture).detect(0.3)[0][:1]
    (shot,) = look.shots(frame_of(picture), found)
    assert float(templates([shot.chip])[0] @ expected) > 0.8
    assert abs(abs(shot.quality.roll - roll) - 35) < 8
