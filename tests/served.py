"""A console that is really served: the command, in a process of its own, over a real installation."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from overt.domain.roles import Role
from overt.engine.clock import SystemClock
from overt.services.installation import opened
from tests.integration.deployments import OVERT, environment, installed, place_at
from tests.people import administrators, person

WITHIN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Served:
    """A console that listens on 127.0.0.1.

    Attributes:
        said: what it wrote to standard error so far.
        ca: the certificate of its authority, where it speaks https.
    """

    home: Path
    port: int
    said: list[str]
    process: subprocess.Popen[str]
    ca: Path | None

    @property
    def address(self) -> str:
        return f"{'http' if self.ca is None else 'https'}://127.0.0.1:{self.port}"

    def raw(self, request: bytes, *, waits_s: float = 10.0) -> bytes:
        """What comes back for these very bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=waits_s) as plain:
            if self.ca is None:
                return _asked(plain, request)
            context = ssl.create_default_context(cafile=str(self.ca))
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as spoken:
                return _asked(spoken, request)

    def got(self, head: str, body: bytes = b"") -> tuple[int, str]:
        """Status and answer to a request of these lines; the host, where they have none, is the console's."""
        host = "" if re.search(r"^host:", head, re.MULTILINE | re.IGNORECASE) else f"Host: 127.0.0.1:{self.port}\n"
        first, _, rest = head.partition("\n")
        text = f"{first}\n{host}Connection: close\n{rest}".rstrip("\n").replace("\n", "\r\n") + "\r\n\r\n"
        answer = self.raw(text.encode("latin-1") + body)
        found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
        return int(found[1]) if found else 0, answer.decode("latin-1")


@contextmanager
def served(folder: Path, *options: str, tls: bool = False) -> Iterator[Served]:
    """The console of a new installation with the administrators ann and ben, and eve the auditor."""
    home = installed(folder / "home")
    with opened(place_at(home), clock=SystemClock(), random_bytes=os.urandom) as installation:
        administrators(installation)
        person(installation, "eve", Role.AUDITOR)
    command = [*OVERT, "serve", "--port", "0", *(["--tls"] if tls else []), *options]
    process = subprocess.Popen(command, env=environment(home), stderr=subprocess.PIPE, text=True)
    said: list[str] = []
    assert process.stderr is not None
    lines = threading.Thread(target=_read, args=(process, said), daemon=True)
    lines.start()
    try:
        port = _port(process, said, 3 if tls else 1)
        ca = None
        if tls:
            ca = folder / "ca.pem"
            subprocess.run([*OVERT, "serve", "--ca", ca], env=environment(home), check=True, capture_output=True)
        yield Served(home=home, port=port, said=said, process=process, ca=ca)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(WITHIN_S)
        finally:
            process.kill()
            lines.join(10)
            process.stderr.close()


def _read(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        sys.stdout.write(line)


def _port(process: subprocess.Popen[str], said: list[str], lines: int) -> int:
    until_s = time.monotonic() + WITHIN_S
    while time.monotonic() < until_s:
        assert process.poll() is None, "".join(said)
        found = re.search(r"The console is at https?://[^/]+:(\d+)/", "".join(said))
        if found and len(said) >= lines:
            port = int(found[1])
            with socket.create_connection(("127.0.0.1", port), timeout=10):
                return port
        time.sleep(0.05)
    raise AssertionError("".join(said))


def _asked(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    answer = b""
    with suppress(TimeoutError):  # some keep a connection open after they have answered
        while part := connection.recv(65536):
            answer += part
    return answer
