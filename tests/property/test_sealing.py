"""Whatever is sealed opens again, and whatever differs in anything does not."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.vault.errors import WrongKey
from overt.vault.master import MasterKey
from overt.vault.seal import KEY_BYTES, seal, unseal

KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
CONTENTS = st.binary(max_size=200)


@given(key=KEYS, what=st.text(), content=CONTENTS)
def test_what_was_sealed_opens_again(key: bytes, what: str, content: bytes) -> None:
    assert unseal(key, what, seal(key, what, content, os.urandom)) == content


@given(key=KEYS, what=st.text(), content=CONTENTS, place=st.integers(0), change=st.integers(1, 255))
def test_a_blob_that_differs_in_one_byte_is_refused(
    key: bytes, what: str, content: bytes, place: int, change: int
) -> None:
    sealed = bytearray(seal(key, what, content, os.urandom))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(WrongKey):
        unseal(key, what, sealed)


@given(key=KEYS, content=CONTENTS, cut=st.integers(0), more=st.binary(min_size=1, max_size=40))
def test_a_blob_that_is_shorter_or_longer_is_refused(key: bytes, content: bytes, cut: int, more: bytes) -> None:
    sealed = seal(key, "alert:1", content, os.urandom)
    for other in (sealed[: cut % len(sealed)], sealed + more):
        with pytest.raises(WrongKey):
            unseal(key, "alert:1", other)


@given(key=KEYS, content=CONTENTS, bit=st.integers(0, 8 * KEY_BYTES - 1))
def test_a_key_that_differs_in_one_bit_is_refused(key: bytes, content: bytes, bit: int) -> None:
    other = bytearray(key)
    other[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WrongKey):
        unseal(other, "alert:1", seal(key, "alert:1", content, os.urandom))


@given(key=KEYS, content=CONTENTS, pair=st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_another_what_is_refused(key: bytes, content: bytes, pair: list[str]) -> None:
    with pytest.raises(WrongKey):
        unseal(key, pair[1], seal(key, pair[0], content, os.urandom))


@given(master=KEYS, key=KEYS, pair=st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_a_wrapped_key_opens_under_its_own_name_only(master: bytes, key: bytes, pair: list[str]) -> None:
    wrapped = MasterKey(master).wrap(pair[0], key)
    assert MasterKey(master).unwrap(pair[0], wrapped) == key
    with pytest.raises(WrongKey):
        MasterKey(master).unwrap(pair[1], wrapped)
