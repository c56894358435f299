"""Cameras: what each one counted, and how those do that are watched from here. No picture, and no address of one."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from pydantic import Field

from overt.console.api.shapes import FIGURES, Answer, Id, IdInPath, Moment, moment, told
from overt.console.doors import Doors
from overt.console.house import house_of
from overt.console.runs import Run
from overt.domain.figures import Counts, Health, add_up
from overt.services.deployments import known_row

doors = Doors("/api/v1", tags=["cameras"])


class Counted(Answer):
    """What a camera did, counted; seconds to the millisecond. How many possible matches it had is left out: an alert
    that is none of them would be known as a decoy."""

    frames: int
    dropped: int = Field(description="Frames that were due and that a newer one replaced, or that came too late.")
    faces_detected: int = Field(description="Passages detected.")
    faces_seen: int = Field(description="Passages compared with the list.")
    cooled_down: int = Field(description="Possible matches held back, the entry having just alerted there.")
    lost: int = Field(description="Passages that were open when a camera process died.")
    unmatched_age_max_s: float = Field(description="Longest time from a face's last sighting to its overwriting.")
    oldest_pixel_max_s: float
    cpu_s: float
    video_s: float
    green_s: float = Field(description="Seconds inside the operating envelope.")
    amber_s: float
    red_s: float


class State(Answer):
    """How a camera does now."""

    state: Literal["waiting", "live", "lost", "ended"]
    in_view: int = Field(description="Faces followed now.")
    passages_open: int
    oldest_unmatched_s: float
    frames_per_s: float
    lag_s: float = Field(description="Age of the newest frame when it was looked at.")
    standing: Literal["not measured", "green", "amber", "red"] = Field(description="To the operating envelope.")
    because: str = Field(description="The quantity that stands worst; empty where none was measured.")
    since_start: Counted


class Camera(Answer):
    position: int | None = Field(description="In the deployment's file, from 0; null where it is not watched here.")
    name: str
    counted: Counted = Field(description="By the record, of all runs of the deployment.")
    now: State | None = Field(description="Null where it is not watched from this console, or has not said yet.")


class Cameras(Answer):
    deployment: Id
    items: list[Camera]


class RunHere(Answer):
    """A deployment that is watched from this console."""

    deployment: Id
    name: str
    began: Moment
    closes: Moment
    alerts: int = Field(description="Raised so far in this run.")
    cameras: list[Camera]


class Runs(Answer):
    items: list[RunHere]


@doors.get(
    "/deployments/{deployment}/cameras", FIGURES, responses=told(401, 404), summary="The cameras of a deployment"
)
def of_deployment(request: Request, deployment: IdInPath) -> Cameras:
    house = house_of(request)
    row = known_row(house.installation, deployment)
    run = house.runs.of(row.id)
    return Cameras(deployment=row.id, items=_cameras(_recorded(request, row.id), run))


@doors.get("/runs", FIGURES, responses=told(401), summary="What is watched from this console now, with its cameras")
def going_on(request: Request) -> Runs:
    return Runs(
        items=[
            RunHere(
                deployment=run.deployment,
                name=run.name,
                began=moment(run.began_us),
                closes=moment(run.closes_us),
                alerts=run.alerts,
                cameras=_cameras(_recorded(request, run.deployment), run),
            )
            for run in house_of(request).runs.going_on()
        ]
    )


def _recorded(request: Request, deployment: str) -> dict[str, Counts]:
    """What the record has of each camera, by its name."""
    counts: dict[str, list[Counts]] = {}
    for row in house_of(request).installation.store.read(lambda work: work.figures.of(deployment)):
        counts.setdefault(row.camera, []).append(row.counts)
    return {camera: add_up(parts) for camera, parts in counts.items()}


def _cameras(recorded: dict[str, Counts], run: Run | None) -> list[Camera]:
    if run is None:
        return [
            Camera(position=None, name=name, counted=_counted(recorded[name]), now=None) for name in sorted(recorded)
        ]
    healths = {} if run.over else dict(run.healths)
    return [
        Camera(
            position=position,
            name=name,
            counted=_counted(recorded.get(name, Counts())),
            now=_state(healths[position]) if position in healths else None,
        )
        for position, name in enumerate(run.cameras)
    ]


def _counted(counts: Counts) -> Counted:
    return Counted.model_validate(
        {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in vars(counts).items()
            if name in Counted.model_fields
        }
    )


def _state(health: Health) -> State:
    return State.model_validate(
        {
            "state": health.state,
            "in_view": health.in_view,
            "passages_open": health.passages_open,
            "oldest_unmatched_s": round(health.oldest_unmatched_s, 3),
            "frames_per_s": round(health.frames_per_s, 2),
            "lag_s": round(health.lag_s, 3),
            "standing": str(health.standing),
            "because": health.because,
            "since_start": _counted(health.counts),
        }
    )
