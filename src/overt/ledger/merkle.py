"""The tree over the ledger's entries: RFC 6962, section 2.1, with SHA-256.

- A leaf is SHA-256(0x00 || entry bytes), a node SHA-256(0x01 || left || right); no entry can pass for a node.
- A tree of n leaves is split at the largest power of two below n.
- Adding a leaf needs the **frontier** only: the roots of the full subtrees that the n leaves make up, one for each bit
  of n, the largest first. It changes at most log2(n) + 1 hashes.
- Proofs and roots of a prefix are made from the stored leaf hashes, read in order; verifying them needs nothing stored.

All hashes are 32 bytes; indices count from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class LeafHashes(Protocol):
    """Where the leaf hashes are kept."""

    def leaf_hashes(self, start: int, stop: int) -> Iterable[bytes]:
        """The hashes of the leaves start..stop-1, in order, 32 bytes each."""
        ...


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """All that a tree has to remember to grow.

    Raises:
        ValueError: the hashes are not one of 32 bytes for each bit of `size`.
    """

    size: int = 0  # leaves in the tree
    hashes: tuple[bytes, ...] = ()  # roots of its full subtrees, the largest (leftmost) first

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has not {len(self.hashes)} full subtrees")
        if any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError("a hash of the tree has 32 bytes")

    @property
    def root(self) -> bytes:
        """The root of the tree; of no leaves it is the SHA-256 of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self.hashes))

    def grown(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf hash: each trailing one bit of `size` is a subtree that is now complete."""
        hashes = [*self.hashes, leaf]
        size = self.size
        while size & 1:
            right = hashes.pop()
            hashes.append(node_hash(hashes.pop(), right))
            size >>= 1
        return Frontier(size=self.size + 1, hashes=tuple(hashes))

    def to_bytes(self) -> bytes:
        """The hashes one after the other, 32 bytes each. Safe to store: a wrong one does not give the signed root."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """The frontier of a tree of `size` leaves that was stored so.

        Raises:
            ValueError: the bytes are too many or too few for that size.
        """
        return cls(size=size, hashes=tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)))


def frontier_of(leaves: LeafHashes, size: int) -> Frontier:
    """The frontier of the first `size` leaves; its `root` is the root of that prefix. Memory O(log size)."""
    return _frontier(leaves, 0, size)


def inclusion_proof(leaves: LeafHashes, index: int, size: int) -> tuple[bytes, ...]:
    """PATH(index, D[size]): shows that leaf `index` is in the tree of the first `size` leaves.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof = []
    start, stop = 0, size
    while stop - start > 1:  # from the root down; the proof is told from the leaf up
        middle = start + _split(stop - start)
        if index < middle:
            proof.append(_frontier(leaves, middle, stop).root)
            stop = middle
        else:
            proof.append(_frontier(leaves, start, middle).root)
            start = middle
    return tuple(reversed(proof))


def inclusion_proofs(leaves: Sequence[bytes], indices: Iterable[int]) -> list[tuple[bytes, ...]]:
    """`inclusion_proof` of several leaves in the tree of all `leaves`, which is built once: memory O(size).

    Raises:
        ValueError: there is no such leaf.
    """
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        level = [node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        levels.append(level + below[len(below) - len(below) % 2 :])  # one without a neighbour goes up as it is
    proofs = []
    for index in indices:
        if not 0 <= index < len(leaves):
            raise ValueError(f"a tree of {len(leaves)} leaves has no leaf {index}")
        beside = ((level, (index >> height) ^ 1) for height, level in enumerate(levels))
        proofs.append(tuple(level[at] for level, at in beside if at < len(level) > 1))
    return proofs


def consistency_proof(leaves: LeafHashes, old_size: int, new_size: int) -> tuple[bytes, ...]:
    """PROOF(old_size, D[new_size]): shows that the tree of `new_size` leaves continues the one of `old_size`.

    Empty where both are the same and, since every tree continues the empty one, where `old_size` is 0.

    Raises:
        ValueError: the new tree is the smaller one.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree of {new_size} leaves does not continue one of {old_size}")
    if old_size in (0, new_size):
        return ()
    proof = []
    start, stop = 0, new_size
    while stop != old_size:
        middle = start + _split(stop - start)
        if old_size <= middle:
            proof.append(_frontier(leaves, middle, stop).root)
            stop = middle
        else:
            proof.append(_frontier(leaves, start, middle).root)
            start = middle
    if start > 0:  # at 0 the subtree left over is the old tree itself, whose root the verifier has
        proof.append(_frontier(leaves, start, stop).root)
    return tuple(reversed(proof))


def includes(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that `leaf` is leaf hash number `index` of the tree `size`, `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(each, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, each)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def continues(*, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the new tree begins with all leaves of the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT and (new_size > 0 or new_root == EMPTY_ROOT)
    if old_size == new_size:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, each)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _frontier(leaves: LeafHashes, start: int, stop: int) -> Frontier:
    size, hashes = 0, list[bytes]()
    for leaf in leaves.leaf_hashes(start, stop):  # as `Frontier.grown`, without making one for each leaf
        hashes.append(leaf)
        complete = size
        while complete & 1:
            right = hashes.pop()
            hashes.append(node_hash(hashes.pop(), right))
            complete >>= 1
        size += 1
    if size != stop - start:
        raise ValueError(f"{stop - start} leaf hashes were asked for and {size} came")
    return Frontier(size=size, hashes=tuple(hashes))
