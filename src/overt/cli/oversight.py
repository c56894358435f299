"""`overt oversight`: its one power, to hold and to let go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.halts import Halt

Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, in words. It is told to everybody.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for name, command in (("hold", hold), ("lift", lift), ("show", show)):
        group.command(name)(command)
    app.add_typer(group, name="oversight", help="The oversight: hold a deployment or all of them, and let them go on.")

    @group.callback()
    def oversight() -> None:
        """The oversight: hold a deployment or all of them, and let them go on."""


def hold(
    why: Why,
    deployment: Annotated[
        str, typer.Argument(metavar="ID", help="The deployment, as overt deployment new said its id.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every deployment, those entered later, too.")] = False,
) -> None:
    """Hold: from now on nothing is scanned, and nothing starts, until you lift it."""
    from overt.bootstrap import signed_in
    from overt.services.deployments import known_row
    from overt.services.halts import place_halt
    from overt.settings import load_settings

    if bool(deployment) is everything:
        raise typer.BadParameter("give the deployment's id, or --all.")
    with signed_in(load_settings()) as (installation, by):
        row = None if everything else known_row(installation, deployment)
        halt = place_halt(installation, by, row, why)
    tell(f"{halt.name or 'Every deployment'} is held. What is running stops scanning within a second.")
    tell(f"You lift it with: overt oversight lift {halt.id} --why TEXT")
    typer.echo(halt.id)


def lift(
    halt: Annotated[str, typer.Argument(metavar="HOLD", help="The hold, as overt oversight show has it.")], why: Why
) -> None:
    """Lift a hold that you placed: what was running goes on."""
    from overt.bootstrap import signed_in
    from overt.services.halts import lift_halt
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        lifted = lift_halt(installation, by, halt, why)
    tell(f"The hold on {lifted.name or 'every deployment'} is lifted.")


def show(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Say what is held, by whom and why, and what was."""
    from overt.bootstrap import signed_in
    from overt.services.halts import halts
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        found = halts(installation, by)
    for halt in found:
        record = _record(halt)
        if as_json:
            typer.echo(json.dumps(record, ensure_ascii=False))
            continue
        typer.echo(f"{halt.name or 'Every deployment'}, held since {record['held']} by {halt.by}: {halt.why}")
        if halt.lift is not None:
            typer.echo(f"  lifted at {record['lifted']} by {halt.lift.by}: {halt.lift.why}")
        typer.echo(f"  {halt.id}")
    if not found and not as_json:
        typer.echo("Nothing is held, and nothing was.")


def _record(halt: Halt) -> dict[str, object]:
    from overt.domain.time import to_text

    lift = halt.lift
    return {
        "hold": halt.id,
        "deployment": halt.deployment,
        "name": halt.name,
        "held": to_text(halt.at_us),
        "by": halt.by,
        "why": halt.why,
        "lifted": None if lift is None else to_text(lift.at_us),
        "lifted_by": None if lift is None else lift.by,
        "lifted_why": None if lift is None else lift.why,
    }
