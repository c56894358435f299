"""The two forms of a list's rows: nothing is lost by halves, and what is near the best is really near."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from overt.domain.geometry import FloatArray
from overt.faces.runtime import open_runtime
from overt.recognition.match import WatchIndex
from overt.recognition.rows import FloatRows, HalfRows, Rows, split
from tests.halves import FORMS, PlainProduct, in_halves, units
from tests.needs import needs_part


def with_units_for_16_bits() -> HalfRows:
    runtime = open_runtime()
    needs_part(runtime.precision == "bf16", "needs a processor with units for 16 bits")
    return HalfRows(*split(units(20_000, 1)), runtime.product)


def test_both_halves_together_are_the_number_to_its_last_bit() -> None:
    numbers = np.concatenate([units(200, 3), -np.abs(units(50, 4)), np.eye(1, 128, dtype=np.float32)])
    listed, out = in_halves(numbers), np.zeros_like(numbers)
    listed.take(np.arange(len(numbers)), out)
    np.testing.assert_array_equal(out.view(np.uint32), numbers.view(np.uint32))


@pytest.mark.parametrize("form", FORMS)
def test_a_product_is_off_by_no_more_than_half_of_what_counts_as_near(form: Callable[[FloatArray], Rows]) -> None:
    rows, probes = units(500, 1), np.concatenate([units(8, 2), units(500, 1)[:8]])
    listed = form(rows)
    off = np.abs(listed.multiply(0, 500, probes) - rows.astype(np.float64) @ probes.T.astype(np.float64))
    assert off.max() <= listed.near / 2


def test_so_it_is_with_the_processors_own_units() -> None:
    listed, rows, probes = with_units_for_16_bits(), units(20_000, 1), np.concatenate([units(8, 2), units(8, 1)])
    off = np.abs(listed.multiply(64, 8256, probes) - rows[64:8256].astype(np.float64) @ probes.T.astype(np.float64))
    assert off.max() <= listed.near / 2


def test_the_search_in_halves_with_the_processors_own_units_is_that_in_float32() -> None:
    listed, rows = with_units_for_16_bits(), units(20_000, 1)
    entries, probes = np.arange(20_000, dtype=np.int32), np.concatenate([units(8, 2), rows[5:13]])
    found, expected = (WatchIndex(form, entries).search(probes) for form in (listed, FloatRows(rows)))
    np.testing.assert_array_equal(found.entries, expected.entries)
    np.testing.assert_array_equal(found.scores, expected.scores)


@pytest.mark.parametrize("form", FORMS)
def test_wiped_rows_hold_nothing_of_a_probe(form: Callable[[FloatArray], Rows]) -> None:
    listed = form(units(300, 1))
    scores = listed.multiply(0, 300, units(4, 2))
    assert scores.any()
    listed.wipe()
    assert not scores.any()


def test_wiping_halves_blanks_the_probes_of_every_size_of_product() -> None:
    made: list[PlainProduct] = []

    def product(rows: int, length: int, probes: int) -> PlainProduct:
        made.append(PlainProduct(rows, length, probes))
        return made[-1]

    listed = HalfRows(*split(units(300, 1)), product)
    for sizes, used in (((1, 4), [True, True]), ((4,), [False, True]), ((1,), [True, False])):
        for probes in sizes:
            listed.multiply(0, 300, units(probes, 2))
        assert [one.probes.any() for one in made] == used
        listed.wipe()
        assert [one.probes.any() or one.scores.any() for one in made] == [False, False]
