"""The figures of deployments, counted anew from an export of the ledger: with no store, no key and no installation.

Rules:
  - nothing but the entries is read, by name; what the store's rows say does not come in;
  - an entry that is missing, that stands twice, or that lacks a fact is refused and named; whether an entry was edited
    is for `overt ledger verify` to say, and a recount stands only on an export that it has verified;
  - what an earlier version recorded counts as that version meant it: an operation, an alert about a listed person, one
    verdict that stands;
  - an alert that was a decoy counts for nothing, and is believed to be one only where it committed to that when it was
    raised (`overt.services.decoy_alerts`); where people are tested so, no alert counts before a verdict stands or its
    time is over;
  - what the store says otherwise than the ledger is a difference, and each is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Final

from overt.domain.complaining import UPHELD
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.errors import Refused
from overt.domain.tally import (
    KINDS,
    LISTED,
    OPERATION,
    AlertFacts,
    AlertTally,
    Concluded,
    DeploymentFacts,
    MinuteFacts,
    State,
    Tally,
)
from overt.ledger.entry import Entry, Fact
from overt.ledger.errors import BadEntry
from overt.services.decoy_alerts import commitment
from overt.services.figures import Figures, counts, figures_from, figures_in
from overt.services.installation import Installation
from overt.store.ports import Work

MOST_BYTES: Final = 1 << 20  # of a line of an export


class BadExport(Refused):
    code = "bad-export"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure of which the store and the ledger say different things; None: that side has no such deployment."""

    deployment: str
    figure: str
    store: object
    ledger: object


@dataclass(kw_only=True)
class _Deployment:
    """What was read of a deployment so far."""

    kind: str = OPERATION
    watch_list: str = ""
    entries: int = 0
    withdrawn: dict[str, int] = field(default_factory=dict)  # by list
    alerts: dict[str, AlertFacts] = field(default_factory=dict)
    committed: dict[str, str] = field(default_factory=dict)  # by alert, where people may be tested
    minutes: list[MinuteFacts] = field(default_factory=list)
    officer_min: int | None = None
    complaints: dict[str, str] = field(default_factory=dict)  # the result by its id; empty: not answered
    leaflets: int | None = None


_Found = dict[str, _Deployment]


def recount(export: Iterable[bytes]) -> list[Figures]:
    """The figures that an export of a ledger gives, by deployment, in the order in which they were entered.

    Args:
        export: its lines: an entry, a tab and its signed head.

    Raises:
        BadExport: a line is no entry, entries are missing or doubled, or one lacks what it should say.
    """
    return recount_entries(line.partition(b"\t")[0] for line in export)


def recount_entries(entries: Iterable[bytes]) -> list[Figures]:
    """As `recount`, of the entries alone, as they were hashed."""
    counting = Recounting()
    for index, data in enumerate(entries):
        counting.add(read_entry(index, data))
    return counting.figures()


class Recounting:
    """Counts entry by entry, for whoever reads more of them than the figures."""

    def __init__(self) -> None:
        self._found: _Found = {}

    def add(self, entry: Entry) -> None:
        """Raises BadExport where an entry lacks what it should say."""
        if entry.deployment is None:
            return
        of = self._found.setdefault(entry.deployment, _Deployment())
        if (reads := _READS.get(entry.kind)) is not None:
            with entry_by_entry(entry):
                reads(of, entry)

    def open_alerts(self, deployment: str) -> int:
        """How many of its alerts wait for people, those that are decoys too."""
        of = self._found.get(deployment, _Deployment())
        return sum(one.state is State.OPEN for one in of.alerts.values())

    def figures(self) -> list[Figures]:
        """Of every deployment so far, in the order in which they were entered."""
        return [figures_from(_facts(name, one)) for name, one in self._found.items()]


@contextmanager
def entry_by_entry(entry: Entry) -> Iterator[None]:
    """Names the entry that lacks what it should say; raises BadExport."""
    try:
        yield
    except (KeyError, ValueError) as fault:
        raise _bad(entry.index, f"is not what an entry {entry.kind} has to be ({fault})") from fault


