"""A real PostgreSQL server of the tests: made, run and thrown away; reached through a socket in a folder of its own.

As root it runs under Debian's user `postgres`, because PostgreSQL refuses root. Used as

    with shared_server().database() as url: ...  # one server a test run, one database a test
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg

from tests.needs import needs_part

USER = "postgres"
OPTIONS = {
    "listen_addresses": "''",
    "shared_buffers": "32MB",
    "max_connections": "80",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # so that a test that looks for residue finds what Overt left, not what a worker took
}


@cache
def binaries() -> Path | None:
    """The folder of PostgreSQL's programs: Debian's newest, else the one on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    return next((folder for folder in [*reversed(debian), *on_path] if (folder / "initdb").exists()), None)


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs; skips the test where there is none."""
    folder = binaries()
    needs_part(folder is not None, "needs PostgreSQL (Debian: postgresql)")
    return str(Path(str(folder)) / name)


def run(*command: str, said: str = "") -> str:
    """Runs a program as the server's user, which under root is `postgres`; `said` goes in, its output comes back."""
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    whole = [*as_user, *command]
    done = subprocess.run(whole, input=said, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(kw_only=True)
class Server:
    """A server in `folder`, with a socket there."""

    folder: Path
    names: Iterator[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        options = {**OPTIONS, "unix_socket_directories": str(self.folder)}
        text = " ".join(f"-c {name}={value}" for name, value in options.items())
        log = str(self.folder / "log")
        run(program("pg_ctl"), "-D", str(self.folder / "data"), "-l", log, "-w", "-t", "30", "-o", text, "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends every session; `immediate` is a crash."""
        run(program("pg_ctl"), "-D", str(self.folder / "data"), "-w", "-t", "30", "-m", mode, "stop")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def ask(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """Runs one statement, not in a transaction, and gives its rows."""
        with psycopg.connect(host=str(self.folder), user=USER, dbname=database, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return list(done.fetchall()) if done.description else []

    def dump(self, database: str) -> str:
        """Schema and data as SQL."""
        asked = ("--no-owner", "--no-privileges", "--inserts", "-h", str(self.folder), "-U", USER, database)
        return run(program("pg_dump"), *asked)

    def load(self, database: str, dump: str) -> None:
        asked = ("--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", USER, "-d", database)
        run(program("psql"), *asked, said=dump)

    @contextmanager
    def named_database(self) -> Iterator[str]:
        """The name of an empty database, dropped at the end with whoever is still in it."""
        name = f"overt_{next(self.names)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield name
        finally:
            self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database, dropped at the end."""
        with self.named_database() as name:
            yield self.url(name)


@contextmanager
def running_server(*, fsync: bool = True) -> Iterator[Server]:
    """A fresh server; without `fsync` it starts faster and may lose everything in a crash of the machine."""
    initdb = program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="overt-pg-", dir="/tmp"))  # short: the name of a socket has 107 bytes at most
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        run(initdb, "-D", str(folder / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        run("sh", "-c", f"echo fsync = {'on' if fsync else 'off'} >> {folder / 'data' / 'postgresql.conf'}")
        server = Server(folder=folder)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


@cache
def shared_server() -> Server:
    """The one server of this test run, stopped at its end."""
    program("initdb")
    closing = ExitStack()
    atexit.register(closing.close)
    return closing.enter_context(running_server())
