"""How an installation stands at this moment, in counts: what whoever keeps it running has to know.

Rules:
  - counts and ages only: nobody's name, no reference, no score;
  - an alert waits until a verdict on it stands, or it was counted as not verified (`overt.services.undecided`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from overt.services.acting import NoPolicy, policy_of
from overt.services.installation import Installation
from overt.services.undecided import LONG_OVER_US, waiting
from overt.store.ports import Work
from overt.store.records import AlertRow


@dataclass(frozen=True, kw_only=True)
class Now:
    """Counts of one moment.

    Attributes:
        alerts_waiting: alerts on which no verdict stands.
        oldest_waiting_us: how long the oldest of these has waited; 0 where none waits.
        sessions: sign-in sessions that are not over.
        entries: in the ledger.
    """

    alerts_waiting: int
    oldest_waiting_us: int
    sessions: int
    entries: int


def now(installation: Installation) -> Now:
    """How it stands.

    Raises:
        StoreUnavailable: nothing can be read.
    """
    now_us = installation.clock.now_us()

    def look(work: Work) -> Now:
        raised = [one.at_us for one in waiting_anywhere(work, now_us)]
        return Now(
            alerts_waiting=len(raised),
            oldest_waiting_us=max(0, now_us - min(raised, default=now_us)),
            sessions=work.sessions.count(now_us),
            entries=work.ledger.size(),
        )

    return installation.store.read(look)


def waiting_anywhere(work: Work, now_us: int) -> list[AlertRow]:
    """Every alert on which no verdict stands, decoys too: that one is open may not be told by what is not counted."""
    found: list[AlertRow] = []
    for row in work.deployments.recent(now_us - LONG_OVER_US):
        with suppress(NoPolicy):  # of another version of Overt: nothing there waits
            found += waiting(work, row.id, policy_of(work, row).rules, decoys=True)
    return found
