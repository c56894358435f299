"""Deployments: which there are, under what authority each one is, and what is to be expected of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from fastapi import Request
from pydantic import Field

from overt.bootstrap import calibration, case_at
from overt.console.api.shapes import (
    FIGURES,
    MOST,
    Answer,
    Before,
    Id,
    IdInPath,
    Limit,
    Moment,
    Part,
    maybe,
    moment,
    part,
    told,
)
from overt.console.doors import Doors, only
from overt.console.house import House, house_of
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.services.acting import policy_of
from overt.services.authorise import require_standing, valid_authorities
from overt.services.case import Case
from overt.services.deployment_files import kept_path
from overt.services.deployments import NotEntered, known_row
from overt.services.halts import require_not_held
from overt.services.planning import plan_deployment
from overt.store.ports import Work
from overt.store.records import DeploymentRow

doors = Doors("/api/v1", tags=["deployments"])


class Deployment(Answer):
    """A deployment as it was entered, and how it stands."""

    deployment: Id
    name: str
    kind: Literal["operation", "trial"]
    state: Literal["new", "authorised", "cancelled", "ended"]
    opens: Moment
    closes: Moment
    ended: Moment | None = Field(description="When it ended before its window did, or was cancelled.")
    policy: str = Field(description="The policy's name.")
    digest: str = Field(description="SHA-256 of everything that was authorised.")
    cameras: int | None = Field(description="How many; null where an older version entered it.")
    signed_by: list[Id] = Field(description="Accounts whose signatures are not cancelled.")
    running: bool = Field(description="Somebody scans for it now, here or elsewhere.")
    watched_here: bool = Field(description="It is watched from this console.")


class Signature(Answer):
    account: Id
    signed: Moment
    cancelled: Moment | None
    counts: bool = Field(description="It was verified again just now, byte for byte.")


class Authority(Answer):
    """Whether a deployment may run at this moment, and by whose signatures."""

    deployment: Id
    may_run: bool
    because: str = Field(description="Why it may not, a sentence; empty where it may.")
    todo: str = Field(description="What to do then.")
    code: str | None = Field(description="The same as a code.")
    list_kept: bool = Field(description="Its watch list is sealed and not erased.")
    signatures: list[Signature]


class Estimate(Answer):
    """An expected number with its 95 % interval."""

    value: float
    low: float
    high: float


class Group(Answer):
    name: str
    ratio: float
    per_1000: Estimate
    expected: Estimate
    chance: Estimate


class FalseAlerts(Answer):
    """False alerts to expect of passages of people who are not listed."""

    rows: int = Field(description="Pictures that each passage is compared with.")
    threshold: float = Field(description="Cosine.")
    extrapolated: bool = Field(description="The threshold rests on fewer than 30 observed errors.")
    passages: int
    hours: float
    far: Estimate
    expected: Estimate
    per_hour: Estimate
    chance: Estimate
    band: list[int] = Field(description="Fewest and most that a run should show.")
    groups: list[Group] | None = Field(description="Worst first; null where they were not measured.")


class Broken(Answer):
    """A rule of the policy that does not hold now."""

    rule: str
    sentence: str
    todo: str


class Planned(Answer):
    plan: FalseAlerts
    coverage: float = Field(description="Camera-hours x hectares of the heaviest 30 days that it would be part of.")
    coverage_max: float = Field(description="The policy's budget of these.")
    list_reused: float = Field(description="Share of the list that the last deployments had too, 0 to 1.")
    text_reused: float = Field(description="Share of the reasons that the last deployments had too, 0 to 1.")
    broken: list[Broken] = Field(description="What the policy asks and is not so at this moment.")


@doors.get("/deployments", FIGURES, responses=told(401), summary="Every deployment, newest first")
def every(request: Request, before: Before = None, limit: Limit = MOST) -> Part[Deployment]:
    house = house_of(request)

    def look(work: Work) -> Part[Deployment]:
        rows = work.deployments.all()
        return part(rows, before, limit, id_of=lambda row: row.id, shown=lambda row: _shown(house, work, row))

    return house.installation.store.read(look)


@doors.get("/deployments/{deployment}", FIGURES, responses=told(401, 404), summary="One deployment")
def one(request: Request, deployment: IdInPath) -> Deployment:
    house = house_of(request)
    row = known_row(house.installation, deployment)
    return house.installation.store.read(lambda work: _shown(house, work, row))


@doors.get(
    "/deployments/{deployment}/authority",
    FIGURES,
    responses=told(401, 404, 409),
    summary="Whether a deployment may run now, and why not",
)
def authority(request: Request, deployment: IdInPath) -> Authority:
    installation = house_of(request).installation
    row, now_us = known_row(installation, deployment), installation.clock.now_us()

    def look(work: Work) -> Authority:
        error: Refused | None = None
        try:
            require_standing(installation, work, row, policy_of(work, row), now_us)
            require_not_held(work, row.id)
        except Refused as refused:
            error = refused
        valid = {one.id for one in valid_authorities(installation, work, row)}
        return Authority(
            deployment=row.id,
            may_run=error is None,
            because=error.sentence if error else "",
            todo=error.todo if error else "",
            code=error.code if error else None,
            list_kept=work.lists.kept_for(row.id) is not None,
            signatures=[
                Signature(
                    account=one.account,
                    signed=moment(one.signed_us),
                    cancelled=maybe(one.cancelled_us),
                    counts=one.id in valid,
                )
                for one in work.authorities.of(row.id)
            ],
        )

    return installation.store.read(look)


@doors.get(
    "/deployments/{deployment}/plan",
    only(Action.DEPLOYMENT_PLAN, by_token=True),
    responses=told(401, 404, 409),
    summary="What to expect before signing",
    description="False alerts to expect, coverage, what was reused, and which rules do not hold yet. That it was "
    "looked at is recorded. The deployment's file has to be among those of this console, as it was entered.",
)
def plan(request: Request, deployment: IdInPath) -> Planned:
    house, visitor = house_of(request), visitor_of(request)
    row = known_row(house.installation, deployment)
    case = _case_of(house, row)
    planned = plan_deployment(house.installation, visitor.account, case, row, calibration(house.settings))
    return Planned.model_validate(planned.record())


def _shown(house: House, work: Work, row: DeploymentRow) -> Deployment:
    signed = [one.account for one in work.authorities.of(row.id) if one.cancelled_us is None]
    lease, run = work.leases.get(row.id), house.runs.of(row.id)
    cameras = row.terms.get("cameras")
    return Deployment.model_validate(
        {
            "deployment": row.id,
            "name": row.name,
            "kind": row.kind,
            "state": str(row.state),
            "opens": moment(row.opens_us),
            "closes": moment(row.closes_us),
            "ended": maybe(row.ended_us),
            "policy": row.policy,
            "digest": row.digest,
            "cameras": cameras if isinstance(cameras, int) else None,
            "signed_by": signed,
            "running": lease is not None and lease.ends_us > house.now_us,
            "watched_here": run is not None and not run.over,
        }
    )


def _case_of(house: House, row: DeploymentRow) -> Case:
    """The deployment's file as the console keeps it; raises NotEntered where it does not, or not as it was entered."""
    path = kept_path(house.settings.home, row.id)
    if path is not None:
        with suppress(OvertError):  # it was changed, or its list has gone: it is not what was entered
            case = case_at(path, house.settings)
            if case.digest() == row.digest:
                return case
    raise NotEntered(
        "The file of this deployment is not among those of this console as it was entered.",
        "Plan it with overt deployment plan FILE.",
    )
