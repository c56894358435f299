"""How the ledger grows. Nothing here is stored or read: a store calls it inside its own transaction.

Rules:
- Nothing is added unless the newest head is of this ledger, carries its key's signature, and was signed for exactly the
  tree that is stored: `LedgerDiffers`. So an edited ledger is found at the next entry and is not continued.
- An entry's index is the number of entries before it: `BadEntry`.
- Each entry gets a head of its own, signed at once; there is no entry without one.
- The head's time is the entry's time. Times may go back, because clocks do: who reads the ledger has to see it.
- What is written is what was hashed: entry and head are handed over as bytes, and exported as these bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.ledger.entry import Entry
from overt.ledger.errors import BadEntry, BadHead, LedgerDiffers
from overt.ledger.head import Head, SignedHead
from overt.ledger.merkle import Frontier, leaf_hash

_TODO = "Do not repair it: export the ledger, verify the export, and call whoever audits this installation."


@dataclass(frozen=True, kw_only=True)
class Tail:
    """The end of a ledger: all that the next entry depends on. Without arguments, of a ledger without entries."""

    frontier: Frontier = field(default_factory=Frontier)
    head: SignedHead | None = None  # of the last entry


@dataclass(frozen=True, kw_only=True)
class Appended:
    """One more entry, as it is to be stored."""

    index: int  # from 0
    entry: bytes  # canonical JSON, at most 8 KiB; these bytes were hashed
    leaf: bytes  # its leaf hash, 32 bytes
    head: bytes  # its signed head: canonical JSON, tab, signature
    tail: Tail  # what the next entry is added to


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Which ledger, and the key that signs it."""

    log: str  # the ledger's id
    key: Ed25519PrivateKey = field(repr=False)

    def append(self, tail: Tail, entry: Entry) -> Appended:
        """The entry's bytes, leaf hash and signed head. Pure: the same arguments give the same bytes.

        Raises:
            LedgerDiffers: `tail` is not the end of this ledger.
            BadEntry: the entry's index is not the next one.
        """
        self.check(tail)
        if entry.index != tail.frontier.size:
            raise BadEntry(
                f"The entry is numbered {entry.index}, and the next one of the ledger is {tail.frontier.size}.",
                "Read the end of the ledger under the lock that covers the writing.",
            )
        data = entry.to_bytes()
        leaf = leaf_hash(data)
        frontier = tail.frontier.grown(leaf)
        head = Head(log=self.log, size=frontier.size, root=frontier.root, at_us=entry.at_us).signed(self.key)
        return Appended(
            index=entry.index,
            entry=data,
            leaf=leaf,
            head=head.to_bytes(),
            tail=Tail(frontier=frontier, head=head),
        )

    def check(self, tail: Tail) -> None:
        """Goes on where `tail` is the end of this ledger.

        Raises:
            LedgerDiffers: its newest head is missing, of another ledger or key, or signed for another tree.
        """
        if tail.head is None:
            if tail.frontier.size:
                raise LedgerDiffers("The ledger has entries and no head.", _TODO)
            return
        try:
            tail.head.check(self.key.public_key())
        except BadHead as error:
            raise LedgerDiffers("The ledger's newest head is not signed with its key.", _TODO) from error
        head = tail.head.head
        if head.log != self.log:
            raise LedgerDiffers("The ledger's newest head is of another ledger.", _TODO)
        if (head.size, head.root) != (tail.frontier.size, tail.frontier.root):
            raise LedgerDiffers("The entries of the ledger are not those that its newest head was signed for.", _TODO)


def export_line(entry: bytes, head: bytes) -> bytes:
    """One line of an export: entry, tab, head, tab, signature, line break, each as it was stored.

    Canonical JSON holds neither a tab nor a line break, so a line can be cut apart without reading it.
    """
    return entry + b"\t" + head + b"\n"
