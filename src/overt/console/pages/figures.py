"""Figures: what deployments came to, each as a sentence with its interval, how to read it, and how it was computed.

Rules:
  - trials and operations stand apart and are never added together; each is told by the words of the terminal
    (`overt.services.figure_words`), from the same counts;
  - nothing here tells a score, nor what one of two people said before the other has;
  - who decided is told by name to those who may know accounts, and as "operator 1" to everybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Form, Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages import figures_charts as charts
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action, roles_for
from overt.domain.tally import OPERATION, TRIAL, AlertTally, Tally
from overt.domain.words import many
from overt.services.checks import how_it_stands
from overt.services.deployments import known_row
from overt.services.figure_parts import SOON_S, labels_for, parts_of
from overt.services.figure_words import (
    INDEPENDENT,
    NO_GROUPS,
    NO_TALLY,
    NO_TRR,
    Told,
    costs,
    promise_sentence,
    stop_told,
    told_of_alerts,
    told_of_false_alerts,
)
from overt.services.figures import Figures, sums
from overt.services.leaflets import BadLeaflets, count_leaflets
from overt.services.officers import BadOfficerTime, count_officers
from overt.services.stopped import stop_of, stopped_by_rule
from overt.store.records import DeploymentRow

doors = Doors("/figures")

SEES: Final = only(Action.FIGURES_SEE)
SAYS: Final = only(Action.REVIEW_FILE)
#: So many deployments of each kind are listed, the newest first; all of them are in the sum.
MOST: Final = 100
TITLES: Final = {OPERATION: "Operations", TRIAL: "Trials"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One deployment in the list of all."""

    row: DeploymentRow
    figures: Figures
    bar: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """All deployments of one kind. `whole`: their sum, or the one."""

    title: str
    whole: Figures
    bar: str
    promise: str
    told: tuple[Told, ...]
    lines: tuple[Line, ...]
    more: int


