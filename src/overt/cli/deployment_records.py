"""`overt deployment record` and `year`: what was recorded, and what authorities are told, as documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from overt.services.deployment_record import Document, Whom

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Write it there as HTML, PDF and JSON, under a name of its own."),
]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the JSON alone into a new file.")]
OVERSIGHT = "oversight"


def record(
    which: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ID", help="The deployment file, or the deployment's id, as overt deployment new says."
        ),
    ],
    out: Out = None,
    json_file: Json = None,
    whom: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="WHOM",
            help="oversight: everything that was recorded; market-surveillance or data-protection: the notification of "
            "its use.",
        ),
    ] = OVERSIGHT,
) -> None:
    """Make the record of a deployment for those who check it, or the notification of its use for an authority.

    Each copy is an entry of the ledger. Nothing is sent.
    """
    from overt.bootstrap import case_at, signed_in
    from overt.cli.deployments import is_id
    from overt.notices.notification import notification_html
    from overt.notices.record import record_html
    from overt.services.deployment_record import make_record
    from overt.services.deployments import entered_row, known_row
    from overt.services.notifications import make_notification
    from overt.settings import load_settings

    _require_place(out, json_file)
    reader, settings = _whom(whom), load_settings()
    case = None if is_id(which) else case_at(Path(which), settings)
    with signed_in(settings) as (installation, by):
        row = known_row(installation, which) if case is None else entered_row(installation, case.digest())
        if reader == OVERSIGHT:
            _write(make_record(installation, by, row), record_html, out, json_file)
        else:
            _write(make_notification(installation, by, row, reader), notification_html, out, json_file)


def year(
    number: Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=9999, help="Such as 2026; in UTC.")],
    whom: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="market-surveillance or data-protection.", show_default=False)
    ],
    out: Out = None,
    json_file: Json = None,
) -> None:
    """Make the report of a year for an authority: every deployment of it, and all of them together."""
    from overt.bootstrap import signed_in
    from overt.notices.notification import notification_html
    from overt.services.notifications import make_year
    from overt.settings import load_settings

    _require_place(out, json_file)
    reader = _whom(whom)
    with signed_in(load_settings()) as (installation, by):
        document = make_year(installation, by, number, reader)
    _write(document, notification_html, out, json_file)


def _require_place(out: Path | None, json_file: Path | None) -> None:
    if out is None and json_file is None:
        raise typer.BadParameter("give --out FOLDER, or --json FILE.")


def _whom(code: str) -> Whom:
    from overt.services.deployment_record import Whom

    try:
        return Whom(code)
    except ValueError:
        raise typer.BadParameter(f"--for takes one of {', '.join(Whom)}.") from None


def _write(
    document: Document, html: Callable[[Mapping[str, Any], str], str], out: Path | None, json_file: Path | None
) -> None:
    from overt.cli.evidence import write_new_file
    from overt.notices.paper import NoPdf, to_pdf

    if json_file is not None:
        write_new_file(json_file, document.content)
        tell(f"The JSON is in {json_file}.")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        text = html(document.told, document.digest)
        stem = f"{document.name}-{str(document.told['record'])[-8:]}"
        write_new_file(out / f"{stem}.json", document.content)
        write_new_file(out / f"{stem}.html", text.encode())
        try:
            write_new_file(out / f"{stem}.pdf", to_pdf(text).content)
            tell(f"{stem}.html, .pdf and .json are in {out}.")
        except NoPdf as missing:
            tell(f"{stem}.html and .json are in {out}. {missing}")
    tell("That this copy was made is in the ledger, with the SHA-256 of its JSON:")
    typer.echo(document.digest)
