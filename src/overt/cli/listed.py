"""`overt listed`: was I on a list? Answering one person with proof, and checking an answer without an installation."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.passwords import ask
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.domain.listed import Identity
    from overt.domain.policy import Policy
    from overt.services.installation import Installation
    from overt.services.people import Account
    from overt.store.records import DeploymentRow

SAYS = "Was I on a list? Answer one person, with proof, or check an answer."
ASK = "Reference of the person who asks (it is not shown, and kept nowhere): "

Which = Annotated[
    str,
    typer.Argument(metavar="FILE|ID", help="The deployment file, or the deployment's id."),
]
How = Annotated[
    str, typer.Option("--identity", metavar="CODE", help="How you saw who asks: papers-shown, known-in-person, ...")
]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for command in (answer, refuse, outputs, verify):
        group.command()(command)
    app.add_typer(group, name="listed", help=SAYS)

    @group.callback()
    def listed() -> None:
        """Was I on a list? Answer one person, with proof, or check an answer."""


def answer(
    which: Which,
    identity: How,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The answer, for the person; a new file.")],
    size: Annotated[
        int | None,
        typer.Option("--for-head", metavar="SIZE", min=1, help="Prove it for the head of this size."),
    ] = None,
) -> None:
    """Tell one person whether they were on the list of one deployment. Their reference is asked for, and not kept.

    That somebody asked is recorded, without who it was or what the answer is.
    """
    from overt.cli.evidence import write_new_file
    from overt.domain.errors import Refused
    from overt.services.listed_answers import answer as service

    if out.exists():
        raise Refused(f"{out} is there already.", "Name a new file.")
    how = _how(identity)
    with _of(which) as (installation, by, _, row):
        found = service(installation, by, row, ask(ASK), how, size)
    write_new_file(out, json.dumps(found.record, indent=1).encode() + b"\n")
    tell(f"Request {found.request} is answered, in {out}. Hand it to the person, then remove it here.")
    tell("They check it with: overt listed verify FILE --key KEY, or with verify_listed.py alone.")


def refuse(
    which: Which,
    identity: How,
    exemption: Annotated[str, typer.Option("--exemption", metavar="CODE", help="One that the policy names.")],
    second: Annotated[str, typer.Option("--second", metavar="NAME", help="Who refuses with you.")],
) -> None:
    """Tell one person that nothing is said: neither that they were listed nor that they were not. Nothing is looked up.

    It is counted, and published as a count.
    """
    from overt.cli.passwords import seconded
    from overt.domain.errors import Refused
    from overt.services.listed_answers import refuse as service

    def nobody() -> str:
        raise Refused("The second person has not signed in yet.", "They sign in first.")

    how = _how(identity)
    with _of(which) as (installation, by, _, row), seconded(installation, second, nobody) as other:
        found = service(installation, by, other, row, how, exemption)
    tell(f"Request {found.request} is refused under {found.exemption}, by two people. Tell the person how to complain.")


def outputs(
    which: Which,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write them; a new file.")],
) -> None:
    """Write the outputs of a list, which name nobody: by them its tree is seen to be in order."""
    from overt.cli.drawn_up import write_new
    from overt.services.listed_answers import outputs_of

    with _of(which) as (installation, by, _, row):
        found = outputs_of(installation, by, row)
    write_new(out, "".join(f"{one}\n" for one in found).encode())
    tell(f"{len(found):,} outputs are in {out}.")


def verify(
    file: Annotated[Path, typer.Argument(metavar="ANSWER", help="The answer, a JSON file.")],
    key: Annotated[str, typer.Option("--key", metavar="KEY", help="Public key, ed25519:..., or a file that holds it.")],
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="SIZE:ROOT", help="A head from elsewhere; one of another size needs --ledger."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", metavar="EXPORT", help="Has the ledger one root for this list?"),
    ] = None,
    all_outputs: Annotated[
        Path | None, typer.Option("--outputs", metavar="FILE", help="The list's outputs: is its tree in order?")
    ] = None,
) -> None:
    """Check an answer. It needs the public key and nothing else; it holds after everything is erased.

    Ends with 0 when it holds, whatever it says, with 1 when it does not, with 2 when there is nothing to judge.
    """
    from overt.ledger import verify_listed

    given = (("--head", head), ("--ledger", ledger), ("--outputs", all_outputs))
    options = [f"{name}={value}" for name, value in given if value is not None]
    raise typer.Exit(verify_listed.main([*options, "--", str(file), key]))


def _how(code: str) -> Identity:
    from overt.domain.errors import Refused
    from overt.domain.listed import Identity

    try:
        return Identity(code)
    except ValueError:
        raise Refused(f"{code} says not how you saw who asks.", f"Give one of {', '.join(Identity)}.") from None


def _of(which: str) -> AbstractContextManager[tuple[Installation, Account, Policy, DeploymentRow]]:
    from overt.cli.deployments import of

    return of(which)
