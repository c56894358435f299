"""Words on standard error, for people: folded to the terminal's width, whole lines for programs."""

from __future__ import annotations

import shutil
import sys
import textwrap
from contextlib import suppress

WIDTH = 80


def tell(sentence: str) -> None:
    if sys.stderr.isatty():
        sentence = textwrap.fill(sentence, min(WIDTH, shutil.get_terminal_size().columns))
    with suppress(OSError):  # a full disk behind standard error must not end a watch
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
