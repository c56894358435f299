"""The record and what can be shown about it: the whole of it, one entry in it, that it only ever grew.

Rules:
  - what is exported is what was hashed and signed, byte for byte;
  - a proof is checked before it is handed out; where it fails, the ledger was edited: `LedgerDiffers`;
  - nothing here needs the key that signs, and nothing is changed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from overt.domain.errors import Refused
from overt.domain.progress import Progress
from overt.ledger import verify
from overt.ledger.entry import Entry
from overt.ledger.errors import LedgerDiffers
from overt.ledger.head import SignedHead
from overt.ledger.log import export_line
from overt.ledger.merkle import (
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    inclusion_proofs,
    leaf_hash,
)
from overt.store.ports import Store, Work
from overt.store.records import LedgerRow

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BATCH = 1000  # entries; each batch is a look of its own, so that nobody has to wait for a slow reader


class NotInLedger(Refused):
    code = "not-in-ledger"


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """Shows that one entry is in the ledger that a signed head stands for."""

    index: int  # of the entry, from 0
    entry: bytes  # as it was hashed and signed
    path: tuple[bytes, ...]  # hashes from the leaf up, 32 bytes each: PATH of RFC 6962, section 2.1.1
    head: SignedHead

    def record(self) -> dict[str, object]:
        """The proof for JSON; `entry` holds its bytes as text, hashes are hexadecimal."""
        return {
            "index": self.index,
            "entry": self.entry.decode(),
            "path": [each.hex() for each in self.path],
            **head_record(self.head),
        }


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """Shows that the ledger of a later head begins with all entries of the earlier one."""

    old: SignedHead
    new: SignedHead
    path: tuple[bytes, ...]  # hashes of 32 bytes: PROOF of RFC 6962, section 2.1.2

    def record(self) -> dict[str, object]:
        """The proof for JSON; hashes are hexadecimal."""
        return {
            "from": head_record(self.old),
            "to": head_record(self.new),
            "path": [each.hex() for each in self.path],
        }


def head_record(head: SignedHead) -> dict[str, object]:
    """A signed head for JSON: what it says, and `head`, the bytes under the signature, as text."""
    return {
        "size": head.head.size,
        "root": head.head.root.hex(),
        "head": head.head.to_bytes().decode(),
        "signature": head.signature.hex(),
    }


def export(
    store: Store, write: Callable[[bytes], object], progress: Progress | None = None, size: int | None = None
) -> int:
    """Hands over one line for each of the first `size` entries, in order, or of all that there are now; returns how
    many."""
    size = store.read(lambda work: work.ledger.size()) if size is None else size
    for done, batch in _batches(store, size):
        write(batch)
        if progress and size > BATCH:
            progress(done, size)
    return size


def lines(store: Store, size: int) -> Iterator[bytes]:
    """What `export` hands over of the first `size` entries, batch by batch, for whoever takes it at their own pace."""
    for _, batch in _batches(store, size):
        yield batch


def verified(
    store: Store, key: Ed25519PublicKey, expect: tuple[int, str] | None = None, progress: Progress | None = None
) -> verify.Verified:
    """Verifies this store's ledger just as `verify.py` verifies its export.

    Args:
        store: whose ledger.
        key: what its heads have to be signed with.
        expect: size and root (64 hexadecimal digits) of a head that the ledger has to contain.
        progress: is told of every batch.

    Raises:
        verify.Failed: an entry fails, or the head that is expected is not in it.
        verify.Unusable: it has no entries.
    """
    return verify.verify(io.BufferedReader(_Lines(store, progress)), key, expect)


def entries(start: int, stop: int, work: Work) -> list[LedgerRow]:
    """Entries start..stop-1, for one look at the store."""
    return list(work.ledger.rows(start, stop))


def first_since(at: Callable[[int], LedgerRow], since_us: int, size: int) -> int:
    """The index of an entry before which none is of that time or later, if clocks never turned back; found by halving.

    Args:
        at: the entry of an index.
        size: of the first so many entries.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if Entry.from_bytes(at(middle).entry).at_us >= since_us else (middle + 1, high)
    return low


def newest(store: Store) -> SignedHead:
    """The head of the last entry.

    Raises:
        NotInLedger: there is no entry yet.
    """
    row = store.read(lambda work: work.ledger.last())
    if row is None:
        raise NotInLedger("The ledger has no entries, so it has no head.", "Do something that is recorded first.")
    return SignedHead.from_bytes(row.head)


