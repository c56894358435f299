"""The supervisor and its camera processes, with a clock that the test turns."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from overt.domain.alert import MatchPicture, PossibleMatch
from overt.domain.authority import Window
from overt.domain.errors import OutsideAuthority, Stopped
from overt.domain.figures import Counts, Health, MinuteFigures, add_up
from overt.domain.profile import Profile
from overt.domain.time import SECOND_US, Clock
from overt.engine import wire
from overt.engine.clock import SystemClock
from overt.engine.local import DEATHS_LIMIT, LocalEngine
from overt.engine.place import Event
from overt.engine.task import Task
from overt.engine.wire import Kind
from overt.testing.fixed_clock import FixedClock
from tests.integration.deployments import alive, children
from tests.tasks import task_of
from tests.unit.video.clips import numbered, write_clip


class Heard:
    """Everything that the engine says."""

    def __init__(self) -> None:
        self.matches: list[PossibleMatch] = []
        self.minutes: list[MinuteFigures] = []
        self.states: dict[int, str] = {}
        self.said: list[str] = []

    def raise_alert(self, match: PossibleMatch) -> None:
        self.matches.append(match)

    def settle(self) -> None:
        """Nothing waits here."""

    def minute(self, figures: MinuteFigures) -> None:
        self.minutes.append(figures)

    def health(self, health: Health) -> None:
        self.states[health.camera] = health.state

    def profile(self, profile: Profile) -> None:
        """Not wanted here."""

    def trouble(self, camera: int | None, sentence: str) -> None:
        self.said.append(sentence)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """Two cameras in two processes, nobody in the picture."""
    clip: Path = write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", numbered(25))
    sizes = ((320, 240), (0, 0))
    return task_of(clip, "north", "south", sizes=sizes, threshold=0.5, processes=2, runtime="onnxruntime")


def of_its_own(task: Task, **changes: object) -> Task:
    """A copy whose list is its own, since the engine overwrites what it was handed once it is sealed."""
    return replace(task, templates=np.eye(3, 128, dtype=np.float32), **changes)  # type: ignore[arg-type]


def run(
    task: Task, clock: Clock, heard: Heard, when_ready: Callable[[], None], stop: threading.Event | None = None
) -> tuple[Counts, float]:
    """Runs the engine here; `when_ready` is called in another thread. Gives the counts and how long the end took."""
    turned_s: list[float] = []
    engine = LocalEngine(task, clock=clock, alerts=heard, figures=heard)

    def turn() -> None:
        while len(heard.states) < 2:
            time.sleep(0.02)
        turned_s.append(time.monotonic())
        when_ready()

    counts = engine.run(stop or threading.Event(), threading.Thread(target=turn, daemon=True).start)
    return counts, time.monotonic() - turned_s[0]


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (lambda clock: clock.advance(9 * 3600), "The authority has ended; scanning has stopped."),
        (lambda clock: clock.set_now(clock.now_us() + 6 * 60 * SECOND_US), "clock moved by over five minutes"),
    ],
    ids=["the window ends", "the clock jumps"],
)
def test_scanning_ends_by_itself_within_a_second_and_a_half_and_no_process_is_left(
    task: Task, turn: Callable[[FixedClock], None], says: str
) -> None:
    clock, heard = FixedClock(SystemClock().now_us()), Heard()
    counts, took_s = run(of_its_own(task), clock, heard, lambda: turn(clock))
    assert took_s < 1.5
    assert any(says in sentence for sentence in heard.said)
    assert heard.matches == []
    assert add_up(minute.counts for minute in heard.minutes) == counts
    assert not alive(children(os.getpid()))


def test_a_process_that_says_nothing_is_replaced(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.engine.local.SILENT_ROUNDS", 3)
    clock, heard, stop = SystemClock(), Heard(), threading.Event()

    def hang() -> None:
        first = children(os.getpid())
        os.kill(first[0], signal.SIGSTOP)
        end_s = time.monotonic() + 30
        while not any("said nothing for 3 s" in sentence for sentence in heard.said) and time.monotonic() < end_s:
            time.sleep(0.05)
        while len(set(alive(children(os.getpid()))) - {first[0]}) < 2 and time.monotonic() < end_s:
            time.sleep(0.05)
        stop.set()

    run(of_its_own(task), clock, heard, hang, stop)
    assert any("said nothing for 3 s) and is being replaced" in sentence for sentence in heard.said)
    assert not alive(children(os.getpid()))


def test_finished_footage_whose_process_dies_is_a_fault_and_is_not_played_twice(task: Task) -> None:
    clock, heard = SystemClock(), Heard()
    engine = LocalEngine(of_its_own(task, once=True), clock=clock, alerts=heard, figures=heard)

    def end_one() -> None:
        os.kill(children(os.getpid())[0], signal.SIGKILL)

    counts = engine.run(threading.Event(), threading.Thread(target=end_one, daemon=True).start)
    (fault,) = engine.faults
    assert "the rest of its footage was not watched" in fault
    assert counts.frames <= 2 * 25


def test_outside_the_window_no_process_is_started(task: Task) -> None:
    closed = of_its_own(task, window=Window(opens_us=1, closes_us=2))
    with pytest.raises(OutsideAuthority):
        LocalEngine(closed, clock=SystemClock(), alerts=Heard(), figures=Heard()).run(threading.Event())


def test_a_process_that_cannot_live_ends_the_run_with_the_reason(task: Task) -> None:
    heard = Heard()
    broken = of_its_own(
        task, networks=replace(task.networks, detector=b"no network"), cameras=task.cameras[:1], sizes=task.sizes[:1]
    )
    with pytest.raises(Stopped, match=f"of north died {DEATHS_LIMIT} times in a row") as caught:
        LocalEngine(broken, clock=SystemClock(), alerts=heard, figures=heard).run(threading.Event())
    assert "it was killed or crashed" not in caught.value.sentence
    assert len(heard.said) == DEATHS_LIMIT - 1


def a_match() -> PossibleMatch:
    pictures = [MatchPicture(width=2, height=1, bgr=bytearray(b"pixels"), captured_us=1, quality=0.5) for _ in "ab"]
    return PossibleMatch(
        camera=0,
        passage=7,
        entry=1,
        score=0.6,
        shots=2,
        cautions=(),
        captured_us=2,
        first_usable_us=1,
        media_time_s=None,
        pictures=tuple(pictures),
    )


def wiped(match: PossibleMatch) -> bool:
    return len(match.pictures) == 2 and not any(any(picture.bgr) for picture in match.pictures)


class Taking(Heard):
    """Looks at the pixels as it takes a match, and may refuse it."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__()
        self.pixels: list[bytes] = []
        self.refuses = refuses

    def raise_alert(self, match: PossibleMatch) -> None:
        super().raise_alert(match)
        self.pixels += [bytes(picture.bgr) for picture in match.pictures]
        if self.refuses:
            raise Stopped("nobody takes it")


