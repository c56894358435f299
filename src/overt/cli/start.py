"""Where the command begins: an end that is asked for while Python still loads needs no traceback."""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130


def run() -> None:
    """The entry point."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from overt.cli.main import run as run_command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run_command()
