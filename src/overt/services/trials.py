"""A trial deployment of the store as a run that can be held against a tally.

Rules:
  - only a trial is evaluated so, never an operation: volunteers are in no operational figure;
  - of alerts only those about volunteers are opened, and of these only the reference is read, to be compared with the
    tally in memory; it is in no result, and nobody learns by it who else is listed;
  - once an alert is erased its entry is known only where another alert of the same entry can still be opened;
  - under a blind-first policy a score that is hidden from people stays null, and while a second person is still to
    decide, what the first one said is not told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Final

from overt.domain.deciding import Sees, may_see, verdicts_needed
from overt.domain.decision import Verdict
from overt.domain.errors import Refused
from overt.domain.figures import Counts, add_up, percentile
from overt.domain.policy import Rules
from overt.domain.tally import TRIAL, VOLUNTEER
from overt.evaluation.trial_run import Prompt, Run, Said
from overt.services.acting import rules_of
from overt.services.adjudicate import AlertErased, evidence
from overt.services.figures import Figures, concluded_of, figures_in
from overt.services.installation import Installation
from overt.store.ports import Work
from overt.store.records import AlertRow, DecisionRow, DeploymentRow, FigureRow, OutcomeRow, State
from overt.vault.errors import NoKey

#: Before a place on the list, in place of a reference: no reference has such a letter.
_PLACE: Final = "\0"


class NoTrial(Refused):
    """The deployment is an operation."""

    code = "no-trial"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a store holds of one deployment, for whoever evaluates it.

    Attributes:
        row: the deployment.
        figures: as `overt figures` gives them.
        rules: of its policy; None: it is of a version without policies.
        run: its alerts and counts. The entry of an alert about somebody who is no volunteer is a place on the list.
        minutes: the counts of each camera and minute.
    """

    row: DeploymentRow
    figures: Figures
    rules: Rules | None
    run: Run
    minutes: tuple[FigureRow, ...]


def kept_trial(installation: Installation, name: str) -> Kept:
    """A trial deployment, to be held against a tally.

    Args:
        name: its id, or its name where there is one of that name.

    Raises:
        NoSuchDeployment: there is none, or several.
        NoTrial: it is an operation.
    """
    found = kept_deployment(installation, name)
    if found.row.kind != TRIAL:
        raise NoTrial(
            f"The deployment {found.row.id} is an operation, and only a trial is held against a tally.",
            "Its figures are those of overt figures.",
        )
    return found


def kept_deployment(installation: Installation, name: str) -> Kept:
    """A deployment of either kind; raises NoSuchDeployment."""
    found, rows = installation.store.read(lambda work: _look(work, name))
    entries = _entries(installation, rows.alerts) if found.row.kind == TRIAL else {}
    prompts = tuple(_prompt(one, rows, entries, found.rules) for one in rows.alerts)
    return replace(found, run=replace(found.run, prompts=prompts))


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """The alerts of a deployment, oldest first, and what people said of them."""

    alerts: tuple[AlertRow, ...]
    decisions: Mapping[str, Sequence[DecisionRow]]
    outcomes: Mapping[str, OutcomeRow]


def _look(work: Work, name: str) -> tuple[Kept, _Rows]:
    (figures,) = figures_in(work, [name])
    row = work.deployments.get(figures.tally.deployment)
    assert row is not None
    decisions: dict[str, list[DecisionRow]] = defaultdict(list)
    for decision in work.alerts.decisions_of(row.id):
        decisions[decision.alert].append(decision)
    rows = _Rows(
        alerts=tuple(one for one in work.alerts.of(row.id) if not one.is_decoy),
        decisions=decisions,
        outcomes={outcome.alert: outcome for outcome in work.alerts.outcomes_of(row.id)},  # the last word stays
    )
    minutes = tuple(work.figures.of(row.id))
    kept = Kept(
        row=row,
        figures=figures,
        rules=rules_of(work, row),
        run=Run(rehearsal=False, deployment=row.id, prompts=(), counts=_counts(minutes, rows.alerts)),
        minutes=minutes,
    )
    return kept, rows


def _counts(minutes: Sequence[FigureRow], alerts: Sequence[AlertRow]) -> dict[str, float | None]:
    """As the figures line of a run has them; every count by its name."""
    total = add_up(one.counts for one in minutes)
    waited_s = [one.latency_us / 1_000_000 for one in alerts if one.latency_us is not None]
    return {
        **{one.name: getattr(total, one.name) for one in fields(Counts)},
        "alerts": len(alerts),
        "latency_p50_s": percentile(waited_s, 0.5),
        "latency_p99_s": percentile(waited_s, 0.99),
    }


def _entries(installation: Installation, alerts: Sequence[AlertRow]) -> dict[int, str]:
    """References of volunteers by their place on the list, as far as an alert about them can still be opened."""
    found: dict[int, str] = {}
    for one in alerts:
        if one.about == VOLUNTEER and one.state is State.KEPT and one.list_position not in found:
            with suppress(AlertErased, NoKey):
                found[one.list_position] = evidence(installation, one.id).reference
    return found


def _prompt(row: AlertRow, rows: _Rows, entries: Mapping[int, str], rules: Rules | None) -> Prompt:
    decisions = rows.decisions.get(row.id, ())
    sees = Sees(score=False, others=True) if rules is None else may_see(decisions, rules)
    told = decisions if sees.others else ()
    outcome = rows.outcomes.get(row.id)
    return Prompt(
        alert=row.id,
        camera=row.camera,
        at_us=row.at_us // 1000 * 1000,
        media_us=None,
        passage=row.passage,
        entry=entries.get(row.list_position, "") if row.about == VOLUNTEER else f"{_PLACE}{row.list_position}",
        about=row.about,
        score=round(row.score, 4) if sees.score else None,
        threshold=round(row.threshold, 4) if sees.score else None,
        per_1000=float(f"{row.false_alerts_per_1000:.3g}") if sees.score else None,
        shots=row.shots,
        cautions=row.cautions,
        latency_ms=None if row.latency_us is None else row.latency_us // 1000,
        said=Said(
            verdicts=tuple((one.account, Verdict(one.verdict)) for one in told),
            needed=1 if rules is None else verdicts_needed(rules),
            undecided=row.undecided_us is not None,
            concluded=None if outcome is None else concluded_of(outcome),
        ),
    )
