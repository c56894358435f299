"""Lists in both forms; that in halves whatever the processor: the product in 16 bits as NumPy would make it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from overt.recognition.rows import FloatRows, HalfRows, Rows, split


class PlainProduct:
    """A `Product`: upper halves as float32, and the sum rounded as a unit for 16 bits may round it."""

    def __init__(self, rows: int, length: int, probes: int) -> None:
        self.probes = np.zeros((probes, length), np.uint16)
        self.scores = np.zeros((rows, probes), np.float32)

    def multiply(self, rows: NDArray[np.uint16]) -> NDArray[np.float32]:
        one, other = ((half.astype(np.uint32) << 16).view(np.float32) for half in (rows, self.probes))
        bits = (one @ other.T).view(np.uint32) & np.uint32(0xFFFF0000)
        np.copyto(self.scores, bits.view(np.float32))
        return self.scores


def in_halves(templates: NDArray[np.float32]) -> HalfRows:
    return HalfRows(*split(templates), PlainProduct)


FORMS: tuple[Callable[[NDArray[np.float32]], Rows], ...] = (FloatRows, in_halves)


def units(rows: int, seed: int) -> NDArray[np.float32]:
    """Random templates, shape (rows, 128)."""
    made = np.random.default_rng(seed).standard_normal((rows, 128)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made
