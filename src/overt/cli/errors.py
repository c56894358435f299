"""How the command line ends: an error that explains itself, one exit code for each kind, no traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

from overt.domain.errors import OvertError

INTERRUPTED = 130


def explain(error: OvertError, out: TextIO | None = None) -> int:
    """Writes what happened and what to do, each on its own line, to `out` (standard error); returns the exit code."""
    out = sys.stderr if out is None else out
    for line in (error.sentence.rstrip(), error.todo):
        if line:
            out.write(f"{line}\n")
    return error.exit_code


def ending(command: Callable[[], object]) -> int:
    """Runs a command and returns its exit code.

    A `SystemExit` of the command passes through; so does an error that is Overt's own fault.
    """
    try:
        command()
    except OvertError as error:
        return explain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0
