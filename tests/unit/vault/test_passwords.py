"""Passwords: what is kept of them, and what is not said about them."""

from __future__ import annotations

import os
import time

import pytest

from overt.vault.errors import WeakPassphrase
from overt.vault.passphrase import LANES, MEMORY_KIB, PASSES
from overt.vault.passwords import NOBODY, check_password, hash_password, require_strong_password

PASSWORD = "correct horse battery"
NUMBERS = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"


@pytest.fixture(scope="module")
def kept() -> str:
    return hash_password(PASSWORD, os.urandom)


def test_what_is_kept_says_its_numbers_and_not_the_password(kept: str) -> None:
    assert kept.startswith(NUMBERS)
    assert len(kept) == 97
    assert kept.isascii()
    assert PASSWORD not in kept


def test_the_password_fits_and_no_other(kept: str) -> None:
    assert check_password(PASSWORD, kept)
    for other in ("", PASSWORD.title(), f"{PASSWORD} ", PASSWORD[:-1]):
        assert not check_password(other, kept)


def test_the_same_password_is_never_kept_alike(kept: str) -> None:
    assert hash_password(PASSWORD, os.urandom) != kept


def test_a_letter_counts_alike_however_it_was_typed() -> None:
    assert check_password("Käse und Brot und Wein", hash_password("Ka\u0308se und Brot und Wein", os.urandom))


@pytest.mark.parametrize("password", ["", "elevenchars", " " * 30, "   elevenchars   "])
def test_a_short_password_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(WeakPassphrase, match="too short") as caught:
        require_strong_password(password)
    assert "eleven" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused_and_fit_nothing(kept: str) -> None:
    with pytest.raises(WeakPassphrase, match="no characters") as caught:
        hash_password("correct \udcff battery", os.urandom)
    assert "battery" not in str(caught.value)
    assert not check_password("correct \udcff battery", kept)


@pytest.mark.parametrize(
    "damaged", ["", "nonsense", "$argon2id$v=19$m=8,t=3,p=4$c29tZXNhbHQ$aGFzaA", "$argon2i$v=19$m=65536,t=3,p=4$eA$eA"]
)
def test_nothing_fits_what_was_never_kept(damaged: str) -> None:
    assert not check_password(PASSWORD, damaged)


def test_where_there_is_nobody_nothing_fits_and_it_takes_as_long(kept: str) -> None:
    assert NOBODY.startswith(NUMBERS)
    assert not any(check_password(each, NOBODY) for each in ("", PASSWORD, "\udcff" * 32, "\xff" * 32))

    def seconds(against: str) -> float:
        began = time.thread_time()
        check_password("wrong horse battery", against)
        return time.thread_time() - began

    known, unknown = (min(seconds(each) for _ in range(5)) for each in (kept, NOBODY))
    assert 0.5 < known / unknown < 2
