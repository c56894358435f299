"""`overt slip`: what somebody who was stopped holds in their hand, checked by anybody, without any installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

FINDING = 1
SAYS = "Slips of people who were stopped: verify one."


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(verify)
    app.add_typer(group, name="slip", help=SAYS)

    @group.callback()
    def slip() -> None:
        """Slips of people who were stopped: verify one."""


def verify(
    slip: Annotated[
        str, typer.Argument(metavar="FILE|TEXT", help="The text of the slip's QR code, or a file that holds it.")
    ],
    key: Annotated[str, typer.Option("--key", metavar="KEY", help="Public key, ed25519:..., or a file that holds it.")],
    proof: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="What overt ledger prove printed of the slip's entry."),
    ] = None,
) -> None:
    """Say whether a slip was signed by an installation, and what it says. It needs the public key and nothing else.

    Ends with 0 when it holds, with 1 when it does not.
    """
    from overt.cli.ledger import public_key
    from overt.cli.words import say
    from overt.domain.time import to_text
    from overt.ledger.errors import BadHead, BadSlip
    from overt.ledger.slip import read, require_in_record

    public = public_key(key)
    given = _text(slip)
    evidence: dict[str, Any] | None = None if proof is None else _proof(proof)
    try:
        found = read(given, public)
        head = None if evidence is None else require_in_record(found, evidence, public)
    except (BadSlip, BadHead) as fault:
        typer.echo(f"NOT VERIFIED. {fault}")
        raise typer.Exit(FINDING) from None
    say(f"Verified: signed by the installation of ledger {found.log}.")
    say(f"Alert: {found.alert}, seen {to_text(found.at_us)}; slip given {to_text(found.given_us)}.")
    say(f"Place: {found.place}; camera {found.camera}.")
    say(f"Threshold: {found.threshold}.")
    say(f"So far: {found.so_far}.")
    say(f"Complaints: {found.complaints}.")
    if head is None:
        say(f"Entry {found.index} of the ledger stands for it; --proof shows that it is there.")
    else:
        say(f"Its entry {found.index} is in the ledger of {head.size} entries, as the head {head.mark} was signed.")


def _text(given: str) -> str:
    """Of a file where there is one of that name; what was given otherwise."""
    from overt.domain.errors import Refused

    if "\n" in given or given.startswith("overt-slip"):
        return given
    try:
        return Path(given).read_text("utf-8", "replace")
    except OSError as error:
        raise Refused(f"{given} cannot be read: {error.strerror}.", "Name a file that holds the slip's text.") from None


def _proof(path: Path) -> dict[str, Any]:
    from overt.domain.errors import Refused

    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise Refused(f"{path} holds no proof of an entry.", "Save what overt ledger prove INDEX prints there.")
    return found
