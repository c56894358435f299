"""From templates to counts: who was acquired, missed, and taken for whom, person by person.

Rules:
  - a person's first acquired picture stands on the list. Every other picture is a search for that person; one without a
    usable face is a miss, and so is every search for a person of whom nothing was acquired;
  - a search finds its person where the list picture scores at or above the threshold, whatever else does;
  - mated pairs are any two acquired pictures of one person, impostor pairs any two of different people;
  - memory grows with the pictures and with the false matches, not with the pairs.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from overt.evaluation.samples import Samples

Column = NDArray[np.int64]

HIGHEST: Final = 10
_BLOCK: Final = 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """What happened to each of p people at one threshold. Columns have shape (p,), int64.

    Attributes:
        presented, acquired: pictures, and those that gave a template.
        first_failed: 1 where a person's first picture gave none.
        pairs, apart: mated pairs, and those below the threshold.
        searches, missed: for a listed person, and those that did not find the person.
        first_searched, first_missed: the same of each person's first search alone, 0 or 1.
        false: shape (p, p), int64, symmetric: comparisons of two people at or above the threshold.
        first_false: the same of list pictures alone, 0 or 1.
        listed: 1 where the person has a list picture.
        highest: the ten highest impostor pairs: score and both pictures' names.
    """

    presented: Column
    acquired: Column
    first_failed: Column
    pairs: Column
    apart: Column
    searches: Column
    missed: Column
    first_searched: Column
    first_missed: Column
    false: csr_array
    first_false: csr_array
    listed: Column
    highest: tuple[tuple[float, str, str], ...]

    @property
    def people(self) -> int:
        return len(self.presented)


def counts_of(samples: Samples, threshold: float) -> Counts:
    """The counts of a set at a threshold (cosine)."""
    people = len(samples.names)
    rows = np.flatnonzero(samples.acquired)
    owners, first = np.unique(samples.people[rows], return_index=True)
    listed = rows[first]  # the row of each list picture
    left, right, highest = _impostors(samples, rows, threshold)
    is_listed = np.zeros(len(samples.people), np.bool_)
    is_listed[listed] = True
    both = is_listed[left] & is_listed[right]
    pairs, apart = _mated(samples, rows, threshold)
    searches = _searches(samples, dict(zip(owners.tolist(), listed.tolist(), strict=True)), threshold)
    _, opening = np.unique(samples.people, return_index=True)
    first_failed = np.zeros(people, np.int64)
    first_failed[samples.people[opening]] = ~samples.acquired[opening]
    return Counts(
        presented=np.bincount(samples.people, minlength=people),
        acquired=np.bincount(samples.people[rows], minlength=people),
        first_failed=first_failed,
        pairs=pairs,
        apart=apart,
        searches=searches[0],
        missed=searches[1],
        first_searched=searches[2],
        first_missed=searches[3],
        false=_symmetric(samples.people[left], samples.people[right], people),
        first_false=_symmetric(samples.people[left[both]], samples.people[right[both]], people),
        listed=np.isin(np.arange(people), owners).astype(np.int64),
        highest=tuple((score, samples.pictures[i], samples.pictures[j]) for score, i, j in highest),
    )


def _impostors(
    samples: Samples, rows: NDArray[np.intp], threshold: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], list[tuple[float, int, int]]]:
    """Rows of the impostor pairs at or above the threshold, and the highest of all, best first."""
    templates, people = samples.templates[rows], samples.people[rows]
    lefts, rights = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    highest: list[tuple[float, int, int]] = []
    for top in range(0, len(rows), _BLOCK):
        for start in range(top, len(rows), _BLOCK):
            scores = templates[top : top + _BLOCK] @ templates[start : start + _BLOCK].T
            # People ascend, so a later person is both another person and a pair not yet counted.
            scores[people[None, start : start + _BLOCK] <= people[top : top + _BLOCK, None]] = -np.inf
            i, j = np.nonzero(scores >= threshold)
            lefts.append(rows[top + i])
            rights.append(rows[start + j])
            best = np.argpartition(-scores, min(HIGHEST, scores.size - 1), axis=None)[:HIGHEST]
            of_block = zip(*np.unravel_index(best, scores.shape), strict=True)
            found = [(float(scores[a, b]), int(rows[top + a]), int(rows[start + b])) for a, b in of_block]
            highest = heapq.nlargest(HIGHEST, [*highest, *(pair for pair in found if np.isfinite(pair[0]))])
    return np.concatenate(lefts), np.concatenate(rights), highest


def _mated(samples: Samples, rows: NDArray[np.intp], threshold: float) -> tuple[Column, Column]:
    pairs, apart = np.zeros(len(samples.names), np.int64), np.zeros(len(samples.names), np.int64)
    bounds = np.searchsorted(samples.people[rows], np.arange(len(samples.names) + 1))
    for person in np.flatnonzero(np.diff(bounds) > 1):
        templates = samples.templates[rows[bounds[person] : bounds[person + 1]]]
        scores = (templates @ templates.T)[np.triu_indices(len(templates), 1)]
        pairs[person], apart[person] = len(scores), int((scores < threshold).sum())
    return pairs, apart


def _searches(samples: Samples, listed: dict[int, int], threshold: float) -> tuple[Column, Column, Column, Column]:
    """Searches and misses of each person, then the same of the first search alone."""
    searches, missed, first, first_missed = (np.zeros(len(samples.names), np.int64) for _ in range(4))
    acquired = samples.acquired
    bounds = np.searchsorted(samples.people, np.arange(len(samples.names) + 1))
    for person in np.flatnonzero(np.diff(bounds) > 1):
        rows = np.arange(bounds[person], bounds[person + 1])
        entry = listed.get(int(person), int(rows[0]))
        probes = rows[rows != entry]
        scores = samples.templates[probes] @ samples.templates[entry]
        misses = ~acquired[probes] | (scores < threshold) | ~acquired[entry]
        searches[person], missed[person] = len(probes), int(misses.sum())
        first[person], first_missed[person] = 1, int(misses[0])
    return searches, missed, first, first_missed


def _symmetric(left: NDArray[np.int32], right: NDArray[np.int32], people: int) -> csr_array:
    ones = np.ones(2 * len(left), np.int64)
    where = (np.concatenate([left, right]), np.concatenate([right, left]))
    return csr_array(coo_array((ones, where), shape=(people, people)))
