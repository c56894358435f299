"""The ledger for everybody: entries that may be read by anybody whole, of all others the hash.

Rules:
  - an entry is told whole or not at all: it is byte for byte what was signed;
  - told are acts of office (entering, planning, signing, cancelling, ending, holding, filing, publishing) and what the
    machine did (sealing and erasing a list, pausing, stopping); withheld is whatever is about a person or an alert, and
    what somebody did at work: verdicts, looks, sign-ins, accounts, minutes of cameras, watching;
  - nothing of a pause or a threshold is told before the figures of its deployment are, and no list whose make-up has a
    hidden count;
  - heads stand with told entries and at the end only, so that the times of withheld ones are not told;
  - whoever verifies it (`overt.ledger.verify_public`) sees that nothing is missing, moved or changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from overt.domain.composition import TABLES
from overt.ledger.entry import Entry
from overt.ledger.log import export_line
from overt.services.deployments import DOCUMENT
from overt.services.publish_book import PUBLISHED_KIND, VERSION_KIND
from overt.services.publish_cells import Json
from overt.services.record import BATCH, entries
from overt.services.terms import ANSWER, FINDING, REVIEW
from overt.store.ports import Store
from overt.store.records import LedgerRow

ALWAYS: Final = frozenset(
    {
        *("installation.made", "installation.policy", "panel.key-pinned", "panel.countersigned", "restored"),
        *("deployment.made", "deployment.ended"),
        *("authority.signed", "authority.seconded", "authority.cancelled"),
        *("halt.placed", "halt.lifted", "list.erasing", "list.erased"),
        *("list.committed", "listed.erasing", "listed.erased", "trial.reported", "conditions.answered"),
        *(VERSION_KIND, PUBLISHED_KIND),
    }
)
#: Once the figures of the deployment are told.
LATER: Final = frozenset({"deployment.planned", "scanning.paused", "scanning.resumed", "stop-rule.crossed"})
PAPERS: Final = frozenset({DOCUMENT, REVIEW, FINDING, ANSWER})


class PublicLedger:
    """Says of each entry, in order, whether it is told; `register`: what is published beside it."""

    def __init__(self, register: Json) -> None:
        deployments = register["deployments"]
        self._told = {one["id"] for one in deployments if "waits" not in one["figures"]["alerts"]}
        self._lists = {
            one["list"]["ledger"]
            for one in deployments
            if one["list"] is not None and not any(table["hides"] for table in one["list"]["tables"].values())
        }
        self._erasures: set[object] = set()  # of lists, and of what answers about them

    def tells(self, entry: Entry) -> bool:
        """Whether an entry is told whole."""
        facts = entry.facts
        match entry.kind:
            case "list.sealed":
                return entry.index in self._lists or not any(name in facts for name in TABLES)
            case "paper.filed":
                return facts["kind"] in PAPERS
            case "residue.cleared":
                erasures = facts["erasures"]
                return isinstance(erasures, tuple) and self._erasures.issuperset(erasures)
            case "list.erasing" | "listed.erasing":
                self._erasures.add(facts["erasure"])
        return entry.kind in ALWAYS or (entry.kind in LATER and entry.deployment in self._told)


def write_public_ledger(store: Store, register: Json, write: Callable[[bytes], object]) -> tuple[int, int]:
    """Hands over the public export up to the register's head; how many entries are told, and how many withheld."""
    size, public, told = register["ledger"]["head"]["size"], PublicLedger(register), 0
    for row in _rows(store, size):
        entry = Entry.from_bytes(row.entry)
        if public.tells(entry):
            told += 1
            write(export_line(row.entry, row.head))
        else:
            write(f"withheld\t{row.leaf.hex()}\n".encode())
        if row.index == size - 1:
            write(export_line(b"head", row.head))
    return told, size - told


def _rows(store: Store, size: int) -> Iterator[LedgerRow]:
    """Batch by batch, each a look of its own."""
    for start in range(0, size, BATCH):
        yield from store.read(partial(entries, start, min(start + BATCH, size)))
