"""How the command line ends: an error that explains itself, one exit code for each kind, no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO

from overt.cli.start import INTERRUPTED
from overt.domain.errors import OvertError, Refused, Stopped


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
    code = 0
    try:
        command()
    except OvertError as error:
        code = explain(error)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as fault:
        where = f" ({fault.filename})" if fault.filename else ""
        code = explain(Stopped(f"Something could not be read or written{where}: {fault.strerror}."))
    return code if _let_go_of_output() else code or Refused.exit_code


def _let_go_of_output() -> bool:
    """Writes out what standard output still holds; where it takes nothing more, Python would complain at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
