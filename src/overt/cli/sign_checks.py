"""`overt signs`: somebody on the street has looked at the signs, and says what they found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.domain.before_start import Sign
    from overt.services.sign_checks import Signs

Deployment = Annotated[str, typer.Argument(metavar="ID", help="The deployment, as overt deployment new said its id.")]
_HELP = "metres before the zone, a space, and where it is: --sign '20 by the station'. Once for each sign."


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("checked")(checked)
    group.command("show")(show)
    app.add_typer(group, name="signs", help="Signs: say that somebody has looked at them, and what they found.")

    @group.callback()
    def signs() -> None:
        """Signs: say that somebody has looked at them, and what they found."""


def checked(
    deployment: Deployment,
    sign: Annotated[
        list[str] | None, typer.Option("--sign", metavar="TEXT", help=f"One that stands and can be read: {_HELP}")
    ] = None,
    covered: Annotated[
        list[str] | None, typer.Option("--covered", metavar="TEXT", help="One that stands and cannot be read.")
    ] = None,
    down: Annotated[list[str] | None, typer.Option("--down", metavar="TEXT", help="One that does not stand.")] = None,
) -> None:
    """Say that you have looked at every sign. Without any option: those of the last look, and all are well.

    A sign that is down or covered pauses scanning at once, until somebody has looked again.
    """
    from overt.bootstrap import signed_in
    from overt.services.deployments import known_row
    from overt.services.sign_checks import check_signs, signs_now
    from overt.settings import load_settings

    named = [
        *_signs(sign or (), stands=True, readable=True),
        *_signs(covered or (), stands=True, readable=False),
        *_signs(down or (), stands=False, readable=False),
    ]
    with signed_in(load_settings()) as (installation, by):
        row = known_row(installation, deployment)
        check_signs(installation, by, row, named or None)
        now = signs_now(installation, row.id)
    assert now is not None
    for sentence in sentences(now):
        tell(sentence)


def show(deployment: Deployment) -> None:
    """Say how the signs of a deployment stand, and by when somebody has to look again."""
    from overt.bootstrap import signed_in
    from overt.services.deployments import known_row
    from overt.services.sign_checks import signs_now
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, _):
        now = signs_now(installation, known_row(installation, deployment).id)
    for sentence in (
        ["The policy of this deployment is of another version of Overt."] if now is None else sentences(now)
    ):
        typer.echo(sentence)


def sentences(now: Signs) -> Iterator[str]:
    """How the signs stand, for people."""
    from overt.domain.time import to_text

    if now.check is None:
        yield "Nobody has looked at the signs yet."
    else:
        yield f"{now.by} looked at {to_text(now.check.at_us)}:"
        for one in now.check.signs:
            state = "stands and can be read" if one.well else "cannot be read" if one.stands else "does not stand"
            yield f"  {one.where}, {one.before_zone_m} m before the zone: {state}."
    if now.lapse is not None:
        yield f"Nothing is scanned: {now.lapse.sentence}"
    elif now.due_us is not None:
        yield f"While it runs, look again by {to_text(now.due_us)}."


def _signs(typed: list[str] | tuple[()], *, stands: bool, readable: bool) -> list[Sign]:
    from overt.services.sign_checks import sign_of

    found = []
    for one in typed:
        read = re.fullmatch(r"\s*(\d{1,4})\s*m?\s+(\S.*)", one)
        if read is None:
            raise typer.BadParameter(f"a sign is {_HELP}")
        found.append(sign_of(read[2], read[1], stands=stands, readable=readable))
    return found
