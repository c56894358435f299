"""The desk between engine and people: names put back, alerts never lost in silence, figures at the end."""

from __future__ import annotations

import errno
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overt.domain.errors import Stopped
from overt.domain.figures import Counts, Health, MinuteFigures
from overt.domain.profile import STEPS, Profile
from overt.domain.retention import RetentionRules
from overt.services.adjudicate import evidence
from overt.services.deployments import add_deployment
from overt.services.desk import LOOK_ALIKE, Desk
from overt.services.erase import erase_list
from overt.services.evidence import AlertEvidence
from overt.services.outbox import MOST_ALERTS
from overt.services.sealed_lists import seal_list
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_model import templates_of
from overt.video.reader import Pace
from tests.installations import PASSPHRASE, in_memory, kinds
from tests.unit.services.runs import MATCH, Person, kept, picture, prepared


def desk_of(person: Person, clock: FixedClock, pace: Pace = Pace.LIVE) -> Desk:
    return kept(in_memory(clock), prepared(pace), person)


def handed_over(desk: Desk) -> None:
    """What a running desk does by itself all the time."""
    desk.deliver()
    desk.settle()


def test_names_are_put_back_at_the_desk() -> None:
    person = Person()
    desk = desk_of(person, FixedClock())
    desk.raise_alert(MATCH)
    handed_over(desk)
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
    handed_over(desk)
    low, high = person.taken
    assert 0 < high.false_alerts_per_1000 < low.false_alerts_per_1000
    assert low.threshold == prepared().threshold.value


def test_an_extrapolated_threshold_is_a_caution() -> None:
    person, ready = Person(), prepared()
    for extrapolated in (False, True):
        run = replace(ready, threshold=replace(ready.threshold, extrapolated=extrapolated))
        desk = kept(in_memory(), run, person)
        desk.raise_alert(MATCH)
        handed_over(desk)
    assert [alert.cautions for alert in person.taken] == [("small face",), ("small face", "threshold extrapolated")]


def test_an_entry_that_looks_like_another_is_a_caution() -> None:
    person, ready = Person(), prepared()
    alike = replace(ready.watch_list, templates=templates_of([1, 1]))
    for run in (ready, replace(ready, watch_list=alike), replace(ready, watch_list=alike, look_alike=1.1)):
        desk = kept(in_memory(), run, person)
        desk.raise_alert(MATCH)
        handed_over(desk)
    assert [LOOK_ALIKE in alert.cautions for alert in person.taken] == [False, True, False]


def test_an_alert_is_committed_with_its_entry_in_the_ledger_before_anybody_sees_it() -> None:
    person, installation = Person(errno.ENOSPC), in_memory()
    desk = kept(installation, prepared(), person)
    desk.raise_alert(MATCH)
    assert installation.store.read(lambda work: work.alerts.states()) == {}
    desk.deliver()
    assert person.taken == []
    (alert,) = installation.store.read(lambda work: work.alerts.states())
    assert kinds(installation) == ["deployment.made", "alert.raised"]
    assert installation.keyring.names() >= {f"alert-{alert}"}
    desk.deliver()
    assert [one.id for one in person.taken] == [alert]
    assert kinds(installation) == ["deployment.made", "alert.raised"]


def test_a_rehearsal_keeps_no_picture() -> None:
    installation = in_memory()
    desk = kept(installation, prepared(), Person())
    desk.raise_alert(replace(MATCH, pictures=(picture(),)))
    handed_over(desk)
    (alert,) = installation.store.read(lambda work: work.alerts.states())
    assert evidence(installation, alert) == AlertEvidence(reference="bob", pictures=(), listed=None)


def test_an_alert_keeps_its_pictures_and_the_entrys_own_sealed(tmp_path: Path) -> None:
    installation, run = in_memory(), prepared()
    pictures = []
    for name, grey in (("ann", 10), ("bob", 200)):
        pictures.append(tmp_path / f"{name}.png")
        Image.new("RGB", (30, 40), (grey,) * 3).save(pictures[-1])
    watch_list = replace(run.watch_list, pictures=tuple(pictures), expires_us=(None, None))
    row = add_deployment(installation, "d" * 64, run.deployment)
    sealed = seal_list(installation, row, watch_list, PASSPHRASE, rules=RetentionRules())
    desk = kept(installation, run, Person(), sealed)
    desk.raise_alert(replace(MATCH, pictures=(picture(90, 0.8), picture(120, 0.5))))
    handed_over(desk)
    (alert,) = installation.store.read(lambda work: work.alerts.states())
    found = evidence(installation, alert)
    assert found.reference == "bob"
    assert [(greys(one.jpeg), one.quality) for one in found.pictures] == [((20, 24, 90), 0.8), ((20, 24, 120), 0.5)]
    assert found.listed is not None
    assert greys(found.listed) == (40, 30, 200)
    stored = installation.store.read(lambda work: work.alerts.get(alert))
    assert stored is not None
    assert stored.sealed is not None
    assert b"bob" not in stored.sealed
    assert found.listed not in stored.sealed


def greys(jpeg: bytes) -> tuple[int, int, int]:
    """Height, width and mean grey of a picture."""
    with Image.open(io.BytesIO(jpeg)) as opened:
        pixels = np.asarray(opened)
    return pixels.shape[0], pixels.shape[1], round(float(pixels.mean()))


