"""The composition root: what is looked at before a start, in which order, and that figures always come."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from overt.bootstrap import prepare_watch, recogniser, run_watch
from overt.domain.alert import Alert
from overt.domain.errors import BadDeployment, BadFootage, BadModel, BadWatchList, OutsideAuthority, Refused
from overt.domain.figures import Health, RunFigures
from overt.settings import Settings
from overt.video.reader import Pace
from tests.integration.deployments import write_deployment
from tests.unit.video.clips import numbered, write_clip


class Nobody:
    """A viewer who is not there."""

    def alert(self, alert: Alert) -> None:
        raise AssertionError("nobody passed")

    def health(self, health: Health) -> None:
        """Not wanted here."""

    def profile(self, spent_s: Mapping[str, float]) -> None:
        """Not wanted here."""

    def trouble(self, camera: str | None, sentence: str) -> None:
        raise AssertionError(sentence)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    folder.mkdir()
    Image.fromarray(skimage.data.astronaut()).save(folder / "eileen.png")
    return folder


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", numbered(10))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", runtime="onnxruntime")


def test_a_rehearsal_is_put_together_from_its_file(
    tmp_path: Path, people: Path, clip: Path, settings: Settings
) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    told: list[tuple[int, int]] = []
    ready = prepare_watch(
        file, settings, rehearsal=True, fast=False, once=False, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 1)]
    assert ready.watch_list.references == ("eileen",)
    assert ready.task.templates.shape == (1, 128)
    assert ready.task.pace is Pace.OWN_SPEED
    assert ready.task.source.recorded
    assert [recording.path for recording in ready.recordings] == [clip.resolve()]
    assert not (tmp_path / "home").exists()


def test_fast_plays_the_footage_once(tmp_path: Path, people: Path, clip: Path, settings: Settings) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    task = prepare_watch(file, settings, rehearsal=True, fast=True, once=False).task
    assert (task.pace, task.once) == (Pace.FAST, True)


def test_a_live_deployment_opens_no_recording(tmp_path: Path, people: Path, settings: Settings) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": "usb:0"}, people)
    ready = prepare_watch(file, settings, rehearsal=False, fast=False, once=False)
    assert ready.task.pace is Pace.LIVE
    assert not ready.task.source.recorded
    assert ready.recordings == ()


def test_what_is_wrong_is_found_in_order_and_models_come_late(
    tmp_path: Path, people: Path, clip: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault hides the later ones; a window that is over is found before a picture is opened."""

    def refused(kind: type[Exception]) -> None:
        with pytest.raises(kind):
            prepare_watch(tmp_path / "d.toml", settings, rehearsal=True, fast=False, once=False)

    def no_models(name: str) -> None:
        raise __import__("importlib").metadata.PackageNotFoundError(name)

    (people / "eileen.png").write_text("no picture")
    recording = clip.read_bytes()
    clip.write_text("no clip")
    settings.home.mkdir()
    (settings.home / "overt.sqlite").touch()
    monkeypatch.setattr("importlib.metadata.distribution", no_models)
    refused(BadDeployment)
    write_deployment(tmp_path / "d.toml", {"north": clip}, people, ends_h=-0.5)
    refused(Refused)
    (settings.home / "overt.sqlite").unlink()
    refused(OutsideAuthority)
    write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    refused(BadFootage)
    clip.write_bytes(recording)
    refused(BadModel)
    monkeypatch.undo()
    refused(BadWatchList)


def test_figures_come_even_when_a_run_was_stopped_before_it_began(
    tmp_path: Path, people: Path, clip: Path, settings: Settings
) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    ready = prepare_watch(file, settings, rehearsal=True, fast=True, once=True)
    stop = threading.Event()
    stop.set()
    told: list[RunFigures] = []
    run_watch(ready, Nobody(), stop, told.append)
    assert [figures.alerts for figures in told] == [0]


def test_the_recogniser_is_that_of_the_settings(settings: Settings) -> None:
    (portrait,) = recogniser(settings).portraits(np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1]))
    assert portrait.template.shape == (128,)
