"""What a model pack makes of pictures of known people, and the corrections of their labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.errors import Refused
from overt.evaluation.samples import (
    ACQUIRED,
    NO_FACE,
    UNREADABLE,
    Samples,
    centre_of,
    centred,
    part_of,
    pictures_by_person,
    pictures_digest,
    samples_of,
)
from overt.faces.recogniser import Portrait
from tests.unit.evaluation.pictures import EAST, NOBODY, NORTH, ColourReader, folder_of, portrait, silent


def test_pictures_without_a_face_or_not_to_be_read_keep_their_place(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST, NOBODY], "bob": [NORTH]})
    (folder / "bob" / "bob_0002.jpg").write_bytes(b"no picture")
    (folder / "bob" / "notes.txt").write_text("no picture either")
    (folder / "errata.csv").write_text("a,b,kind\n")
    found = samples_of(pictures_by_person(folder), ColourReader(), silent)
    assert (found.count(NO_FACE), found.count(UNREADABLE), found.count(ACQUIRED)) == (1, 1, 2)
    assert found.names == ("ann", "bob")
    assert found.pictures == ("ann/ann_0001.png", "ann/ann_0002.png", "bob/bob_0001.png", "bob/bob_0002.jpg")
    assert found.people.tolist() == [0, 0, 1, 1]
    assert found.acquired.tolist() == [True, False, True, False]
    assert found.templates.tolist() == [[1, 0], [0, 0], [0, 1], [0, 0]]


def test_errata_drop_pictures_and_merge_people(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, {"ann": [EAST, EAST], "anna": [EAST], "anne": [EAST], "bob": [NORTH, EAST], "cat": [EAST]}
    )
    errata = tmp_path / "errata.csv"
    errata.write_text(
        "a,b,kind\nanna,ann,two spellings\nanne,anna,two spellings\nbob_0002,cat_0001,same picture\n"
        "who_0001,who_0002,elsewhere\nbob,who,elsewhere\n"
    )
    found = pictures_by_person(folder, errata)
    assert {name: [path.stem for path in paths] for name, paths in found.items()} == {
        "ann": ["ann_0001", "ann_0002", "anna_0001", "anne_0001"],
        "bob": ["bob_0001"],
    }


def test_a_limit_keeps_the_first_pictures_of_each_person(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST] * 4, "bob": [NORTH]})
    found = pictures_by_person(folder, most_pictures=2)
    assert [path.stem for path in found["ann"]] == ["ann_0001", "ann_0002"]


def test_the_person_is_the_large_face_nearest_to_the_middle(tmp_path: Path) -> None:
    class Crowd:
        def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
            return [
                portrait((1, 0), (0, 0, 14, 14)),
                portrait((0, 1), (10, 10, 20, 20)),
                portrait((-1, 0), (15, 15, 17, 17)),
            ]

    folder = folder_of(tmp_path, {"ann": [EAST], "bob": [EAST]})
    assert samples_of(pictures_by_person(folder), Crowd(), silent).templates.tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("people", [{}, {"ann": [EAST, EAST]}, {"ann": [EAST], "bob": []}])
def test_a_folder_of_fewer_than_two_people_is_refused(tmp_path: Path, people: dict[str, list[tuple[int, int]]]) -> None:
    with pytest.raises(Refused, match="fewer than two people"):
        pictures_by_person(folder_of(tmp_path, people))


def test_a_folder_or_errata_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a folder"):
        pictures_by_person(tmp_path / "nowhere")
    folder = folder_of(tmp_path, {"ann": [EAST], "bob": [NORTH]})
    with pytest.raises(Refused, match="cannot be read"):
        pictures_by_person(folder, tmp_path / "nowhere.csv")
    (tmp_path / "errata.csv").write_text("left,right\n")
    with pytest.raises(Refused, match="no columns a and b"):
        pictures_by_person(folder, tmp_path / "errata.csv")


def test_the_digest_of_pictures_is_that_of_names_and_contents(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST], "bob": [NORTH]})
    pictures = pictures_by_person(folder)
    before = pictures_digest(pictures)
    assert before == pictures_digest(pictures_by_person(folder))
    (folder / "ann" / "ann_0001.png").rename(folder / "ann" / "ann_0002.png")
    renamed = pictures_digest(pictures_by_person(folder))
    (folder / "bob" / "bob_0001.png").write_bytes(b"another")
    assert len({before, renamed, pictures_digest(pictures_by_person(folder))}) == 3
    with pytest.raises(Refused, match=r"ann_0001\.png cannot be read"):
        pictures_digest(pictures)


@pytest.mark.parametrize(
    ("people", "pictures", "failures"),
    [((0,), 2, 2), ((0, 0), 1, 2), ((0, 0), 2, 1), ((1, 0), 2, 2), ((0, 2), 2, 2), ((-1, 0), 2, 2)],
)
def test_samples_that_do_not_belong_together_are_refused(people: tuple[int, ...], pictures: int, failures: int) -> None:
    with pytest.raises(ValueError, match=r"every picture|numbered from 0"):
        Samples(
            templates=np.zeros((2, 4), np.float32),
            people=np.array(people, np.int32),
            names=("ann", "bob"),
            pictures=("a.png",) * pictures,
            failures=(ACQUIRED,) * failures,
        )


def test_no_pictures_are_no_samples() -> None:
    found = samples_of({}, ColourReader(), silent)
    assert (len(found.templates), found.names, found.acquired.tolist()) == (0, (), [])


def test_the_centre_is_the_mean_of_each_persons_first_picture(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST, NORTH], "bob": [NOBODY, NORTH], "cat": [EAST]})
    found = samples_of(pictures_by_person(folder), ColourReader(), silent)
    assert centre_of(found) == (0.666667, 0.333333)
    assert centred(found, ()) is found
    off = centred(found, (0.5, 0.0))
    assert off.acquired.tolist() == found.acquired.tolist()
    np.testing.assert_allclose(off.templates[0], (1, 0), atol=1e-6)
    np.testing.assert_allclose(off.templates[1], np.array([-0.5, 1]) / np.hypot(0.5, 1), atol=1e-6)
    assert not off.templates[2].any()
    assert part_of(found, np.array([0, 3])).pictures == ("ann/ann_0001.png", "bob/bob_0002.png")


def test_pictures_without_any_face_have_no_centre(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [NOBODY], "bob": [NOBODY]})
    found = samples_of(pictures_by_person(folder), ColourReader(), silent)
    with pytest.raises(Refused, match="No picture shows a usable face"):
        centre_of(found)
