"""The two faces of an alert beside one another, for the eyes of somebody who decides.

Rules:
  - every picture is the square of twice its face's size, on neutral grey; the two that are compared, the one of the
    list and the best of the passage, have the same scale; the other shots are smaller;
  - nothing is drawn over a face, and no number stands beside one;
  - who was shown it, of which alert, and when, is burnt into it, and it bears the mark by which the importer of lists
    refuses it (`overt.faces.mark`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

#: Sides of a large picture, and of one of the other shots; what is between pictures, and the line of words below one.
CELL_PX, GAP_PX, LINE_PX = 480, 16, 24
SMALL_PX = (CELL_PX - 2 * GAP_PX) // 3
#: As the pictures of a passage are cut (`faces.closer`).
SURROUND = 2.0
GREY, INK, LETTERS = 128, 20, 0.5
LISTED, SEEN, SHOT = "on the list", "in the passage", "another shot"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Where a picture stands on the board, pixels; `words` stand below it."""

    left: int
    top: int
    side: int
    words: str


def cells(*, listed: bool, shots: int, tall: bool = False) -> tuple[Cell, ...]:
    """Where the pictures stand: the one of the list first, where there is one, then those of the passage, best first.

    Args:
        tall: the two faces below one another, for a narrow screen; else beside one another.
    """
    found, row_px = [], CELL_PX + LINE_PX + GAP_PX
    if listed:
        found.append(Cell(left=GAP_PX, top=GAP_PX, side=CELL_PX, words=LISTED))
    column, top = (0, GAP_PX + row_px * listed) if tall else (int(listed), GAP_PX)
    left = GAP_PX + column * (CELL_PX + GAP_PX)
    if shots:
        found.append(Cell(left=left, top=top, side=CELL_PX, words=SEEN))
    for at in range(shots - 1):
        below, beside = divmod(at, 3)
        found.append(
            Cell(
                left=left + beside * (SMALL_PX + GAP_PX),
                top=top + row_px + below * (SMALL_PX + LINE_PX + GAP_PX),
                side=SMALL_PX,
                words=SHOT,
            )
        )
    return tuple(found)


def side_by_side(
    evidence: AlertEvidence,
    *,
    account: str,
    alert: str,
    now_us: int,
    find_face: FindFace = lambda _: None,
    tall: bool = False,
    also: Sequence[str] = (),
) -> bytes:
    """One picture, JPEG: the face of the list and that of the passage, large, and the other shots below.

    Args:
        account, alert: ids.
        find_face: where the face is in the picture of the list; the whole of it is shown where none is found.
        tall: as in `cells`.
        also: what is burnt in besides.

    Raises:
        BadContent: what was sealed is no picture.
    """
    shown = [] if evidence.listed is None else [around_face(decoded(evidence.listed), find_face)]
    shown += [decoded(one.jpeg) for one in evidence.pictures]
    places = cells(listed=evidence.listed is not None, shots=len(evidence.pictures), tall=tall)
    width = GAP_PX + (1 if tall else 2) * (CELL_PX + GAP_PX)
    height = max([CELL_PX, *(cell.top + cell.side + LINE_PX for cell in places)])
    board = np.full((height, width, 3), GREY, np.uint8)
    for cell, picture in zip(places, shown, strict=True):
        _fit(picture, board[cell.top : cell.top + cell.side, cell.left : cell.left + cell.side])
        _write(board, cell.words, cell.left, cell.top + cell.side + LINE_PX - 7)
    return to_jpeg(served(board, [f"alert {alert}", SAYS, f"shown to {account}", to_text(now_us), *also]))


def row_of_pictures(shown: Sequence[tuple[str, ByteArray]], *, places: int) -> ByteArray:
    """Pictures beside one another on neutral grey, each as large as its place, with words below it.

    Args:
        places: for how many there is room.

    Returns:
        Shape (h, w, 3), uint8, BGR.
    """
    board = np.full((GAP_PX + CELL_PX + LINE_PX, places * (CELL_PX + GAP_PX) + GAP_PX, 3), GREY, np.uint8)
    for at, (words, picture) in enumerate(shown):
        left = GAP_PX + at * (CELL_PX + GAP_PX)
        _fit(picture, board[GAP_PX : GAP_PX + CELL_PX, left : left + CELL_PX])
        _write(board, words, left, GAP_PX + CELL_PX + LINE_PX - 7)
    return board


def decoded(jpeg: bytes) -> ByteArray:
    """A picture that was sealed; raises BadContent where it is none."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadContent("What was sealed as a picture is none.", "Keep a copy and report the fault.")
    return np.asarray(picture, np.uint8)


def around_face(picture: ByteArray, find_face: FindFace) -> ByteArray:
    """The square of twice the face's size, grey where the picture ends; the whole picture where no face is found."""
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
