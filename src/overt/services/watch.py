"""Watching: a deployment runs, and what the cameras find reaches people.

Rules:
  - the authority is looked at before anything is opened, and the list before any camera;
  - an alert counts as raised when it has been handed over; until then it waits in memory, at most 64 alerts or 60
    seconds, then scanning stops;
  - a rehearsal reads finished recordings only, two hours at most, from a list without category or ground, never beside
    an installation, and it keeps no picture;
  - a camera process learns positions on the list, never names; names are put back here.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from overt.domain.alert import Alert, PossibleMatch
from overt.domain.authority import Deployment
from overt.domain.calibration import ImpostorCurve
from overt.domain.errors import BadFootage, BadModel, Refused, Stopped
from overt.domain.figures import Counts, Health, MinuteFigures, RunFigures, add_up
from overt.domain.ids import RandomBytes, new_id
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US, Clock
from overt.engine.local import LocalEngine, Task
from overt.faces.pack import Networks, Pack
from overt.recognition.threshold import Threshold, false_alerts_per_1000, threshold_for
from overt.services.lists import WatchList
from overt.settings import Settings
from overt.video.footage import Recording, check_recording, check_total, still_unchanged
from overt.video.reader import Pace
from overt.video.source import SourceSettings

OUTBOX_ALERTS = 64
OUTBOX_US = 60 * SECOND_US


class Viewer(Protocol):
    """Whoever shows a run to people: a terminal, or lines for programs."""

    def alert(self, alert: Alert) -> None:
        """Shows an alert.

        Raises:
            OSError: it could not be shown; it will be tried again.
        """
        ...

    def health(self, health: Health) -> None: ...

    def profile(self, spent_s: Mapping[str, float]) -> None: ...

    def trouble(self, camera: str | None, sentence: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A deployment that may start."""

    deployment: Deployment
    watch_list: WatchList
    threshold: Threshold
    curve: ImpostorCurve
    recordings: tuple[Recording, ...]
    task: Task


def require_no_installation(home: Path) -> None:
    """Raises Refused where an installation stands: a rehearsal beside it needs a signed-in account."""
    if (home / "overt.sqlite").exists():
        raise Refused(
            f"There is an installation at {home}, and a rehearsal beside it needs a signed-in account.",
            "Rehearse on a machine without an installation, or name an empty folder with OVERT_HOME.",
        )


def check_footage(deployment: Deployment) -> tuple[Recording, ...]:
    """The recordings that a rehearsal plays; raises BadFootage where one is not finished or all are too long."""
    recordings = tuple(check_recording(Path(camera.url)) for camera in deployment.cameras)
    check_total(recordings)
    return recordings


def prepare(
    deployment: Deployment,
    watch_list: WatchList,
    *,
    pack: Pack,
    networks: Networks,
    settings: Settings,
    rules: RecognitionRules,
    pace: Pace,
    once: bool,
    profile: bool = False,
    recordings: tuple[Recording, ...] = (),
) -> Prepared:
    """Sets the threshold for the list's size, and says all that the engine must know.

    Raises:
        BadModel: the pack was never calibrated.
    """
    if pack.calibration is None:
        raise BadModel(
            f"The model pack {pack.name} has not been calibrated, so nobody knows how often it would be wrong.",
            "Run overt calibrate with it first.",
        )
    threshold = threshold_for(pack.calibration, len(watch_list.templates), deployment.wanted_far)
    task = Task(
        cameras=deployment.cameras,
        sizes=tuple((one.width, one.height) for one in recordings) or ((0, 0),) * len(deployment.cameras),
        window=deployment.authority.window,
        rules=rules,
        threshold=threshold.value,
        detector_onnx=networks.detector,
        embedder_onnx=networks.embedder,
        templates=watch_list.templates,
        row_entry=watch_list.row_entry,
        pace=pace,
        once=once,
        profile=profile,
        processes=settings.camera_processes,
        runtime=settings.runtime,
        precision=settings.precision,
        source=SourceSettings(
            schemes=settings.camera_schemes,
            recorded=pace is not Pace.LIVE,
            open_timeout_s=settings.open_timeout_s,
            read_timeout_s=settings.read_timeout_s,
        ),
    )
    return Prepared(
        deployment=deployment,
        watch_list=watch_list,
        threshold=threshold,
        curve=pack.calibration,
        recordings=recordings,
        task=task,
    )


