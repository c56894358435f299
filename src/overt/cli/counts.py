"""`overt deployment count`: what people say in numbers of a deployment that was watched."""

from __future__ import annotations

from typing import Annotated

import typer

from overt.cli.words import tell


def count(
    deployment: Annotated[
        str, typer.Argument(metavar="ID", help="The deployment, as overt deployment new said its id.")
    ],
    leaflets: Annotated[
        int | None,
        typer.Option("--leaflets", metavar="NUMBER", help="How many leaflets were given out; 0 counts, too."),
    ] = None,
    officers: Annotated[
        int | None, typer.Option("--officers", metavar="NUMBER", help="How many people worked for it.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", metavar="HOURS", help="For how long each, on average.")
    ] = None,
) -> None:
    """Say how many leaflets were given out, and how many people worked for it and how long. The last word counts."""
    from overt.bootstrap import signed_in
    from overt.domain.words import many
    from overt.services.deployments import known_row
    from overt.services.leaflets import count_leaflets
    from overt.services.officers import count_officers
    from overt.settings import load_settings

    if (officers is None) is not (hours is None) or (leaflets is None and officers is None):
        raise typer.BadParameter("give --leaflets, or --officers together with --hours, or all three.")
    with signed_in(load_settings()) as (installation, by):
        row = known_row(installation, deployment)
        if leaflets is not None:
            count_leaflets(installation, by, row, leaflets)
            tell(f"{row.name}: {many(leaflets, 'leaflet')} given out.")
        if officers is not None and hours is not None:
            count_officers(installation, by, row, officers=officers, minutes=round(hours * 60))
            tell(f"{row.name}: {many(officers, 'person', 'people')} worked for it, {hours:g} hours each on average.")
