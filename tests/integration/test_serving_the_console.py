"""The console as it is served: what a network can send it, what it speaks, what it writes down, how it ends."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.deployments import OVERT, environment
from tests.served import Served, served

HERE = "Sec-Fetch-Site: same-origin"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("plain")) as found:
        yield found


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("secure"), tls=True) as found:
        yield found


def test_it_answers(plain: Served, secure: Served) -> None:
    for one in (plain, secure):
        status, answer = one.got("GET /healthz HTTP/1.1")
        assert (status, answer.endswith("ok\n")) == (200, True)
        assert "server:" not in answer.lower()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /healthz HTTP/1.1\nHost: evil.example", 421),
        ("GET http://evil.example/healthz HTTP/1.1\nHost: evil.example", 421),
        ("GET /healthz HTTP/1.1\nHost: 127.0.0.1", 421),
        ("GET /static/../app.py HTTP/1.1", 404),
        ("GET /static/%2e%2e/app.py HTTP/1.1", 404),
        ("GET /static/..%2f..%2f..%2fetc/passwd HTTP/1.1", 404),
        ("GET /static//etc/passwd HTTP/1.1", 404),
        ("GET //people HTTP/1.1", 404),
        ("GET /people/ HTTP/1.1", 404),
        ("POST /sign-out HTTP/1.1", 403),
        ("POST /sign-out HTTP/1.1\nSec-Fetch-Site: none", 403),
        ("POST /sign-out HTTP/1.1\nSec-Fetch-Site: cross-site", 403),
        (f"POST /sign-out HTTP/1.1\n{HERE}", 303),
        (f"POST /sign-in HTTP/1.1\n{HERE}\nTransfer-Encoding: chunked", 411),
        (f"POST /sign-in HTTP/1.1\n{HERE}\nContent-Length: 999999999", 413),
        (f"POST /sign-in HTTP/1.1\n{HERE}\nContent-Length: -1", 400),
        (f"POST /sign-in HTTP/1.1\n{HERE}\nContent-Length: 0\nContent-Length: 1", 400),
        ("SWEEP /sign-in HTTP/1.1", 403),
        ("HEAD /sign-in HTTP/1.1", 405),
        ("nonsense", 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_a_network_may_send(plain: Served, head: str, status: int) -> None:
    found, answer = plain.got(head)
    assert found == status, answer
    assert "root:" not in answer


def test_a_head_that_does_not_end_is_broken_off(plain: Served) -> None:
    with suppress(ConnectionError):
        assert plain.got("GET /sign-in HTTP/1.1\nX: " + "a" * 600_000)[0] in (0, 400)
    assert plain.got("GET /healthz HTTP/1.1")[0] == 200


def test_a_name_of_another_encoding_does_no_harm(plain: Served) -> None:
    body = b"name=%ff%fe&password=%00"
    head = (
        f"POST /sign-in HTTP/1.1\n{HERE}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {len(body)}"
    )
    assert plain.got(head, body)[0] == 422


def test_https_is_of_version_three_alone(secure: Served) -> None:
    assert secure.ca is not None
    for version, good in ((ssl.TLSVersion.TLSv1_2, False), (ssl.TLSVersion.TLSv1_3, True)):
        context = ssl.create_default_context(cafile=str(secure.ca))
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", secure.port), timeout=10) as plain_socket:
            if good:
                with context.wrap_socket(plain_socket, server_hostname="localhost") as spoken:
                    assert spoken.version() == "TLSv1.3"
                continue
            with pytest.raises(OSError, match=r".*"):
                context.wrap_socket(plain_socket, server_hostname="localhost")


def test_no_key_lies_open_on_the_disk(secure: Served) -> None:
    files = [path for path in secure.home.rglob("*") if path.is_file()]
    assert secure.home / "console-ca.pem" in files
    for path in files:
        assert b"PRIVATE KEY" not in path.read_bytes(), path


def test_the_fingerprint_is_said_at_the_start_and_with_the_certificate(secure: Served, tmp_path: Path) -> None:
    command = [*OVERT, "serve", "--ca", str(tmp_path / "again.pem")]
    done = subprocess.run(command, env=environment(secure.home), capture_output=True, text=True, check=True)
    said = done.stderr.split("(SHA-256): ")[1].strip()
    assert any(said in line for line in secure.said)
    assert secure.ca is not None
    assert (tmp_path / "again.pem").read_bytes() == secure.ca.read_bytes()


def test_others_are_let_in_by_https_only(plain: Served) -> None:
    for options in (["--host", "0.0.0.0"], ["--host", "0.0.0.0", "--tls"], ["--tls", "--behind-tls"]):
        command = [*OVERT, "serve", "--port", "0", *options]
        done = subprocess.run(command, env=environment(plain.home), capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr


def test_nothing_of_a_visit_is_written_down(plain: Served) -> None:
    before = len(plain.said)
    plain.got("GET /alerts/a-secret-id HTTP/1.1")
    plain.got("GET /sign-in?next=/alerts/a-secret-id HTTP/1.1")
    plain.got("nonsense a-secret-id")
    time.sleep(0.3)
    assert "a-secret-id" not in "".join(plain.said)
    assert len(plain.said) <= before + 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to_even_while_somebody_waits(tmp_path: Path, how: signal.Signals) -> None:
    with served(tmp_path) as found, socket.create_connection(("127.0.0.1", found.port)) as waiting:
        waiting.sendall(b"POST /sign-in HTTP/1.1\r\nHost: ")
        found.process.send_signal(how)
        assert found.process.wait(20) == 0
