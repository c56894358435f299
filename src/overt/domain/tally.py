"""The counting behind the figures of deployments. Whole numbers only; nothing here reads anything.

Rules:
  - operations and trials, listed people, volunteers and decoys are never added together;
  - an alert that was counted as undecided stays so: a verdict or a "right" that came later verifies nothing, and a
    "wrong person" that came later counts as wrong;
  - what came of an alert is the last word that was said of it;
  - alerts of one passage are one false passage; a passage of which an alert was right is no false one at all;
  - false passages are counted twice: those confirmed wrong (low), and all that are not confirmed right (high);
  - for the stop rule an alert that still waits for people does not count yet: for a verdict until it is counted as
    undecided, for its outcome after "worth a look" while scanning has not gone on for an hour since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from overt.domain.deciding import NOT_MET
from overt.domain.decision import Followed, Result
from overt.domain.tally_facts import (
    ABOUT,
    DECOY,
    KINDS,
    LISTED,
    OPERATION,
    TRIAL,
    VOLUNTEER,
    AlertFacts,
    Concluded,
    DeploymentFacts,
    MinuteFacts,
    State,
)
from overt.domain.time import SECOND_US

__all__ = [
    "ABOUT",
    "DECOY",
    "KINDS",
    "LISTED",
    "MINUTES_PER_HOUR",
    "MINUTE_US",
    "OPERATION",
    "OUTCOME_WAITS_US",
    "SAME_PASSAGE_US",
    "TRIAL",
    "VOLUNTEER",
    "AlertFacts",
    "AlertTally",
    "Concluded",
    "DeploymentFacts",
    "MinuteFacts",
    "State",
    "Tally",
    "count",
    "is_false",
    "passages_of",
    "together",
    "waits",
]

MINUTE_US = 60 * SECOND_US
MINUTES_PER_HOUR = 60
#: A passage lasts 60 s at most; numbers of passages begin anew with each run.
SAME_PASSAGE_US = 70 * SECOND_US
OUTCOME_WAITS_US = 60 * MINUTE_US

_WRONG = (Result.WRONG_PERSON, Result.WRONG_ENTRY)


@dataclass(frozen=True, kw_only=True)
class AlertTally:
    """Alerts of one sort of entries, counted.

    Attributes:
        alerts: all; the sum of the five states after it.
        right_late: "right", but no verdict stood in time; not among `right`.
        right, wrong_person, wrong_entry, not_engaged, lost, unverified: what came of them; see `Result`.
        engaged: somebody was spoken to.
        id_shown, arrests, safeguarding, service, other_lawful, ground_gone: what was done then; see `Followed`.
        held_wrongly_min: minutes for which people were held up of whom it turned out that the alert was wrong.
        concluded: it was recorded what came of it.
        served_aim: of these, those that served the aim that was authorised.
        disclosed: how many times a record of an alert was handed over.
        evidence: of these, how many times with its pictures.
        latencies_ms: in order of size; of alerts where it was measured.
        thresholds_e4: each once, in order of size.
    """

    alerts: int = 0
    worth_a_look: int = 0
    not_the_person: int = 0
    cannot_tell: int = 0
    undecided: int = 0
    open: int = 0
    right: int = 0
    right_late: int = 0
    wrong_person: int = 0
    wrong_entry: int = 0
    not_engaged: int = 0
    lost: int = 0
    unverified: int = 0
    engaged: int = 0
    id_shown: int = 0
    arrests: int = 0
    safeguarding: int = 0
    service: int = 0
    other_lawful: int = 0
    ground_gone: int = 0
    held_wrongly_min: int = 0
    concluded: int = 0
    served_aim: int = 0
    disclosed: int = 0
    evidence: int = 0
    latencies_ms: tuple[int, ...] = ()
    thresholds_e4: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tally:
    """A deployment, counted, or several of one kind added up.

    Attributes:
        deployment: its id; empty in a sum.
        kind: operation or trial.
        deployments: how many these are.
        cameras: that scanned, added up over the deployments.
        minutes: of the clock in which anything was scanned; begun ones count whole.
        camera_minutes: the same for each camera, added up.
        faces_detected, faces_seen, lost: passages; see `Counts`.
        green_ms, amber_ms, red_ms: time of cameras that stood so to the operating envelope.
        entries, withdrawn: see `DeploymentFacts`.
        unlisted: searched passages less those that gave a right alert, and those that alerted on a volunteer or a decoy
            only; never fewer than `false_high`, because a passage may alert before it is over and counted.
        false_low, false_high: false passages, counted in both ways.
        false_to_stop: of the high ones, those that no longer wait for people.
        timed, officer_min, timed_right: deployments of which it was said how long people worked, these minutes, and
            their right alerts.
        complaints, complaints_answered, complaints_upheld: see `DeploymentFacts`.
        leafleted, leaflets: deployments of which it was said how many leaflets were given out, and these.
    """

    deployment: str
    kind: str
    deployments: int = 1
    cameras: int = 0
    minutes: int = 0
    camera_minutes: int = 0
    faces_detected: int = 0
    faces_seen: int = 0
    lost: int = 0
    green_ms: int = 0
    amber_ms: int = 0
    red_ms: int = 0
    entries: int = 0
    withdrawn: int = 0
    unlisted: int = 0
    false_low: int = 0
    false_high: int = 0
    false_to_stop: int = 0
    timed: int = 0
    officer_min: int = 0
    timed_right: int = 0
    complaints: int = 0
    complaints_answered: int = 0
    complaints_upheld: int = 0
    leafleted: int = 0
    leaflets: int = 0
    listed: AlertTally = AlertTally()
    volunteers: AlertTally = AlertTally()
    decoys: AlertTally = AlertTally()


def count(facts: DeploymentFacts) -> Tally:
    """The figures of one deployment as whole numbers."""
    scanned = {(one.camera, one.minute_us) for one in facts.minutes if one.frames}
    seen = sum(one.faces_seen for one in facts.minutes)
    until_us = max((one.minute_us + MINUTE_US for one in facts.minutes), default=0)
    passages = [tuple(one) for one in passages_of(facts.alerts)]
    false = [one for one in passages if is_false(one)]
    known = [one for one in passages if any(alert.right or alert.about != LISTED for alert in one)]
    of = {about: _count_alerts([one for one in facts.alerts if one.about == about]) for about in ABOUT}
    return Tally(
        deployment=facts.deployment,
        kind=facts.kind,
        cameras=len({camera for camera, _ in scanned}),
        minutes=len({minute for _, minute in scanned}),
        camera_minutes=len(scanned),
        faces_detected=sum(one.faces_detected for one in facts.minutes),
        faces_seen=seen,
        lost=sum(one.lost for one in facts.minutes),
        green_ms=sum(one.green_ms for one in facts.minutes),
        amber_ms=sum(one.amber_ms for one in facts.minutes),
        red_ms=sum(one.red_ms for one in facts.minutes),
        entries=facts.entries,
        withdrawn=facts.withdrawn,
        unlisted=max(seen - sum(not is_false(one) for one in known), len(false)),
        false_low=sum(any(alert.result is Result.WRONG_PERSON for alert in _listed(one)) for one in false),
        false_high=len(false),
        false_to_stop=sum(not waits(one, until_us) for one in false),
        timed=int(facts.officer_min is not None),
        officer_min=facts.officer_min or 0,
        timed_right=0 if facts.officer_min is None else of[LISTED].right,
        complaints=facts.complaints,
        complaints_answered=facts.complaints_answered,
        complaints_upheld=facts.complaints_upheld,
        leafleted=int(facts.leaflets is not None),
        leaflets=facts.leaflets or 0,
        listed=of[LISTED],
        volunteers=of[VOLUNTEER],
        decoys=of[DECOY],
    )


def together(tallies: Sequence[Tally]) -> Tally:
    """Several deployments of one kind added up.

    Raises:
        ValueError: there are none, or they are of different kinds.
    """
    kinds = {one.kind for one in tallies}
    if len(kinds) != 1:
        raise ValueError(f"figures of {' and '.join(sorted(kinds)) or 'nothing'} cannot be added up")
    sums: dict[str, int] = {
        field.name: sum(getattr(one, field.name) for one in tallies)
        for field in fields(Tally)
        if field.name not in ("deployment", "kind", "listed", "volunteers", "decoys")
    }
    return Tally(
        deployment="",
        kind=kinds.pop(),
        listed=_alerts_together([one.listed for one in tallies]),
        volunteers=_alerts_together([one.volunteers for one in tallies]),
        decoys=_alerts_together([one.decoys for one in tallies]),
        **sums,
    )


def _count_alerts(alerts: Sequence[AlertFacts]) -> AlertTally:
    states = [one.state for one in alerts]
    results = [one.result for one in alerts]
    concluded = [one.concluded for one in alerts if one.concluded is not None]
    followed = [one.followed for one in concluded]
    right = sum(one.right for one in alerts)
    return AlertTally(
        alerts=len(alerts),
        **{str(state): states.count(state) for state in State},
        right=right,
        right_late=results.count(Result.RIGHT) - right,
        wrong_person=results.count(Result.WRONG_PERSON),
        wrong_entry=results.count(Result.WRONG_ENTRY),
        not_engaged=results.count(Result.NOT_ENGAGED),
        lost=results.count(Result.LOST),
        unverified=results.count(Result.UNVERIFIED),
        engaged=sum(one.result not in NOT_MET for one in concluded),
        id_shown=followed.count(Followed.ID_SHOWN),
        arrests=followed.count(Followed.ARREST),
        safeguarding=followed.count(Followed.SAFEGUARDING),
        service=followed.count(Followed.SERVICE),
        other_lawful=followed.count(Followed.OTHER_LAWFUL),
        ground_gone=followed.count(Followed.GROUND_GONE),
        held_wrongly_min=sum(one.held_min for one in concluded if one.result in _WRONG),
        concluded=len(concluded),
        served_aim=sum(one.served_aim for one in concluded),
        disclosed=sum(one.disclosed for one in alerts),
        evidence=sum(one.evidence for one in alerts),
        latencies_ms=tuple(sorted(one.latency_ms for one in alerts if one.latency_ms is not None)),
        thresholds_e4=tuple(sorted({one.threshold_e4 for one in alerts})),
    )


def _alerts_together(tallies: Sequence[AlertTally]) -> AlertTally:
    sums: dict[str, int] = {
        field.name: sum(getattr(one, field.name) for one in tallies)
        for field in fields(AlertTally)
        if field.name not in ("latencies_ms", "thresholds_e4")
    }
    return AlertTally(
        latencies_ms=tuple(sorted(each for one in tallies for each in one.latencies_ms)),
        thresholds_e4=tuple(sorted({each for one in tallies for each in one.thresholds_e4})),
        **sums,
    )


def passages_of(alerts: Iterable[AlertFacts]) -> Iterator[list[AlertFacts]]:
    """The alerts of each passage. Runs are told apart by the time between alerts: no record names the run of one."""
    last: list[AlertFacts] = []
    for one in sorted(alerts, key=lambda one: (one.camera, one.passage, one.raised_us, one.alert)):
        if last and not _same(last[0], one):
            yield last
            last = []
        last.append(one)
    if last:
        yield last


def _same(first: AlertFacts, other: AlertFacts) -> bool:
    if (first.camera, first.passage) != (other.camera, other.passage):
        return False
    return other.raised_us - first.raised_us <= SAME_PASSAGE_US


def _listed(passage: Iterable[AlertFacts]) -> list[AlertFacts]:
    return [one for one in passage if one.about == LISTED]


def is_false(passage: Sequence[AlertFacts]) -> bool:
    """Whether it is one of the high count."""
    listed = _listed(passage)
    return bool(listed) and not any(one.right for one in listed)


def waits(passage: Sequence[AlertFacts], until_us: int) -> bool:
    """Whether the stop rule does not count a false passage yet; `until_us`: the end of the newest counted minute."""
    return all(_waits(one, until_us) for one in _listed(passage))


def _waits(alert: AlertFacts, until_us: int) -> bool:
    if alert.state is State.OPEN:
        return True
    awaited = alert.state is State.WORTH_A_LOOK and alert.concluded is None
    return awaited and until_us - alert.raised_us < OUTCOME_WAITS_US
