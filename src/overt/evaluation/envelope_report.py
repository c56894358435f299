"""What an envelope's measurement came to: as JSON, as sentences, as a page, and as the pack's table."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.domain.envelope import AMBER_SHARE, Envelope, Limit
from overt.evaluation.charts import Line
from overt.evaluation.charts import curve as drawn
from overt.evaluation.envelope_crowd import CROWD
from overt.evaluation.envelope_edges import Curve, Edge, limits_of
from overt.evaluation.intervals import in_words
from overt.evaluation.provenance import Provenance
from overt.evaluation.report import Grid, Report, Section
from overt.recognition.threshold import Threshold

NOT_MEASURED: Final = (
    "Crowd density was not measured: what a crowd costs (faces that hide one another, looks that come late) shows in "
    "moving streets only. Name rehearsed ones with --street."
)
MISUSE: Final = (
    "These are stills with one thing made worse by computation, one look each. They say where a condition begins to "
    "cost, never how many people in a street will be found: there several conditions come together, a passage has "
    "several looks, and nobody faces the camera for a photographer."
)
OF_STREETS: Final = (
    "These streets are simulated, from portraits that walk towards the camera. They say what hiding one another costs, "
    "and nothing of pushing, turning away or rain. Each case is a whole passage with all its looks, so it cannot be "
    "held against the curves of stills."
)
WORDS: Final = {
    "zone_light": "light of the zone",
    "face_light": "light of the face",
    "face_sharpness": "sharpness of the face",
    "face_width": "width of the face in pixels",
    "face_yaw": "turn of the face",
    "in_view": "faces in view",
    "lag_s": "lag in seconds",
}
_HEADINGS: Final = {"jpeg": "JPEG", "h264": "H.264", "width": "Width of the face"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A whole measurement.

    Attributes:
        curves: one for each condition.
        threshold: of the list, from the pack's calibration.
        people: probes, one of each person.
        no_face: probes without a usable face when clean; they are misses at every level.
        provenance: what the figures rest on.
    """

    curves: tuple[Curve, ...]
    threshold: Threshold
    people: int
    no_face: int
    provenance: Provenance

    def envelope(self) -> Envelope | None:
        """The table for the pack; None where no condition gave a limit."""
        limits = limits_of(self.curves)
        if not limits:
            return None
        day = datetime.date.fromisoformat(self.provenance.at[:10])
        return Envelope(limits=limits, source=self._source(), date=day)

    def record(self) -> dict[str, object]:
        """The object for JSON."""
        envelope = self.envelope()
        return {
            "model": self.provenance.pack,
            "list": self.threshold.list_size,
            "threshold": self.threshold.value,
            "threshold_extrapolated": self.threshold.extrapolated,
            "wanted_far": self.threshold.wanted_far,
            "people": self.people,
            "no_face": self.no_face,
            "curves": [curve.record() for curve in self.curves],
            "limits": {} if envelope is None else {limit.quantity: _limit_record(limit) for limit in envelope.limits},
            "not_measured": list(self._not_measured()),
            "provenance": self.provenance.record(),
        }

    def sentences(self) -> Iterator[str]:
        """The result for a terminal."""
        yield self._lead()
        yield self._intervals()
        for curve in self.curves:
            yield f"{curve.condition.name}: {' '.join(edge_sentences(curve))}"
        yield from self._limit_sentences()
        yield from self._not_measured()

    def report(self) -> Report:
        """The same figures on a page."""
        return Report(
            title="The operating envelope of a model pack",
            lead=self._lead(),
            sections=(
                Section(heading="The limits", sentences=(self._intervals(), *self._limit_sentences()), misuse=MISUSE),
                *(self._section(curve) for curve in self.curves),
                *(Section(heading="What was not measured", sentences=(one,)) for one in self._not_measured()),
            ),
            provenance=self.provenance.rows(),
        )

    def _not_measured(self) -> tuple[str, ...]:
        return () if any(curve.condition.name == CROWD.name for curve in self.curves) else (NOT_MEASURED,)

    def _lead(self) -> str:
        return (
            f"{self.people:,} people, one probe each, spoiled step by step; a list of {self.threshold.list_size:,} "
            f"clean pictures, threshold {self.threshold.value:.4f}."
        )

    def _intervals(self) -> str:
        unseen = f" {self.no_face:,} clean probes show no usable face and are misses at every level."
        return (
            "What is not acquired counts as missed. In brackets: 95 % intervals, with people taken as independent of "
            "one another (Clopper-Pearson; where people repeat and for edges, whole people are drawn again)."
            f"{unseen if self.no_face else ''}"
        )

    def _limit_sentences(self) -> tuple[str, ...]:
        limits = limits_of(self.curves)
        return tuple(map(_limit_sentence, limits)) or ("No limit follows that a camera could be measured by.",)

    def _source(self) -> str:
        return (
            f"{self.provenance.source}; {self.people} probes, a list of {self.threshold.list_size}, threshold "
            f"{self.threshold.value:.4f}"
        )

    def _section(self, curve: Curve) -> Section:
        return Section(
            heading=_HEADINGS.get(curve.condition.name) or curve.condition.name.replace("-", " ").capitalize(),
            sentences=(curve.condition.says, *edge_sentences(curve), *filter(None, (curve.condition.not_live,))),
            grid=_grid(curve),
            chart=_chart(curve),
            misuse=OF_STREETS if curve.condition.name == CROWD.name else MISUSE,
        )


