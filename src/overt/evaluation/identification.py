"""Open-set identification on still pictures: who is found, and who is taken for somebody else (ISO/IEC 19795-1).

1. People are split: one half chooses the threshold, the other measures (`protocol`).
2. The choosing half gives an impostor curve, and the curve the threshold of the list, by the product's own rule
   (`overt.recognition.threshold`), so that what is measured is what would run. Relatives that a kin file names choose
   no threshold: in some thousand people one pair of brothers would be the whole tail. They stay in what is measured.
3. In the measuring half some people are listed, each with one picture, and everybody else is a stranger. People of
   another set may fill the list, so that more are left to measure.
4. Each other picture of a listed person is a mated search: right if the best entry is that person, at or above the
   threshold. Anything else is a miss: too low, another entry, or no face found.
5. Each picture of a stranger is an impostor search: a false alert if any entry reaches the threshold.

    TPIR = right mated searches / all mated searches          FNIR = 1 - TPIR
    FPIR = impostor searches with a false alert / all impostor searches
    rank 1 = mated searches whose best entry is the person, at whatever score / all mated searches

Pictures without a face stay in the denominators. Fused searches put several pictures of one person into one template,
as a passage does. Intervals are by person (`resample`). Still pictures of the press say little about a street: these
figures compare packs and settings, and promise nothing about passers-by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import BadModel, Refused
from overt.domain.geometry import FloatArray
from overt.evaluation.calibrate import curve_of, impostor_curve
from overt.evaluation.intervals import Figure
from overt.evaluation.protocol import Cast, Half, Kin, Rows, cast, fused_sets, numbered
from overt.evaluation.resample import figure_by_person
from overt.evaluation.samples import Samples, part_of
from overt.recognition.threshold import Threshold, threshold_for

FUSED_SETS_A_PERSON = 10
_BLOCK = 512
_NOTHING = -2.0  # below every cosine: no template, so no score
_NOBODY = -1  # of those who measure


@dataclass(frozen=True, kw_only=True)
class At:
    """The figures at one threshold. `fpir_without_kin`: with relatives on the list left out of the strangers' scores;
    None where no kin are known."""

    fpir_wanted: float
    threshold: Threshold
    tpir: Figure
    fpir: Figure
    fpir_without_kin: Figure | None

    def record(self) -> dict[str, object]:
        without = {} if self.fpir_without_kin is None else {"fpir_without_kin": self.fpir_without_kin.record()}
        return {
            "fpir_wanted": self.fpir_wanted,
            "threshold": self.threshold.value,
            "tpir": self.tpir.record(),
            "fpir": self.fpir.record(),
            **without,
            "errors": self.threshold.errors,
            "extrapolated": self.threshold.extrapolated,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Searches:
    """Every search of a measurement.

    Attributes:
        mated: shape (m,), float32: best score of each mated search, -2 where there was no face.
        right: shape (m,): whether the best entry is the person.
        mated_people: shape (m,).
        strangers: shape (i,), float32: best score of each impostor search.
        without_kin: the same with relatives' entries passed over.
        stranger_people: shape (i,).
    """

    mated: FloatArray
    right: NDArray[np.bool_]
    mated_people: NDArray[np.intp]
    strangers: FloatArray
    without_kin: FloatArray
    stranger_people: NDArray[np.intp]

    def fnir(self, threshold: float) -> float:
        """Share of mated searches that miss; 1 where there are none."""
        hits = self.right & (self.mated >= threshold)
        return 1.0 - float(hits.mean()) if len(hits) else 1.0

    def fpir(self, threshold: float) -> float:
        """Share of impostor searches with a false alert; 0 where there are none."""
        return float((self.strangers >= threshold).mean()) if len(self.strangers) else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """One list, measured. `shots`: pictures in each search's template; `not_enrolled`: people without any template."""

    list_size: int
    shots: int
    searches: Searches
    failed_to_acquire: int
    not_enrolled: int
    rank1: Figure
    at: tuple[At, ...]

    @property
    def mated(self) -> int:
        return len(self.searches.mated)

    @property
    def impostors(self) -> int:
        return len(self.searches.strangers)

    def record(self) -> dict[str, object]:
        return {
            "list": self.list_size,
            "mated": self.mated,
            "impostors": self.impostors,
            "mated_people": len(np.unique(self.searches.mated_people)),
            "impostor_people": len(np.unique(self.searches.stranger_people)),
            "failed_to_acquire": self.failed_to_acquire,
            "failed_to_enrol": self.not_enrolled,
            "rank1": self.rank1.record(),
            "at": [one.record() for one in self.at],
        }


def choosing_curve(half: Half, shots: int, source: str, kin: Kin = frozenset()) -> ImpostorCurve:
    """The impostor curve of the half that chooses: single pictures with single ones, or fused ones with single ones.

    Raises:
        Refused: fewer than two people have enough pictures.
    """
    samples = half.samples
    rows = half.rows
    if shots == 1:
        return impostor_curve(part_of(samples, rows), source, numbered(samples.names, kin))
    probes, people = _fused(half, {person: half.probes(person) for person in half.pictures}, shots, turns=True)
    if len(np.unique(people)) < 2:
        raise Refused(
            f"Fewer than two people who choose the threshold have {shots} pictures with a face.",
            "Give more pictures a person, or do without fused searches.",
        )
    rows = rows[samples.acquired[rows]]
    of = samples.people[rows].astype(np.intp)
    return curve_of(probes, people, samples.templates[rows], of, source, numbered(samples.names, kin))


