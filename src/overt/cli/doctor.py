"""`overt doctor`: what this machine can do, and what is missing."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from overt.services.doctor import Check, State

WIDTH = 80
MISSING = 3
_SHAPES = {"fine": "✓", "warning": "▲", "risk": "◆", "missing": "✗"}
_PLAIN_SHAPES = {"fine": "+", "warning": "!", "risk": "#", "missing": "x"}
_STYLES = {"warning": "yellow", "risk": "bold red", "missing": "bold red"}


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what this machine can do and what is missing. Sends nothing.

    Ends with 0 when everything needed is there, with 3 when a needed part is missing.
    """
    from overt.services.doctor import examine
    from overt.settings import load_settings

    checks = examine(load_settings(), encoding=sys.stdout.encoding)
    code = MISSING if any(check.state == "missing" for check in checks) else 0
    if as_json:
        typer.echo(json.dumps(as_record(checks), ensure_ascii=False))
    else:
        from rich.console import Console

        show(checks, Console(width=min(WIDTH, Console().width), highlight=False))
    raise typer.Exit(code)


def show(checks: list[Check], console: Console) -> None:
    """A row for each check, in the order in which they were made, and a sentence."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("What", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Found, and what to do", overflow="fold")
    for check in checks:
        state = marked(check.state, check.state, console)
        found = Text(check.says)
        if check.todo:
            found.append(f"\n{check.todo}", style="bold")
        table.add_row(check.what, state, found)
    console.print(table)
    console.print()
    console.print(Text(summary(checks)))


def marked(state: State, word: str, console: Console) -> Text:
    """A word with the shape and the colour of a state; the shape is ASCII where the terminal knows no other."""
    from rich.text import Text

    shapes = _SHAPES if (console.encoding or "").lower().startswith("utf") else _PLAIN_SHAPES
    return Text(f"{shapes[state]} {word}", style=_STYLES.get(state, ""))


def summary(checks: list[Check]) -> str:
    """The findings as sentences."""
    missing = [check.what for check in checks if check.state == "missing"]
    risks = [check.what for check in checks if check.state == "risk"]
    warnings = sum(1 for check in checks if check.state == "warning")
    said = f"Missing: {', '.join(missing)}." if missing else "Everything needed is here."
    if risks:
        said += f" A promise about forgetting is weaker here: {', '.join(risks)}."
    if warnings:
        said += f" {warnings} {'warning' if warnings == 1 else 'warnings'}."
    return said


def as_record(checks: list[Check]) -> dict[str, object]:
    """The report for `--json`."""
    return {
        "ready": not any(check.state == "missing" for check in checks),
        "checks": [
            {"what": check.what, "state": check.state, "says": check.says, "todo": check.todo} for check in checks
        ],
    }
