"""The deployments that are watched from here: each in a thread, with what its cameras say of themselves.

What a run finds goes to the record (`overt.services.desk`), and pages read it there. Here is only what nobody keeps:
how each camera is doing now, what trouble there is, and, at the end, why it ended.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from overt.bootstrap import Ready, prepare_signed, run_watch
from overt.console.tiles import TileBoard
from overt.domain.alert import Alert
from overt.domain.envelope import Envelope
from overt.domain.errors import OvertError, Refused
from overt.domain.figures import Health, RunFigures
from overt.domain.geometry import Zone
from overt.domain.profile import Profile
from overt.services.case import Case
from overt.services.desk import Viewer
from overt.services.forgetting import Forgetting
from overt.services.heartbeat import Heartbeat
from overt.services.installation import Installation
from overt.services.people import Account
from overt.settings import Settings

TROUBLES_KEPT: Final = 50
#: A run ends within a second; alerts that wait for a store have as long as the outbox gives them.
END_S: Final = 70.0


class WatchedAlready(Refused):
    code = "already-running"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that people should know. `camera`: its name; empty: all of them."""

    at_us: int
    camera: str
    says: str


class Beside(Viewer, Protocol):
    """Whoever is shown a run besides the console, such as a terminal."""

    def figures(self, figures: RunFigures) -> None: ...


@dataclass(kw_only=True, eq=False)
class Run:
    """One deployment that is watched from here.

    Attributes:
        deployment: its id.
        zones: of each camera, by its position.
        envelope: of the model pack; None: it was never measured.
        heartbeat: the promises that were looked at before it began; None: a demonstration.
        tiles: the newest picture of each camera, redacted, while somebody looks.
        forgetting: the forget-me tests of it; None: there is nothing to be tested.
        healths: the last word of each camera, by its position.
        alerts: raised so far in this run.
        over: it has ended, at `ended_us`; `why` says why, where it did not simply end.
    """

    deployment: str
    name: str
    cameras: tuple[str, ...]
    closes_us: int
    began_us: int
    zones: tuple[Zone, ...] = ()
    envelope: Envelope | None = None
    heartbeat: Heartbeat | None = None
    tiles: TileBoard = field(default_factory=lambda: TileBoard(0))
    forgetting: Forgetting | None = None
    ended_us: int = 0
    healths: dict[int, Health] = field(default_factory=dict)
    troubles: deque[Trouble] = field(default_factory=lambda: deque(maxlen=TROUBLES_KEPT))
    alerts: int = 0
    over: bool = False
    why: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def wait(self) -> None:
        """Returns once it has ended, where it runs in a thread."""
        if self.thread is not None:
            self.thread.join(END_S)


