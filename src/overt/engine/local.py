"""The local engine: one supervisor, and one camera process a core with the cameras spread over them.

Rules:
  - camera processes get the window, their cameras, the sealed list and the sealed networks, and nothing that names
    anybody; they send possible matches with their pictures, health and trouble, and, while somebody looks, tiles;
  - a match's pictures are overwritten here as soon as the alert sink has taken them, or nobody wants them;
  - a camera process that dies is replaced at once; the passages it had open are counted as lost;
  - one that dies again and again stops the run with the reason, since a watch that does not watch must say so;
  - when the authority's window ends, the clock jumps or the run is stopped, every process is gone within a second.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from overt.domain.errors import OvertError, Stopped
from overt.domain.figures import Counts, Health, add_up
from overt.domain.forgetting import Examined
from overt.domain.profile import Profile
from overt.engine import wire
from overt.engine.gate import WindowGate
from overt.engine.limits import give_back_memory, swap_is_on
from overt.engine.minutes import Minutes
from overt.engine.opened import seal_list, seal_networks
from overt.engine.order import Order, SealedList, SealedModels
from overt.engine.place import Event, Place
from overt.engine.ports import AlertSink, Clock, Examiner, FigureSink, Gate, TileSink
from overt.engine.standings import Standings
from overt.engine.task import Task
from overt.engine.tiles import unpack_tile
from overt.engine.wire import Kind
from overt.faces.runtime import open_runtime
from overt.video.reader import Pace

UNLOCKED = (
    "This machine swaps memory to disk and does not let Overt lock its own: what is kept of a face for a second could "
    "reach the disk. Switch swap off, or allow locking memory (ulimit -l unlimited)."
)
POLL_S = 0.1
STOP_S = 0.5
TELL_S = 0.2
ASK_S = 0.2
#: A process that lived shorter than this died of its start; so many such deaths in a row end the run.
SHORT_LIFE_S = 20.0
DEATHS_LIMIT = 4
#: However long they lived: so many deaths in ten minutes end it too.
DEATHS_IN_TEN_MINUTES = 10
#: A process that says nothing for so many rounds of health messages, or that takes so long to start, is ended.
SILENT_ROUNDS = 8
START_LIMIT_S = 90.0


class LocalEngine:
    def __init__(
        self,
        task: Task,
        *,
        clock: Clock,
        alerts: AlertSink,
        figures: FigureSink,
        gate: Gate | None = None,
        tiles: TileSink | None = None,
        examiner: Examiner | None = None,
    ) -> None:
        self._task, self._clock, self._alerts, self._figures = task, clock, alerts, figures
        self._tiles, self._looked_at = tiles, frozenset[int]()
        self._examiner, self._asked_s = examiner, 0.0
        self._gate, self._paused, self._told_s = gate, False, 0.0
        self._events: queue.Queue[Event] = queue.Queue()
        self._over = threading.Event()
        count = min(task.processes, len(task.cameras))
        self._places = [Place(cameras=tuple(range(start, len(task.cameras), count))) for start in range(count)]
        self._carried = [Counts() for _ in task.cameras]
        self._latest = [Health(camera=i, state="waiting", counts=Counts()) for i in range(len(task.cameras))]
        self._alerted_passage = [0] * len(task.cameras)
        self._minutes = Minutes(len(task.cameras))
        self._standings = Standings(task.envelope, len(task.cameras))
        self._sealed: tuple[SealedModels, SealedList] | None = None
        self.faults: list[str] = []

    def run(self, stop: threading.Event, ready: Callable[[], None] = lambda: None) -> Counts:
        """Runs until the sources or the window end, or `stop` is set; returns the counts of the whole run.

        Args:
            ready: called once, when every process is ready.

        Raises:
            OutsideAuthority: the window is not open.
            Stopped: alerts could not be kept, or a camera process could not be kept alive.
        """
        self._task.window.require(self._clock.now_us())
        gate = WindowGate(self._task.window, self._clock)
        self._sealed = self._seal()
        waiting_for = set(range(len(self._places)))
        try:
            for place in range(len(self._places)):
                self._start(place)
            while not stop.is_set() and not gate.over and not all(place.over for place in self._places):
                self._end_silent_ones()
                event = self._next_event()
                if event is not None:
                    self._handle(event)
                    if event.kind is Kind.READY and event.place in waiting_for:
                        waiting_for.remove(event.place)
                        if not waiting_for:
                            ready()
                self._alerts.settle()
                if not gate.over:  # the end of the window is no fault
                    self._heed_the_gate()
                self._heed_who_looks()
                self._heed_who_examines()
            if gate.clock_jumped:
                self._figures.trouble(None, "The machine's clock moved by over five minutes; scanning has stopped.")
            elif gate.over:
                self._figures.trouble(None, "The authority has ended; scanning has stopped.")
        finally:
            self._stop_all()
            self._minutes.finish(self._figures)
            for descriptor in {self._sealed[0].descriptor, self._sealed[1].descriptor}:
                os.close(descriptor)
        return add_up(health.counts for health in self._latest)

    def _heed_the_gate(self) -> None:
        """Tells every process, again and again, whether it may scan; one that is not told looks at no picture."""
        paused, now_s = self._gate is not None and not self._gate.may_scan(), time.monotonic()
        if self._gate is not None and (paused is not self._paused or now_s - self._told_s >= TELL_S):
            self._paused, self._told_s = paused, now_s
            for place in self._places:
                place.tell(Kind.PAUSE if paused else Kind.GO_ON)

    def _heed_who_looks(self) -> None:
        """Tells every process at which of its cameras somebody looks, where that has changed."""
        wanted = frozenset[int]() if self._tiles is None else self._tiles.wanted()
        if wanted != self._looked_at:
            self._looked_at = wanted
            for place in self._places:
                place.tell(Kind.LOOK, wire.to_json({"cameras": sorted(wanted)}))

    def _heed_who_examines(self) -> None:
        """Asks a process what the slots of a camera hold, as long as somebody wants to know."""
        camera = None if self._examiner is None else self._examiner.wanted()
        if camera is not None and time.monotonic() - self._asked_s >= ASK_S:
            self._asked_s = time.monotonic()
            for place in self._places:
                if camera in place.cameras and camera not in place.ended:
                    place.tell(Kind.EXAMINE, wire.to_json({"camera": camera}))

    def _seal(self) -> tuple[SealedModels, SealedList]:
        task = self._task
        runtime = open_runtime(task.runtime, task.precision)
        sealed = seal_networks(task.networks, runtime), seal_list(task.templates, task.row_entry, runtime)
        task.templates.fill(0)
        give_back_memory()
        return sealed

    def _order(self, place: Place) -> Order:
        assert self._sealed is not None
        task = self._task
        return Order(
            cameras=tuple((i, task.cameras[i]) for i in place.cameras),
            # A process may alert and die before its next health message: no number that people saw is given again.
            passages_before=tuple(
                max(self._carried[i].faces_detected, self._alerted_passage[i]) for i in place.cameras
            ),
            sizes=tuple(task.sizes[i] for i in place.cameras),
            window=task.window,
            rules=task.rules,
            envelope=task.envelope,
            threshold=task.threshold,
            models=self._sealed[0],
            recipe=task.networks.recipe,
            watch_list=self._sealed[1],
            pace=task.pace.name,
            once=task.once,
            profile=task.profile,
            runtime=task.runtime,
            precision=task.precision,
            source=task.source,
        )

    def _start(self, position: int) -> None:
        assert self._sealed is not None
        place = self._places[position]
        from_child = place.start((self._sealed[0].descriptor, self._sealed[1].descriptor))
        threading.Thread(target=self._listen, args=(position, place.life, from_child), daemon=True).start()
        place.tell(Kind.ORDER, wire.to_json(self._order(place).to_table()))
        if self._paused:
            place.tell(Kind.PAUSE)
        if self._looked_at:
            place.tell(Kind.LOOK, wire.to_json({"cameras": sorted(self._looked_at)}))

    def _listen(self, place: int, life: int, descriptor: int) -> None:
        try:
            while True:
                kind, content = wire.receive(descriptor)
                if kind is Kind.TILE:
                    if self._tiles is not None:
                        self._tiles.tile(unpack_tile(content))
                    continue
                match = wire.unpack_alert(content) if kind is Kind.ALERT else None
                event = Event(place, life, kind, content, match)
                self._events.put(event)
                if self._over.is_set():  # nobody takes it any more
                    event.wipe()
        except (wire.Closed, ValueError):
            self._events.put(Event(place, life, None))
        finally:
            os.close(descriptor)

    def _next_event(self, wait_s: float = POLL_S) -> Event | None:
        try:
            return self._events.get(timeout=wait_s)
        except queue.Empty:
            return None

    def _end_silent_ones(self) -> None:
        """Kills a process that has said nothing for too long; its closed pipe then brings its successor."""
        now_s = time.monotonic()
        for place in self._places:
            limit_s = SILENT_ROUNDS * wire.health_period_s(len(place.cameras)) if place.ready else START_LIMIT_S
            if place.child is not None and not place.over and now_s - place.heard_s > limit_s:
                place.failure = f"it said nothing for {limit_s:.0f} s"
                place.heard_s = now_s
                place.child.kill()

    def _handle(self, event: Event) -> None:
        """Takes one event; the pictures of a possible match are overwritten when this returns or raises."""
        try:
            self._take(event)
        finally:
            event.wipe()

    def _take(self, event: Event) -> None:
        place = self._places[event.place]
        if event.life != place.life:
            return
        place.heard_s = time.monotonic()
        if event.kind in (Kind.HEALTH, Kind.GONE):
            self._take_health(place, wire.unpack_health(event.content), gone=event.kind is Kind.GONE)
        elif event.kind is Kind.READY:
            place.ready = True
            if not wire.from_json(event.content)["locked"] and swap_is_on():
                self._figures.trouble(None, UNLOCKED)
        elif event.match is not None:
            match = event.match
            self._alerted_passage[match.camera] = max(self._alerted_passage[match.camera], match.passage)
            self._alerts.raise_alert(match)
        elif event.kind in (Kind.TROUBLE, Kind.PROFILE, Kind.EXAMINED):
            self._pass_on(event.kind, wire.from_json(event.content))
        elif event.kind is Kind.FAILED:
            told = wire.from_json(event.content)
            place.failure = told["says"] or f"{told['kind']} at {told['place']}"
        elif event.kind is None and place.over:
            place.reap()
        elif event.kind is None:
            self._replace(event.place)

    def _pass_on(self, kind: Kind, told: dict[str, Any]) -> None:
        if kind is Kind.TROUBLE:
            self._figures.trouble(told["camera"], told["says"])
            if told["fatal"]:
                self.faults.append(told["says"])
        elif kind is Kind.PROFILE:
            self._figures.profile(Profile(**{**told, "results": tuple(told["results"])}))
        elif self._examiner is not None:
            self._examiner.examined(Examined(**told))

    def _take_health(self, place: Place, health: Health, *, gone: bool) -> None:
        total = add_up([self._carried[health.camera], health.counts])
        now = replace(health, counts=total)
        self._latest[health.camera] = now
        self._figures.health(now)
        self._minutes.take(now, self._figures, self._clock.now_us())
        self._standings.take(now, self._figures)
        if gone:
            place.ended.add(health.camera)

    def _replace(self, position: int) -> None:
        """A camera process has died: counts what was lost with it and starts its successor."""
        place = self._places[position]
        place.reap()
        for camera in place.cameras:
            latest = self._latest[camera]
            lost = replace(latest.counts, lost=latest.counts.lost + latest.passages_open)
            self._carried[camera] = lost
            self._latest[camera] = replace(latest, counts=lost, in_view=0, passages_open=0, state="lost")
        now_s = time.monotonic()
        lived_s = now_s - place.started_s
        place.early_deaths = place.early_deaths + 1 if lived_s < SHORT_LIFE_S else 1
        place.deaths = [at for at in place.deaths if now_s - at < 600] + [now_s]
        names = ", ".join(self._task.cameras[i].name for i in place.cameras)
        why = place.failure or "it was killed or crashed"
        if self._task.once and self._task.pace is not Pace.LIVE:
            fault = f"The camera process of {names} died ({why}); the rest of its footage was not watched."
            self._figures.trouble(None, fault)
            self.faults.append(fault)
            place.ended.update(place.cameras)
            return
        if place.early_deaths >= DEATHS_LIMIT or len(place.deaths) >= DEATHS_IN_TEN_MINUTES:
            count = max(place.early_deaths, len(place.deaths))
            raise Stopped(
                f"The camera process of {names} died {count} times in a row ({why}); scanning has stopped.",
                "Run overt doctor, and start again.",
            )
        self._figures.trouble(None, f"The camera process of {names} died ({why}) and is being replaced.")
        self._start(position)

    def _stop_all(self) -> None:
        """Tells every process to stop, takes what they still send, and ends those that have not gone in time."""
        for place in self._places:
            place.tell(Kind.STOP)
        until = time.monotonic() + STOP_S
        closed: set[int] = {i for i, place in enumerate(self._places) if place.child is None}
        while len(closed) < len(self._places) and time.monotonic() < until:
            event = self._next_event(0.05)
            if event is not None and event.kind is not None:
                self._last_words(event)
            elif event is not None and event.life == self._places[event.place].life:
                closed.add(event.place)
        for place in self._places:
            place.reap()
        self._over.set()
        while (event := self._next_event(0)) is not None:
            event.wipe()

    def _last_words(self, event: Event) -> None:
        try:
            self._handle(event)
        except OvertError as fault:
            self._figures.trouble(None, str(fault))
