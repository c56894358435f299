"""Watching: a deployment runs, and what the cameras find reaches people.

Rules:
  - the authority is looked at before anything is opened, and the list before any camera;
  - an alert counts as raised when it has been committed; until then it waits, sealed (`overt.services.outbox`);
  - what still waits at the end is handed over, or the run ends with an error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from overt.domain.errors import BadFootage, Stopped
from overt.domain.time import Clock
from overt.engine.local import LocalEngine
from overt.engine.ports import Examiner, Gate, TileSink
from overt.services.desk import Desk
from overt.services.prepare import Prepared
from overt.video.footage import still_unchanged


def watch(
    prepared: Prepared,
    desk: Desk,
    *,
    clock: Clock,
    stop: threading.Event,
    gate: Gate | None = None,
    tiles: TileSink | None = None,
    examiner: Examiner | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Runs the deployment until its sources or its window end, or `stop` is set. `gate`: whether it still may;
    `tiles`: who wants to see something of it, redacted; `examiner`: who wants to know what it holds of people.

    Raises:
        OutsideAuthority: the window is not open.
        Stopped: scanning could not go on without breaking a promise.
            A broken recording, or a camera that never answered in a run that was to end with it, too.
        BadFootage: a recording changed while it was played.
    """
    if stop.is_set():
        return
    desk.begin()
    engine = LocalEngine(
        prepared.task, clock=clock, alerts=desk, figures=desk, gate=gate, tiles=tiles, examiner=examiner
    )
    try:
        engine.run(stop, ready)
    except BaseException:  # whatever it is, nobody writes into a store that is being closed
        with suppress(Stopped):  # the first reason is the one to tell
            desk.finish()
        raise
    desk.finish()
    for recording in prepared.recordings:
        if not still_unchanged(recording):
            raise BadFootage(
                f"The file {recording.path.name} changed while it was played, so it was no finished recording.",
                "Use a copy that nobody writes to.",
            )
    if engine.faults:
        count = len(prepared.deployment.cameras)
        raise Stopped(f"{len(engine.faults)} of {count} cameras could not be watched to the end; why stands above.")
