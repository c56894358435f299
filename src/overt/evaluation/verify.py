"""A whole measurement of verification, as figures and as a report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overt.domain.errors import Refused
from overt.evaluation.charts import Line, curve
from overt.evaluation.protocol import halves
from overt.evaluation.provenance import Provenance
from overt.evaluation.report import Grid, Report, Section
from overt.evaluation.samples import Samples
from overt.evaluation.verification import Comparisons, Folds, Verified, comparisons, folded, pairs_of, verified

WANTED = (0.01, 0.001, 0.0001, 0.00001)
MISUSE = (
    "One comparison says little about a search. A list of a thousand compares each passer-by a thousand times, so that "
    "a false match in a thousand comparisons is nearly one for each person who passes."
)
_POINTS = 200


@dataclass(frozen=True, kw_only=True)
class PeopleVerified:
    """Every two pictures of a set compared; other people chose the thresholds. `measuring`: the half that measures."""

    at: tuple[Verified, ...]
    measuring: Comparisons
    provenance: Provenance

    def record(self) -> dict[str, object]:
        return {
            "model": self.provenance.pack,
            "mated": len(self.measuring.mated),
            "impostors": self.measuring.impostors,
            "people": len(self.measuring.counts),
            "at": [one.record() for one in self.at],
            "provenance": self.provenance.record(),
        }

    def sentences(self) -> list[str]:
        told = [
            f"{len(self.measuring.mated):,} comparisons of one person's pictures and {self.measuring.impostors:,} of "
            f"different people's, among {len(self.measuring.counts):,} people. Other people chose the thresholds; the "
            "intervals are by person."
        ]
        for one in self.at:
            told += [
                f"One false match wanted in {round(1 / one.fmr_wanted):,}: threshold {one.threshold:.4f}.",
                one.fnmr.sentence("mated comparisons missed (FNMR)") + ".",
                one.fmr.sentence("impostor comparisons matched (FMR)") + ".",
            ]
        return told

    def report(self) -> Report:
        rows = tuple(
            (f"{one.fmr_wanted:g}", f"{one.threshold:.4f}", one.fnmr.sentence("missed"), one.fmr.sentence("matched"))
            for one in self.at
        )
        section = Section(
            heading="Misses against false matches",
            sentences=tuple(self.sentences()),
            grid=Grid(header=("FMR wanted", "Threshold", "FNMR (95 %)", "FMR (95 %)"), rows=rows),
            chart=self._chart(),
            misuse=MISUSE,
        )
        return Report(
            title="Verification: one picture against one",
            lead="How often two pictures of one person do not match, and two of different people do.",
            sections=(section,),
            provenance=self.provenance.rows(),
        )

    def _chart(self) -> str:
        impostor, every = self.measuring.impostor, self.measuring.impostors
        places = np.unique(np.geomspace(1, len(impostor), _POINTS).astype(np.int64))
        thresholds = impostor[-places]
        line = Line(
            label=self.provenance.pack,
            x=(places / every).tolist(),
            y=[max(float((self.measuring.mated < t).mean()), 1 / len(self.measuring.mated)) for t in thresholds],
        )
        return curve(
            [line],
            title=f"FNMR against FMR (n = {len(self.measuring.mated):,} mated, {every:,} impostor comparisons)",
            x_label="False matches: share of impostor comparisons (FMR)",
            y_label="Misses: share of mated comparisons (FNMR)",
            log_x=True,
            log_y=True,
        )


@dataclass(frozen=True, kw_only=True)
class PairsVerified:
    """The pairs of a file, judged fold by fold."""

    folds: Folds
    provenance: Provenance

    def record(self) -> dict[str, object]:
        return {"model": self.provenance.pack, **self.folds.record(), "provenance": self.provenance.record()}

    def sentences(self) -> list[str]:
        folds = self.folds
        return [
            folds.right.sentence("pairs judged rightly") + ".",
            f"Mean over {len(folds.thresholds)} folds {folds.mean:.2%}, standard error {folds.spread:.2%}; each fold "
            "with the threshold that is best for the others "
            f"({min(folds.thresholds):.3f} to {max(folds.thresholds):.3f}).",
            f"{folds.failed:,} pairs have a picture without a face and count as different people.",
        ]

    def report(self) -> Report:
        section = Section(heading="Pairs judged rightly", sentences=tuple(self.sentences()), misuse=MISUSE)
        return Report(
            title="Verification by a pairs file",
            lead="The protocol of Labeled Faces in the Wild.",
            sections=(section,),
            provenance=self.provenance.rows(),
        )


def verify_people(samples: Samples, *, seed: int, provenance: Provenance) -> PeopleVerified:
    """Compares every two pictures in each half of the people.

    Raises:
        Refused: too few people or pictures for any threshold.
    """
    choosing, measuring = (comparisons(half) for half in halves(samples, seed=seed))
    at = verified(choosing, measuring, WANTED, seed=seed)
    if not at:
        raise Refused(
            f"{choosing.impostors:,} impostor comparisons are too few to choose a threshold for FMR {WANTED[0]:g}.",
            "Give pictures of more people.",
        )
    return PeopleVerified(at=tuple(at), measuring=measuring, provenance=provenance)


def verify_pairs(samples: Samples, text: str, *, provenance: Provenance) -> PairsVerified:
    """Judges the pairs of a pairs file; `text`: its content."""
    return PairsVerified(folds=folded(pairs_of(samples, text)), provenance=provenance)
