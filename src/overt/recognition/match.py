"""The search in the watch list: every probe with every row, exactly; no index.

Rules:
  - the best entry is the entry of the row with the highest cosine; on equal cosines the lowest row;
  - the answer to a probe depends neither on the other probes nor on how the list is cut into chunks;
  - memory does not grow with the list.

How the second rule is kept: a product of rounded numbers differs a little at different places of a matrix. So the
product (`recognition.rows`) only finds the rows so near the best that rounding might have put them below it; those are
compared again in float64, where a product of two float32 numbers is exact and the sum runs from the first component to
the last. Two rows with equal numbers then have equal scores wherever they stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadWatchList
from overt.domain.geometry import FloatArray
from overt.recognition.rows import PROBES_LIMIT, FloatRows, Rows

_FOLD_ROWS = 64
_RECHECK_ROWS = 256
_UNIT_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """The best entry for each probe.

    Attributes:
        entries: shape (k,), int32: position of the entry in the watch list, from 0.
        scores: shape (k,), float32: cosine, -1 to 1.
    """

    entries: NDArray[np.int32]
    scores: FloatArray


class WatchIndex:
    """An exact cosine search over one watch list. Not for two threads at once: the buffers are its own.

    Args:
        templates: shape (rows, d), float32, C-contiguous, rows of length 1; a read-only memory map will do; or the
            same in another form.
        row_entry: shape (rows,), int32: position of each row's entry, from 0, not decreasing.
        chunk_rows: how many rows are compared at a time; None: as many as suit the form.

    Raises:
        BadWatchList: the list is empty, or a row is no template.
        ValueError: an array of another shape, type or order.
    """

    def __init__(
        self, templates: FloatArray | Rows, row_entry: NDArray[np.int32], *, chunk_rows: int | None = None
    ) -> None:
        listed: Rows = FloatRows(templates) if isinstance(templates, np.ndarray) else templates
        chunk = listed.chunk if chunk_rows is None else chunk_rows
        _check(listed, row_entry, chunk)
        self._listed, self._row_entry = listed, row_entry
        rows, length = listed.shape
        self._chunk_rows = min(chunk, rows)
        self._near = np.float32(listed.near)
        self._probes = np.zeros((PROBES_LIMIT, length), np.float32)
        self._is_near = np.zeros(PROBES_LIMIT * self._chunk_rows, np.bool_)
        self._rows = np.zeros((_RECHECK_ROWS, length), np.float32)
        self._products = np.zeros((_RECHECK_ROWS, length), np.float64)
        self._sums = np.zeros((_RECHECK_ROWS, length), np.float64)

    def __len__(self) -> int:
        """Rows that every probe is compared with."""
        return self._listed.shape[0]

    def search(self, probes: FloatArray) -> Candidates:
        """The best entry of the list for each probe.

        Args:
            probes: shape (k, d), float32, k from 0 to 16, rows of length 1.

        Raises:
            ValueError: another shape or type, or a number that is not finite.
        """
        k = self._take(probes)
        best, found, waiting = np.full(k, -np.inf, np.float32), _Best(k), _Pairs()
        for start in range(0, len(self) if k else 0, self._chunk_rows):
            scores = self._listed.multiply(start, min(start + self._chunk_rows, len(self)), self._probes[:k])
            highest = _highest(scores)
            np.maximum(best, highest, out=best)
            if (highest >= best - self._near).any():
                is_near = self._is_near[: scores.size].reshape(scores.shape)
                np.greater_equal(scores, best - self._near, out=is_near)
                waiting.add(start, np.flatnonzero(is_near), scores)
            if len(waiting) > _RECHECK_ROWS:
                self._compare_again(waiting, best, found)
                waiting = _Pairs()
        self._compare_again(waiting, best, found)
        entries = self._row_entry[found.rows].astype(np.int32)
        return Candidates(entries=entries, scores=np.clip(found.scores, -1.0, 1.0).astype(np.float32))

    def scores_of(self, probes: FloatArray, entry: int) -> FloatArray:
        """The cosine of each probe with one entry, the best over its rows; shape (k,), float32, -1 to 1. Equals what
        `search` gives where that entry is the best.

        Raises:
            ValueError: as `search`, or no such entry.
        """
        k = self._take(probes)
        first, after = np.searchsorted(self._row_entry, [entry, entry + 1])
        if first == after:
            raise ValueError(f"the watch list has no entry {entry}")
        rows, of = np.repeat(np.arange(first, after), k), np.tile(np.arange(k), after - first)
        exact = self._exact(rows, of).reshape(after - first, k).max(axis=0)
        return np.asarray(np.clip(exact, -1.0, 1.0), np.float32)

    def wipe(self) -> None:
        """Overwrites everything that was computed from probes."""
        self._listed.wipe()
        for buffer in (self._probes, self._is_near, self._rows, self._products, self._sums):
            buffer.fill(0)

    def _take(self, probes: FloatArray) -> int:
        k = len(probes)
        length = self._listed.shape[1]
        if probes.ndim != 2 or probes.shape[1] != length or k > PROBES_LIMIT or probes.dtype != np.float32:
            raise ValueError(
                f"a search takes up to {PROBES_LIMIT} float32 probes of length {length}, "
                f"not {probes.dtype} {probes.shape}"
            )
        if not np.isfinite(probes).all():
            raise ValueError("a probe holds a number that is not finite")
        self._probes[:k] = probes
        return k

    def _compare_again(self, waiting: _Pairs, best: FloatArray, found: _Best) -> None:
        """Puts the best of the waiting pairs into `found`; those no longer near the best need no comparison."""
        rows, probes = waiting.at_least(best - self._near)
        found.take(rows, probes, self._exact(rows, probes))

    def _exact(self, rows: NDArray[np.intp], probes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Cosines of pairs of a row and a probe in float64; shape (n,)."""
        exact = np.zeros(len(rows), np.float64)
        for start in range(0, len(rows), _RECHECK_ROWS):
            some, of = rows[start : start + _RECHECK_ROWS], probes[start : start + _RECHECK_ROWS]
            n = len(some)
            self._listed.take(some, self._rows[:n])
            np.copyto(self._products[:n], self._rows[:n])
            np.take(self._probes, of, axis=0, out=self._rows[:n], mode="clip")
            # Into an array of ours first: a product of two types would leave the probes in a buffer of NumPy's own.
            np.copyto(self._sums[:n], self._rows[:n])
            np.multiply(self._products[:n], self._sums[:n], out=self._products[:n])
            # A running sum, because its order is fixed; a plain sum may group the components as it likes.
            np.cumsum(self._products[:n], axis=1, out=self._sums[:n])
            exact[start : start + n] = self._sums[:n, -1]
        return exact


