"""The signed head: what the ledger was at one moment, in one line.

- A head says which ledger, how many entries, the root of the tree over them, and when. Its bytes are canonical JSON and
  begin with `overt-head-1`, so that a signature under a head can be taken for nothing else.
- The signature is Ed25519 over these bytes as they stand. It is the same each time, so a head is fixed by what it says.
- A key signs one ledger only; a ledger keeps its id and its key for life.
- A signed head is written as its JSON, a tab, and the signature in 128 hexadecimal digits. Only this one form is read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from overt.ledger.errors import BadHead, BadLedgerKey
from overt.ledger.merkle import HASH_BYTES

VERSION = 1
LIMIT = 1 << 53
MOST_BYTES = 1024
SIGNATURE_BYTES = 64
KEY_PREFIX = "ed25519:"
PRINTED_DIGITS = 16  # of a root or a key, where it is printed for people; verifiers take so many or more

_TAGS = {1: "overt-head-1"}  # version of this class -> how its bytes begin
_KEYS = {"_version", "at_us", "log", "root", "size"}
_LOG = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_HEX = re.compile(r"([0-9a-f]{2})*")
_TODO = "Take the head from an export of the ledger, or from the heads folder."


@dataclass(frozen=True, kw_only=True)
class Head:
    """The ledger at one moment.

    Raises:
        BadHead: a field is out of its range.
    """

    log: str  # the ledger's id
    size: int  # entries, 1 or more
    root: bytes  # root of the tree over them, 32 bytes
    at_us: int  # the time of its last entry, microseconds since 1970, UTC
    version: int = VERSION

    def __post_init__(self) -> None:
        numbers = all(type(number) is int and 0 <= number < LIMIT for number in (self.size, self.at_us))
        if type(self.version) is not int or self.version not in _TAGS:
            raise BadHead(f"The head is of version {self.version!r}; this Overt knows {VERSION}.", "Update Overt.")
        if not isinstance(self.log, str) or not _LOG.fullmatch(self.log):
            raise BadHead("The head does not say which ledger it is of.", _TODO)
        if not numbers or self.size == 0 or not isinstance(self.root, bytes) or len(self.root) != HASH_BYTES:
            raise BadHead("The head has a size, a time or a root that no ledger has.", _TODO)

    @property
    def mark(self) -> str:
        """`SIZE:ROOT`, to be noted, published, and given to `verify.py --expect`."""
        return f"{self.size}:{self.root.hex()}"

    def to_bytes(self) -> bytes:
        """The bytes that are signed: canonical JSON (RFC 8785), ASCII, no blank, no tab, no line break."""
        return rfc8785.dumps(
            {
                "_version": _TAGS[self.version],
                "at_us": self.at_us,
                "log": self.log,
                "root": self.root.hex(),
                "size": self.size,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Head:
        """The head that has exactly these bytes.

        Raises:
            BadHead: the bytes are not a head's, are of an unknown version, or are not in canonical form.
        """
        try:
            read = json.loads(data[: MOST_BYTES + 1])
        except (ValueError, RecursionError) as error:
            raise BadHead("These bytes are not a head: they are not JSON.", _TODO) from error
        if not isinstance(read, dict) or read.keys() != _KEYS or read["_version"] not in _TAGS.values():
            raise BadHead("These bytes are not a head of a version that this Overt knows.", "Update Overt.")
        head = cls(log=read["log"], size=read["size"], root=_from_hex(read["root"]), at_us=read["at_us"])
        if head.to_bytes() != data:
            raise BadHead("These bytes hold a head, but not in its one canonical form.", _TODO)
        return head

    def signed(self, key: Ed25519PrivateKey) -> SignedHead:
        return SignedHead(head=self, signature=key.sign(self.to_bytes()))


@dataclass(frozen=True, kw_only=True)
class SignedHead:
    """A head and the signature under it; made by `Head.signed`, or read, and then to be checked."""

    head: Head
    signature: bytes  # Ed25519, 64 bytes

    def __post_init__(self) -> None:
        if len(self.signature) != SIGNATURE_BYTES:
            raise BadHead(f"The signature under the head has {len(self.signature)} bytes and needs 64.", _TODO)

    def check(self, key: Ed25519PublicKey) -> None:
        """Goes on where the head carries the signature of `key`.

        Raises:
            BadHead: it does not.
        """
        try:
            key.verify(self.signature, self.head.to_bytes())
        except InvalidSignature as error:
            raise BadHead("The head is not signed with the key of this ledger.", _TODO) from error

    def to_bytes(self) -> bytes:
        """Head, tab, signature: as in an export, without a line break."""
        return self.head.to_bytes() + b"\t" + self.signature.hex().encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SignedHead:
        """The signed head written so; whether the signature holds is for `check`.

        Raises:
            BadHead: the bytes are not a head, a tab and 128 hexadecimal digits.
        """
        head, _, signature = data.partition(b"\t")
        return cls(head=Head.from_bytes(head), signature=_from_hex(signature.decode("ascii", "replace")))


def public_key_text(key: Ed25519PublicKey) -> str:
    """`ed25519:` and 64 hexadecimal digits."""
    return KEY_PREFIX + key.public_bytes_raw().hex()


def key_begins(text: str) -> str:
    """`ed25519:` and the first 16 of the 64 digits, as it is printed; `text`: what `public_key_text` writes."""
    return text[: len(KEY_PREFIX) + PRINTED_DIGITS]


def public_key_from_text(text: str) -> Ed25519PublicKey:
    """Reads what `public_key_text` writes; blanks and line breaks around it do not matter.

    Raises:
        BadLedgerKey: the text is something else.
    """
    digits = text.strip().removeprefix(KEY_PREFIX)
    if text.strip() != KEY_PREFIX + digits or len(digits) != 2 * HASH_BYTES or not _HEX.fullmatch(digits):
        raise BadLedgerKey(
            "This is not the public key of a ledger, which is ed25519: and 64 hexadecimal digits.",
            "Take it from where the installation publishes it.",
        )
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(digits))


def _from_hex(text: object) -> bytes:
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise BadHead("The head or its signature is not written in small hexadecimal digits.", _TODO)
    return bytes.fromhex(text)
