"""Several recognisers of one pack, so that many pictures of a list are read as fast as the machine can."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.faces.recogniser import Portrait, Recogniser

PATIENCE_S = 0.5


class PortraitReaders:
    """Reads portraits for several threads at once; each recogniser works for one thread at a time. Another one is made
    when threads have waited for some time, all waits together: a short list is read before it would be ready.

    Attributes:
        at_once: for how many threads it has recognisers, at most.
        made_by, look_alike: as `Recogniser` has them.
    """

    def __init__(self, make: Callable[[], Recogniser], at_once: int) -> None:
        self.at_once = at_once
        self._make, self._left, self._lock = make, at_once - 1, threading.Lock()
        self._waited_s = 0.0
        if at_once > 1:
            cv2.setNumThreads(1)  # OpenCV's own threads would take the cores from ours
        self._idle: queue.LifoQueue[Recogniser] = queue.LifoQueue()
        first = make()
        self.made_by, self.look_alike = first.made_by, first.look_alike
        self._idle.put(first)

    def portraits(self, picture: NDArray[np.uint8]) -> list[Portrait]:
        """The faces of a picture, shape (h, w, 3), uint8, BGR, largest first."""
        reader = self._take()
        try:
            return reader.portraits(picture)
        finally:
            self._idle.put(reader)

    def _take(self) -> Recogniser:
        began_s = time.monotonic()
        try:
            reader = self._idle.get(timeout=max(0.0, PATIENCE_S - self._waited_s) if self._left else None)
        except queue.Empty:
            with self._lock:
                may_make = self._left > 0
                self._left -= may_make
                self._waited_s = 0.0
            return self._make() if may_make else self._idle.get()
        with self._lock:
            self._waited_s += time.monotonic() - began_s
        return reader
