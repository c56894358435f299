"""Ledgers of the tests: a key from a fixed seed, entries one second apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.ledger.entry import Entry
from overt.ledger.log import Appended, Ledger, Tail, export_line

LOG = "0193527e-8a00-7000-8000-000000000001"
ACCOUNT = "0193527e-8a00-7000-8000-0000000000aa"
START_US = 1_795_338_000_000_000
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)


@dataclass(frozen=True)
class Kept:
    """Leaf hashes in a list, where a store would have a table."""

    hashes: Sequence[bytes]

    def leaf_hashes(self, start: int, stop: int) -> Iterable[bytes]:
        return self.hashes[start:stop]


def entry(index: int, *, code: str = "a", at_us: int | None = None) -> Entry:
    return Entry(
        index=index,
        kind="alert.decided",
        at_us=START_US + index * 1_000_000 if at_us is None else at_us,
        actor=ACCOUNT,
        deployment="sha256:0f",
        facts={"verdict": code, "shots": 3, "ratio": "1/1000", "cautions": ("dark", "small-face"), "held": None},
    )


def written(count: int, *, log: str = LOG, key: Ed25519PrivateKey = KEY, code: str = "a") -> list[Appended]:
    """The first `count` entries of a ledger, in order."""
    ledger = Ledger(log=log, key=key)
    made: list[Appended] = []
    for index in range(count):
        made.append(ledger.append(made[-1].tail if made else Tail(), entry(index, code=code)))
    return made


def continued(made: Sequence[Appended], count: int, *, code: str) -> list[Appended]:
    """The ledger `made`, with `count` more entries."""
    ledger = Ledger(log=LOG, key=KEY)
    longer = list(made)
    for index in range(len(made), len(made) + count):
        longer.append(ledger.append(longer[-1].tail, entry(index, code=code)))
    return longer


def lines(appended: Iterable[Appended]) -> list[bytes]:
    return [export_line(each.entry, each.head) for each in appended]


def mark(appended: Sequence[Appended]) -> str:
    """SIZE:ROOT of the last head."""
    head = appended[-1].tail.head
    assert head is not None
    return head.head.mark
