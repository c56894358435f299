"""The figures of all deployments, counted once and again only where something was recorded since.

Rules:
  - figures are counted from nothing that the ledger does not say, too (`overt.services.recount`), so a deployment of
    which no entry was added has the figures that it had;
  - how far the ledger has grown is looked at together with what is counted anew, in one look at the store;
  - facts, which are many, are kept of the deployments that were asked for last only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from overt.ledger.entry import Entry
from overt.services.figures import Figures, figures_in, named_in
from overt.services.installation import Installation
from overt.store.ports import Work

FACTS_KEPT: Final = 8
#: Where the ledger has grown by more, all is counted anew.
MOST_READ: Final = 20_000


class FigureBook:
    """Any thread may ask."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._lock = threading.Lock()
        self._size = 0
        self._known: dict[str, Figures] = {}
        self._whole: OrderedDict[str, Figures] = OrderedDict()

    def all(self) -> list[Figures]:
        """Of every deployment, oldest first, without the facts that they were counted from."""
        with self._lock:
            return self._installation.store.read(self._all)

    def of(self, names: Iterable[str]) -> list[Figures]:
        """Of these deployments, by ids or names of which there is one, with their facts.

        Raises:
            NoSuchDeployment: there is none, or several, of that name.
        """
        wanted = list(names)
        with self._lock:
            return self._installation.store.read(lambda work: self._named(work, wanted))

    def _all(self, work: Work) -> list[Figures]:
        self._forget(work)
        rows = work.deployments.all()
        if missing := [row.id for row in rows if row.id not in self._known]:
            for one in figures_in(work, missing):
                self._known[one.tally.deployment] = replace(one, facts=None)
        return [self._known[row.id] for row in rows]

    def _named(self, work: Work, names: list[str]) -> list[Figures]:
        self._forget(work)
        found = []
        for row in named_in(work, names):
            if row.id not in self._whole:
                (self._whole[row.id],) = figures_in(work, [row.id])
            self._whole.move_to_end(row.id)
            found.append(self._whole[row.id])
        while len(self._whole) > FACTS_KEPT:
            self._whole.popitem(last=False)
        return found

    def _forget(self, work: Work) -> None:
        """What was counted before something was added about it."""
        size = work.ledger.size()
        if not 0 <= size - self._size <= MOST_READ:
            self._known.clear()
            self._whole.clear()
        elif self._known or self._whole:
            for row in work.ledger.rows(self._size):
                deployment = Entry.from_bytes(row.entry).deployment or ""
                self._known.pop(deployment, None)
                self._whole.pop(deployment, None)
        self._size = size  # last: a look that fails half way is done again
