"""What is sent to the console as it really runs: no face lies open anywhere, and nothing at all stays."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from overt.bootstrap import make_installation, open_installation
from overt.domain.roles import Role
from overt.settings import Settings
from overt.vault.spool import PIECE_BYTES
from tests.drafting import listed
from tests.installations import PASSPHRASE
from tests.needs import data_folder
from tests.people import PASSWORD, administrators, person

MARK = b"-this-is-somebodys-face-"
BOUNDARY = "xyz"


@dataclass(frozen=True)
class Served:
    """A console in a process of its own; all folders that it could write to lie below `folder`."""

    folder: Path
    process: subprocess.Popen[str]
    port: int
    cookie: str

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def headers(self, **more: str) -> dict[str, str]:
        return {"Origin": f"http://127.0.0.1:{self.port}", "Cookie": self.cookie, **more}

    def get(self, path: str) -> str:
        connection = self.connection()
        connection.request("GET", path, headers=self.headers())
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def holding_a_face(self) -> list[str]:
        """Every file with bytes of a face in it, also those that have no name any more."""
        open_ones = Path(f"/proc/{self.process.pid}/fd").iterdir() if self.process.poll() is None else ()
        named = (path for path in self.folder.rglob("*") if path.is_file())
        return [str(path) for path in (*named, *open_ones) if path.is_file() and MARK in path.read_bytes()]


def settings_in(folder: Path) -> Settings:
    return Settings(home=folder / "home", master_key_file=folder / "master.key")


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    settings = settings_in(folder)
    make_installation(settings)
    with open_installation(settings) as installation:
        administrators(installation)
        for name in ("cat", "dan"):
            person(installation, name, Role.LIST_MANAGER)
    for name in ("tmp", "user"):
        (folder / name).mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("OVERT_", "XDG_"))},
        "OVERT_HOME": str(settings.home),
        "OVERT_MASTER_KEY_FILE": str(settings.master_key_file),
        "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder / "user"),
    }
    command = [sys.executable, "-c", "from overt.cli.start import run; run()", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            port = int(said.strip().rstrip("/").rsplit(":", 1)[1])
            yield Served(folder, process, port, signed_in(port))
        finally:
            process.kill()


def signed_in(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(100):
        try:
            connection.connect()
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", urlencode({"name": "cat", "password": PASSWORD}), headers)
    cookie = str(connection.getresponse().headers["set-cookie"]).split(";")[0]
    connection.close()
    return cookie


def part(name: str, content: bytes, filename: str = "") -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form_of(files: dict[str, bytes]) -> bytes:
    fields = {"resume": "", "policy": "uk-police", "passphrase": PASSPHRASE, "again": PASSPHRASE}
    parts = [part(name, text.encode()) for name, text in fields.items()]
    parts += [part("files", content, name) for name, content in files.items()]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def begin_to_send(served: Served, body: bytes, share: float) -> http.client.HTTPConnection:
    connection = served.connection()
    connection.putrequest("POST", "/lists/import")
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    for name, value in served.headers(**{"Content-Type": kind, "Content-Length": str(len(body))}).items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body[: int(len(body) * share)])
    return connection


def cache_of(served: Served) -> list[Path]:
    return [path for path in (served.folder / "home" / "cache").rglob("*") if path.is_file()]


def until(condition: object, seconds: float = 20) -> None:
    assert callable(condition)
    for _ in range(int(seconds * 20)):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


def test_in_the_middle_of_it_nothing_lies_open_and_a_kill_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        body = form_of({f"p{number}.jpg": MARK * (PIECE_BYTES // 8) for number in range(4)})
        sending = begin_to_send(served, body, 0.7)
        until(lambda: sum(path.stat().st_size for path in cache_of(served)) > 4 * PIECE_BYTES)
        assert served.holding_a_face() == []
        assert [*(tmp_path / "tmp").iterdir(), *(tmp_path / "user").iterdir()] == []
        served.process.send_signal(signal.SIGKILL)
        served.process.wait()
        sending.close()
        assert cache_of(served)
        assert served.holding_a_face() == []
        with open_installation(settings_in(tmp_path)):
            assert cache_of(served) == []


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        connection = begin_to_send(served, form_of({"p.jpg": MARK * PIECE_BYTES}), 0.5)
        until(lambda: cache_of(served))
        connection.close()
        until(lambda: not cache_of(served))
        assert "You are importing no list" in served.get("/lists/import/progress")


def test_a_list_of_real_portraits_is_imported_looked_at_and_leaves_nothing(tmp_path: Path) -> None:
    portraits = sorted((data_folder() / "portraits").glob("*.jpg"))[:5]
    names = [path.stem for path in portraits]
    folder = listed(tmp_path / "list", names, now_us=time.time_ns() // 1000)
    files = {path.name: path.read_bytes() + MARK for path in portraits}  # bytes after its end harm no JPEG
    files["entries.csv"] = (folder / "entries.csv").read_bytes()
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as served:
        connection = begin_to_send(served, form_of(files), 1)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["location"]) == (303, "/lists/import/progress")
        connection.close()
        until(lambda: '"reading"' not in served.get("/lists/import/state"), 60)
        said = served.get("/lists/import/progress")
        assert "5 entries" in said
        draft = said.split("/lists/drafts/")[1].split('"')[0]
        page = served.get(f"/lists/drafts/{draft}")
        assert all(name in page for name in names)
        for path in ("faces/0", "portraits/1", "pairs/0/1"):
            connection = served.connection()
            connection.request("GET", f"/lists/drafts/{draft}/{path}", headers=served.headers())
            picture = connection.getresponse()
            assert picture.headers["cache-control"] == "no-store"
            assert picture.read().startswith(b"\xff\xd8")
            connection.close()
        assert cache_of(served) == []
        assert served.holding_a_face() == []
        assert not [path for path in (tmp_path / "served" / "tmp").rglob("*") if path.is_file()]
