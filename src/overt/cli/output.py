"""Standard output, written so that a slow or lost reader can neither hold up a watch nor get half a line twice."""

from __future__ import annotations

import errno
import os
import select
import sys

PATIENCE_S = 1.0


class Output:
    """Writes whole texts to standard output's descriptor; what a fault cut off is written first the next time."""

    def __init__(self) -> None:
        self._begun, self._rest = b"", b""

    def write(self, text: str) -> None:
        """Writes a text; the same text again after a fault continues where it broke off.

        Raises:
            OSError: it was not taken, such as by a full disk, a reader who left, or one who does not read.
        """
        content = text.encode()
        if self._rest and content == self._begun:
            content = b""
        self._begun, self._rest = content or self._begun, self._rest + content
        descriptor = sys.stdout.fileno()
        while self._rest:
            if not select.select([], [descriptor], [], PATIENCE_S)[1]:
                raise OSError(errno.EAGAIN, "nobody reads")
            # A pipe that select calls writable takes this much at once without waiting.
            self._rest = self._rest[os.write(descriptor, self._rest[: select.PIPE_BUF]) :]
