"""Looking at a list in the making, and what its import found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.domain.roles import NotAllowed
from overt.faces.mark import SERVED_PX, is_marked
from overt.ledger.entry import Entry
from overt.services.drafts import DraftAltered, NoDraft, OpenDraft, approve_open, open_entry, unlock, withdraw
from overt.services.erase import erase_draft
from overt.services.installation import Installation
from overt.services.list_findings import FINDINGS, Findings, findings_of
from overt.services.list_looks import face_of, open_to_look, pair_of, portrait_of
from overt.services.people import SecondPersonNeeded
from overt.testing.memory_store import MemoryStore
from overt.testing.toy_reader import ToyFace, ToyPortrait, ToyReader, paint
from overt.vault.errors import WrongKey
from tests.drafting import Team, imported, listed, team
from tests.installations import PASSPHRASE, in_memory


class Sure(ToyReader):
    """Finds a face wherever one was painted, in a JPEG too."""

    def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ToyPortrait]:
        return super().portraits(paint(ToyFace(person=1, width=picture.shape[0] - 20)))


READER = Sure()


@pytest.fixture
def installation() -> Installation:
    return in_memory()


@pytest.fixture
def people(installation: Installation) -> Team:
    return team(installation)


@pytest.fixture
def draft(installation: Installation, people: Team, tmp_path: Path) -> str:
    """fay and gil look alike, hal is under 18, ivy is left out, jim is by himself."""
    faces = {
        "fay": ToyFace(person=1, likeness=200),
        "gil": ToyFace(person=2, likeness=200),
        "hal": ToyFace(person=3),
        "ivy": ToyFace(person=4),
        "jim": ToyFace(person=5),
    }
    lesser = {"serious": "no"}
    changes: dict[str, Any] = {
        "fay": lesser,
        "gil": lesser,
        "hal": {"age": "13-17", **lesser},
        "ivy": {"category": "intelligence"},
    }
    folder = listed(tmp_path / "list", faces, **changes)
    return imported(installation, folder, people.ann).draft


def opened(installation: Installation, draft: str, people: Team) -> OpenDraft:
    return open_to_look(installation, draft, PASSPHRASE, by=people.ben, look_alike=READER.look_alike)[0]


def newest(installation: Installation) -> Entry:
    last = installation.store.read(lambda work: work.ledger.last())
    assert last is not None
    return Entry.from_bytes(last.entry)


def test_a_list_is_opened_and_that_is_recorded(installation: Installation, people: Team, draft: str) -> None:
    open_draft, alike = open_to_look(installation, draft, PASSPHRASE, by=people.ben, look_alike=READER.look_alike)
    (pair,) = alike
    assert (pair.first, pair.second) == (0, 1)
    assert pair.score > READER.look_alike
    entry = newest(installation)
    assert (entry.kind, entry.actor, dict(entry.facts)) == (
        "draft.opened",
        people.ben.id,
        {"draft": draft, "entries": 4},
    )
    assert open_entry(installation, open_draft, 2).person.reference == "hal"
    assert PASSPHRASE not in repr(open_draft)


def test_who_may_not_import_opens_nothing(installation: Installation, people: Team, draft: str) -> None:
    size = installation.store.read(lambda work: work.ledger.size())
    with pytest.raises(NotAllowed):
        open_to_look(installation, draft, PASSPHRASE, by=people.cat, look_alike=0.5)
    with pytest.raises(WrongKey):
        open_to_look(installation, draft, "a wrong horse battery", by=people.ben, look_alike=0.5)
    assert installation.store.read(lambda work: work.ledger.size()) == size


@pytest.mark.parametrize("look", ["face", "portrait", "pair"])
def test_a_face_that_is_shown_is_recorded_and_marked(
    installation: Installation, people: Team, draft: str, look: str
) -> None:
    open_draft = opened(installation, draft, people)
    expected = (1, 2) if look == "pair" else (1,)
    if look == "pair":
        jpeg = pair_of(installation, open_draft, 1, 2, READER, by=people.ben)
    else:
        show = face_of if look == "face" else portrait_of
        jpeg = show(installation, open_draft, 1, READER, by=people.ben)
    entry = newest(installation)
    assert (entry.kind, entry.actor) == ("list.shown", people.ben.id)
    assert dict(entry.facts) == {"draft": draft, "positions": expected}
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert min(picture.shape[:2]) >= SERVED_PX
    assert is_marked(np.asarray(picture, np.uint8))


def test_who_lost_the_role_is_shown_nothing(installation: Installation, people: Team, draft: str) -> None:
    open_draft = opened(installation, draft, people)
    with pytest.raises(NotAllowed):
        face_of(installation, open_draft, 1, READER, by=people.cat)


def test_where_no_face_is_found_the_picture_is_shown_whole(
    installation: Installation, people: Team, draft: str
) -> None:
    class Blind(ToyReader):
        def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ToyPortrait]:
            return []

    open_draft = opened(installation, draft, people)
    for jpeg in (
        face_of(installation, open_draft, 0, Blind(), by=people.ben),
        portrait_of(installation, open_draft, 0, Blind(), by=people.ben),
        pair_of(installation, open_draft, 0, 1, Blind(), by=people.ben),
    ):
        assert jpeg.startswith(b"\xff\xd8")


def test_what_was_withdrawn_or_erased_is_not_shown(installation: Installation, people: Team, draft: str) -> None:
    open_draft = opened(installation, draft, people)
    withdraw(installation, draft, 1, by=people.ben)
    with pytest.raises(NoDraft, match="no entry 1"):
        face_of(installation, open_draft, 1, READER, by=people.ben)
    erase_draft(installation, draft, "by-hand")
    with pytest.raises(NoDraft, match="erased"):
        face_of(installation, open_draft, 0, READER, by=people.ben)


def test_an_entry_of_an_open_list_is_approved_by_a_second_person(
    installation: Installation, people: Team, draft: str
) -> None:
    open_draft = opened(installation, draft, people)
    with pytest.raises(SecondPersonNeeded):
        approve_open(installation, open_draft, 2, reason="agreed", by=people.ann)
    assert approve_open(installation, open_draft, 2, reason="agreed", by=people.ben).reference == "hal"
    assert open_entry(installation, open_draft, 2).approval == "agreed"


def test_of_each_picture_is_kept_what_was_found(installation: Installation, people: Team, tmp_path: Path) -> None:
    folder = listed(tmp_path / "more", ["fay"])
    (folder / "fay").mkdir()
    (folder / "fay.png").rename(folder / "fay" / "1.png")
    Image.open(folder / "fay" / "1.png").save(folder / "fay" / "2.png")
    (folder / "fay" / "3.png").write_bytes(b"none")
    draft = imported(installation, folder, people.ann).draft
    looked = open_entry(installation, opened(installation, draft, people), 0).person.looked
    assert [(one.picture, one.entry, one.usable) for one in looked] == [
        ("fay/1.png", "fay", True),
        ("fay/2.png", "fay", False),
        ("fay/3.png", "fay", False),
    ]
    assert looked[0].quality is not None
    assert looked[0].quality.eyes_px == 40
    assert "duplicate" in looked[1].reasons[0]
    assert looked[2].quality is None


def test_who_was_left_out_and_what_was_broken_is_kept_sealed(
    installation: Installation, people: Team, draft: str
) -> None:
    findings = findings_of(installation, opened(installation, draft, people))
    (left_out,) = findings.left_out
    assert (left_out.entry, left_out.rule) == ("ivy", "categories")
    assert "min_serious_share" in [one.rule for one in findings.broken]
    (paper,) = installation.store.read(lambda work: work.papers.about(FINDINGS, draft))
    assert list(paper.content) == ["sealed"]
    assert b"ivy" not in bytes.fromhex(str(paper.content["sealed"]))


def test_a_list_against_which_nothing_stood_keeps_no_findings(
    installation: Installation, people: Team, tmp_path: Path
) -> None:
    draft = imported(installation, listed(tmp_path / "clean", ["fay"]), people.ann).draft
    assert findings_of(installation, opened(installation, draft, people)) == Findings()


def test_findings_that_were_altered_do_not_open(installation: Installation, people: Team, draft: str) -> None:
    open_draft = opened(installation, draft, people)
    store = installation.store
    assert isinstance(store, MemoryStore)
    papers = store._tables.papers
    (paper,) = [one for one in papers.values() if one.kind == FINDINGS]
    papers[paper.id] = replace(paper, content={"sealed": "00" * 40})
    with pytest.raises(DraftAltered):
        findings_of(installation, open_draft)
    assert unlock(installation, open_draft.row, PASSPHRASE).key == open_draft.key