def test_an_alert_that_cannot_be_handed_over_waits_and_comes_exactly_once() -> None:
    person, clock = Person(errno.ENOSPC, errno.ENOSPC), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    handed_over(desk)
    assert (person.taken, desk.alerts) == ([], 0)
    handed_over(desk)
    clock.advance(30)
    handed_over(desk)
    handed_over(desk)
    assert ([alert.passage for alert in person.taken], desk.alerts) == ([7], 1)
    says = "What was found could not be handed over (No space left on device); it waits."
    assert person.told == [(None, says)]


def test_alerts_that_waited_come_in_their_order() -> None:
    person = Person(*[errno.EIO] * 3)
    desk = desk_of(person, FixedClock())
    for passage in (1, 2, 3, 4):
        desk.raise_alert(replace(MATCH, passage=passage))
        handed_over(desk)
    assert [alert.passage for alert in person.taken] == [1, 2, 3, 4]
    assert len(person.told) == 1


def test_after_60_seconds_of_waiting_scanning_stops() -> None:
    person, clock = Person(*[errno.ENOSPC] * 9), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    handed_over(desk)
    clock.advance(60)
    handed_over(desk)
    clock.advance(0.1)
    with pytest.raises(Stopped, match="1 waited") as caught:
        handed_over(desk)
    assert caught.value.exit_code == 2
    assert "No space left" in caught.value.sentence


def test_waiting_counts_from_the_first_failure_since_an_alert_got_through() -> None:
    person, clock = Person(errno.ENOSPC), FixedClock()
    desk = desk_of(person, clock)
    desk.raise_alert(MATCH)
    handed_over(desk)
    clock.advance(50)
    handed_over(desk)
    person.faults.append(errno.ENOSPC)
    clock.advance(50)
    desk.raise_alert(MATCH)
    handed_over(desk)
    clock.advance(50)
    handed_over(desk)
    assert desk.alerts == 2


def test_more_than_64_waiting_alerts_stop_the_scanning() -> None:
    desk = desk_of(Person(*[errno.ENOSPC] * 100), FixedClock())
    for _ in range(MOST_ALERTS):
        desk.raise_alert(MATCH)
    desk.deliver()
    with pytest.raises(Stopped, match="65 waited"):
        desk.raise_alert(MATCH)


def test_a_reader_who_has_left_stops_the_scanning_at_once() -> None:
    desk = desk_of(Person(errno.EPIPE), FixedClock())
    desk.raise_alert(MATCH)
    with pytest.raises(Stopped, match="1 waited"):
        handed_over(desk)


def test_what_still_waits_at_the_end_is_handed_over_then() -> None:
    person, installation = Person(errno.ENOSPC), in_memory()
    desk = kept(installation, prepared(), person)
    desk.raise_alert(MATCH)
    handed_over(desk)
    desk.finish()
    assert len(person.taken) == 1
    assert kinds(installation)[-2:] == ["alert.raised", "watch.ended"]


def test_what_is_found_while_it_runs_is_handed_over_by_itself() -> None:
    person, installation = Person(), in_memory()
    desk = kept(installation, prepared(), person)
    desk.begin()
    desk.raise_alert(MATCH)
    desk.minute(MinuteFigures(camera=0, minute_us=0, counts=Counts(frames=10, cpu_s=1.25)))
    desk.finish()
    assert len(person.taken) == 1
    assert kinds(installation)[1:] == ["watch.started", "alert.raised", "figures.minute", "watch.ended"]
    (row,) = installation.store.read(lambda work: work.figures.of(work.deployments.all()[0].id))
    assert (row.camera, row.counts) == ("north", Counts(frames=10, cpu_s=1.25))


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
    handed_over(desk)
    person.faults.append(errno.ENOSPC)
    desk.raise_alert(MATCH)
    handed_over(desk)
    clock.advance(5)
    handed_over(desk)
    assert desk.figures().latencies_s == (2.0, 7.0)
    assert desk.figures().line()["figures"]["latency_p99_s"] == 7.0  # type: ignore[index]


def test_footage_played_fast_has_no_latency() -> None:
    desk = desk_of(Person(), FixedClock(), Pace.FAST)
    desk.raise_alert(MATCH)
    handed_over(desk)
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


def test_a_run_stops_when_its_list_is_erased_meanwhile(tmp_path: Path) -> None:
    installation, run = in_memory(), prepared()
    portrait = tmp_path / "ann.png"
    Image.new("RGB", (30, 40)).save(portrait)
    watch_list = replace(run.watch_list, pictures=(portrait, portrait), expires_us=(None, None))
    row = add_deployment(installation, "d" * 64, run.deployment)
    sealed = seal_list(installation, row, watch_list, PASSPHRASE, rules=RetentionRules())
    desk = kept(installation, run, Person(), sealed)
    desk.look_after_the_list()
    desk.settle()
    erase_list(installation, sealed.row.id, "by-hand")
    desk.look_after_the_list()
    with pytest.raises(Stopped, match="was erased while it ran"):
        desk.settle()


def test_a_rehearsal_has_no_list_to_look_after_and_its_profile_is_shown() -> None:
    installation, person = in_memory(), Person()
    desk = kept(installation, prepared(), person)
    before = kinds(installation)
    desk.look_after_the_list()
    desk.settle()
    desk.profile(Profile(spent_s={"detect": 0.5}, video_s=1.0, looks=8, results=(0,) * STEPS))
    assert kinds(installation) == before
