"""Decoys: how often people were right when they were tested.

Rules:
  - figures of their own, with intervals; an open decoy is in none;
  - whose they are is shown to whoever may see accounts, to everybody else their own;
  - sets of decoys are kept by their list manager or evaluator, in counts: no picture of one comes out here.
"""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.render import page
from overt.console.visitor import visitor_of
from overt.domain.roles import Action, roles_for
from overt.services.decoy_figures import decoy_figures
from overt.services.decoy_sets import decoy_sets, may_keep

doors = Doors()

SEES = only(Action.FIGURES_SEE)


@doors.get("/decoys", SEES)
def show(request: Request) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    by = visitor.account
    keeps = may_keep(by)
    return page(
        request,
        "decoys.html",
        visitor=visitor,
        figures=decoy_figures(house.installation, by),
        keeps=keeps,
        sets=decoy_sets(house.installation, by) if keeps else (),
        names=bool(roles_for(by.roles, Action.ACCOUNT_SEE)),
    )
