"""Templates: every text is escaped, and a name that is not given is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES: Final = Path(__file__).parent / "templates"


def new_environment(folder: Path = TEMPLATES) -> Environment:
    """An environment for the templates of a folder, to which whoever uses it adds filters and words of its own."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
