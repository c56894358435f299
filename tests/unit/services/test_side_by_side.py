"""The two faces of an alert beside one another."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from overt.faces.mark import is_marked
from overt.services.evidence import AlertEvidence, AlertPicture, BadContent
from overt.services.side_by_side import CELL_PX, GAP_PX, GREY, SMALL_PX, ByteArray, FindFace, cells, side_by_side
from overt.testing.fixed_clock import SOME_DAY_US
from tests.unit.services.keeping import ANN
from tests.unit.services.policed import jpeg, pictured


def board(
    evidence: AlertEvidence,
    account: str = ANN,
    find_face: FindFace = lambda _: None,
    *,
    tall: bool = False,
    also: Sequence[str] = (),
) -> ByteArray:
    content = side_by_side(
        evidence, account=account, alert="an-alert", now_us=SOME_DAY_US, find_face=find_face, tall=tall, also=also
    )
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def cell_of(picture: ByteArray, cell: int, shots: int = 1, *, listed: bool = True, tall: bool = False) -> ByteArray:
    place = cells(listed=listed, shots=shots, tall=tall)[cell]
    scale = picture.shape[1] / (GAP_PX + (1 if tall else 2) * (CELL_PX + GAP_PX))
    top, left, side = (round(scale * each) for each in (place.top, place.left, place.side))
    return picture[top : top + side, left : left + side]


def level_of(picture: ByteArray, cell: int, shots: int = 1, *, listed: bool = True, tall: bool = False) -> float:
    """Around its middle."""
    found = cell_of(picture, cell, shots, listed=listed, tall=tall)
    height, width = found.shape[:2]
    return float(found[height // 4 : -height // 4, width // 4 : -width // 4].mean())


@pytest.mark.parametrize("tall", [False, True])
def test_both_faces_have_one_scale_and_the_other_shots_stand_below(tall: bool) -> None:
    shown = board(pictured(listed=jpeg(60, 100, 100), shots=3), tall=tall)
    assert [round(level_of(shown, cell, 3, tall=tall) / 10) for cell in range(4)] == [6, 20, 20, 20]
    places = cells(listed=True, shots=3, tall=tall)
    assert [place.side for place in places] == [CELL_PX, CELL_PX, SMALL_PX, SMALL_PX]
    listed, seen, first, second = places
    assert (listed.left == seen.left, listed.top == seen.top) == (tall, not tall)
    assert first.left == seen.left < second.left
    assert first.top == second.top > seen.top + seen.side
    assert second.left + SMALL_PX <= seen.left + CELL_PX


def test_beside_one_another_for_a_wide_screen_and_below_for_a_narrow_one() -> None:
    evidence = pictured(listed=jpeg(60), shots=1)
    wide, tall = board(evidence), board(evidence, tall=True)
    assert wide.shape[1] > wide.shape[0]
    assert tall.shape[0] > tall.shape[1]


@pytest.mark.parametrize("tall", [False, True])
def test_without_a_listed_picture_those_of_the_passage_are_shown(tall: bool) -> None:
    shown = board(pictured(listed=None), tall=tall)
    assert level_of(shown, 0, listed=False, tall=tall) == pytest.approx(200, abs=3)


def test_what_has_no_pictures_is_an_empty_board() -> None:
    shown = board(pictured(listed=None, shots=0))
    assert float(shown[:CELL_PX].mean()) == pytest.approx(GREY, abs=3)


def test_the_listed_picture_is_cut_as_those_of_the_passage_are() -> None:
    """A face of 20 pixels in a corner of a picture of 100: a square of 40, half of it beyond the edge and grey."""
    picture = np.full((100, 100, 3), 60, np.uint8)
    picture[:20, :20] = 250
    done, content = cv2.imencode(".png", picture)
    assert done

    def corner(_: ByteArray) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        return np.array([0, 0, 20, 20], np.float32)

    shown = board(pictured(listed=content.tobytes()), find_face=corner)
    assert level_of(shown, 0) == pytest.approx(250, abs=6)
    cell = cell_of(shown, 0)
    assert float(cell[5:50, 5:50].mean()) == pytest.approx(GREY, abs=6)
    assert float(cell[-50:-5, -50:-5].mean()) == pytest.approx(60, abs=6)


def test_who_was_shown_it_is_burnt_in() -> None:
    evidence = pictured(listed=jpeg(60))
    mine, theirs = board(evidence), board(evidence, account="somebody else")
    assert (mine != theirs).any()
    also = board(evidence, also=["entry bob"])
    assert also.shape != mine.shape or (also != mine).any()


def test_a_face_cut_out_of_it_cannot_become_the_picture_of_a_list() -> None:
    shown = board(pictured(listed=jpeg(60)))
    assert is_marked(shown)
    assert is_marked(cell_of(shown, 0))
    assert is_marked(cell_of(shown, 1))


def test_what_is_no_picture_is_told() -> None:
    damaged = AlertEvidence(
        reference="bob", pictures=(AlertPicture(jpeg=b"jpeg", captured_us=0, quality=0.5),), listed=None
    )
    with pytest.raises(BadContent):
        board(damaged)
