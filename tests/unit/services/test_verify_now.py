"""Verify now: the whole tree, every head and signature, the head kept outside the database, and one that was noted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.ledger.head import Head, SignedHead
from overt.ledger.merkle import leaf_hash
from overt.services import record
from overt.services.installation import Installation
from overt.services.record import NotInLedger, newest
from overt.services.verification import BadMark, NotVerified, mark_of, stopped, verify_all
from overt.store.errors import BadStore
from overt.store.heads import HeadFolder
from overt.store.ports import Work
from overt.testing.memory_store import MemoryStore
from tests.installations import in_memory
from tests.unit.ledger.books import LOG, OTHER_KEY


@pytest.fixture
def twin() -> Installation:
    """With a ledger of nine entries."""
    installation = in_memory()

    def change(work: Work) -> None:
        for number in range(9):
            work.record("test.noted", facts={"number": number})

    installation.store.write(change)
    return installation


def edit(installation: Installation, index: int) -> None:
    store = installation.store
    assert isinstance(store, MemoryStore)
    row = store._tables.ledger[index]
    entry = row.entry.replace(b"test.noted", b"test.other")
    store._tables.ledger[index] = replace(row, entry=entry, leaf=leaf_hash(entry))


def mark(installation: Installation) -> tuple[int, str]:
    head = newest(installation.store).head
    return head.size, head.root.hex()


def test_a_ledger_that_holds_is_told_with_all_that_was_compared(twin: Installation, tmp_path: Path) -> None:
    heads, noted = HeadFolder(tmp_path / "heads"), mark(twin)
    kept = newest(twin.store)
    heads.keep(kept)
    twin.store.write(lambda work: work.record("test.noted"))
    holds = verify_all(twin, heads, noted)
    assert (holds.found.last.size, holds.kept, holds.noted) == (10, kept, noted)
    assert verify_all(twin, None) == replace(holds, kept=None, noted=None)
    assert verify_all(twin, HeadFolder(tmp_path / "none")).kept is None
    assert verify_all(twin, None, noted).noted == noted


def test_an_edited_entry_is_named(twin: Installation) -> None:
    edit(twin, 4)
    with pytest.raises(NotVerified, match="Entry 4"):
        verify_all(twin, None)


def test_an_older_copy_is_found_by_the_head_that_is_kept_outside(twin: Installation, tmp_path: Path) -> None:
    heads = HeadFolder(tmp_path / "heads")
    other = in_memory()
    for _ in range(12):
        other.store.write(lambda work: work.record("test.noted"))
    heads.keep(newest(other.store))
    with pytest.raises(NotVerified, match="The end is missing"):
        verify_all(twin, heads)
    root = b"\7" * 32
    heads = HeadFolder(tmp_path / "others")
    heads.keep(Head(log=LOG, size=3, root=root, at_us=0).signed(twin.ledger.key))
    with pytest.raises(NotVerified, match="was written anew"):
        verify_all(twin, heads)


def test_a_head_of_another_key_outside_is_none_of_this_ledger(twin: Installation, tmp_path: Path) -> None:
    heads = HeadFolder(tmp_path / "heads")
    heads.keep(SignedHead.from_bytes(newest(twin.store).head.signed(OTHER_KEY).to_bytes()))
    with pytest.raises(BadStore):
        verify_all(twin, heads)


@pytest.mark.parametrize("kept", [False, True], ids=["no head outside", "with one"])
def test_a_noted_head_that_is_not_in_it_is_told(twin: Installation, tmp_path: Path, kept: bool) -> None:
    heads = HeadFolder(tmp_path / "heads")
    if kept:
        heads.keep(newest(twin.store))
    size, root = mark(twin)
    with pytest.raises(NotVerified, match="The end is missing"):
        verify_all(twin, heads, (size + 1, root))
    with pytest.raises(NotVerified, match="written anew"):
        verify_all(twin, heads, (size - 1, root))


@pytest.mark.parametrize("digits", [16, 40, 64])
def test_a_printed_head_is_compared_by_the_digits_that_it_has(twin: Installation, digits: int) -> None:
    size, root = mark(twin)
    twin.store.write(lambda work: work.record("test.noted"))
    assert verify_all(twin, None, (size, root[:digits])).noted == (size, root[:digits])
    last = "0" if root[digits - 1] != "0" else "1"
    with pytest.raises(NotVerified, match="written anew"):
        verify_all(twin, None, (size, root[: digits - 1] + last))


def test_it_tells_how_far_it_is_and_can_be_stopped(twin: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "BATCH", 4)
    told: list[tuple[int, int]] = []
    verify_all(twin, None, None, lambda done, total: told.append((done, total)))
    assert sorted(set(told)) == [(4, 9), (8, 9), (9, 9)]

    def stop(_done: int, _total: int) -> None:
        raise stopped()

    with pytest.raises(type(stopped()), match="stopped before"):
        verify_all(twin, None, None, stop)


def test_without_an_entry_there_is_nothing_to_verify() -> None:
    with pytest.raises(NotInLedger):
        verify_all(in_memory(), None)


def test_a_noted_head_is_read_as_it_is_shown(twin: Installation) -> None:
    assert mark_of(f" {newest(twin.store).head.mark}\n") == mark(twin)
    assert mark_of(f"12:{'a' * 16}") == (12, "a" * 16)
    for bad in ("", "  ", "12", "0:" + "0" * 64, "12:xyz", "12:" + "A" * 64, "12:" + "a" * 15, "12:" + "a" * 65):
        with pytest.raises(BadMark):
            mark_of(bad)
