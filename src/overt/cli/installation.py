"""`overt init`, `overt backup` and `overt restore`: an installation, and its copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from overt.cli.words import tell


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(backup)
    app.command()(restore)


def init(
    administrator: Annotated[
        list[str] | None,
        typer.Option(
            "--administrator",
            metavar="NAME",
            help="Somebody who makes accounts; the policy says how many there must be.",
        ),
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="NAME", help="The policy for accounts: a name, or the path of a file.")
    ] = "uk-police",
) -> None:
    """Make an installation: its store, its keys, its record of who did what, and its first administrators.

    Their passwords are asked for; where standard input is no terminal, it has one line for each, in their order.
    """
    from overt.bootstrap import make_installation, open_installation, place
    from overt.cli.passwords import ask_new_password
    from overt.services.administrators import checked_administrators, first_administrators, require_no_accounts
    from overt.services.place import require_outside
    from overt.services.policies import load_policy
    from overt.settings import load_settings

    settings = load_settings()
    chosen = load_policy(policy)
    names = checked_administrators(chosen, administrator or ())
    where = place(settings)
    require_outside(where)
    made = (where.heads / "newest").exists()
    if made:  # by an earlier Overt, or interrupted before it had its administrators
        with open_installation(settings) as installation:
            require_no_accounts(installation)
    people = [(name, ask_new_password(name)) for name in names]
    if not made:
        make_installation(settings)
    with open_installation(settings) as installation:
        first_administrators(installation, chosen, people)
        public_key = installation.public_key
    tell(f"An installation was made at {settings.home}; its administrators sign in with overt login NAME.")
    tell(
        f"What it keeps is sealed. The master key that opens it is not in that folder: {settings.master_key_file}, "
        "or where OVERT_MASTER_KEY or systemd gives it. Whoever loses it loses what is sealed; keep a copy apart."
    )
    tell("Publish the key by which anybody can check this installation's ledger:")
    typer.echo(public_key)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy that is to be made; it must not exist.")],
) -> None:
    """Copy the store into one file, without any key. What is erased here later cannot be read there either."""
    from overt.bootstrap import make_backup
    from overt.cli.progress import Counter
    from overt.settings import load_settings

    with Counter("Copying rows") as counter:
        made = make_backup(load_settings(), file, progress=counter)
    tell(f"{file} holds {made.rows:,} rows and the ledger up to {made.mark}. It holds no key.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy made by overt backup.")],
    ledger: Annotated[
        Path | None,
        typer.Option(
            "--ledger", metavar="EXPORT", help="An export of the ledger with the entries made after the copy."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="There is a store; the copy takes its place.")] = False,
) -> None:
    """Put a copy back. What was erased since stays erased, and the ledger goes on where its newest head stands."""
    from overt.bootstrap import restore_backup
    from overt.cli.progress import Counter
    from overt.settings import load_settings

    with Counter("Putting rows back") as counter:
        done = restore_backup(load_settings(), file, ledger=ledger, replace=replace, progress=counter)
    tell(f"{done.rows:,} rows were put back from {file}; the ledger goes on at {done.mark}.")
    if done.erased:
        what = "list or alert in it had been erased and stays" if done.erased == 1 else "lists and alerts in it stay"
        tell(f"{done.erased:,} sealed {what} erased.")
