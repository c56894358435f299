"""`overt publish`: the public register of every deployment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.installation import Installation
    from overt.services.people import Account
    from overt.services.publish_folder import Pages

FINDING = 1


def add_to(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command()(publish)


def publish(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Where to write the register; takes an earlier one's place."),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FILE", help="Write the public export of the ledger alone, and publish nothing."
        ),
    ] = None,
    address: Annotated[
        str,
        typer.Option(
            "--address",
            metavar="URL",
            help="Where the folder is reached, for the feed's links; else the setting public_address with /public/.",
        ),
    ] = "",
) -> None:
    """Publish the register: every deployment, cancelled ones too, made of the record and typed by nobody.

    Before anything has ended it holds what is planned and what runs, and no figures yet. Ends with 1 where the store
    says otherwise than the ledger; what is published is what the ledger says.
    """
    from overt.bootstrap import signed_in
    from overt.services.publish_pages import about_of, pages_of
    from overt.settings import load_settings

    if (out is None) is (export is None):
        raise typer.BadParameter("give --out FOLDER, or --export FILE.")
    settings = load_settings()
    with signed_in(settings) as (installation, by):
        if export is not None:
            _export(installation, by, export)
            return
        assert out is not None
        found = _publish(installation, by, out, pages_of(about_of(settings, address)))
    raise typer.Exit(FINDING if found else 0)


def _publish(installation: Installation, by: Account, out: Path, pages: Pages) -> int:
    """How many differences there are between the store and the ledger."""
    from overt.cli.progress import Counter
    from overt.domain.words import many
    from overt.services.publish import publish as record
    from overt.services.publish_folder import require_ours, write_folder

    require_ours(out)
    publication = record(installation, by)
    with Counter("Writing the register") as counter:
        write_folder(installation.store, publication, out, pages=(pages,), progress=counter)
    documents = publication.register["deployments"]
    tell(
        f"The register was written to {out}: {many(len(documents), 'deployment')}, {publication.changed:,} of them new "
        "or changed since the last time."
    )
    waiting = sum("waits" in one["figures"]["alerts"] for one in documents)
    if waiting:
        tell(f"Figures of {many(waiting, 'deployment')} follow when it is over and everybody has decided.")
    for one in publication.differences:
        tell(f"{one.deployment}, {one.figure}: the store says {one.store}, the ledger {one.ledger}.")
    if publication.differences:
        tell("The register has what the ledger says. Have somebody find out why the store says otherwise.")
    typer.echo(publication.register["ledger"]["head"]["mark"])
    return len(publication.differences)


def _export(installation: Installation, by: Account, file: Path) -> None:
    from overt.services.publish import draw_for
    from overt.services.publish_folder import public_file
    from overt.services.publish_ledger import write_public_ledger

    drawn = draw_for(installation, by)
    with public_file(file) as target:
        told, withheld = write_public_ledger(installation.store, drawn.register, target.write)
    tell(f"The public ledger was written to {file}: {told:,} entries to be read, {withheld:,} as their hashes.")
    typer.echo(drawn.register["ledger"]["head"]["mark"])
