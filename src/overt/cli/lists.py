"""`overt list`: would these pictures make a fit watch list, which are kept, and away with one.

What is still in the making is in `overt.cli.drafts`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli import drafts

if TYPE_CHECKING:
    from rich.console import Console

    from overt.services.lists import ListReport, Verdict

WIDTH = 80
_ORDER = ("refused", "looks alike", "usable")


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("check")(check)
    group.command("show")(show_kept)
    group.command("erase")(erase)
    drafts.add_to(group)
    app.add_typer(group, name="list", help="Watch lists: check, import, approve, show, erase.")

    @group.callback()
    def lists() -> None:
        """Watch lists: check, import, approve, show, erase."""


def check(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="One picture for each person, or one folder of pictures for each person."
        ),
    ],
    look_alike: Annotated[
        float | None,
        typer.Option(
            "--look-alike", min=0.0, max=1.0, help="Score from which two entries count as look-alikes.", metavar="SCORE"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say which pictures can be used, and who looks alike.

    Nothing is kept. Ends with 0 when all is well, 1 when a picture is refused or two entries look alike.
    """
    from overt.bootstrap import portrait_readers
    from overt.cli.progress import Counter
    from overt.engine.clock import SystemClock
    from overt.services.list_folder import listed_files
    from overt.services.lists import check_list
    from overt.settings import load_settings

    listed_files(folder)  # a wrong name is told before the networks are loaded
    reader = portrait_readers(load_settings())
    with Counter("Reading pictures") as counter:
        now_us = SystemClock().now_us()
        report = check_list(folder, reader, look_alike_threshold=look_alike, progress=counter, now_us=now_us)
    if as_json:
        typer.echo(json.dumps(as_record(report), ensure_ascii=False))
    else:
        from rich.console import Console

        show(report, Console(width=min(WIDTH, Console().width), highlight=False))
    raise typer.Exit(0 if report.clean else 1)


def show_kept(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")] = False,
) -> None:
    """Say which sealed lists there are, and when each dies. Nobody on them is named."""
    from overt.bootstrap import open_installation
    from overt.domain.time import to_text
    from overt.settings import load_settings

    with open_installation(load_settings()) as installation:
        rows = installation.store.read(lambda work: work.lists.all())
    for row in rows:
        record = {
            "list": row.id,
            "deployment": row.deployment,
            "entries": row.entries,
            "sealed_at": to_text(row.made_us),
            "erased_after": to_text(row.erase_after_us),
            "state": str(row.state),
        }
        if as_json:
            typer.echo(json.dumps(record))
        else:
            entries = f"{row.entries:,} {'entry' if row.entries == 1 else 'entries'}"
            dies = f"dies by {record['erased_after']}" if row.state == "kept" else str(row.state)
            typer.echo(f"{row.id}  {entries}, sealed {record['sealed_at']}, {dies}")
    if not rows and not as_json:
        typer.echo("No list was ever sealed here.")


def erase(
    watch_list: Annotated[str, typer.Argument(metavar="ID", help="The list's id; overt list show has it.")],
) -> None:
    """Erase a sealed list before its time: its key first, at once, then every row."""
    from overt.bootstrap import allowed
    from overt.cli.words import tell
    from overt.domain.errors import Refused
    from overt.domain.roles import Action
    from overt.services.erase import clear_residue, erase_list
    from overt.settings import load_settings

    with allowed(load_settings(), Action.LIST_WITHDRAW) as (installation, _):
        if not erase_list(installation, watch_list, "by-hand"):
            raise Refused("There is no such list, or it has been erased.", "Look it up with overt list show.")
        cleared = clear_residue(installation)
    tell(f"The list {watch_list} is erased: its key is destroyed, so nothing it sealed can be read any more.")
    tell(
        "The database's files hold no trace of it."
        if cleared
        else "Somebody else uses the store, so its files could not be cleared yet; that is tried again."
    )


def show(report: ListReport, console: Console) -> None:
    """The report as a table, findings first, and sentences."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Picture", max_width=24, overflow="fold")
    table.add_column("Entry", max_width=16, overflow="fold")
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for verdict in sorted(report.verdicts, key=lambda verdict: _ORDER.index(verdict.word)):
        why = "; ".join(verdict.reasons or verdict.warnings)
        table.add_row(Text(verdict.picture), Text(verdict.entry), Text(verdict.word, style=_style(verdict)), Text(why))
    console.print(table)
    console.print()
    for pair in report.look_alikes:
        console.print(Text(str(pair)))
    console.print(Text(summary(report)))


def _style(verdict: Verdict) -> str:
    return {"refused": "bold red", "looks alike": "yellow"}.get(verdict.word, "")


def summary(report: ListReport) -> str:
    """The report in one or two sentences."""
    total, usable = len(report.verdicts), len(report.verdicts) - len(report.refused)
    entries, able = len(report.entries), len(report.usable_entries)
    said = f"{usable} of {_count(total, 'picture')} can be used, for {able} of {_count(entries, 'entry', 'entries')}."
    if report.look_alikes:
        pairs = _count(len(report.look_alikes), "pair")
        said += (
            f" {pairs} of entries look alike: a prompt for one may be the other."
            if len(report.look_alikes) > 1
            else " 1 pair of entries looks alike: a prompt for one may be the other."
        )
    if able < entries:
        said += " An entry without a usable picture cannot be found."
    return said


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def as_record(report: ListReport) -> dict[str, Any]:
    """The report for `--json`."""
    return {
        "folder": str(report.folder),
        "clean": report.clean,
        "pictures": [
            {
                "picture": verdict.picture,
                "entry": verdict.entry,
                "verdict": verdict.word,
                "usable": verdict.usable,
                "reasons": list(verdict.reasons),
                "warnings": list(verdict.warnings),
            }
            for verdict in report.verdicts
        ],
        "look_alikes": [
            {
                "entries": [pair.first.entry, pair.second.entry],
                "pictures": [pair.first.picture, pair.second.picture],
                "score": round(pair.score, 4),
                "same_picture": pair.same_picture,
            }
            for pair in report.look_alikes
        ],
        "counts": {
            "pictures": len(report.verdicts),
            "usable": len(report.verdicts) - len(report.refused),
            "refused": len(report.refused),
            "entries": len(report.entries),
            "usable_entries": len(report.usable_entries),
            "look_alike_pairs": len(report.look_alikes),
        },
    }
