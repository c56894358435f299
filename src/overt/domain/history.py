"""What went before a deployment, and how much of it the next one repeats.

Rules:
  - a start is judged by the heaviest 30 days that it is part of: there is no first of the month to wait for;
  - coverage is camera-hours x hectares, and an area counts as LEAST_HA_PER_CAMERA for each camera at least, so that a
    sliver drawn on a map buys no hours;
  - what is reused is counted against all the last deployments together, in shares from 0 to 1.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from overt.domain.area import Area
from overt.domain.retention import DAY_US, HOUR_US

MONTH_US: Final = 30 * DAY_US
LEAST_HA_PER_CAMERA: Final = 0.05
SHINGLE_WORDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Start:
    """A deployment that was authorised and not cancelled, past or still to come."""

    area: Area
    opens_us: int
    closes_us: int
    cameras: int

    def coverage(self) -> float:
        """Camera-hours x hectares."""
        hectares = max(self.area.hectares(), LEAST_HA_PER_CAMERA * self.cameras)
        return self.cameras * (self.closes_us - self.opens_us) / HOUR_US * hectares


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A deployment that has ended, and of which something is still owed."""

    name: str
    ended_us: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding of a commissioned review that nobody has answered."""

    name: str
    made_us: int


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A complaint that nobody has answered. `due_us`: by when it was to be answered; None: nobody said so."""

    received_us: int
    due_us: int | None = None


@dataclass(frozen=True, kw_only=True)
class Countersigned:
    """The oversight panel's newest countersignature of the installation.

    Attributes:
        at_us: when it was drawn up, microseconds since 1970, UTC; where there is none, when the installation was made.
        ever: there is one.
    """

    at_us: int
    ever: bool


@dataclass(frozen=True, kw_only=True)
class History:
    """What this installation has done before; never the deployment that is being asked for.

    Attributes:
        starts: at least those that open within 30 days of the new start, before or after it, and the last in its area.
        last_ended_us: when the latest deployment ended; None before the first end.
        unreviewed, findings, complaints: what is still owed.
        without_leaflets, without_officers: those of which nobody has said how many leaflets were given out, or how
            many people worked for them and how long.
        lists: for each of the last deployments the keyed digests of its list's references.
        texts: for each of them `shingles` of its necessity text.
        countersigned: by the oversight panel; None: it is not known.
    """

    starts: tuple[Start, ...] = ()
    last_ended_us: int | None = None
    unreviewed: tuple[Ended, ...] = ()
    without_leaflets: tuple[Ended, ...] = ()
    without_officers: tuple[Ended, ...] = ()
    findings: tuple[Finding, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    lists: tuple[frozenset[str], ...] = ()
    texts: tuple[frozenset[str], ...] = ()
    countersigned: Countersigned | None = None


def most_in_30_days(starts: Iterable[Start], opens_us: int, weigh: Callable[[Start], float]) -> float:
    """The heaviest 30 days that a start at `opens_us` would be part of, without that start itself.

    Args:
        weigh: what a start counts.
    """
    starts = tuple(starts)
    ends = [opens_us, *(start.opens_us for start in starts if opens_us < start.opens_us < opens_us + MONTH_US)]
    return max(sum(weigh(start) for start in starts if end - MONTH_US < start.opens_us <= end) for end in ends)


def share_reused(now: frozenset[str], before: Iterable[frozenset[str]]) -> float:
    """The share of `now` that stands in any of `before`, 0 to 1; 0 where `now` is empty."""
    return len(now & frozenset[str]().union(*before)) / len(now) if now else 0.0


def shingles(text: str) -> frozenset[str]:
    """Digests of every five words that follow each other, capitals and punctuation aside; a shorter text is one."""
    words = re.findall(r"\w+", text.casefold())
    runs = range(max(1, len(words) - SHINGLE_WORDS + 1)) if words else ()
    return frozenset(hashlib.sha256(" ".join(words[at : at + SHINGLE_WORDS]).encode()).hexdigest()[:16] for at in runs)