def inclusion(store: Store, index: int, size: int | None = None) -> Inclusion:
    """The proof that an entry is among the first `size` ones; of all there are where `size` is None.

    Raises:
        NotInLedger: there is no such entry, or there are fewer than `size`.
        LedgerDiffers: what is stored is not what was signed.
    """

    def look(work: Work) -> Inclusion:
        wanted = _size(work, size)
        if not 0 <= index < wanted:
            raise NotInLedger(
                f"There is no entry {index} in the ledger of size {wanted}.",
                f"Entries are numbered from 0; the last one is {wanted - 1}.",
            )
        (row,) = work.ledger.rows(index, index + 1)
        found = Inclusion(
            index=index,
            entry=row.entry,
            path=inclusion_proof(work.ledger, index, wanted),
            head=_head(work, wanted),
        )
        root = found.head.head.root
        if not includes(leaf=leaf_hash(row.entry), index=index, size=wanted, proof=found.path, root=root):
            raise _differs()
        return found

    return store.read(look)


def inclusions(store: Store, indices: Sequence[int], size: int) -> list[Inclusion]:
    """The proofs that these entries are among the first `size` ones, all for the head of that size.

    Raises:
        NotInLedger: there are fewer than `size`.
        LedgerDiffers: what is stored is not what was signed.
    """

    def look(work: Work) -> list[Inclusion]:
        head = _head(work, _size(work, size))
        paths = inclusion_proofs(work.ledger.leaf_hashes(0, size), indices)
        entries = [next(iter(work.ledger.rows(index, index + 1))).entry for index in indices]
        found = [
            Inclusion(index=index, entry=entry, path=path, head=head)
            for index, entry, path in zip(indices, entries, paths, strict=True)
        ]
        for one in found:
            leaf, root = leaf_hash(one.entry), head.head.root
            if not includes(leaf=leaf, index=one.index, size=size, proof=one.path, root=root):
                raise _differs()
        return found

    return store.read(look)


def consistency(store: Store, old: int, new: int | None = None) -> Consistency:
    """The proof that the ledger of `new` entries begins with the `old` first ones; of all there are by default.

    Raises:
        NotInLedger: the ledger never had one of these sizes, or `new` is the smaller one.
        LedgerDiffers: what is stored is not what was signed.
    """

    def look(work: Work) -> Consistency:
        wanted = _size(work, new)
        if not 1 <= old <= wanted:
            raise NotInLedger(
                f"The ledger of {wanted} entries does not continue one of {old}.",
                f"Give a size from 1 to {wanted}, as it stands before the colon of an earlier head.",
            )
        found = Consistency(
            old=_head(work, old), new=_head(work, wanted), path=consistency_proof(work.ledger, old, wanted)
        )
        roots = found.old.head.root, found.new.head.root
        if not continues(old_size=old, old_root=roots[0], new_size=wanted, new_root=roots[1], proof=found.path):
            raise _differs()
        return found

    return store.read(look)


def _size(work: Work, wanted: int | None) -> int:
    """`wanted`, or all entries that there are; 1 or more."""
    there = work.ledger.size()
    if not there or (wanted is not None and not 1 <= wanted <= there):
        raise NotInLedger(
            f"The ledger is of size {there}" + ("." if wanted is None else f", so it has no head of size {wanted}."),
            "Ask about entries and heads that it has.",
        )
    return there if wanted is None else wanted


def _head(work: Work, size: int) -> SignedHead:
    (row,) = work.ledger.rows(size - 1, size)
    return SignedHead.from_bytes(row.head)


def _differs() -> LedgerDiffers:
    return LedgerDiffers(
        "The entries of the ledger are not those that its heads were signed for, so there is no proof.",
        "Do not repair it: export the ledger, verify the export, and call whoever audits this installation.",
    )


def _batches(store: Store, size: int) -> Iterator[tuple[int, bytes]]:
    """Entries done so far, and the lines of the newest batch."""
    for start in range(0, size, BATCH):
        stop = min(start + BATCH, size)
        yield stop, store.read(partial(_lines, start, stop))


def _lines(start: int, stop: int, work: Work) -> bytes:
    return b"".join(export_line(row.entry, row.head) for row in work.ledger.rows(start, stop))


class _Lines(io.RawIOBase):
    """The export as a file to read from, made batch by batch."""

    def __init__(self, store: Store, progress: Progress | None) -> None:
        super().__init__()
        self._size = store.read(lambda work: work.ledger.size())
        self._batches = _batches(store, self._size)
        self._progress = progress
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._left:
            done, batch = next(self._batches, (self._size, b""))
            self._left = memoryview(batch)
            if self._progress and self._size > BATCH:
                self._progress(done, self._size)
        target = memoryview(buffer).cast("B")
        taken = min(len(target), len(self._left))
        target[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken
