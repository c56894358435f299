"""Looking at a list in the making: who looks alike to the machine, and the faces as it takes them.

Rules:
  - a list that is opened, and every face of it that is shown, is recorded: by whom, of which draft, which entries;
  - an entry is named by its place; who was shown it, and when, is burnt into the picture, and it bears the mark by
    which the importer of lists refuses it (`overt.faces.mark`);
  - what the machine takes is found anew in the picture that is kept, with the networks as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.domain.roles import Action
from overt.domain.time import to_text
from overt.faces.align import CHIP_SIZE, align
from overt.faces.mark import served
from overt.faces.picture import to_jpeg
from overt.services.drafts import OpenDraft, find_draft, open_entries, open_entry, unlock
from overt.services.fitness import ReadPortrait
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.portraits import PortraitReader, Row, Verdict, alike_pairs
from overt.services.side_by_side import CELL_PX, FindFace, around_face, decoded, row_of_pictures
from overt.store.ports import Work

ByteArray = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Two entries, by their places, that the machine can confuse; `score`: cosine of their two most alike pictures."""

    first: int
    second: int
    score: float


def open_to_look(
    installation: Installation, draft: str, passphrase: str, *, by: Account, look_alike: float
) -> tuple[OpenDraft, tuple[Alike, ...]]:
    """Opens a draft whose import is finished; and who looks alike in it, most alike first.

    Args:
        look_alike: cosine from which two entries do.

    Raises:
        NoDraft: there is none such.
        NotAllowed: the account may not import lists, and so not look at them.
        WeakPassphrase, WrongKey: the passphrase is not the draft's.
        NoKey, DraftAltered: it cannot be opened.
    """
    row = find_draft(installation, draft)
    opened = unlock(installation, row, passphrase)
    people = open_entries(installation, opened)
    rows = [
        Row(position=one.position, verdict=Verdict(picture="", entry=str(one.position)), template=template, digest=b"")
        for one in people
        for template in one.person.templates
    ]

    def change(work: Work) -> None:
        require_actor(work, by, Action.LIST_IMPORT)
        work.record("draft.opened", actor=by.id, facts={"draft": draft, "entries": len(people)})

    installation.store.write(change)
    pairs = alike_pairs(rows, look_alike)
    return opened, tuple(Alike(first=one.position, second=two.position, score=score) for one, two, score in pairs)


def face_of(
    installation: Installation, opened: OpenDraft, position: int, reader: PortraitReader, *, by: Account
) -> bytes:
    """The face of an entry as the networks take it, aligned; JPEG.

    Raises:
        NoDraft: there is no such entry, or the draft is over.
        NotAllowed: the account may not look.
        WrongKey, BadContent: what is kept was altered.
    """
    picture = decoded(open_entry(installation, opened, position).person.picture)
    face = _largest(picture, reader)
    shown = picture if face is None else _aligned(picture, face)
    return _shown(installation, opened, shown, (position,), by)


def portrait_of(
    installation: Installation, opened: OpenDraft, position: int, reader: PortraitReader, *, by: Account
) -> bytes:
    """The picture of an entry around its face, and beside it the face as the networks take it; raises as `face_of`."""
    kept = open_entry(installation, opened, position).person.picture
    picture = decoded(kept)
    face = _largest(picture, reader)
    parts = [("picture that is kept", around_face(decoded(kept), lambda _: None if face is None else face.box))]
    if face is not None:
        parts.append(("as the machine takes it", _aligned(picture, face)))
    return _shown(installation, opened, row_of_pictures(parts, places=2), (position,), by)


def pair_of(
    installation: Installation, opened: OpenDraft, first: int, second: int, reader: PortraitReader, *, by: Account
) -> bytes:
    """Two entries beside one another, at one scale; raises as `face_of`."""
    parts = []
    for position in (first, second):
        kept = open_entry(installation, opened, position).person.picture
        parts.append((f"entry {position}", around_face(decoded(kept), _box_by(reader))))
    return _shown(installation, opened, row_of_pictures(parts, places=2), (first, second), by)


def _box_by(reader: PortraitReader) -> FindFace:
    def find(picture: ByteArray) -> FloatArray | None:
        face = _largest(picture, reader)
        return None if face is None else face.box

    return find


def _largest(picture: ByteArray, reader: PortraitReader) -> ReadPortrait | None:
    faces = reader.portraits(picture)
    return faces[0] if faces else None


def _aligned(picture: ByteArray, face: ReadPortrait) -> ByteArray:
    chip = np.zeros((CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    align(picture, face.landmarks, chip)
    return np.asarray(cv2.resize(chip, (CELL_PX, CELL_PX), interpolation=cv2.INTER_CUBIC), np.uint8)


def _shown(
    installation: Installation, opened: OpenDraft, picture: ByteArray, positions: tuple[int, ...], by: Account
) -> bytes:
    """The picture as it is served; that it was is recorded first."""
    draft = opened.row.id

    def change(work: Work) -> None:
        require_actor(work, by, Action.LIST_IMPORT)
        work.record("list.shown", actor=by.id, facts={"draft": draft, "positions": positions})

    installation.store.write(change)
    places = ", ".join(map(str, positions))
    words = [f"list {draft}", f"entry {places}", f"shown to {by.id}", to_text(installation.clock.now_us())]
    return to_jpeg(served(picture, words))
