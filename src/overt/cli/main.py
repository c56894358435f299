"""The command `overt`.

Rules:
  - one file a command group, and each adds itself; what a command needs is imported when it runs;
  - exit codes: 0 fine, 1 a finding, 2 refused or bad input, 3 a part is missing, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from overt import __version__
from overt.cli import (
    accounts,
    alerts,
    before,
    calibrate,
    complaints,
    decoys,
    demo,
    deployments,
    doctor,
    evaluate,
    evidence,
    figures,
    findings,
    installation,
    ledger,
    listed,
    lists,
    models,
    notices,
    oversight,
    publish,
    rehearse,
    retain,
    serve,
    sign_checks,
    slips,
    watch,
)
from overt.cli.errors import ending

GROUPS = (
    demo,
    installation,
    accounts,
    deployments,
    notices,
    before,
    watch,
    sign_checks,
    serve,
    alerts,
    evidence,
    lists,
    decoys,
    retain,
    ledger,
    slips,
    listed,
    figures,
    findings,
    complaints,
    oversight,
    publish,
    calibrate,
    evaluate,
    rehearse,
    models,
    doctor,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"overt {__version__}")
        raise typer.Exit


def build() -> typer.Typer:
    """The application with all its groups."""
    app = typer.Typer(
        name="overt",
        help="Live facial recognition that keeps its promises.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def overt(
        _version: Annotated[
            bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
        ] = False,
    ) -> None:
        """Live facial recognition that keeps its promises."""

    for group in GROUPS:
        group.add_to(app)
    return app


def run() -> None:
    """The entry point."""
    sys.exit(ending(build()))
