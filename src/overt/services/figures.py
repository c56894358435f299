"""The figures of deployments, counted from the rows of the store.

Rules:
  - every share has its numerator, its denominator and its 95 % interval (Clopper-Pearson), in which passages and alerts
    are taken as independent of one another;
  - the promise, at most one false alert in 1,000 searched passages of unlisted people, is judged on the high count;
  - precision is that of alerts after identification; a wrong entry is wrong there, too;
  - how many listed people passed nobody knows without an independent tally, so no true recognition rate is given;
  - the same figures can be counted from an export of the ledger (`overt.services.recount`), with no row of the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from overt.domain.deciding import verdicts_needed
from overt.domain.decision import Followed, Result, Verdict
from overt.domain.errors import Refused
from overt.domain.figures import percentile
from overt.domain.tally import (
    MINUTES_PER_HOUR,
    OPERATION,
    AlertFacts,
    AlertTally,
    Concluded,
    DeploymentFacts,
    MinuteFacts,
    State,
    Tally,
    count,
    together,
)
from overt.evaluation.intervals import Figure
from overt.evaluation.stopping import StopRule
from overt.services.acting import NoPolicy, policy_of
from overt.services.installation import Installation
from overt.services.outcomes import DISCLOSURE
from overt.store.ports import Work
from overt.store.records import AlertRow, DecisionRow, DeploymentRow, ErasureRow, ListRow, OutcomeRow, Subject

RULE = StopRule()
MINUTE_MS = 60_000
PROMISE = RULE.h0


class NoSuchDeployment(Refused):
    code = "no-such-deployment"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What can be told of one deployment, or of several of one kind.

    Attributes:
        name: of the deployment; empty where it is not known, as from a ledger, or where there are several.
        tally: the counts that everything here is made of.
    """

    tally: Tally
    name: str = ""

    @property
    def far_low(self) -> Figure:
        """False alerts that are confirmed wrong, of all searched passages of unlisted people."""
        return Figure.of(self.tally.false_low, self.tally.unlisted)

    @property
    def far_high(self) -> Figure:
        """Everything that is not confirmed right, of the same."""
        return Figure.of(self.tally.false_high, self.tally.unlisted)

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept; None: these counts cannot tell."""
        high = self.far_high
        if high.high <= PROMISE:
            return True
        return False if high.low > PROMISE else None

    @property
    def log_ratio(self) -> float:
        """Of the stop rule; it says something of one deployment only."""
        return RULE.log_ratio(self.tally.false_to_stop, self.tally.unlisted)

    @property
    def crossed(self) -> bool:
        """Whether the stop rule stops this deployment."""
        return RULE.crossed(self.tally.false_to_stop, self.tally.unlisted)

    @property
    def caught(self) -> Figure:
        """Decoys that were turned down, of those on which people had their time."""
        decoys = self.tally.decoys
        return Figure.of(decoys.not_the_person, decoys.alerts - decoys.open)

    def record(self) -> dict[str, Any]:
        """The object for JSON."""
        tally = self.tally
        alone = tally.deployments == 1
        return {
            "deployment": tally.deployment or None,
            "name": self.name or None,
            "kind": tally.kind,
            "deployments": tally.deployments,
            "cameras": tally.cameras,
            "hours": round(tally.minutes / MINUTES_PER_HOUR, 3),
            "camera_hours": round(tally.camera_minutes / MINUTES_PER_HOUR, 3),
            "faces_detected": tally.faces_detected,
            "faces_seen": tally.faces_seen,
            "passages_lost": tally.lost,
            "envelope_min": {
                name: round(ms / MINUTE_MS, 2)
                for name, ms in (("green", tally.green_ms), ("amber", tally.amber_ms), ("red", tally.red_ms))
            },
            "entries": tally.entries,
            "withdrawn": tally.withdrawn,
            "listed": _alerts_record(tally.listed),
            "unlisted_passages": tally.unlisted,
            "far_low": self.far_low.record(),
            "far_high": self.far_high.record(),
            "promise": {"at_most": PROMISE, "kept": self.kept},
            "stop_rule": self._stop_record() if alone else None,
            "volunteers": {**_alerts_record(tally.volunteers), "trr": None},
            "decoys": {**_alerts_record(tally.decoys), "caught": self.caught.record()},
        }

    def _stop_record(self) -> dict[str, Any]:
        return {
            "false": self.tally.false_to_stop,
            "passages": self.tally.unlisted,
            "log_ratio": round(self.log_ratio, 6),
            "limit": round(RULE.limit, 6),
            "crossed": self.crossed,
        }


def precision(tally: AlertTally) -> Figure:
    """Right alerts of those where the person was identified."""
    return Figure.of(tally.right, tally.right + tally.wrong_person + tally.wrong_entry)


def verified(tally: AlertTally) -> Figure:
    """Right alerts of all alerts."""
    return Figure.of(tally.right, tally.alerts)


def served(tally: AlertTally) -> Figure:
    """Alerts that served the authorised aim, of those of which it was recorded what came of them."""
    return Figure.of(tally.served_aim, tally.concluded)


def latency_s(tally: AlertTally, share: float) -> float | None:
    """So much of all alerts came at least so fast, seconds; None where it was not measured."""
    found = percentile(tally.latencies_ms, share)
    return None if found is None else found / 1000


def figures_of(installation: Installation, names: Iterable[str] = ()) -> list[Figures]:
    """The figures of these deployments as they stand now; of all of them, oldest first, where none is named.

    Args:
        names: ids, or names of which there is one.

    Raises:
        NoSuchDeployment: there is none, or several, of that name.
    """
    return installation.store.read(lambda work: figures_in(work, names))


def figures_in(work: Work, names: Iterable[str] = ()) -> list[Figures]:
    """As `figures_of`, within a look."""
    rows = work.deployments.all()
    wanted = [_named(rows, name) for name in names] or rows
    return [Figures(tally=tally_in(work, row), name=row.name) for row in wanted]


def sums(figures: Sequence[Figures]) -> list[Figures]:
    """For each kind of deployment of which there are several: all of that kind added up."""
    of: dict[str, list[Tally]] = defaultdict(list)
    for one in figures:
        of[one.tally.kind].append(one.tally)
    return [Figures(tally=together(tallies)) for tallies in of.values() if len(tallies) > 1]


def stop_rule_counts(installation: Installation, deployment: str) -> tuple[int, int]:
    """What the stop rule goes by now: false passages that no longer wait for people, and searched passages of unlisted
    people. It reads all rows of the deployment, so ask once a minute, not at every frame.

    Raises:
        NoSuchDeployment: there is none.
    """

    def look(work: Work) -> tuple[int, int]:
        row = work.deployments.get(deployment)
        if row is None:
            raise _no_such(deployment)
        tally = tally_in(work, row)
        return tally.false_to_stop, tally.unlisted

    return installation.store.read(look)


def tally_in(work: Work, row: DeploymentRow) -> Tally:
    """What the store holds of a deployment, counted."""
    tests = may_have_decoys(work, row)
    lists = [one for one in work.lists.all() if one.deployment == row.id]
    return count(
        DeploymentFacts(
            deployment=row.id,
            kind=row.kind,
            entries=lists[-1].entries if lists else 0,
            withdrawn=_withdrawn(lists[-1], work.erasures.all()) if lists else 0,
            alerts=tuple(one for one in _alerts(work, row) if counts(one, tests=tests)),
            minutes=tuple(
                MinuteFacts(
                    camera=one.camera,
                    minute_us=one.minute_us,
                    frames=one.counts.frames,
                    faces_detected=one.counts.faces_detected,
                    faces_seen=one.counts.faces_seen,
                    lost=one.counts.lost,
                    green_ms=round(one.counts.green_s * 1000),
                    amber_ms=round(one.counts.amber_s * 1000),
                    red_ms=round(one.counts.red_s * 1000),
                )
                for one in work.figures.of(row.id)
            ),
        )
    )


def _alerts(work: Work, row: DeploymentRow) -> tuple[AlertFacts, ...]:
    decisions: dict[str, list[DecisionRow]] = defaultdict(list)
    for decision in work.alerts.decisions_of(row.id):
        decisions[decision.alert].append(decision)
    outcomes = {outcome.alert: outcome for outcome in work.alerts.outcomes_of(row.id)}  # the last word stays
    disclosed = [paper.about for paper in work.papers.of(row.id) if paper.kind == DISCLOSURE]
    needed = _needed(work, row)
    return tuple(
        _alert(one, decisions[one.id], needed, outcomes.get(one.id), disclosed.count(one.id))
        for one in work.alerts.of(row.id)
        if not one.is_decoy
    )


def counts(one: AlertFacts, *, tests: bool) -> bool:
    """Whether an alert is in the figures yet. Where people are tested with decoys, an alert is counted once a verdict
    stands or its time is over: else an open one that is in no figure would be known as a decoy by that."""
    return not tests or one.state is not State.OPEN


def may_have_decoys(work: Work, row: DeploymentRow) -> bool:
    """Whether people are tested with decoys in this deployment; never in a trial."""
    try:
        return row.kind == OPERATION and policy_of(work, row).rules.decoys_per_h_max > 0
    except NoPolicy:
        return False


def _alert(
    row: AlertRow, decisions: Iterable[DecisionRow], needed: int, outcome: OutcomeRow | None, disclosed: int
) -> AlertFacts:
    return AlertFacts(
        alert=row.id,
        camera=row.camera,
        passage=row.passage,
        about=row.about,
        threshold_e4=round(row.threshold * 10_000),
        latency_ms=None if row.latency_us is None else row.latency_us // 1000,
        verdicts=tuple((one.account, Verdict(one.verdict)) for one in decisions),
        needed=needed,
        undecided=row.undecided_us is not None,
        concluded=None if outcome is None else concluded_of(outcome),
        disclosed=disclosed,
    )


def concluded_of(row: OutcomeRow) -> Concluded:
    return Concluded(
        result=Result(row.result),
        held_min=row.held_min or 0,
        followed=Followed(row.followed),
        served_aim=bool(row.served_aim),
    )


def _needed(work: Work, row: DeploymentRow) -> int:
    """From how many people a verdict stands; one, where the deployment is of a version without policies."""
    try:
        return verdicts_needed(policy_of(work, row).rules)
    except NoPolicy:
        return 1


def _withdrawn(row: ListRow, erasures: Iterable[ErasureRow]) -> int:
    return sum(one.subject is Subject.ENTRY and one.subject_id.startswith(f"{row.id}/") for one in erasures)


def _named(rows: Sequence[DeploymentRow], name: str) -> DeploymentRow:
    found = [row for row in rows if name == row.id] or [row for row in rows if name == row.name]
    if not found:
        raise _no_such(name)
    if len(found) > 1:
        raise NoSuchDeployment(
            f"There are {len(found)} deployments of the name {name}.",
            f"Give the id of one: {', '.join(row.id for row in found)}.",
        )
    return found[0]


def _no_such(name: str) -> NoSuchDeployment:
    return NoSuchDeployment(f"There is no deployment {name}.", "Without a name, overt figures shows all of them.")


def _alerts_record(tally: AlertTally) -> dict[str, Any]:
    names = (
        *("alerts", "worth_a_look", "not_the_person", "cannot_tell", "undecided", "open", "engaged", "right"),
        *("right_late", "wrong_person", "wrong_entry", "not_engaged", "lost", "unverified", "held_wrongly_min"),
        *("id_shown", "arrests", "safeguarding", "service", "other_lawful", "disclosed"),
    )
    return {
        **{name: getattr(tally, name) for name in names},
        "precision": precision(tally).record(),
        "verified": verified(tally).record(),
        "served_aim": served(tally).record(),
        "latency_p50_s": latency_s(tally, 0.5),
        "latency_p99_s": latency_s(tally, 0.99),
        "thresholds": [each / 10_000 for each in tally.thresholds_e4],
    }
