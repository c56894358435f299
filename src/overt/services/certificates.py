"""The installation's own certificate authority, by which phones and browsers of a local network know the console.

Rules:
  - its key is of the curve P-256 and lies sealed in the keyring; its certificate is public, counts ten years, and lies
    in the home folder;
  - it vouches for nothing but the names that it was made for and for private addresses: whoever trusts it on a phone
    does not let it stand in for any other place;
  - a certificate of the console counts 90 days; its key is made anew each time and kept by nobody.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from overt.domain.errors import Refused, Stopped
from overt.domain.time import to_datetime
from overt.services.installation import Installation
from overt.services.place import AUTHORITY_KEY
from overt.vault.disk import FOLDER, opened, write_new
from overt.vault.errors import NoKey
from overt.vault.seal import KEY_BYTES

FILE: Final = "console-ca.pem"
AUTHORITY_LIFE: Final = timedelta(days=3650)
CONSOLE_LIFE: Final = timedelta(days=90)
#: A phone's clock may be behind by as much.
EARLIER: Final = timedelta(days=1)
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
_PRIVATE_6: Final = ("fc00::/7", "fe80::/10", "::1/128")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class BadName(Refused):
    code = "bad-name"


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the console is reached under."""

    hosts: tuple[str, ...]  # ASCII, small letters
    addresses: tuple[Address, ...]


@dataclass(frozen=True, kw_only=True)
class Authority:
    """The installation's certificate authority."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        """Its certificate, to be trusted by phones and browsers."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256, as phones and browsers show it."""
        return self.certificate.fingerprint(SHA256()).hex(":").upper()


@dataclass(frozen=True, kw_only=True)
class Console:
    """A certificate of the console, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def names_of(texts: Iterable[str]) -> Names:
    """Hosts and addresses of what people type, ports not counted; each once, in order.

    Raises:
        BadName: one is neither.
    """
    hosts: dict[str, None] = {}
    addresses: dict[Address, None] = {}
    for text in texts:
        found = _address_or_host(text)
        if isinstance(found, str):
            hosts[found] = None
        else:
            addresses[found] = None
    return Names(hosts=tuple(hosts), addresses=tuple(addresses))


def authority_for(installation: Installation, home: Path, names: Names) -> Authority:
    """The installation's authority; made where there is none yet, or where it is too old to vouch for a console.

    Raises:
        BadName: it may not vouch for one of these names.
        Stopped: its certificate cannot be read or written.
    """
    found = _kept(installation, home)
    if found is None or found.certificate.not_valid_after_utc < _now(installation) + CONSOLE_LIFE:
        return new_authority(installation, home, names)
    _require_permitted(found.certificate, names)
    return found


def new_authority(installation: Installation, home: Path, names: Names) -> Authority:
    """Another authority; what an earlier one vouched for is trusted no more once that is taken off a phone.

    Raises:
        Stopped: its certificate cannot be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    authority = Authority(certificate=_self_signed(key, names, _now(installation)), key=key)
    try:
        with opened(home, FOLDER) as folder:
            (home / FILE).unlink(missing_ok=True)
            installation.keyring.destroy(AUTHORITY_KEY)
            installation.keyring.put(AUTHORITY_KEY, key.private_numbers().private_value.to_bytes(KEY_BYTES, "big"))
            write_new(FILE, authority.pem, folder)
    except OSError as error:
        raise Stopped(f"{home / FILE} cannot be written: {error.strerror}.", "Make room, and try again.") from error
    return authority


def kept_authority(installation: Installation, home: Path) -> Authority:
    """The authority that there is.

    Raises:
        Refused: there is none yet.
        Stopped: its certificate cannot be read.
    """
    found = _kept(installation, home)
    if found is None:
        raise Refused("There is no certificate authority of this installation yet.", "It is made by overt serve --tls.")
    return found


def console_certificate(authority: Authority, names: Names, now: datetime) -> Console:
    """A certificate for the console under these names, by a new key.

    Args:
        now: aware.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    general: list[x509.GeneralName] = [x509.DNSName(host) for host in names.hosts]
    general += [x509.IPAddress(address) for address in names.addresses]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named("Overt console"))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(min(now + CONSOLE_LIFE, issuer.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True, issues=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    return Console(certificate=builder.sign(authority.key, SHA256()), key=key)


def _self_signed(key: ec.EllipticCurvePrivateKey, names: Names, now: datetime) -> x509.Certificate:
    public = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    name = _named(f"Overt authority {identifier.digest[:4].hex()}")
    permitted: list[x509.GeneralName] = [x509.DNSName(host) for host in dict.fromkeys((*names.hosts, "localhost"))]
    permitted += [x509.IPAddress(network) for network in _networks(names)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False, issues=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(identifier, critical=False)
    )
    return builder.sign(key, SHA256())


def _networks(names: Names) -> list[Network]:
    private: list[Network] = [ipaddress.ip_network(each) for each in (*_PRIVATE, *_PRIVATE_6)]
    others = [each for each in names.addresses if not any(each in network for network in private)]
    return [*private, *(ipaddress.ip_network(each) for each in others)]


def _require_permitted(certificate: x509.Certificate, names: Names) -> None:
    permitted = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    hosts = [str(each.value) for each in permitted if isinstance(each, x509.DNSName)]
    networks = [each.value for each in permitted if isinstance(each, x509.IPAddress)]
    refused = [host for host in names.hosts if not any(host == each or host.endswith(f".{each}") for each in hosts)]
    refused += [
        str(address)
        for address in names.addresses
        if not any(isinstance(each, IPv4Network | IPv6Network) and address in each for each in networks)
    ]
    if refused:
        raise BadName(
            f"The certificate authority of this installation was not made for {', '.join(refused)}.",
            "Leave that out, or make another authority with --new-ca, and trust it on every phone and browser anew.",
        )


def _kept(installation: Installation, home: Path) -> Authority | None:
    """None, too, where the certificate is not that of the key: it is made anew then."""
    try:
        secret = installation.keyring.get(AUTHORITY_KEY)
        certificate = x509.load_pem_x509_certificate((home / FILE).read_bytes())
    except (NoKey, FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise Stopped(f"{home / FILE} cannot be read: {error.strerror}.", "See to it, and try again.") from error
    key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    return Authority(certificate=certificate, key=key) if certificate.public_key() == key.public_key() else None


def _address_or_host(text: str) -> Address | str:
    bare = re.sub(r"^\[(.*)\](:\d+)?$|^([^:]*):\d+$", lambda found: found[1] or found[3] or "", text.strip())
    with suppress(ValueError):
        return ipaddress.ip_address(bare)
    with suppress(UnicodeError):
        host = bare.encode("idna").decode("ascii").lower()
        if len(host) <= 253 and all(map(_LABEL.fullmatch, host.split("."))):
            return host
    raise BadName(
        f"{text} is neither the name of a host nor an address.", "Write it as console.example or 192.168.1.5."
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        key_cert_sign=issues,
        crl_sign=issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _now(installation: Installation) -> datetime:
    return to_datetime(installation.clock.now_us())
