"""A forget-me test: somebody steps before a camera that watches now, leaves, and the page says what is still held."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from starlette.responses import JSONResponse, Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.problems import NotThere
from overt.console.render import go, page
from overt.console.runs import Run
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.forgetting import PROMISED_S, ForgettingTest, Stage
from overt.domain.roles import Action
from overt.domain.words import many
from overt.services.forgetting import Forgetting

doors = Doors("/oversight/forgetting")

SEES: Final = only(Action.FIGURES_SEE)
SHOWS: Final = only(Action.FORGETTING_SHOW)
_SAYS: Final = {
    Stage.EMPTYING: "Wait: somebody is in view, or the camera has not answered yet.",
    Stage.WAITING: "Nothing is held. Now step into the zone, and stay until this page says that you were seen.",
    Stage.GOING: "Out of view; it is counted how long something is still held.",
    Stage.KEPT: f"Something was held for longer than {PROMISED_S:g} s, or lay in a slot that was free.",
    Stage.UNSHOWN: "Nothing was shown: nobody came, others walked by, or it was broken off.",
}
Position = Annotated[int, Form(ge=0, le=1000)]


@doors.get("", SEES)
def choose(request: Request) -> Response:
    return _page(request)


@doors.post("/{deployment}/begin", SHOWS)
def begin(request: Request, deployment: str, camera: Position = 0) -> Response:
    _, forgetting = _found(request, deployment)
    try:
        forgetting.begin(visitor_of(request).account, camera)
    except OvertError as error:
        return _page(request, error=error)
    return go(f"/oversight/forgetting/{deployment}")


@doors.post("/{deployment}/end", SHOWS)
def end(request: Request, deployment: str) -> Response:
    _found(request, deployment)[1].break_off(visitor_of(request).account)
    return go(f"/oversight/forgetting/{deployment}")


@doors.get("/{deployment}", SEES)
def show(request: Request, deployment: str) -> Response:
    run, forgetting = _found(request, deployment)
    if forgetting.test is None:
        return go("/oversight/forgetting")
    return page(
        request,
        "oversight_forgetting_one.html",
        visitor=visitor_of(request),
        run=run,
        camera=run.cameras[forgetting.camera],
        test=forgetting.test,
        now=says(forgetting.test),
        can_show=may(visitor_of(request).account.roles, Action.FORGETTING_SHOW),
    )


@doors.get("/{deployment}/state", SEES)
def state(request: Request, deployment: str) -> Response:
    test = _found(request, deployment)[1].test
    if test is None:
        raise _not_here()
    newest = test.newest
    return JSONResponse(
        {
            "over": test.over,
            "says": says(test),
            "taken": None if newest is None else newest.taken,
            "left": None if newest is None else newest.left,
        }
    )


def says(test: ForgettingTest) -> str:
    """What is to be done now, or what came of it, in a sentence."""
    if test.stage is Stage.SEEN:
        return f"You are seen: {many(test.most, 'slot is', 'slots are')} taken. Now leave the picture."
    if test.stage is Stage.FORGOTTEN:
        return f"Between {test.before_s or 0:.1f} and {test.after_s or 0:.1f} s after the last sighting all was blank."
    return _SAYS[test.stage]


def _found(request: Request, deployment: str) -> tuple[Run, Forgetting]:
    """The newest run of a deployment in this process; raises NotThere."""
    run = house_of(request).runs.of(deployment)
    if run is None or run.forgetting is None:
        raise _not_here()
    return run, run.forgetting


def _page(request: Request, *, error: OvertError | None = None) -> Response:
    visitor = visitor_of(request)
    runs = [run for run in house_of(request).runs.all() if run.forgetting is not None]
    return page(
        request,
        "oversight_forgetting.html",
        visitor=visitor,
        error=error,
        going_on=[run for run in runs if not run.over],
        tested=[run for run in runs if run.forgetting is not None and run.forgetting.test is not None],
        can_show=may(visitor.account.roles, Action.FORGETTING_SHOW),
    )


def _not_here() -> NotThere:
    return NotThere("This deployment is not watched from here.", "See which are.")
