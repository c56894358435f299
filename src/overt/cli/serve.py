"""`overt serve`: the console, and the engine behind it."""

from __future__ import annotations

from typing import Annotated

import typer

from overt.cli.words import tell


def add_to(app: typer.Typer) -> None:
    @app.command()
    def serve(
        host: Annotated[
            str,
            typer.Option("--host", metavar="ADDRESS", help="Address of this machine on which the console listens."),
        ] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any that is free.")] = 8443,
        name: Annotated[
            list[str] | None,
            typer.Option("--name", metavar="HOST", help="Another name under which people reach it; once for each."),
        ] = None,
        behind: Annotated[
            bool, typer.Option("--behind-tls", help="A server before this one speaks https to people.")
        ] = False,
    ) -> None:
        """Serve the console: pages for everybody who works with this installation, on this machine or its network.

        It listens on this machine alone, unless it is told otherwise.
        """
        from overt.bootstrap import open_installation
        from overt.console.serving import Listening, serve_console
        from overt.engine.limits import keep_to_itself
        from overt.settings import load_settings

        settings = load_settings()
        keep_to_itself()
        with open_installation(settings) as installation:
            where = Listening(host=host, port=port, names=tuple(name or ()), behind_tls=behind)
            serve_console(installation, settings, where, lambda url: tell(f"The console is at {url}"))