def check(installation: Installation) -> tuple[int, list[Difference]]:
    """Counts an installation's figures from its store and from its ledger, both as they stand at one moment.

    Returns:
        How many deployments there are, and what differs.

    Raises:
        BadExport: the ledger cannot be counted.
    """

    def look(work: Work) -> tuple[int, list[Difference]]:
        kept = figures_in(work)
        return len(kept), differences(kept, recount_entries(row.entry for row in work.ledger.rows()))

    return installation.store.read(look)


def differences(store: Sequence[Figures], ledger: Sequence[Figures]) -> list[Difference]:
    """Every count of which the two say different things, by deployment; none where they agree."""
    kept = {one.tally.deployment: one.tally for one in store}
    read = {one.tally.deployment: one.tally for one in ledger}
    found: list[Difference] = []
    for deployment in {**kept, **read}:
        ours, theirs = _counts(kept.get(deployment)), _counts(read.get(deployment))
        found += [
            Difference(deployment=deployment, figure=figure, store=ours.get(figure), ledger=theirs.get(figure))
            for figure in {**ours, **theirs}
            if ours.get(figure) != theirs.get(figure)
        ]
    return found


def _counts(tally: Tally | None) -> dict[str, object]:
    """Every count by its name; those of alerts as `listed.right`."""
    if tally is None:
        return {}
    counts: dict[str, object] = {}
    for one in fields(Tally):
        value = getattr(tally, one.name)
        if isinstance(value, AlertTally):
            counts |= {f"{one.name}.{each.name}": getattr(value, each.name) for each in fields(AlertTally)}
        else:
            counts[one.name] = value
    return counts


def read_entry(index: int, data: bytes) -> Entry:
    """The entry of these bytes; raises BadExport where it is none, or not the one of that index."""
    try:
        entry = Entry.from_bytes(data)
    except BadEntry as error:
        raise _bad(index, "is none") from error
    if entry.index != index:
        raise _bad(index, f"is the one that was number {entry.index}, so entries are missing, doubled or moved")
    return entry


def _bad(index: int, what: str) -> BadExport:
    return BadExport(
        f"Entry {index} (line {index + 1}) of the ledger {what}, so nothing was counted.",
        "Ask for the export again, and verify it first: overt ledger verify EXPORT --key KEY.",
    )


def _facts(deployment: str, of: _Deployment) -> DeploymentFacts:
    return DeploymentFacts(
        deployment=deployment,
        kind=of.kind,
        entries=of.entries,
        withdrawn=of.withdrawn.get(of.watch_list, 0),
        alerts=tuple(one for one in of.alerts.values() if counts(one, tests=one.alert in of.committed)),
        minutes=tuple(of.minutes),
        officer_min=of.officer_min,
        complaints=len(of.complaints),
        complaints_answered=sum(result != "" for result in of.complaints.values()),
        complaints_upheld=sum(result in UPHELD for result in of.complaints.values()),
        leaflets=of.leaflets,
    )


def _made(of: _Deployment, entry: Entry) -> None:
    of.kind = _text(entry, "kind", OPERATION)
    if of.kind not in KINDS:
        raise ValueError(f"{of.kind} is none of {', '.join(KINDS)}")


def _sealed(of: _Deployment, entry: Entry) -> None:
    of.watch_list, of.entries = _text(entry, "list"), _whole(entry, "entries")


def _withdrawn(of: _Deployment, entry: Entry) -> None:
    watch_list = _text(entry, "entry").partition("/")[0]
    of.withdrawn[watch_list] = of.withdrawn.get(watch_list, 0) + 1


def _minute(of: _Deployment, entry: Entry) -> None:
    of.minutes.append(
        MinuteFacts(
            camera=str(_whole(entry, "camera")),
            minute_us=_whole(entry, "minute_us"),
            frames=_whole(entry, "frames"),
            faces_detected=_whole(entry, "faces_detected"),
            faces_seen=_whole(entry, "faces_seen"),
            lost=_whole(entry, "lost"),
            **{name: _whole(entry, name) for name in ("green_ms", "amber_ms", "red_ms") if name in entry.facts},
        )
    )


