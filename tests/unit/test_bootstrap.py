"""The composition root: what is looked at before a start, in which order, and that figures always come."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage
from PIL import Image

from overt.bootstrap import Ready, make_installation, open_installation, prepare_watch, recogniser, run_watch
from overt.domain.alert import Alert
from overt.domain.errors import BadDeployment, BadFootage, BadModel, BadSource, BadWatchList, OutsideAuthority
from overt.domain.figures import Health, RunFigures
from overt.domain.profile import Profile
from overt.services.deployments import NotEntered
from overt.services.prepare import has_installation
from overt.services.sessions import NotSignedIn
from overt.settings import Settings
from overt.store.errors import NoInstallation
from overt.vault.errors import NoMasterKey, WeakPassphrase, WrongKey
from overt.video.reader import Pace
from tests.authority import authorised, case_in, sign_in
from tests.installations import PASSPHRASE
from tests.integration.deployments import write_deployment
from tests.unit.video.clips import numbered, write_clip


class Nobody:
    """A viewer who is not there."""

    def alert(self, alert: Alert) -> None:
        raise AssertionError("nobody passed")

    def health(self, health: Health) -> None:
        """Not wanted here."""

    def profile(self, profile: Profile) -> None:
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
    return Settings(home=tmp_path / "home", master_key_file=tmp_path / "master.key", runtime="onnxruntime")


def ready_to(file: Path, settings: Settings, **how: Any) -> Ready:
    """What is ready to run; whatever was opened for it is closed again."""
    whole: dict[str, Any] = {"rehearsal": True, "fast": False, "once": False, "passphrase": lambda _: PASSPHRASE, **how}
    with prepare_watch(file, settings, **whole) as ready:
        return ready


def authorise(file: Path, settings: Settings) -> None:
    """An installation in which this deployment is entered and signed, and an operator signed in."""
    if not has_installation(settings.home):
        make_installation(settings)
    with open_installation(settings) as installation:
        authorised(installation, case_in(file), recogniser(settings))
        sign_in(installation, settings.home)


def test_a_rehearsal_is_put_together_from_its_file(
    tmp_path: Path, people: Path, clip: Path, settings: Settings
) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    told: list[tuple[int, int]] = []
    ready = ready_to(file, settings, progress=lambda done, of: told.append((done, of))).prepared
    assert told == [(1, 1)]
    assert ready.watch_list.references == ("eileen",)
    assert ready.task.templates.shape == (1, 128)
    assert ready.task.pace is Pace.OWN_SPEED
    assert ready.task.source.recorded
    assert [recording.path for recording in ready.recordings] == [clip.resolve()]
    assert not (tmp_path / "home").exists()


def test_fast_plays_the_footage_once(tmp_path: Path, people: Path, clip: Path, settings: Settings) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": clip}, people)
    task = ready_to(file, settings, fast=True).prepared.task
    assert (task.pace, task.once) == (Pace.FAST, True)


def test_a_live_deployment_opens_no_recording(tmp_path: Path, people: Path, settings: Settings) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": "usb:0"}, people)
    authorise(file, settings)
    ready = ready_to(file, settings, rehearsal=False).prepared
    assert ready.task.pace is Pace.LIVE
    assert not ready.task.source.recorded
    assert ready.recordings == ()


def test_what_is_wrong_is_found_in_order_and_models_come_late(
    tmp_path: Path, people: Path, clip: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault hides the later ones; a window that is over is found before a picture is opened."""

    def refused(kind: type[Exception]) -> None:
        with pytest.raises(kind):
            ready_to(tmp_path / "d.toml", settings)

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
    refused(NoMasterKey)
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
    stop = threading.Event()
    stop.set()
    told: list[RunFigures] = []
    with prepare_watch(file, settings, rehearsal=True, fast=True, once=True, passphrase=str) as ready:
        run_watch(ready, Nobody(), stop, told.append)
    assert [figures.alerts for figures in told] == [0]


def test_the_recogniser_is_that_of_the_settings(settings: Settings) -> None:
    (portrait,) = recogniser(settings).portraits(np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1]))
    assert portrait.template.shape == (128,)


def test_a_deployment_is_sealed_once_and_opened_with_its_passphrase_after_a_restart(
    tmp_path: Path, people: Path, settings: Settings
) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": "usb:0"}, people)
    authorise(file, settings)
    asked: list[bool] = []

    def passphrase(new: bool) -> str:
        asked.append(new)
        return PASSPHRASE

    first = ready_to(file, settings, rehearsal=False, passphrase=passphrase)
    again = ready_to(file, settings, rehearsal=False, passphrase=passphrase)
    assert asked == [False, False]
    assert first.keeping.open_list is not None
    assert again.keeping.open_list is not None
    assert again.keeping.open_list.row == first.keeping.open_list.row
    assert again.keeping.deployment == first.keeping.deployment
    assert again.prepared.watch_list.references == first.prepared.watch_list.references
    np.testing.assert_array_equal(again.prepared.watch_list.templates, first.prepared.watch_list.templates)
    Image.fromarray(skimage.data.astronaut()[:, ::-1]).save(people / "mirrored.png")
    with pytest.raises(NotEntered, match="not entered as it stands now"):
        ready_to(file, settings, rehearsal=False, passphrase=passphrase)
    assert len(asked) == 2


def test_a_live_deployment_needs_an_installation_and_the_right_passphrase(
    tmp_path: Path, people: Path, settings: Settings
) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": "usb:0"}, people)
    with pytest.raises(NoInstallation, match="overt init"):
        ready_to(file, settings, rehearsal=False)
    make_installation(settings)
    with pytest.raises(NotSignedIn):
        ready_to(file, settings, rehearsal=False)
    authorise(file, settings)
    with pytest.raises(WeakPassphrase):
        ready_to(file, settings, rehearsal=False, passphrase=lambda _: "too short")
    ready_to(file, settings, rehearsal=False)
    with pytest.raises(WrongKey, match="passphrase is not the one"):
        ready_to(file, settings, rehearsal=False, passphrase=lambda _: "wrong horse battery")


def test_no_run_calls_a_camera_in_a_network_that_is_not_allowed(
    tmp_path: Path, people: Path, settings: Settings
) -> None:
    file = write_deployment(tmp_path / "d.toml", {"north": "rtsp://8.8.8.8/a"}, people)
    make_installation(settings)
    authorise(file, settings)
    with pytest.raises(BadSource, match="a public address"):
        ready_to(file, settings, rehearsal=False)
    ready_to(file, settings.model_copy(update={"camera_networks": ("public",)}), rehearsal=False)
