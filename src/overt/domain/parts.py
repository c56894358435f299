"""A deployment's counts taken apart: by camera, by the people who decided, and over time.

Rules:
  - the parts are counted from the same facts and by the same rules as the whole (`overt.domain.tally`);
  - what somebody said of an alert counts as theirs only once everybody who has to decide about it has: whoever is still
    to decide could read it off a count that has just grown;
  - volunteers and decoys are in no part, as they are in no figure;
  - a slice of time has the passages that were searched in it and the alerts that were raised in it, as they stand now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from overt.domain.decision import Result, Verdict
from overt.domain.retention import DAY_US
from overt.domain.tally import (
    LISTED,
    MINUTE_US,
    AlertFacts,
    DeploymentFacts,
    Tally,
    count,
    is_false,
    passages_of,
    waits,
)

#: Verdicts that came sooner after the first look are counted apart.
SOON_MS: Final = 3000
MOST_SLICES: Final = 24
_MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)


@dataclass(frozen=True, kw_only=True)
class Decider:
    """Somebody's verdicts on alerts about which everybody who had to has decided.

    Attributes:
        account: its id.
        worth_a_look, not_the_person, cannot_tell: add up to `verdicts`.
        looked_ms: in order of size; of those verdicts where it is known how long after the first look they came.
    """

    account: str
    worth_a_look: int
    not_the_person: int
    cannot_tell: int
    looked_ms: tuple[int, ...]

    @property
    def verdicts(self) -> int:
        return self.worth_a_look + self.not_the_person + self.cannot_tell

    @property
    def soon(self) -> int:
        """How many came within `SOON_MS` of the first look."""
        return sum(one < SOON_MS for one in self.looked_ms)


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What happened in a part of the time.

    Attributes:
        from_us, until_us: microseconds since 1970, UTC; until the one, not including the other.
        detected, searched: passages.
        right, wrong, unverified: alerts about listed people raised in it: confirmed right, wrong (person or entry), or
            neither, as they stand now.
        false_so_far, passages_so_far: what the stop rule counts of all that was raised and searched until its end.
    """

    from_us: int
    until_us: int
    detected: int
    searched: int
    right: int
    wrong: int
    unverified: int
    false_so_far: int
    passages_so_far: int

    @property
    def alerts(self) -> int:
        return self.right + self.wrong + self.unverified


def by_camera(facts: DeploymentFacts) -> dict[str, Tally]:
    """The counts of each camera, by its name, in the order of the names."""
    alerts, minutes = defaultdict(list), defaultdict(list)
    for alert in facts.alerts:
        alerts[alert.camera].append(alert)
    for minute in facts.minutes:
        minutes[minute.camera].append(minute)
    told = replace(facts, officer_min=None, leaflets=None)  # of a whole deployment
    return {
        camera: count(replace(told, alerts=tuple(alerts[camera]), minutes=tuple(minutes[camera])))
        for camera in sorted({*alerts, *minutes})
    }


def by_decider(alerts: Sequence[AlertFacts]) -> list[Decider]:
    """Everybody who has decided, by account id."""
    said: dict[str, list[tuple[Verdict, int | None]]] = defaultdict(list)
    for one in alerts:
        if one.about == LISTED and one.all_are_in:
            looked = (*one.looked_ms, *[None] * len(one.verdicts))
            for (account, verdict), looked_ms in zip(one.verdicts, looked, strict=False):
                said[account].append((verdict, looked_ms))
    return [_decider(account, said[account]) for account in sorted(said)]


def _decider(account: str, said: Sequence[tuple[Verdict, int | None]]) -> Decider:
    verdicts = [verdict for verdict, _ in said]
    return Decider(
        account=account,
        worth_a_look=verdicts.count(Verdict.WORTH_A_LOOK),
        not_the_person=verdicts.count(Verdict.NOT_THE_PERSON),
        cannot_tell=verdicts.count(Verdict.CANNOT_TELL),
        looked_ms=tuple(sorted(looked_ms for _, looked_ms in said if looked_ms is not None)),
    )


def over_time(facts: DeploymentFacts, most: int = MOST_SLICES) -> list[Slice]:
    """The time of a deployment in slices of one length, without a gap; none where nothing was counted.

    Args:
        most: slices.
    """
    listed = [one for one in facts.alerts if one.about == LISTED]
    moments = [*(one.minute_us for one in facts.minutes), *(one.raised_us for one in listed)]
    if not moments:
        return []
    length_us = _length_us(min(moments), max(moments), most)
    first, last = min(moments) // length_us, max(moments) // length_us
    slices = {at: _Counting() for at in range(first, last + 1)}
    for minute in facts.minutes:
        slices[minute.minute_us // length_us].detected += minute.faces_detected
        slices[minute.minute_us // length_us].searched += minute.faces_seen
    for alert in listed:
        slices[alert.raised_us // length_us].add(alert)
    _count_passages(facts, slices, length_us)
    return _made(slices, length_us)


@dataclass(kw_only=True)
class _Counting:
    """`known`: passages of people who are listed, volunteers or decoys; `false`, `to_stop`: false ones."""

    detected: int = 0
    searched: int = 0
    right: int = 0
    wrong: int = 0
    unverified: int = 0
    known: int = 0
    false: int = 0
    to_stop: int = 0

    def add(self, alert: AlertFacts) -> None:
        if alert.right:
            self.right += 1
        elif alert.result in (Result.WRONG_PERSON, Result.WRONG_ENTRY):
            self.wrong += 1
        else:
            self.unverified += 1


def _length_us(first_us: int, last_us: int, most: int) -> int:
    """The shortest round length of which `most` cover the time."""
    for minutes in _MINUTES:
        length_us = minutes * MINUTE_US
        if last_us // length_us - first_us // length_us < most:
            return length_us
    days = 1
    while last_us // (days * DAY_US) - first_us // (days * DAY_US) >= most:
        days += 1
    return days * DAY_US


def _count_passages(facts: DeploymentFacts, slices: dict[int, _Counting], length_us: int) -> None:
    """Passages that alerted, each in the slice of its first alert."""
    until_us = max((one.minute_us + MINUTE_US for one in facts.minutes), default=0)
    first, last = min(slices), max(slices)
    for passage in passages_of(facts.alerts):
        at = slices[min(max(passage[0].raised_us // length_us, first), last)]
        if is_false(passage):
            at.false += 1
            at.to_stop += not waits(passage, until_us)
        else:  # an alert of it was right, or all were about volunteers and decoys
            at.known += 1


def _made(slices: dict[int, _Counting], length_us: int) -> list[Slice]:
    found = list[Slice]()
    searched = known = false = to_stop = 0
    for at, one in slices.items():
        searched, known = searched + one.searched, known + one.known
        false, to_stop = false + one.false, to_stop + one.to_stop
        found.append(
            Slice(
                from_us=at * length_us,
                until_us=(at + 1) * length_us,
                detected=one.detected,
                searched=one.searched,
                right=one.right,
                wrong=one.wrong,
                unverified=one.unverified,
                false_so_far=to_stop,
                passages_so_far=max(searched - known, false),
            )
        )
    return found
