"""The slots of a camera: memory of its own for what is kept of faces, never part of a dump, never inherited."""

from __future__ import annotations

import math
import mmap

import numpy as np
from numpy.typing import NDArray

from overt.domain.rules import RecognitionRules
from overt.recognition.shots import ShotMemory


def shot_memory(rules: RecognitionRules, length: int) -> ShotMemory:
    """Slots for one camera's shots; untouched pages cost nothing.

    Args:
        length: numbers in a template.
    """
    chips, crops, templates = ShotMemory.sizes(rules, length)
    return ShotMemory(
        chips=_anonymous(math.prod(chips)).reshape(chips),
        crops=_anonymous(math.prod(crops)).reshape(crops),
        templates=_anonymous(4 * math.prod(templates)).view(np.float32).reshape(templates),
    )


def _anonymous(size: int) -> NDArray[np.uint8]:
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_DONTDUMP)
    memory.madvise(mmap.MADV_DONTFORK)
    return np.frombuffer(memory, np.uint8)
