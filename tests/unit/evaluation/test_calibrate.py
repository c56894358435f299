"""Calibration counts every comparison of two different people once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from overt.domain.errors import Refused
from overt.evaluation.calibrate import calibrate, impostor_curve
from overt.evaluation.samples import ACQUIRED, Samples, pictures_by_person
from tests.unit.evaluation.pictures import EAST, NOBODY, NORTH, NORTH_EAST, ColourReader, folder_of, silent


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


def test_blocks_count_what_a_plain_loop_counts() -> None:
    rng = np.random.default_rng(3)
    templates = rng.standard_normal((2300, 8)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    people = np.sort(rng.integers(0, 700, 2300)).astype(np.int32)
    curve = impostor_curve(
        Samples(
            templates=templates,
            people=people,
            names=tuple(map(str, range(700))),
            pictures=("drawn",) * 2300,
            failures=(ACQUIRED,) * 2300,
        ),
        "random",
    )
    first, second = np.triu_indices(2300, 1)
    other = people[first] != people[second]
    scores = np.einsum("ij,ij->i", templates[first[other]], templates[second[other]], dtype=np.float64)
    assert curve.comparisons == len(scores)
    for t in (0.0, 0.335, 0.9, 1.0):
        assert curve.errors_at(t) == pytest.approx(int((scores >= t).sum()), abs=3)


def test_a_folder_where_one_person_only_shows_a_face_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"ann": [EAST], "bob": [NOBODY]})
    with pytest.raises(Refused, match="usable face"):
        calibrate(pictures_by_person(folder), ColourReader(), silent, "drawn")
