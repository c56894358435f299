"""The tree of RFC 6962: the published vectors, an independent implementation, and every small tree."""

from __future__ import annotations

import hashlib
import importlib.util
from typing import Any

import pytest

from overt.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    continues,
    frontier_of,
    includes,
    inclusion_proof,
    inclusion_proofs,
    leaf_hash,
    node_hash,
)
from tests.needs import needs_part
from tests.unit.ledger import rfc6962
from tests.unit.ledger.books import Kept

# The vectors that implementations of Certificate Transparency share.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NODES = {
    "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "23": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "45": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "4567": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "67": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
}
INCLUSION = [
    (0, 1, []),
    (0, 8, [NODES["1"], NODES["23"], NODES["4567"]]),
    (5, 8, [NODES["4"], NODES["67"], ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], NODES["23"], NODES["4"]]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [NODES["1"], NODES["23"], NODES["4567"]]),
    (6, 8, [NODES["45"], NODES["67"], ROOTS[4]]),
    (2, 5, [NODES["23"], NODES["4"]]),
]
VECTORS = Kept([leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES])
MANY = [bytes([i, i * 7 % 256]) for i in range(40)]
KEPT = Kept([leaf_hash(each) for each in MANY])
TREES = [frontier_of(KEPT, size).root for size in range(len(MANY) + 1)]


def hexed(proof: tuple[bytes, ...]) -> list[str]:
    return [each.hex() for each in proof]


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 8]) + data[1:]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert frontier_of(VECTORS, size).root.hex() == ROOTS[size]


def test_a_tree_that_grows_has_the_published_root_each_time() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(VECTORS.hashes, 1):
        frontier = frontier.grown(leaf)
        assert (frontier.size, frontier.root.hex()) == (size, ROOTS[size])


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, proof: list[str]) -> None:
    found = inclusion_proof(VECTORS, index, size)
    assert hexed(found) == proof
    leaf, root = VECTORS.hashes[index], bytes.fromhex(ROOTS[size])
    assert includes(leaf=leaf, index=index, size=size, proof=found, root=root)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int, proof: list[str]) -> None:
    found = consistency_proof(VECTORS, old, new)
    assert hexed(found) == proof
    roots = {"old_root": bytes.fromhex(ROOTS[old]), "new_root": bytes.fromhex(ROOTS[new])}
    assert continues(old_size=old, new_size=new, proof=found, **roots)


def test_leaves_nodes_and_the_empty_tree_are_hashed_apart() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT == Frontier().root
    assert leaf_hash(b"x" * 64) == hashlib.sha256(b"\x00" + b"x" * 64).digest()
    assert node_hash(b"x" * 32, b"x" * 32) == hashlib.sha256(b"\x01" + b"x" * 64).digest()


def test_every_leaf_of_every_small_tree_is_shown_to_be_in_it_and_nothing_else_is() -> None:
    for size in range(1, 20):
        for index in range(size):
            proof = inclusion_proof(KEPT, index, size)
            shown: dict[str, Any] = {"leaf": KEPT.hashes[index], "index": index, "size": size, "proof": proof}
            shown["root"] = TREES[size]
            assert includes(**shown)
            wrong: list[dict[str, Any]] = [
                {"leaf": flipped(KEPT.hashes[index])},
                {"root": flipped(TREES[size])},
                {"index": -1},
                {"index": size},
                {"proof": [*proof, TREES[size]]},
                {"proof": [TREES[size], *proof]},
                *({"index": other} for other in range(size) if other != index),
                *({"proof": [*proof[:i], flipped(proof[i]), *proof[i + 1 :]]} for i in range(len(proof))),
                *({"proof": less} for less in (proof[:-1], proof[1:]) if proof),
            ]
            for change in wrong:
                assert not includes(**(shown | change)), (size, index, change)


