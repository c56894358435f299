"""https without anybody else: the console's certificate by the installation's own authority, TLS 1.3 and nothing older.

The key of that certificate is made here and lies nowhere but in this process: OpenSSL reads it from a file only, so it
gets one that lies in memory (or, where the system has none, one that is gone at once), encrypted under a password that
nobody keeps.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from overt.domain.time import to_datetime
from overt.services.certificates import CONSOLE_LIFE, Authority, Console, Names, console_certificate
from overt.services.installation import Installation


class Tls:
    """What speaks TLS, with a certificate that is renewed before it is too old.

    Args:
        names: under which people reach the console.
    """

    def __init__(self, installation: Installation, authority: Authority, names: Names) -> None:
        self._clock, self._authority, self._names = installation.clock, authority, names
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._renew()

    async def keep_fresh(self) -> None:
        """Called now and then: once half of the certificate's time is over, new connections see a new one."""
        if to_datetime(self._clock.now_us()) > self._until - CONSOLE_LIFE / 2:
            self._renew()

    def _renew(self) -> None:
        console = console_certificate(self._authority, self._names, to_datetime(self._clock.now_us()))
        password = os.urandom(32).hex()
        with _as_file(_chain(console, password)) as path:
            self.context.load_cert_chain(path, password=password)
        self._until = console.certificate.not_valid_after_utc


def _chain(console: Console, password: str) -> bytes:
    key = console.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    return console.certificate.public_bytes(Encoding.PEM) + key


@contextmanager
def _as_file(content: bytes) -> Iterator[Path]:
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("console-certificate", os.MFD_CLOEXEC)
        try:
            os.write(file, content)
            yield Path(f"/proc/self/fd/{file}")
        finally:
            os.close(file)
        return
    with tempfile.NamedTemporaryFile() as named:
        named.write(content)
        named.flush()
        yield Path(named.name)
