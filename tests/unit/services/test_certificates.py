"""The installation's own certificate authority: made once, sealed, and good for nothing but this console."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import DNSName, IPAddress
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from overt.domain.errors import Refused, Stopped
from overt.domain.time import to_datetime
from overt.services.certificates import (
    AUTHORITY_LIFE,
    CONSOLE_LIFE,
    EARLIER,
    FILE,
    Authority,
    BadName,
    Names,
    authority_for,
    console_certificate,
    kept_authority,
    names_of,
    new_authority,
)
from overt.services.place import AUTHORITY_KEY
from tests.unit.services.keeping import KINDS, Kept, installation_of

HERE = names_of(["console.example", "192.168.1.5", "localhost", "127.0.0.1", "::1"])


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    with installation_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home of the authority"
    folder.mkdir(mode=0o700)
    return folder


def is_good(kept: Kept, authority: Authority, names: Names, asked: str) -> bool:
    """Whether a browser that trusts the authority takes the console's certificate for this name."""
    console = console_certificate(authority, names, to_datetime(kept.clock.now_us()))
    try:
        subject: DNSName | IPAddress = IPAddress(ipaddress.ip_address(asked))
    except ValueError:
        subject = DNSName(asked)
    policy = PolicyBuilder().store(Store([authority.certificate])).time(to_datetime(kept.clock.now_us()))
    try:
        policy.build_server_verifier(subject).verify(console.certificate, [])
    except VerificationError:
        return False
    return True


def test_names_and_addresses_are_told_apart_and_ports_left_out() -> None:
    found = names_of(
        ["Console.Example:8444", "console.example", "10.0.0.5:1", "[fd00::7]:8443", "[::1]", "::1", "bücher.example"]
    )
    assert found.hosts == ("console.example", "xn--bcher-kva.example")
    assert [str(address) for address in found.addresses] == ["10.0.0.5", "fd00::7", "::1"]


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "-a.example", "a..b", "https://a", "a/b", "*.example", "a" * 64, "a_b", "a." * 130 + "b"]
)
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(BadName, match="neither the name of a host nor an address"):
        names_of([text])


def test_it_is_made_once_and_its_key_lies_in_the_keyring_alone(kept: Kept, home: Path) -> None:
    with pytest.raises(Refused, match="no certificate authority"):
        kept_authority(kept.installation, home)
    made = authority_for(kept.installation, home, HERE)
    assert authority_for(kept.installation, home, HERE).pem == made.pem
    assert kept_authority(kept.installation, home).pem == made.pem
    secret = made.key.private_numbers().private_value.to_bytes(32, "big")
    assert kept.installation.keyring.get(AUTHORITY_KEY) == secret
    assert [path.name for path in home.iterdir()] == [FILE]
    assert b"PRIVATE" not in (home / FILE).read_bytes()
    assert (home / FILE).stat().st_mode & 0o077 == 0
    assert "key" not in repr(made)


def test_it_says_what_it_is_for(kept: Kept, home: Path) -> None:
    authority = authority_for(kept.installation, home, HERE)
    certificate, now = authority.certificate, to_datetime(kept.clock.now_us())
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (now - EARLIER, now + AUTHORITY_LIFE)
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert certificate.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert len(authority.fingerprint) == 32 * 3 - 1
    assert authority.fingerprint == authority.fingerprint.upper()


@pytest.mark.parametrize("asked", ["console.example", "localhost", "192.168.1.5", "127.0.0.1", "::1"])
def test_who_trusts_it_trusts_the_console(kept: Kept, home: Path, asked: str) -> None:
    authority = authority_for(kept.installation, home, HERE)
    assert is_good(kept, authority, HERE, asked)
    other = new_authority(kept.installation, home, HERE)
    assert not is_good(kept, replace(authority, key=other.key), HERE, asked)


@pytest.mark.parametrize("stranger", ["bank.example", "8.8.8.8", "2001:db8::1"])
def test_and_nothing_else_even_where_it_vouches_for_it(kept: Kept, home: Path, stranger: str) -> None:
    authority = authority_for(kept.installation, home, HERE)
    with pytest.raises(BadName, match="was not made for"):
        authority_for(kept.installation, home, names_of([stranger]))
    assert not is_good(kept, authority, names_of([stranger]), stranger)


def test_an_address_that_is_not_private_is_permitted_where_it_was_made_for_it(kept: Kept, home: Path) -> None:
    names = names_of(["8.8.8.8"])
    assert is_good(kept, authority_for(kept.installation, home, names), names, "8.8.8.8")


def test_private_addresses_may_change(kept: Kept, home: Path) -> None:
    authority = authority_for(kept.installation, home, HERE)
    names = names_of(["10.1.2.3", "fd00::9", "sub.console.example"])
    assert authority_for(kept.installation, home, names).pem == authority.pem
    for name in ("10.1.2.3", "fd00::9", "sub.console.example"):
        assert is_good(kept, authority, names, name)


def test_the_consoles_certificate_counts_ninety_days_and_never_longer_than_the_authority(
    kept: Kept, home: Path
) -> None:
    authority, now = authority_for(kept.installation, home, HERE), to_datetime(kept.clock.now_us())
    console = console_certificate(authority, HERE, now)
    assert console.certificate.not_valid_after_utc == now + CONSOLE_LIFE
    assert console.certificate.not_valid_before_utc == now - EARLIER
    again = console_certificate(authority, HERE, now)
    assert again.key.private_numbers() != console.key.private_numbers()
    late = console_certificate(authority, HERE, now + AUTHORITY_LIFE - timedelta(days=1))
    assert late.certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc


def test_an_old_authority_is_made_anew(kept: Kept, home: Path) -> None:
    first = authority_for(kept.installation, home, HERE)
    kept.clock.advance((AUTHORITY_LIFE - CONSOLE_LIFE).total_seconds())
    assert authority_for(kept.installation, home, HERE).pem == first.pem
    kept.clock.advance(1)
    assert authority_for(kept.installation, home, HERE).pem != first.pem


def test_a_certificate_that_is_not_of_the_key_is_made_anew(kept: Kept, home: Path) -> None:
    first = authority_for(kept.installation, home, HERE)
    (home / "other").mkdir(mode=0o700)
    stranger = new_authority(kept.installation, home / "other", HERE)
    assert authority_for(kept.installation, home, HERE).pem not in (first.pem, stranger.pem)
    for content in (b"", b"no certificate", None):
        before = kept_authority(kept.installation, home)
        (home / FILE).unlink()
        if content is not None:
            (home / FILE).write_bytes(content)
        assert authority_for(kept.installation, home, HERE).pem != before.pem


def test_what_cannot_be_read_or_written_says_so(kept: Kept, home: Path) -> None:
    with pytest.raises(Stopped, match="cannot be written"):
        new_authority(kept.installation, home / "nowhere", HERE)
    authority_for(kept.installation, home, HERE)
    (home / FILE).unlink()
    (home / FILE).mkdir()
    with pytest.raises(Stopped, match="cannot be read"):
        authority_for(kept.installation, home, HERE)