def _raised(of: _Deployment, entry: Entry) -> None:
    alert = _text(entry, "alert")
    if alert in of.alerts:
        raise ValueError("the alert was raised before")
    of.alerts[alert] = AlertFacts(
        alert=alert,
        camera=str(_whole(entry, "camera")),
        passage=_whole(entry, "passage"),
        about=_text(entry, "about", LISTED),
        threshold_e4=_whole(entry, "threshold_e4"),
        latency_ms=None if entry.facts["latency_ms"] is None else _whole(entry, "latency_ms"),
    )
    if "committed" in entry.facts:
        of.committed[alert] = _text(entry, "committed")


def _decided(of: _Deployment, entry: Entry) -> None:
    alert = _alert(of, entry)
    verdict = (entry.actor, Verdict(_text(entry, "verdict")))
    needed = _whole(entry, "needed") if "needed" in entry.facts else 1
    looked_ms = None if entry.facts.get("looked_ms") is None else _whole(entry, "looked_ms")
    of.alerts[alert.alert] = replace(
        alert, verdicts=(*alert.verdicts, verdict), looked_ms=(*alert.looked_ms, looked_ms), needed=needed
    )


def _undecided(of: _Deployment, entry: Entry) -> None:
    alert = _alert(of, entry)
    of.alerts[alert.alert] = replace(alert, undecided=True)


def _told(of: _Deployment, entry: Entry) -> None:
    alert = _alert(of, entry).alert
    opened = commitment(_text(entry, "nonce"), alert, _text(entry, "set"), _whole(entry, "pair"))
    if of.committed.get(alert) != opened:
        raise ValueError("the alert did not commit to being a decoy when it was raised")
    del of.alerts[alert]


def _concluded(of: _Deployment, entry: Entry) -> None:
    alert = _alert(of, entry)
    concluded = Concluded(
        result=Result(_text(entry, "result")),
        held_min=0 if entry.facts["held_min"] is None else _whole(entry, "held_min"),
        followed=Followed(_text(entry, "followed")),
        served_aim=entry.facts["served_aim"] is True,
    )
    of.alerts[alert.alert] = replace(alert, concluded=concluded)


def _disclosed(of: _Deployment, entry: Entry) -> None:
    alert = _alert(of, entry)
    pictures = "pictures" in entry.facts and _whole(entry, "pictures") > 0
    of.alerts[alert.alert] = replace(alert, disclosed=alert.disclosed + 1, evidence=alert.evidence + pictures)


def _worked(of: _Deployment, entry: Entry) -> None:
    of.officer_min = _whole(entry, "officers") * _whole(entry, "minutes")


def _complained(of: _Deployment, entry: Entry) -> None:
    of.complaints[_text(entry, "complaint")] = ""


def _answered(of: _Deployment, entry: Entry) -> None:
    if (complaint := _text(entry, "complaint")) not in of.complaints:
        raise ValueError("the complaint was never filed")
    of.complaints[complaint] = _text(entry, "result")


def _leaflets(of: _Deployment, entry: Entry) -> None:
    of.leaflets = _whole(entry, "leaflets")


def _alert(of: _Deployment, entry: Entry) -> AlertFacts:
    alert = of.alerts.get(_text(entry, "alert"))
    if alert is None:
        raise ValueError("the alert was never raised")
    return alert


def _text(entry: Entry, name: str, otherwise: str | None = None) -> str:
    fact: Fact = entry.facts[name] if otherwise is None else entry.facts.get(name, otherwise)
    if not isinstance(fact, str):
        raise ValueError(f"{name} is no text")
    return fact


def _whole(entry: Entry, name: str) -> int:
    fact = entry.facts[name]
    if type(fact) is not int:
        raise ValueError(f"{name} is no whole number")
    return fact


#: What each kind of entry says for the figures; all others say nothing.
_READS: Final[Mapping[str, Callable[[_Deployment, Entry], None]]] = {
    "deployment.made": _made,
    "list.sealed": _sealed,
    "entry.withdrawn": _withdrawn,
    "figures.minute": _minute,
    "alert.raised": _raised,
    "alert.decided": _decided,
    "alert.undecided": _undecided,
    "decoy.told": _told,
    "alert.concluded": _concluded,
    "alert.disclosed": _disclosed,
    "officers.counted": _worked,
    "complaint.filed": _complained,
    "complaint.answered": _answered,
    "leaflets.counted": _leaflets,
}
