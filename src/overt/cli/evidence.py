"""`overt evidence`: a recipient's key, and opening what was sealed for it. Both need no installation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.passwords import ask
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.evidence_file import Opened

SAYS = "Evidence that was sealed for you: make a key, open a file."
ASK = "Passphrase of your key: "


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(key)
    group.command("open")(open_file)
    app.add_typer(group, name="evidence", help=SAYS)

    @group.callback()
    def evidence() -> None:
        """Evidence that was sealed for you: make a key, open a file."""


def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The key that is to be made; it must not exist.")],
) -> None:
    """Make a key to which evidence can be sealed, and print its public half. Needs no installation."""
    from overt.services.recipient_keys import make_recipient_key

    words = ask("Choose a passphrase for the key (at least 12 characters): ", again=True)
    public_key = make_recipient_key(file, words, os.urandom)
    tell(f"The key is in {file}, encrypted. Keep it: nothing else opens what is sealed for it.")
    tell("Give its public half to whoever hands over evidence, and read it to them:")
    typer.echo(public_key)


def open_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The sealed file, as it was handed over.")],
    key_file: Annotated[Path, typer.Option("--key", metavar="KEY", help="Your key, as overt evidence key made it.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Write what is inside into a new folder; else it is only checked."),
    ] = None,
    ledger_key: Annotated[
        str | None,
        typer.Option(
            "--ledger-key",
            metavar="KEY",
            help="Public key of the ledger, ed25519:..., from where it was published. The one inside convinces nobody.",
        ),
    ] = None,
) -> None:
    """Open a file of evidence that was sealed for you, check it against the ledger's proofs, and write what is inside.

    Ends with 0 when all of it holds, with 1 where something differs, with 2 where it does not open.
    """
    from overt.domain.errors import Refused
    from overt.services.evidence_file import read_evidence
    from overt.services.recipient_keys import read_recipient_key
    from overt.vault.recipient import MOST_SEALED_BYTES, open_sealed

    private = read_recipient_key(key_file, ask(ASK))
    try:
        with file.open("rb") as reader:
            sealed = reader.read(MOST_SEALED_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.", "Name the file.") from error
    found = read_evidence(open_sealed(private, sealed), ledger_key)
    if to is not None:
        _write(found, to)
    for line in _said(found, ledger_key):
        typer.echo(line)
    if to is not None:
        tell(f"What was inside is in {to}. Overt does not erase it; do so when the case no longer needs it.")


def write_new_file(file: Path, content: bytes) -> None:
    """A new file, for its owner alone.

    Raises:
        Refused: there is one already, or it cannot be written.
    """
    from overt.domain.errors import Refused
    from overt.vault.disk import FOLDER, opened, write_new

    try:
        with opened(file.parent, FOLDER) as folder:
            write_new(file.name, content, folder)
    except OSError as error:
        raise Refused(f"{file} was not written: {error.strerror}.", "Name another file.") from error


def _write(found: Opened, folder: Path) -> None:
    from overt.domain.errors import Refused

    try:
        folder.mkdir(mode=0o700)
        if any("/" in name for name in found.parts):
            (folder / "pictures").mkdir(mode=0o700)
    except OSError as error:
        raise Refused(f"The folder {folder} was not made: {error.strerror}.", "Name a new one.") from error
    for name, content in found.parts.items():
        write_new_file(folder / name, content)


def _said(found: Opened, ledger_key: str | None) -> list[str]:
    from overt.domain.words import many

    pictures = sum(name.endswith(".jpg") for name in found.parts)
    lines = [
        f"Evidence about alert {found.alert}, handed over to: {found.to}. {many(pictures, 'picture')}, each as the "
        "manifest names it.",
        f"{many(len(found.entries), 'entry', 'entries')} of the ledger about it, each proved in the head "
        f"{found.head.mark}; one of them says that this very content was handed over.",
    ]
    if ledger_key is None:
        lines.append(
            f"The head is signed with the key {found.key}, which came with the file. Compare it with the published "
            "one, or give that with --ledger-key."
        )
    else:
        lines.append("The head is signed with the key that you gave.")
    return lines
