"""A camera process alone, without its supervisor: started, given an order, listened to.

The process is the product's own (`python -m overt.engine.camera`); `planted` starts tests/planted/camera.py instead,
which watches the same process from inside, and puts a fault into it where one is named.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from overt.domain.authority import Camera, Window
from overt.domain.geometry import FloatArray, Zone
from overt.domain.rules import RecognitionRules
from overt.engine import wire
from overt.engine.limits import environment
from overt.engine.opened import seal_list, seal_networks
from overt.engine.order import Order
from overt.engine.wire import Kind
from overt.faces.pack import default_pack, load
from overt.faces.recipe import Networks
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import RuntimeName, open_runtime
from overt.recognition.rows import LONG_LIST
from overt.video.reader import Pace
from overt.video.source import SourceSettings
from tests.needs import sample_footage

PLANTED = Path(__file__).resolve().parents[1] / "planted"
WHOLE = Zone(corners=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
_SPY_HEAD = struct.Struct("<cqI")


@cache
def networks() -> Networks:
    return load(default_pack())


@cache
def recogniser() -> Recogniser:
    return Recogniser(open_runtime(), networks())


@cache
def man() -> FloatArray:
    """The list of these tests: one template of the man of the sample footage, shape (1, length)."""
    picture = cv2.imread(str(sample_footage() / "single_face.jpg"))
    assert picture is not None
    return recogniser().portraits(np.asarray(picture, np.uint8))[0].template[None, :]


def a_camera(url: str, *, zone: Zone = WHOLE) -> Camera:
    return Camera(name="north", url=url, zone=zone, smallest_face_px=40)


def open_window(seconds: float = 3600) -> Window:
    now_us = time.time_ns() // 1000
    return Window(opens_us=now_us - 60_000_000, closes_us=now_us + round(seconds * 1e6))


@dataclass(frozen=True)
class Told:
    """What the watcher inside a planted process told: `kind` one letter, the machine's boot time, the bytes seen."""

    kind: str
    at_s: float
    content: bytes