def edge_sentences(curve: Curve) -> tuple[str, ...]:
    """The best figure and both edges of a curve."""
    best = max(curve.tpir, key=lambda figure: figure.value or 0.0)
    value = best.value
    assert value is not None  # every level has pictures
    said = [f"At best {best.num:,} of {best.den:,} probes were found: {in_words(value, best.low, best.high)}."]
    return (*said, *(_edge_sentence(curve, edge) for edge in curve.edges))


def _edge_sentence(curve: Curve, edge: Edge) -> str:
    part = "90 %" if edge.share == AMBER_SHARE else "half"
    if edge.level is None:
        return f"They never fell below {part} of that."
    ends = [f"{end:.3g}" for end in sorted(end for end in (edge.nearest, edge.farthest) if end is not None)]
    low, high = [*ends, "an open end", "an open end"][:2]
    shown = ", ".join(f"{WORDS[name]} {value:.3g}" for name, value in edge.live.items())
    there = f" A camera sees there: {shown}." if shown else ""
    return f"They fall below {part} of that at {edge.level:.3g} ({low} to {high}), {curve.condition.unit}.{there}"


def _limit_sentence(limit: Limit) -> str:
    side = "below" if limit.worse == "low" else "above"
    red = "no red limit was reached" if limit.red is None else f"red {side} {limit.red:g}"
    return (
        f"Limit of the {WORDS[limit.quantity]}: amber {side} {limit.amber:g}, {red} ({limit.condition}, "
        f"{limit.people:,} people)."
    )


def _limit_record(limit: Limit) -> dict[str, object]:
    return {
        "worse": limit.worse,
        "amber": limit.amber,
        "red": limit.red,
        "condition": limit.condition,
        "people": limit.people,
    }


def _grid(curve: Curve) -> Grid:
    shown = curve.condition.live
    rows = []
    for level, figure in zip(curve.levels, curve.tpir, strict=True):
        value = figure.value
        assert value is not None
        medians = (level.median(name) for name in shown)
        rows.append(
            (
                "clean" if level is curve.levels[0] else f"{level.level:.3g}",
                in_words(value, figure.low, figure.high),
                f"{figure.num:,} of {figure.den:,}",
                f"{level.not_acquired:,}",
                *("–" if median is None else f"{median:.3g}" for median in medians),
            )
        )
    heads = (curve.condition.unit, "TPIR", "Found", "Not acquired", *(f"Median {WORDS[name]}" for name in shown))
    return Grid(header=heads, rows=tuple(rows))


def _chart(curve: Curve) -> str:
    line = Line(
        label="TPIR",
        x=[level.level for level in curve.levels],
        y=[figure.value or 0.0 for figure in curve.tpir],
        low=[figure.low for figure in curve.tpir],
        high=[figure.high for figure in curve.tpir],
    )
    marks = [
        (edge.level, "90 % of best" if edge.share == AMBER_SHARE else "half of best")
        for edge in curve.edges
        if edge.level is not None
    ]
    return drawn(
        [line],
        title=f"Found, by {curve.condition.name}: n = {curve.people:,} people",
        x_label=curve.condition.unit,
        y_label="TPIR",
        log_x=curve.condition.log,
        marks=marks,
        y_reads="percent",
    )
