"""The console behind a real nginx, set up as `docs/how-to/serve.md` says."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from overt.services.certificates import authority_for, console_certificate, names_of
from tests.installations import in_memory
from tests.needs import REPOSITORY, needs_part
from tests.served import Served, served

NAME = "console.example"


@dataclass(frozen=True)
class Proxied:
    behind: Served
    before: Served


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def documented(port: int, folder: Path, upstream: int) -> str:
    """The configuration in the documentation, with this test's ports and files."""
    text = (REPOSITORY / "docs/how-to/serve.md").read_text("utf-8")
    block = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert block is not None
    found = (
        block[1]
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("127.0.0.1:8443", f"127.0.0.1:{upstream}")
    )
    for name in ("certificate.pem", "key.pem"):
        found = re.sub(rf"\S*/{name}", str(folder / name), found)
    return found


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    needs_part(nginx is not None, "needs nginx")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    names = names_of([NAME, "127.0.0.1"])
    authority = authority_for(in_memory(), folder, names)
    made = console_certificate(authority, names, datetime.now(UTC))
    (folder / "certificate.pem").write_bytes(made.certificate.public_bytes(Encoding.PEM))
    key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    with served(folder, "--behind-tls", "--name", f"{NAME}:{port}") as behind:
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\n"
            + "".join(
                f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"access_log off;\n{documented(port, folder, behind.port)}\n}}\n"
        )
        process = subprocess.Popen([str(nginx), "-c", str(configuration), "-p", str(folder)])
        try:
            ca = folder / "console-ca.pem"
            before = replace(behind, port=port, ca=ca)
            until_s = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert process.poll() is None, (folder / "error.log").read_text()
                    assert time.monotonic() < until_s
                    time.sleep(0.05)
            yield Proxied(behind=behind, before=before)
        finally:
            process.terminate()
            process.wait(10)


def got(proxied: Proxied, head: str, body: bytes = b"") -> tuple[int, str]:
    """Asked under the name that people know."""
    first, _, rest = head.partition("\n")
    return proxied.before.got(f"{first}\nHost: {NAME}:{proxied.before.port}\n{rest}", body)


def test_pages_come_through_and_are_told_to_keep_to_https(proxied: Proxied) -> None:
    status, answer = got(proxied, "GET /sign-in HTTP/1.1")
    assert status == 200
    assert "strict-transport-security: max-age=31536000" in answer.lower()
    assert answer.lower().count("content-security-policy:") == 1


def test_another_name_does_not(proxied: Proxied) -> None:
    assert proxied.before.got("GET /sign-in HTTP/1.1\nHost: evil.example")[0] in (400, 421, 444)


def test_a_form_comes_through_from_its_own_pages_alone(proxied: Proxied) -> None:
    body = b"name=eve&password=correct+horse+battery"
    head = f"POST /sign-in HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {len(body)}\n"
    origin = f"Origin: https://{NAME}:{proxied.before.port}"
    status, answer = got(proxied, f"{head}{origin}", body)
    assert status == 303
    assert "location: /\r" in answer.lower()
    assert "__Host-overt=" in answer
    assert "secure" in answer.lower()
    assert got(proxied, f"{head}Origin: https://evil.example", body)[0] == 403


def test_a_socket_comes_through(proxied: Proxied) -> None:
    """One that nobody may open is refused as a socket (403), not as a page that there is not (404)."""
    upgrade = "Upgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    origin = f"Origin: https://{NAME}:{proxied.before.port}"
    head = f"GET /nowhere/socket HTTP/1.1\nHost: {NAME}:{proxied.before.port}\nConnection: Upgrade\n{upgrade}\n{origin}"
    answer = proxied.before.raw((head.replace("\n", "\r\n") + "\r\n\r\n").encode(), waits_s=5.0)
    assert answer.startswith(b"HTTP/1.1 403")


def test_its_own_https_is_not_older_than_it_has_to_be(proxied: Proxied) -> None:
    context = ssl.create_default_context(cafile=str(proxied.before.ca))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", proxied.before.port), timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname=NAME)