class Desk:
    """Takes what the engine finds, names it, and hands it to the viewer; the engine's alert and figure sink."""

    def __init__(self, prepared: Prepared, *, viewer: Viewer, clock: Clock, random_bytes: RandomBytes) -> None:
        self._prepared, self._viewer, self._clock, self._random_bytes = prepared, viewer, clock, random_bytes
        self._timed = prepared.task.pace is not Pace.FAST
        self._outbox: deque[tuple[Alert, int]] = deque()
        self._waiting_since_us: int | None = None
        self._latencies: list[float] = []
        self._total = Counts()
        self.alerts = 0

    def raise_alert(self, match: PossibleMatch) -> None:
        self._outbox.append((self._named(match), match.first_usable_us))
        self.settle()

    def settle(self) -> None:
        """Hands over the alerts that wait, oldest first.

        Raises:
            Stopped: nobody takes alerts any more, or too many wait or for too long.
        """
        while self._outbox:
            alert, first_usable_us = self._outbox[0]
            try:
                self._viewer.alert(alert)
            except OSError as fault:
                self._wait(fault)
                return
            self._outbox.popleft()
            self._waiting_since_us = None
            self.alerts += 1
            self._latencies.append(max(0, self._clock.now_us() - first_usable_us) / 1e6)

    def finish(self) -> None:
        """The run is over: what still waits is handed over now or never.

        Raises:
            Stopped: something still waits.
        """
        self.settle()
        if self._outbox:
            count = len(self._outbox)
            raise Stopped(
                f"{count} {'alert' if count == 1 else 'alerts'} could not be handed over before the end.",
                "Make room or mend the way out, and start again.",
            )

    def minute(self, figures: MinuteFigures) -> None:
        self._total = add_up([self._total, figures.counts])

    def health(self, health: Health) -> None:
        self._viewer.health(health)

    def profile(self, spent_s: Mapping[str, float]) -> None:
        self._viewer.profile(spent_s)

    def trouble(self, camera: int | None, sentence: str) -> None:
        self._viewer.trouble(None if camera is None else self._prepared.deployment.cameras[camera].name, sentence)

    def figures(self) -> RunFigures:
        """The figures of the run: the sum of its minutes."""
        return RunFigures(
            counts=self._total,
            alerts=self.alerts,
            latencies_s=tuple(self._latencies) if self._timed else None,
        )

    def _wait(self, fault: OSError) -> None:
        now_us = self._clock.now_us()
        if self._waiting_since_us is None:
            self._waiting_since_us = now_us
            if fault.errno != errno.EPIPE:
                self._viewer.trouble(None, f"An alert could not be handed over ({fault.strerror}); it waits.")
        too_long = now_us - self._waiting_since_us > OUTBOX_US
        if fault.errno == errno.EPIPE or too_long or len(self._outbox) > OUTBOX_ALERTS:
            raise Stopped(
                f"Alerts can no longer be handed over ({fault.strerror}); {len(self._outbox)} waited. "
                "Scanning has stopped, since an alert that nobody gets is a promise broken.",
                "Make room or mend the way out, and start again.",
            ) from fault

    def _named(self, match: PossibleMatch) -> Alert:
        prepared = self._prepared
        size = len(prepared.watch_list.templates)
        cautions = match.cautions
        if prepared.threshold.extrapolated:
            cautions = (*cautions, "threshold extrapolated")
        return Alert(
            id=new_id(self._clock.now_us(), self._random_bytes),
            deployment=prepared.deployment.name,
            camera=prepared.deployment.cameras[match.camera].name,
            at_us=match.captured_us,
            media_time_s=match.media_time_s,
            passage=match.passage,
            entry=prepared.watch_list.references[match.entry],
            score=match.score,
            threshold=prepared.threshold.value,
            false_alerts_per_1000=false_alerts_per_1000(prepared.curve, match.score, size),
            shots=match.shots,
            cautions=cautions,
        )


def watch(
    prepared: Prepared,
    desk: Desk,
    *,
    clock: Clock,
    stop: threading.Event,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Runs the deployment until its sources or its window end, or `stop` is set.

    Raises:
        OutsideAuthority: the window is not open.
        Stopped: scanning could not go on without breaking a promise.
            A broken recording, or a camera that never answered in a run that was to end with it, too.
        BadFootage: a recording changed while it was played.
    """
    if stop.is_set():
        return
    engine = LocalEngine(prepared.task, clock=clock, alerts=desk, figures=desk)
    engine.run(stop, ready)
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
