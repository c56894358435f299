"""The ledger for those who check: which entries they may read now, and how entries are found.

Rules:
  - whoever may also decide about alerts reads nothing of an alert as long as verdicts on it are outstanding: neither
    its score under a blind-first policy, nor what the first of two people said. They read the entry's place, time and
    kind, and what hangs on all entries, as an export does, is refused to them meanwhile;
  - they read no camera's counts of a minute from the oldest open alert of a deployment on either, where its policy has
    decoys: these count passers-by only, and would tell that an alert is none;
  - entries are found by kind, deployment, account and time, and by nothing else: whoever is on a list is looked for in
    no way, and neither is an alert, a digest or a text;
  - a page begins below an index, so it stays the same while entries are added;
  - one look goes through a bounded number of entries, and says how far it came.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final

from overt.domain.deciding import may_see
from overt.domain.errors import Refused
from overt.domain.roles import Action, roles_for
from overt.domain.words import many
from overt.ledger.entry import Entry, Fact
from overt.ledger.head import SignedHead
from overt.services.acting import rules_of
from overt.services.people import Account
from overt.services.record import NotInLedger, entries
from overt.store.ports import Store, Work
from overt.store.records import AlertRow, DecisionRow, DeploymentRow, LedgerRow, State

PAGE: Final = 50
#: So many entries are looked at for one page; a filter that finds few goes on from there.
MOST: Final = 50_000
BATCH: Final = 1000
MINUTE: Final = "figures.minute"
_AT: Final = re.compile(rb'"at_us":([0-9]+)')  # the first is the entry's own: keys are in order


class WithheldUntilDecided(Refused):
    code = "withheld-until-decided"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries. What is empty or None leaves all.

    Attributes:
        kind: such as `alert.raised`, or what stands before the point: all of `alert`.
        account: who acted; an account's id, or `system`.
        from_us, until_us: microseconds since 1970, UTC; the second is excluded.
    """

    kind: str = ""
    deployment: str = ""
    account: str = ""
    from_us: int | None = None
    until_us: int | None = None

    def takes(self, entry: bytes) -> bool:
        """Whether an entry is wanted, by its bytes as they were hashed: they have one form only, and no blank."""
        at = _AT.search(entry)
        at_us = 0 if at is None else int(at[1])
        return (
            all(part in entry for part in self._parts)
            and (self.from_us is None or at_us >= self.from_us)
            and (self.until_us is None or at_us < self.until_us)
        )

    def means(self, entry: Entry) -> bool:
        """As `takes`, of an entry that was read; a fact of it may have the name of a field."""
        kind = entry.kind == self.kind or entry.kind.partition(".")[0] == self.kind or not self.kind
        return kind and self.deployment in ("", entry.deployment) and self.account in ("", entry.actor)

    @cached_property
    def _parts(self) -> list[bytes]:
        kind = f'"kind":"{self.kind}' + ('"' if "." in self.kind else "") if self.kind else ""
        deployment = f'"deployment":"{self.deployment}"' if self.deployment else ""
        account = f'"actor":"{self.account}"' if self.account else ""
        return [part.encode() for part in (kind, deployment, account) if part]


@dataclass(frozen=True, kw_only=True)
class Line:
    """An entry as somebody may read it. `withheld`: its facts are left out for now."""

    index: int
    at_us: int
    kind: str
    actor: str
    deployment: str | None
    facts: Mapping[str, Fact]
    withheld: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """A page of the ledger, newest first.

    Attributes:
        size: entries in the ledger.
        before: the page's entries lie below this index.
        looked_down_to: the lowest index that was looked at.
    """

    lines: tuple[Line, ...]
    size: int
    before: int
    looked_down_to: int

    @property
    def goes_on(self) -> bool:
        return self.looked_down_to > 0


@dataclass(frozen=True, kw_only=True)
class Document:
    """One entry, whole: its bytes as they were hashed, its leaf's hash, and the head that was signed with it."""

    line: Line
    entry: bytes
    leaf: bytes
    head: SignedHead


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """What nobody who decides may read yet.

    Attributes:
        alerts: those of which they may not know everything yet, by their ids.
        minutes_us: deployments whose counts of a minute are held back, and those of what time or later: they say how
            many passers-by were alerts, and so that an alert which is open is a decoy.
        waiting: how many alerts wait, in all.
    """

    alerts: frozenset[str] = frozenset()
    minutes_us: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0

    def hides(self, row: LedgerRow) -> bool:
        if not self.waiting:
            return False
        entry = Entry.from_bytes(row.entry)
        since_us = self.minutes_us.get(entry.deployment or "") if entry.kind == MINUTE else None
        return entry.facts.get("alert") in self.alerts or (since_us is not None and entry.at_us >= since_us)


def waiting(work: Work) -> Hidden:
    """What waits for a verdict, and what would tell of it: of alerts whose pictures are still there, so that somebody
    can decide, and about which not everybody has."""
    alerts: set[str] = set()
    minutes_us: dict[str, int] = {}
    count = 0
    for deployment in work.deployments.all():
        kept = [row for row in work.alerts.of(deployment.id) if row.state is State.KEPT]
        hidden, open_us = _hidden(work, deployment, kept) if kept else (set(), {})
        alerts |= hidden
        count += len(hidden | set(open_us))
        if open_us:
            minutes_us[deployment.id] = min(open_us.values())
    return Hidden(alerts=frozenset(alerts), minutes_us=minutes_us, waiting=count)


def withheld(work: Work, by: Account) -> Hidden:
    """What this account may not read now."""
    return waiting(work) if roles_for(by.roles, Action.ALERT_DECIDE) else Hidden()