class Runs:
    """Every run of this process; any thread may ask."""

    def __init__(self, installation: Installation, settings: Settings) -> None:
        self._installation, self._settings = installation, settings
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}

    def start(self, by: Account, case: Case, passphrase: str) -> Run:
        """Begins to watch a deployment; returns once its list is open and its cameras are being called.

        Raises:
            WatchedAlready: it is watched from here already.
            NotAllowed, NotAuthorised, OutsideAuthority, RuleBroken: nobody may, or this account may not.
            WrongKey, WeakPassphrase: the passphrase does not open the list.
            BadSource: a camera lies in a network that this installation's settings do not allow.
        """
        ready = prepare_signed(self._installation, by, case, self._settings, passphrase=lambda _: passphrase)
        return self.run(ready)

    def run(self, ready: Ready) -> Run:
        """Runs what is prepared, in a thread."""
        run = self.add(ready)
        run.thread = threading.Thread(target=self._watch, args=(run, ready), name="overt-run", daemon=True)
        run.thread.start()
        return run

    def add(self, ready: Ready) -> Run:
        """A run that is to be watched; `run` watches it in a thread, `watch` in the one that calls.

        Raises:
            WatchedAlready: it is watched from here already.
        """
        deployment = ready.prepared.deployment
        run = Run(
            deployment=ready.keeping.deployment,
            name=deployment.name,
            cameras=tuple(camera.name for camera in deployment.cameras),
            closes_us=deployment.authority.window.closes_us,
            began_us=self._installation.clock.now_us(),
            zones=tuple(camera.zone for camera in deployment.cameras),
            envelope=ready.prepared.task.envelope,
            heartbeat=ready.heartbeat,
            tiles=TileBoard(len(deployment.cameras)),
            forgetting=Forgetting(self._installation, ready.keeping.deployment, len(deployment.cameras)),
        )
        with self._lock:
            before = self._runs.get(run.deployment)
            if before is not None and not before.over:
                raise WatchedAlready("This deployment is being watched already.", "See how it goes on the live page.")
            self._runs[run.deployment] = run
        return run

    def watch(self, run: Run, ready: Ready, beside: Beside | None = None) -> None:
        """Watches until it ends. `beside`: is shown all of it, too, and the figures.

        Raises:
            OvertError: why it ended.
        """
        try:
            watcher = _Watcher(run, self._installation, beside)
            run_watch(ready, watcher, run.stop, watcher.figures, run.tiles, run.forgetting)
        except OvertError as error:
            run.why = str(error)
            raise
        except Exception as fault:  # told by its kind: its words could hold what was being looked at
            run.why = f"It failed in a way that nobody foresaw ({type(fault).__name__})."
            raise
        finally:
            if run.forgetting is not None:
                run.forgetting.close()
            run.ended_us = self._installation.clock.now_us()
            run.over = True

    def of(self, deployment: str) -> Run | None:
        """The newest run of a deployment, over or not; None where there was none."""
        with self._lock:
            return self._runs.get(deployment)

    def going_on(self) -> list[Run]:
        with self._lock:
            return [run for run in self._runs.values() if not run.over]

    def all(self) -> list[Run]:
        """The newest run of each deployment, over or not, in the order in which they were first begun."""
        with self._lock:
            return list(self._runs.values())

    def end(self, deployment: str) -> bool:
        """Ends a run; the authority stays, and it may be started again. Says whether there was one."""
        run = self.of(deployment)
        if run is None or run.over:
            return False
        run.stop.set()
        run.wait()
        return True

    def see_it_end(self, deployment: str) -> None:
        """Returns once nothing of a deployment runs here that is over: such a run stops by itself within a second."""
        run = self.of(deployment)
        if run is not None:
            run.wait()

    def end_all(self) -> None:
        runs = self.going_on()
        for run in runs:
            run.stop.set()
        for run in runs:
            run.wait()

    def _watch(self, run: Run, ready: Ready) -> None:
        with suppress(Exception):  # why it ended is kept with it
            self.watch(run, ready)


class _Watcher:
    """What a run says of itself, kept for pages; alerts are read from the record."""

    def __init__(self, run: Run, installation: Installation, beside: Beside | None) -> None:
        self._run, self._installation, self._beside = run, installation, beside

    def alert(self, alert: Alert) -> None:
        if self._beside is not None:
            self._beside.alert(alert)  # where it cannot, this alert comes again
        self._run.alerts += 1

    def health(self, health: Health) -> None:
        self._run.healths[health.camera] = health
        if self._beside is not None:
            self._beside.health(health)

    def profile(self, profile: Profile) -> None:
        if self._beside is not None:
            self._beside.profile(profile)

    def trouble(self, camera: str | None, sentence: str) -> None:
        says = sentence or "The picture is back."
        self._run.troubles.append(Trouble(at_us=self._installation.clock.now_us(), camera=camera or "", says=says))
        if self._beside is not None:
            self._beside.trouble(camera, sentence)

    def figures(self, figures: RunFigures) -> None:
        """They are in the record."""
        if self._beside is not None:
            self._beside.figures(figures)
