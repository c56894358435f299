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

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from overt.domain.deciding import verdicts_needed
from overt.domain.decision import Followed, Result
from overt.domain.errors import Refused
from overt.domain.figures import percentile
from overt.domain.policy import Rules
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
from overt.services.acting import rules_of
from overt.services.adjudicate import looked_ms
from overt.services.complaints import complaints_counted
from overt.services.installation import Installation
from overt.services.leaflets import leaflets_of
from overt.services.officers import officer_min
from overt.services.outcomes import DISCLOSURE
from overt.store.ports import Work
from overt.store.records import DecisionRow, DeploymentRow, ListRow, LookRow, OutcomeRow, PaperRow, Subject

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
        facts: what these were counted from, to be taken apart (`overt.domain.parts`); None of several.
    """

    tally: Tally
    name: str = ""
    facts: DeploymentFacts | None = field(default=None, repr=False)

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
    def false_left(self) -> int:
        """How many more false passages would stop this deployment at its count of passages; 0: it stops."""
        return max(0, RULE.fewest_false(self.tally.unlisted) - self.tally.false_to_stop)

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
            "officer_hours": round(tally.officer_min / MINUTES_PER_HOUR, 2) if tally.timed else None,
            "leaflets": tally.leaflets if tally.leafleted else None,
            "far_low": self.far_low.record(),
            "far_high": self.far_high.record(),
            "promise": {"at_most": PROMISE, "kept": self.kept},
            "stop_rule": self._stop_record() if alone else None,
            "volunteers": {**_alerts_record(tally.volunteers), "trr": None},
            "complaints": {
                "filed": tally.complaints,
                "answered": tally.complaints_answered,
                "upheld": tally.complaints_upheld,
            },
            "decoys": {**_alerts_record(tally.decoys), "caught": self.caught.record()},
        }

    def _stop_record(self) -> dict[str, Any]:
        return {
            "false": self.tally.false_to_stop,
            "passages": self.tally.unlisted,
            "log_ratio": round(self.log_ratio, 6),
            "limit": round(RULE.limit, 6),
            "crossed": self.crossed,
            "false_left": self.false_left,
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


def stale_ground(tally: AlertTally) -> Figure:
    """People who were let go because the ground for listing them no longer held, of those identified as listed."""
    return Figure.of(tally.ground_gone, tally.right + tally.right_late + tally.wrong_entry)


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
    books = _Books.of(work)
    return [
        figures_from(facts_in(work, row, books), row.name) for row in named_in(work, names) or work.deployments.all()
    ]


def named_in(work: Work, names: Iterable[str]) -> list[DeploymentRow]:
    """These deployments; raises as `figures_of`."""
    wanted = list(names)
    rows = work.deployments.all() if wanted else []
    return [_named(rows, name) for name in wanted]


def figures_from(facts: DeploymentFacts, name: str = "") -> Figures:
    """The figures that these facts give."""
    return Figures(tally=count(facts), name=name, facts=facts)


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
    """What the store holds of one deployment, counted."""
    return count(facts_in(work, row, _Books.of(work)))


@dataclass(frozen=True, kw_only=True)
class _Books:
    """What is read once for all deployments: their lists, oldest first, how many entries were taken off each, and the
    rules of each policy; None: the deployment is of a version without policies."""

    lists: Mapping[str, Sequence[ListRow]]
    withdrawn: Mapping[str, int]
    rules: dict[str, Rules | None] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work) -> _Books:
        lists: dict[str, list[ListRow]] = defaultdict(list)
        for one in work.lists.all():
            lists[one.deployment].append(one)
        gone = (one.subject_id for one in work.erasures.all() if one.subject is Subject.ENTRY)
        return cls(lists=lists, withdrawn=Counter(entry.partition("/")[0] for entry in gone))

    def rules_of(self, work: Work, row: DeploymentRow) -> Rules | None:
        if row.policy_digest not in self.rules:
            self.rules[row.policy_digest] = rules_of(work, row)
        return self.rules[row.policy_digest]


def facts_in(work: Work, row: DeploymentRow, books: _Books) -> DeploymentFacts:
    """What the store holds of a deployment for its figures."""
    lists, papers, rules = books.lists.get(row.id, ()), work.papers.of(row.id), books.rules_of(work, row)
    tests = row.kind == OPERATION and rules is not None and rules.decoys_per_h_max > 0
    alerts = _alerts(work, row, papers, 1 if rules is None else verdicts_needed(rules))
    return DeploymentFacts(
        deployment=row.id,
        kind=row.kind,
        entries=lists[-1].entries if lists else 0,
        withdrawn=books.withdrawn.get(lists[-1].id, 0) if lists else 0,
        alerts=tuple(one for one in alerts if counts(one, tests=tests)),
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
        officer_min=officer_min(papers),
        **complaints_counted(work, papers),
        leaflets=leaflets_of(papers),
    )


def _alerts(work: Work, row: DeploymentRow, papers: Iterable[PaperRow], needed: int) -> tuple[AlertFacts, ...]:
    """Those about people who passed; decoys are none of them. `needed`: from so many people a verdict stands."""
    decisions: dict[str, list[DecisionRow]] = defaultdict(list)
    for decision in work.alerts.decisions_of(row.id):
        decisions[decision.alert].append(decision)
    looks: dict[str, list[LookRow]] = defaultdict(list)
    for look in work.alerts.looks_of(row.id):
        looks[look.alert].append(look)
    outcomes = {outcome.alert: outcome for outcome in work.alerts.outcomes_of(row.id)}  # the last word stays
    disclosures = [paper for paper in papers if paper.kind == DISCLOSURE]
    disclosed = Counter(paper.about for paper in disclosures)
    evidence = Counter(paper.about for paper in disclosures if paper.content.get("pictures"))
    return tuple(
        AlertFacts(
            alert=one.id,
            camera=one.camera,
            passage=one.passage,
            about=one.about,
            threshold_e4=round(one.threshold * 10_000),
            latency_ms=None if one.latency_us is None else one.latency_us // 1000,
            verdicts=tuple((said.account, said.verdict) for said in decisions[one.id]),
            looked_ms=tuple(looked_ms(said, looks[one.id]) for said in decisions[one.id]),
            needed=needed,
            undecided=one.undecided_us is not None,
            concluded=None if (outcome := outcomes.get(one.id)) is None else concluded_of(outcome),
            disclosed=disclosed[one.id],
            evidence=evidence[one.id],
        )
        for one in work.alerts.of(row.id)
        if not one.is_decoy
    )


def counts(one: AlertFacts, *, tests: bool) -> bool:
    """Whether an alert is in the figures yet. Where people are tested with decoys, an alert is counted once a verdict
    stands or its time is over: else an open one that is in no figure would be known as a decoy by that."""
    return not tests or one.state is not State.OPEN


def concluded_of(row: OutcomeRow) -> Concluded:
    return Concluded(
        result=Result(row.result),
        held_min=row.held_min or 0,
        followed=Followed(row.followed),
        served_aim=bool(row.served_aim),
    )


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
        *("id_shown", "arrests", "safeguarding", "service", "other_lawful", "ground_gone", "disclosed", "evidence"),
    )
    return {
        **{name: getattr(tally, name) for name in names},
        "precision": precision(tally).record(),
        "verified": verified(tally).record(),
        "served_aim": served(tally).record(),
        "stale_ground": stale_ground(tally).record(),
        "latency_p50_s": latency_s(tally, 0.5),
        "latency_p99_s": latency_s(tally, 0.99),
        "thresholds": [each / 10_000 for each in tally.thresholds_e4],
    }
