"""A camera process: the whole path of a frame for some cameras, on one core.

It is started by the supervisor as `python -m overt.engine.camera IN OUT` with two pipe ends, gets one order, limits
itself, and then only ever writes messages of `wire`. It ends when told to, when its cameras have ended, or when the
supervisor is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict, replace
from types import TracebackType

import cv2

from overt.domain.alert import PossibleMatch
from overt.domain.errors import CameraLost, OvertError
from overt.domain.figures import Health
from overt.domain.profile import DECODE, IDLE, STAGES, STEPS, Profile, step_of
from overt.domain.time import Clock
from overt.engine import wire
from overt.engine.clock import SteadyClock, SystemClock
from overt.engine.gate import ToldGate, WindowGate
from overt.engine.limits import give_back_memory, lock_down
from overt.engine.opened import networks_in, watch_index_in
from overt.engine.order import Order
from overt.engine.post import Post
from overt.engine.slots import shot_memory
from overt.engine.viewing import Viewing
from overt.engine.wire import Kind
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import open_runtime
from overt.recognition.conditions import Conditions
from overt.recognition.flow import Flow, Viewpoint
from overt.video.frame import Frame
from overt.video.reader import Pace, Reader
from overt.video.source import Source, open_source
from overt.video.sparing import LATEST_S

TICK_S = 0.05
#: How long one thread keeps Python to itself while others wait: many cameras' decoders need it often, and briefly.
SWITCH_S = 0.0005
#: Where decoding is so late, looks give way to it, for so long each: what is not decoded in time is lost for a stretch.
GIVE_WAY_S, LONGEST_WAY_S = 0.25, 0.1
_FAST = Pace.FAST.name
#: A network that was idle between two of these is blanked, so nothing stays in it for more than twice as long.
BLANK_S = 0.25


class CameraProcess:
    """Runs the order's cameras until they end or `stop` is set. `locked`: its memory cannot be swapped out."""

    def __init__(self, order: Order, out: int, clock: Clock, *, locked: bool) -> None:
        self._order, self._out, self._host, self._locked = order, out, clock, locked
        self._clock = SteadyClock(clock)
        self._wake = threading.Event()
        self.stopping, self.told = threading.Event(), ToldGate(time.monotonic)
        self._gate = WindowGate(order.window, clock)
        networks = networks_in(order.models, order.recipe)
        runtime = open_runtime(order.runtime, order.precision)
        self._recogniser = Recogniser(runtime, networks)
        self._index = watch_index_in(order.watch_list, runtime)
        self._posts = [
            self._post(position, before)
            for (position, _), before in zip(order.cameras, order.passages_before, strict=True)
        ]
        for post, (width, height) in zip(self._posts, order.sizes, strict=True):
            if width and height:
                post.flow.prepare(width, height)
        self._cpu_start_s, self._own_start_s = time.process_time(), time.thread_time()
        self._start_s = self._next_blank_s = time.monotonic()
        self._results = [0] * STEPS

    def run(self) -> None:
        give_back_memory()
        wire.send(self._out, Kind.READY, wire.to_json({"locked": self._locked}))
        threading.Thread(target=self._keep_time, name="overt-timer", daemon=True).start()
        for post in self._posts:
            post.reader.start()
        next_health = time.monotonic()
        period_s = wire.health_period_s(len(self._posts))
        turn = 0
        while not self.stopping.is_set():
            self._wake.wait(TICK_S)
            self._wake.clear()
            for post in self._posts:
                if post.reader.waits:
                    self._let_decoders_go_first()
                if not self.stopping.is_set():
                    self._take(post)
                    self._tell_slots(post)
                    self._blank_if_idle()
            now = time.monotonic()
            if now >= next_health:  # one camera after the other, so that no second carries more than its share
                self._tell_health(self._posts[turn], period_s)
                turn = (turn + 1) % len(self._posts)
                next_health = now + period_s / len(self._posts)
            if all(post.flow_ended for post in self._posts) or self._gate.over:
                break
        self._finish()

    def stop(self) -> None:
        self.stopping.set()
        self._wake.set()

    def hear(self, kind: Kind, content: bytearray) -> None:
        """Takes what the supervisor says besides the order and the end."""
        if kind is Kind.LOOK:
            cameras = wire.from_json(content)["cameras"]
            for post in self._posts:
                post.viewing.is_looked_at = post.position in cameras
        elif kind is Kind.EXAMINE:
            for post in self._posts:
                post.to_examine = post.to_examine or post.position == wire.from_json(content)["camera"]
        else:
            self.told.hear(kind is Kind.GO_ON)

    def _post(self, position: int, passages_before: int) -> Post:
        camera = dict(self._order.cameras)[position]
        pace = Pace[self._order.pace]
        rules, conditions = self._order.rules, Conditions(self._order.envelope)

        def opener(loop: int) -> Source:
            return open_source(
                camera.url,
                clock=self._clock,
                settings=self._order.source,
                loop=loop,
                look_every_s=rules.detect_interval_s,
                sheds=pace is not Pace.FAST,
            )

        viewing = Viewing(position, camera.zone, shift_us=self._shift_us, out=self._out)
        return Post(
            position=position,
            conditions=conditions,
            viewing=viewing,
            flow=Flow(
                viewpoint=Viewpoint(position=position, camera=camera, passages_before=passages_before),
                rules=rules,
                looks=self._recogniser,
                index=self._index,
                threshold=self._order.threshold,
                memory=shot_memory(rules, self._recogniser.length),
                may_scan=self._may_scan,
                conditions=conditions,
                onlooker=viewing,
                now_us=None if pace is Pace.FAST else self._clock.now_us,
            ),
            reader=Reader(
                opener=opener,
                clock=self._clock,
                interval_s=rules.detect_interval_s,
                pace=pace,
                once=self._order.once,
                wake=self._wake.set,
            ),
        )

    def _shift_us(self) -> int:
        return self._host.now_us() - self._clock.now_us()

    def _may_scan(self) -> bool:
        return self._gate.may_scan() and self.told.may_scan()

    def _let_decoders_go_first(self) -> None:
        """Looks are shed one by one, evenly over the cameras; decoding, once too late, sheds stretches of one."""
        until_s = time.monotonic() + LONGEST_WAY_S
        while self._order.pace != _FAST and any(post.reader.late_s > GIVE_WAY_S for post in self._posts):
            if self.stopping.wait(TICK_S / 10) or time.monotonic() >= until_s:
                return

    def _take(self, post: Post) -> None:
        """Takes the camera's newest frame all the way."""
        ended = post.reader.finished
        frame = post.reader.take()
        if frame is not None:
            self._look(post, frame)
        elif ended and not post.flow_ended:
            with post.lock:
                post.flow.end(self._now_us(post))
            post.flow_ended = True
        del frame
        self._tell_trouble(post)

    def _look(self, post: Post, frame: Frame) -> None:
        started_s = time.process_time()
        post.flow.prepare(frame.width, frame.height)
        if post.warm_up_s is None:
            post.warm_up_s = time.process_time() - started_s
        post.last_frame_us = frame.captured_us
        if self._order.pace == _FAST:
            post.flow.pass_time(frame.captured_us)
        else:
            post.lag_s = max(0.0, (self._clock.now_us() - frame.captured_us) / 1e6)
            post.conditions.see_lag(post.lag_s, frame.captured_us)
            if post.lag_s > LATEST_S:
                post.late += 1
                return
        missed = post.reader.counted()[1]
        with post.lock:
            matches = post.flow.step(frame, in_haste=self._order.pace != _FAST and missed > post.missed)
        post.missed = missed
        post.looked += 1
        if self._order.pace != _FAST:
            self._results[step_of(self._clock.now_us() - frame.captured_us)] += 1
        shift_us = self._shift_us()
        for match in matches:
            try:
                wire.send(self._out, Kind.ALERT, *wire.pack_alert(_by_host(match, shift_us)))
            finally:
                match.wipe()

    def _keep_time(self) -> None:
        """The timer by which faces are forgotten; a thread of its own, so that a camera's start, which compiles its
        detector, holds nothing up. During a frame the flow keeps the time itself, after each passage."""
        while self._order.pace != _FAST and not self.stopping.wait(TICK_S):
            for post in self._posts:
                with post.lock:
                    post.flow.tick(self._clock.now_us())

    def _now_us(self, post: Post) -> int:
        """The moment by which this camera's faces age: that of its last frame where footage is played fast."""
        return post.last_frame_us if self._order.pace == _FAST else self._clock.now_us()

    def _blank_if_idle(self) -> None:
        """Four times a second, between two looks: a round of many cameras may take longer."""
        now_s = time.monotonic()
        if now_s < self._next_blank_s:
            return
        self._next_blank_s = now_s + BLANK_S
        self._recogniser.blank_if_idle()
        for post in self._posts:
            post.reader.blank_if_idle()

    def _tell_trouble(self, post: Post) -> None:
        trouble, words = post.reader.trouble, post.trouble
        if words != post.told:
            post.told = words
            frames, _, _ = post.reader.counted()
            fatal = trouble is not None and (trouble.code != CameraLost.code or (self._order.once and not frames))
            content = {"camera": post.position, "says": words, "fatal": fatal}
            wire.send(self._out, Kind.TROUBLE, wire.to_json(content))

    def _tell_health(self, post: Post, period_s: float) -> None:
        health = self._health(post, period_s)
        wire.send(self._out, Kind.HEALTH, wire.pack_health(health))
        if self._order.pace != _FAST:
            post.kept_up(health.counts.dropped, period_s)

    def _health(self, post: Post, period_s: float) -> Health:
        cpu_s = time.process_time() - self._cpu_start_s - sum(p.warm_up_s or 0.0 for p in self._posts)
        return post.health(self._now_us(post), period_s=period_s, cpu_s=max(0.0, cpu_s) / len(self._posts))

    def _tell_slots(self, post: Post) -> None:
        """Says what it holds of faces, where the supervisor has asked."""
        if post.to_examine:
            post.to_examine = False
            wire.send(self._out, Kind.EXAMINED, wire.to_json(asdict(post.examined(self._now_us(post)))))

    def _profile(self) -> Profile:
        """The readers' threads decode, and little else runs beside the stages."""
        cpu_s = time.process_time() - self._cpu_start_s
        decode_s = max(0.0, cpu_s - (time.thread_time() - self._own_start_s))
        idle_s = max(0.0, time.monotonic() - self._start_s - cpu_s)
        parts = [post.flow.stages.spent_s for post in self._posts]
        return Profile(
            spent_s={
                **{stage: sum(part.get(stage, 0.0) for part in parts) for stage in STAGES},
                DECODE: decode_s,
                IDLE: idle_s,
            },
            video_s=sum(post.reader.counted()[2] for post in self._posts),
            looks=sum(post.looked for post in self._posts),
            results=tuple(self._results),
        )

    def _finish(self) -> None:
        for post in self._posts:
            with post.lock:
                post.flow.end(self._now_us(post))
            self._tell_trouble(post)
        healths = [replace(self._health(post, 1.0), state="ended") for post in self._posts]
        if self._order.profile:
            wire.send(self._out, Kind.PROFILE, wire.to_json(asdict(self._profile())))
        for health in healths:
            wire.send(self._out, Kind.GONE, wire.pack_health(health))
        for post in self._posts:
            post.reader.stop()


