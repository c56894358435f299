"""Alerts that are decoys: how one comes to its end, and what is told then.

Rules:
  - until it is over nothing that operators can reach says that it is one: its row, its pictures, its entries in the
    ledger and its events are those of any alert;
  - a real alert takes every open one back in the very transaction in which it is raised, whatever was said of it: it
    counts for nobody;
  - so does the policy's time for a verdict, and the end of the run;
  - once a verdict stands, the record says what it was, whether its faces were those of one person, and opens what its
    first entry committed to, so that no real alert can be called a decoy afterwards;
  - its pictures are erased as soon as it is over, and a hold on it ends.
"""

from __future__ import annotations

import hashlib

from overt.domain.deciding import is_overdue
from overt.domain.decision import Verdict
from overt.domain.decoying import Ended, was_right
from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.ledger.entry import SYSTEM, Fact
from overt.services.installation import Installation
from overt.store.ports import Work
from overt.store.records import AlertRow, DecoyRow

NONCE_BYTES = 32
#: A pair that was shown, where its alert was lost with a store.
SHOWN = "decoy-shown"
OVER = (
    "This was a decoy, a test without a passer-by. It is over, so nothing can be said of it any more, and nothing that "
    "was said counts."
)


class DecoyOver(Refused):
    code = "decoy-over"


def commitment(nonce: str, alert: str, decoy_set: str, position: int) -> str:
    """What the entry of a decoy says from its beginning, and nobody can read before the nonce is told.

    Args:
        nonce: 64 hexadecimal digits.
    """
    words = f"overt decoy {nonce} {alert} {decoy_set} {position}"
    return f"sha256:{hashlib.sha256(words.encode()).hexdigest()}"


def no_commitment(installation: Installation) -> str:
    """The same for an alert that is none: nobody can open it."""
    return f"sha256:{hashlib.sha256(installation.random_bytes(NONCE_BYTES)).hexdigest()}"


def told_of(work: Work, row: AlertRow) -> DecoyRow | None:
    """What stands behind an alert that was a decoy; None: it is none, or it is not over."""
    found = work.decoys.get(row.id) if row.is_decoy else None
    return found if found is not None and found.over_us is not None else None


def shown_of(work: Work, decoy_set: str) -> set[int]:
    """Positions of the pairs of a set that were shown, also of those whose alerts are not in the store any more."""
    lost = {int(str(paper.content["pair"])) for paper in work.papers.about(SHOWN, decoy_set)}
    return work.decoys.used(decoy_set) | lost


def require_open(work: Work, row: AlertRow) -> None:
    """Raises DecoyOver where an alert was a decoy, and is one no more."""
    if told_of(work, row) is not None:
        raise DecoyOver(OVER, "Go on with the alerts that wait.")


def take_back_all(work: Work, now_us: int, ended: Ended = Ended.REAL_ALERT) -> int:
    """Takes back every open decoy, of whatever deployment; how many there were."""
    work.decoys.sets()  # locked, so that none is being shown just now
    rows = [row for one in work.decoys.open() if (row := work.alerts.get(one.alert)) is not None]
    return sum(end(work, row, now_us, ended) for row in rows)


def take_back_overdue(installation: Installation, deployment: str, rules: Rules) -> int:
    """Takes back the decoys of a deployment that nobody decided in time; how many there were."""
    now_us = installation.clock.now_us()

    def overdue(work: Work) -> list[AlertRow]:
        rows = [work.alerts.get(one.alert) for one in work.decoys.of(deployment) if one.over_us is None]
        return [row for row in rows if row is not None and is_overdue(row.at_us, now_us, rules)]

    if not installation.store.read(overdue):
        return 0
    return installation.store.write(lambda work: sum(end(work, row, now_us, Ended.UNANSWERED) for row in overdue(work)))


def end(work: Work, row: AlertRow, now_us: int, ended: Ended, *, actor: str = SYSTEM) -> bool:
    """A decoy is over, and the record says what it was; says whether this call did it."""
    decoy = work.decoys.get(row.id)
    if decoy is None or not work.decoys.over(row.id, now_us, str(ended)):
        return False
    if ended is not Ended.DECIDED:
        work.alerts.count_undecided(row.id, now_us)
    work.alerts.keep_until(row.id, now_us)
    for hold in [one.id for one in work.alerts.holds(row.id) if work.alerts.lift(one.id, now_us)]:
        work.record("hold.lifted", deployment=row.deployment, facts={"alert": row.id, "hold": hold})
    said = [was_right(Verdict(one.verdict), same=decoy.same) for one in work.alerts.decisions(row.id)]
    counted = said if ended is Ended.DECIDED else []
    facts: dict[str, Fact] = {
        "alert": row.id,
        "ended": str(ended),
        "same": decoy.same,
        "right": sum(counted),
        "verdicts": len(counted),
        "set": decoy.decoy_set,
        "pair": decoy.position,
        "nonce": decoy.nonce,
    }
    work.record("decoy.told", actor=actor, deployment=row.deployment, facts=facts)
    return True