def test_every_small_tree_continues_every_smaller_one_and_no_other() -> None:
    for new in range(20):
        for old in range(new + 1):
            proof = consistency_proof(KEPT, old, new)
            shown: dict[str, Any] = {"old_size": old, "old_root": TREES[old], "new_size": new, "new_root": TREES[new]}
            shown["proof"] = proof
            assert continues(**shown)
            wrong: list[dict[str, Any]] = [
                {"old_root": flipped(TREES[old])},
                {"old_size": -1},
                {"old_size": new + 1},
                {"proof": [*proof, TREES[new]]},
                {"proof": [TREES[new], *proof]},
                *({"new_root": flipped(TREES[new])} for _ in range(min(old, 1))),
                *({"proof": [*proof[:i], flipped(proof[i]), *proof[i + 1 :]]} for i in range(len(proof))),
                *({"proof": less} for less in (proof[:-1], proof[1:], ()) if proof),
                *({"old_size": other} for other in range(1, new) if other != old),
            ]
            for change in wrong:
                assert not continues(**(shown | change)), (old, new, change)


def test_the_empty_tree_is_continued_by_every_tree_but_only_by_an_empty_proof() -> None:
    assert not continues(old_size=0, old_root=EMPTY_ROOT, new_size=0, new_root=TREES[1], proof=())
    assert not continues(old_size=0, old_root=TREES[1], new_size=1, new_root=TREES[1], proof=())


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="has no leaf"):
            inclusion_proof(KEPT, index, size)
    for old, new in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="does not continue"):
            consistency_proof(KEPT, old, new)


def test_missing_leaf_hashes_are_noticed() -> None:
    with pytest.raises(ValueError, match="9 leaf hashes were asked for and 8 came"):
        frontier_of(VECTORS, 9)


@pytest.mark.parametrize(
    ("size", "hashes"), [(-1, ()), (1, ()), (2, (b"x" * 32, b"x" * 32)), (1, (b"x" * 31,)), (0, (b"x" * 32,))]
)
def test_a_frontier_has_one_hash_for_each_full_subtree(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="tree"):
        Frontier(size=size, hashes=hashes)


def test_a_frontier_comes_back_from_its_bytes() -> None:
    for size in range(len(MANY) + 1):
        frontier = frontier_of(KEPT, size)
        assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier
        with pytest.raises(ValueError, match="tree"):
            Frontier.from_bytes(size, frontier.to_bytes() + b"x")


def test_growing_needs_as_few_hashes_as_the_size_has_bits() -> None:
    frontier = frontier_of(Kept([leaf_hash(b"")] * 1023), 1023)
    assert len(frontier.hashes) == 10
    assert len(frontier.grown(leaf_hash(b"")).hashes) == 1


def test_an_independent_implementation_agrees_on_every_root_and_proof() -> None:
    needs_part(importlib.util.find_spec("pymerkle") is not None, "needs pymerkle")
    pymerkle: Any = importlib.import_module("pymerkle")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    assert tree.get_root(0) == EMPTY_ROOT
    tree.append_entries(MANY)
    for size in range(1, len(MANY) + 1):
        assert tree.get_root(size) == TREES[size]
        for index in range(size):
            theirs = tree.prove_inclusion(index + 1, size).path
            assert list(inclusion_proof(KEPT, index, size)) == theirs[1:], "theirs begins with the leaf itself"
        for old in range(1, size + 1):
            theirs = tree.prove_consistency(old, size)  # cut into finer subtrees than RFC 6962 asks for
            pymerkle.verify_consistency(TREES[old], TREES[size], theirs)


def test_proofs_are_those_that_the_standard_defines() -> None:
    for size in range(1, 24):
        for index in range(size):
            assert list(inclusion_proof(KEPT, index, size)) == rfc6962.path(index, KEPT.hashes[:size])
        for old in range(1, size + 1):
            assert list(consistency_proof(KEPT, old, size)) == rfc6962.proof(old, KEPT.hashes[:size])


def test_proofs_of_leaves_that_there_are_not_are_refused() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(5)]
    assert inclusion_proofs(leaves[:1], [0]) == [()]
    assert inclusion_proofs(leaves, []) == inclusion_proofs([], []) == []
    for index in (-1, 5):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proofs(leaves, [index])
