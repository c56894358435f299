"""https by the console itself: version 1.3, a key that lies nowhere, a certificate that is renewed."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from overt.console import tls
from overt.console.tls import Tls
from overt.domain.time import to_datetime
from overt.services.certificates import CONSOLE_LIFE, Authority, authority_for, console_certificate, names_of
from overt.testing.fixed_clock import FixedClock
from tests.installations import in_memory

NAMES = names_of(["localhost", "127.0.0.1"])


def shown(spoken: Tls, authority: Authority, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> x509.Certificate:
    """The certificate that a browser gets which trusts the authority; all in memory."""
    client = ssl.create_default_context(cadata=authority.pem.decode())
    client.minimum_version = client.maximum_version = version
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    here, there = (ssl.MemoryBIO(), ssl.MemoryBIO()), (ssl.MemoryBIO(), ssl.MemoryBIO())
    one = client.wrap_bio(*here, server_hostname="localhost")
    other = spoken.context.wrap_bio(*there, server_side=True)
    for _ in range(4):
        for side, mine, yours in ((one, here, there), (other, there, here)):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
            yours[0].write(mine[1].read())
    assert one.version() == "TLSv1.3"
    found = one.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found)


@pytest.fixture
def clock() -> FixedClock:
    import time

    return FixedClock(now_us=int(time.time() * 1e6))


@pytest.mark.parametrize("by_memory", [True, False])
def test_a_browser_that_trusts_the_authority_is_let_in(
    clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_memory: bool
) -> None:
    if not by_memory:
        monkeypatch.delattr(os, "memfd_create")
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        (tmp_path / "temporary").mkdir()
    installation = in_memory(clock)
    authority = authority_for(installation, tmp_path, NAMES)
    certificate = shown(Tls(installation, authority, NAMES), authority)
    assert certificate.issuer == authority.certificate.subject
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "console-ca.pem"]


def test_the_key_is_sealed_even_where_openssl_reads_it(clock: FixedClock, tmp_path: Path) -> None:
    authority = authority_for(in_memory(clock), tmp_path, NAMES)
    console = console_certificate(authority, NAMES, to_datetime(clock.now_us()))
    written = tls._chain(console, "a password")
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in written
    assert b"BEGIN PRIVATE KEY" not in written
    with tls._as_file(written) as path:
        assert path.read_bytes() == written
    assert not path.exists()


def test_nothing_older_is_spoken(clock: FixedClock, tmp_path: Path) -> None:
    installation = in_memory(clock)
    authority = authority_for(installation, tmp_path, NAMES)
    with pytest.raises(ssl.SSLError):
        shown(Tls(installation, authority, NAMES), authority, ssl.TLSVersion.TLSv1_2)


def test_a_stranger_is_not_let_in(clock: FixedClock, tmp_path: Path) -> None:
    installation = in_memory(clock)
    (tmp_path / "other").mkdir()
    authority = authority_for(installation, tmp_path, NAMES)
    other = authority_for(in_memory(clock), tmp_path / "other", NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(Tls(installation, authority, NAMES), other)


def test_the_certificate_is_renewed_at_half_of_its_time(clock: FixedClock, tmp_path: Path) -> None:
    installation = in_memory(clock)
    authority = authority_for(installation, tmp_path, NAMES)
    spoken = Tls(installation, authority, NAMES)
    first = shown(spoken, authority)
    clock.advance((CONSOLE_LIFE / 2).total_seconds() - 60)
    asyncio.run(spoken.keep_fresh())
    assert shown(spoken, authority) == first
    clock.advance(120)
    asyncio.run(spoken.keep_fresh())
    assert spoken._until - first.not_valid_after_utc > timedelta(days=44)
