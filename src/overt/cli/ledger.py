"""`overt ledger`: the record of who did what, to be handed over, verified, and proved in parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from overt.services.installation import Installation

FINDING, BAD_INPUT = 1, 2
SAYS = "The ledger: export it, verify it, prove what is in it."


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for command in (export, verify, prove, head):
        group.command()(command)
    app.add_typer(group, name="ledger", help=SAYS)

    @group.callback()
    def ledger() -> None:
        """The ledger: export it, verify it, prove what is in it."""


def export(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to write it; standard output when left out."),
    ] = None,
) -> None:
    """Write the whole ledger, one line for each entry, each with its signed head.

    A FILE appears whole or not at all, and takes the place of an earlier one.
    """
    import sys

    from overt.bootstrap import allowed
    from overt.cli.progress import Counter
    from overt.domain.roles import Action
    from overt.services import record
    from overt.services.people import account_of
    from overt.services.reading import readable_size
    from overt.settings import load_settings

    settings = load_settings()
    with allowed(settings, Action.LEDGER_EXPORT, finish=False) as (installation, by):
        row = installation.store.read(lambda work: work.accounts.get(by))
        size = readable_size(installation.store, None if row is None else account_of(row))
        with _target(file) as target, Counter("Writing entries") as counter:
            count = record.export(installation.store, target.write, counter, size)
    if file is None:
        sys.stdout.flush()
    else:
        tell(f"The ledger was written to {file}: {count:,} {'entry' if count == 1 else 'entries'}.")


def verify(
    exported: Annotated[
        Path | None,
        typer.Argument(metavar="[EXPORT]", help="An export, a file; this installation's own ledger when left out."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="Public key, ed25519:..., or a file that holds it."),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect", metavar="SIZE:ROOT", help="A head from elsewhere, such as from a leaflet, that has to be in it."
        ),
    ] = None,
) -> None:
    """Say whether the ledger was edited. An EXPORT is verified without any installation.

    Ends with 0 when all of it holds, with 1 and the first entry that fails, with 2 when there is nothing to judge.
    """
    from overt.domain.errors import Refused
    from overt.ledger import verify as verifier

    if exported is None:
        raise typer.Exit(_verify_own(key, expect))
    if key is None:
        raise Refused(
            "An export is verified with the public key of its ledger, and none was given.",
            "Add --key with the key that the installation publishes, not one that came with the export.",
        )
    expected = [] if expect is None else [f"--expect={expect}"]
    raise typer.Exit(verifier.main([*expected, "--", str(exported), key]))


def prove(
    index: Annotated[
        int | None, typer.Argument(metavar="[INDEX]", min=0, help="An entry, counted from 0: prove that it is there.")
    ] = None,
    old: Annotated[
        int | None,
        typer.Option("--from", metavar="SIZE", min=1, help="An earlier head: prove that the ledger only grew since."),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option("--to", metavar="SIZE", min=1, help="Prove it for the head of this size, not for the newest."),
    ] = None,
) -> None:
    """Print the proof that one entry is in the ledger, or that it continues an earlier head, as one JSON object."""
    from overt.domain.errors import Refused
    from overt.services import record
    from overt.services.reading import require_for_everybody

    if (index is None) == (old is None):
        raise Refused(
            "Either an entry is proved or that the ledger continues an earlier head.",
            "Give the number of the entry, or --from with the size of the earlier head.",
        )
    with _installation() as installation:
        proof: record.Inclusion | record.Consistency
        if index is not None:
            require_for_everybody(installation.store, index)  # nobody is signed in: it may be who is to decide
            proof = record.inclusion(installation.store, index, size)
        elif old is not None:
            proof = record.consistency(installation.store, old, size)
    typer.echo(json.dumps(proof.record()))


def head(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Print the newest head, to be noted and given to others, and the public key."""
    from overt.domain.time import to_text
    from overt.services import record

    with _installation() as installation:
        newest, key = record.newest(installation.store), installation.public_key
    if as_json:
        typer.echo(json.dumps({"mark": newest.head.mark, "public_key": key, **record.head_record(newest)}))
        return
    typer.echo(f"Head: {newest.head.mark}")
    typer.echo(f"Time: {to_text(newest.head.at_us)}")
    typer.echo(f"Ledger: {newest.head.log}")
    typer.echo(f"Public key: {key}")


def _installation() -> AbstractContextManager[Installation]:
    """The installation of this machine, as it is: what a crash left half done stays so."""
    from overt.bootstrap import open_installation
    from overt.settings import load_settings

    return open_installation(load_settings(), finish=False)


@contextmanager
def _target(file: Path | None) -> Iterator[BinaryIO]:
    """Where an export goes: standard output, or a file that takes its place when it is whole and on the disk."""
    import os
    import sys
    import tempfile

    from overt.domain.errors import Refused

    if file is None:
        yield sys.stdout.buffer
        return
    place = file.resolve()
    if place.exists() and not place.is_file():
        raise Refused(f"{file} is no file, so no export is written there.", "Name a file, or none and use a pipe.")
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        beside.replace(place)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _verify_own(key: str | None, expect: str | None) -> int:
    from overt.cli.progress import Counter
    from overt.domain.time import to_text
    from overt.ledger.verify import Failed, Unusable
    from overt.services.record import verified
    from overt.services.verification import mark_of

    expected = None if expect is None else mark_of(expect)
    with _installation() as installation, Counter("Verifying entries") as counter:
        try:
            found = verified(installation.store, public_key(key or installation.public_key), expected, counter)
        except Failed as failure:
            counter.close()
            typer.echo(f"NOT VERIFIED. {failure}")
            return FINDING
        except Unusable as fault:
            counter.close()
            tell(f"Nothing could be verified: {fault}")
            return BAD_INPUT
    last = found.last
    typer.echo(f"Verified: {last.size} entries of ledger {last.log}, each as its head was signed.")
    typer.echo(
        f"Times: {to_text(found.first.at_us)} to {to_text(last.at_us)}; they turn back {found.turns_back} times."
    )
    typer.echo(f"Head: {last.size}:{last.root}")
    if key is None:
        typer.echo("The key was this installation's own. Only an export and a published key convince others.")
    return 0


def public_key(given: str) -> Ed25519PublicKey:
    """The public key, given itself or as a file."""
    from overt.ledger.head import KEY_PREFIX, public_key_from_text

    return public_key_from_text(given if given.startswith(KEY_PREFIX) else Path(given).read_text("ascii", "replace"))
