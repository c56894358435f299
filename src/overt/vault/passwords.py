"""Passwords of accounts: what is kept is what Argon2id makes of them, as text that carries its own numbers.

- A password has at least 12 characters, blanks at either end not counted, and is text: `WeakPassphrase`. It is brought
  into Unicode's form NFC first; nothing else is changed.
- It is stretched by Argon2id with the second recommended choice of RFC 9106, section 4, and 16 random bytes of salt.
  The text is of the PHC form (`$argon2id$v=19$m=...`), so that later numbers may differ from those of earlier ones.
- Checking takes the same time whether there is an account or not: where there is none, `NOBODY` is checked.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from overt.domain.ids import RandomBytes
from overt.vault.errors import WeakPassphrase
from overt.vault.passphrase import LANES, LEAST_CHARACTERS, LEAST_SALT_BYTES, MEMORY_KIB, ONE_AT_A_TIME, PASSES
from overt.vault.seal import KEY_BYTES

#: Made of bytes that no text has: no password fits it, and finding that out takes as long as for anybody's.
NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$b6WBjBXICzaFuNWleYxHMoV+14u/MBIzjApf2e8uzoU"


def require_strong_password(password: str) -> str:
    """The password in form NFC.

    Raises:
        WeakPassphrase: it is too short, or holds what is no character. It is not repeated.
    """
    normal = unicodedata.normalize("NFC", password)
    if len(normal.strip()) < LEAST_CHARACTERS:
        raise WeakPassphrase(
            f"The password is too short: it needs at least {LEAST_CHARACTERS} characters, "
            "blanks at its ends not counted.",
            "Choose a longer one, such as five words that have nothing to do with one another.",
        )
    if _bytes(normal) is None:
        raise WeakPassphrase(
            "The password holds bytes that are no characters, so that it could not be typed again elsewhere.",
            "Type it anew; set the terminal to UTF-8.",
        )
    return normal


def hash_password(password: str, random_bytes: RandomBytes) -> str:
    """What is kept of a password: 97 ASCII characters; takes 64 MiB of memory and about a tenth of a second.

    Raises:
        WeakPassphrase: it is too short, or holds what is no character.
    """
    normal = require_strong_password(password)
    with ONE_AT_A_TIME:
        return _argon2(random_bytes(LEAST_SALT_BYTES)).derive_phc_encoded(normal.encode())


def check_password(password: str, kept: str) -> bool:
    """Whether this is the password of which `kept` is kept; False, too, where `kept` is nothing of the kind."""
    typed = _bytes(unicodedata.normalize("NFC", password))
    try:
        with ONE_AT_A_TIME:
            Argon2id.verify_phc_encoded(b"" if typed is None else typed, kept)
    except (InvalidKey, ValueError):  # another password; numbers that nobody could have kept
        return False
    return typed is not None


def _argon2(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=KEY_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)


def _bytes(text: str) -> bytes | None:
    """In UTF-8; None where it holds what is no character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
