"""What an authorising officer signs: one line of canonical JSON that says what is authorised, and where and when it may
run. It can be signed on another machine; nothing but the signature has to come back.

Rules:
  - a statement is about one deployment of one installation on one machine, and names its window;
  - its bytes begin with its version, so that a signature under it can be taken for nothing else;
  - only the one canonical form is read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from overt.domain.errors import Refused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")
VERSION = "overt-authority-1"
MOST_BYTES = 4096


class BadStatement(Refused):
    code = "bad-statement"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What is signed.

    Attributes:
        authority: its own id.
        installation: public key of the installation's ledger.
        machine: digest of the machine and the home folder (`overt.services.place`).
        deployment: id of the deployment.
        digest: SHA-256 of all that makes the deployment this one, 64 hexadecimal digits.
        policy: digest of the policy's file, likewise.
        officer: account id of whoever signs.
        drawn_up_us: when, microseconds since 1970, UTC.
    """

    authority: str
    installation: str
    machine: str
    deployment: str
    digest: str
    policy: str
    opens_us: int
    closes_us: int
    officer: str
    drawn_up_us: int

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785); `_version` sorts before every other key."""
        return written(self, VERSION)

    @classmethod
    def from_bytes(cls, content: bytes) -> Statement:
        """Raises BadStatement."""
        return read(cls, content, VERSION, "authority")


def written(statement: DataclassInstance, version: str) -> bytes:
    """The one canonical form of what is signed, whose bytes begin with its version."""
    return rfc8785.dumps({"_version": version, **asdict(statement)})


def read(form: type[S], content: bytes, version: str, what: str) -> S:
    """What was drawn up, where these are exactly its bytes.

    Args:
        what: what errors call it.

    Raises:
        BadStatement: they are not.
    """
    try:
        found: dict[str, Any] = json.loads(content) if len(content) <= MOST_BYTES else {}
        if found.pop("_version", None) != version:
            raise BadStatement(f"This is no {what} that this Overt knows.", "Draw it up again.")
        made = form(**found)
        if any(type(getattr(made, one.name)).__name__ != one.type for one in fields(made)):
            raise TypeError
        if written(made, version) != content:
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadStatement(f"This is no {what} in the form that Overt gives it.", "Draw it up again.") from error
    return made


def sign(key: Ed25519PrivateKey, statement: bytes) -> bytes:
    """The signature, 64 bytes; raises BadStatement where it is no statement."""
    Statement.from_bytes(statement)
    return key.sign(statement)


def signed_by(public_key: str, statement: bytes, signature: bytes) -> bool:
    """Whether the holder of this key (64 hexadecimal digits) signed it."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
