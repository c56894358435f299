"""The truth of a rehearsed clip as a tally."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.errors import Refused
from overt.evaluation.rehearse_truth import Header, SeenFace, TruePassage, lines_of
from overt.evaluation.rehearse_truth import Truth as StreetTruth
from overt.evaluation.trial_street import read_street
from overt.evaluation.trial_truth import BadTally, Kind
from tests.unit.evaluation.blue_list import us

FACE = SeenFace(passage=2, box=(10.0, 10.0, 60.0, 70.0), landmarks=((20.0, 30.0),) * 5, visible=1.0)


def street(*passages: TruePassage) -> StreetTruth:
    header = Header(
        seed=1,
        light="day",
        density="normal",
        width=640,
        height=480,
        fps=25,
        frames=51,
        passages=len(passages),
        people=2,
        pictures="0" * 64,
        background="drawn",
        overt="0",
    )
    shown = {49: (replace(FACE, visible=0.4),), 50: (FACE,)} if len(passages) > 1 else {}
    faces = tuple(shown.get(number, ()) for number in range(51))
    return StreetTruth(header=header, passages=passages, frames=faces)


def passage(number: int, person: str, first: int, last: int, usable: int | None) -> TruePassage:
    return TruePassage(
        passage=number,
        person=person,
        picture=f"{person}.jpg",
        first_frame=first,
        last_frame=last,
        first_usable_frame=usable,
        last_usable_frame=None if usable is None else last,
        usable_frames=0 if usable is None else 1,
        largest_face_px=0.0 if usable is None else 50.0,
    )


def kept(folder: Path, truth: StreetTruth) -> Path:
    path = folder / "street.truth.jsonl"
    path.write_text("".join(lines_of(truth)), "utf-8")
    return path


def test_everybody_on_a_street_walks_and_the_list_says_who_is_on_it(tmp_path: Path) -> None:
    path = kept(tmp_path, street(passage(1, "cho", 30, 45, None), passage(2, "bob", 0, 50, 13)))
    truth, faces = read_street(path, {"bob"})
    assert (truth.kind, truth.everybody) == (Kind.SIMULATED, True)
    bob, cho = truth.walks
    assert (bob.walk, bob.person, bob.listed, bob.begins_us, bob.ends_us) == ("2", "bob", True, 0, us(2))
    assert (bob.usable_us, bob.seen) == (us(0.52), True)
    assert (cho.walk, cho.listed, cho.begins_us, cho.usable_us, cho.seen) == ("1", False, us(1.2), None, False)
    assert faces[50] == ((0, FACE.box),)  # by the walk's place, not by its number
    assert not any(faces[:50])  # at 49 it is hidden


def test_a_street_without_people_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTally, match="without a walk"):
        read_street(kept(tmp_path, street()), ())


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(json.dumps({"figures": {}}) + "\n", "utf-8")
    with pytest.raises(Refused, match="rehearsed"):
        read_street(path, ())
    with pytest.raises(BadTally, match="cannot be read"):
        read_street(tmp_path / "none.jsonl", ())