def choose(curve: ImpostorCurve, list_size: int, wanted: float) -> Threshold:
    """The threshold of a list by the product's rule.

    Raises:
        Refused: the half is too small to choose one.
    """
    try:
        return threshold_for(curve, list_size, wanted)
    except BadModel as error:
        raise Refused(
            f"{curve.people:,} people with {curve.comparisons:,} comparisons are too few to choose a threshold: fewer "
            "than two steps of the curve rest on 30 comparisons.",
            "Give pictures of more people.",
        ) from error


def measure(
    half: Half,
    list_size: int,
    thresholds: Sequence[tuple[float, Threshold]],
    *,
    shots: int = 1,
    kin: Kin,
    seed: int,
    fillers: FloatArray | None = None,
) -> Measured:
    """Measures one list in the measuring half.

    Args:
        thresholds: the FPIR that was wanted, and the threshold that the other half chose for it.
        shots: pictures in each search's template.
        seed: of the bootstrap.
        fillers: shape (f, d), float32, rows of length 1: entries of people who are in neither half, f of the list.

    Raises:
        Refused: the half is too small for the list, or the fillers are the whole of it.
    """
    filled = np.zeros((0, half.samples.templates.shape[1]), np.float32) if fillers is None else fillers
    if len(filled) >= list_size:
        raise Refused(
            f"{len(filled):,} people fill the list, so a list of {list_size:,} has no place for those who measure.",
            "Ask for a longer list.",
        )
    who = cast(half, list_size - len(filled))
    searches, failed = _search(half, who, shots, kin, filled)
    return Measured(
        list_size=list_size,
        shots=shots,
        searches=searches,
        failed_to_acquire=failed,
        not_enrolled=who.not_enrolled,
        rank1=figure_by_person(searches.right, searches.mated_people, seed=seed),
        at=tuple(_at(searches, wanted, threshold, kin, seed) for wanted, threshold in thresholds),
    )


def _at(searches: Searches, wanted: float, threshold: Threshold, kin: Kin, seed: int) -> At:
    value = threshold.value
    found = searches.right & (searches.mated >= value)
    apart = figure_by_person(searches.without_kin >= value, searches.stranger_people, seed=seed) if kin else None
    return At(
        fpir_wanted=wanted,
        threshold=threshold,
        tpir=figure_by_person(found, searches.mated_people, seed=seed),
        fpir=figure_by_person(searches.strangers >= value, searches.stranger_people, seed=seed),
        fpir_without_kin=apart,
    )


def _search(half: Half, who: Cast, shots: int, kin: Kin, fillers: FloatArray) -> tuple[Searches, int]:
    """All searches of a measurement, and how many had no template."""
    samples = half.samples
    persons = np.concatenate([np.array(list(who.listed), np.intp), np.full(len(fillers), _NOBODY)])
    entries = np.concatenate([samples.templates[list(who.listed.values())], fillers])
    mated, mated_people = _fused(half, who.mated, shots)
    strangers, stranger_people = _fused(half, who.strangers, shots)
    best, entry = _best(mated, entries)
    others, _ = _best(strangers, entries)
    apart = others.copy()
    relatives = _relatives(samples, persons, kin)
    for row, person in enumerate(stranger_people.tolist()):
        if person in relatives:
            apart[row] = _best(strangers[row : row + 1], np.delete(entries, relatives[person], axis=0))[0][0]
    searches = Searches(
        mated=best,
        right=(best > _NOTHING) & (persons[entry] == mated_people),
        mated_people=mated_people,
        strangers=others,
        without_kin=apart,
        stranger_people=stranger_people,
    )
    return searches, int((best == _NOTHING).sum() + (others == _NOTHING).sum())


def _fused(
    half: Half, rows: Mapping[int, Rows], shots: int, *, turns: bool = False
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Templates of so many pictures each, and whose they are; zeros where no picture of a set shows a face.

    Args:
        turns: make up to 10 sets of each person, by turning the order of the pictures, instead of disjoint ones.
    """
    templates = half.samples.templates
    sets = [
        (person, one)
        for person, own in rows.items()
        for one in (_turned(own, shots) if turns else fused_sets(own, shots))
    ]
    probes = np.zeros((len(sets), templates.shape[1]), np.float32)
    for place, (_, one) in enumerate(sets):
        total = templates[one].sum(axis=0, dtype=np.float64)
        length = float(np.linalg.norm(total))
        if length > 0:
            probes[place] = total / length
    return probes, np.array([person for person, _ in sets], np.intp)


def _turned(rows: Rows, shots: int) -> list[Rows]:
    if len(rows) < shots:
        return []
    return [np.roll(rows, -turn)[:shots] for turn in range(min(len(rows), FUSED_SETS_A_PERSON))]


def _best(probes: FloatArray, entries: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """Best score and entry of each probe; -2 where a probe has no template, or nobody is listed."""
    best, entry = np.full(len(probes), _NOTHING, np.float32), np.zeros(len(probes), np.intp)
    if not len(entries):
        return best, entry
    for start in range(0, len(probes), _BLOCK):
        part = slice(start, start + _BLOCK)
        scores = probes[part] @ entries.T
        entry[part] = scores.argmax(axis=1)
        best[part] = scores.max(axis=1)
    best[~probes.any(axis=1)] = _NOTHING
    return best, entry


def _relatives(samples: Samples, persons: NDArray[np.intp], kin: Kin) -> dict[int, list[int]]:
    """Entries that are a person's relatives, by the person."""
    entry_of = {int(person): entry for entry, person in enumerate(persons)}
    found: dict[int, list[int]] = {}
    for pair in numbered(samples.names, kin):
        for one, other in (pair, pair[::-1]):
            if other in entry_of:
                found.setdefault(one, []).append(entry_of[other])
    return found
