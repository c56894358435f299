"""What a measurement leaves: one JSON object and one report, with the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from overt.evaluation.report import Report

STANDARD_OUTPUT = "-"

JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write one JSON object there; - is standard output.")
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a report there, one page without any script.")
]


def to_standard_output(json_file: Path | None) -> bool:
    """Whether JSON goes to standard output, so that nothing else may."""
    return json_file is not None and str(json_file) == STANDARD_OUTPUT


def require_places(json_file: Path | None, html_file: Path | None) -> None:
    """Raises where a result could not be written in the end, before a long measurement begins."""
    from overt.services.packs import require_writable

    for path in (json_file, html_file):
        if path is not None and str(path) != STANDARD_OUTPUT:
            require_writable(path)


def write(
    record: Mapping[str, object],
    report: Callable[[], Report],
    json_file: Path | None = None,
    html_file: Path | None = None,
) -> None:
    """Writes the JSON object and the report to where they are wanted, whole or not at all. `report` draws its charts,
    which takes a while, so it is asked for only where a page is wanted."""
    from overt.evaluation.report import to_html
    from overt.services.packs import write_whole

    if html_file is not None:
        write_whole(html_file, to_html(report()))
        tell(f"The report is in {html_file}.")
    if json_file is None:
        return
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    if to_standard_output(json_file):
        typer.echo(text)
    else:
        write_whole(json_file, text + "\n")
        tell(f"The figures are in {json_file}.")
