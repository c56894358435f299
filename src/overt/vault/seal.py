"""Sealing: what is kept is encrypted with a key of its own, and is unreadable once that key is destroyed.

- A sealed blob is one version byte, a nonce of 12 bytes, and the ciphertext with its tag of 16 bytes: 29 bytes more
  than the content. The cipher is AES-256-GCM (NIST SP 800-38D).
- The version and `what` the content is are authenticated with it, so that no blob can stand in another's place. A blob,
  a key or a `what` that differs in a single bit is refused: `WrongKey`.
- A blob of a version that this Overt does not know: `UnknownSeal`.
- Every sealing draws a new random nonce. One key seals at most 2^32 contents, the bound of SP 800-38D, section 8.3,
  for random nonces: two of them are then alike with a chance of at most 2^-32. A list of 100,000 entries under one key
  stays below 2^-63. Nothing counts up to the bound, because a key lives as long as one list or one alert; the master
  key, which lives longest, is used once for each of them.
- A content has less than 2 GiB, the limit of the cipher as it is called here.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overt.domain.ids import RandomBytes
from overt.vault.errors import UnknownSeal, WrongKey

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
VERSION = b"\x01"  # never 0, by which the keyring knows a destroyed key

_DOMAIN = b"overt-seal"
_RESTORE = "Check that the installation and its keys belong together; restore both from what was kept, if they do not."


def new_key(random_bytes: RandomBytes) -> bytes:
    """32 random bytes.

    Python cannot overwrite `bytes`: copies of the key stay in this process's memory until the memory is used again. Let
    go of it soon; where it is held for long, hold it in a `bytearray` and `wipe` that.

    Args:
        random_bytes: gives n random bytes; `os.urandom` in the product.
    """
    return _drawn(random_bytes, KEY_BYTES)


def seal(
    key: bytes | bytearray, what: str, content: bytes | bytearray | memoryview, random_bytes: RandomBytes
) -> bytes:
    """The content, encrypted; sealing twice gives different bytes.

    Args:
        key: 32 bytes.
        what: what the content is and whose, such as `alert:ID` or `list:ID/POSITION`; not secret, and not stored.
        content: any bytes, also none, less than 2 GiB.
        random_bytes: gives n random bytes that never repeat; `os.urandom` in the product.

    Raises:
        ValueError: the key has another length, or `random_bytes` gave another number of bytes.
        OverflowError: the content is too long.
    """
    nonce = _drawn(random_bytes, NONCE_BYTES)
    return VERSION + nonce + _cipher(key).encrypt(nonce, content, _associated(what))


def unseal(key: bytes | bytearray, what: str, sealed: bytes | bytearray | memoryview) -> bytes:
    """The content of a sealed blob. It is `bytes`, which Python cannot overwrite (see `new_key`).

    Raises:
        WrongKey: it does not open with this key and as this `what`.
        UnknownSeal: it begins with another version.
        ValueError: the key has another length than 32 bytes.
    """
    cipher = _cipher(key)
    version, nonce, rest = bytes(sealed[:1]), sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if len(rest) < TAG_BYTES:
        raise WrongKey(f"Sealed content is cut short: {len(sealed)} bytes cannot be a whole one.", _RESTORE)
    if version != VERSION:
        raise UnknownSeal(
            f"Sealed content is of version {version[0]}; this Overt knows version {VERSION[0]}.",
            "Update Overt. If it is up to date, the content was altered; restore it.",
        )
    try:
        return cipher.decrypt(nonce, rest, _associated(what))
    except InvalidTag as error:
        raise WrongKey(
            "Sealed content does not open: the key is not the one that it was sealed with, or it was altered.", _RESTORE
        ) from error


def wipe(buffer: bytearray) -> None:
    """Overwrites the buffer with zeros, in place; its length stays."""
    buffer[:] = bytes(len(buffer))


def _cipher(key: bytes | bytearray) -> AESGCM:
    if len(key) != KEY_BYTES:  # AESGCM would take 16 or 24 as well
        raise ValueError(f"a key has {KEY_BYTES} bytes; this one has {len(key)}")
    return AESGCM(key)


def _drawn(random_bytes: RandomBytes, count: int) -> bytes:
    drawn = random_bytes(count)
    if len(drawn) != count:
        raise ValueError(f"{count} random bytes were wanted and {len(drawn)} came")
    return drawn


def _associated(what: str) -> bytes:
    return _DOMAIN + VERSION + what.encode()
