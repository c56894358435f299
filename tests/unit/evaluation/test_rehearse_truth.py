"""The truth of a rehearsed clip: written, read again, and refused where it is not what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.domain.errors import Refused
from overt.evaluation.rehearse_truth import (
    Header,
    SeenFace,
    TruePassage,
    Truth,
    lines_of,
    read_truth,
    truth_path,
)

HEADER = Header(
    seed=1,
    light="day",
    density="normal",
    width=320,
    height=240,
    fps=10,
    frames=3,
    passages=2,
    people=2,
    pictures="ab" * 32,
    background="drawn",
    overt="1",
)
ANN = TruePassage(
    passage=1,
    person="Ann Ü",
    picture="ann/1.jpg",
    first_frame=0,
    last_frame=2,
    first_usable_frame=1,
    last_usable_frame=2,
    usable_frames=2,
    largest_face_px=60.5,
)
BOB = TruePassage(
    passage=2,
    person="bob",
    picture="bob.jpg",
    first_frame=2,
    last_frame=2,
    first_usable_frame=None,
    last_usable_frame=None,
    usable_frames=0,
    largest_face_px=0.0,
)


def face(passage: int, width: float = 60.0, visible: float = 1.0) -> SeenFace:
    points = tuple((10.0 + k, 20.5) for k in range(5))
    return SeenFace(passage=passage, box=(-3.5, 10.0, width - 3.5, 70.0), landmarks=points, visible=visible)


TRUTH = Truth(header=HEADER, passages=(ANN, BOB), frames=((face(1),), (), (face(1), face(2, 20.0))))


def written(path: Path, truth: Truth = TRUTH) -> Path:
    path.write_text("".join(lines_of(truth)), "utf-8")
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert read_truth(written(tmp_path / "a.truth.jsonl")) == TRUTH


def test_the_first_line_says_that_nothing_of_it_happened() -> None:
    first, *others = map(json.loads, lines_of(TRUTH))
    assert first["rehearsed"] is True
    assert first["says"].startswith("simulated: nobody passed a camera")
    assert [line.get("passage") for line in others] == [1, 2, None, None, None]
    assert [line.get("media_time_s") for line in others] == [None, None, 0.0, 0.1, 0.2]
    assert others[0]["first_usable_s"] == 0.1
    assert others[1]["first_usable_s"] is None
    assert others[2]["faces"][0]["person"] == "Ann Ü"


def test_the_truth_lies_beside_its_clip() -> None:
    assert truth_path(Path("a/street.v2.mp4")) == Path("a/street.v2.truth.jsonl")


def test_a_face_is_usable_from_forty_pixels_and_half_of_it_seen() -> None:
    assert face(1, 40.0, 0.5).usable
    assert not face(1, 39.9, 1.0).usable
    assert not face(1, 100.0, 0.49).usable
    assert TRUTH.usable_passages == (ANN,)


def test_a_person_twice_at_once_is_told() -> None:
    assert not TRUTH.twins
    again = replace(BOB, person=ANN.person)
    assert replace(TRUTH, passages=(ANN, again)).twins
    assert not replace(TRUTH, passages=(replace(ANN, last_frame=1), again)).twins


@given(
    frames=st.lists(
        st.lists(
            st.builds(
                face,
                st.sampled_from([1, 2]),
                st.floats(1, 500).map(lambda x: round(x, 1)),
                st.floats(0, 1).map(lambda x: round(x, 2)),
            ),
            max_size=3,
        ).map(tuple),
        min_size=3,
        max_size=6,
    )
)
def test_any_truth_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, frames: list[tuple[SeenFace, ...]]
) -> None:
    truth = Truth(header=replace(HEADER, frames=len(frames)), passages=(ANN, BOB), frames=tuple(frames))
    assert read_truth(written(tmp_path_factory.mktemp("t") / "t.jsonl", truth)) == truth


def change(line: int, **fields: object) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[line].update(fields)


@pytest.mark.parametrize(
    ("line", "edit", "words"),
    [
        (1, change(0, rehearsed=False), '"rehearsed": true'),
        (1, change(0, rehearsed=1), '"rehearsed": true'),
        (1, change(0, says="recorded"), "says"),
        (1, change(0, version=2), "version 2"),
        (1, change(0, fps=0), '"fps"'),
        (1, change(0, fps=True), '"fps"'),
        (1, change(0, light=""), '"light"'),
        (1, change(0, frames=4), "2 passages and 4 frames, and 5 lines follow"),
        (1, lambda lines: lines.pop(), "4 lines follow"),
        (1, lambda lines: lines[0].pop("seed"), '"seed"'),
        (2, change(1, passage=2), "passage 1 was expected"),
        (2, change(1, first_frame=2, last_frame=1), "not in order"),
        (2, change(1, last_frame=3), "after the clip's end"),
        (2, change(1, last_usable_frame=None), '"last_usable_frame"'),
        (2, change(1, person=7), '"person"'),
        (2, change(1, largest_face_px="wide"), '"largest_face_px"'),
        (3, change(2, largest_face_px=float("inf")), '"largest_face_px"'),
        (4, change(3, frame=1), "frame 0 was expected"),
        (4, change(3, faces=None), '"faces"'),
        (4, change(3, faces=[1]), "no JSON object"),
        (4, lambda lines: lines[3]["faces"][0].update(passage=3), "do not belong together"),
        (4, lambda lines: lines[3]["faces"][0].update(person="bob"), "do not belong together"),
        (4, lambda lines: lines[3]["faces"][0].update(box=[1, 2, 3]), "4 numbers"),
        (4, lambda lines: lines[3]["faces"][0].update(box=[5, 2, 5, 9]), "no area"),
        (4, lambda lines: lines[3]["faces"][0].update(box=[0, 2, None, 9]), '"box"'),
        (4, lambda lines: lines[3]["faces"][0].update(landmarks=[[1, 2]]), "five landmarks"),
        (4, lambda lines: lines[3]["faces"][0]["landmarks"].__setitem__(0, [1]), "2 numbers"),
        (4, lambda lines: lines[3]["faces"][0].update(visible=1.1), "0 to 1"),
    ],
)
def test_a_changed_truth_is_refused_with_its_line(
    tmp_path: Path, line: int, edit: Callable[[list[dict[str, Any]]], object], words: str
) -> None:
    lines = [json.loads(one) for one in lines_of(TRUTH)]
    edit(lines)
    path = tmp_path / "a.truth.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    with pytest.raises(Refused, match=f"^Line {line} ") as refused:
        read_truth(path)
    assert words in refused.value.sentence
    assert refused.value.todo


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Line 1"),
        (b"[1]\n", "no JSON object"),
        (b"{\n", "not JSON"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.truth.jsonl"
    path.write_bytes(content)
    with pytest.raises(Refused, match=words):
        read_truth(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read: No such file"):
        read_truth(tmp_path / "none.jsonl")
