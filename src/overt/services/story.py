"""What the ledger says of one deployment, put in order: with no store, no key and no installation.

Rules:
  - nothing but entries is read (`overt.services.story_read`), so whoever has an export comes to the same;
  - an entry counts where it names the deployment; besides, what holds for all of them while it lasted: holds of the
    oversight on everything, jumps of the clock, copies put back; of the list in the making what became of it; and what
    its starts name, whatever that is about (`overt.services.story_rests`);
  - a decoy that was told is no alert, and is only counted;
  - times are RFC 3339 text, accounts ids, and what people wrote stands here by its keyed digest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from overt.domain.time import to_text
from overt.ledger.entry import Entry, Fact

Told = dict[str, Any]


@dataclass(kw_only=True)
class Story:
    """What was read so far. Every list is in the ledger's order; `entry` in its objects is the index of the entry.

    Attributes:
        entries: the indices of all entries that it was read from.
        kinds: how many of each kind these are.
        people: in what role each account has acted.
        looks: how often pictures of alerts were shown, by purpose and by account.
        alerts: by id, those that are no decoys as far as it was told.
        minutes: counts by the number of a camera, from 0.
        filed: what a start can name, by kind of entry and name; `rests_on`: what its starts do.
        approved: entries of the list that a second person approved.
        also: what else was recorded, such as looks at the signs, as it stands there.
        copies: of the record of this deployment that were made.
        drafts: lists in the making, by id; `draft`: the one that its list came from, empty where that lay in a folder,
            so that nobody could approve an entry of it.
    """

    deployment: str
    entries: list[int] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    made: Told = field(default_factory=dict)
    signatures: list[Told] = field(default_factory=list)
    ended: list[Told] = field(default_factory=list)
    lists: list[Told] = field(default_factory=list)
    uses: list[Told] = field(default_factory=list)
    pauses: list[Told] = field(default_factory=list)
    halts: list[Told] = field(default_factory=list)
    clock: list[Told] = field(default_factory=list)
    heartbeats: list[Told] = field(default_factory=list)
    people: list[Told] = field(default_factory=list)
    papers: list[Told] = field(default_factory=list)
    complaints: list[Told] = field(default_factory=list)
    also: list[Told] = field(default_factory=list)
    copies: list[Told] = field(default_factory=list)
    looks: dict[str, Counter[str]] = field(default_factory=lambda: {"purpose": Counter(), "account": Counter()})
    alerts: dict[str, Told] = field(default_factory=dict)
    dropped: int = 0
    decoys: int = 0
    minutes: dict[int, Counter[str]] = field(default_factory=dict)
    filed: dict[tuple[str, str], Told] = field(default_factory=dict)
    rests_on: list[Told] = field(default_factory=list)
    drafts: dict[str, Told] = field(default_factory=dict)
    draft: str = ""
    closes_us: int = 0

    @property
    def approved(self) -> int:
        return int(self.drafts.get(self.draft, {}).get("approved", 0))

    @property
    def began(self) -> str:
        """When it was entered; empty where the ledger does not say so."""
        return str(self.made.get("at", ""))

    def lasts(self, entry: Entry) -> bool:
        """Whether the deployment was entered by then, and neither over nor closed."""
        return bool(self.made) and not self.ended and entry.at_us <= self.closes_us

    def ranges(self) -> list[list[int]]:
        """The indices as ranges: first and last of each, both included."""
        found: list[list[int]] = []
        for index in self.entries:
            if found and index == found[-1][1] + 1:
                found[-1][1] = index
            else:
                found.append([index, index])
        return found


def base_of(index: int, entry: Entry) -> Told:
    """When, by whom, and which entry says so."""
    return {"at": to_text(entry.at_us), "by": entry.actor, "entry": index}


def facts_of(entry: Entry, *left_out: str) -> Told:
    """The facts of an entry for JSON, but these."""
    return {name: _plain(fact) for name, fact in entry.facts.items() if name not in left_out}


def time_of(entry: Entry, name: str) -> str | None:
    """A fact that is a time, as text; None where there is none."""
    us = entry.facts.get(name)
    return to_text(us) if type(us) is int else None


def _plain(fact: Fact) -> object:
    return list(fact) if isinstance(fact, tuple) else fact
