"""Sealing for somebody outside: only their key opens it, and nothing of the file can be changed."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from hypothesis import given
from hypothesis import strategies as st

from overt.vault.errors import UnknownSeal, WeakPassphrase, WrongKey
from overt.vault.recipient import (
    BadRecipientKey,
    BadSealedFile,
    fingerprint,
    new_private_key,
    open_sealed,
    private_key_file,
    private_key_of,
    public_key_from,
    public_text,
    seal_for,
)

KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = KEY.public_key()
WORDS = "correct horse battery"
CONTENT = b"what only they may read " * 50


def test_only_the_recipient_opens_it_and_no_two_files_are_alike() -> None:
    first, second = seal_for(PUBLIC, CONTENT), seal_for(PUBLIC, CONTENT)
    assert open_sealed(KEY, first) == open_sealed(KEY, second) == CONTENT
    assert first != second
    assert CONTENT[:24] not in first
    with pytest.raises(WrongKey, match="another key"):
        open_sealed(OTHER, first)


def test_it_is_hpke_as_any_other_program_has_it() -> None:
    """RFC 9180, base mode, one message, `info` the first line."""
    sealed = seal_for(PUBLIC, CONTENT)
    line, _, rest = sealed.partition(b"\n")
    assert line == f"overt-evidence-1 {fingerprint(PUBLIC)}".encode()
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    assert suite.decrypt(rest, KEY, info=line + b"\n") == CONTENT
    theirs = line + b"\n" + suite.encrypt(CONTENT, PUBLIC, info=line + b"\n")
    assert open_sealed(KEY, theirs) == CONTENT


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_it_can_be_changed(at: int, by: int) -> None:
    sealed = bytearray(seal_for(PUBLIC, b"short"))
    sealed[at % len(sealed)] ^= by
    with pytest.raises((WrongKey, BadSealedFile)):
        open_sealed(KEY, bytes(sealed))


@given(st.data())
def test_a_file_whose_end_is_missing_says_so(data: st.DataObject) -> None:
    sealed = seal_for(PUBLIC, b"short")
    cut = data.draw(st.integers(min_value=0, max_value=len(sealed) - 1))
    with pytest.raises((WrongKey, BadSealedFile), match=r"missing|first line"):
        open_sealed(KEY, sealed[:cut])


def test_what_is_something_else_or_of_a_later_form_says_so() -> None:
    for other in (b"", b"\xff\xd8\xff", b"PK\3\4", b"overt-evidence-1 \n"):
        with pytest.raises(BadSealedFile, match="first line"):
            open_sealed(KEY, other)
    later = seal_for(PUBLIC, CONTENT).replace(b"overt-evidence-1", b"overt-evidence-2", 1)
    with pytest.raises(UnknownSeal):
        open_sealed(KEY, later)


def test_a_public_key_is_read_as_it_is_printed() -> None:
    assert public_key_from(f" {public_text(PUBLIC)}\n").public_bytes_raw() == PUBLIC.public_bytes_raw()
    for bad in ("", "x25519:", public_text(PUBLIC)[:-1], public_text(PUBLIC).upper(), "ed25519:" + "0" * 64):
        with pytest.raises(BadRecipientKey, match="64 hexadecimal digits"):
            public_key_from(bad)


@pytest.mark.parametrize("number", [0, 1, 2**255 - 19, 2**255 - 20], ids=["nought", "one", "p", "p-1"])
def test_with_a_key_of_low_order_nothing_is_sealed(number: int) -> None:
    """What is agreed on with it would be known to everybody."""
    with pytest.raises(BadRecipientKey, match="everybody could open"):
        public_key_from("x25519:" + number.to_bytes(32, "little").hex())


def test_a_private_key_opens_with_its_passphrase_alone() -> None:
    key = new_private_key(os.urandom)
    content = private_key_file(key, WORDS)
    assert private_key_of(content, WORDS).private_bytes_raw() == key.private_bytes_raw()
    with pytest.raises(WeakPassphrase):
        private_key_file(key, "short")
    with pytest.raises(WeakPassphrase):
        private_key_of(content, "short")
    other = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(WORDS.encode()),
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for bad, words in ((content, "another passphrase"), (b"no key", WORDS), (other, WORDS), (plain, WORDS)):
        with pytest.raises(BadRecipientKey):
            private_key_of(bad, words)
