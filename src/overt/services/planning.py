"""What an officer should know before signing: how often the machine will be wrong, and what it adds to the rest."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from overt.domain.asked import coverage_30d, list_reused, text_reused
from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import Refused
from overt.domain.retention import HOUR_US
from overt.domain.roles import Action
from overt.domain.terms import Broken, broken
from overt.evaluation.planner import Estimate, Plan, plan_for
from overt.ledger.entry import Fact
from overt.recognition.threshold import threshold_for
from overt.services.case import Case
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.terms import history_of, terms_of
from overt.store.ports import Work
from overt.store.records import DeploymentRow


class NoPlan(Refused):
    code = "no-plan"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A deployment as it would run.

    Attributes:
        coverage: camera-hours x hectares of the heaviest 30 days that it would be part of, and the policy's budget.
        list_reused, text_reused: shares, 0 to 1, of the list and the necessity text that the last deployments had too.
        broken: what the policy asks and is not so at this moment.
    """

    plan: Plan
    coverage: float
    coverage_max: float
    list_reused: float
    text_reused: float
    broken: tuple[Broken, ...]

    def sentences(self) -> list[str]:
        """In plain words."""
        return [
            *self.plan.sentences(),
            f"Coverage: {self.coverage:.4g} camera-hours x hectares within 30 days, all deployments together; the "
            f"policy's budget is {self.coverage_max:g}.",
            f"Of the list {self.list_reused:.0%} and of the reasons {self.text_reused:.0%} stood in the last "
            "deployments too.",
            *(f"Not yet so: {one.sentence} {one.todo} ({one.rule})" for one in self.broken),
        ]

    def record(self) -> dict[str, object]:
        return {
            "plan": self.plan.record(),
            "coverage": self.coverage,
            "coverage_max": self.coverage_max,
            "list_reused": self.list_reused,
            "text_reused": self.text_reused,
            "broken": [{"rule": one.rule, "sentence": one.sentence, "todo": one.todo} for one in self.broken],
        }


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a plan is about: pictures that each passage is compared with, passages expected, hours of scanning."""

    rows: int
    passages: int
    hours: float


def scope_of(row: DeploymentRow) -> Scope:
    """That of an entered deployment.

    Raises:
        NoPlan: its file does not say how many people are expected, or the list's size is not known.
    """
    rows, passages = row.terms.get("rows"), row.terms.get("expected_passages")
    if not isinstance(rows, int) or rows < 1 or not isinstance(passages, int):
        raise NoPlan(
            "Nothing can be planned: the deployment file does not say how many people are expected to pass.",
            "Write expected_passages into [deployment].",
        )
    return Scope(rows=rows, passages=passages, hours=(row.closes_us - row.opens_us) / HOUR_US)


def plan_at(curve: ImpostorCurve, scope: Scope, wanted_far: float) -> Plan:
    """False alerts to expect at the threshold for a wanted share of them, 0 to 1.

    Raises:
        BadModel, Refused: no threshold keeps to it.
    """
    threshold = threshold_for(curve, scope.rows, wanted_far)
    groups = {threshold.worst_group: threshold.worst_ratio} if threshold.worst_group else {}
    return plan_for(threshold, passages=scope.passages, hours=scope.hours, groups=groups)


def plans_at(curve: ImpostorCurve, scope: Scope, wanted: Iterable[float]) -> tuple[tuple[float, Plan], ...]:
    """As `plan_at` for each share; those to which no threshold keeps are left out."""
    found = []
    for share in wanted:
        with suppress(Refused):
            found.append((share, plan_at(curve, scope, share)))
    return tuple(found)


def plan_deployment(
    installation: Installation, by: Account, case: Case, row: DeploymentRow, curve: ImpostorCurve
) -> Planned:
    """What is to be expected of an entered deployment; that it was looked at is recorded.

    Raises:
        NotAllowed: this account may not see it.
        NoPlan: the file does not say how many people are expected, or the list's size is not known.
    """
    now_us, scope = installation.clock.now_us(), scope_of(row)
    plan = plan_at(curve, scope, case.deployment.wanted_far)

    def change(work: Work) -> Planned:
        require_actor(work, by, Action.DEPLOYMENT_PLAN)
        terms, history = terms_of(case.deployment, work.nominals.of(row.id)), history_of(work, now_us, without=row.id)
        planned = Planned(
            plan=plan,
            coverage=coverage_30d(terms, history),
            coverage_max=case.policy.rules.coverage_max_camera_h_ha_30d,
            list_reused=list_reused(terms, history),
            text_reused=text_reused(terms, history),
            broken=broken(terms, history, case.policy, now_us),
        )
        facts: dict[str, Fact] = {
            "threshold_e4": round(plan.threshold * 10_000),
            "extrapolated": plan.extrapolated,
            "passages": scope.passages,
            "false_alerts_low": plan.band[0],
            "false_alerts_high": plan.band[1],
            "expected_e4": _e4(plan.expected),
            "chance_e4": _e4(plan.chance),
        }
        work.record("deployment.planned", actor=by.id, deployment=row.id, facts=facts)
        return planned

    return installation.store.write(change)


def _e4(one: Estimate) -> tuple[int, int, int]:
    """A number and its interval, in ten-thousandths."""
    return round(one.value * 10_000), round(one.low * 10_000), round(one.high * 10_000)
