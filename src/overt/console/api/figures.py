"""The figures of deployments, as `overt figures` gives them: every share with its interval."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from overt.console.api.shapes import FIGURES, ID_PATTERN, Answer, Id, IdInPath, Share, told
from overt.console.doors import Doors
from overt.console.house import house_of
from overt.console.visitor import visitor_of
from overt.services.figure_parts import labels_for, parts_of
from overt.services.figures import sums

doors = Doors("/api/v1", tags=["figures"])

Wanted = Annotated[
    list[Annotated[str, Field(pattern=ID_PATTERN)]] | None,
    Query(max_length=50, description="Ids of deployments; all of them where left out."),
]


class AlertFigures(Answer):
    """Alerts on one sort of entries."""

    alerts: int
    worth_a_look: int
    not_the_person: int
    cannot_tell: int
    undecided: int = Field(description="Nobody decided in time.")
    open: int
    engaged: int = Field(description="Somebody was spoken to.")
    right: int
    right_late: int = Field(description="Right, but no verdict stood in time; not among `right`.")
    wrong_person: int
    wrong_entry: int
    not_engaged: int
    lost: int
    unverified: int
    held_wrongly_min: int = Field(description="Minutes for which people were held up on a wrong alert.")
    id_shown: int
    arrests: int
    safeguarding: int
    service: int
    other_lawful: int
    ground_gone: int = Field(description="Let go: the ground for listing them no longer held.")
    disclosed: int = Field(description="How many times a record of an alert was handed over.")
    evidence: int = Field(description="Of these, how many times with its pictures, sealed.")
    precision: Share = Field(description="Right alerts of those where the person was identified.")
    verified: Share = Field(description="Right alerts of all alerts.")
    served_aim: Share
    stale_ground: Share = Field(description="`ground_gone` of everybody who was identified as listed.")
    latency_p50_s: float | None
    latency_p99_s: float | None
    thresholds: list[float]


class VolunteerFigures(AlertFigures):
    trr: None = Field(description="Not given without an independent tally of the volunteers' walks.")


class DecoyFigures(AlertFigures):
    caught: Share = Field(description="Decoys that were turned down.")


class Minutes(Answer):
    green: float
    amber: float
    red: float


class Promise(Answer):
    at_most: float = Field(description="False alerts per searched passage of an unlisted person.")
    kept: bool | None = Field(description="Null where these counts cannot tell.")


class Complaints(Answer):
    filed: int
    answered: int
    upheld: int = Field(description="At least in part.")


class StopRule(Answer):
    """The sequential test that stops a deployment."""

    false: int
    passages: int
    log_ratio: float
    limit: float
    crossed: bool
    false_left: int = Field(description="So many more false passages would stop it now.")


class DeploymentFigures(Answer):
    """What can be told of one deployment, or of all of one kind together."""

    deployment: Id | None
    name: str | None
    kind: str
    deployments: int
    cameras: int
    hours: float
    camera_hours: float
    faces_detected: int
    faces_seen: int
    passages_lost: int
    envelope_min: Minutes
    entries: int
    withdrawn: int
    listed: AlertFigures
    unlisted_passages: int
    officer_hours: float | None = Field(description="Of all who worked for it; null where nobody said it.")
    leaflets: int | None = Field(description="Given out; null where nobody said it.")
    far_low: Share = Field(description="False alerts confirmed wrong, of all searched passages of unlisted people.")
    far_high: Share = Field(description="Everything that is not confirmed right, of the same.")
    promise: Promise
    stop_rule: StopRule | None = Field(description="Of one deployment only.")
    complaints: Complaints
    volunteers: VolunteerFigures
    decoys: DecoyFigures


class CameraFigures(Answer):
    """One camera's passages, counted alone."""

    camera: str
    faces_detected: int
    faces_seen: int
    alerts: int
    right: int
    wrong: int = Field(description="Wrong person or wrong entry.")
    verified: Share
    precision: Share
    far_low: Share
    far_high: Share
    envelope_min: Minutes


class DecisionTime(Answer):
    """Seconds from the first look at both faces to the verdict."""

    median: float
    least: float
    most: float


class OperatorFigures(Answer):
    """Somebody's verdicts on alerts about which everybody who has to has decided."""

    operator: str = Field(description="A name, or `operator 1` for whoever may not know accounts.")
    verdicts: int
    worth_a_look: int
    not_the_person: int
    cannot_tell: int
    accepted: Share = Field(description="Verdicts “worth a look”.")
    soon: Share = Field(description="Verdicts within 3 seconds of the first look.")
    time_s: DecisionTime | None


class SliceFigures(Answer):
    """A part of the time: what was searched and raised in it, with what is known of it now."""

    from_: str = Field(alias="from")
    until: str
    faces_detected: int
    faces_seen: int
    right: int
    wrong: int
    never_verified: int


class FigureParts(Answer):
    cameras: list[CameraFigures]
    operators: list[OperatorFigures]
    slices: list[SliceFigures]


class AllFigures(Answer):
    deployments: list[DeploymentFigures]
    sums: list[DeploymentFigures] = Field(description="All deployments of a kind together, where there are several.")


@doors.get("/figures", FIGURES, responses=told(401, 404), summary="The figures of deployments, and their sums")
def every(request: Request, deployment: Wanted = None) -> AllFigures:
    book = house_of(request).figures
    found = book.of(deployment) if deployment else book.all()
    return AllFigures(
        deployments=[DeploymentFigures.model_validate(one.record()) for one in found],
        sums=[DeploymentFigures.model_validate(one.record()) for one in sums(found)],
    )


@doors.get(
    "/deployments/{deployment}/figures", FIGURES, responses=told(401, 404), summary="The figures of one deployment"
)
def one(request: Request, deployment: IdInPath) -> DeploymentFigures:
    (found,) = house_of(request).figures.of([deployment])
    return DeploymentFigures.model_validate(found.record())


@doors.get(
    "/deployments/{deployment}/figures/parts",
    FIGURES,
    responses=told(401, 404),
    summary="The figures of one deployment by camera, by who decided, and over time",
)
def parts(request: Request, deployment: IdInPath) -> FigureParts:
    house = house_of(request)
    (found,) = house.figures.of([deployment])
    assert found.facts is not None  # of one deployment they always are
    labels = labels_for(house.installation, visitor_of(request).account, found.facts)
    return FigureParts.model_validate(parts_of(found.facts, labels).record())
