"""Who was on a list, so that one person can be told, with proof, and nobody else learns anything.

- Each list has a key of its own for a verifiable random function (`vrf`). The **output** of an entry is the first 32
  bytes of what that gives for `overt-listed-1`, the deployment's id and the normal form of its reference.
- The outputs, sorted and each once, are the leaves of a tree (`merkle`). Root, number and public key stand in the
  ledger from the moment at which the list is sealed, so that one list has one answer for everybody.
- "Listed" is shown by the person's own output and its proof, and its place in the tree. "Not listed" is shown by the
  same, and the two neighbours between which it would stand: they are next to each other in the tree, and nothing is
  between them. Before the first and after the last there is one neighbour, of no entries none.
- Whoever has outputs and no secret key can try no reference. `verify_listed.py` checks an answer without any of this.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from overt.ledger.merkle import EMPTY_ROOT, HASH_BYTES, inclusion_proofs, leaf_hash, node_hash
from overt.ledger.vrf import SecretKey

TAG: Final = "overt-listed-1"
SUITE: Final = "ECVRF-EDWARDS25519-SHA512-TAI"


@dataclass(frozen=True, kw_only=True)
class Member:
    """An output of the tree, with its place and the path that shows it."""

    index: int
    output: bytes
    path: tuple[bytes, ...]

    def record(self) -> dict[str, object]:
        return {"index": self.index, "output": self.output.hex(), "path": [each.hex() for each in self.path]}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Whether somebody was listed, and what shows it: their own place, or the places next to where it would be."""

    listed: bool
    reference: str  # in its normal form
    proof: bytes  # of the verifiable random function
    members: tuple[Member, ...]

    def record(self, key: bytes, outputs: bytes) -> dict[str, Any]:
        """For JSON; hashes, outputs and proofs are hexadecimal."""
        return {
            "reference": self.reference,
            "listed": self.listed,
            "suite": SUITE,
            "key": key.hex(),
            "proof": self.proof.hex(),
            "root": root_of(outputs).hex(),
            "outputs": len(outputs) // HASH_BYTES,
            "members": [member.record() for member in self.members],
        }


def text_of(deployment: str, reference: str) -> bytes:
    """What the function is asked for. `reference`: in its normal form."""
    return f"{TAG}\n{deployment}\n{reference}".encode()


def output_of(secret: SecretKey, deployment: str, reference: str) -> bytes:
    """32 bytes. `reference`: in its normal form."""
    return secret.output(text_of(deployment, reference))[:HASH_BYTES]


def joined(outputs: Iterable[bytes]) -> bytes:
    """Outputs sorted, each once, one after the other."""
    return b"".join(sorted(set(outputs)))


def root_of(outputs: bytes) -> bytes:
    """The root of the tree over joined outputs: RFC 6962, section 2.1."""
    level = [leaf_hash(one) for one in _each(outputs)]
    while len(level) > 1:
        above = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = above + level[len(level) - len(level) % 2 :]
    return level[0] if level else EMPTY_ROOT


def shown(secret: SecretKey, deployment: str, reference: str, outputs: bytes) -> Shown:
    """Whether `reference`, in its normal form, is among the joined outputs of the deployment's list."""
    each = list(_each(outputs))
    own = output_of(secret, deployment, reference)
    at = bisect_left(each, own)
    listed = at < len(each) and each[at] == own
    places = [at] if listed else [place for place in (at - 1, at) if 0 <= place < len(each)]
    paths = inclusion_proofs([leaf_hash(one) for one in each], places)
    members = tuple(
        Member(index=place, output=each[place], path=path) for place, path in zip(places, paths, strict=True)
    )
    proof = secret.prove(text_of(deployment, reference))
    return Shown(listed=listed, reference=reference, proof=proof, members=members)


def _each(outputs: bytes) -> Iterator[bytes]:
    return (outputs[at : at + HASH_BYTES] for at in range(0, len(outputs), HASH_BYTES))
