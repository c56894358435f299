"""`overt oversight`: its one power, to hold and to let go on; and the panel that countersigns the installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.drawn_up import from_hex, read_file, write_new
from overt.cli.passwords import ask
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.halts import Halt
    from overt.services.panel import Panel

Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, in words. It is told to everybody.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for name, command in (
        ("hold", hold),
        ("lift", lift),
        ("show", show),
        ("key", key),
        ("approve-key", approve_key),
        ("draw-up", draw_up),
        ("sign", sign),
        ("countersign", countersign),
        ("conditions", conditions),
    ):
        group.command(name)(command)
    app.add_typer(group, name="oversight", help="The oversight: hold and let go on; the panel's countersignature.")

    @group.callback()
    def oversight() -> None:
        """The oversight: hold and let go on; the panel's countersignature."""


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
    """Say what is held, by whom and why, what was, and how it stands with the panel."""
    from overt.bootstrap import signed_in
    from overt.services.halts import halts
    from overt.services.panel import panel_now
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        found = halts(installation, by)
        panel = panel_now(installation)
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
    if panel is not None and as_json:
        typer.echo(json.dumps(_panel_record(panel)))
    elif panel is not None:
        for sentence in _panel_sentences(panel):
            typer.echo(sentence)


def key(
    public_key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="The public half of the panel's key, as overt account keygen prints it."),
    ],
) -> None:
    """Propose the panel's key; another administrator approves it where the policy wants two."""
    from overt.bootstrap import signed_in
    from overt.services.panel import propose_panel_key
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        pinned = propose_panel_key(installation, by, public_key)
    tell("The key is pinned." if pinned else "It waits for another administrator: overt oversight approve-key KEY")


def approve_key(
    public_key: Annotated[
        str, typer.Argument(metavar="KEY", help="The key that waits, as overt oversight show has it; compare it first.")
    ],
) -> None:
    """Approve the panel's key that another administrator proposed."""
    from overt.bootstrap import signed_in
    from overt.services.panel import approve_panel_key
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        pinned = approve_panel_key(installation, by, public_key)
    tell(f"The panel's key is {pinned}. What was countersigned with another one counts no more.")


def draw_up(file: Annotated[Path, typer.Argument(metavar="NEW", help="The file that is to be written.")]) -> None:
    """Write down what the panel signs: this installation, how its record stands, and the time."""
    from overt.bootstrap import signed_in
    from overt.services.panel import draw_up_countersignature
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        said = draw_up_countersignature(installation, by)
    write_new(file, said.to_bytes())
    tell(f"{file} says what is to be signed: the record with {said.size:,} entries. Give the panel an export with it.")
    tell(f"The panel signs, anywhere: overt oversight sign {file} --key KEYFILE")


def sign(
    statement: Annotated[Path, typer.Argument(metavar="DRAWN-UP", help="What overt oversight draw-up wrote.")],
    key: Annotated[Path, typer.Option("--key", metavar="KEYFILE", help="The panel's signing key.")],
) -> None:
    """Countersign what was drawn up, anywhere: no installation is needed. Prints the signature."""
    from overt.domain.time import to_text
    from overt.services.panel import Countersignature, sign_countersignature
    from overt.services.signing_keys import read_signing_key

    content = read_file(statement)
    said = Countersignature.from_bytes(content)
    tell(f"Installation {said.installation}, drawn up at {to_text(said.drawn_up_us)}.")
    tell(f"Head {said.size}:{said.root}. Verify the export that came with it against this head:")
    tell("overt ledger verify EXPORT --key KEY --expect SIZE:ROOT")
    typer.echo(sign_countersignature(read_signing_key(key, ask("Passphrase of the signing key: ")), content).hex())


def countersign(
    statement: Annotated[Path, typer.Argument(metavar="DRAWN-UP", help="What was drawn up and signed.")],
    signature: Annotated[
        str, typer.Option("--signature", metavar="HEX", help="The signature under it, as overt oversight sign says.")
    ],
) -> None:
    """Hand in the panel's signature."""
    from overt.bootstrap import signed_in
    from overt.services.panel import countersign as service
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        service(installation, by, read_file(statement), from_hex(signature))
    tell("The panel has countersigned this installation.")


def conditions(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="ANSWERS", help="The form, filled in. When left out, an empty one is printed."),
    ] = None,
) -> None:
    """Answer the ethics panel's five conditions: whether this should be used at all, as the oversight sees it.

    Without a file, prints the form: overt oversight conditions > answers.toml. Answer each, and hand it in.
    """
    from overt.bootstrap import signed_in
    from overt.services.conditions import answer_conditions, form, read_form
    from overt.settings import load_settings

    if file is None:
        typer.echo(form(), nl=False)
        return
    answers = read_form(read_file(file))
    with signed_in(load_settings()) as (installation, by):
        answered = answer_conditions(installation, by, answers)
    met = sum(one.met for one in answered.answers.values())
    tell(f"Filed: {met} of {len(answered.answers)} conditions are met.")
    if not answered.met:
        tell("Where the policy asks for the five, nothing new is signed or started.")


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


def _panel_record(panel: Panel) -> dict[str, object]:
    from overt.domain.time import to_text

    return {
        "panel_key": panel.key or None,
        "key_waits": panel.proposed or None,
        "countersigned": to_text(panel.newest.at_us) if panel.newest.ever else None,
        "within_days": panel.within_days,
        "due": None if panel.due_us is None else to_text(panel.due_us),
    }


def _panel_sentences(panel: Panel) -> list[str]:
    from overt.domain.time import to_text

    lines = [f"The panel's key is {panel.key}." if panel.key else "No key of a panel is pinned."]
    if panel.proposed:
        lines.append(f"  {panel.proposed} waits for another administrator.")
    if panel.newest.ever:
        lines.append(f"  The panel countersigned on {to_text(panel.newest.at_us)[:10]}.")
    if panel.due_us is not None:
        lines.append(f"  It has to countersign by {to_text(panel.due_us)[:10]}, every {panel.within_days} days.")
    return lines
