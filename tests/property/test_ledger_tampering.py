"""Whatever is done to an export, the verifier names the first line that is not as it was; entries have one form."""

from __future__ import annotations

import io
import json

import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from overt.ledger import verify
from overt.ledger.entry import Entry
from overt.ledger.errors import BadEntry
from overt.ledger.merkle import (
    Frontier,
    consistency_proof,
    continues,
    frontier_of,
    includes,
    inclusion_proof,
    leaf_hash,
)
from tests.unit.ledger import rfc6962
from tests.unit.ledger.books import KEY, LOG, OTHER_KEY, Kept, continued, lines, mark, written

WHOLE = written(12)
LINES = lines(WHOLE)
OTHERS = [
    lines(written(12, key=OTHER_KEY)),  # a ledger of another installation
    lines(written(12, log="another")),  # another ledger, the same key against the rule
    lines(written(12, code="b")),  # the same ledger and key, other entries
]
PUBLIC = KEY.public_key()

codes = st.text("abcXYZ019._:/+=-", max_size=128)
scalars = st.none() | st.booleans() | st.integers(1 - (1 << 53), (1 << 53) - 1) | codes
names = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
entries = st.builds(
    Entry,
    index=st.integers(0, (1 << 53) - 1),
    kind=st.from_regex(r"[a-z0-9]{1,8}([.-][a-z0-9]{1,8}){0,3}", fullmatch=True),
    at_us=st.integers(0, (1 << 53) - 1),
    actor=st.just("system") | st.uuids().map(str),
    deployment=st.none() | codes,
    facts=st.dictionaries(names, scalars | st.lists(scalars, max_size=6), max_size=6),
)


def failing(data: bytes, expect: tuple[int, str] | None = None) -> str | None:
    """What the verifier says against `data`; None where it holds."""
    try:
        verify.verify(io.BytesIO(data), PUBLIC, expect)
    except verify.Failed as failure:
        return str(failure)
    return None


def first_difference(data: bytes) -> int | None:
    """Index of the first line of `data` that is not the ledger's; None where `data` is the ledger or its beginning."""
    for index, line in enumerate(io.BytesIO(data)):
        if index >= len(LINES) or line != LINES[index]:
            return index
    return None


def assert_named(tampered: list[bytes]) -> None:
    data = b"".join(tampered)
    index = first_difference(data)
    says = failing(data)
    if index is None:
        assert says is None
        return
    assert says is not None
    assert says.startswith(f"Entry {index} (line {index + 1}) fails: "), says


@given(st.data())
def test_any_changed_byte_is_found_in_its_line(data: st.DataObject) -> None:
    whole = b"".join(LINES)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = whole[at] ^ data.draw(st.integers(1, 255))
    tampered = whole[:at] + bytes([byte]) + whole[at + 1 :]
    index = whole[:at].count(b"\n")
    says = failing(tampered)
    assert says is not None
    assert says.startswith(f"Entry {index} (line {index + 1}) fails: "), says


def test_each_bit_of_one_line_counts() -> None:
    for at in range(len(LINES[0])):
        for bit in range(8):
            changed = LINES[0][:at] + bytes([LINES[0][at] ^ 1 << bit]) + LINES[0][at + 1 :]
            says = failing(changed + LINES[1])
            assert says is not None
            assert says.startswith("Entry 0 (line 1) fails: "), (at, bit)


@given(st.sets(st.integers(0, 11), min_size=1, max_size=11))
def test_dropped_lines_are_found(gone: set[int]) -> None:
    assert_named([line for index, line in enumerate(LINES) if index not in gone])


@given(st.permutations(range(12)))
def test_lines_in_another_order_are_found(order: list[int]) -> None:
    assert_named([LINES[index] for index in order])


@given(st.integers(0, 11), st.integers(0, 12))
def test_a_line_put_in_twice_is_found(which: int, where: int) -> None:
    assert_named([*LINES[:where], LINES[which], *LINES[where:]])


@given(st.integers(0, 12), st.binary(max_size=300))
def test_anything_put_in_is_found(where: int, inserted: bytes) -> None:
    assume(inserted.strip(b"\n") or where < 12)
    whole = b"".join(LINES[:where]) + inserted + b"\n" + b"".join(LINES[where:])
    says = failing(whole)
    assert says is not None
    assert says.startswith(f"Entry {where} (line {where + 1}) fails: "), says


@given(st.sampled_from(OTHERS), st.integers(1, 11), st.integers(0, 12), st.integers(0, 12))
def test_lines_of_another_ledger_are_found(other: list[bytes], where: int, start: int, stop: int) -> None:
    assert_named([*LINES[:where], *other[start:stop], *LINES[where:]])
    assert_named([*LINES[:where], *other[where:]])


@given(st.lists(st.integers(0, 11), min_size=2, max_size=2, unique=True))
def test_swapped_heads_are_found(pair: list[int]) -> None:
    first, second = pair
    tampered = [line.split(b"\t", 1) for line in LINES]
    tampered[first][1], tampered[second][1] = tampered[second][1], tampered[first][1]
    assert_named([b"\t".join(parts) for parts in tampered])


