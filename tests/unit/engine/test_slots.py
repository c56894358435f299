"""The slots lie in memory of their own."""

from __future__ import annotations

import numpy as np
import pytest

from overt.domain.rules import RecognitionRules
from overt.engine.slots import shot_memory


def test_slots_have_the_shapes_that_the_rules_ask_for_and_begin_empty() -> None:
    rules = RecognitionRules(tracks_limit=5, shots_kept=2)
    memory = shot_memory(rules, 128)
    assert memory.chips.shape == (5, 2, 112, 112, 3)
    assert memory.chips.dtype == np.uint8
    assert memory.crops.shape == (5, 2, 256, 256, 3)
    assert memory.crops.dtype == np.uint8
    assert memory.templates.shape == (5, 3, 128)
    assert memory.templates.dtype == np.float32
    assert not memory.chips.any()
    assert not memory.crops.any()
    assert not memory.templates.any()
    memory.chips[4, 1, 111, 111, 2] = 7
    memory.crops[4, 1, 255, 255, 2] = 7
    memory.templates[4, 2, 127] = 0.5


@pytest.mark.parametrize("what", ["chips", "crops", "templates"])
def test_slots_are_left_out_of_dumps_and_of_children(what: str) -> None:
    memory = shot_memory(RecognitionRules(tracks_limit=5), 128)
    address = getattr(memory, what).ctypes.data
    flags = []
    within = False
    with open("/proc/self/smaps", encoding="ascii", errors="replace") as maps:  # noqa: PTH123
        for line in maps:
            first = line.split(maxsplit=1)[0]
            if "-" in first and not first.endswith(":"):
                start, end = (int(part, 16) for part in first.split("-"))
                within = start <= address < end
            elif within and first == "VmFlags:":
                flags = line.split()[1:]
    assert {"dd", "dc"} <= set(flags)
