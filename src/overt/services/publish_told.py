"""What the ledger has of one deployment, thing by thing, as `overt.services.publish_book` reads it.

Rules:
  - each thing keeps the index of its entry, for whoever wants it proved;
  - what an earlier version did not record is left empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from overt.domain.decision import Followed, Result
from overt.evaluation.intervals import Figure
from overt.ledger.entry import Entry


@dataclass(frozen=True, kw_only=True)
class Noted:
    """An entry's time, microseconds since 1970, UTC, and its index."""

    at_us: int
    index: int

    @classmethod
    def of(cls, entry: Entry) -> Noted:
        return cls(at_us=entry.at_us, index=entry.index)


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a deployment was entered. `said`: the digest of what it says of itself; empty: not recorded; `at_least`: the
    policy's `publish_at_least`; None: not recorded."""

    noted: Noted
    digest: str
    kind: str
    opens_us: int
    closes_us: int
    policy: str
    policy_digest: str
    said: str
    cameras: int
    at_least: int | None


@dataclass(frozen=True, kw_only=True)
class Signature:
    noted: Noted
    rank: str
    statement: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A list when it was sealed. `tables`: what it is made of; empty: not recorded."""

    noted: Noted
    list: str
    entries: int
    templates: int
    tables: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """False alerts to be expected. `expected`, `chance`: with their limits; empty: not recorded."""

    noted: Noted
    threshold: float
    extrapolated: bool | None
    passages: int
    low: int
    high: int
    expected: tuple[float, ...]
    chance: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Came:
    """What was said to have come of an alert, at that time."""

    noted: Noted
    alert: str
    result: Result
    followed: Followed
    served_aim: bool


@dataclass(kw_only=True)
class Spell:
    """Something that began and may be over."""

    begun: Noted
    reason: str = ""
    over: Noted | None = None


@dataclass(kw_only=True)
class Receipt:
    """An erasure. `what`: `list`, or `answers`, with which it could be told who was on it."""

    what: str
    reason: str
    begun: Noted
    key: Noted | None = None
    residue: Noted | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a deployment's document that was published."""

    noted: Noted
    number: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class MadePapers:
    """Signs and leaflets that were made in one language. `files`: the SHA-256 of each, by its name."""

    noted: Noted
    language: str
    files: Mapping[str, str]


@dataclass(kw_only=True)
class Street:
    """What was done so that people know. Numbers are None as long as nobody has said them.

    Attributes:
        notice: when somebody last said that the public notice is published.
        looks, lapses: how often somebody looked at the signs, and how often one was missing or could not be read.
        officers: people who worked for it.
    """

    notice: Noted | None = None
    papers: list[MadePapers] = field(default_factory=list)
    looks: int = 0
    lapses: int = 0
    leaflets: int | None = None
    officers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The newest report of a trial. `found`: of the listed walks; None: not recorded."""

    noted: Noted
    digest: str
    walks: int
    found: Figure | None


@dataclass(frozen=True, kw_only=True)
class RestsOn:
    """What a start rests on: measurements and the report of a trial by their digests, the oversight's answer by its
    paper; empty: nothing of the kind, or an earlier version did not name it."""

    evaluations: tuple[str, ...]
    trial: str
    conditions: Noted | None


@dataclass(kw_only=True)
class Told:
    """What the ledger has of one deployment."""

    made: Made
    signatures: list[Signature] = field(default_factory=list)
    cancelled: Noted | None = None
    ended: Noted | None = None
    sealed: Sealed | None = None
    plan: Planned | None = None
    started: Noted | None = None
    threshold: float | None = None
    came: list[Came] = field(default_factory=list)
    pauses: list[Spell] = field(default_factory=list)
    halts: list[Spell] = field(default_factory=list)
    stopped: tuple[Noted, int, int] | None = None
    review: Noted | None = None
    reviews: list[str] = field(default_factory=list)  # their papers
    documents: list[tuple[str, Noted]] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    holds: list[str] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)  # ids of alerts
    listed: Counter[str] = field(default_factory=Counter)  # kinds of entries about "Was I on a list?"
    trial: Trial | None = None
    rests_on: RestsOn | None = None
    street: Street = field(default_factory=Street)
    versions: list[Version] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Published:
    noted: Noted
    digest: str
    deployments: int
