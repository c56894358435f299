"""Which model pack a command measures, or works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from overt.faces.pack import Pack

PackNamed = Annotated[
    Path | None,
    typer.Option("--pack", metavar="PACK", help="Name or folder of the model pack; the chosen one if not given."),
]


def pack_at(named: Path | None) -> Pack:
    """A pack by its name or folder; the one of this machine's settings where none is named.

    Raises:
        BadModel: there is none such.
    """
    from overt.faces.pack import find_pack, read_pack
    from overt.settings import load_settings

    settings = load_settings()
    if named is None:
        return find_pack(settings.pack, settings.home)
    return read_pack(named) if named.is_dir() else find_pack(str(named), settings.home)
