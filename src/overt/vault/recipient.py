"""Sealing for somebody outside: to their public key, so that only they open it, and whoever sealed it does not.

- A recipient's key is X25519 (RFC 7748). Its public half is written `x25519:` and 64 hexadecimal digits; its file is
  PKCS #8, encrypted with a passphrase.
- The construction is HPKE (RFC 9180), base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
- A sealed file is one line, `overt-evidence-1 ` and the SHA-256 of the 32 bytes of the public key in hexadecimal, a
  line break, and then the encapsulated key (32 bytes) and the ciphertext. That line with its break is HPKE's `info`, so
  it cannot be changed either; `aad` is empty.
- Base mode says who can open it, and not who made it: that is for what is inside to show.
"""

from __future__ import annotations

import hashlib
import re

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from overt.domain.errors import Refused
from overt.domain.ids import RandomBytes
from overt.vault.errors import UnknownSeal, WrongKey
from overt.vault.passphrase import require_strong
from overt.vault.seal import KEY_BYTES, TAG_BYTES

KEY_PREFIX = "x25519:"
MOST_KEY_FILE_BYTES = 4096
MOST_SEALED_BYTES = 65 * 1024 * 1024
_TAG = "overt-evidence-1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_ENCAPSULATED_BYTES = 32
_LINE = re.compile(rb"(overt-evidence-[0-9]{1,4}) ([0-9a-f]{64})\n")
_LINE_BYTES = 100
_PUBLIC = re.compile(f"{KEY_PREFIX}([0-9a-f]{{64}})")


class BadRecipientKey(Refused):
    """What was given is no key of a recipient, or one with which nothing may be sealed."""

    code = "bad-recipient-key"


class BadSealedFile(Refused):
    """What was given is no file that was sealed for a recipient, or not all of it."""

    code = "bad-sealed-file"


def public_text(key: X25519PublicKey) -> str:
    """`x25519:` and 64 hexadecimal digits."""
    return KEY_PREFIX + key.public_bytes_raw().hex()


def public_key_from(text: str) -> X25519PublicKey:
    """The public key that is written so.

    Raises:
        BadRecipientKey: it is none, or one with which everybody could open what is sealed.
    """
    if not (parts := _PUBLIC.fullmatch(text.strip())):
        raise BadRecipientKey(
            f"The recipient's public key is not {KEY_PREFIX} and 64 hexadecimal digits.",
            "Ask the recipient for the line that overt evidence key printed.",
        )
    key = X25519PublicKey.from_public_bytes(bytes.fromhex(parts[1]))
    try:
        X25519PrivateKey.generate().exchange(key)
    except ValueError as error:  # of low order: what is agreed on with it is no secret
        raise BadRecipientKey(
            "The recipient's public key is one with which everybody could open what is sealed.",
            "Ask the recipient for another, and how they came by this one.",
        ) from error
    return key


def fingerprint(key: X25519PublicKey) -> str:
    """SHA-256 of a public key's 32 bytes, 64 hexadecimal digits."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def seal_for(key: X25519PublicKey, content: bytes) -> bytes:
    """The content, sealed for whoever holds the private half; sealing twice gives different bytes."""
    line = f"{_TAG} {fingerprint(key)}\n".encode()
    return line + _SUITE.encrypt(content, key, info=line)


def open_sealed(key: X25519PrivateKey, sealed: bytes) -> bytes:
    """What was sealed for this key.

    Raises:
        BadSealedFile: it is no sealed file, or its end is missing.
        UnknownSeal: it is of a later form.
        WrongKey: it was sealed for another key, or altered.
    """
    found = _LINE.match(sealed[:_LINE_BYTES])
    if not found:
        raise BadSealedFile(
            "This is no file of sealed evidence: its first line is another.",
            "Take the file as it was handed over; mail programs and editors change files.",
        )
    tag, owner = (each.decode() for each in found.groups())
    if tag != _TAG:
        raise UnknownSeal("This was sealed by a later version of Overt.", "Update Overt.")
    if owner != fingerprint(key.public_key()):
        raise WrongKey(
            f"This was sealed for another key, whose SHA-256 begins with {owner[:16]}; yours begins with "
            f"{fingerprint(key.public_key())[:16]}.",
            "Open it with the key whose public half was given, or ask for it to be sealed for yours.",
        )
    rest = sealed[found.end() :]
    if len(rest) < _ENCAPSULATED_BYTES + TAG_BYTES:
        raise BadSealedFile("The end of this file is missing.", "Ask for it again.")
    try:
        return _SUITE.decrypt(rest, key, info=found[0])
    except InvalidTag as error:
        raise WrongKey(
            "This file does not open: it was altered, or its end is missing.", "Ask for it again, as a file."
        ) from error


def new_private_key(random_bytes: RandomBytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(random_bytes(KEY_BYTES))


def private_key_file(key: X25519PrivateKey, passphrase: str) -> bytes:
    """The bytes of its file, encrypted.

    Raises:
        WeakPassphrase: the passphrase is too short.
    """
    words = require_strong(passphrase).encode()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(words)
    )


def private_key_of(content: bytes, passphrase: str) -> X25519PrivateKey:
    """The key that a file's bytes hold.

    Raises:
        WeakPassphrase: no key has a passphrase so short.
        BadRecipientKey: it is no such key, or the passphrase is wrong.
    """
    words = require_strong(passphrase).encode()
    try:
        key = serialization.load_pem_private_key(content[:MOST_KEY_FILE_BYTES], words)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it is not encrypted
        raise BadRecipientKey(
            "The key does not open: it is no encrypted key, or the passphrase is another.",
            "Give the file that overt evidence key made, and its passphrase.",
        ) from error
    if not isinstance(key, X25519PrivateKey):
        raise BadRecipientKey("The file holds a key of another kind.", "Give one that overt evidence key made.")
    return key
