"""`overt list import`, `drafts`, `approve` and `withdraw`: lists in the making."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli.accounts import signed_in_here
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.list_import import ImportReport
    from overt.store.records import DraftRow

Draft = Annotated[str, typer.Argument(metavar="DRAFT", help="The draft's id; overt list drafts has it.")]
Position = Annotated[int, typer.Argument(metavar="POSITION", min=0, help="The entry's place in the draft.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")]


def add_to(group: typer.Typer) -> None:
    """Adds the commands to the group `overt list`."""
    group.command("import")(import_)
    group.command("drafts")(show)
    group.command("approve")(approve)
    group.command("withdraw")(withdraw)


def import_(
    source: Annotated[
        Path,
        typer.Argument(metavar="FOLDER|ZIP|CSV", help="A folder, a zipped folder, or a table beside its pictures."),
    ],
    policy: Annotated[
        str, typer.Option("--policy", metavar="NAME", help="The policy by which entries are judged.")
    ] = "uk-police",
    resume: Annotated[
        str, typer.Option("--resume", metavar="DRAFT", help="Go on with an import that was interrupted.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Import a list: every entry is sealed, or refused with its rule's name.

    What comes of it is a draft, which dies after 24 hours if no deployment takes it. Ends with 0 when all is well, 1
    when an entry or a picture was refused, or the list as a whole breaks a rule.
    """
    from overt.bootstrap import portrait_readers
    from overt.cli.passwords import ask_passphrase
    from overt.cli.progress import Counter
    from overt.domain.roles import Action
    from overt.services.list_import import import_list
    from overt.services.list_sources import list_source
    from overt.services.policies import load_policy
    from overt.services.sessions import require
    from overt.settings import load_settings

    chosen = load_policy(policy)
    with signed_in_here() as (installation, by), list_source(source) as offered:
        require(by, Action.LIST_IMPORT)
        words = ask_passphrase(not resume)
        reader = portrait_readers(load_settings())
        with Counter("Importing pictures") as counter:
            report = import_list(
                installation,
                offered,
                reader,
                rules=chosen.rules,
                passphrase=words,
                by=by,
                resume=resume,
                progress=counter,
                began=lambda draft: tell(f"The draft is {draft}. Were this interrupted, go on with --resume {draft}"),
            )
    if as_json:
        typer.echo(json.dumps(as_record(report), ensure_ascii=False))
    else:
        for line in sentences(report):
            typer.echo(line)
    raise typer.Exit(0 if report.clean else 1)


def show(
    draft: Annotated[str, typer.Argument(metavar="[DRAFT]", help="One draft's entries; without it, every draft.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say which lists are in the making, or which entries of one wait for an approval. Nobody is named."""
    from overt.domain.roles import Action
    from overt.services.drafts import find_draft
    from overt.services.sessions import require

    with signed_in_here() as (installation, by):
        require(by, Action.LIST_IMPORT)
        if draft:
            find_draft(installation, draft)
            found = installation.store.read(lambda work: work.drafts.facts(draft))
            lines = [
                ({"position": position, **facts, "approved_by": approved}, _of_entry(position, dict(facts), approved))
                for position, facts, approved in found
            ]
        else:
            rows = installation.store.read(lambda work: work.drafts.all())
            lines = [(_of_draft(row), _said(row)) for row in rows]
    for record, words in lines:
        typer.echo(json.dumps(record) if as_json else words)
    if not lines and not as_json:
        typer.echo("The draft has no entry." if draft else "No list was ever imported here.")


def approve(
    draft: Draft,
    position: Position,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is sealed with the entry.")],
) -> None:
    """Approve an entry as the second person: whoever imported the list cannot. Prints the entry."""
    from overt.cli.passwords import ask_passphrase
    from overt.services.drafts import approve as service

    with signed_in_here() as (installation, by):
        words = ask_passphrase(False)
        person = service(installation, draft, position, reason=reason, passphrase=words, by=by)
    typer.echo(f"reference: {person.reference}")
    for column, text in person.fields.items():
        typer.echo(f"{column}: {text}")
    tell(f"The entry {position} is approved.")


def withdraw(draft: Draft, position: Position) -> None:
    """Take an entry out of a draft. It is counted as withdrawn."""
    from overt.services.drafts import withdraw as service

    with signed_in_here() as (installation, by):
        service(installation, draft, position, by=by)
    tell(f"The entry {position} is withdrawn.")


def sentences(report: ImportReport) -> Iterator[str]:
    """The report for people: what was left out, look-alikes, what waits, and the numbers."""
    for one in report.left_out:
        yield f"{one.entry} is left out ({one.rule}): {one.why}"
    for verdict in report.unused:
        yield f"{verdict.picture} of {verdict.entry} is not used: {'; '.join(verdict.reasons)}."
    yield from map(str, report.look_alikes)
    for waiting in report.waiting:
        yield (
            f"{waiting.entry} waits for a second person's approval ({', '.join(waiting.needs)}): "
            f"overt list approve {report.draft} {waiting.position} --reason ..."
        )
    for broken in report.broken:
        yield f"{broken.sentence} ({broken.rule}) {broken.todo}"
    entries = f"{report.entries:,} {'entry' if report.entries == 1 else 'entries'}"
    if report.draft:
        yield f"The draft {report.draft} has {entries}, {len(report.left_out):,} left out. It dies after 24 hours."
    else:
        yield f"Nothing was kept: none of {len(report.left_out):,} entries can be used."


def as_record(report: ImportReport) -> dict[str, Any]:
    """The report for `--json`."""
    return {
        "draft": report.draft or None,
        "entries": report.entries,
        "clean": report.clean,
        "left_out": [{"entry": one.entry, "rule": one.rule, "why": one.why} for one in report.left_out],
        "unused": [{"picture": one.picture, "entry": one.entry, "reasons": list(one.reasons)} for one in report.unused],
        "look_alikes": [
            {
                "entries": [pair.first.entry, pair.second.entry],
                "score": round(pair.score, 4),
                "same_picture": pair.same_picture,
            }
            for pair in report.look_alikes
        ],
        "waiting": [{"position": one.position, "entry": one.entry, "needs": list(one.needs)} for one in report.waiting],
        "broken": [{"rule": one.rule, "why": one.sentence} for one in report.broken],
    }


def _of_draft(row: DraftRow) -> dict[str, Any]:
    from overt.domain.time import to_text

    return {
        "draft": row.id,
        "state": str(row.state),
        "finished": row.sealed_us is not None,
        "entries": row.entries,
        "withdrawn": row.withdrawn,
        "erased_after": to_text(row.erase_after_us),
    }


def _said(row: DraftRow) -> str:
    record = _of_draft(row)
    state = f"dies by {record['erased_after']}" if row.state == "kept" else str(row.state)
    unfinished = "" if row.sealed_us is not None else ", import not finished"
    return f"{row.id}  {row.entries:,} imported, {row.withdrawn:,} withdrawn{unfinished}, {state}"


def _of_entry(position: int, facts: dict[str, Any], approved: str | None) -> str:
    needs = ", ".join(facts.get("needs", ()))
    waits = "" if not needs else f", approved ({needs})" if approved else f", waits for an approval ({needs})"
    return f"{position}  {facts['category']}, picture from {facts['source']}, response {facts['response']}{waits}"
