"""The figures of a trial with volunteers: a run held against an independent tally.

Rules:
  - TRR is of walks of listed people: those with a right prompt on any camera, of all of them, people whose list picture
    failed included. A wrong entry is a class of its own: a miss in TRR, wrong in precision;
  - FAR is of passages of people who are not listed, low (confirmed wrong) and high (everything that is not confirmed
    right, so also prompts that belong to no walk, and wrong entries), once per searched and once per true passage:
    a machine that makes two passages of one has more of the first, and no more of the second;
  - true passages of unlisted people are their walks, less those of which the tally says that the face could
    never be seen well;
  - searched passages of unlisted people are those searched, less the passages with a right prompt, less one for each
    walk of a listed person that had no prompt at all; how many of these were searched, or broken in two, no run tells;
  - two entries for one stranger are one false passage;
  - the time to prompt runs from the first usable moment of a walk where the tally notes it, else from its beginning;
  - every share has the wider of two intervals: Clopper-Pearson, and, where people walk more than once, the bootstrap by
    person (`overt.evaluation.resample`). A prompt on somebody without a name counts as one person.

Nothing here reads a file or a store, and no operational figure takes anything from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

import numpy as np
from scipy.special import bdtr

from overt.domain.figures import percentile
from overt.evaluation.intervals import Figure
from overt.evaluation.resample import figure_by_person
from overt.evaluation.trial_match import RIGHT, WRONG, Came, Judged, Matched, matched
from overt.evaluation.trial_run import Run
from overt.evaluation.trial_truth import Kind, Truth, Walk, seconds

TOLERANCE_S: Final = 2.0
#: People in view at once, from (included) and up to (excluded) the next.
DENSITIES: Final = (1, 2, 4, 8, 16)
_SIDE: Final = 0.025


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share with the interval that is published, and how many different people are behind it.

    Attributes:
        plain: with its Clopper-Pearson interval, every case taken as independent.
        figure: with the wider limit of that and the bootstrap by person on each side.
    """

    plain: Figure
    figure: Figure
    people: int

    @property
    def by_person(self) -> bool:
        """Whether resampling people made the interval wider."""
        return (self.figure.low, self.figure.high) != (self.plain.low, self.plain.high)

    def sentence(self, cases: str) -> str:
        """As `Figure.sentence`."""
        return self.figure.sentence(cases)

    def record(self) -> dict[str, object]:
        return {
            **self.figure.record(),
            "interval": "bootstrap by person" if self.by_person else "Clopper-Pearson",
            "clopper_pearson": [self.plain.low, self.plain.high],
            "people": self.people,
        }


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """So large a share of measured times is at most `value`, seconds; limits of 95 %, None: too few to tell."""

    share: float
    value: float | None
    low: float | None
    high: float | None

    def record(self) -> dict[str, object]:
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A run, its tally, and what comes of the two.

    Attributes:
        tolerance_us: by how much a prompt may lie outside its walk, microseconds.
        seed: of the bootstrap.
    """

    run: Run
    truth: Truth
    matched: Matched
    tolerance_us: int
    seed: int

    @property
    def kind(self) -> Kind:
        return self.truth.kind

    @cached_property
    def came(self) -> Mapping[Came, int]:
        """Prompts by what they were; decoys are not among them."""
        counted = Counter(one.came for one in self.matched.judged)
        return {came: counted[came] for came in Came}

    @property
    def contradicted(self) -> int:
        """Prompts of which people said otherwise than the tally."""
        return sum(one.contradicted for one in self.matched.judged)

    @cached_property
    def of_walks(self) -> tuple[str, ...]:
        """What came of each walk of the tally: "right", "wrong entry" or "missed" of a listed person; "false alert" or
        "no prompt" of somebody else."""
        came: dict[int, set[Came]] = {}
        for one in self.matched.judged:
            if one.walk is not None:
                came.setdefault(one.walk, set()).add(one.came)
        return tuple(_of_walk(walk, came.get(at, set())) for at, walk in enumerate(self.truth.walks))

    @cached_property
    def trr(self) -> Share:
        """Walks of listed people with a right prompt."""
        return self._of_listed("right")

    @cached_property
    def wrong_entry(self) -> Share:
        """Walks of listed people whose prompts all named another entry."""
        return self._of_listed("wrong entry")

    def trr_by(self, label: Callable[[Walk], str]) -> dict[str, Share]:
        """TRR by a label of the walks, in the order of the labels, by number where they begin with one; walks without a
        label are left out."""
        labels = sorted({label(walk) for walk in self.truth.listed} - {""}, key=_in_order)
        return {one: self._of_listed("right", partial(_has, label, one)) for one in labels}

    @cached_property
    def precision(self) -> Share:
        """Right prompts of those of which the tally, or people, could tell who it was."""
        told = [one for one in self.matched.judged if one.came in (*RIGHT, *WRONG)]
        return self._share([one.came in RIGHT for one in told], [self._who(one) for one in told])

    @cached_property
    def verified(self) -> Share:
        """Right prompts of all."""
        judged = self.matched.judged
        return self._share([one.came in RIGHT for one in judged], [self._who(one) for one in judged])

    @cached_property
    def false(self) -> tuple[tuple[Judged, ...], ...]:
        """Passages that had prompts and none that is confirmed right."""
        return tuple(one for one in self.matched.passages if not any(each.came in RIGHT for each in one))

    @property
    def false_low(self) -> int:
        """Of these, passages confirmed to be of somebody else who is not listed."""
        return sum(_wrong_person(one) for one in self.false)

    @cached_property
    def unlisted_searched(self) -> int:
        """Searched passages of unlisted people, see the top of this file; never fewer than are false."""
        right = len(self.matched.passages) - len(self.false)
        prompted = {one.walk for one in self.matched.judged if one.walk is not None}
        silent = sum(walk.listed and at not in prompted for at, walk in enumerate(self.truth.walks))
        return max(self.run.searched - right - silent, len(self.false))

    @property
    def far_low(self) -> Figure:
        """Per searched passage."""
        return Figure.of(self.false_low, self.unlisted_searched)

    @property
    def far_high(self) -> Figure:
        """Per searched passage."""
        return Figure.of(len(self.false), self.unlisted_searched)

    @cached_property
    def far_true_low(self) -> Share | None:
        """Per true passage: walks of unlisted people with a confirmed false alert; None where not all were tallied."""
        if not self.truth.everybody:
            return None
        walks = [(at, walk) for at, walk in enumerate(self.truth.walks) if self._could_be_false(at)]
        return self._share(
            [self.of_walks[at] == "false alert" for at, _ in walks], [self._named(walk, at) for at, walk in walks]
        )

    @cached_property
    def far_true_high(self) -> Figure | None:
        """Per true passage: the same, and every other false passage that belongs to none of these walks, which is then
        taken as a true passage that the tally lacks; None where not all were tallied."""
        if not self.truth.everybody:
            return None
        walks = sum(one == "false alert" for one in self.of_walks)
        others = sum(not self._is_tallied(passage) for passage in self.false)
        return Figure.of(walks + others, sum(map(self._could_be_false, range(len(self.truth.walks)))) + others)

    @cached_property
    def waits_s(self) -> tuple[float, ...]:
        """Seconds from where the time runs to the first right prompt, by walk, of walks that had one."""
        return tuple(seconds(one) for one in self.matched.first_us if one is not None)

    @property
    def usable_noted(self) -> int:
        """Walks of listed people of which the tally notes the first usable moment."""
        return sum(walk.usable_us is not None for walk in self.truth.listed)

    def wait(self, share: float) -> Quantile:
        """So large a share of the prompted walks was prompted at most so late."""
        return quantile(self.waits_s, share)

    def _could_be_false(self, at: int) -> bool:
        """Whether a walk is a true passage of FAR: of somebody who is not listed, and whose face could be seen."""
        walk = self.truth.walks[at]
        return not walk.listed and (walk.seen or self.of_walks[at] == "false alert")

    def _is_tallied(self, passage: Sequence[Judged]) -> bool:
        """Whether a false passage belongs to the walk of an unlisted person."""
        walks = (one.walk for one in passage if one.came is Came.WRONG_PERSON)
        return any(at is not None and not self.truth.walks[at].listed for at in walks)

    def _of_listed(self, came: str, among: Callable[[Walk], bool] = lambda _: True) -> Share:
        walks = [(at, walk) for at, walk in enumerate(self.truth.walks) if walk.listed and among(walk)]
        return self._share([self.of_walks[at] == came for at, _ in walks], [walk.person for _, walk in walks])

    def _who(self, judged: Judged) -> str:
        at = judged.walk
        return judged.prompt.alert if at is None else self._named(self.truth.walks[at], at)

    def _named(self, walk: Walk, at: int) -> str:
        return f"p{walk.person}" if walk.person else f"w{at}"

    def _share(self, hits: Sequence[bool], people: Sequence[str]) -> Share:
        _, who = np.unique(np.array(people, np.str_), return_inverse=True)
        return Share(
            plain=Figure.of(sum(hits), len(hits)),
            figure=figure_by_person(np.array(hits, np.bool_), who, seed=self.seed),
            people=len(set(people)),
        )


def trial(run: Run, truth: Truth, *, tolerance_s: float = TOLERANCE_S, seed: int = 1) -> Trial:
    """Holds a run against a tally.

    Raises:
        OtherKind: they are of different kinds.
    """
    tolerance_us = round(tolerance_s * 1_000_000)
    return Trial(
        run=run,
        truth=truth,
        matched=matched(run, truth, tolerance_us=tolerance_us),
        tolerance_us=tolerance_us,
        seed=seed,
    )


def quantile(values: Sequence[float], share: float) -> Quantile:
    """A quantile with its distribution-free limits: order statistics, whose number of smaller values is binomial
    (David and Nagaraja, Order Statistics, section 7.1). They cover at least 95 %; a side that no order statistic of so
    few values reaches is None.

    Args:
        share: above 0 and below 1.
    """
    ordered, n = sorted(values), len(values)
    below = next((k for k in range(n + 1) if bdtr(k, n, share) >= _SIDE), n)
    above = next((k for k in range(n + 1) if bdtr(k, n, share) >= 1 - _SIDE), n)
    return Quantile(
        share=share,
        value=percentile(ordered, share),
        low=ordered[below - 1] if n and below >= 1 else None,
        high=ordered[above] if n and above < n else None,
    )


def density_of(people: float) -> str:
    """The class of a mean number of people in view at once, rounded, such as "2 to 3"."""
    at = max(place for place, first in enumerate(DENSITIES) if round(people) >= first or place == 0)
    first = DENSITIES[at]
    if at + 1 == len(DENSITIES):
        return f"{first} or more"
    last = DENSITIES[at + 1] - 1
    return str(first) if last == first else f"{first} to {last}"


def _of_walk(walk: Walk, came: set[Came]) -> str:
    if not walk.listed:
        return "false alert" if Came.WRONG_PERSON in came else "no prompt"
    if Came.RIGHT in came:
        return "right"
    return "wrong entry" if Came.WRONG_ENTRY in came else "missed"


def _has(label: Callable[[Walk], str], wanted: str, walk: Walk) -> bool:
    return label(walk) == wanted


def _in_order(label: str) -> tuple[int, str]:
    number = re.match(r"\d{1,9}", label)
    return int(number[0]) if number else 0, label


def _wrong_person(passage: Sequence[Judged]) -> bool:
    return any(one.came is Came.WRONG_PERSON for one in passage)
