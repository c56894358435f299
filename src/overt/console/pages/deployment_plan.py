"""The planner: how often the machine will be wrong, at this deployment's threshold and at others, before anybody signs.

That the plan of a deployment was looked at is recorded; moving the slider records nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.responses import Response

from overt.bootstrap import calibration
from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.pages.deployment_chart import Point, chart
from overt.console.pages.deployment_seen import Seen, may, seen
from overt.console.render import page
from overt.console.visitor import Visitor, visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.evaluation.planner import Plan
from overt.services.planning import Planned, plan_deployment, plans_at, scope_of

doors = Doors("/deployments")

PLANS: Final = only(Action.DEPLOYMENT_PLAN)
#: Steps of the slider, one false alert in so many passages; the strictest is the last.
ONE_IN: Final = (1000, 1500, 2000, 3000, 5000, 7500, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000)
_CURVE: Final = tuple(10 ** (-2 - step / 8) for step in range(33))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stop of the slider. `own`: it is what the deployment says."""

    one_in: int
    plan: Plan
    own: bool


@doors.get("/{deployment}/plan", PLANS)
def show(request: Request, deployment: str, at: int = -1) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    error: OvertError | None = None
    steps, drawn, planned = tuple[Step, ...](), "", None
    try:
        planned = _recorded(visitor, house, found)
        steps = _steps(house, found)
        own = next((step for step in steps if step.own), steps[0])
        drawn = _chart(house, found, own.plan)
    except OvertError as refused:
        error = refused
    chosen = at if 0 <= at < len(steps) else next((i for i, step in enumerate(steps) if step.own), 0)
    return page(
        request,
        "deployment_plan.html",
        visitor=visitor,
        error=error,
        seen=found,
        row=found.row,
        planned=planned,
        steps=steps,
        chosen=chosen,
        chart=drawn,
        writes=may(visitor.account.roles, Action.DEPLOYMENT_NEW),
        signs=bool(found.signs_as(visitor.account.name)) and may(visitor.account.roles, Action.AUTHORITY_SIGN),
    )


def _recorded(visitor: Visitor, house: House, found: Seen) -> Planned | None:
    """The deployment's own plan; None where its file lies elsewhere."""
    if found.case is None or not found.same:
        return None
    return plan_deployment(house.installation, visitor.account, found.case, found.row, calibration(house.settings))


def _steps(house: House, found: Seen) -> tuple[Step, ...]:
    own = _wanted(found)
    shares = sorted({*(1 / many for many in ONE_IN), own}, reverse=True)
    plans = plans_at(calibration(house.settings), scope_of(found.row), shares)
    return tuple(Step(one_in=round(1 / share), plan=plan, own=share == own) for share, plan in plans)


def _wanted(found: Seen) -> float:
    wanted = found.row.terms.get("wanted_far")
    return float(wanted) if isinstance(wanted, int | float) and 0 < wanted < 1 else 1 / ONE_IN[0]


def _chart(house: House, found: Seen, own: Plan) -> str:
    scope = scope_of(found.row)
    plans = [plan for _, plan in plans_at(calibration(house.settings), scope, _CURVE)]
    points = {
        plan.threshold: Point(
            at=plan.threshold, value=plan.expected.value, low=plan.expected.low, high=plan.expected.high
        )
        for plan in plans
    }
    mine = Point(at=own.threshold, value=own.expected.value, low=own.expected.low, high=own.expected.high)
    return chart(sorted(points.values(), key=lambda point: point.at), mine, passages=scope.passages)
