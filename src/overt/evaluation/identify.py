"""A whole measurement of identification: one pack, one set of pictures, several list sizes, as figures and as a report.

Rules:
  - the figures of the wanted list come first, and other list sizes beside them, each with its own threshold;
  - where an errata file corrects labels, the figures without it are told, too: a corrected set must not look like a
    chosen one;
  - what cannot be measured with these pictures is left out, with the sentence that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from overt.domain.errors import Refused
from overt.domain.geometry import FloatArray
from overt.evaluation.charts import Bars, Line, curve, histogram
from overt.evaluation.identification import Measured, Searches, choose, choosing_curve, measure
from overt.evaluation.intervals import Figure
from overt.evaluation.protocol import Half, Kin, halves, largest_list, numbered
from overt.evaluation.provenance import Provenance
from overt.evaluation.report import Grid, Report, Section
from overt.evaluation.samples import Samples

WANTED = (0.01, 0.001)
SIZES = (100, 1000)
SHOTS = (2, 3)
_BINS = 60

Pictures = Mapping[str, Sequence[Path]]


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What was measured.

    Attributes:
        main: the list that was asked for; others: other sizes, ascending; fused: by shots.
        uncorrected: the main list without the errata; None where there are none.
        left_out: what could not be measured, and why.
        fillers: people of another set on the main list and the fused ones.
    """

    main: Measured
    others: tuple[Measured, ...]
    fused: tuple[Measured, ...]
    uncorrected: Measured | None
    left_out: tuple[str, ...]
    fillers: int
    kin: int
    provenance: Provenance

    def record(self) -> dict[str, object]:
        """The object for JSON."""
        without = {} if self.uncorrected is None else {"without_errata": self.uncorrected.record()}
        return {
            "model": self.provenance.pack,
            **self.main.record(),
            "fused": [{"shots": one.shots, **one.record()} for one in self.fused],
            "sizes": [one.record() for one in self.others],
            **without,
            "fillers": self.fillers,
            "kin_pairs": self.kin,
            "left_out": list(self.left_out),
            "provenance": self.provenance.record(),
        }

    def sentences(self) -> list[str]:
        """What people read, a sentence each."""
        one = self.main
        told = [
            f"A list of {one.list_size:,}, one picture each{self._filled()}; {one.mated:,} mated searches of "
            f"{len(np.unique(one.searches.mated_people)):,} people and {one.impostors:,} of "
            f"{len(np.unique(one.searches.stranger_people)):,} strangers. Other people chose the thresholds.",
            one.rank1.sentence("mated searches have the person first, at whatever score (rank 1)") + ".",
        ]
        for at in one.at:
            told += _at_sentences(at.fpir_wanted, at.threshold.value, at.tpir, at.fpir)
            if at.threshold.extrapolated:
                told.append("That threshold is extrapolated: fewer than 30 comparisons scored so high.")
        for fused in self.fused:
            told += [
                f"{fused.shots} pictures fused, {at.fpir_wanted:g} wanted: {at.tpir.sentence('found (TPIR)')}; "
                f"{at.fpir.sentence('false alerts (FPIR)')}."
                for at in fused.at
            ]
        if one.failed_to_acquire:
            told.append(f"{one.failed_to_acquire:,} searches had no face; they count as missed, or as no alert.")
        return told + list(self.left_out)

    def _filled(self) -> str:
        return f", {self.fillers:,} of them people of another set" if self.fillers else ""

    def report(self) -> Report:
        """The same figures on a page."""
        sections = (
            Section(
                heading="Found, and taken for somebody else",
                sentences=tuple(self.sentences()),
                grid=_grid((self.main, *self.others, *self.fused)),
                misuse=MISUSE,
            ),
            Section(
                heading="Misses against false alerts",
                sentences=(
                    "Each line is one list size; every point a threshold. Nearer to the lower left corner is better.",
                    "A line ends where no search missed, or none gave a false alert.",
                ),
                chart=_det((self.main, *self.others)),
            ),
            Section(
                heading="Scores",
                sentences=("The best score of each search. What lies right of the threshold raises an alert.",),
                chart=_scores(self.main),
            ),
            *self._errata_section(),
        )
        return Report(
            title="Open-set identification on still pictures",
            lead=self._lead(),
            sections=sections,
            provenance=self.provenance.rows(),
        )

    def _lead(self) -> str:
        strictest = self.main.at[-1]
        return (
            f"{strictest.tpir.sentence('searches for listed people found them')}, with a threshold for one false alert "
            f"in {round(1 / strictest.fpir_wanted):,} searches of strangers and a list of {self.main.list_size:,}."
        )

    def _errata_section(self) -> tuple[Section, ...]:
        if self.uncorrected is None:
            return ()
        sentence = "The labels of a set are corrected by its errata file. Without the corrections the same figures are:"
        return (Section(heading="Without the errata", sentences=(sentence,), grid=_grid((self.uncorrected,))),)


MISUSE = (
    "These are still pictures, mostly of the press. They compare packs and settings; they say nothing about how many "
    "people in a street will be found, in what light, or by which group. A passage is more than one picture, and a "
    "list of another size needs another threshold."
)


def _at_sentences(wanted: float, threshold: float, tpir: Figure, fpir: Figure) -> list[str]:
    return [
        f"One false alert wanted in {round(1 / wanted):,}: threshold {threshold:.4f}.",
        tpir.sentence("mated searches find the person (TPIR)") + ".",
        fpir.sentence("searches of strangers give a false alert (FPIR)") + ".",
    ]


