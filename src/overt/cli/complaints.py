"""`overt complaint`: complaints that came in, their answers, and which are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell
from overt.domain.complaining import Kind, Result
from overt.domain.words import spaced

if TYPE_CHECKING:
    from overt.services.complaints import Complaint


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(file)
    group.command()(answer)
    group.command("list")(listed)
    app.add_typer(group, name="complaint", help="Complaints: file, answer, list.")

    @group.callback()
    def complaints() -> None:
        """Complaints: file, answer, list."""


def file(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="The reference under which the complaint is kept elsewhere; no name.")
    ],
    kinds: Annotated[list[Kind], typer.Option("--about", help="What it is about; may be given several times.")],
    alert: Annotated[str, typer.Option("--alert", metavar="ID", help="The alert that it is about.")] = "",
    deployment: Annotated[
        str, typer.Option("--deployment", metavar="ID", help="The deployment, where it is about no single alert.")
    ] = "",
    received: Annotated[
        datetime | None,
        typer.Option(
            "--received", metavar="DAY", formats=["%Y-%m-%d"], help="When it came in (UTC); today if left out."
        ),
    ] = None,
) -> None:
    """File a complaint that came in. What was written, and by whom, stays where the case is kept."""
    from overt.bootstrap import signed_in
    from overt.domain.time import to_text, to_us
    from overt.services.complaints import file_complaint
    from overt.settings import load_settings

    came_us = None if received is None else to_us(received.replace(tzinfo=UTC))
    with signed_in(load_settings()) as (installation, by):
        filed = file_complaint(
            installation, by, reference=case, kinds=kinds, alert=alert, deployment=deployment, received_us=came_us
        )
    due = "no policy says by when" if filed.due_us is None else f"by {to_text(filed.due_us)[:10]}"
    tell(f"The complaint is filed. It is answered, {due}, with: overt complaint answer {filed.id} RESULT --text TEXT")
    if filed.pictures_until_us is not None:
        tell(f"It stops no erasure: the pictures of this alert are erased at {to_text(filed.pictures_until_us)}.")
        tell(f"Whoever needs them kept holds them: overt alert hold {filed.alert} --case ... --days N --second NAME")
    typer.echo(filed.id)


def answer(
    complaint: Annotated[str, typer.Argument(metavar="ID", help="The complaint, as overt complaint list has it.")],
    result: Annotated[Result, typer.Argument(help="What came of it.", show_default=False)],
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="What was found and what is done; it names nobody.")
    ],
) -> None:
    """Answer a complaint."""
    from overt.bootstrap import signed_in
    from overt.services.complaints import answer_complaint
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        answer_complaint(installation, by, complaint, result, text)
    tell("The answer is filed.")


def listed(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Say which complaints there are, those without an answer first."""
    from overt.bootstrap import signed_in
    from overt.services.complaints import complaints
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        found, now_us = complaints(installation, by), installation.clock.now_us()
    for one in found:
        typer.echo(json.dumps(_record(one, now_us), ensure_ascii=False) if as_json else _sentence(one, now_us))
    if not found and not as_json:
        typer.echo("No complaint was filed.")


def _record(one: Complaint, now_us: int) -> dict[str, object]:
    from overt.domain.time import to_text

    return {
        "complaint": one.id,
        "case": one.reference,
        "about": list(one.kinds),
        "deployment": one.deployment or None,
        "alert": one.alert or None,
        "received": to_text(one.received_us),
        "due": None if one.due_us is None else to_text(one.due_us),
        "overdue": one.late(now_us),
        "answered": None if one.answer is None else to_text(one.answer.at_us),
        "result": None if one.answer is None else one.answer.result,
        "text": None if one.answer is None else one.answer.text,
    }


def _sentence(one: Complaint, now_us: int) -> str:
    record = _record(one, now_us)
    about = ", ".join(map(spaced, one.kinds))
    where = f", {one.name}" if one.name else ""
    state = f"answered {record['answered']}: {record['result']}. {record['text']}"
    if one.answer is None:
        state = "no policy says by when" if one.due_us is None else f"due {record['due']}"
        state = f"OVERDUE, {state}" if one.late(now_us) else f"open, {state}"
    alert = f"\n  about alert {one.alert}" if one.alert else ""
    return f"{one.reference} ({about}{where}), came in {record['received']}\n  {state}{alert}\n  {one.id}"
