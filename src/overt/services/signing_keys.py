"""The key with which an authorising officer signs: made anywhere, kept by the officer, pinned by its public half.

Rules:
  - its file is PKCS #8, encrypted with a passphrase of at least 12 characters, mode 0600, and never replaces another;
  - it is made and read without an installation, so that it may live on a machine of its own.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.errors import Refused
from overt.domain.ids import RandomBytes
from overt.ledger.head import public_key_text
from overt.vault.disk import FOLDER, READ, opened, write_new
from overt.vault.passphrase import require_strong
from overt.vault.seal import KEY_BYTES

_MOST_BYTES = 4096


class BadSigningKey(Refused):
    code = "bad-signing-key"


def make_signing_key(file: Path, passphrase: str, random_bytes: RandomBytes) -> str:
    """Makes a key, and returns its public half: `ed25519:` and 64 hexadecimal digits.

    Raises:
        WeakPassphrase: the passphrase is too short.
        BadSigningKey: there is such a file already, or it cannot be written.
    """
    words = require_strong(passphrase).encode()
    key = Ed25519PrivateKey.from_private_bytes(random_bytes(KEY_BYTES))
    content = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(words),
    )
    try:
        with opened(file.parent, FOLDER) as folder:
            write_new(file.name, content, folder)
    except OSError as error:
        raise BadSigningKey(f"The key was not written to {file}: {error.strerror}.", "Name another file.") from error
    return public_key_text(key.public_key())


def read_signing_key(file: Path, passphrase: str) -> Ed25519PrivateKey:
    """The key in a file.

    Raises:
        WeakPassphrase: no key has a passphrase so short.
        BadSigningKey: the file cannot be read, is no such key, or the passphrase is wrong.
    """
    require_strong(passphrase)
    try:
        with opened(file, READ) as descriptor, open(descriptor, "rb", closefd=False) as reader:
            content = reader.read(_MOST_BYTES)
    except OSError as error:
        raise BadSigningKey(f"The key {file} cannot be read: {error.strerror}.", "Name the file.") from error
    return signing_key_of(content, passphrase, str(file))


def signing_key_of(content: bytes, passphrase: str, shown: str) -> Ed25519PrivateKey:
    """The key that a file's bytes hold.

    Args:
        shown: what errors call it.

    Raises:
        WeakPassphrase, BadSigningKey: as `read_signing_key`.
    """
    words = require_strong(passphrase).encode()
    try:
        key = serialization.load_pem_private_key(content[:_MOST_BYTES], words)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it is not encrypted
        raise BadSigningKey(
            f"{shown} does not open: it is no encrypted key, or the passphrase is another.",
            "Give the file that overt account keygen made, and its passphrase.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSigningKey(f"{shown} holds a key of another kind.", "Give one that overt account keygen made.")
    return key
