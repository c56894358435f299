"""The desk between engine and people: names put back, alerts never lost in silence, figures at the end."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from overt.domain.alert import Alert, PossibleMatch
from overt.domain.authority import Authority, Camera, Deployment, Window
from overt.domain.errors import BadModel, OutsideAuthority, Refused, Stopped
from overt.domain.figures import Counts, Health, MinuteFigures
from overt.domain.geometry import Zone
from overt.domain.rules import RecognitionRules
from overt.domain.time import SECOND_US
from overt.faces.pack import Networks, default_pack
from overt.services.lists import ListReport, WatchList
from overt.services.watch import OUTBOX_ALERTS, Desk, Prepared, prepare, require_no_installation, watch
from overt.settings import Settings
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from overt.testing.toy_model import templates_of
from overt.video.reader import Pace

MATCH = PossibleMatch(
    camera=1,
    passage=7,
    entry=1,
    score=0.7123456,
    shots=3,
    cautions=("small face",),
    captured_us=SOME_DAY_US,
    first_usable_us=SOME_DAY_US - 2 * SECOND_US,
    media_time_s=1.23456,
)


class Person:
    """A viewer who can be deaf for a while: `faults` are raised, one a call, before anything is taken."""

    def __init__(self, *faults: int) -> None:
        self.faults = list(faults)
        self.taken: list[Alert] = []
        self.told: list[tuple[str | None, str]] = []
        self.healths: list[Health] = []

    def alert(self, alert: Alert) -> None:
        if self.faults:
            fault = self.faults.pop(0)
            raise OSError(fault, os.strerror(fault))
        self.taken.append(alert)

    def health(self, health: Health) -> None:
        self.healths.append(health)

    def profile(self, spent_s: Mapping[str, float]) -> None:
        """Not wanted here."""

    def trouble(self, camera: str | None, sentence: str) -> None:
        self.told.append((camera, sentence))


def prepared(pace: Pace = Pace.LIVE, *, calibrated: bool = True, closes_us: int = SOME_DAY_US + 10**12) -> Prepared:
    words = dict.fromkeys(("legal_basis", "aim", "necessity", "proportionality", "alternatives", "authorised_by"), "a")
    deployment = Deployment(
        name="High Street",
        place="there",
        use_case="hotspot",
        policy="consent",
        authority=Authority(**words, window=Window(opens_us=SOME_DAY_US - 10**9, closes_us=closes_us)),
        folder=Path("people"),
        wanted_far=0.001,
        cameras=tuple(Camera(name=name, url="usb:0", zone=Zone()) for name in ("north", "south")),
    )
    watch_list = WatchList(
        references=("ann", "bob"),
        templates=templates_of([1, 2]),
        row_entry=np.arange(2, dtype=np.int32),
        report=ListReport(folder=Path("people"), verdicts=(), look_alikes=()),
    )
    pack = default_pack()
    return prepare(
        deployment,
        watch_list,
        pack=pack if calibrated else replace(pack, calibration=None),
        networks=Networks(detector=b"", embedder=b""),
        settings=Settings(),
        rules=RecognitionRules(),
        pace=pace,
        once=False,
    )


def desk_of(person: Person, clock: FixedClock, pace: Pace = Pace.LIVE) -> Desk:
    return Desk(prepared(pace), viewer=person, clock=clock, random_bytes=bytes)


def test_names_are_put_back_at_the_desk() -> None:
    person = Person()
    desk_of(person, FixedClock()).raise_alert(MATCH)
    line = person.taken[0].line()
    assert (line["deployment"], line["camera"], line["entry"]) == ("High Street", "south", "bob")
    assert (line["passage"], line["shots"], line["score"], line["media_time_s"]) == (7, 3, 0.7123, 1.235)
    assert line["says"] == "possible match"
    assert str(line["alert"])[14] == "7"


def test_an_alert_says_what_is_expected_at_its_score() -> None:
    person = Person()
    desk = desk_of(person, FixedClock())
    for score in (0.5, 0.9):
        desk.raise_alert(replace(MATCH, score=score))
    low, high = person.taken
    assert 0 < high.false_alerts_per_1000 < low.false_alerts_per_1000
    assert low.threshold == prepared().threshold.value


def test_an_extrapolated_threshold_is_a_caution() -> None:
    person = Person()
    clock = FixedClock()
    ready = prepared()
    for extrapolated in (False, True):
        threshold = replace(ready.threshold, extrapolated=extrapolated)
        desk = Desk(replace(ready, threshold=threshold), viewer=person, clock=clock, random_bytes=bytes)
        desk.raise_alert(MATCH)
    assert [alert.cautions for alert in person.taken] == [("small face",), ("small face", "threshold extrapolated")]


def test_an_alert_that_cannot_be_handed_over_waits_and_comes_exactly_once() -> None:
    person, clock = Person(errno.ENOSPC, errno.ENOSPC), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    assert (person.taken, desk.alerts) == ([], 0)
    desk.settle()
    clock.advance(30)
    desk.settle()
    desk.settle()
    assert ([alert.passage for alert in person.taken], desk.alerts) == ([7], 1)
    assert person.told == [(None, "An alert could not be handed over (No space left on device); it waits.")]


def test_alerts_that_waited_come_in_their_order() -> None:
    person = Person(*[errno.EIO] * 3)
    desk = desk_of(person, FixedClock())
    for passage in (1, 2, 3, 4):
        desk.raise_alert(replace(MATCH, passage=passage))
    assert [alert.passage for alert in person.taken] == [1, 2, 3, 4]
    assert len(person.told) == 1


def test_after_60_seconds_of_waiting_scanning_stops() -> None:
    person, clock = Person(*[errno.ENOSPC] * 9), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    clock.advance(60)
    desk.settle()
    clock.advance(0.1)
    with pytest.raises(Stopped, match="1 waited") as caught:
        desk.settle()
    assert caught.value.exit_code == 2
    assert "No space left" in caught.value.sentence


def test_waiting_counts_from_the_first_failure_since_an_alert_got_through() -> None:
    person, clock = Person(errno.ENOSPC), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    clock.advance(50)
    desk.settle()
    person.faults.append(errno.ENOSPC)
    clock.advance(50)
    desk.raise_alert(MATCH)
    clock.advance(50)
    desk.settle()
    assert desk.alerts == 2


def test_more_than_64_waiting_alerts_stop_the_scanning() -> None:
    desk = desk_of(Person(*[errno.ENOSPC] * 100), FixedClock())
    for _ in range(OUTBOX_ALERTS):
        desk.raise_alert(MATCH)
    with pytest.raises(Stopped, match="65 waited"):
        desk.raise_alert(MATCH)


def test_a_reader_who_has_left_stops_the_scanning_at_once() -> None:
    desk = desk_of(Person(errno.EPIPE), FixedClock())
    with pytest.raises(Stopped, match="1 waited"):
        desk.raise_alert(MATCH)


def test_what_still_waits_at_the_end_is_handed_over_then() -> None:
    person = Person(errno.ENOSPC)
    desk = desk_of(person, FixedClock())
    desk.raise_alert(MATCH)
    desk.finish()
    assert len(person.taken) == 1


@pytest.mark.parametrize(("count", "says"), [(1, "1 alert could not"), (3, "3 alerts could not")])
def test_what_cannot_be_handed_over_by_the_end_ends_the_run_with_a_sentence(count: int, says: str) -> None:
    desk = desk_of(Person(*[errno.ENOSPC] * 9), FixedClock())
    for _ in range(count):
        desk.raise_alert(MATCH)
    with pytest.raises(Stopped, match=says):
        desk.finish()
    assert desk.figures().alerts == 0


def test_latency_runs_from_the_first_usable_face_to_the_hand_over() -> None:
    person, clock = Person(), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    person.faults.append(errno.ENOSPC)
    desk.raise_alert(MATCH)
    clock.advance(5)
    desk.settle()
    assert desk.figures().latencies_s == (2.0, 7.0)
    assert desk.figures().line()["figures"]["latency_p99_s"] == 7.0  # type: ignore[index]


def test_footage_played_fast_has_no_latency() -> None:
    desk = desk_of(Person(), FixedClock(), Pace.FAST)
    desk.raise_alert(MATCH)
    figures = desk.figures().line()["figures"]
    assert isinstance(figures, dict)
    assert (figures["latency_p50_s"], figures["latency_p99_s"], figures["alerts"]) == (None, None, 1)


def test_the_figures_are_the_sum_of_the_minutes() -> None:
    desk = desk_of(Person(), FixedClock())
    for minute in range(3):
        for camera in (0, 1):
            counts = Counts(frames=10, faces_seen=1, unmatched_age_max_s=0.1 * minute)
            desk.minute(MinuteFigures(camera=camera, minute_us=minute, counts=counts))
    assert desk.figures().counts == Counts(frames=60, faces_seen=6, unmatched_age_max_s=0.2)


def test_trouble_is_told_with_the_cameras_name() -> None:
    person = Person()
    desk = desk_of(person, FixedClock())
    desk.trouble(1, "It is dark.")
    desk.trouble(None, "All is dark.")
    desk.health(Health(camera=0, state="live", counts=Counts()))
    assert person.told == [("south", "It is dark."), (None, "All is dark.")]
    assert len(person.healths) == 1


def test_a_pack_that_nobody_calibrated_does_not_run() -> None:
    with pytest.raises(BadModel, match="has not been calibrated") as caught:
        prepared(calibrated=False)
    assert "overt calibrate" in caught.value.todo


def test_a_longer_list_has_a_higher_threshold() -> None:
    ready = prepared()
    assert 0.3 < ready.threshold.value < 0.9
    assert ready.task.threshold == ready.threshold.value


def test_an_authority_that_is_over_starts_no_process() -> None:
    clock = FixedClock(SOME_DAY_US + 2 * SECOND_US)
    ready = prepared(closes_us=SOME_DAY_US + SECOND_US)
    desk = Desk(ready, viewer=Person(), clock=clock, random_bytes=bytes)
    with pytest.raises(OutsideAuthority, match="is over"):
        watch(ready, desk, clock=clock, stop=threading.Event())


def test_a_run_that_was_stopped_before_it_began_starts_no_process() -> None:
    stop = threading.Event()
    stop.set()
    ready, clock = prepared(), FixedClock()
    watch(ready, Desk(ready, viewer=Person(), clock=clock, random_bytes=bytes), clock=clock, stop=stop)


def test_a_rehearsal_beside_an_installation_is_refused(tmp_path: Path) -> None:
    require_no_installation(tmp_path)
    (tmp_path / "overt.sqlite").touch()
    with pytest.raises(Refused, match="signed-in account"):
        require_no_installation(tmp_path)
