"""`overt evaluate records`: what published counts show, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.evaluate_out import HtmlFile, JsonFile, require_places, to_standard_output, write
from overt.cli.words import say

if TYPE_CHECKING:
    from overt.evaluation.records import Record, Records


def add_to(group: typer.Typer) -> None:
    group.command()(records)


def records(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="TOML file of published counts; those that come with Overt if left out."),
    ] = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Compute published figures again from their counts, each with its interval and what it does not mean.

    A percentage that was published without counts is named as not reproducible.
    """
    from overt.evaluation.records import published, read_records

    require_places(json_file, html_file)
    found = published() if file is None else read_records(file)
    if not to_standard_output(json_file):
        for indent, sentence in sentences(found):
            say(sentence, indent)
    if json_file is not None or html_file is not None:
        from overt.evaluation.records_report import as_record, as_report

        write(as_record(found), lambda: as_report(found), json_file, html_file)


def sentences(found: Records) -> Iterator[tuple[str, str]]:
    """What is told, each with its indent."""
    from overt.evaluation.records_figures import INDEPENDENT

    for record in found.records:
        yield from _told(record)
        yield "", ""
    yield "", INDEPENDENT


def _told(record: Record) -> Iterator[tuple[str, str]]:
    from overt.evaluation.records_figures import bare_figure, figures_of, missing_of, oddities_of

    yield "", f"{record.name}: {record.what}"
    yield "  ", f"Source: {record.source}."
    if record.said:
        yield "  ", f"Published as: {record.said}."
    for remark in bare_figure(record):
        yield "  ", remark
    for named in figures_of(record):
        yield "  ", named.sentence
        yield "    ", named.does_not_mean
    for remark in (*(missing.sentence for missing in missing_of(record)), *oddities_of(record)):
        yield "  ", remark
    if record.note:
        yield "  ", f"Note: {record.note}"
