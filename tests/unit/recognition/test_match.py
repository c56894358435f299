"""The search in a watch list: best entry, ties, refusals, wiping."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from overt.domain.errors import BadWatchList
from overt.recognition.match import WatchIndex

AXES = np.eye(4, dtype=np.float32)


def positions(*entries: int) -> NDArray[np.int32]:
    return np.array(entries, np.int32)


def unit(*numbers: float) -> NDArray[np.float32]:
    row = np.array(numbers, np.float32)
    return row / np.linalg.norm(row)


def test_the_best_entry_is_the_entry_of_the_best_row() -> None:
    index = WatchIndex(AXES, positions(0, 0, 1, 1))
    found = index.search(np.stack([unit(0, 0, 1, 3), unit(1, 2, 0, 0)]))
    assert found.entries.tolist() == [1, 0]
    assert found.entries.dtype == np.int32
    np.testing.assert_allclose(found.scores, [3 / 10**0.5, 2 / 5**0.5], rtol=1e-6)
    assert found.scores.dtype == np.float32


def test_equal_rows_go_to_the_lowest_wherever_they_stand() -> None:
    rng = np.random.default_rng(5)
    templates = rng.standard_normal((500, 128)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    templates[[77, 300, 499]] = templates[411]
    for chunk_rows in (1, 7, 64, 500):
        index = WatchIndex(templates, np.arange(500, dtype=np.int32), chunk_rows=chunk_rows)
        assert index.search(templates[411:412]).entries.tolist() == [77]


def test_a_list_of_equal_rows_only_is_searched() -> None:
    index = WatchIndex(np.tile(unit(1, 2, 3, 4), (1000, 1)), np.arange(1000, dtype=np.int32))
    found = index.search(np.stack([unit(1, 2, 3, 4), unit(-1, -2, -3, -4)]))
    assert found.entries.tolist() == [0, 0]
    np.testing.assert_allclose(found.scores, [1, -1], atol=1e-6)
    assert (np.abs(found.scores) <= 1).all()


def test_no_probe_gives_no_candidate() -> None:
    index = WatchIndex(AXES, positions(0, 1, 2, 3))
    found = index.search(AXES[:0])
    assert found.entries.shape == found.scores.shape == (0,)
    assert index.scores_of(AXES[:0], 1).shape == (0,)


def test_the_score_of_a_named_entry_is_the_best_over_its_rows() -> None:
    index = WatchIndex(AXES, positions(0, 0, 1, 3))
    probe = unit(1, 2, 3, 4)[None]
    np.testing.assert_allclose(index.scores_of(probe, 0), 2 / 30**0.5, rtol=1e-6)
    assert index.scores_of(probe, 3)[0] == index.search(probe).scores[0]
    with pytest.raises(ValueError, match="no entry 2"):
        index.scores_of(probe, 2)


def test_a_list_in_a_read_only_memory_map_is_searched(tmp_path: Path) -> None:
    AXES.tofile(tmp_path / "list")
    index = WatchIndex(np.memmap(tmp_path / "list", np.float32, "r", shape=(4, 4)), positions(0, 1, 2, 3))
    assert index.search(AXES[::-1]).entries.tolist() == [3, 2, 1, 0]
    assert len(index) == 4


def test_wiping_leaves_nothing_that_came_from_a_probe() -> None:
    index = WatchIndex(AXES, positions(0, 1, 2, 3))
    index.search(np.stack([unit(1, 2, 3, 4)] * 16))
    buffers = [value for name, value in vars(index).items() if isinstance(value, np.ndarray) and name != "_row_entry"]
    assert len(buffers) == 5  # the products: test_rows
    assert any(buffer.any() for buffer in buffers)
    index.wipe()
    assert not any(buffer.any() for buffer in buffers)
    assert index.search(AXES[2:3]).entries.tolist() == [2]


def test_an_empty_list_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadWatchList, match="empty") as refusal:
        WatchIndex(AXES[:0], positions())
    assert refusal.value.todo


def test_a_row_that_is_no_unit_vector_is_refused_by_its_place() -> None:
    for wrong in (np.float32(0.9), np.float32("nan")):
        templates = AXES.copy()
        templates[2] *= wrong
        with pytest.raises(BadWatchList, match=r"Row 2 .*entry 7"):
            WatchIndex(templates, positions(0, 1, 7, 9))


@pytest.mark.parametrize(
    ("templates", "row_entry"),
    [
        (AXES.astype(np.float64), positions(0, 1, 2, 3)),
        (np.asfortranarray(np.tile(AXES, (2, 1))), positions(*range(8))),
        (AXES[0], positions(0)),
        (AXES, positions(0, 1, 2)),
        (AXES, np.arange(4)),
        (AXES, positions(0, 2, 1, 3)),
        (AXES, positions(-1, 0, 1, 2)),
    ],
)
def test_arrays_of_another_shape_type_or_order_are_refused(
    templates: NDArray[np.float32], row_entry: NDArray[np.int32]
) -> None:
    with pytest.raises(ValueError, match="must"):
        WatchIndex(templates, row_entry)


@pytest.mark.parametrize(
    "probes",
    [AXES.astype(np.float64), AXES[0], AXES[:, :3], np.tile(AXES, (5, 1)), AXES * np.float32("nan")],
)
def test_probes_of_another_shape_or_type_or_not_finite_are_refused(probes: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"probe"):
        WatchIndex(AXES, positions(0, 1, 2, 3)).search(probes)
