"""`overt demo`: see it work on sample footage."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.watch import run
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.bootstrap import Ready
    from overt.domain.progress import Progress

_OPENING = (
    "Overt, a demonstration with recorded footage. Each clip plays as a camera; one man is on the list, with five "
    "fillers. He should raise a prompt, the woman none."
)


def add_to(app: typer.Typer) -> None:
    @app.command()
    def demo(
        once: Annotated[bool, typer.Option("--once", help="End with the footage instead of looping it.")] = False,
        footage: Annotated[
            Path | None, typer.Option(help="Your own folder of videos (cameras) and pictures (the list).")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")] = False,
    ) -> None:
        """Show it at work on sample footage: a list, live prompts, then the figures."""
        if footage is None:
            tell(_OPENING)

        def preparing(progress: Progress) -> AbstractContextManager[Ready]:
            from overt.bootstrap import prepare_demo
            from overt.settings import load_settings

            return prepare_demo(load_settings(), footage, once=once, announce=tell, progress=progress)

        run(preparing, rehearsal=True, as_json=as_json)
