"""Where the command begins: an end that is asked for while Python still loads needs no traceback."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130


def _open_what_is_closed() -> None:
    """A service may start us without its three streams. Later files would take their numbers, so they are opened here:
    standard error on nothing, standard output so that writing fails and is told, not lost."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest free number, which is this one
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def run() -> None:
    """The entry point."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    _open_what_is_closed()
    from overt.cli.main import run as run_command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run_command()
