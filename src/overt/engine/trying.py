"""A camera is tried: a short-lived process opens it, looks for faces, and hands back one redacted picture.

It is started as `python -m overt.engine.trying IN OUT`, as a camera process is, and limits itself in the same way. It
recognises nobody: it has no list and no network that could. What it hands back went through the same redaction as the
live pictures, after a second in which faces were looked for in every picture that came.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np

from overt.domain.errors import BadSource, CameraLost, OvertError
from overt.domain.geometry import Region, Zone
from overt.engine import wire
from overt.engine.clock import SteadyClock, SystemClock
from overt.engine.limits import environment, lock_down
from overt.engine.sealed import map_sealed, seal
from overt.engine.tiles import Tile, pack_tile, unpack_tile
from overt.engine.viewing import encoded
from overt.engine.wire import Kind
from overt.faces.recipe import Networks
from overt.faces.runtime import Precision, RuntimeName, open_runtime
from overt.faces.zone import ZoneDetectors
from overt.video.frame import Frame
from overt.video.redact import KEPT_US, LEAST_SCORE, NO_TRACK, Redactor, Sightings
from overt.video.source import SourceSettings, open_source

#: How wide the smallest face is made for the detector, pixels; once as live, once for those that are near.
FINE_PX: Final = 20
NEAR_PX: Final = 10
#: From this score a finding counts as a face whose width is told.
SURE_SCORE: Final = 0.6
LOOKS_FOR_US: Final = KEPT_US + KEPT_US // 2
#: Between two looks pictures are only counted; what had gathered while the networks were made is not.
LOOK_US: Final = KEPT_US // 8
SETTLES_US: Final = KEPT_US // 2
LONGEST_S: Final = 10.0
START_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class TryOrder:
    """What is to be tried. `url`: with its host's name looked up already."""

    url: str
    smallest_face_px: int
    source: SourceSettings
    runtime: RuntimeName
    precision: Precision


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a camera showed.

    Attributes:
        still: one picture, redacted.
        width, height: of the camera's own pictures, pixels.
        frames_per_s: as they came.
        widths: of the faces that were found, pixels, narrowest first: of the picture with the most of them.
    """

    still: Tile
    width: int
    height: int
    frames_per_s: float
    widths: tuple[float, ...]


def try_camera(order: TryOrder, networks: Networks) -> Tried:
    """Opens a camera in a process of its own, for a few seconds.

    Raises:
        BadSource, CameraLost: it cannot be opened, or sends nothing, with the reason.
    """
    detector = seal("overt-detector", [networks.detector])
    child_in, to_child = os.pipe()
    from_child, child_out = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "overt.engine.trying", str(child_in), str(child_out)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(child_in, child_out, detector),
            start_new_session=True,
            env=environment(),
        )
    finally:
        os.close(child_in)
        os.close(child_out)
    limit_s = START_S + order.source.open_timeout_s + order.source.read_timeout_s + LOOKS_FOR_US / 1e6
    ender = threading.Timer(limit_s, child.kill)
    ender.start()
    try:
        content = {"order": asdict(order), "detector": detector, "brightened": networks.recipe.brightened}
        wire.send(to_child, Kind.ORDER, wire.to_json(content))
        return _answer(from_child)
    except (wire.Closed, ValueError):
        raise CameraLost(
            "Trying the camera failed: its process ended without an answer.", "Try it again; run overt doctor."
        ) from None
    finally:
        ender.cancel()
        child.kill()
        child.wait()
        for descriptor in (to_child, from_child, detector):
            os.close(descriptor)


def _answer(from_child: int) -> Tried:
    kind, content = wire.receive(from_child)
    told = wire.from_json(content)
    if kind is not Kind.READY:
        raise (BadSource if told["code"] == BadSource.code else CameraLost)(told["says"], told["todo"])
    kind, content = wire.receive(from_child)
    return Tried(still=unpack_tile(content), **{**told, "widths": tuple(told["widths"])})


class _Trial:
    """One camera, looked at for a moment."""

    def __init__(self, order: TryOrder, detectors: ZoneDetectors) -> None:
        self._order, self._detectors = order, detectors
        self._sightings = Sightings()
        self._redactor: Redactor | None = None
        self._opened_us: int | None = None
        self._opened_s = 0.0
        self._began_us = self._looked_us = 0
        self._frames = -1
        self._widths: tuple[float, ...] = ()

    def run(self) -> tuple[Tried, bytes]:
        source = open_source(self._order.url, clock=SteadyClock(SystemClock()), settings=self._order.source)
        frames = source.frames()
        try:
            for frame in frames:
                if self._take(frame):
                    return self._shown(frame)
        finally:
            frames.close()  # type: ignore[attr-defined]
            source.close()
        raise CameraLost("The camera ended its stream.", "Try it again.")

    def _take(self, frame: Frame) -> bool:
        """Counts a picture and, where it is time, looks at it; says whether this one may be shown."""
        at_us = frame.captured_us
        if self._opened_us is None:
            self._look(frame)
            self._opened_us, self._opened_s = SystemClock().now_us(), time.monotonic()
            return False
        if self._frames < 0 and at_us - self._opened_us < SETTLES_US:
            return False
        if self._frames < 0:
            self._began_us = at_us
        self._frames += 1
        if at_us - self._looked_us < LOOK_US:
            return False
        self._looked_us = at_us
        self._look(frame)
        return at_us - self._began_us >= LOOKS_FOR_US or time.monotonic() - self._opened_s > LONGEST_S

    def _look(self, frame: Frame) -> None:
        """Looks for faces, in two sizes."""
        whole = Region(x=0, y=0, width=frame.width, height=frame.height)
        for face_px in (FINE_PX, NEAR_PX):
            zone = self._detectors.detector(whole, min(1.0, face_px / self._order.smallest_face_px))
            found = zone.detect(frame, LEAST_SCORE)
            zone.wipe()
            self._sightings.take(found.boxes, np.full(len(found), NO_TRACK), frame.captured_us)
            sure = tuple(sorted(round(float(width), 1) for width in found.widths[found.scores >= SURE_SCORE]))
            self._widths = max(self._widths, sure, key=len)

    def _shown(self, frame: Frame) -> tuple[Tried, bytes]:
        redactor = Redactor(Zone(), frame.width, frame.height)
        try:
            tile = redactor.tile(frame, self._sightings.boxes(frame.captured_us))
            jpeg, (height, width) = encoded(tile), tile.shape[:2]
        finally:
            redactor.wipe()
        still = Tile(camera=0, captured_us=SystemClock().now_us(), width=width, height=height, jpeg=jpeg)
        seconds = max(1e-3, (frame.captured_us - self._began_us) / 1e6)
        tried = Tried(
            still=still,
            width=frame.width,
            height=frame.height,
            frames_per_s=round(self._frames / seconds, 1),
            widths=self._widths,
        )
        return tried, pack_tile(still)


def main(incoming: int, out: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    kind, content = wire.receive(incoming)
    if kind is not Kind.ORDER:
        raise wire.Closed
    lock_down()
    told = wire.from_json(content)
    try:
        tried, still = _Trial(_order(told["order"]), _detectors(told)).run()
    except OvertError as error:
        with suppress(wire.Closed):
            wire.send(out, Kind.FAILED, wire.to_json({"code": error.code, "says": error.sentence, "todo": error.todo}))
        return
    content_told: dict[str, Any] = asdict(tried)
    del content_told["still"]
    wire.send(out, Kind.READY, wire.to_json(content_told))
    wire.send(out, Kind.TILE, still)


def _order(told: dict[str, Any]) -> TryOrder:
    source = SourceSettings(**{**told["source"], "schemes": tuple(told["source"]["schemes"])})
    return TryOrder(**{**told, "source": source})


def _detectors(told: dict[str, Any]) -> ZoneDetectors:
    runtime = open_runtime(told["order"]["runtime"], told["order"]["precision"])
    return ZoneDetectors(runtime, map_sealed(told["detector"]).tobytes(), brightened=told["brightened"])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
