"""The half of a list's key that no disk holds.

- A passphrase has at least 12 characters, blanks at either end not counted, and is text: `WeakPassphrase`.
- It is brought into Unicode's form NFC first (as RFC 8265, section 4.2, has it): keyboards write é as one character or
  as e and an accent, and both are to open the list. Nothing else is changed: capitals count, and so does every blank,
  at the beginning and at the end, too. What was typed is never guessed at; whoever reads it takes off the line end.
- It is stretched by Argon2id with the second recommended choice of RFC 9106, section 4: 3 passes over 64 MiB, 4 lanes.
  These are not secret, and may not change: a list sealed with other numbers would not open.
- A list's key is HKDF-SHA256 (RFC 5869) over both halves, each of 32 bytes, so that either alone says nothing of it.
"""

from __future__ import annotations

import re
import threading
import unicodedata

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from overt.vault.errors import WeakPassphrase
from overt.vault.seal import KEY_BYTES

LEAST_CHARACTERS = 12
LEAST_SALT_BYTES = 16
PASSES = 3
LANES = 4
MEMORY_KIB = 65_536

#: Several threads that stretch at once run out of memory or wait for each other for good (seen with cryptography 50).
ONE_AT_A_TIME = threading.Lock()

_INFO = b"overt-list-key-1"
_NO_CHARACTER = re.compile("[\ud800-\udfff]")  # how Python hands on bytes that are not UTF-8


def require_strong(passphrase: str) -> str:
    """The passphrase in form NFC.

    Raises:
        WeakPassphrase: it is too short, or holds what is no character.
    """
    normal = unicodedata.normalize("NFC", passphrase)
    if len(normal.strip()) < LEAST_CHARACTERS:
        raise WeakPassphrase(
            f"The passphrase is too short: it needs at least {LEAST_CHARACTERS} characters, "
            "blanks at its ends not counted.",
            "Choose a longer one, such as five words that have nothing to do with one another.",
        )
    if _NO_CHARACTER.search(normal):  # encoding it would fail, with an error that repeats the passphrase
        raise WeakPassphrase(
            "The passphrase holds bytes that are no characters, so that it could not be typed again elsewhere.",
            "Type it anew; set the terminal to UTF-8.",
        )
    return normal


def passphrase_half(passphrase: str, salt: bytes) -> bytes:
    """32 bytes from what somebody typed; takes 64 MiB of memory and about a tenth of a second.

    They are `bytes`, as the passphrase is a `str`: Python can overwrite neither. The running supervisor keeps them in a
    `bytearray` and wipes that; copies may stay in its memory until the memory is used again.

    Args:
        passphrase: at least 12 characters.
        salt: at least 16 random bytes, the deployment's own; not secret.

    Raises:
        WeakPassphrase: it is shorter, or holds what is no character.
        ValueError: the salt is too short.
    """
    if len(salt) < LEAST_SALT_BYTES:
        raise ValueError(f"a salt needs {LEAST_SALT_BYTES} bytes and has {len(salt)}")
    normal = require_strong(passphrase)
    argon2 = Argon2id(salt=salt, length=KEY_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    with ONE_AT_A_TIME:
        return argon2.derive(normal.encode())


def list_key(file_half: bytes | bytearray, passphrase_half: bytes | bytearray) -> bytes:
    """The key that a list is sealed with, 32 bytes, from the half in the keyring and the half from the passphrase.

    Raises:
        ValueError: a half has not 32 bytes.
    """
    if len(file_half) != KEY_BYTES or len(passphrase_half) != KEY_BYTES:
        raise ValueError(f"each half of a list's key has {KEY_BYTES} bytes")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_INFO).derive(file_half + passphrase_half)
