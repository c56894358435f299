"""What an officer signs: one form, read as it was signed, and nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.services.statement import MOST_BYTES, VERSION, BadStatement, Statement, sign, signed_by
from tests.authority import KEY, SECOND_KEY, public

SAID = Statement(
    authority="0193527e-8a00-7000-8000-000000000001",
    installation="ed25519:" + "ab" * 32,
    machine="cd" * 32,
    deployment="0193527e-8a00-7000-8000-000000000002",
    digest="ef" * 32,
    policy="01" * 32,
    opens_us=1_795_338_000_000_000,
    closes_us=1_795_345_000_000_000,
    officer="0193527e-8a00-7000-8000-000000000003",
    drawn_up_us=1_795_337_000_000_000,
)


def written(**changes: Any) -> bytes:
    """The JSON of the statement, keys sorted, with other or no (None) values."""
    whole = {"_version": VERSION, **asdict(SAID), **changes}
    return json.dumps(
        {key: value for key, value in whole.items() if value is not None}, sort_keys=True, separators=(",", ":")
    ).encode()


def test_a_statement_is_read_as_it_was_written_and_begins_with_its_version() -> None:
    content = SAID.to_bytes()
    assert content == written()
    assert content.startswith(b'{"_version":"overt-authority-1",')
    assert Statement.from_bytes(content) == SAID


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 4000,
        written(_version=None),
        written(_version="overt-authority-2"),
        written(machine=None),
        written(more="than that"),
        written(opens_us="1795338000000000"),
        written(opens_us=True),
        written(opens_us=1.5),
        written(opens_us=1 << 60),
        written(officer=17),
        written(officer="\ud800"),
        written() + b"\n",
        written().replace(b",", b", "),
        written().replace(b'"machine":', b'"machine":"x","machine":'),
        json.dumps({"_version": VERSION, **asdict(SAID)}, sort_keys=False).encode(),
        written(machine="x" * MOST_BYTES),
    ],
)
def test_only_the_one_form_is_read(content: bytes) -> None:
    with pytest.raises(BadStatement) as caught:
        Statement.from_bytes(content)
    assert caught.value.todo == "Draw it up again."


def edited(at: int) -> st.SearchStrategy[bytes]:
    content = SAID.to_bytes()
    return st.integers(0, 255).map(lambda byte: content[:at] + bytes([byte]) + content[at + 1 :])


@given(content=st.binary(max_size=200) | st.integers(0, len(SAID.to_bytes()) - 1).flatmap(edited))
def test_whatever_else_comes_is_refused_and_nothing_worse_happens(content: bytes) -> None:
    try:
        read = Statement.from_bytes(content)
    except BadStatement:
        return
    assert read.to_bytes() == content


def test_a_signature_is_for_this_key_and_these_bytes_alone() -> None:
    content = SAID.to_bytes()
    signature = sign(KEY, content)
    assert len(signature) == 64
    assert signed_by(public(KEY), content, signature)
    assert not signed_by(public(SECOND_KEY), content, signature)
    assert not signed_by(public(KEY), replace(SAID, closes_us=SAID.closes_us + 1).to_bytes(), signature)
    assert not signed_by(public(KEY), content, signature[:-1])
    assert not signed_by(public(KEY), content, b"")


@pytest.mark.parametrize("key", ["", "ab", "zz" * 32, "ab" * 33])
def test_what_is_no_key_has_signed_nothing(key: str) -> None:
    content = SAID.to_bytes()
    assert not signed_by(key, content, sign(KEY, content))


def test_nothing_but_a_statement_is_signed() -> None:
    with pytest.raises(BadStatement):
        sign(KEY, b"I owe you a house")
