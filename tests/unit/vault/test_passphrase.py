"""The half of a list's key that comes from what somebody types."""

from __future__ import annotations

import hashlib
import hmac
import threading

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from overt.vault.errors import WeakPassphrase
from overt.vault.passphrase import list_key, passphrase_half

SALT = bytes(range(16))
FILE_HALF = bytes(range(32))
TYPED_HALF = bytes(range(32, 64))


def test_the_primitive_is_the_one_of_rfc_9106() -> None:
    """Its section 5.3."""
    argon2 = Argon2id(
        salt=b"\x02" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\x04" * 12, secret=b"\x03" * 8
    )
    assert argon2.derive(b"\x01" * 32).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


def test_the_half_is_that_of_the_reference_implementation() -> None:
    """The known answer was made with argon2-cffi 25.1.0, which carries the reference implementation in C."""
    known = "7d3d3f0f55b6c39961306af97a9d43a2cd5b9adce35ca4d0aa3e4583f6357867"
    assert passphrase_half("Zwölf Boxkämpfer jagen", SALT).hex() == known


def test_an_accent_typed_as_a_character_of_its_own_opens_the_same_list() -> None:
    assert passphrase_half("Zwo\u0308lf Boxka\u0308mpfer jagen", SALT) == passphrase_half(
        "Zwölf Boxkämpfer jagen", SALT
    )


def test_capitals_blanks_and_salt_count() -> None:
    typed = ("twelve words", "Twelve words", " twelve words", "twelve words ", "twelve  words")
    halves = {passphrase_half(text, SALT) for text in typed} | {passphrase_half(typed[0], bytes(16))}
    assert len(halves) == 6


@pytest.mark.parametrize("short", ["", "eleven char", " eleven char ", " " * 40, "e\u0301" * 11])
def test_a_short_passphrase_is_refused(short: str) -> None:
    with pytest.raises(WeakPassphrase, match="at least 12 characters") as refused:
        passphrase_half(short, SALT)
    assert refused.value.todo


def test_a_passphrase_that_is_no_text_is_refused_without_repeating_it() -> None:
    with pytest.raises(WeakPassphrase, match="no characters") as refused:
        passphrase_half("twelve words\udcff", SALT)
    assert "twelve" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 16 bytes and has 15"):
        passphrase_half("twelve words", SALT[:15])


def test_a_list_key_is_hkdf_over_both_halves() -> None:
    """RFC 5869, written out: one block, no salt."""
    drawn = hmac.new(bytes(32), FILE_HALF + TYPED_HALF, hashlib.sha256).digest()
    expected = hmac.new(drawn, b"overt-list-key-1\x01", hashlib.sha256).digest()
    assert list_key(FILE_HALF, TYPED_HALF) == expected
    assert list_key(bytearray(FILE_HALF), bytearray(TYPED_HALF)) == expected
    assert expected.hex() == "0b906dd520b1b3625bf275214ee3199baee478297148174023bf73ea2b801a2d"


def test_either_half_changes_the_key() -> None:
    assert len({list_key(FILE_HALF, TYPED_HALF), list_key(TYPED_HALF, FILE_HALF), list_key(FILE_HALF, bytes(32))}) == 3


@pytest.mark.parametrize("halves", [(b"", TYPED_HALF), (FILE_HALF, b""), (FILE_HALF + b"\0", TYPED_HALF[1:])])
def test_a_half_of_another_length_is_refused(halves: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        list_key(*halves)


def test_several_threads_may_stretch_at_once() -> None:
    salt, found = bytes(range(16)), list[bytes]()
    threads = [
        threading.Thread(target=lambda: found.append(passphrase_half("correct horse battery", salt)), daemon=True)
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [passphrase_half("correct horse battery", salt)] * 4