def identify(
    samples: Samples,
    *,
    list_size: int,
    seed: int,
    provenance: Provenance,
    kin: Kin = frozenset(),
    uncorrected: Samples | None = None,
    fillers: FloatArray | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Identified:
    """Measures everything that these pictures allow.

    Args:
        samples: with corrected labels, where there are corrections.
        list_size: people on the list.
        seed: of the halves, the lists and the bootstrap.
        uncorrected: the same pictures with the labels of the set.
        fillers: shape (f, d), float32, rows of length 1: people of another set, on the lists of that size.
        tell: is told what is measured next.

    Raises:
        Refused: there are too few people for the list that was asked for.
    """
    choosing, measuring = halves(samples, seed=seed, kin=kin)
    run = _Run(choosing=choosing, measuring=measuring, seed=seed, kin=kin, tell=tell)
    main = run.measured(list_size, fillers=fillers)
    largest = largest_list(measuring)
    alike = any(abs(largest - size) < size / 10 for size in (*SIZES, list_size))
    sizes = sorted({*SIZES, *(() if alike else (largest,))} - {list_size})
    return Identified(
        main=main,
        others=tuple(found for size in sizes if (found := run.tried(size)) is not None),
        fused=tuple(found for shots in SHOTS if (found := run.tried(list_size, shots, fillers)) is not None),
        uncorrected=None if uncorrected is None else _without_errata(uncorrected, list_size, seed, kin, fillers),
        fillers=0 if fillers is None else len(fillers),
        left_out=tuple(run.left_out),
        kin=len(numbered(samples.names, kin)),
        provenance=provenance,
    )


def _without_errata(samples: Samples, list_size: int, seed: int, kin: Kin, fillers: FloatArray | None) -> Measured:
    choosing, measuring = halves(samples, seed=seed, kin=kin)
    return _Run(choosing=choosing, measuring=measuring, seed=seed, kin=kin).measured(list_size, fillers=fillers)


@dataclass(frozen=True, kw_only=True)
class _Run:
    choosing: Half
    measuring: Half
    seed: int
    kin: Kin
    tell: Callable[[str], None] = lambda _: None
    left_out: list[str] = field(default_factory=list)

    def measured(self, list_size: int, shots: int = 1, fillers: FloatArray | None = None) -> Measured:
        self.tell(f"Measuring a list of {list_size:,}, {shots} {'picture' if shots == 1 else 'pictures'} a search.")
        impostors = choosing_curve(self.choosing, shots, "people who choose the threshold", self.kin)
        thresholds = [(wanted, choose(impostors, list_size, wanted)) for wanted in WANTED]
        return measure(
            self.measuring, list_size, thresholds, shots=shots, kin=self.kin, seed=self.seed, fillers=fillers
        )

    def tried(self, list_size: int, shots: int = 1, fillers: FloatArray | None = None) -> Measured | None:
        """The same, or a sentence in `left_out`."""
        try:
            return self.measured(list_size, shots, fillers)
        except Refused as error:
            what = f"A list of {list_size:,}" + (f" with {shots} fused pictures" if shots > 1 else "")
            self.left_out.append(f"{what} is left out: {error.sentence}")
            return None


def _grid(measured: Sequence[Measured]) -> Grid:
    header = ("List", "Pictures fused", "FPIR wanted", "Threshold", "TPIR (95 %)", "FPIR (95 %)", "Rests on")
    rows = tuple(
        (
            f"{one.list_size:,}",
            str(one.shots),
            f"{at.fpir_wanted:g}",
            f"{at.threshold.value:.4f}",
            _cell(at.tpir),
            _cell(at.fpir),
            "extrapolated" if at.threshold.extrapolated else "observed",
        )
        for one in measured
        for at in one.at
    )
    return Grid(header=header, rows=rows)


def _cell(figure: Figure) -> str:
    return figure.sentence("").replace(" :", ":")


def _det(measured: Sequence[Measured]) -> str:
    lines = [_det_line(one, subject=not place) for place, one in enumerate(measured)]
    counted = f"n = {measured[0].mated:,} mated, {measured[0].impostors:,} impostor searches"
    return curve(
        lines,
        title=f"Misses against false alerts ({counted})",
        x_label="False alerts: share of impostor searches (FPIR)",
        y_label="Misses: share of mated searches (FNIR)",
        log_x=True,
        log_y=True,
    )


def _det_line(one: Measured, *, subject: bool) -> Line:
    shown = [(fpir, fnir) for fpir, fnir in det_points(one.searches) if fpir > 0 and fnir > 0]  # a log axis has no 0
    return Line(
        label=f"list of {one.list_size:,}",
        x=[fpir for fpir, _ in shown],
        y=[fnir for _, fnir in shown],
        subject=subject,
    )


def det_points(searches: Searches) -> list[tuple[float, float]]:
    """FPIR and FNIR at every threshold at which one of them changes, FPIR falling and FNIR growing."""
    scores = np.unique(np.concatenate([searches.mated[searches.right], searches.strangers]))
    return [(searches.fpir(float(t)), searches.fnir(float(t))) for t in scores[:: max(1, len(scores) // 400)]]


def _scores(one: Measured) -> str:
    edges = np.linspace(-0.2, 1.0, _BINS + 1)

    def bars(label: str, scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]], *, subject: bool) -> Bars:
        counts, _ = np.histogram(np.clip(scores, edges[0], edges[-1]), edges)
        shares = counts / max(1, len(scores))
        return Bars(label=label, edges=edges.tolist(), shares=shares.tolist(), subject=subject)

    return histogram(
        [
            bars("strangers", one.searches.strangers, subject=False),
            bars("listed people", one.searches.mated, subject=True),
        ],
        title=f"Best score of each search (n = {one.impostors:,} strangers, {one.mated:,} mated)",
        x_label="Score (cosine)",
        marks=[(at.threshold.value, f"1 in {round(1 / at.fpir_wanted):,}") for at in one.at],
    )
