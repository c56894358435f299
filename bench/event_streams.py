"""Streams of events from `overt serve`: how long after the ledger's commit an event arrives, and what streams cost.

    python -m bench.event_streams

The server is a process of its own on an installation of its own. Entries are committed by this process, as
`overt watch` would beside the console; each of them is timed from the return of its commit, by one clock, to its
arrival in every stream.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import queue
import re
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.table import Table, alone
from overt.bootstrap import make_installation, open_installation
from overt.console.api.feed import MOST_OF_ACCOUNT
from overt.domain.figures import percentile
from overt.domain.retention import HOUR_US
from overt.domain.roles import Role
from overt.services.administrators import enter_administrators
from overt.services.installation import Installation
from overt.services.policies import load_policy
from overt.settings import Settings
from overt.store.ports import Work
from overt.store.records import AccountRow, AccountState, SessionRow
from overt.vault.passwords import hash_password

STREAMS = (1, 50, 200)
ENTRIES = 200
GAP_S = 0.05
PATIENCE_S = 60.0
MIB = 1 << 20
_EVENT = re.compile(rb"id: ([0-9]+)\nevent: ")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What so many streams came to. `delays_s`: of every event in every stream; `missed`: those that did not come."""

    streams: int
    delays_s: list[float]
    missed: int
    twice: int
    cpu_s: float
    took_s: float
    memory_mib: float


def event_streams(folder: Path) -> Table:
    """Measured for each number of streams on one server."""
    with installed(folder) as (installation, environment), served(environment) as (port, process):
        measured = [measure(installation, port, process.pid, streams) for streams in STREAMS]
    return Table(
        title=f"Streams of events, {ENTRIES} entries {GAP_S * 1000:.0f} ms apart",
        header=("streams", "delay p50, ms", "p99, ms", "worst, ms", "missed", "twice", "of one core", "memory, MiB"),
        rows=tuple(
            (
                str(one.streams),
                *(_ms(percentile(one.delays_s, share)) for share in (0.5, 0.99, 1.0)),
                str(one.missed),
                str(one.twice),
                f"{one.cpu_s / one.took_s:.0%}",
                f"{one.memory_mib:.0f}",
            )
            for one in measured
        ),
        says=(
            "From the return of the commit, in another process, to the arrival of the event, by one clock; "
            "`overt serve` with SQLite.",
            "Processor time and memory (proportional) are those of the whole server while the entries came.",
        ),
    )


