"""The one place where parts are put together: clocks, randomness, models, services."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from overt.domain.errors import OvertError, Stopped
from overt.domain.figures import RunFigures
from overt.domain.rules import RecognitionRules
from overt.engine.clock import SystemClock
from overt.faces.pack import Networks, default_pack, load
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import open_runtime
from overt.services.demo import demonstration
from overt.services.files import load_deployment
from overt.services.footage import fetch_sample_footage
from overt.services.lists import Progress, enrol
from overt.services.watch import Desk, Prepared, Viewer, check_footage, prepare, require_no_installation, watch
from overt.settings import Settings
from overt.video.reader import Pace


def recogniser(settings: Settings, networks: Networks | None = None) -> Recogniser:
    """The default pack, verified and ready, on this machine's runtime."""
    networks = networks or load(default_pack())
    return Recogniser(open_runtime(settings.runtime, settings.precision), networks.detector, networks.embedder)


def prepare_watch(
    path: Path,
    settings: Settings,
    *,
    rehearsal: bool,
    fast: bool,
    once: bool,
    profile: bool = False,
    progress: Progress | None = None,
    networks: Networks | None = None,
) -> Prepared:
    """Everything that is looked at before a deployment starts: file, window, footage, models, list, threshold."""
    deployment = load_deployment(path, rehearsal=rehearsal, schemes=settings.camera_schemes)
    if rehearsal:
        require_no_installation(settings.home)
    deployment.authority.window.require(SystemClock().now_us())
    recordings = check_footage(deployment) if rehearsal else ()
    networks = networks or load(default_pack())
    watch_list = enrol(
        deployment.folder,
        recogniser(settings, networks),
        rehearsal=rehearsal,
        progress=progress,
        now_us=SystemClock().now_us(),
    )
    pace = Pace.FAST if fast else Pace.OWN_SPEED if rehearsal else Pace.LIVE
    return prepare(
        deployment,
        watch_list,
        pack=default_pack(),
        networks=networks,
        settings=settings,
        rules=RecognitionRules(),
        pace=pace,
        once=once or fast,
        profile=profile,
        recordings=recordings,
    )


def run_watch(
    prepared: Prepared, viewer: Viewer, stop: threading.Event, tell_figures: Callable[[RunFigures], None]
) -> None:
    """Runs a prepared deployment; `tell_figures` gets the figures whether the run ends well or not."""
    clock = SystemClock()
    desk = Desk(prepared, viewer=viewer, clock=clock, random_bytes=os.urandom)
    try:
        watch(prepared, desk, clock=clock, stop=stop)
    except OvertError:
        with suppress(Stopped):  # the first reason is the one to tell
            tell_figures(desk.figures())
        raise
    tell_figures(desk.figures())


@contextmanager
def prepare_demo(
    settings: Settings, footage: Path | None, *, once: bool, announce: Callable[[str], None], progress: Progress
) -> Iterator[Prepared]:
    """The demonstration, ready to run; what it needed besides its footage is removed afterwards."""
    cache = settings.make_home() / "cache"
    folder = footage or fetch_sample_footage(cache, announce)
    announce("Starting the networks and reading the list.")
    networks = load(default_pack())
    now_us = SystemClock().now_us()
    with demonstration(folder, recogniser(settings, networks), cache, now_us) as deployment:
        yield prepare_watch(
            deployment, settings, rehearsal=True, fast=False, once=once, progress=progress, networks=networks
        )