@doors.get("", SEES)
def show_all(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = house.figures.all()
    rows = {row.id: row for row in house.installation.store.read(lambda work: work.deployments.all())}
    groups = [
        _group(kind, [(rows[one.tally.deployment], one) for one in found if one.tally.kind == kind]) for kind in TITLES
    ]
    return page(
        request,
        "figures.html",
        visitor=visitor,
        groups=[one for one in groups if one is not None],
        stopped=stopped_by_rule(house.installation),
        independent=INDEPENDENT,
        no_trr=NO_TRR,
        writes=bool(roles_for(visitor.account.roles, Action.DEPLOYMENT_NEW)),
    )


@doors.get("/{deployment}", SEES)
def show(request: Request, deployment: str) -> Response:
    return _page(request, _row(request, deployment))


@doors.post("/{deployment}/officers", SAYS)
def say_officers(
    request: Request,
    deployment: str,
    officers: Annotated[str, Form(max_length=20)] = "",
    hours: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """How long people worked for it; the last word counts."""
    visitor, house, row = visitor_of(request), house_of(request), _row(request, deployment)
    try:
        people, minutes = _numbers(officers, hours)
        count_officers(house.installation, visitor.account, row, officers=people, minutes=minutes)
    except OvertError as error:
        return _page(request, row, error=error, typed={"officers": officers, "hours": hours, "leaflets": ""})
    return go(f"/figures/{row.id}", done="officers")


@doors.post("/{deployment}/leaflets", SAYS)
def say_leaflets(request: Request, deployment: str, leaflets: Annotated[str, Form(max_length=20)] = "") -> Response:
    """How many leaflets were given out; the last word counts."""
    visitor, house, row = visitor_of(request), house_of(request), _row(request, deployment)
    try:
        if not leaflets.strip().isdecimal():
            raise BadLeaflets("How many leaflets is a whole number.", "Give it in digits.")
        count_leaflets(house.installation, visitor.account, row, int(leaflets))
    except OvertError as error:
        return _page(request, row, error=error, typed={"officers": "", "hours": "", "leaflets": leaflets})
    return go(f"/figures/{row.id}", done="leaflets")


def three_way(tally: AlertTally) -> str:
    """Verified right, verified wrong, never verified: one bar."""
    wrong = tally.wrong_person + tally.wrong_entry
    never = tally.alerts - tally.right - wrong
    says = (
        f"Of {many(tally.alerts, 'alert')} {tally.right:,} verified right, {wrong:,} wrong, {never:,} never verified."
    )
    parts = (("right", "Verified right", tally.right), ("wrong", "Verified wrong", wrong))
    return charts.bar([*parts, ("never", "Never verified", never)], says=says)


def _group(kind: str, found: list[tuple[DeploymentRow, Figures]]) -> Group | None:
    if not found:
        return None
    figures = [one for _, one in found]
    whole = (sums(figures) or figures)[0]
    ordered = sorted(found, key=lambda pair: (pair[0].opens_us, pair[0].id), reverse=True)
    return Group(
        title=TITLES[kind],
        whole=whole,
        bar=three_way(whole.tally.listed),
        promise=promise_sentence(whole),
        told=(*told_of_alerts(whole.tally.listed)[:2], *told_of_false_alerts(whole)),
        lines=tuple(Line(row=row, figures=one, bar=three_way(one.tally.listed)) for row, one in ordered[:MOST]),
        more=len(ordered) - MOST,
    )


def _page(
    request: Request, row: DeploymentRow, *, error: OvertError | None = None, typed: dict[str, str] | None = None
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    by = visitor.account
    (one,) = house.figures.of([row.id])
    stands = how_it_stands(house.installation, by, row)
    assert one.facts is not None  # of one deployment they always are
    parts = parts_of(one.facts, labels_for(house.installation, by, one.facts))
    return page(
        request,
        "figures_one.html",
        visitor=visitor,
        error=error,
        row=row,
        stands=stands,
        stopped=stop_of(house.installation, row),
        figures=one,
        tally=one.tally,
        bar=three_way(one.tally.listed),
        told=told_of_alerts(one.tally.listed),
        far=told_of_false_alerts(one),
        promise=promise_sentence(one),
        stop=stop_told(one, over=stands.over(house.now_us)),
        scale=charts.scale(one.log_ratio),
        trace=charts.trace(parts.slices),
        over_time=charts.over_time(parts.slices),
        slices=parts.slices,
        parts_of=parts,
        camera_bars={name: three_way(each.tally.listed) for name, each in parts.cameras.items()},
        conditions=_conditions(one.tally),
        costs=list(costs(one.tally)),
        soon_s=SOON_S,
        no_trr=NO_TRR,
        no_tally=NO_TALLY,
        no_groups=NO_GROUPS,
        independent=INDEPENDENT,
        says_officers=bool(roles_for(by.roles, Action.REVIEW_FILE)),
        knows_people=bool(roles_for(by.roles, Action.ACCOUNT_SEE)),
        typed=typed or {"officers": "", "hours": "", "leaflets": ""},
    )


def _conditions(tally: Tally) -> str:
    """Minutes of cameras in green, amber and red, as a bar."""
    minutes = [ms / 60_000 for ms in (tally.green_ms, tally.amber_ms, tally.red_ms)]
    says = f"{minutes[0]:,.1f} minutes green, {minutes[1]:,.1f} amber, {minutes[2]:,.1f} red."
    return charts.bar(list(zip(("green", "amber", "red"), ("Green", "Amber", "Red"), minutes, strict=True)), says=says)


def _row(request: Request, deployment: str) -> DeploymentRow:
    try:
        return known_row(house_of(request).installation, str(UUID(deployment)))
    except ValueError:
        raise NotThere("There is no such deployment.", "See which there are.") from None


def _numbers(officers: str, hours: str) -> tuple[int, int]:
    """People and minutes."""
    try:
        people, minutes = int(officers), round(float(hours.replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        raise BadOfficerTime(
            "How long people worked is two numbers.", "Give how many people, and for how many hours each on average."
        ) from None
    return people, minutes
