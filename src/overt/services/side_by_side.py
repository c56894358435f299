"""The two faces of an alert beside one another, for the eyes of somebody who decides.

Rules:
  - every picture is the square of twice its face's size, at one scale, on neutral grey; nothing is drawn over a face,
    and no number stands beside one;
  - who was shown it, of which alert, and when, is burnt into it, and it bears the mark by which the importer of lists
    refuses it (`overt.faces.mark`).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import SAYS
from overt.domain.geometry import FloatArray
from overt.domain.time import to_text
from overt.faces.mark import served
from overt.faces.picture import to_jpeg
from overt.services.evidence import AlertEvidence, BadContent

ByteArray = NDArray[np.uint8]
FindFace = Callable[[ByteArray], FloatArray | None]
"""Box of the face of a picture, shape (4,): left, top, right, bottom in its pixels; None: there is none to be found."""

CELL_PX, GAP_PX, LINE_PX = 256, 16, 20
#: As the pictures of a passage are cut (`faces.closer`).
SURROUND = 2.0
GREY, INK, LETTERS = 128, 20, 0.38


def side_by_side(
    evidence: AlertEvidence, *, account: str, alert: str, now_us: int, find_face: FindFace = lambda _: None
) -> bytes:
    """One picture, JPEG: left the one of the list, then those of the passage, best first.

    Args:
        account, alert: ids.
        find_face: where the face is in the picture of the list; the whole of it is shown where none is found.

    Raises:
        BadContent: what was sealed is no picture.
    """
    listed = [] if evidence.listed is None else [_around_face(_decoded(evidence.listed), find_face)]
    shown = [("on the list", one) for one in listed]
    shown += [("in the passage", _decoded(one.jpeg)) for one in evidence.pictures]
    width = max(3, len(shown)) * (CELL_PX + GAP_PX) + GAP_PX
    board = np.full((GAP_PX + CELL_PX + LINE_PX, width, 3), GREY, np.uint8)
    for at, (words, picture) in enumerate(shown):
        left = GAP_PX + at * (CELL_PX + GAP_PX)
        _fit(picture, board[GAP_PX : GAP_PX + CELL_PX, left : left + CELL_PX])
        _write(board, words, left, GAP_PX + CELL_PX + LINE_PX - 6)
    return to_jpeg(served(board, [f"alert {alert}", SAYS, f"shown to {account}", to_text(now_us)]))


def _decoded(jpeg: bytes) -> ByteArray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadContent("What was sealed as a picture is none.", "Keep a copy and report the fault.")
    return np.asarray(picture, np.uint8)


def _around_face(picture: ByteArray, find_face: FindFace) -> ByteArray:
    box = find_face(picture)
    if box is None:
        return picture
    left, top, right, bottom = box.tolist()
    side = max(2, round(SURROUND * max(right - left, bottom - top)))
    x, y = round((left + right - side) / 2), round((top + bottom - side) / 2)
    square = np.full((side, side, 3), GREY, np.uint8)
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + side), min(height, y + side)
    square[y0 - y : y1 - y, x0 - x : x1 - x] = picture[y0:y1, x0:x1]
    return square


def _fit(picture: ByteArray, cell: ByteArray) -> None:
    """Writes a picture into the middle of a cell, as large as it fits, its proportions kept."""
    height, width = picture.shape[:2]
    scale = min(cell.shape[0] / height, cell.shape[1] / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (cell.shape[0] - size[1]) // 2, (cell.shape[1] - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = scaled


def _write(board: ByteArray, words: str, x: int, y: int) -> None:
    cv2.putText(board, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, LETTERS, (INK, INK, INK), 1, cv2.LINE_AA)
