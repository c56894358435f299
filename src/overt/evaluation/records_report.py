"""Published counts and what they show, as one JSON object and as one report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from overt import __version__
from overt.evaluation.charts import Whisker, forest
from overt.evaluation.records import COUNTS, Record, Records
from overt.evaluation.records_figures import (
    INDEPENDENT,
    NOT_REPRODUCIBLE,
    Named,
    bare_figure,
    figures_of,
    missing_of,
    oddities_of,
)
from overt.evaluation.report import Grid, Report, Section

PROMISE = 0.001
SHOWN = ("faces", "alerts", "verified_right", "said_right", "said_wrong", "wrong_stops")  # columns of the first table


def lead(found: Records) -> str:
    """How many records there are, and how many say what they rest on."""
    counted = sum(1 for record in found.records if record.counts)
    return (
        f"{counted} of {len(found.records)} published records come with counts, from which anybody can compute the "
        f"figures again. For the others: {NOT_REPRODUCIBLE}."
    )


def as_record(found: Records) -> dict[str, object]:
    """The JSON object; a share is {"value", "num", "den", "low", "high"} with its name and its words."""
    return {
        "file": found.name,
        "sha256": found.digest,
        "interval": "Clopper-Pearson, 95 %, two-sided; faces and alerts taken as independent",
        "records": [_one(record) for record in found.records],
    }


def _one(record: Record) -> dict[str, object]:
    return {
        "what": record.what,
        "where": record.where,
        "when": record.when,
        "source": record.source,
        "said": record.said or None,
        "percent": record.percent,
        "note": record.note or None,
        "counts": dict(record.counts),
        "reproducible": bool(record.counts),
        "figures": [named.record() for named in figures_of(record)],
        "missing": [missing.record() for missing in missing_of(record)],
        "remarks": [*oddities_of(record), *bare_figure(record)],
    }


def as_report(found: Records) -> Report:
    """The report, with a forest plot of the low FAR and one of precision, where there is any."""
    sections = [
        _counts(found.records),
        *_plot(found.records, "far_low"),
        *_plot(found.records, "precision"),
        *(_section(record) for record in found.records),
    ]
    provenance = (
        ("Records", found.name),
        ("SHA-256", found.digest),
        ("Intervals", INDEPENDENT),
        ("Overt", __version__),
    )
    title = "Published figures on live facial recognition"
    return Report(title=title, lead=lead(found), sections=tuple(sections), provenance=provenance)


def _counts(records: Sequence[Record]) -> Section:
    shown = [name for name in SHOWN if any(record.has(name) for record in records)]
    rows = tuple(
        (record.name, *(f"{record.counts[name]:,}" if record.has(name) else "–" for name in shown))
        for record in records
        if record.counts
    )
    return Section(
        heading="What was counted",
        sentences=("A dash stands for what the source does not count; it is not nought.",),
        grid=Grid(header=("Record", *(COUNTS[name].capitalize() for name in shown)), rows=rows) if rows else None,
    )


def _plot(records: Sequence[Record], name: str) -> Iterator[Section]:
    rows = [
        Whisker(
            label=record.name,
            value=named.figure.value,
            low=named.figure.low,
            high=named.figure.high,
            says=named.words,
            note=f"{named.figure.num:,} of {named.figure.den:,}",
        )
        for record in records
        for named in figures_of(record)
        if named.name == name and named.figure.value is not None
    ]
    if not rows:
        return
    if name == "far_low":
        yield Section(
            heading="False alerts",
            chart=forest(
                rows,
                title="False alerts among all faces searched (FAR, low)",
                x_label="Share of faces searched that gave an alert found wrong",
                log_x=True,
                reads="one in",
                reference=PROMISE,
                reference_label="1 in 1,000",
            ),
            misuse="A low FAR does not mean that most alerts are right: where few listed people pass, most of a few "
            "alerts may still be wrong. Nor do these figures rank the machines: lists, places and ways of counting "
            "differ, and a longer list gives more false alerts.",
        )
    else:
        yield Section(
            heading="Precision",
            chart=forest(
                rows,
                title="Right among the alerts that were judged (precision)",
                x_label="Share of judged alerts that were right",
                reads="percent",
            ),
            misuse="Precision does not say how many listed people were recognised, and it changes with how many of "
            "them pass, the machine being the same. Who judged an alert, and how, differs from source to source.",
        )


def _section(record: Record) -> Section:
    told = [f"{record.what}. Source: {record.source}."]
    told += [f"Published as: {record.said}."] if record.said else []
    told += [*bare_figure(record), *oddities_of(record), *(missing.sentence for missing in missing_of(record))]
    told += [f"Note: {record.note}"] if record.note else []
    figures = figures_of(record)
    return Section(
        heading=record.name if record.counts else f"{record.name}: {record.said}",
        sentences=tuple(told),
        grid=_table(figures) if figures else None,
        misuse="\n".join(f"{named.title}: {_within(named.does_not_mean)}" for named in figures),
    )


def _within(sentence: str) -> str:
    """A sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _table(figures: Sequence[Named]) -> Grid:
    rows = tuple(
        (named.title, f"{named.figure.num:,} of {named.figure.den:,} {named.cases}", named.words) for named in figures
    )
    return Grid(header=("Figure", "Counts", "Share (95 %)"), rows=rows)
