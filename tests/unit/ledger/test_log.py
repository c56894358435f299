"""How the ledger grows, and what it will not be continued from."""

from __future__ import annotations

import pytest

from overt.ledger.entry import Entry
from overt.ledger.errors import BadEntry, LedgerDiffers
from overt.ledger.head import SignedHead
from overt.ledger.log import Ledger, Tail, export_line
from overt.ledger.merkle import (
    Frontier,
    consistency_proof,
    continues,
    frontier_of,
    includes,
    inclusion_proof,
    leaf_hash,
)
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY, START_US, Kept, entry, written

LEDGER = Ledger(log=LOG, key=KEY)
THREE = written(3)


def head_of(tail: Tail) -> SignedHead:
    assert tail.head is not None
    return tail.head


def test_each_entry_gets_a_signed_head_of_the_tree_up_to_it() -> None:
    kept = Kept([each.leaf for each in THREE])
    for size, each in enumerate(THREE, 1):
        head = SignedHead.from_bytes(each.head)
        head.check(KEY.public_key())
        assert head == each.tail.head
        assert (head.head.log, head.head.size, head.head.at_us) == (LOG, size, Entry.from_bytes(each.entry).at_us)
        assert head.head.root == frontier_of(kept, size).root
        assert each.leaf == leaf_hash(each.entry)
        assert each.index == size - 1


def test_the_same_ledger_written_again_is_the_same_to_the_byte() -> None:
    assert written(3) == THREE


def test_an_entry_and_the_growth_of_the_ledger_can_be_proved_from_its_heads() -> None:
    made = written(11)
    kept = Kept([each.leaf for each in made])
    old, new = head_of(made[5].tail).head, head_of(made[10].tail).head
    proof = inclusion_proof(kept, 4, new.size)
    assert includes(leaf=leaf_hash(made[4].entry), index=4, size=new.size, proof=proof, root=new.root)
    grown = consistency_proof(kept, old.size, new.size)
    assert continues(old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root, proof=grown)


def test_an_export_line_holds_entry_and_head_as_they_were_stored() -> None:
    line = export_line(THREE[0].entry, THREE[0].head)
    assert line.count(b"\t") == 2
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert line[:-1].split(b"\t", 1) == [THREE[0].entry, THREE[0].head]


def test_a_clock_that_went_back_is_recorded_as_it_was() -> None:
    made = LEDGER.append(THREE[-1].tail, entry(3, at_us=START_US - 1))
    assert head_of(made.tail).head.at_us == START_US - 1


@pytest.mark.parametrize("index", [0, 2, 4])
def test_an_entry_that_is_not_the_next_one_is_refused(index: int) -> None:
    with pytest.raises(BadEntry, match=f"numbered {index}, and the next one of the ledger is 3"):
        LEDGER.append(THREE[-1].tail, entry(index))


def test_an_edited_ledger_is_not_continued() -> None:
    edited = frontier_of(Kept([leaf_hash(b"another"), *(each.leaf for each in THREE[1:])]), 3)
    with pytest.raises(LedgerDiffers, match="not those that its newest head was signed for") as refused:
        LEDGER.append(Tail(frontier=edited, head=THREE[-1].tail.head), entry(3))
    assert "Do not repair it" in refused.value.todo


def test_a_ledger_whose_end_was_cut_off_is_not_continued_from_its_newest_head() -> None:
    with pytest.raises(LedgerDiffers, match="not those"):
        LEDGER.check(Tail(frontier=THREE[1].tail.frontier, head=THREE[2].tail.head))
    with pytest.raises(LedgerDiffers, match="not those"):
        LEDGER.check(Tail(frontier=Frontier(), head=THREE[2].tail.head))


def test_a_ledger_without_its_head_is_not_continued() -> None:
    with pytest.raises(LedgerDiffers, match="entries and no head"):
        LEDGER.check(Tail(frontier=THREE[2].tail.frontier))


def test_another_ledger_or_another_key_is_not_continued() -> None:
    with pytest.raises(LedgerDiffers, match="of another ledger"):
        LEDGER.check(written(2, log="another")[-1].tail)
    with pytest.raises(LedgerDiffers, match="not signed with its key"):
        LEDGER.check(written(2, key=OTHER_KEY)[-1].tail)


def test_a_ledger_does_not_show_its_key() -> None:
    assert "key" not in repr(LEDGER)
