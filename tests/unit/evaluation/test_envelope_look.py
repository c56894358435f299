"""One look at a framed picture goes the way of a camera's frame."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.rules import RecognitionRules
from overt.evaluation.envelope_look import FRAME_SIDE, SHOWN, Framed, OneLook, framed
from overt.evaluation.envelope_spoil import GREY, FaceAt
from overt.testing.toy_model import PaintedFace, scene, template_of, toy_recogniser


def probe(*faces: PaintedFace, side: int = 240) -> Framed:
    """The first face is the person's; `faces` are painted in a square picture."""
    first = faces[0]
    half = first.width / 2
    at = FaceAt(left=first.x - half, top=first.y - half, right=first.x + half, bottom=first.y + half)
    return framed(scene(*faces, width=side, height=side), at)


@pytest.fixture(scope="module")
def look() -> OneLook:
    return OneLook(toy_recogniser(), RecognitionRules())


@pytest.mark.parametrize(("x", "y"), [(120, 120), (60, 180), (200, 50)])
def test_the_face_comes_to_the_middle_of_the_frame(x: int, y: int) -> None:
    laid = probe(PaintedFace(person=1, x=x, y=y, width=60))
    assert laid.picture.shape == (FRAME_SIDE, FRAME_SIDE, 3)
    assert laid.face.left + laid.face.right == pytest.approx(FRAME_SIDE, abs=1)
    assert laid.face.top + laid.face.bottom == pytest.approx(FRAME_SIDE, abs=1)
    assert laid.face.width == pytest.approx(60)
    corner = round(laid.face.left) + 2, round(laid.face.top) + 2
    assert np.ptp(laid.picture[corner[1], corner[0]].astype(int)) > 100  # the colour of the face lies where it should
    assert (laid.picture[0, 0] == GREY).all()


def test_a_large_face_is_shrunk_and_a_small_one_never_enlarged() -> None:
    assert probe(PaintedFace(person=1, x=300, y=300, width=400), side=600).face.width == pytest.approx(96)
    small = probe(PaintedFace(person=1, x=120, y=120, width=30))
    assert small.face.width == pytest.approx(30)
    smaller = framed(small.picture, small.face, 15)
    assert smaller.face.width == pytest.approx(15)
    assert smaller.picture.shape == (FRAME_SIDE, FRAME_SIDE, 3)


def test_a_look_gives_template_quality_and_light(look: OneLook) -> None:
    laid = probe(PaintedFace(person=4, x=120, y=120))
    seen = look.look(laid.picture, laid.face)
    assert seen.template is not None
    assert seen.template @ template_of(4) == pytest.approx(1)
    assert seen.zone_light == pytest.approx(laid.picture.mean(), abs=12)
    shown = {name: seen.live(name) for name in SHOWN}
    assert shown["face_width"] == pytest.approx(80, abs=4)
    assert all(np.isfinite(value) for value in shown.values())
    assert shown["face_yaw"] >= 0


def test_another_face_than_the_persons_is_passed_over(look: OneLook) -> None:
    laid = probe(PaintedFace(person=4, x=70, y=120, width=60), PaintedFace(person=9, x=190, y=120, width=60))
    seen = look.look(laid.picture, laid.face)
    assert seen.template is not None
    assert seen.template @ template_of(4) == pytest.approx(1)
    elsewhere = FaceAt(left=0, top=0, right=40, bottom=40)
    assert look.look(laid.picture, elsewhere).template is None


@pytest.mark.parametrize(
    ("face", "confirmed"),
    [
        (PaintedFace(person=4, x=120, y=120, weak=True), False),  # below the score that starts a track
        (PaintedFace(person=4, x=120, y=120, profile=True), True),  # too low a quality for a shot
    ],
)
def test_what_a_camera_would_not_use_is_not_acquired(look: OneLook, face: PaintedFace, confirmed: bool) -> None:
    laid = probe(face)
    seen = look.look(laid.picture, laid.face)
    assert seen.template is None
    assert (seen.quality is not None) is confirmed
    assert np.isfinite(seen.live("zone_light"))
    assert np.isfinite(seen.live("face_light")) is np.bool_(confirmed)


def test_an_empty_frame_shows_its_light_only(look: OneLook) -> None:
    seen = look.look(np.full((FRAME_SIDE, FRAME_SIDE, 3), 40, np.uint8), FaceAt(left=80, top=80, right=160, bottom=160))
    assert seen.live("zone_light") == pytest.approx(40, abs=1)
    assert np.isnan(seen.live("face_width"))


def test_a_camera_set_to_smaller_faces_finds_them(look: OneLook) -> None:
    laid = probe(PaintedFace(person=2, x=120, y=120))
    small = framed(laid.picture, laid.face, 8)
    assert look.look(small.picture, small.face).quality is None
    assert look.look(small.picture, small.face, 8).live("face_width") == pytest.approx(8, abs=1)
