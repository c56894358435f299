"""Calibration on pictures whose first row spells their template, so that every count is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.domain.errors import Refused
from overt.domain.face import Quality
from overt.evaluation.calibrate import (
    PeopleTemplates,
    calibrate,
    impostor_curve,
    pictures_by_person,
    templates_of,
)
from overt.faces.recogniser import Portrait

QUALITY = Quality(
    width_px=20,
    eyes_px=8,
    sharpness=1,
    light=128,
    burnt=0,
    contrast=40,
    yaw=0,
    pitch=0,
    roll=0,
    score=0.9,
    overall=1,
)
EAST, NORTH, NORTH_EAST, NOBODY = (200, 0), (0, 200), (200, 200), (0, 0)


def portrait(template: tuple[float, float], box: tuple[float, float, float, float] = (8, 8, 24, 24)) -> Portrait:
    return Portrait(
        box=np.array(box, np.float32),
        landmarks=np.zeros((5, 2), np.float32),
        quality=QUALITY,
        template=np.array(template, np.float32) / np.float32(np.hypot(*template)),
    )


class ColourReader:
    """Takes the red and the green of a picture for a face's template; black shows nobody."""

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        red, green = float(picture[0, 0, 2]), float(picture[0, 0, 1])
        return [portrait((red, green))] if red or green else []


def folder_of(root: Path, people: Mapping[str, list[tuple[int, int]]]) -> Path:
    for name, colours in people.items():
        (root / name).mkdir()
        for number, (red, green) in enumerate(colours, 1):
            Image.new("RGB", (32, 32), (red, green, 0)).save(root / name / f"{name}_{number:04}.png")
    return root


def silent(done: int, total: int) -> None:
    assert 0 < done <= total


def test_every_pair_of_two_people_is_counted_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST, NORTH_EAST], "bob": [NORTH], "cat": [EAST, EAST]})
    seen: list[tuple[int, int]] = []
    curve = calibrate(
        pictures_by_person(folder), ColourReader(), lambda done, total: seen.append((done, total)), "drawn"
    )
    assert (curve.people, curve.pictures, curve.comparisons) == (3, 5, 8)  # 2 of ann and bob, 4, 2
    assert len(curve.thresholds) == 201
    assert [curve.errors_at(t) for t in (0.0, 0.005, 0.7, 0.71, 0.99)] == [8, 5, 5, 2, 2]
    assert seen == [(done, 5) for done in range(1, 6)]
    assert curve.source == "drawn"


def test_pictures_without_a_face_or_not_to_be_read_are_counted(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST, NOBODY], "bob": [NORTH]})
    (folder / "bob" / "bob_0002.jpg").write_bytes(b"no picture")
    (folder / "bob" / "notes.txt").write_text("no picture either")
    (folder / "errata.csv").write_text("a,b,kind\n")
    found = templates_of(pictures_by_person(folder), ColourReader(), silent)
    assert (found.without_face, found.unreadable) == (1, 1)
    assert found.people.tolist() == [0, 1]
    assert found.templates.tolist() == [[1, 0], [0, 1]]


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
    assert templates_of(pictures_by_person(folder), Crowd(), silent).templates.tolist() == [[0, 1], [0, 1]]


def test_blocks_count_what_a_plain_loop_counts() -> None:
    rng = np.random.default_rng(3)
    templates = rng.standard_normal((2300, 8)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    people = np.sort(rng.integers(0, 700, 2300)).astype(np.int32)
    curve = impostor_curve(PeopleTemplates(templates=templates, people=people, without_face=0, unreadable=0), "random")
    first, second = np.triu_indices(2300, 1)
    other = people[first] != people[second]
    scores = np.einsum("ij,ij->i", templates[first[other]], templates[second[other]], dtype=np.float64)
    assert curve.comparisons == len(scores)
    for t in (0.0, 0.335, 0.9, 1.0):
        assert curve.errors_at(t) == pytest.approx(int((scores >= t).sum()), abs=3)


@pytest.mark.parametrize("people", [{}, {"ann": [EAST, EAST]}, {"ann": [EAST], "bob": []}])
def test_a_folder_of_fewer_than_two_people_is_refused(tmp_path: Path, people: dict[str, list[tuple[int, int]]]) -> None:
    with pytest.raises(Refused, match="fewer than two people"):
        pictures_by_person(folder_of(tmp_path, people))


def test_a_folder_where_one_person_only_shows_a_face_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST], "bob": [NOBODY]})
    with pytest.raises(Refused, match="usable face"):
        calibrate(pictures_by_person(folder), ColourReader(), silent, "drawn")


def test_a_folder_or_errata_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a folder"):
        pictures_by_person(tmp_path / "nowhere")
    folder = folder_of(tmp_path, {"ann": [EAST], "bob": [NORTH]})
    with pytest.raises(Refused, match="cannot be read"):
        pictures_by_person(folder, tmp_path / "nowhere.csv")
    (tmp_path / "errata.csv").write_text("left,right\n")
    with pytest.raises(Refused, match="no columns a and b"):
        pictures_by_person(folder, tmp_path / "errata.csv")
