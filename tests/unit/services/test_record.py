"""The record handed over and proved: what is exported verifies, what is proved holds, what was edited is not proved."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from overt.ledger.errors import LedgerDiffers
from overt.ledger.head import Head, SignedHead
from overt.ledger.merkle import continues, includes, leaf_hash
from overt.ledger.verify import Failed, Unusable, verify
from overt.services import record
from overt.services.record import (
    BATCH,
    NotInLedger,
    consistency,
    export,
    head_record,
    inclusion,
    inclusions,
    newest,
    verified,
)
from overt.store.ports import Work
from overt.testing.memory_store import MemoryStore
from tests.stores import NAMES, opened
from tests.unit.ledger.books import KEY, OTHER_KEY

PUBLIC = KEY.public_key()


def grown(store: MemoryStore, count: int) -> MemoryStore:
    def change(work: Work) -> None:
        for number in range(count):
            work.record("test.noted", facts={"number": number})

    store.write(change)
    return store


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    """A ledger of 11 entries."""
    with opened(NAMES[0], tmp_path_factory.mktemp("twin")) as twin:
        assert isinstance(twin.store, MemoryStore)
        return grown(twin.store, 11)


def exported(store: MemoryStore) -> bytes:
    out = io.BytesIO()
    export(store, out.write)
    return out.getvalue()


def edit(store: MemoryStore, index: int) -> None:
    """Another entry in place of one, as somebody with the database might put it."""
    row = store._tables.ledger[index]
    entry = row.entry.replace(b"test.noted", b"test.other")
    store._tables.ledger[index] = replace(row, entry=entry, leaf=leaf_hash(entry))


def test_an_export_has_every_entry_and_verifies(store: MemoryStore) -> None:
    out = io.BytesIO()
    assert export(store, out.write) == 11
    assert out.getvalue().count(b"\n") == 11
    assert verify(io.BytesIO(out.getvalue()), PUBLIC).last.size == 11


def test_an_export_of_several_batches_tells_how_far_it_is(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = exported(store)
    monkeypatch.setattr(record, "BATCH", 4)
    told: list[tuple[int, int]] = []
    pieces: list[bytes] = []
    assert export(store, pieces.append, lambda done, size: told.append((done, size))) == 11
    assert b"".join(pieces) == whole
    assert told == [(4, 11), (8, 11), (11, 11)]


def test_a_short_export_shows_no_progress(store: MemoryStore) -> None:
    assert BATCH > 11

    def progress(done: int, size: int) -> None:
        raise AssertionError((done, size))

    export(store, io.BytesIO().write, progress)


def test_what_is_appended_during_an_export_waits_for_the_next(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "BATCH", 4)
    out = io.BytesIO()

    def write(lines: bytes) -> None:
        out.write(lines)
        grown(store, 1)

    assert export(store, write) == 11
    assert verify(io.BytesIO(out.getvalue()), PUBLIC).last.size == 11


def test_a_ledger_without_entries_is_an_empty_export_without_head_or_proof(tmp_path: Path) -> None:
    with opened("twin", tmp_path) as twin:
        assert export(twin.store, lambda _: pytest.fail("nothing to write")) == 0
        for ask in (newest, lambda store: inclusion(store, 0), lambda store: consistency(store, 1)):
            with pytest.raises(NotInLedger):
                ask(twin.store)
        with pytest.raises(Unusable):
            verified(twin.store, PUBLIC)


@pytest.mark.parametrize("batch", [1, 4, 1000])
def test_a_store_verifies_as_its_export_does(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(record, "BATCH", batch)
    told: list[tuple[int, int]] = []
    found = verified(store, PUBLIC, None, lambda done, size: told.append((done, size)))
    assert found == verify(io.BytesIO(exported(store)), PUBLIC)
    assert bool(told) == (batch < 11)
    mark = newest(store).head
    assert verified(store, PUBLIC, (mark.size, mark.root.hex())) == found


def test_a_store_with_an_edited_entry_does_not_verify(store: MemoryStore) -> None:
    edit(store, 6)
    with pytest.raises(Failed, match="Entry 6"):
        verified(store, PUBLIC)


def test_a_store_does_not_verify_with_another_key_or_against_another_head(store: MemoryStore) -> None:
    with pytest.raises(Failed, match="Entry 0"):
        verified(store, OTHER_KEY.public_key())
    with pytest.raises(Failed, match="written anew"):
        verified(store, PUBLIC, (5, "0" * 64))
    with pytest.raises(Failed, match="end is missing"):
        verified(store, PUBLIC, (12, "0" * 64))


def test_every_entry_is_proved_in_every_head_that_has_it(store: MemoryStore) -> None:
    for size in range(1, 12):
        for index in range(size):
            proof = inclusion(store, index, size)
            proof.head.check(PUBLIC)
            assert proof.head.head.size == size
            assert includes(
                leaf=leaf_hash(proof.entry), index=index, size=size, proof=proof.path, root=proof.head.head.root
            )
    assert inclusion(store, 3) == inclusion(store, 3, 11)


def test_every_head_is_proved_to_continue_every_earlier_one(store: MemoryStore) -> None:
    for new in range(1, 12):
        for old in range(1, new + 1):
            proof = consistency(store, old, new)
            proof.old.check(PUBLIC)
            proof.new.check(PUBLIC)
            assert continues(
                old_size=old,
                old_root=proof.old.head.root,
                new_size=new,
                new_root=proof.new.head.root,
                proof=proof.path,
            )
    assert consistency(store, 3) == consistency(store, 3, 11)


def test_a_proof_in_json_holds_all_that_checking_it_needs(store: MemoryStore) -> None:
    shown = json.loads(json.dumps(inclusion(store, 4).record()))
    assert set(shown) == {"index", "entry", "path", "size", "root", "head", "signature"}
    PUBLIC.verify(bytes.fromhex(shown["signature"]), shown["head"].encode())
    head = Head.from_bytes(shown["head"].encode())
    assert (head.size, head.root.hex()) == (shown["size"], shown["root"])
    path = [bytes.fromhex(each) for each in shown["path"]]
    leaf = leaf_hash(shown["entry"].encode())
    assert includes(leaf=leaf, index=4, size=shown["size"], proof=path, root=bytes.fromhex(shown["root"]))


def test_a_consistency_proof_in_json_holds_both_signed_heads(store: MemoryStore) -> None:
    shown = json.loads(json.dumps(consistency(store, 5).record()))
    old, new = shown["from"], shown["to"]
    for each in (old, new):
        PUBLIC.verify(bytes.fromhex(each["signature"]), each["head"].encode())
    assert new == head_record(newest(store))
    assert continues(
        old_size=old["size"],
        old_root=bytes.fromhex(old["root"]),
        new_size=new["size"],
        new_root=bytes.fromhex(new["root"]),
        proof=[bytes.fromhex(each) for each in shown["path"]],
    )


@pytest.mark.parametrize(("index", "size"), [(11, None), (-1, None), (5, 5), (0, 12), (0, 0)])
def test_an_entry_that_is_not_there_is_not_proved(store: MemoryStore, index: int, size: int | None) -> None:
    with pytest.raises(NotInLedger) as refused:
        inclusion(store, index, size)
    assert refused.value.todo


@pytest.mark.parametrize(("old", "new"), [(12, None), (0, None), (6, 5), (1, 12), (1, 0)])
def test_a_head_that_never_was_is_not_continued(store: MemoryStore, old: int, new: int | None) -> None:
    with pytest.raises(NotInLedger) as refused:
        consistency(store, old, new)
    assert refused.value.todo


def test_an_edited_ledger_is_not_proved(store: MemoryStore) -> None:
    edit(store, 2)
    with pytest.raises(LedgerDiffers):
        inclusion(store, 2)
    with pytest.raises(LedgerDiffers):
        inclusion(store, 7)
    with pytest.raises(LedgerDiffers):
        consistency(store, 5)
    assert inclusion(store, 1, 2).index == 1  # what came before it is as it was


def test_the_newest_head_is_that_of_the_last_entry(store: MemoryStore) -> None:
    last = store.read(lambda work: work.ledger.last())
    assert last is not None
    assert newest(store) == SignedHead.from_bytes(last.head)


def test_a_ledger_of_one_batch_is_read_in_parts_and_needs_no_progress(store: MemoryStore) -> None:
    told: list[tuple[int, int]] = []
    grown(store, 60)  # more than is read at once
    assert verified(store, PUBLIC, None, lambda done, size: told.append((done, size))) == verified(store, PUBLIC)
    assert told == []


def test_lines_are_what_an_export_hands_over(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "BATCH", 4)
    found = list(record.lines(store, 11))
    assert len(found) == 3
    assert b"".join(found) == exported(store)


@pytest.mark.parametrize("size", range(1, 12))
def test_several_proofs_at_once_are_those_that_each_entry_has_alone(store: MemoryStore, size: int) -> None:
    found = inclusions(store, range(size), size)
    assert found == [inclusion(store, index, size) for index in range(size)]


def test_several_proofs_of_an_edited_ledger_are_none(store: MemoryStore) -> None:
    edit(store, 6)
    with pytest.raises(LedgerDiffers):
        inclusions(store, [3], 11)
    with pytest.raises(NotInLedger):
        inclusions(store, [3], 12)
