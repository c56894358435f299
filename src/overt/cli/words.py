"""Words for people: on standard error, folded to the terminal's width, whole lines for programs; or as a result."""

from __future__ import annotations

import shutil
import sys
import textwrap
from contextlib import suppress

WIDTH = 80
_NO_BREAK = "\u00a0"


def tell(sentence: str) -> None:
    if sys.stderr.isatty():
        sentence = textwrap.fill(sentence, min(WIDTH, shutil.get_terminal_size().columns))
    with suppress(OSError):  # a full disk behind standard error must not end a watch
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


def say(sentence: str, indent: str = "") -> None:
    """On standard output, folded to 80 columns; a number stays with its per cent sign."""
    kept = sentence.replace(" %", f"{_NO_BREAK}%").replace(" s.", f"{_NO_BREAK}s.")
    lines = textwrap.wrap(kept, WIDTH - 1, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    sys.stdout.write("\n".join(lines).replace(_NO_BREAK, " ") + "\n")
