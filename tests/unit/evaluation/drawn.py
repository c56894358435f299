"""Drawn people: unit vectors around a person's own direction, so that what is right is known without any network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overt.evaluation.provenance import Provenance
from overt.evaluation.samples import ACQUIRED, NO_FACE, Samples

RESTS_ON = Provenance(
    pack="drawn",
    digests={"embedder": "0" * 64},
    calibration="",
    source="drawn people",
    digest="1" * 64,
    seed=1,
    machine="none",
    at="2026-11-22T09:00:00.000Z",
    version="0",
)


def people(
    counts: Sequence[int], *, seed: int = 1, length: int = 16, noise: float = 0.5, faceless: Sequence[int] = ()
) -> Samples:
    """So many pictures of each person; `faceless`: rows without a face."""
    chance = np.random.default_rng(seed)
    rows = []
    for count in counts:
        own = unit(chance.standard_normal((1, length)))
        rows.append(unit(own + noise * unit(chance.standard_normal((count, length)))))
    templates = np.concatenate(rows).astype(np.float32)
    templates[list(faceless)] = 0
    return Samples(
        templates=templates,
        people=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        names=tuple(f"p{number:04}" for number in range(len(counts))),
        pictures=tuple(
            f"p{number:04}/p{number:04}_{place + 1:04}.png"
            for number, count in enumerate(counts)
            for place in range(count)
        ),
        failures=tuple(NO_FACE if row in faceless else ACQUIRED for row in range(len(templates))),
    )


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float64)
