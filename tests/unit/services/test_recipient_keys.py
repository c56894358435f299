"""A recipient's key: a file of its owner alone, which never replaces another."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from overt.services.recipient_keys import make_recipient_key, read_recipient_key
from overt.vault.errors import WeakPassphrase
from overt.vault.recipient import BadRecipientKey, public_text

WORDS = "correct horse battery"


def test_a_key_is_made_once_and_read_with_its_passphrase(tmp_path: Path) -> None:
    file = tmp_path / "court.pem"
    public = make_recipient_key(file, WORDS, os.urandom)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public_text(read_recipient_key(file, WORDS).public_key()) == public
    before = file.read_bytes()
    with pytest.raises(BadRecipientKey, match="was not written"):
        make_recipient_key(file, WORDS, os.urandom)
    assert file.read_bytes() == before
    with pytest.raises(WeakPassphrase):
        make_recipient_key(tmp_path / "other.pem", "short", os.urandom)
    with pytest.raises(BadRecipientKey, match="cannot be read"):
        read_recipient_key(tmp_path / "none.pem", WORDS)
