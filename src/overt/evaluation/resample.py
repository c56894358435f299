"""Intervals where persons repeat: whole persons are drawn again, never single pictures.

One person's probes succeed and fail together, so a binomial interval over probes is too narrow. The bootstrap draws as
many persons as there are, with replacement, and takes all probes of each (percentile interval; Efron, Annals of
Statistics 7, 1979). It knows nothing of what was never seen: without any error it would give an interval of no width.
So the wider limit of the two is told on each side, the bootstrap's or Clopper-Pearson's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.evaluation.intervals import Figure

DRAWS: Final = 1000
_SIDE: Final = 2.5


def figure_by_person(hits: NDArray[np.bool_], people: NDArray[np.integer], *, seed: int, draws: int = DRAWS) -> Figure:
    """The share of cases that hold, with a 95 % interval by person.

    Args:
        hits: shape (n,): whether each case holds.
        people: shape (n,): whose case it is.
        seed: of the draws; the order of the cases does not matter.
        draws: at least 1.
    """
    plain = Figure.of(int(hits.sum()), len(hits))
    if not len(hits):
        return plain
    _, of = np.unique(people, return_inverse=True)
    cases = np.bincount(of)
    if cases.max() == 1:
        return plain
    held = np.bincount(of, weights=hits, minlength=len(cases))
    order = np.lexsort((held, cases))  # persons by what they count, so that their names do not matter either
    weights = drawn_weights(len(cases), seed=seed, draws=draws)
    shares = (weights @ held[order]) / (weights @ cases[order])
    low, high = np.percentile(shares, [_SIDE, 100 - _SIDE])
    return Figure(num=plain.num, den=plain.den, low=min(plain.low, float(low)), high=max(plain.high, float(high)))


def drawn_weights(people: int, *, seed: int, draws: int = DRAWS) -> NDArray[np.float64]:
    """How often each person is drawn, shape (draws, people), float64; each row adds up to `people`."""
    chance = np.random.default_rng(seed)
    return chance.multinomial(people, np.full(people, 1 / people), size=draws).astype(np.float64)
