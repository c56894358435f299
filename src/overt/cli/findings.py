"""`overt finding`: what independent reviewers found, and what was answered."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from overt.cli.words import tell

Text = Annotated[str, typer.Option("--text", metavar="TEXT", help="In words that others can follow.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(file)
    group.command()(answer)
    group.command("list")(listed)
    app.add_typer(group, name="finding", help="Findings of reviews: file, answer, list.")

    @group.callback()
    def findings() -> None:
        """Findings of reviews: file, answer, list."""


def file(name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")], text: Text) -> None:
    """File what a review found. Until it is answered in time, nothing new is authorised after that."""
    from overt.bootstrap import signed_in
    from overt.services.reviews import file_finding
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        paper = file_finding(installation, by, name, text)
    tell(f"The finding is filed; it is answered with: overt finding answer {paper.id} --text TEXT")
    typer.echo(paper.id)


def answer(
    finding: Annotated[str, typer.Argument(metavar="ID", help="The finding, as overt finding list has it.")], text: Text
) -> None:
    """Answer a finding."""
    from overt.bootstrap import signed_in
    from overt.services.reviews import answer_finding
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        answer_finding(installation, by, finding, text)
    tell("The answer is filed.")


def listed(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Say what was found, what was answered, and what is open."""
    from overt.bootstrap import signed_in
    from overt.domain.time import to_text
    from overt.services.reviews import findings
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        found = findings(installation, by)
    for paper, answered in found:
        record = {
            "finding": paper.id,
            "name": paper.content["name"],
            "filed": to_text(paper.at_us),
            "text": paper.content["text"],
            "answered": None if answered is None else to_text(answered.at_us),
            "answer": None if answered is None else answered.content["text"],
        }
        if as_json:
            typer.echo(json.dumps(record, ensure_ascii=False))
            continue
        state = "open" if answered is None else f"answered at {record['answered']}: {record['answer']}"
        typer.echo(f"{record['name']}, filed at {record['filed']}: {record['text']}")
        typer.echo(f"  {state}")
        typer.echo(f"  {paper.id}")
