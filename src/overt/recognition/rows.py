"""The rows of a watch list, in the two forms in which the search multiplies them.

`FloatRows`: float32, as they are. `HalfRows`, for a long list on a processor with units for 16 bits: every number in
two halves. The upper half, rounded (bfloat16), is multiplied, so that half as much memory is read; both halves together
are the number to its last bit, with which the search compares again what is near the best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.faces.runtime import Product

#: A shorter list gains nothing from halves: it is searched within a millisecond either way.
LONG_LIST: Final = 50_000
#: So many probes are multiplied at once, at most.
PROBES_LIMIT: Final = 16
_FLOAT_CHUNK, _HALF_CHUNK = 4096, 8192
#: Unit rows may be off by a thousandth.
_ROOM: Final = 1.01

Halves = NDArray[np.uint16]


class Rows(Protocol):
    """What a search is made in; rows of length 1.

    Attributes:
        chunk: how many rows are best multiplied at a time.
        near: a row that is the best scores no more than this below the highest product, whatever was rounded.
    """

    @property
    def chunk(self) -> int: ...

    @property
    def near(self) -> float: ...

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows, and numbers in each."""
        ...

    def multiply(self, start: int, stop: int, probes: FloatArray) -> FloatArray:
        """Products of some rows with probes of shape (k, length); shape (stop - start, k), float32, good until the
        next call."""
        ...

    def take(self, rows: NDArray[np.intp], out: FloatArray) -> None:
        """Writes some rows, exactly, into `out`, shape (len(rows), length)."""
        ...

    def wipe(self) -> None:
        """Overwrites everything that was computed from probes."""
        ...


class FloatRows:
    """Args: templates: shape (rows, length), float32, C-contiguous; a read-only memory map will do."""

    chunk = _FLOAT_CHUNK

    def __init__(self, templates: FloatArray) -> None:
        if templates.ndim != 2 or templates.dtype != np.float32 or not templates.flags.c_contiguous:
            raise ValueError("templates must be a C-contiguous float32 array of shape (rows, d)")
        self._templates = templates
        self.shape: tuple[int, int] = templates.shape
        # A sum of d products of float32 is off by d * 2^-24 at most, for unit vectors; two of them are compared.
        self.near = max(1e-5, _ROOM * 2 * self.shape[1] * 2.0**-24)
        self._scores = np.zeros(0, np.float32)

    def multiply(self, start: int, stop: int, probes: FloatArray) -> FloatArray:
        scores = self._room((stop - start) * len(probes)).reshape(stop - start, len(probes))
        # Rows first: on most processors BLAS is quicker with many rows by few columns than with few by many.
        np.matmul(self._templates[start:stop], probes.T, out=scores)
        return scores

    def take(self, rows: NDArray[np.intp], out: FloatArray) -> None:
        np.take(self._templates, rows, axis=0, out=out, mode="clip")

    def wipe(self) -> None:
        self._scores.fill(0)

    def _room(self, numbers: int) -> FloatArray:
        if len(self._scores) < numbers:
            self._scores.fill(0)
            self._scores = np.zeros(numbers, np.float32)
        return self._scores[:numbers]


class HalfRows:
    """A long list.

    Args:
        upper, lower: shape (rows, length), uint16, C-contiguous, as `split` makes them.
        product: makes a product of so many rows, of that length, with so many probes (`Runtime.product`).
    """

    chunk = _HALF_CHUNK

    def __init__(self, upper: Halves, lower: Halves, product: Callable[[int, int, int], Product]) -> None:
        self._upper, self._lower, self._product = upper, lower, product
        self.shape: tuple[int, int] = upper.shape
        # Row, probe and product are each rounded to 8 bits: 2^-8 of what they are, for unit vectors. Sums are float32.
        self.near = _ROOM * 2 * (3 * 2.0**-8 + 3 * 2.0**-16 + self.shape[1] * 2.0**-24)
        self._products: dict[tuple[int, int], Product] = {}
        self._bits = np.zeros((PROBES_LIMIT, self.shape[1]), np.uint32)

    def multiply(self, start: int, stop: int, probes: FloatArray) -> FloatArray:
        size = (stop - start, len(probes))
        if size not in self._products:
            self._products[size] = self._product(size[0], self.shape[1], size[1])
        product, bits = self._products[size], self._bits[: len(probes)]
        _round(probes.view(np.uint32), bits)
        np.copyto(product.probes, bits, casting="unsafe")
        return product.multiply(self._upper[start:stop])

    def take(self, rows: NDArray[np.intp], out: FloatArray) -> None:
        lower = self._lower[rows].astype(np.uint32)
        bits = (self._upper[rows].astype(np.uint32) << 16) + lower - ((lower >> 15) << 16)
        np.copyto(out, bits.view(np.float32))

    def wipe(self) -> None:
        self._bits.fill(0)
        for (rows, _), product in self._products.items():
            if product.probes.any():  # else it has not been used since it was blanked
                product.probes.fill(0)
                product.multiply(self._upper[:rows])
                product.scores.fill(0)


def split(templates: FloatArray) -> tuple[Halves, Halves]:
    """Upper and lower halves of float32 numbers, each of shape (rows, length), uint16."""
    upper, lower = (np.zeros(templates.shape, np.uint16) for _ in range(2))
    for start in range(0, len(templates), _HALF_CHUNK):
        some = slice(start, start + _HALF_CHUNK)
        bits = np.ascontiguousarray(templates[some], np.float32).view(np.uint32)
        rounded = np.zeros_like(bits)
        _round(bits, rounded)
        upper[some], lower[some] = rounded, bits & 0xFFFF
    return upper, lower


def _round(bits: NDArray[np.uint32], upper: NDArray[np.uint32]) -> None:
    """Writes the upper 16 of 32 bits, rounded, into `upper`; leaves nothing of them elsewhere."""
    np.add(bits, np.uint32(0x8000), out=upper)
    np.right_shift(upper, np.uint32(16), out=upper)
