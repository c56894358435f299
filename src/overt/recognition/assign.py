"""The assignment problem: pairs of rows and columns whose costs together are least.

Shortest augmenting paths with dual prices (Jonker and Volgenant, Computing 38, 1987; Crouse, IEEE TAES 52, 2016), as in
SciPy's `linear_sum_assignment`, against which it is tested. It stands here since that brings half a second of imports
and 27 MB into every camera process, for problems of a few rows.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.intp]

_NONE: Final = -1


def assign(cost: NDArray[np.float64]) -> tuple[Positions, Positions]:
    """The cheapest pairs, as many as the shorter side has.

    Args:
        cost: shape (r, c), finite.

    Returns:
        positions of the rows, ascending, and of the columns of the pairs, shape (min(r, c),) each.
    """
    if cost.shape[0] > cost.shape[1]:
        columns, rows = assign(cost.T)
        order = np.argsort(rows)
        return rows[order], columns[order]
    count, width = cost.shape
    row_price, column_price = np.zeros(count), np.zeros(width)
    column_of, row_of = np.full(count, _NONE, np.intp), np.full(width, _NONE, np.intp)
    for start in range(count):
        shortest, before = np.full(width, np.inf), np.full(width, _NONE, np.intp)
        done = np.zeros(width, np.bool_)
        row, reached, passed = start, 0.0, []
        while True:
            through = reached + cost[row] - row_price[row] - column_price
            nearer = ~done & (through < shortest)
            shortest[nearer], before[nearer] = through[nearer], row
            column = int(np.argmin(np.where(done, np.inf, shortest)))
            reached, done[column] = float(shortest[column]), True
            row = int(row_of[column])
            if row == _NONE:
                break
            passed.append(row)
        row_price[start] += reached
        row_price[passed] += reached - shortest[column_of[passed]]
        column_price[done] -= reached - shortest[done]
        while row != start:  # back along the path: each row takes the next column
            row = int(before[column])
            row_of[column] = row
            column, column_of[row] = int(column_of[row]), column
    return np.arange(count), column_of
