"""What the supervisor seals is what a camera process opens."""

from __future__ import annotations

import os

import numpy as np
import pytest

from overt.engine.opened import seal_list, watch_index_in
from overt.faces.runtime import open_runtime
from tests.halves import units
from tests.needs import needs_part


@pytest.mark.parametrize("in_halves", [False, True])
def test_a_sealed_list_finds_everybody_on_it(in_halves: bool) -> None:
    runtime, listed = open_runtime(), units(300, 7)
    needs_part(not in_halves or runtime.precision == "bf16", "needs a processor with units for 16 bits")
    sealed = seal_list(listed, np.arange(300, dtype=np.int32) // 3, runtime, long_list=300 if in_halves else 301)
    try:
        assert (sealed.rows, sealed.length, sealed.in_halves) == (300, 128, in_halves)
        assert os.fstat(sealed.descriptor).st_size == 300 * 128 * 4 + 300 * 4
        found = watch_index_in(sealed, runtime).search(listed[40:56])
    finally:
        os.close(sealed.descriptor)
    assert found.entries.tolist() == [row // 3 for row in range(40, 56)]
    np.testing.assert_allclose(found.scores, 1, atol=1e-6)