@dataclass
class Running:
    """A camera process at work."""

    child: subprocess.Popen[bytes]
    to_child: int
    messages: list[tuple[Kind, bytearray]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)

    @property
    def pid(self) -> int:
        """Of the camera process itself, also where it runs under strace."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text("ascii").split()
        name = Path(f"/proc/{self.child.pid}/comm").read_text("ascii").strip()
        return int(children[0]) if name == "strace" else self.child.pid

    def of(self, kind: Kind) -> list[bytearray]:
        return [content for seen, content in self.messages if seen is kind]

    @property
    def heard(self) -> list[tuple[str, bytes]]:
        """The last messages, without pixels."""
        return [(kind.name, bytes(content[:300])) for kind, content in self.messages[-3:] if kind is not Kind.ALERT]

    def told_of(self, kinds: str) -> list[Told]:
        return [told for told in list(self.told) if told.kind in kinds]

    def wait(self, true: Callable[[], bool], seconds: float) -> None:
        """Waits until it is so; fails after `seconds`, or where the process ended before."""
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, f"it did not come about in {seconds} s; heard: {self.heard}"
            assert not self.ended.is_set() or true(), f"the process ended; heard: {self.heard}"
            time.sleep(0.005)

    def wait_until_ready(self) -> None:
        self.wait(lambda: bool(self.of(Kind.READY)), 60)

    def stop(self) -> None:
        wire.send(self.to_child, Kind.STOP)


@contextmanager
def camera_process(
    camera: Camera,
    *,
    window: Window | None = None,
    rules: RecognitionRules | None = None,
    pace: Pace = Pace.OWN_SPEED,
    once: bool = True,
    before: Sequence[str] = (),
    planted: str | None = None,
    runtime: str = "auto",
    folder: Path | None = None,
    in_halves: bool = False,
    size: tuple[int, int] = (0, 0),
) -> Iterator[Running]:
    """Starts a camera process for one camera; ends it at the end.

    Args:
        before: a command that runs the process, such as strace.
        planted: run tests/planted/camera.py with these faults ("nothing" only watches).
        folder: in which it runs.
        in_halves: keep the list as a long one is kept.
        size: width and height of the camera's pictures, where the process is to know them before they come.
    """
    nets = networks()
    prepared = open_runtime(cast("RuntimeName", runtime))
    models = seal_networks(nets, prepared)
    watch_list = seal_list(man(), np.zeros(1, np.int32), prepared, long_list=1 if in_halves else LONG_LIST)
    child_in, to_child = os.pipe()
    from_child, child_out = os.pipe()
    from_spy, spy_out = os.pipe()
    module = ["-m", "overt.engine.camera"] if planted is None else [str(PLANTED / "camera.py")]
    extra = [] if planted is None else [str(spy_out), planted]
    child = subprocess.Popen(
        [*before, sys.executable, "-P", *module, str(child_in), str(child_out), *extra],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(child_in, child_out, models.descriptor, watch_list.descriptor, *((spy_out,) if planted else ())),
        start_new_session=True,
        cwd=folder,
        env=environment(),
    )
    for descriptor in (child_in, child_out, spy_out):
        os.close(descriptor)
    running = Running(child=child, to_child=to_child)
    order = Order(
        cameras=((0, camera),),
        passages_before=(0,),
        sizes=(size,),
        window=window or open_window(),
        rules=rules or RecognitionRules(),
        envelope=None,
        threshold=0.5,
        models=models,
        recipe=nets.recipe,
        watch_list=watch_list,
        pace=pace.name,
        once=once,
        profile=False,
        runtime=cast("RuntimeName", runtime),
        precision="auto",
        source=SourceSettings(recorded=pace is not Pace.LIVE),
    )
    listeners = [
        threading.Thread(target=_listen, args=(running, from_child)),
        threading.Thread(target=_overhear, args=(running, from_spy)),
    ]
    for listener in listeners:
        listener.start()
    try:
        wire.send(to_child, Kind.ORDER, wire.to_json(order.to_table()))
        yield running
    finally:
        if running.child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for listener in listeners:
            listener.join()
        for descriptor in (to_child, models.descriptor, watch_list.descriptor):
            os.close(descriptor)


@contextmanager
def supervisor(clip: Path, fault: str) -> Iterator[Running]:
    """Starts tests/planted/supervisor.py, which watches a clip for the man of these tests; ends it at the end."""
    from_spy, spy_out = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-P", str(PLANTED / "supervisor.py"), str(clip), str(spy_out), fault],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(spy_out,),
        start_new_session=True,
    )
    os.close(spy_out)
    assert child.stdin is not None
    with child.stdin as person:
        person.write(man().tobytes())
    running = Running(child=child, to_child=-1)
    listener = threading.Thread(target=_overhear, args=(running, from_spy))
    listener.start()
    try:
        yield running
    finally:
        child.kill()  # its camera process dies with it
        child.wait()
        listener.join()


@contextmanager
def stopped(running: Running) -> Iterator[None]:
    """The process stands still meanwhile."""
    os.kill(running.pid, signal.SIGSTOP)
    time.sleep(0.05)  # what it told before may still be on its way
    try:
        yield
    finally:
        os.kill(running.pid, signal.SIGCONT)


def _listen(running: Running, descriptor: int) -> None:
    try:
        while True:
            while running.paused.is_set():  # whoever reads takes nothing for a while
                time.sleep(0.01)
            running.messages.append(wire.receive(descriptor))
    except (wire.Closed, ValueError):
        running.ended.set()
    finally:
        while select.select([descriptor], [], [], 0)[0] and os.read(descriptor, 65536):
            pass
        os.close(descriptor)


def _overhear(running: Running, descriptor: int) -> None:
    with os.fdopen(descriptor, "rb") as spy:
        while head := spy.read(_SPY_HEAD.size):
            kind, at_ns, length = _SPY_HEAD.unpack(head)
            running.told.append(Told(kind.decode(), at_ns / 1e9, spy.read(length)))
