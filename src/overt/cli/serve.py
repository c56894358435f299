"""`overt serve`: the console, and the engine behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.installation import Installation


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
        tls: Annotated[
            bool,
            typer.Option("--tls", help="Speak https, with a certificate by the installation's own authority."),
        ] = False,
        new_ca: Annotated[
            bool, typer.Option("--new-ca", help="With --tls: make another authority first, to be trusted anew.")
        ] = False,
        ca: Annotated[
            Path | None,
            typer.Option(
                "--ca",
                metavar="FILE.pem",
                help="Only write the authority's certificate, for phones and browsers, into a new file.",
            ),
        ] = None,
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
            if ca is not None:
                _write_ca(installation, settings.home, ca)
                return
            where = Listening(host=host, port=port, names=tuple(name or ()), behind_tls=behind, tls=tls, new_ca=new_ca)
            serve_console(installation, settings, where, tell, tell)


def _write_ca(installation: Installation, home: Path, file: Path) -> None:
    from overt.domain.errors import Refused
    from overt.services.certificates import kept_authority

    authority = kept_authority(installation, home)
    try:
        with file.open("xb") as made:
            made.write(authority.pem)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.", "Name a new file.") from error
    tell(f"The authority's certificate is in {file}. Trust it on each phone and browser that works with the console.")
    tell(f"Compare its fingerprint there (SHA-256): {authority.fingerprint}")
