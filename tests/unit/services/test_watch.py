"""What is looked at before a run, and a run that may not begin."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.authority import Camera
from overt.domain.errors import BadFootage, BadModel, OutsideAuthority, Stopped
from overt.domain.geometry import Zone
from overt.domain.roles import NotAllowed, Role
from overt.domain.time import SECOND_US
from overt.services import watch as watching
from overt.services.prepare import check_footage, has_installation, note_rehearsal
from overt.services.watch import watch
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from tests.authority import staff
from tests.installations import in_memory, kinds
from tests.unit.services.runs import Person, kept, prepared
from tests.unit.video.clips import numbered, write_clip


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
    desk = kept(in_memory(clock), ready, Person())
    with pytest.raises(OutsideAuthority, match="is over"):
        watch(ready, desk, clock=clock, stop=threading.Event())


def test_a_run_that_was_stopped_before_it_began_starts_no_process() -> None:
    stop = threading.Event()
    stop.set()
    ready, clock = prepared(), FixedClock()
    installation = in_memory(clock)
    watch(ready, kept(installation, ready, Person()), clock=clock, stop=stop)
    assert "watch.started" not in kinds(installation)


def test_an_installation_is_seen_by_its_store(tmp_path: Path) -> None:
    assert not has_installation(tmp_path)
    (tmp_path / "overt.sqlite").touch()
    assert has_installation(tmp_path)


def test_a_rehearsal_beside_an_installation_is_recorded_and_not_for_everybody() -> None:
    installation = in_memory()
    people = staff(installation)
    note_rehearsal(installation, people[Role.OPERATOR])
    assert kinds(installation) == ["rehearsal.run"]
    with pytest.raises(NotAllowed, match=r"rehearsal\.run"):
        note_rehearsal(installation, people[Role.LIST_MANAGER])
    assert kinds(installation) == ["rehearsal.run"]


def test_the_footage_of_a_rehearsal_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", numbered(5))
    deployment = replace(prepared().deployment, cameras=(Camera(name="a", url=str(clip), zone=Zone()),))
    (recording,) = check_footage(deployment)
    assert recording.path == clip
    (tmp_path / "none.mp4").write_bytes(b"no recording")
    with pytest.raises(BadFootage):
        check_footage(replace(deployment, cameras=(Camera(name="a", url=str(tmp_path / "none.mp4"), zone=Zone()),)))


class Engine:
    """Ends at once, with these faults. What a real one does is in tests/integration."""

    faults: tuple[str, ...] = ()

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def run(self, *_: object) -> None:
        pass


def test_a_recording_that_changed_while_it_was_played_was_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LocalEngine", Engine)
    clip, clock = write_clip(tmp_path / "clip.mp4", numbered(5)), FixedClock()
    ready = prepared()
    deployment = replace(ready.deployment, cameras=(Camera(name="a", url=str(clip), zone=Zone()),))
    ready = replace(ready, recordings=check_footage(deployment))
    watch(ready, kept(in_memory(clock), ready, Person()), clock=clock, stop=threading.Event())
    with clip.open("ab") as file:
        file.write(b"more")
    with pytest.raises(BadFootage, match="changed while it was played"):
        watch(ready, kept(in_memory(clock), ready, Person()), clock=clock, stop=threading.Event())


def test_a_camera_that_could_not_be_watched_to_the_end_ends_the_run_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "LocalEngine", Engine)
    monkeypatch.setattr(Engine, "faults", ("it never answered",))
    ready, clock = prepared(), FixedClock()
    with pytest.raises(Stopped, match="1 of 2 cameras could not be watched"):
        watch(ready, kept(in_memory(clock), ready, Person()), clock=clock, stop=threading.Event())


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_a_run_that_breaks_off_in_any_way_leaves_nobody_writing(
    monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    def breaks(*_: object) -> None:
        raise fault

    monkeypatch.setattr(watching, "LocalEngine", Engine)
    monkeypatch.setattr(Engine, "run", breaks)
    ready, clock = prepared(), FixedClock()
    before = set(threading.enumerate())
    with pytest.raises(fault):
        watch(ready, kept(in_memory(clock), ready, Person()), clock=clock, stop=threading.Event())
    assert set(threading.enumerate()) == before