def an_engine(task: Task, heard: Heard) -> LocalEngine:
    return LocalEngine(of_its_own(task), clock=SystemClock(), alerts=heard, figures=heard)


def test_the_pictures_of_a_match_are_overwritten_once_the_sink_has_taken_them(task: Task) -> None:
    heard = Taking()
    an_engine(task, heard)._handle(Event(0, 0, Kind.ALERT, match=a_match()))
    assert heard.pixels == [b"pixels"] * 2
    assert wiped(heard.matches[0])


def test_the_pictures_of_a_match_are_overwritten_when_the_sink_can_take_no_more(task: Task) -> None:
    heard = Taking(refuses=True)
    with pytest.raises(Stopped):
        an_engine(task, heard)._handle(Event(0, 0, Kind.ALERT, match=a_match()))
    assert heard.pixels
    assert wiped(heard.matches[0])


def test_a_match_that_nobody_wants_any_more_is_overwritten(task: Task) -> None:
    heard, match, late = Taking(), a_match(), a_match()
    engine = an_engine(task, heard)
    engine._handle(Event(0, 99, Kind.ALERT, match=match))  # of a process that has been replaced
    engine._events.put(Event(0, 99, Kind.ALERT, match=late))
    engine._stop_all()
    assert heard.matches == []
    assert wiped(match)
    assert wiped(late)


def heard_from_pipe(engine: LocalEngine, *contents: bytes) -> list[Event]:
    """What becomes of ALERT messages with these contents."""
    reading, writing = os.pipe()
    for content in contents:
        wire.send(writing, Kind.ALERT, content)
    os.close(writing)
    engine._listen(0, 1, reading)
    events: list[Event] = []
    while not engine._events.empty():
        events.append(engine._events.get())
    return events


def test_a_match_is_received_whole_and_nothing_of_it_stays_in_the_message(task: Task) -> None:
    told, pixels = wire.pack_alert(a_match())
    first, end = heard_from_pipe(an_engine(task, Heard()), told + b"".join(pixels))
    assert first.match == a_match()
    assert not any(first.content)
    assert end.kind is None


@pytest.mark.parametrize("wrong", [b"", b"noise", b"\x02\x00\x00\x00{}", wire.pack_alert(a_match())[0]])
def test_a_malformed_match_closes_the_pipe_and_what_follows_is_not_read(task: Task, wrong: bytes) -> None:
    told, pixels = wire.pack_alert(a_match())
    (end,) = heard_from_pipe(an_engine(task, Heard()), wrong, told + b"".join(pixels))
    assert end.kind is None
    assert end.match is None


def test_a_match_that_comes_after_the_end_is_overwritten(task: Task) -> None:
    engine = an_engine(task, Heard())
    engine._stop_all()
    told, pixels = wire.pack_alert(a_match())
    first, _ = heard_from_pipe(engine, told + b"".join(pixels))
    assert first.match is not None
    assert wiped(first.match)


class Lamp:
    """A gate that can be closed."""

    def __init__(self) -> None:
        self.open = True

    def may_scan(self) -> bool:
        return self.open


def test_every_process_is_told_again_and_again_whether_it_may_scan(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, Kind]] = []
    sent = wire.send

    def send(descriptor: int, kind: Kind, content: bytes = b"") -> None:
        told.append((descriptor, kind))
        sent(descriptor, kind, content)

    monkeypatch.setattr(wire, "send", send)
    heard, lamp, stop = Heard(), Lamp(), threading.Event()
    engine = LocalEngine(of_its_own(task), clock=SystemClock(), alerts=heard, figures=heard, gate=lamp)

    def often(since: list[tuple[int, Kind]], kind: Kind) -> bool:
        counts = Counter(descriptor for descriptor, one in since if one is kind)
        return len(counts) == 2 and min(counts.values()) >= 3

    def close_and_open() -> None:
        for lamp.open, kind in ((True, Kind.GO_ON), (False, Kind.PAUSE), (True, Kind.GO_ON)):
            before, until = len(told), time.monotonic() + 30
            while not often(told[before:], kind) and time.monotonic() < until:
                time.sleep(0.05)
        stop.set()

    engine.run(stop, threading.Thread(target=close_and_open, daemon=True).start)
    for descriptor in {descriptor for descriptor, _ in told}:
        kinds = [kind for one, kind in told if one == descriptor and kind in (Kind.PAUSE, Kind.GO_ON)]
        assert [kind for kind, _ in groupby(kinds)] == [Kind.GO_ON, Kind.PAUSE, Kind.GO_ON]
        assert kinds.count(Kind.PAUSE) >= 3
