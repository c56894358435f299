"""`overt decoy`: pairs of pictures by which the people who decide are tested."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from overt.cli.words import say, tell
from overt.domain.words import many

FINDING = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("import")(import_)
    group.command()(show)
    group.command()(erase)
    app.add_typer(group, name="decoy", help="Decoys, tests of the people who decide: import, show, erase.")

    @group.callback()
    def decoys() -> None:
        """Decoys, tests of the people who decide: import, show, erase."""


def import_(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="One sub-folder a pair, with a picture listed and a picture probe; and pairs.csv."
        ),
    ],
    until: Annotated[
        datetime,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="The last day (UTC) on which it is kept."),
    ],
) -> None:
    """Seal a set of pairs of people who agreed to be shown.

    pairs.csv says of each pair its reference, whether both pictures show the same person (yes or no), and the
    reference of the consent. Ends with 1 where a pair was left out.
    """
    from overt.bootstrap import portrait_readers, signed_in
    from overt.cli.progress import Counter
    from overt.domain.roles import Action, require_allowed
    from overt.domain.time import to_us
    from overt.services.decoy_sets import import_decoys
    from overt.settings import load_settings

    settings = load_settings()
    ends = until.replace(tzinfo=UTC) + timedelta(days=1)
    with signed_in(settings) as (installation, by):
        require_allowed(by.roles, Action.DECOY_KEEP)
        reader = portrait_readers(settings)
        with Counter("Reading pairs") as counter:
            done = import_decoys(installation, folder, reader, by=by, until_us=to_us(ends), progress=counter)
    for one in done.left_out:
        tell(one.why)
    if done.decoy_set:
        tell(f"Sealed: {many(done.pairs, 'pair')}, {done.same} of them of the same person, until {ends:%Y-%m-%d}.")
        typer.echo(done.decoy_set)
    else:
        tell("No pair could be used, so nothing was kept.")
    raise typer.Exit(FINDING if done.left_out else 0)


def show(as_json: AsJson = False) -> None:
    """Say which sets there are, in counts. No picture is shown."""
    from overt.bootstrap import signed_in
    from overt.domain.time import to_text
    from overt.services.decoy_sets import decoy_sets
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        found = decoy_sets(installation, by)
    records = [
        {
            "set": one.row.id,
            "state": str(one.row.state),
            "imported": to_text(one.row.made_us),
            "erased_after": to_text(one.row.erase_after_us),
            "pairs": one.row.pairs,
            "same_person": one.same,
            "left": one.left,
        }
        for one in found
    ]
    for record in records:
        if as_json:
            typer.echo(json.dumps(record))
        elif record["state"] == "kept":
            say(
                f"{record['set']}  {many(int(str(record['pairs'])), 'pair')}, {record['same_person']} of the same "
                f"person, {record['left']} not shown yet; dies by {record['erased_after']}"
            )
        else:
            say(f"{record['set']}  {record['state']}")
    if not records and not as_json:
        say("No set of decoys was imported here.")


def erase(
    decoy_set: Annotated[str, typer.Argument(metavar="SET", help="The set's id; overt decoy show has it.")],
) -> None:
    """Erase a set before its date: its key first, at once, then every pair."""
    from overt.bootstrap import signed_in
    from overt.services.decoy_sets import erase_set
    from overt.services.erase import clear_residue
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        erase_set(installation, by, decoy_set)
        cleared = clear_residue(installation)
    tell(f"The set {decoy_set} is erased: its key is destroyed, so nothing it sealed can be read any more.")
    tell(
        "The database's files hold no trace of it."
        if cleared
        else "Somebody else uses the store, so its files could not be cleared yet; that is tried again."
    )
