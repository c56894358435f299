"""What explains an alert to the person whom it is about, besides what people decided: the place, in what role people
acted, how long they looked, what became of its pictures, and which entry of the ledger says that it was.

Rules:
  - nobody is named: a role is all that is said of who decided; whom the entry of the list stands for is not said;
  - what is not recorded is not said: it is null.
"""

from __future__ import annotations

from typing import Any

from overt.domain.time import SECOND_US, to_text
from overt.ledger.entry import Entry
from overt.services.acting import ACTED
from overt.services.record import first_since
from overt.store.ports import Work
from overt.store.records import AlertRow, DeploymentRow, LedgerRow, Subject

SLIP = "slip"
#: An alert's entry comes after its id was made, and no longer after it than alerts wait in memory.
_BEFORE_US = 5 * 60 * SECOND_US


def place_of(deployment: DeploymentRow) -> str:
    """In words; its name, where an earlier version entered it."""
    return str(deployment.terms.get("place") or deployment.name)


def explained_in(work: Work, row: AlertRow) -> dict[str, Any]:
    """For JSON; times are text, `ledger_leaf` is the hash of the entry's leaf, 64 hexadecimal digits."""
    deployment, entry = work.deployments.get(row.deployment), raised_entry(work, row)
    assert deployment is not None  # by its foreign key
    erasure = next(
        (one for one in work.erasures.all() if one.subject is Subject.ALERT and one.subject_id == row.id), None
    )
    erased_us = None if erasure is None else erasure.key_destroyed_us
    cleared_us = None if erasure is None else erasure.residue_cleared_us
    return {
        "place": place_of(deployment),
        "pictures_until": to_text(row.erase_after_us),
        "erased_at": None if erased_us is None else to_text(erased_us),
        "erased_because": None if erasure is None else erasure.reason,
        "erasure": None if erasure is None else erasure.id,
        "residue_cleared_at": None if cleared_us is None else to_text(cleared_us),
        "slips": len(work.papers.about(SLIP, row.id)),
        "ledger_entry": None if entry is None else entry.index,
        "ledger_leaf": None if entry is None else entry.leaf.hex(),
    }


def roles_in(work: Work, deployment: str) -> dict[str, str]:
    """In what role each account has acted in a deployment first, by the account's id."""
    acted: dict[str, str] = {}
    for paper in work.papers.of(deployment):
        if paper.kind == ACTED:
            acted.setdefault(paper.account, paper.about)
    return acted


def raised_entry(work: Work, row: AlertRow) -> LedgerRow | None:
    """The entry by which an alert was raised; None: there is none."""
    size = work.ledger.size()
    first = first_since(lambda index: next(iter(work.ledger.rows(index, index + 1))), row.at_us - _BEFORE_US, size)
    for start in dict.fromkeys((first, 0)):  # times can turn back: then all
        for one in work.ledger.rows(start, size):
            if row.id.encode() in one.entry and _raises(one, row.id):
                return one
    return None


def _raises(row: LedgerRow, alert: str) -> bool:
    entry = Entry.from_bytes(row.entry)
    return entry.kind == "alert.raised" and entry.facts.get("alert") == alert
