"""Levels that are kept hold numbers only, and count for their own measurement only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from overt.domain.errors import Refused
from overt.evaluation.envelope_edges import Level
from overt.evaluation.envelope_kept import KeptLevels, kept_key
from overt.faces.pack import default_pack

LEVEL = Level(
    level=0.25,
    people=np.arange(3),
    own=np.array([0.61, np.nan, 0.12]),
    other=np.array([0.3, np.nan, 0.4]),
    live={"face_light": np.array([40.5, np.nan, 51.0])},
)


def key(**change: object) -> str:
    given = {"digests": ["a"], "people": 3, "list_size": 9, "seed": 1, "runtime": "auto", "precision": "auto"}
    return kept_key(default_pack(), **(given | change))  # type: ignore[arg-type]


def test_a_level_comes_back_as_it_was(tmp_path: Path) -> None:
    KeptLevels(tmp_path / "work", key()).put("darkness", 2, LEVEL)
    found = KeptLevels(tmp_path / "work", key()).get("darkness", 2, 0.25)
    assert found is not None
    for one, other in ((found.own, LEVEL.own), (found.other, LEVEL.other), (found.people, LEVEL.people)):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.live["face_light"], LEVEL.live["face_light"])
    assert (tmp_path / "work").stat().st_mode & 0o777 == 0o700
    (file,) = (tmp_path / "work").iterdir()
    assert set(json.loads(file.read_text())) == {"level", "people", "own", "other", "live"}


@pytest.mark.parametrize(
    "change",
    [{"digests": ["b"]}, {"people": 4}, {"list_size": 10}, {"seed": 2}, {"runtime": "onnx"}, {"precision": "f32"}],
)
def test_a_level_of_another_measurement_is_not_used(tmp_path: Path, change: dict[str, object]) -> None:
    KeptLevels(tmp_path, key()).put("darkness", 2, LEVEL)
    assert KeptLevels(tmp_path, key(**change)).get("darkness", 2, 0.25) is None


def test_another_level_or_place_is_not_used(tmp_path: Path) -> None:
    kept = KeptLevels(tmp_path, key())
    kept.put("darkness", 2, LEVEL)
    assert kept.get("darkness", 2, 0.5) is None
    assert kept.get("darkness", 1, 0.25) is None
    assert kept.get("noise", 2, 0.25) is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"level": 0.25, "people": [0], "own": [1], "other": [], "live": {}}']
)
def test_a_damaged_file_is_measured_again(tmp_path: Path, content: bytes) -> None:
    kept = KeptLevels(tmp_path, key())
    kept.put("darkness", 2, LEVEL)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert kept.get("darkness", 2, 0.25) is None


def test_a_folder_that_takes_nothing_is_refused(tmp_path: Path) -> None:
    kept = KeptLevels(tmp_path / "work", key())
    (tmp_path / "work").rmdir()
    with pytest.raises(Refused, match="cannot be kept"):
        kept.put("darkness", 2, LEVEL)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("x")
    with pytest.raises(Refused, match="cannot be used"):
        KeptLevels(tmp_path / "work", key())
