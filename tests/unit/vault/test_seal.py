"""What a sealed blob is, and what does not open."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overt.vault.errors import UnknownSeal, WrongKey
from overt.vault.seal import KEY_BYTES, new_key, seal, unseal, wipe

KEY = bytes(range(KEY_BYTES))
WHAT = "alert:0190"


def counting(count: int) -> bytes:
    """Stands for a source of random bytes, so that the blob is known."""
    return bytes(range(100, 100 + count))


def test_a_blob_is_the_version_the_nonce_and_the_ciphertext_with_its_tag() -> None:
    sealed = seal(KEY, WHAT, b"a face", counting)
    assert sealed[:1] == b"\x01"
    assert sealed[1:13] == counting(12)
    assert AESGCM(KEY).decrypt(counting(12), sealed[13:], b"overt-seal\x01alert:0190") == b"a face"


def test_a_blob_that_was_kept_opens_for_ever() -> None:
    kept = "016465666768696a6b6c6d6e6f293bb8071a8c890a0ccfc5ea0d1c49cbe12d201cba50"
    assert seal(KEY, WHAT, b"a face", counting).hex() == kept
    assert unseal(KEY, WHAT, bytes.fromhex(kept)) == b"a face"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_content_and_blob_may_be_any_kind_of_buffer(kind: type[bytes] | type[bytearray] | type[memoryview]) -> None:
    sealed = seal(bytearray(KEY), WHAT, kind(b"a face"), os.urandom)
    assert unseal(bytearray(KEY), WHAT, kind(sealed)) == b"a face"


def test_sealing_twice_gives_different_bytes() -> None:
    assert seal(KEY, WHAT, b"", os.urandom) != seal(KEY, WHAT, b"", os.urandom)


@pytest.mark.parametrize("bit", range(8 * 35))
def test_a_blob_with_any_bit_flipped_is_refused(bit: int) -> None:
    sealed = bytearray(seal(KEY, WHAT, b"a face", counting))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WrongKey) as refused:
        unseal(KEY, WHAT, bytes(sealed))
    assert refused.value.todo
    assert isinstance(refused.value, UnknownSeal) == (bit < 8)


@pytest.mark.parametrize("length", range(29))
def test_a_blob_that_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(WrongKey, match=f"cut short: {length} bytes"):
        unseal(KEY, WHAT, seal(KEY, WHAT, b"", os.urandom)[:length])


def test_a_newer_blob_asks_for_a_newer_overt() -> None:
    with pytest.raises(UnknownSeal, match=r"of version 2; this Overt knows version 1\. Update Overt\."):
        unseal(KEY, WHAT, b"\x02" + seal(KEY, WHAT, b"", os.urandom)[1:])


def test_another_key_or_another_what_does_not_open_it() -> None:
    sealed = seal(KEY, "list:7/1", b"a face", os.urandom)
    for key, what in ((bytes(32), "list:7/1"), (KEY, "list:7/2"), (KEY, "")):
        with pytest.raises(WrongKey, match="does not open"):
            unseal(key, what, sealed)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_only_keys_of_32_bytes_are_used(length: int) -> None:
    with pytest.raises(ValueError, match=f"this one has {length}"):
        seal(bytes(length), WHAT, b"", os.urandom)
    with pytest.raises(ValueError, match=f"this one has {length}"):
        unseal(bytes(length), WHAT, bytes(29))


def test_a_source_that_gives_too_little_is_not_used() -> None:
    with pytest.raises(ValueError, match="32 random bytes were wanted and 8 came"):
        new_key(lambda _: bytes(8))
    with pytest.raises(ValueError, match="12 random bytes were wanted and 8 came"):
        seal(KEY, WHAT, b"", lambda _: bytes(8))


def test_a_new_key_is_what_the_source_gave() -> None:
    assert new_key(counting) == counting(32)


def test_wiping_overwrites_in_place() -> None:
    buffer = bytearray(b"secret")
    seen = memoryview(buffer)
    wipe(buffer)
    assert bytes(seen) == bytes(6)
    assert len(buffer) == 6
