"""What was measured of a model pack, as rows for an impact assessment.

Rules:
  - a figure is taken as it was measured, with its numerator, denominator and interval; none is computed anew here but
    what follows from the pack's calibration by `overt.recognition.threshold`;
  - each row says where it comes from: the pack's own calibration or envelope, or a file with its SHA-256, and whether
    that is filed in this installation;
  - a file about another pack is refused; what was not measured is said to be so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from overt.domain.before_start import EVALUATIONS
from overt.domain.errors import BadModel, Refused
from overt.evaluation.groups_found import FEWER, MORE
from overt.evaluation.intervals import in_words
from overt.faces.pack import Pack
from overt.notices.assessment import Figure
from overt.recognition.threshold import threshold_for
from overt.services.evaluations import BadEvaluation, read_evaluation

#: List sizes for which a threshold and its false alerts are shown, where no deployment says one.
SIZES: Final = (100, 1000)
MOST_GROUPS: Final = 60
NOT_MEASURED: Final = "not measured, or its figures were not given"
_ERRORS: Final[Mapping[str, str]] = {
    "FTA": "pictures in which no face was found",
    "FNMR": "pairs of one person that score below the threshold (FNMR)",
    "FNIR": "listed people who are missed (FNIR)",
    "FMR_OWN": "pairs of two people of the group that score above it (FMR)",
    "FMR_ALL": "pairs of a member with anybody that score above it (FMR)",
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A measurement at hand. `filed`: its file is filed in the installation here; None: there is none."""

    kind: str
    read: Mapping[str, Any]
    sha256: str
    filed: bool | None

    def source(self) -> str:
        where = {True: ", filed here", False: ", NOT filed here", None: ""}[self.filed]
        return f"overt evaluate {self.kind}, {self.read['provenance']['at'][:10]}, SHA-256 {self.sha256[:16]}...{where}"


def measured(pack: Pack, content: bytes, filed: frozenset[str] | None, now_us: int) -> Measured:
    """A measurement of this pack, from the JSON that overt evaluate wrote. `filed`: digests of those filed here.

    Raises:
        BadEvaluation: it is none, or one of another pack.
    """
    read, evaluation = read_evaluation(content, now_us)
    if evaluation.pack != pack.made_by:
        raise BadEvaluation(
            f"This measurement is of another pack than {pack.name}, or of another recipe for its templates.",
            "Measure the pack that is in use.",
        )
    digest = hashlib.sha256(content).hexdigest()
    return Measured(kind=evaluation.kind, read=read, sha256=digest, filed=None if filed is None else digest in filed)


def of_calibration(pack: Pack, wanted_far: float, sizes: Sequence[int]) -> Iterator[Figure]:
    """At which threshold the pack would run, and how often somebody would be taken for somebody else there."""
    curve = pack.calibration
    if curve is None:
        yield Figure(name="Calibration of the model pack", says="never calibrated: it does not run", source=pack.name)
        return
    source = f"calibration in the pack {pack.name}: {curve.source}"
    yield Figure(
        name="What the thresholds rest on",
        says=f"{curve.comparisons:,} comparisons of two people, {curve.pictures:,} pictures of {curve.people:,} people",
        source=source,
    )
    for size in sizes:
        try:
            found = threshold_for(curve, size, wanted_far)
        except (BadModel, Refused) as error:
            yield Figure(name=f"Threshold for {size:,} pictures", says=f"none: {error}", source=source)
            continue
        low, high = (f"{1000 * share:.2f}" for share in (found.far_low, found.far_high))
        mark = "; extrapolated: fewer than 30 observed errors" if found.extrapolated else ""
        yield Figure(
            name=f"False alerts expected with {size:,} pictures on the list, threshold {found.value:.4f}",
            says=f"{1000 * found.far_expected:.2f} in 1,000 passages ({low} to {high}), from {found.errors:,} errors "
            f"of {curve.comparisons:,}{mark}",
            source=source,
        )
    for name, multiple in (("a passage", curve.passage), ("the group with most", curve.worst_group)):
        if multiple is None:
            yield Figure(name=f"How much more often for {name}", says=NOT_MEASURED, source=source)
            continue
        yield Figure(
            name=f"How many times as often for {name} ({multiple.of})",
            says=f"{multiple.value:.2f} ({multiple.low:.2f} to {multiple.high:.2f}), from {multiple.errors:,} errors",
            source=multiple.source,
        )


