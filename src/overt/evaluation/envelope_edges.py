"""Curves of the true positive identification rate (TPIR) over a condition, and the edges where it leaves its best.

Rules:
  - a probe is found where its own entry is the best of the list and scores at or above the threshold; what was not
    acquired is a miss;
  - an edge is the first place after the best level at which TPIR falls below a share of that best, on a straight line
    between the two levels beside it (of the level's logarithm where the condition says so);
  - its interval draws whole people again, the same ones at every level, and takes each draw's own best (percentile
    bootstrap, 95 %); an end that more than 2.5 % of the draws do not reach is open;
  - what a live quantity is at an edge was measured: it lies between the medians at the two levels beside it, over the
    pictures that showed it. A level that showed it in fewer than 10 pictures has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.envelope import AMBER_SHARE, QUANTITIES, RED_SHARE, Limit
from overt.evaluation.envelope_spoil import Condition
from overt.evaluation.intervals import Figure
from overt.evaluation.resample import drawn_weights, figure_by_person

LEAST_SHOWN: Final = 10
SHARES: Final = (AMBER_SHARE, RED_SHARE)
_SIDE: Final = 2.5

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """What was measured at one level, for m pictures.

    Attributes:
        level: where it lies on the condition's axis.
        people: shape (m,), int64: whose picture each is, from 0.
        own: shape (m,), float64: cosine with the person's own entry; NaN where nothing was acquired.
        other: shape (m,), float64: the best cosine with anybody else's; NaN likewise.
        live: quantity to shape (m,), float64, NaN where a picture did not show it.
    """

    level: float
    people: NDArray[np.int64]
    own: Floats
    other: Floats
    live: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(self.people), len(self.own), len(self.other), *map(len, self.live.values())}
        if len(lengths) != 1:
            raise ValueError("every picture of a level has a person, two scores and a value of each quantity")

    def found(self, threshold: float) -> NDArray[np.bool_]:
        """Shape (m,): whether each picture was found; nothing acquired is a miss."""
        return np.asarray((self.own >= threshold) & (self.own > self.other), np.bool_)

    @property
    def not_acquired(self) -> int:
        return int(np.isnan(self.own).sum())

    def median(self, quantity: str) -> float | None:
        """Of a live quantity over the pictures that showed it; None where fewer than 10 did."""
        shown = self.live.get(quantity, np.zeros(0))
        shown = shown[np.isfinite(shown)]
        return float(np.median(shown)) if len(shown) >= LEAST_SHOWN else None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Where TPIR falls below a share of its best.

    Attributes:
        share: of the best.
        level: None where no level was bad enough.
        nearest, farthest: 95 % interval of the level, from the end nearer to clean; None where an end is open.
        live: live quantities there, where they were shown.
    """

    share: float
    level: float | None
    nearest: float | None
    farthest: float | None
    live: Mapping[str, float]

    def record(self) -> dict[str, object]:
        return {
            "share_of_best": self.share,
            "level": self.level,
            "nearest": self.nearest,
            "farthest": self.farthest,
            "live": dict(self.live),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One condition, measured.

    Attributes:
        levels: from clean to the worst.
        tpir: one figure a level.
        edges: at 90 % and at half of the best.
    """

    condition: Condition
    levels: tuple[Level, ...]
    tpir: tuple[Figure, ...]
    edges: tuple[Edge, ...]

    @property
    def people(self) -> int:
        return len(np.unique(np.concatenate([level.people for level in self.levels])))

    def record(self) -> dict[str, object]:
        """The object for JSON."""
        return {
            "condition": self.condition.name,
            "says": self.condition.says,
            "unit": self.condition.unit,
            "people": self.people,
            "levels": [
                {
                    "level": level.level,
                    "tpir": figure.record(),
                    "not_acquired": level.not_acquired,
                    "live": {name: level.median(name) for name in QUANTITIES if name in level.live},
                }
                for level, figure in zip(self.levels, self.tpir, strict=True)
            ],
            "edges": [edge.record() for edge in self.edges],
            "not_live": self.condition.not_live or None,
        }


def curve(condition: Condition, levels: tuple[Level, ...], threshold: float, seed: int) -> Curve:
    """The curve over some levels, from clean to the worst; `seed`: of the bootstrap.

    Raises:
        ValueError: fewer than two levels, or one without pictures.
    """
    if len(levels) < 2 or not all(len(level.people) for level in levels):
        raise ValueError(f"the curve of {condition.name} needs two levels with pictures")
    found = [level.found(threshold) for level in levels]
    return Curve(
        condition=condition,
        levels=levels,
        tpir=tuple(figure_by_person(hits, level.people, seed=seed) for hits, level in zip(found, levels, strict=True)),
        edges=tuple(_edge(condition, levels, found, share, seed) for share in SHARES),
    )


def crossing(shares: Floats, part: float) -> float | None:
    """Between which two levels, as a position from 0, the shares fall below a part of the best one.

    Args:
        shares: shape (levels,), one share a level, 0 to 1.
        part: of the best, above 0 and below 1.
    """
    best = int(np.argmax(shares))
    wanted = part * shares[best]
    below = np.flatnonzero(shares[best:] < wanted)
    if not len(below):
        return None
    after = best + int(below[0])
    left, right = shares[after - 1], shares[after]
    return after - 1 + float((left - wanted) / (left - right))


def limits_of(curves: tuple[Curve, ...]) -> tuple[Limit, ...]:
    """The limits that follow from some curves, in the order of `QUANTITIES`: of conditions that share a quantity the
    one that leaves its best first. An edge whose interval is open gives no limit, nor does a quantity that does not get
    worse towards the edge."""
    chosen: dict[str, Limit] = {}
    for one in curves:
        for quantity in one.condition.live:
            limit = _limit(one, quantity)
            if limit is None:
                continue
            before = chosen.get(quantity)
            sign = 1 if limit.worse == "low" else -1
            if before is None or sign * limit.amber > sign * before.amber:
                chosen[quantity] = limit
    return tuple(chosen[quantity] for quantity in QUANTITIES if quantity in chosen)


def _limit(one: Curve, quantity: str) -> Limit | None:
    amber, red = (None if edge.farthest is None else edge.live.get(quantity) for edge in one.edges)
    clean = one.levels[0].median(quantity)
    sign = 1 if QUANTITIES[quantity] == "low" else -1
    if amber is None or clean is None or sign * amber >= sign * clean:
        return None
    if red is not None and sign * red >= sign * amber:
        red = None
    return Limit(
        quantity=quantity,
        amber=_rounded(amber),
        red=None if red is None or _rounded(red) == _rounded(amber) else _rounded(red),
        condition=one.condition.name,
        people=one.people,
    )


def _rounded(value: float) -> float:
    """Three digits: more would pretend."""
    return float(f"{value:.3g}")


def _edge(
    condition: Condition, levels: tuple[Level, ...], found: list[NDArray[np.bool_]], share: float, seed: int
) -> Edge:
    people = np.unique(np.concatenate([level.people for level in levels]))
    sums = np.zeros((2, len(levels), len(people)))
    for i, (level, was_found) in enumerate(zip(levels, found, strict=True)):
        at = np.searchsorted(people, level.people)
        sums[0, i] = np.bincount(at, weights=was_found, minlength=len(people))
        sums[1, i] = np.bincount(at, minlength=len(people))
    whole = sums[0].sum(axis=1) / sums[1].sum(axis=1)
    place = crossing(whole, share)
    weights = drawn_weights(len(people), seed=seed)
    hits, cases = (weights @ part.T for part in sums)
    # A draw that has nobody of a level says nothing of it, so that level stays where it is.
    drawn = np.where(cases > 0, hits / np.maximum(cases, 1), whole)
    places = [crossing(row, share) for row in drawn]
    low, high = np.percentile([np.inf if p is None else p for p in places], [_SIDE, 100 - _SIDE], method="nearest")
    return Edge(
        share=share,
        level=None if place is None else _level_at(condition, levels, place),
        nearest=_level_at(condition, levels, float(low)) if np.isfinite(low) else None,
        farthest=_level_at(condition, levels, float(high)) if np.isfinite(high) else None,
        live={} if place is None else _live_at(condition, levels, place),
    )


def _level_at(condition: Condition, levels: tuple[Level, ...], place: float) -> float:
    values = np.array([level.level for level in levels])
    if condition.log:
        return float(np.exp(np.interp(place, np.arange(len(values)), np.log(values))))
    return float(np.interp(place, np.arange(len(values)), values))


def _live_at(condition: Condition, levels: tuple[Level, ...], place: float) -> dict[str, float]:
    left = int(place)
    right = min(left + 1, len(levels) - 1)
    found = {}
    for quantity in condition.live:
        a, b = levels[left].median(quantity), levels[right].median(quantity)
        if a is not None and b is not None:
            found[quantity] = a + (b - a) * (place - left)
    return found
