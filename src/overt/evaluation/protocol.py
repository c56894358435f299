"""Who chooses the threshold, who measures, who is listed and who is a stranger.

Rules:
  - people are split by a seed into two halves: one chooses the threshold, the other measures. Nobody is in both, and
    relatives that a kin file names stay together, so that a look-alike is never lost between the halves;
  - of the people of the measuring half with two pictures or more, at most half are listed: the others are strangers,
    so that both have people with several pictures;
  - a listed person's list picture is the first acquired one of a seeded order; every other picture is a probe, also one
    in which no face was found;
  - whoever gives no template at all cannot be listed, and is counted as a failure to enrol.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import Refused
from overt.evaluation.samples import Samples

Kin = frozenset[frozenset[str]]
Rows = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Half:
    """Some people of a set, their pictures in a seeded order.

    Attributes:
        samples: the whole set.
        pictures: rows of each person of this half, by person, in a seeded order; people in a seeded order, too.
    """

    samples: Samples
    pictures: Mapping[int, Rows]

    @property
    def rows(self) -> Rows:
        """Rows of all its pictures, ascending."""
        return np.sort(np.concatenate([np.asarray(rows, np.intp) for rows in self.pictures.values()]))

    @property
    def enrollable(self) -> list[int]:
        """People with at least one template."""
        acquired = self.samples.acquired
        return [person for person, rows in self.pictures.items() if acquired[rows].any()]

    def list_picture(self, person: int) -> int:
        """The row that stands for a person on a list: the first that was acquired."""
        rows = self.pictures[person]
        return int(rows[np.argmax(self.samples.acquired[rows])])

    def probes(self, person: int, without: int | None = None) -> Rows:
        """The rows of a person, but for one."""
        rows = self.pictures[person]
        return rows if without is None else rows[rows != without]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cast:
    """Who is who in the measuring half.

    Attributes:
        listed: row of the list picture of each entry, by person.
        mated: probes of each listed person.
        strangers: probes of each person who is not listed.
        not_enrolled: people who cannot be listed, because no picture of theirs gives a template.
    """

    listed: Mapping[int, int]
    mated: Mapping[int, Rows]
    strangers: Mapping[int, Rows]
    not_enrolled: int


def halves(samples: Samples, *, seed: int, kin: Kin = frozenset()) -> tuple[Half, Half]:
    """The choosing half and the measuring half.

    Raises:
        Refused: fewer than four people.
    """
    families = _families(samples.names, kin)
    if len(samples.names) < 4:
        raise Refused(
            f"{len(samples.names)} people cannot be split into a half that chooses the threshold and one that "
            "measures.",
            "Give pictures of more people, one sub-folder each.",
        )
    chance = np.random.default_rng(seed)
    order = [families[i] for i in chance.permutation(len(families))]
    rows_of = _rows_of(samples)
    sides: tuple[dict[int, Rows], dict[int, Rows]] = ({}, {})
    for family in order:
        side = sides[0] if len(sides[0]) <= len(sides[1]) else sides[1]
        for person in family:
            side[person] = chance.permutation(rows_of[person])
    return Half(samples=samples, pictures=sides[0]), Half(samples=samples, pictures=sides[1])


def cast(half: Half, list_size: int) -> Cast:
    """Lists so many people of a half, of whom as many as fairly possible have a second picture.

    Raises:
        Refused: the half does not hold so many people, or nobody is left as a stranger.
    """
    enrollable = half.enrollable
    if not 1 <= list_size < len(enrollable):
        raise Refused(
            f"A list of {list_size:,} cannot be drawn from the {len(enrollable):,} people who measure, with somebody "
            "left as a stranger.",
            f"Give a --list-size from 1 to {max(1, len(enrollable) - 1):,}, or pictures of more people.",
        )
    several = [person for person in enrollable if len(half.pictures[person]) > 1]
    mated = several[: min(list_size, max(1, len(several) // 2))]
    singles = [person for person in enrollable if len(half.pictures[person]) == 1]
    rest = singles + several[len(mated) :]
    listed = mated + rest[: list_size - len(mated)]
    entries = {person: half.list_picture(person) for person in listed}
    return Cast(
        listed=entries,
        mated={person: half.probes(person, entries[person]) for person in listed if len(half.pictures[person]) > 1},
        strangers={person: half.probes(person) for person in half.pictures if person not in entries},
        not_enrolled=len(half.pictures) - len(enrollable),
    )


def largest_list(half: Half) -> int:
    """The largest list that leaves three people in ten as strangers."""
    return max(1, len(half.enrollable) * 7 // 10)


def read_kin(path: Path) -> Kin:
    """Pairs of relatives and real look-alikes: a CSV with the columns `a` and `b`, people by their folders' names.

    Raises:
        Refused: it cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if not {"a", "b"} <= set(reader.fieldnames or ()):
                raise Refused(f"{path.name} has no columns a and b.", "Write a heading line: a,b,relation.")
            pairs = [((row["a"] or "").strip(), (row["b"] or "").strip()) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"The kin file {path.name} cannot be read: {error}.", "Name a CSV file in UTF-8.") from error
    return frozenset(frozenset(pair) for pair in pairs if all(pair) and pair[0] != pair[1])


def numbered(names: Sequence[str], kin: Kin) -> frozenset[tuple[int, int]]:
    """The pairs of relatives among these people by their numbers, the smaller first; who is not among them is not."""
    place = {name: number for number, name in enumerate(names)}
    pairs = (sorted(place[name] for name in pair) for pair in kin if all(name in place for name in pair))
    return frozenset((one, other) for one, other in pairs)


def fused_sets(probes: Rows, shots: int) -> list[Rows]:
    """Disjoint sets of so many pictures of one person, in order; what is left over is not used."""
    return [probes[start : start + shots] for start in range(0, len(probes) - shots + 1, shots)]


def _families(names: Sequence[str], kin: Kin) -> list[list[int]]:
    """People in groups of relatives, in the order of their first."""
    head = list(range(len(names)))

    def top(i: int) -> int:
        while head[i] != i:
            i = head[i]
        return i

    for pair in sorted(numbered(names, kin)):
        one, other = sorted(map(top, pair))
        head[other] = one
    families: dict[int, list[int]] = {}
    for i in range(len(names)):
        families.setdefault(top(i), []).append(i)
    return list(families.values())


def _rows_of(samples: Samples) -> list[Rows]:
    edges = np.searchsorted(samples.people, np.arange(len(samples.names) + 1))
    return [np.arange(first, after) for first, after in pairwise(edges)]
