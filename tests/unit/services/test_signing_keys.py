"""An authorising officer's key: made once, encrypted, read with its passphrase and no other."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from overt.ledger.head import public_key_from_text, public_key_text
from overt.services.signing_keys import BadSigningKey, make_signing_key, read_signing_key
from overt.vault.errors import WeakPassphrase

WORDS = "correct horse battery"


def test_a_key_is_made_for_its_owner_and_signs_what_its_public_half_checks(tmp_path: Path) -> None:
    file = tmp_path / "officer.pem"
    public_key = make_signing_key(file, WORDS, os.urandom)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    key = read_signing_key(file, WORDS)
    assert public_key_text(key.public_key()) == public_key
    public_key_from_text(public_key).verify(key.sign(b"authority"), b"authority")


def test_a_key_never_replaces_a_file(tmp_path: Path) -> None:
    file = tmp_path / "officer.pem"
    file.write_text("mine")
    with pytest.raises(BadSigningKey, match="File exists"):
        make_signing_key(file, WORDS, os.urandom)
    assert file.read_text() == "mine"


def test_a_weak_passphrase_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(WeakPassphrase):
        make_signing_key(tmp_path / "officer.pem", "short", os.urandom)
    assert list(tmp_path.iterdir()) == []


def test_another_passphrase_or_another_file_opens_nothing(tmp_path: Path) -> None:
    file = tmp_path / "officer.pem"
    make_signing_key(file, WORDS, os.urandom)
    with pytest.raises(BadSigningKey, match="does not open"):
        read_signing_key(file, WORDS.title())
    with pytest.raises(BadSigningKey, match="cannot be read"):
        read_signing_key(tmp_path / "nowhere.pem", WORDS)
    key = read_signing_key(file, WORDS)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(BadSigningKey, match="no encrypted key"):
        read_signing_key(file, WORDS)
    file.write_text("Dear officer")
    with pytest.raises(BadSigningKey, match="no encrypted key"):
        read_signing_key(file, WORDS)
    other = X25519PrivateKey.generate()
    file.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(WORDS.encode())))
    with pytest.raises(BadSigningKey, match="another kind"):
        read_signing_key(file, WORDS)
