"""`overt notice`: signs and leaflets for the street, from what the record says about a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from overt.cli.drawn_up import write_new
from overt.cli.words import tell
from overt.domain.words import many

SAYS = "Signs and leaflets of a deployment: make them."


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(make)
    app.add_typer(group, name="notice", help=SAYS)

    @group.callback()
    def notice() -> None:
        """Signs and leaflets of a deployment: make them."""


def make(
    deployment: Annotated[
        str,
        typer.Argument(
            metavar="FILE|ID", help="The deployment file, or the deployment's id, as overt deployment new says."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go; none is replaced.")],
    language: Annotated[
        list[str] | None,
        typer.Option(
            "--language", metavar="CODE|FILE", help="en, cy, or a file of messages; more than once for several."
        ),
    ] = None,
    large_print: Annotated[
        bool, typer.Option("--large-print", help="Also the leaflet in large print: 18 points and more.")
    ] = False,
    ahead: Annotated[
        list[int] | None,
        typer.Option(
            "--ahead", metavar="METRES", help="How far before the area a warning sign will stand; 50 when left out."
        ),
    ] = None,
) -> None:
    """Make posters, warning signs, the leaflet and its text for screen readers, as HTML and PDF, and record it.

    Everything on them comes from the record and from the settings controller, complaints and public_address.
    """
    from overt.bootstrap import case_at, chosen_pack, signed_in
    from overt.cli.progress import Counter
    from overt.notices import wording
    from overt.notices.paper import WITHOUT_PDF, can_make_pdf
    from overt.notices.papers import USUAL_M, Order, sheets
    from overt.services import signs
    from overt.services.deployments import entered_row, known_row
    from overt.settings import load_settings

    settings = load_settings()
    languages = [wording.language(one) for one in language or ["en"]]
    order = Order(large_print=large_print, ahead_m=tuple(ahead or [USUAL_M]))
    case = None if _is_id(deployment) else case_at(Path(deployment), settings)
    with signed_in(settings) as (installation, by), Counter("Making the papers") as counter:
        row = known_row(installation, deployment) if case is None else entered_row(installation, case.digest())
        notice = signs.notice_of(installation, row, chosen_pack(settings), signs.Told.of(settings))
        _require_free(out, [sheet.name for each in languages for sheet in sheets(notice, each, order)])
        files = signs.make(installation, by, notice, languages, order, progress=counter)
    for file in files:
        write_new(out / file.name, file.content)
    if without := can_make_pdf():
        tell(f"{without} {WITHOUT_PDF}")
    tell(f"{many(len(files), 'file')} for {row.name} in {out}. The ledger has the SHA-256 of each.")
    for file in files:
        typer.echo(out / file.name)


def _require_free(folder: Path, names: list[str]) -> None:
    """Makes the folder; raises Refused where one of the files is there already, before anything is recorded."""
    from overt.domain.errors import Refused

    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = [path.name for path in folder.iterdir() if path.stem in names]
    except OSError as error:
        raise Refused(f"{folder} cannot be made or read: {error.strerror}.", "Name another folder.") from error
    if there:
        raise Refused(f"{folder} has {there[0]} already, and nothing is replaced.", "Name a new folder.")


def _is_id(which: str) -> bool:
    try:
        return str(UUID(which)) == which.lower()
    except ValueError:
        return False
