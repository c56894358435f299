"""`overt retain`: what is due is erased."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.passwords import ask
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.retain import Retained


def add_to(app: typer.Typer) -> None:
    app.command()(retain)


def retain(
    once: Annotated[bool, typer.Option("--once", help="Erase what is due now, and end.")] = False,
    confirm_clock: Annotated[
        bool, typer.Option("--confirm-clock", help="The clock was moved and is right now: erasing may go on.")
    ] = False,
    administrator: Annotated[
        str, typer.Option("--administrator", metavar="NAME", help="Who confirms it; the password is asked for.")
    ] = "",
) -> None:
    """Erase what is due: lists, alerts, sign-in sessions. Runs by itself inside overt watch."""
    import time

    from overt.bootstrap import allowed, open_installation
    from overt.domain.roles import Action
    from overt.services import retain as service
    from overt.settings import load_settings

    settings = load_settings()
    if confirm_clock:
        asked = partial(ask, "Password: ")
        action = Action.CLOCK_CONFIRM
        with allowed(settings, action, name=administrator, password=asked, behind=True) as (installation, by):
            confirmed = service.confirm_clock(installation, by)
        tell("The clock is confirmed." if confirmed else "There was nothing to confirm about the clock.")
    with open_installation(settings) as installation:
        tell(summary(service.retain(installation)))
        while not once:
            time.sleep(service.PERIOD_S)
            done = service.retain(installation)
            if done.erased or done.sessions or done.drafts:
                tell(summary(done))


def summary(done: Retained) -> str:
    """What was erased, in one or two sentences."""
    counted = (
        (done.lists, "list", "lists"),
        (done.entries, "entry of a list", "entries of lists"),
        (done.alerts, "alert", "alerts"),
        (done.drafts, "draft of a list", "drafts of lists"),
        (done.decoys, "set of decoys", "sets of decoys"),
        (done.listed, "key for answers about a list", "keys for answers about lists"),
        (done.sessions, "sign-in session", "sign-in sessions"),
    )
    parts = [f"{count:,} {one if count == 1 else many}" for count, one, many in counted if count]
    said = f"Erased: {', '.join(parts)}." if parts else "Nothing was due."
    if not done.cleared:
        said += " Somebody else uses the store, so its files could not be cleared yet; that is tried again."
    return said
