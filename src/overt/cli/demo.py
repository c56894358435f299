"""`overt demo`: see it work on sample footage, in the terminal and in the console."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.watch import Ending, in_the_foreground, run
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.bootstrap import ReadyDemo
    from overt.cli.screen import JsonLines, Terminal
    from overt.domain.progress import Progress

PORT = 8443
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
        no_console: Annotated[
            bool, typer.Option("--no-console", help="In the terminal only; no picture is kept.")
        ] = False,
        port: Annotated[
            int, typer.Option("--port", metavar="N", min=0, max=65535, help="Of the console; else one that is free.")
        ] = PORT,
        as_json: Annotated[
            bool, typer.Option("--json", help="One JSON object a line on standard output; no console.")
        ] = False,
    ) -> None:
        """Show it at work on sample footage: a list, live prompts, people who decide, then the figures.

        Its console is on this machine alone, with an account for every role. Everything is gone when it ends.
        """
        if footage is None:
            tell(_OPENING)
        console = not (no_console or as_json)

        def preparing(progress: Progress) -> AbstractContextManager[ReadyDemo]:
            from overt.bootstrap import prepare_demo
            from overt.settings import load_settings

            return prepare_demo(load_settings(), footage, once=once, pictures=console, announce=tell, progress=progress)

        watching = partial(_with_console, port=port, once=once) if console else in_the_foreground
        run(preparing, rehearsal=True, as_json=as_json, watching=watching)


def _with_console(ready: ReadyDemo, viewer: JsonLines | Terminal, ending: Ending, *, port: int, once: bool) -> None:
    """Watches here, and shows it in the console, too."""
    from overt.console.house import DemoAccount
    from overt.console.runs import Runs
    from overt.console.serving import console_beside
    from overt.services.demo_stage import PASSWORD, PLAYERS

    installation = ready.keeping.installation
    accounts = tuple(DemoAccount(name=one.name, password=PASSWORD, does=one.does) for one in PLAYERS)
    runs = Runs(installation, ready.settings)
    found = runs.add(ready)
    ending.ends.append(found.stop)
    with console_beside(runs, installation, ready.settings, port=port, demonstration=accounts, trouble=tell) as address:
        names = ", ".join(one.name for one in PLAYERS)
        tell(f"Decide about prompts in the console: {address}")
        tell(f"Sign in as one of: {names}. The password of each: {PASSWORD}")
        viewer.open(len(ready.prepared.deployment.cameras))
        _show_in_browser(address)
        runs.watch(found, ready, viewer)
        if found.stop.is_set() and not (once or ending.stop.is_set()):
            tell("It was ended in the console, which stays until you press Ctrl-C.")
            ending.stop.wait()


def _show_in_browser(address: str) -> None:
    """Where somebody sits before this machine, and has a browser with a window."""
    if not sys.stderr.isatty() or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:  # that one would take the terminal
        browser.open(address)