def _by_host(match: PossibleMatch, shift_us: int) -> PossibleMatch:
    """The same match, its pixels where they lie, with the times of another clock."""
    return replace(
        match,
        captured_us=match.captured_us + shift_us,
        first_usable_us=match.first_usable_us + shift_us,
        pictures=tuple(replace(one, captured_us=one.captured_us + shift_us) for one in match.pictures),
    )


def _tell_failure(out: int) -> None:
    """An unexpected fault is told by its kind and place: a message could hold what was being looked at."""

    def hook(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        says = str(fault) if isinstance(fault, OvertError) else ""
        places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-3:]]
        content = {"kind": kind.__name__, "place": " > ".join(places), "says": says}
        with contextlib.suppress(wire.Closed):
            wire.send(out, Kind.FAILED, wire.to_json(content))
        os._exit(1)

    sys.excepthook = hook
    threading.excepthook = lambda args: hook(args.exc_type, args.exc_value or RuntimeError(), args.exc_traceback)


def main(incoming: int, out: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tell_failure(out)
    cv2.setNumThreads(1)
    sys.setswitchinterval(SWITCH_S)
    kind, content = wire.receive(incoming)
    if kind is not Kind.ORDER:
        raise wire.Closed
    locked = lock_down()
    process = CameraProcess(Order.from_table(wire.from_json(content)), out, SystemClock(), locked=locked)

    def listen() -> None:
        try:
            while (told := wire.receive(incoming))[0] is not Kind.STOP:
                process.hear(*told)
        except wire.Closed:
            os._exit(0)
        process.stop()

    threading.Thread(target=listen, name="overt-listener", daemon=True).start()
    process.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