def measure(installation: Installation, port: int, server: int, streams: int) -> Measured:
    """Opens so many streams, commits entries, and sees what arrives."""
    tokens = sessions(installation, -(-streams // MOST_OF_ACCOUNT))
    listener = Listener(port, [tokens[at // MOST_OF_ACCOUNT] for at in range(streams)])
    try:
        first = installation.store.read(lambda work: work.ledger.size())
        committed: dict[int, float] = {}
        before_s, began_s = cpu_s(server), time.monotonic()
        for number in range(ENTRIES):
            installation.store.write(partial(_note, number))
            committed[first + number] = time.monotonic()
            time.sleep(GAP_S)
        listener.wait(streams * ENTRIES)
        took_s = time.monotonic() - began_s
        spent_s = cpu_s(server) - before_s
        memory = memory_mib(server)
    finally:
        listener.close()
    arrived = [one for one in listener.arrived() if one[1] in committed]
    different = {(stream, index) for stream, index, _ in arrived}
    return Measured(
        streams=streams,
        delays_s=[at_s - committed[index] for _, index, at_s in arrived],
        missed=streams * ENTRIES - len(different),
        twice=len(arrived) - len(different),
        cpu_s=spent_s,
        took_s=took_s,
        memory_mib=memory,
    )


@dataclass
class Listener:
    """Many streams, read by one thread."""

    port: int
    tokens: list[str]
    _found: queue.SimpleQueue[tuple[int, int, float]] = field(default_factory=queue.SimpleQueue)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._connections = [_opened(self.port, token) for token in self.tokens]
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, count: int) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while self._found.qsize() < count and time.monotonic() < until_s:
            time.sleep(0.02)

    def arrived(self) -> list[tuple[int, int, float]]:
        """Stream, index and moment of every event."""
        return [self._found.get() for _ in range(self._found.qsize())]

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for connection in self._connections:
            connection.close()

    def _read(self) -> None:
        left = [b""] * len(self._connections)
        with selectors.DefaultSelector() as ready:
            for stream, connection in enumerate(self._connections):
                assert connection.sock is not None
                connection.sock.setblocking(False)
                ready.register(connection.sock, selectors.EVENT_READ, stream)
            while not self._stop.is_set():
                for key, _ in ready.select(0.1):
                    chunk = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                    at_s = time.monotonic()
                    if not chunk:
                        ready.unregister(key.fileobj)
                        continue
                    text = left[key.data] + chunk
                    whole = text.rfind(b"\n\n") + 2 if b"\n\n" in text else 0
                    left[key.data] = text[whole:]
                    for index in _EVENT.findall(text[:whole]):
                        self._found.put((key.data, int(index), at_s))


def _opened(port: int, token: str) -> http.client.HTTPConnection:
    """A stream of which the head has been answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.connect()
    assert connection.sock is not None
    request = f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    connection.sock.sendall(request.encode())
    head = b""
    while b"retry: " not in head:
        chunk = connection.sock.recv(4096)
        if not chunk or not head[:12].startswith(b"HTTP/1.1 200"[: len(head)]):
            raise RuntimeError(f"no stream was opened: {head[:200]!r}")
        head += chunk
    return connection


@contextmanager
def installed(folder: Path) -> Iterator[tuple[Installation, dict[str, str]]]:
    """An installation with its administrators, and the environment of commands that use it."""
    environment = {"OVERT_HOME": str(folder / "home"), "OVERT_MASTER_KEY_FILE": str(folder / "master.key")}
    settings = Settings(home=folder / "home", master_key_file=folder / "master.key")
    make_installation(settings)
    with open_installation(settings) as installation:
        enter_administrators(
            installation, load_policy("consent"), [("ann", hash_password("correct horse battery", os.urandom))]
        )
        yield installation, os.environ | environment


def sessions(installation: Installation, count: int) -> list[str]:
    """Tokens of so many auditors."""
    now_us, found = installation.clock.now_us(), []
    for number in range(count):
        token, account = os.urandom(32).hex(), installation.new_id()
        row = AccountRow(
            id=account,
            name=f"auditor {number} of {account[-6:]}",
            roles=(Role.AUDITOR,),
            rank="",
            password="",
            key="",
            trained_until_us=None,
            state=AccountState.ACTIVE,
            made_us=now_us,
            made_by="system",
            approved_by=None,
        )
        session = SessionRow(
            id=hashlib.sha256(token.encode()).hexdigest(),
            account=account,
            made_us=now_us,
            expires_us=now_us + HOUR_US,
        )
        installation.store.write(partial(_add, row, session))
        found.append(token)
    return found


def _note(number: int, work: Work) -> None:
    work.record("clock.jumped", facts={"moved_ms": number})


def _add(account: AccountRow, session: SessionRow, work: Work) -> None:
    work.accounts.add(account)
    work.sessions.add(session)


@contextmanager
def served(environment: dict[str, str], port: int = 0) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`overt serve`, listening; its port and its process."""
    command = [sys.executable, "-c", "from overt.cli.start import run; run()", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:([0-9]+)/", line):
                yield int(found[1]), process
                break
        else:
            raise RuntimeError("overt serve did not begin")
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()  # type: ignore[union-attr]


def cpu_s(process: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(process: int) -> float:
    """Its proportional share of memory."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(kib) for kib in re.findall(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)) * 1024 / MIB


def _ms(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds * 1000:.0f}"


if __name__ == "__main__":
    alone(event_streams)
