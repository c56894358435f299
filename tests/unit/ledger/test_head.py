"""The signed head, its one written form, and the key's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from overt.ledger.errors import BadHead, BadLedgerKey
from overt.ledger.head import Head, SignedHead, public_key_from_text, public_key_text
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY, START_US

PLAIN: dict[str, Any] = {"log": LOG, "size": 3, "root": b"\xab" * 32, "at_us": START_US}
HEAD = Head(**PLAIN)
SIGNED = HEAD.signed(KEY)


def altered(**changes: object) -> bytes:
    read = json.loads(HEAD.to_bytes()) | changes
    return json.dumps(read, sort_keys=True, separators=(",", ":")).encode()


def test_the_bytes_begin_with_the_version_and_are_canonical() -> None:
    expected = f'"_version":"overt-head-1","at_us":{START_US},"log":"{LOG}","root":"{"ab" * 32}","size":3'
    assert HEAD.to_bytes() == b"{" + expected.encode() + b"}"


def test_a_head_comes_back_from_its_bytes_and_its_signature_holds() -> None:
    back = SignedHead.from_bytes(SIGNED.to_bytes())
    assert back == SIGNED
    back.check(KEY.public_key())


def test_the_same_head_has_the_same_signature_each_time() -> None:
    assert HEAD.signed(KEY).to_bytes() == SIGNED.to_bytes()


def test_the_mark_is_short_enough_to_note() -> None:
    assert HEAD.mark == "3:" + "ab" * 32


def test_another_key_or_another_head_does_not_pass() -> None:
    with pytest.raises(BadHead, match="not signed with the key"):
        SIGNED.check(OTHER_KEY.public_key())
    other = Head(**(PLAIN | {"size": 4}))
    with pytest.raises(BadHead, match="not signed with the key"):
        SignedHead(head=other, signature=SIGNED.signature).check(KEY.public_key())


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": True},
        {"log": ""},
        {"log": "two words"},
        {"log": None},
        {"size": 0},
        {"size": 1 << 53},
        {"size": True},
        {"at_us": -1},
        {"at_us": 0.5},
        {"root": b"short"},
        {"root": "ab" * 16},
    ],
)
def test_a_field_out_of_its_range_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadHead):
        Head(**(PLAIN | changes))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 5000,
        b"{}",
        altered(_version="overt-head-2"),
        altered(_version="overt-entry-1"),
        altered(more=1),
        altered(root="AB" * 32),
        altered(root=7),
        altered(size="3"),
        HEAD.to_bytes().replace(b":3}", b":3.0}"),
        HEAD.to_bytes().replace(b":3}", b": 3}"),
        HEAD.to_bytes() + b" " * 2000,
    ],
)
def test_bytes_that_are_not_a_head_in_its_one_form_are_refused(data: bytes) -> None:
    with pytest.raises(BadHead):
        Head.from_bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        HEAD.to_bytes(),
        HEAD.to_bytes() + b"\t",
        SIGNED.to_bytes()[:-1],
        SIGNED.to_bytes()[:-2],
        SIGNED.to_bytes() + b"\n",
        HEAD.to_bytes() + b"\t" + SIGNED.signature.hex().upper().encode(),
        HEAD.to_bytes() + b"\t" + b"\xff" * 128,
    ],
)
def test_a_signed_head_has_one_form_only(data: bytes) -> None:
    with pytest.raises(BadHead):
        SignedHead.from_bytes(data)


def test_a_public_key_comes_back_from_its_text() -> None:
    text = public_key_text(KEY.public_key())
    assert text.startswith("ed25519:")
    assert len(text) == 72
    assert public_key_text(public_key_from_text(f" {text}\n")) == text


@pytest.mark.parametrize("text", ["", "ed25519:", "ab" * 32, "ed25519:" + "AB" * 32, "ed25519:" + "ab" * 31, "x" * 72])
def test_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(BadLedgerKey):
        public_key_from_text(text)
