"""What may be recorded, and in which bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from typing import Any

import pytest

from overt.ledger.entry import Entry, keyed_digest
from overt.ledger.errors import BadEntry
from tests.unit.ledger.books import ACCOUNT, START_US, entry

PLAIN: dict[str, Any] = {"index": 0, "kind": "list.erased", "at_us": START_US, "actor": "system"}


def made(**changes: Any) -> Entry:
    return Entry(**(PLAIN | changes))


def altered(**changes: object) -> bytes:
    """The bytes of an entry in canonical form, with some of its keys changed."""
    read = json.loads(made().to_bytes()) | changes
    return json.dumps(read, sort_keys=True, separators=(",", ":")).encode()


def test_the_bytes_begin_with_the_version_and_are_canonical() -> None:
    assert entry(4, at_us=7).to_bytes() == (
        b'{"_version":"overt-entry-1","actor":"' + ACCOUNT.encode() + b'","at_us":7,"deployment":"sha256:0f",'
        b'"facts":{"cautions":["dark","small-face"],"held":null,"ratio":"1/1000","shots":3,"verdict":"a"},'
        b'"index":4,"kind":"alert.decided"}'
    )


def test_an_entry_comes_back_from_its_bytes() -> None:
    assert Entry.from_bytes(entry(4).to_bytes()) == entry(4)


def test_an_entry_cannot_be_changed_through_what_it_was_made_of() -> None:
    codes: list[str] = ["dark"]
    facts: dict[str, Any] = {"cautions": codes}
    kept = made(facts=facts)
    codes.append("crowd")
    facts["more"] = 1
    assert dict(kept.facts) == {"cautions": ("dark",)}
    with pytest.raises(TypeError):
        kept.facts["more"] = 1  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept.index = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": True},
        {"index": -1},
        {"index": True},
        {"index": 1 << 53},
        {"index": "0"},
        {"at_us": 1.0},
        {"at_us": -1},
        {"kind": "Alert"},
        {"kind": "alert."},
        {"kind": ""},
        {"kind": "a" * 65},
        {"kind": 7},
        {"actor": "Ann Other"},
        {"actor": "ann"},
        {"actor": ACCOUNT.upper()},
        {"actor": None},
        {"deployment": "High Street"},
        {"deployment": "a" * 129},
        {"deployment": 7},
    ],
)
def test_a_field_out_of_its_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadEntry) as refused:
        made(**changes)
    assert refused.value.todo


@pytest.mark.parametrize(
    "fact",
    [
        0.5,
        float("nan"),
        b"bytes",
        1 << 53,
        -(1 << 53),
        "Ann Other",
        "line\nbreak",
        "tab\tulator",
        "é",
        "a" * 129,
        {"nested": 1},
        [[1]],
        [{"nested": 1}],
        [0.5],
        ["two words"],
        [0] * 65,
        [0] * 128,
    ],
)
def test_a_fact_that_is_no_code_number_or_flag_is_refused(fact: object) -> None:
    with pytest.raises(BadEntry, match="The fact probe"):
        made(facts={"probe": fact})


def test_a_refusal_does_not_repeat_the_text_that_must_not_be_written_down() -> None:
    for changes in ({"facts": {"who": "Ann Other"}}, {"actor": "Ann Other"}, {"deployment": "Ann Other"}):
        with pytest.raises(BadEntry) as refused:
            made(**changes)
        assert "Ann" not in str(refused.value)


@pytest.mark.parametrize("facts", [None, [("a", 1)], {f"n{i}": i for i in range(33)}, {1: 1}, {"A": 1}, {"a" * 41: 1}])
def test_facts_are_few_and_have_plain_names(facts: object) -> None:
    with pytest.raises(BadEntry):
        made(facts=facts)


def test_the_largest_numbers_lists_and_codes_are_recorded() -> None:
    facts = {"most": (1 << 53) - 1, "least": -(1 << 53) + 1, "code": "a" * 128, "many": (True,) * 64}
    assert Entry.from_bytes(made(facts=facts).to_bytes()).facts == facts


def test_an_entry_too_long_altogether_is_refused() -> None:
    with pytest.raises(BadEntry, match="longer than 8192 bytes"):
        made(facts={"codes": ["a" * 128] * 64})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"[" * 8000,
        b" " * 8193,
        b"{}",
        altered(_version="overt-entry-2"),
        altered(_version=["overt-entry-1"]),
        altered(more=1),
        altered(at_us=1.0),
        altered(facts=[]),
        made().to_bytes() + b"\n",
        made().to_bytes().replace(b'"index":0', b'"index":-0'),
        made().to_bytes().replace(b'"index"', b'"index":5,"index"'),
        made().to_bytes().replace(b"system", b"\\u0073ystem"),
    ],
)
def test_bytes_that_are_not_an_entry_in_its_one_form_are_refused(data: bytes) -> None:
    with pytest.raises(BadEntry):
        Entry.from_bytes(data)


def test_free_text_goes_in_as_a_keyed_digest() -> None:
    key = bytes(range(32))
    digest = keyed_digest(key, "caf\u00e9")
    assert digest == "hmac-sha256:" + hmac.new(key, "caf\u00e9".encode(), hashlib.sha256).hexdigest()
    assert keyed_digest(key, "cafe\u0301") == digest, "however it was typed"
    assert keyed_digest(bytes(32), "caf\u00e9") != digest
    assert made(facts={"reason": digest}).facts["reason"] == digest


def test_a_short_key_makes_no_digest() -> None:
    with pytest.raises(ValueError, match="needs 32 bytes"):
        keyed_digest(b"short", "text")