def of_envelope(pack: Pack) -> Iterator[Figure]:
    """Where a camera is warned of, and where it pauses."""
    if pack.envelope is None:
        yield Figure(name="Operating envelope", says=NOT_MEASURED, source=pack.name)
        return
    for limit in pack.envelope.limits:
        red = "never pauses for it" if limit.red is None else f"pauses beyond {limit.red:g}"
        yield Figure(
            name=limit.quantity.replace("_", " ").capitalize(),
            says=f"warned of beyond {limit.amber:g}, {red}; {limit.people:,} people",
            source=f"envelope in the pack {pack.name}: {limit.condition}",
        )


def of_evaluations(found: Sequence[Measured]) -> Iterator[Figure]:
    """How often listed people are found, and others taken for them, on pictures."""
    for one in (one for one in found if one.kind == "identify"):
        for at in one.read["at"]:
            name = f"A list of {one.read['list']:,}, threshold {at['threshold']:.4f}"
            yield Figure(name=f"{name}: found (TPIR)", says=interval(at["tpir"]), source=one.source())
            yield Figure(name=f"{name}: taken for somebody else (FPIR)", says=interval(at["fpir"]), source=one.source())
    missing = [kind for kind in EVALUATIONS if kind != "envelope" and kind not in {one.kind for one in found}]
    for kind in missing:
        yield Figure(name=f"overt evaluate {kind}", says=NOT_MEASURED, source="give its JSON with --figures")


def of_groups(found: Sequence[Measured]) -> Iterator[Figure]:
    """Differences between groups, each group with its count and interval, what differs first."""
    rows: list[tuple[bool, Figure]] = []
    for one in (one for one in found if one.kind == "groups"):
        for part in one.read["sets"]:
            for comparison in part["comparisons"]:
                for difference in comparison["differences"]:
                    rows += _groups(one, part["name"], comparison["by"], difference)
    rows.sort(key=lambda row: not row[0])
    yield from (figure for _, figure in rows[:MOST_GROUPS])
    if len(rows) > MOST_GROUPS:
        left = f"{len(rows) - MOST_GROUPS:,} more rows stand in the file"
        yield Figure(name="Further groups", says=left, source="what differs by more than chance stands above them")
    if not rows:
        yield Figure(name="Differences between groups", says=NOT_MEASURED, source="overt evaluate groups")


def _groups(one: Measured, name: str, by: str, difference: Mapping[str, Any]) -> Iterator[tuple[bool, Figure]]:
    what = _ERRORS.get(str(difference["error"]), str(difference["error"]))
    at = "" if difference["threshold"] is None else f", threshold {difference['threshold']:.4f}"
    for row in difference["groups"]:
        verdict = str(row["verdict"])
        says = f"{interval(row['rate'])}; {row['people']:,} people; {verdict}"
        figure = Figure(name=f"{name}, {by}: {row['group']}, {what}{at}", says=says, source=one.source())
        yield verdict in {MORE, FEWER}, figure


def interval(figure: Mapping[str, Any]) -> str:
    """`2 of 9: 22.2 % (2.8 to 60.0 %)`; a figure that has no value says so."""
    if figure.get("value") is None or not figure.get("den"):
        return "cannot be said: nothing was counted"
    value, low, high = (float(figure[name]) for name in ("value", "low", "high"))
    return f"{figure['num']:,} of {figure['den']:,}: {in_words(value, low, high)}"
