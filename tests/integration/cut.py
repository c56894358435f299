"""A line to a PostgreSQL server that breaks at the moment a transaction is committed."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

COMMIT = re.compile(rb"\bCOMMIT\b")  # not READ COMMITTED
SOCKET = ".s.PGSQL.5432"


class Cut(Enum):
    """When the line breaks."""

    BEFORE = "the server never hears of the commit"
    HUNG = "as before, but the server takes a while to notice that nobody is there"
    AFTER = "the server has committed, and its answer is lost"


class Line:
    """Passes on what both sides say; `cut` is done once, at the next commit."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.cut: Cut | None = None
        self.cuts = 0
        self._ends: list[socket.socket] = []
        self._mute: set[socket.socket] = set()
        self._server = server
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / SOCKET))
        self._listening.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server / SOCKET))
            self._ends += [client, server]
            for ends in ((client, server, True), (server, client, False)):
                self._threads.append(threading.Thread(target=self._pass_on, args=ends, daemon=True))
                self._threads[-1].start()

    def _pass_on(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        with suppress(OSError):
            while said := source.recv(1 << 16):
                if from_client and self.cut and COMMIT.search(said):
                    cut, self.cut = self.cut, None
                    self.cuts += 1
                    self._break(cut, said, source, target)
                    return
                if source not in self._mute:
                    target.sendall(said)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _break(self, cut: Cut, said: bytes, client: socket.socket, server: socket.socket) -> None:
        if cut is Cut.AFTER:
            self._mute.add(server)
            server.sendall(said)
            time.sleep(0.3)
        client.shutdown(socket.SHUT_RDWR)
        if cut is Cut.HUNG:
            time.sleep(0.7)
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(server: Path, folder: Path) -> Iterator[Line]:
    """A line to the server whose socket is in `server`; its own socket is in `folder`, whose path has to be short."""
    line = Line(server, folder)
    try:
        yield line
    finally:
        line.close()
