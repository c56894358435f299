"""Several recognisers at work on one list."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from overt.faces import readers as readers_module
from overt.faces.readers import PortraitReaders
from overt.faces.recogniser import Recogniser
from tests.unit.faces.parts import astronaut, recogniser


def test_each_thread_has_a_recogniser_of_its_own_and_no_more_are_made_than_allowed() -> None:
    made, at_work, most = [], 0, 0
    both, lock = threading.Barrier(2), threading.Lock()

    class Watched:
        made_by, look_alike = "a pack", 0.5

        def portraits(self, picture: np.ndarray) -> list[object]:
            nonlocal at_work, most
            with lock:
                at_work += 1
                most = max(most, at_work)
            both.wait(10)  # two are here at the same time
            with lock:
                at_work -= 1
            return []

    def make() -> Recogniser:
        made.append(1)
        return Watched()  # type: ignore[return-value]

    readers = PortraitReaders(make, 2)
    assert (len(made), readers.made_by, readers.look_alike) == (1, "a pack", 0.5)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(readers.portraits, [np.zeros((8, 8, 3), np.uint8)] * 6))
    assert (len(made), most) == (2, 2)


def test_one_thread_needs_one_recogniser_only_and_gets_the_same_faces() -> None:
    made: list[int] = []

    def make() -> Recogniser:
        made.append(1)
        return recogniser()

    readers = PortraitReaders(make, 4)
    (expected,), (found,) = recogniser().portraits(astronaut()), readers.portraits(astronaut())
    assert readers.portraits(np.zeros((64, 64, 3), np.uint8)) == []
    np.testing.assert_array_equal(found.template, expected.template)
    assert len(made) == 1


def test_many_short_waits_make_another_recogniser_as_one_long_wait_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_module, "PATIENCE_S", 1.0)
    made: list[int] = []

    class Quick:
        made_by, look_alike = "a pack", 0.5

        def portraits(self, picture: np.ndarray) -> list[object]:
            time.sleep(0.05)
            return []

    def make() -> Recogniser:
        made.append(1)
        return Quick()  # type: ignore[return-value]

    readers = PortraitReaders(make, 2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(readers.portraits, [np.zeros((8, 8, 3), np.uint8)] * 4))
        assert len(made) == 1
        list(pool.map(readers.portraits, [np.zeros((8, 8, 3), np.uint8)] * 60))
    assert len(made) == 2