def readable_size(store: Store, by: Account | None) -> int:
    """How many entries there are, all of which this account may read. None: of an installation without accounts.

    Raises:
        WithheldUntilDecided: it may not read all of them now.
    """
    return store.read(lambda work: _size(work, Hidden() if by is None else withheld(work, by)))


def require_all(work: Work, by: Account) -> None:
    """Raises WithheldUntilDecided where this account may not read all entries now."""
    if (hidden := withheld(work, by)).waiting:
        raise _withheld(hidden)


def readable(store: Store, by: Account, start: int, stop: int) -> tuple[int, list[LedgerRow]]:
    """How many entries there are, and those of start..stop-1, looked at and read in one look.

    Raises:
        WithheldUntilDecided: this account may not read one of them now.
    """

    def look(work: Work) -> tuple[int, list[LedgerRow]]:
        size, hidden = work.ledger.size(), withheld(work, by)
        rows = list(work.ledger.rows(start, min(stop, size))) if start < size else []
        if any(map(hidden.hides, rows)):
            raise _withheld(hidden)
        return size, rows

    return store.read(look)


def require_readable(store: Store, by: Account, index: int) -> None:
    """Whether this account may read an entry; what it may read once, it may read from then on.

    Raises:
        NotInLedger: there is no such entry.
        WithheldUntilDecided: it may not now.
    """

    def look(work: Work) -> None:
        row, hidden = _row(work, index), withheld(work, by)
        if hidden.hides(row):
            raise _withheld(hidden)

    store.read(look)


def require_for_everybody(store: Store, index: int) -> None:
    """As `require_readable`, where it is not known who reads it."""

    def look(work: Work) -> None:
        row, hidden = _row(work, index), waiting(work)
        if hidden.hides(row):
            raise _withheld(hidden, "Nobody is signed in, and you may be somebody who decides")

    store.read(look)


def part(store: Store, by: Account, wanted: Wanted, before: int | None = None) -> Part:
    """The newest entries below an index that are wanted; of all there are where `before` is None."""
    size, hidden = store.read(lambda work: (work.ledger.size(), withheld(work, by)))
    top = size if before is None else max(0, min(before, size))
    lines: list[Line] = []
    down_to = top
    for row in _downwards(store, top, max(0, top - MOST)):
        down_to = row.index
        if wanted.takes(row.entry) and wanted.means(entry := Entry.from_bytes(row.entry)):
            lines.append(_line(entry, hidden=hidden.hides(row)))
            if len(lines) == PAGE:
                break
    return Part(lines=tuple(lines), size=size, before=top, looked_down_to=down_to)


def document(store: Store, by: Account, index: int) -> Document:
    """One entry, whole.

    Raises:
        NotInLedger: there is no such entry.
        WithheldUntilDecided: this account may not read it now.
    """

    def look(work: Work) -> Document:
        row, hidden = _row(work, index), withheld(work, by)
        if hidden.hides(row):
            raise _withheld(hidden)
        line = _line(Entry.from_bytes(row.entry), hidden=False)
        return Document(line=line, entry=row.entry, leaf=row.leaf, head=SignedHead.from_bytes(row.head))

    return store.read(look)


def _row(work: Work, index: int) -> LedgerRow:
    """The entry of an index; raises NotInLedger."""
    size = work.ledger.size()
    if not 0 <= index < size:
        raise NotInLedger(
            f"There is no entry {index:,} in the ledger, which has {many(size, 'entry', 'entries')}.",
            "Entries are numbered from 0.",
        )
    (row,) = work.ledger.rows(index, index + 1)
    return row


def _size(work: Work, hidden: Hidden) -> int:
    if hidden.waiting:
        raise _withheld(hidden)
    return work.ledger.size()


def _hidden(work: Work, deployment: DeploymentRow, kept: list[AlertRow]) -> tuple[set[str], dict[str, int]]:
    """Alerts of a deployment about which not everything may be known yet; and those that are open, of which there may
    be decoys, with their times."""
    rules = rules_of(work, deployment)
    if rules is None:
        return set(), {}  # as a rehearsal: nobody decides there
    said: dict[str, list[DecisionRow]] = defaultdict(list)
    for one in work.alerts.decisions_of(deployment.id):
        said[one.alert].append(one)
    sees = {row.id: may_see(said[row.id], rules) for row in kept}
    hidden = {one for one, seen in sees.items() if not seen.score or (said[one] and not seen.others)}
    has_decoys = rules.decoys_per_h_max > 0
    are_open = [row for row in kept if has_decoys and row.undecided_us is None and not sees[row.id].others]
    return hidden, {row.id: row.at_us for row in are_open}


def _line(entry: Entry, *, hidden: bool) -> Line:
    return Line(
        index=entry.index,
        at_us=entry.at_us,
        kind=entry.kind,
        actor=entry.actor,
        deployment=entry.deployment,
        facts={} if hidden else entry.facts,
        withheld=hidden,
    )


def _downwards(store: Store, top: int, bottom: int) -> Iterator[LedgerRow]:
    """Rows top-1 down to bottom; each batch is a look of its own, so that nobody has to wait for a slow reader."""
    for stop in range(top, bottom, -BATCH):
        yield from reversed(store.read(partial(entries, max(bottom, stop - BATCH), stop)))


def _withheld(hidden: Hidden, who: str = "Your account may decide about alerts") -> WithheldUntilDecided:
    return WithheldUntilDecided(
        f"{who}, and {many(hidden.waiting, 'alert waits', 'alerts wait')} for a verdict: "
        "nobody who may decide reads how sure the machine was, or what the other person said, before that.",
        "Read it once everybody who has to decide has, or ask an auditor who does not decide.",
    )
