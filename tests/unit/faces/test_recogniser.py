"""Pictures of a list and zones of a camera, through the whole pack."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overt.domain.geometry import Region
from overt.faces.zone import zone_size
from tests.unit.faces.parts import RUNTIMES, Picture, astronaut, detector_of, frame_of, recogniser, sample

WHOLE = Region(x=0, y=0, width=512, height=512)


def on_grey(picture: Picture, width: int, height: int, x: int, y: int) -> Picture:
    wide = np.full((height, width, 3), 128, np.uint8)
    wide[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return wide


def test_a_portrait_has_its_face_its_quality_and_a_template() -> None:
    (portrait,) = recogniser().portraits(astronaut())
    expected = detector_of(astronaut()).detect(0.6)[0]
    np.testing.assert_allclose(portrait.box, expected.boxes[0], atol=8)
    np.testing.assert_allclose(portrait.landmarks, expected.landmarks[0], atol=6)
    assert portrait.template.shape == (128,)
    assert float(np.linalg.norm(portrait.template)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", RUNTIMES)
def test_the_same_face_in_pictures_of_any_size_is_the_same_person(name: str) -> None:
    first = recogniser(name).portraits(astronaut())[0].template
    face = np.ascontiguousarray(astronaut()[10:210, 130:330])
    variants = {
        "fills its picture": np.ascontiguousarray(astronaut()[45:185, 165:285]),
        "large": np.asarray(cv2.resize(astronaut(), (1400, 1400), interpolation=cv2.INTER_CUBIC), np.uint8),
        "far away": on_grey(np.asarray(cv2.resize(face, (100, 100)), np.uint8), 1400, 900, 900, 500),
        "odd sides": np.ascontiguousarray(astronaut()[:301, 83:420]),
        "tall": on_grey(face, 210, 1500, 3, 900),
    }
    for what, picture in variants.items():
        found = recogniser(name).portraits(picture)
        assert found, what
        assert found[0].template @ first > 0.75, what


def test_several_faces_come_largest_first() -> None:
    widths = [one.quality.width_px for one in recogniser().portraits(sample("multi_face.jpg"))]
    assert len(widths) >= 5
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (40, 40), (300, 300)])
def test_a_picture_without_a_face_gives_none(size: tuple[int, int]) -> None:
    assert recogniser().portraits(np.full((*size, 3), 90, np.uint8)) == []


def test_a_zone_gives_faces_in_pixels_of_the_whole_frame() -> None:
    frame = frame_of(astronaut())
    whole = recogniser().zone_detector(WHOLE, 1.0).detect(frame, 0.6)
    part = recogniser().zone_detector(Region(x=130, y=40, width=250, height=200), 1.0).detect(frame, 0.6)
    assert (len(whole), len(part)) == (1, 1)
    np.testing.assert_allclose(part.boxes, whole.boxes, atol=6)
    np.testing.assert_allclose(part.landmarks, whole.landmarks, atol=4)


@pytest.mark.parametrize("scale", [0.9, 0.5, 0.26])
def test_a_shrunk_zone_gives_faces_in_pixels_of_the_whole_frame(scale: float) -> None:
    frame = frame_of(astronaut())
    whole = recogniser().zone_detector(WHOLE, 1.0).detect(frame, 0.6)
    shrunk = recogniser().zone_detector(WHOLE, scale).detect(frame, 0.6)
    np.testing.assert_allclose(shrunk.centres, whole.centres, atol=6)


def test_a_zone_without_a_face_gives_none() -> None:
    corner = recogniser().zone_detector(Region(x=0, y=300, width=120, height=120), 1.0)
    assert len(corner.detect(frame_of(astronaut()), 0.6)) == 0


def test_what_the_detector_sees_has_even_sides_and_is_never_tiny() -> None:
    assert zone_size(Region(x=0, y=0, width=1920, height=1080), 0.5) == (540, 960)
    assert zone_size(Region(x=0, y=0, width=334, height=100), 0.33) == (32, 110)


def test_an_idle_zone_detector_forgets_what_it_saw() -> None:
    mine = recogniser()
    zone = mine.zone_detector(WHOLE, 0.5)
    zone.detect(frame_of(astronaut()), 0.6)
    assert zone.picture.any()
    assert not zone._scratch.any()  # at once: another camera may keep the shared network busy for hours
    for _ in range(2):
        mine.blank_if_idle()
    assert not zone.picture.any()


def test_a_zone_that_is_not_searched_is_overwritten() -> None:
    zone = recogniser().zone_detector(WHOLE, 0.5)
    assert zone.cut_out(frame_of(astronaut())).any()
    zone.wipe()
    assert not zone.picture.any()


def test_a_recogniser_that_read_a_list_forgets_its_pictures() -> None:
    mine = recogniser()
    mine.portraits(astronaut())
    mine.blank_if_idle()
    mine.blank_if_idle()
    assert not any(detector.input.any() for detector in mine._portrait_detectors.values())
    assert not mine.embedder._network.input.any()