@given(st.data())
def test_several_changes_at_once_are_found_at_the_first(data: st.DataObject) -> None:
    tampered = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(tampered) - 1))
        match data.draw(st.sampled_from(["drop", "double", "move", "other", "change"])):
            case "drop" if len(tampered) > 1:
                del tampered[at]
            case "double":
                tampered.insert(at, tampered[data.draw(st.integers(0, len(tampered) - 1))])
            case "move":
                tampered.insert(data.draw(st.integers(0, len(tampered) - 1)), tampered.pop(at))
            case "other" if at:  # the whole of another ledger with this key is a ledger: only an expected head tells
                tampered[at] = data.draw(st.sampled_from(OTHERS))[at % 12]
            case _:
                tampered[at] = tampered[at].replace(b'"shots":3', b'"shots":4')
    assume(tampered[0] in LINES or b'"shots":4' in tampered[0])
    assert_named(tampered)


@given(st.integers(1, 11), st.integers(1, 12))
def test_a_cut_tail_passes_alone_and_fails_against_a_later_head(kept: int, noted: int) -> None:
    size, root = mark(WHOLE[:noted]).split(":")
    cut = b"".join(LINES[:kept])
    assert failing(cut) is None
    says = failing(cut, (int(size), root))
    assert (says is None) == (noted <= kept)
    assert says is None or says.startswith("The end is missing")


@given(st.data())
def test_a_tail_cut_within_a_line_is_found_there(data: st.DataObject) -> None:
    whole = b"".join(LINES)
    at = data.draw(st.integers(1, len(whole) - 1))
    assume(whole[at - 1 : at] != b"\n")
    index = whole[:at].count(b"\n")
    assert (failing(whole[:at]) or "").startswith(f"Entry {index} (line {index + 1}) fails: ")


@given(entries)
def test_an_entry_has_one_form_and_comes_back_from_it(made: Entry) -> None:
    data = made.to_bytes()
    assert Entry.from_bytes(data) == made
    assert Entry.from_bytes(data).to_bytes() == data
    assert data.startswith(b'{"_version":"overt-entry-1",')
    assert data == rfc8785.dumps(json.loads(data))
    assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()
    assert not set(data) & set(b"\t\n\r ")


@given(entries, st.data())
def test_no_other_bytes_pass_for_an_entry_that_reads_the_same(made: Entry, data: st.DataObject) -> None:
    whole = made.to_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    inserted = data.draw(st.sampled_from([b" ", b"\t", b"\n", b"0", b"-", b"+", b"e", b".", b"\\"]))
    changed = whole[:at] + inserted + whole[at:]
    try:
        other = Entry.from_bytes(changed)
    except BadEntry:
        return
    assert other.to_bytes() == changed


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=60), st.data())
def test_every_proof_holds_and_holds_for_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    kept = Kept([leaf_hash(leaf) for leaf in leaves])
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    root = frontier_of(kept, size).root
    proof = inclusion_proof(kept, index, size)
    assert includes(leaf=kept.hashes[index], index=index, size=size, proof=proof, root=root)
    assert not includes(leaf=leaf_hash(b"something else"), index=index, size=size, proof=proof, root=root)
    old = data.draw(st.integers(0, size))
    old_root = frontier_of(kept, old).root
    shown = consistency_proof(kept, old, size)
    assert continues(old_size=old, old_root=old_root, new_size=size, new_root=root, proof=shown)
    if old:
        other = leaf_hash(b"something else")
        assert not continues(old_size=old, old_root=other, new_size=size, new_root=root, proof=shown)


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_growing_leaf_by_leaf_gives_the_tree_that_is_made_at_once(leaves: list[bytes]) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    frontier = Frontier()
    for leaf in hashes:
        frontier = frontier.grown(leaf)
    assert frontier.root == rfc6962.root(hashes)


@given(st.integers(1, 11))
def test_a_second_continuation_of_one_ledger_is_told_apart_by_an_expected_head_only(fork: int) -> None:
    second = b"".join(lines(continued(WHOLE[:fork], 12 - fork, code="b")))
    assert failing(second) is None, "it is signed; that there are two is what nobody can see in one of them"
    for noted in range(1, 13):
        size, root = mark(WHOLE[:noted]).split(":")
        assert (failing(second, (int(size), root)) is None) == (noted <= fork)


def test_the_whole_ledger_holds() -> None:
    found = verify.verify(io.BytesIO(b"".join(LINES)), PUBLIC)
    assert (found.last.size, found.first.log) == (12, LOG)


def test_a_ledger_written_anew_with_its_key_is_told_apart_by_an_expected_head_only() -> None:
    size, root = mark(WHOLE).split(":")
    anew = b"".join(OTHERS[2])
    assert failing(anew) is None
    assert "not those of the head that you expect" in (failing(anew, (int(size), root)) or "")
