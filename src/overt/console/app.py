"""The application: doors, guard and problems, put together for one house."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles

from overt import __version__
from overt.console import problems
from overt.console.api import v1
from overt.console.api.feed import Feed
from overt.console.doors import Doors, require_every_door
from overt.console.guard import BigDoor, Guard
from overt.console.house import House
from overt.console.pages import (
    account,
    alert_after,
    alerts,
    cameras,
    complaints,
    decoys,
    deployment_record,
    deployments,
    figures,
    home,
    ledger,
    ledger_proofs,
    list_import,
    lists,
    live,
    one_list,
    oversight,
    oversight_conditions,
    oversight_forgetting,
    oversight_panel,
    oversight_papers,
    people,
    phone,
    public,
    sign_checks,
    sign_in,
    slips,
)
from overt.console.render import STATIC

GROUPS: Sequence[Doors] = (
    home.doors,
    sign_in.doors,
    account.doors,
    alerts.doors,
    alert_after.doors,
    phone.doors,
    slips.doors,
    live.doors,
    *deployments.GROUPS,
    deployment_record.doors,
    figures.doors,
    public.doors,
    lists.doors,
    list_import.doors,
    one_list.doors,
    cameras.doors,
    oversight.doors,
    oversight_forgetting.doors,
    oversight_panel.doors,
    oversight_conditions.doors,
    sign_checks.doors,
    oversight_papers.doors,
    complaints.doors,
    ledger.doors,
    ledger_proofs.doors,
    decoys.doors,
    people.doors,
    *v1.GROUPS,
)
BIG_DOORS: Sequence[BigDoor] = (list_import.BIG,)


def create_app(house: House) -> FastAPI:
    """The console of a house, ready to be served.

    Raises:
        RuntimeError: there is a way in of which nothing says who may use it.
    """

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(house.public_site.close)
        await run_in_threadpool(house.imports.end_all)
        await run_in_threadpool(house.verifications.stop)
        await run_in_threadpool(house.runs.end_all)

    app = FastAPI(
        title="Overt",
        version=__version__,
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # where to is put together from what a request says of itself
        debug=False,
    )
    app.state.house = house
    app.state.feed = Feed(house.installation)
    for group in GROUPS:
        group.add_to(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.add_to(app)
    app.add_middleware(Guard, hosts=house.hosts, secure=house.secure, big=BIG_DOORS)
    require_every_door(app)
    return app
