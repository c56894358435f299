"""The impostor curve of a model pack, from a folder with one sub-folder of pictures for each person.

Rules:
  - every pair of pictures of two different people is one comparison; every usable picture is used;
  - a picture that cannot be read or shows no usable face gives no template (`overt.evaluation.samples`);
  - look-alikes stay: they pass cameras, too. Relatives whom a kin file names are not compared: a pair of twins among
    some thousand people would be the whole tail of a long list, and nobody knows how many pass a camera;
  - a limit of pictures for each person, where one is given, keeps the first by name. Without it a pair of people counts
    as often as their pictures can be paired, so that two brothers with many pictures may be the whole tail;
  - the same pictures give the same curve, and memory grows with the pictures, not with the pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import Refused
from overt.domain.geometry import FloatArray
from overt.domain.progress import Progress
from overt.evaluation.samples import FindsPortraits, Samples, samples_of

GRID_STEPS: Final = 200
_BLOCK = 1024

Apart = frozenset[tuple[int, int]]


def calibrate(
    pictures: Mapping[str, Sequence[Path]], recogniser: FindsPortraits, progress: Progress, source: str
) -> ImpostorCurve:
    """The impostor curve of a recogniser's model pack.

    Args:
        pictures: picture files of each person, as `pictures_by_person` gives them.
        recogniser: finds the faces and their templates.
        progress: called with pictures done and pictures in all.
        source: where the pictures come from, in words.

    Raises:
        Refused: fewer than two people have a usable picture.
    """
    return impostor_curve(samples_of(pictures, recogniser, progress), source)


def impostor_curve(samples: Samples, source: str, apart: Apart = frozenset()) -> ImpostorCurve:
    """Counts every pair of two different people into thresholds from 0 to 1 in steps of 0.005.

    Args:
        samples: pictures of known people.
        source: where they come from, in words.
        apart: pairs of people who are not compared, such as relatives; by their numbers.

    Raises:
        Refused: fewer than two people have a usable picture.
    """
    templates, of = samples.templates[samples.acquired], samples.people[samples.acquired]
    people = len(np.unique(of))
    if people < 2:
        raise Refused(
            "Fewer than two people have a picture with a usable face, so no two people can be compared.",
            "Add sharp, frontal pictures of more people.",
        )
    bins = np.zeros(GRID_STEPS + 2, np.int64)
    n = len(of)
    for top in range(0, n, _BLOCK):
        rows = slice(top, top + _BLOCK)
        for left in range(top, n, _BLOCK):
            columns = slice(left, left + _BLOCK)
            # People ascend, so a later person is both another person and a pair not yet counted.
            pairs = of[None, columns] > of[rows, None]
            bins += _binned((templates[rows] @ templates[columns].T)[pairs])
    bins -= _binned_apart(templates, of, templates, of, apart)
    return _curve(bins, people, n, source)


def curve_of(
    probes: FloatArray,
    probe_people: NDArray[np.intp],
    templates: FloatArray,
    people: NDArray[np.intp],
    source: str,
    apart: Apart = frozenset(),
) -> ImpostorCurve:
    """The curve of every probe with every template of another person, where the two are made in different ways.

    Args:
        probes: shape (k, d), float32, rows of length 1; a row of zeros is no template and is passed over.
        probe_people: shape (k,).
        templates: shape (n, d), float32, rows of length 1.
        people: shape (n,).
        source, apart: as of `impostor_curve`.
    """
    made = probes.any(axis=1)
    probes, probe_people = probes[made], probe_people[made]
    bins = np.zeros(GRID_STEPS + 2, np.int64)
    for top in range(0, len(probes), _BLOCK):
        rows = slice(top, top + _BLOCK)
        for left in range(0, len(templates), _BLOCK):
            columns = slice(left, left + _BLOCK)
            pairs = people[None, columns] != probe_people[rows, None]
            bins += _binned((probes[rows] @ templates[columns].T)[pairs])
    for one_way in (apart, frozenset((other, one) for one, other in apart)):
        bins -= _binned_apart(probes, probe_people, templates, people, one_way)
    return _curve(bins, len(np.union1d(people, probe_people)), len(templates), source)


def _binned_apart(
    probes: FloatArray, probe_people: NDArray[Any], templates: FloatArray, people: NDArray[Any], apart: Apart
) -> NDArray[np.int64]:
    """What was counted of the pairs that are kept apart, the first of each as a probe."""
    bins = np.zeros(GRID_STEPS + 2, np.int64)
    for one, other in apart:
        bins += _binned((probes[probe_people == one] @ templates[people == other].T).ravel())
    return bins


def _binned(scores: FloatArray) -> NDArray[np.int64]:
    """Counts by step: the first holds the scores below 0, the next those from 0 on, the last one those of 1."""
    steps = np.clip(np.floor(scores.astype(np.float64) * GRID_STEPS), -1, GRID_STEPS).astype(np.int64)
    return np.bincount(steps + 1, minlength=GRID_STEPS + 2)


def _curve(bins: NDArray[np.int64], people: int, pictures: int, source: str) -> ImpostorCurve:
    at_or_above = bins[::-1].cumsum()[::-1]
    return ImpostorCurve(
        thresholds=tuple(step / GRID_STEPS for step in range(GRID_STEPS + 1)),
        errors=tuple(int(count) for count in at_or_above[1:]),
        comparisons=int(at_or_above[0]),
        people=people,
        pictures=pictures,
        source=source,
    )
