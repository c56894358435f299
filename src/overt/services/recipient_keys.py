"""The key of somebody to whom evidence is handed over: made and kept by them, on a machine of their own.

Rules:
  - its file is encrypted with a passphrase of at least 12 characters, mode 0600, and never replaces another;
  - it is made and read without an installation.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from overt.domain.ids import RandomBytes
from overt.vault.disk import FOLDER, READ, opened, write_new
from overt.vault.recipient import (
    MOST_KEY_FILE_BYTES,
    BadRecipientKey,
    new_private_key,
    private_key_file,
    private_key_of,
    public_text,
)


def make_recipient_key(file: Path, passphrase: str, random_bytes: RandomBytes) -> str:
    """Makes a key, and returns its public half: `x25519:` and 64 hexadecimal digits.

    Raises:
        WeakPassphrase: the passphrase is too short.
        BadRecipientKey: there is such a file already, or it cannot be written.
    """
    key = new_private_key(random_bytes)
    content = private_key_file(key, passphrase)
    try:
        with opened(file.parent, FOLDER) as folder:
            write_new(file.name, content, folder)
    except OSError as error:
        raise BadRecipientKey(f"The key was not written to {file}: {error.strerror}.", "Name another file.") from error
    return public_text(key.public_key())


def read_recipient_key(file: Path, passphrase: str) -> X25519PrivateKey:
    """The key in a file.

    Raises:
        WeakPassphrase: no key has a passphrase so short.
        BadRecipientKey: the file cannot be read, is no such key, or the passphrase is wrong.
    """
    try:
        with opened(file, READ) as descriptor, open(descriptor, "rb", closefd=False) as reader:
            content = reader.read(MOST_KEY_FILE_BYTES)
    except OSError as error:
        raise BadRecipientKey(f"The key {file} cannot be read: {error.strerror}.", "Name the file.") from error
    return private_key_of(content, passphrase)
