"""The two faces of an alert beside one another."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overt.faces.mark import is_marked
from overt.services.evidence import AlertEvidence, AlertPicture, BadContent
from overt.services.side_by_side import CELL_PX, GAP_PX, GREY, ByteArray, FindFace, side_by_side
from overt.testing.fixed_clock import SOME_DAY_US
from tests.unit.services.keeping import ANN
from tests.unit.services.policed import jpeg, pictured


def board(evidence: AlertEvidence, account: str = ANN, find_face: FindFace = lambda _: None) -> ByteArray:
    content = side_by_side(evidence, account=account, alert="an-alert", now_us=SOME_DAY_US, find_face=find_face)
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def cell_of(picture: ByteArray, cell: int, cells: int = 3) -> ByteArray:
    scale = picture.shape[1] / (cells * (CELL_PX + GAP_PX) + GAP_PX)
    left, top, side = (round(scale * each) for each in (GAP_PX + cell * (CELL_PX + GAP_PX), GAP_PX, CELL_PX))
    return picture[top : top + side, left : left + side]


def level_of(picture: ByteArray, cell: int) -> float:
    """Around its middle."""
    found = cell_of(picture, cell)
    height, width = found.shape[:2]
    return float(found[height // 4 : -height // 4, width // 4 : -width // 4].mean())


def test_the_listed_face_stands_left_of_those_of_the_passage_at_one_scale() -> None:
    shown = board(pictured(listed=jpeg(60, 100, 100), shots=2))
    assert [round(level_of(shown, cell) / 10) for cell in range(3)] == [6, 20, 20]
    assert {cell_of(shown, cell).shape for cell in range(3)} == {cell_of(shown, 0).shape}
    four = board(pictured(listed=jpeg(60), shots=3))
    assert [round(float(cell_of(four, cell, 4).mean()) / 10) for cell in range(4)] == [6, 20, 20, 20]


def test_without_a_listed_picture_those_of_the_passage_are_shown() -> None:
    shown = board(pictured(listed=None))
    assert level_of(shown, 0) == pytest.approx(200, abs=3)
    assert level_of(shown, 1) == pytest.approx(GREY, abs=3)


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