def _highest(scores: FloatArray) -> FloatArray:
    """The highest of each column, shape (k,), of an array of many rows and few columns. Folded, since NumPy takes ten
    times as long for short rows."""
    rows, k = scores.shape
    folds = rows // _FOLD_ROWS
    highest = scores[folds * _FOLD_ROWS :].max(axis=0, initial=-np.inf)
    if folds:
        folded = scores[: folds * _FOLD_ROWS].reshape(folds, _FOLD_ROWS * k).max(axis=0)
        np.maximum(highest, folded.reshape(_FOLD_ROWS, k).max(axis=0), out=highest)
    return np.asarray(highest, np.float32)


class _Pairs:
    """Pairs of a row and a probe that may be the best, with their scores in float32."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]] = []

    def __len__(self) -> int:
        return sum(len(rows) for rows, _, _ in self._parts)

    def add(self, start: int, at: NDArray[np.intp], scores: FloatArray) -> None:
        """Args: at: positions in `scores`, shape (rows, k), whose first row is row `start` of the list."""
        rows, probes = np.divmod(at, scores.shape[1])
        self._parts.append((rows + start, probes, scores.ravel()[at]))

    def at_least(self, least: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows, ascending, and probes of the pairs that score as much as their probe's `least`."""
        if not self._parts:
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        rows, probes = (np.concatenate([part[place] for part in self._parts]) for place in (0, 1))
        wanted = np.concatenate([scores for _, _, scores in self._parts]) >= least[probes]
        return rows[wanted], probes[wanted]


class _Best:
    """The best row of each probe so far, and its score; the lowest row on equal scores."""

    def __init__(self, k: int) -> None:
        self.rows, self.scores = np.zeros(k, np.intp), np.full(k, -np.inf, np.float64)

    def take(self, rows: NDArray[np.intp], probes: NDArray[np.intp], scores: NDArray[np.float64]) -> None:
        """Args: rows: ascending, and above those that were taken before."""
        order = np.lexsort((rows, -scores, probes))
        first = order[np.flatnonzero(np.diff(probes[order], prepend=-1))]
        first = first[scores[first] > self.scores[probes[first]]]
        self.rows[probes[first]] = rows[first]
        self.scores[probes[first]] = scores[first]


def _check(listed: Rows, row_entry: NDArray[np.int32], chunk_rows: int) -> None:
    rows, length = listed.shape
    if row_entry.shape != (rows,) or row_entry.dtype != np.int32:
        raise ValueError("row_entry must be an int32 array with one number for each row")
    if chunk_rows < 1:
        raise ValueError("chunk_rows must be at least 1")
    if not rows:
        raise BadWatchList(
            "The watch list is empty, so there is nothing to compare faces with.", "Add at least one usable picture."
        )
    if row_entry[0] < 0 or (row_entry[1:] < row_entry[:-1]).any():
        raise ValueError("row_entry must count from 0 and not decrease")
    chunk = np.zeros((min(rows, listed.chunk), length), np.float32)
    for start in range(0, rows, len(chunk)):
        some = np.arange(start, min(start + len(chunk), rows))
        taken = chunk[: len(some)]
        listed.take(some, taken)
        off = np.abs(np.sqrt(np.einsum("ij,ij->i", taken, taken)) - 1.0)
        if not (off <= _UNIT_TOLERANCE).all():
            row = start + int(np.argmin(off <= _UNIT_TOLERANCE))
            raise BadWatchList(
                f"Row {row} of the watch list (entry {row_entry[row]}) is no template: its length is not 1.",
                "Make the list again from its pictures.",
            )
    chunk.fill(0)
