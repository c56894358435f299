"""The search against a plain one in float64, for every list, probe and chunking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.recognition.match import WatchIndex
from overt.recognition.rows import Rows
from tests.halves import FORMS


@dataclass(frozen=True, kw_only=True)
class Search:
    templates: NDArray[np.float32]
    row_entry: NDArray[np.int32]
    probes: NDArray[np.float32]


def units(rng: np.random.Generator, n: int, length: int) -> NDArray[np.float32]:
    rows = rng.standard_normal((n, length))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


@st.composite
def searches(draw: st.DrawFn) -> Search:
    """Lists with equal rows, and rows that differ in their last bit only."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, length = draw(st.integers(1, 300)), draw(st.sampled_from([3, 64, 128]))
    templates = units(rng, rows, length)
    copies = rng.integers(0, rows, (draw(st.integers(0, 20)), 2))
    templates[copies[:, 0]] = templates[copies[:, 1]]
    bits = rng.integers(0, rows, draw(st.integers(0, 20)))
    templates[bits, 0] = np.nextafter(templates[bits, 0], np.float32(1))
    row_entry = np.cumsum(rng.integers(0, 3, rows)).astype(np.int32)
    probes = units(rng, draw(st.integers(1, 16)), length)
    probes[::2] = templates[rng.integers(0, rows, len(probes[::2]))]
    return Search(templates=templates, row_entry=row_entry, probes=probes)


@pytest.mark.parametrize("form", FORMS)
@given(search=searches(), chunk_rows=st.integers(1, 400))
def test_the_search_equals_a_plain_one_in_float64(
    search: Search, chunk_rows: int, form: Callable[[FloatArray], Rows]
) -> None:
    found = WatchIndex(form(search.templates), search.row_entry, chunk_rows=chunk_rows).search(search.probes)
    exact = np.zeros((len(search.probes), len(search.templates)))
    for component in range(search.templates.shape[1]):
        exact += np.outer(
            search.probes[:, component].astype(np.float64), search.templates[:, component].astype(np.float64)
        )
    assert found.entries.tolist() == search.row_entry[exact.argmax(axis=1)].tolist()
    np.testing.assert_array_equal(found.scores, exact.max(axis=1).clip(-1, 1).astype(np.float32))


@pytest.mark.parametrize("form", FORMS)
@given(search=searches(), chunk_rows=st.integers(1, 400))
def test_a_probe_finds_the_same_alone_as_in_company(
    search: Search, chunk_rows: int, form: Callable[[FloatArray], Rows]
) -> None:
    index = WatchIndex(form(search.templates), search.row_entry, chunk_rows=chunk_rows)
    together = WatchIndex(search.templates, search.row_entry).search(search.probes)
    for at in range(len(search.probes)):
        alone = index.search(search.probes[at : at + 1])
        assert alone.entries[0] == together.entries[at]
        assert alone.scores[0] == together.scores[at]
        assert index.scores_of(search.probes[at : at + 1], int(alone.entries[0]))[0] == alone.scores[0]
