"""The definitions of RFC 6962, section 2.1, written down as they stand there: slow, and plainly right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(leaves)
    return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(leaves)
    if index < k:
        return [*path(index, leaves[:k]), root(leaves[k:])]
    return [*path(index - k, leaves[k:]), root(leaves[:k])]


def proof(old: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF, section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(leaves)
    if old <= k:
        return [*proof(old, leaves[:k], whole=whole), root(leaves[k:])]
    return [*proof(old - k, leaves[k:], whole=False), root(leaves[:k])]


def split(leaves: Sequence[bytes]) -> int:
    """The largest power of two below their number."""
    return max(1 << bit for bit in range(20) if 1 << bit < len(leaves))
