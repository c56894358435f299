"""The settings of this machine."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from overt.settings import SCHEMES, BadSetting, Settings, default_home, load_settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("OVERT_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "overt-home"
    monkeypatch.setenv("OVERT_HOME", str(folder))
    return folder


def write(home: Path, text: str) -> None:
    home.mkdir()
    (home / "overt.toml").write_text(text, encoding="utf-8")


def test_without_any_setting_the_defaults_hold(home: Path) -> None:
    settings = load_settings()
    assert settings.home == home
    assert settings.camera_schemes == SCHEMES
    assert settings.camera_processes >= 1
    assert (settings.runtime, settings.precision) == ("auto", "auto")


def test_a_flag_comes_before_a_variable_and_that_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "camera_processes = 3\nopen_timeout_s = 3\nread_timeout_s = 3\n")
    monkeypatch.setenv("OVERT_CAMERA_PROCESSES", "4")
    monkeypatch.setenv("OVERT_OPEN_TIMEOUT_S", "4")
    settings = load_settings(camera_processes=5, runtime=None)
    assert (settings.camera_processes, settings.open_timeout_s, settings.read_timeout_s) == (5, 4.0, 3.0)


def test_a_flag_for_the_home_decides_which_file_is_read(tmp_path: Path, home: Path) -> None:
    write(home, 'runtime = "openvino"')
    other = tmp_path / "other"
    other.mkdir()
    (other / "overt.toml").write_text('runtime = "onnxruntime"')
    assert load_settings(home=other).runtime == "onnxruntime"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERT_RUNTIME", "")
    assert load_settings().runtime == "auto"


def test_schemes_are_written_with_commas_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERT_CAMERA_SCHEMES", "rtsps, https")
    assert load_settings().camera_schemes == ("rtsps", "https")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("OVERT_RUNTIME", "cuda", "onnxruntime"),
        ("OVERT_PRECISION", "int8", "f32"),
        ("OVERT_CAMERA_PROCESSES", "0", "1 to 256"),
        ("OVERT_CAMERA_PROCESSES", "many", "1 to 256"),
        ("OVERT_CAMERA_SCHEMES", "rtsp,file", "rtsp, rtsps, http, https, usb"),
        ("OVERT_OPEN_TIMEOUT_S", "nan", "0.5 to 60 seconds"),
        ("OVERT_READ_TIMEOUT_S", "-1", "0.5 to 60 seconds"),
    ],
)
def test_a_wrong_variable_names_itself_and_what_is_allowed(
    name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as refusal:
        load_settings()
    assert name in str(refusal.value)
    assert value in str(refusal.value)
    assert allowed in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_a_wrong_flag_is_called_by_the_flags_name() -> None:
    with pytest.raises(BadSetting, match=r"--camera-processes is 0"):
        load_settings(camera_processes=0)


def test_all_wrong_settings_are_told_at_once(home: Path) -> None:
    write(home, 'runtime = "x"\nprecision = "y"\n')
    with pytest.raises(BadSetting, match=r"runtime in overt.toml is 'x'.*precision in overt.toml is 'y'"):
        load_settings()


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_one(home: Path) -> None:
    write(home, "camera_proceses = 2")
    with pytest.raises(BadSetting, match=r"camera_proceses in .* is not a setting; did you mean camera_processes\?"):
        load_settings()


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(BadSetting, match="speed is not a setting"):
        load_settings(speed=3)


def test_the_file_cannot_move_the_home_it_lies_in(home: Path) -> None:
    write(home, 'home = "/elsewhere"')
    with pytest.raises(BadSetting, match="OVERT_HOME"):
        load_settings()


@pytest.mark.parametrize("text", ["runtime =", "runtime = 'a'\nruntime = 'b'", "x = " + "[" * 5000])
def test_a_file_that_is_not_toml_is_refused(text: str, home: Path) -> None:
    write(home, text)
    with pytest.raises(BadSetting, match="is not TOML"):
        load_settings()


def test_a_settings_file_that_is_a_folder_is_refused(home: Path) -> None:
    (home / "overt.toml").mkdir(parents=True)
    with pytest.raises(BadSetting, match="cannot be read"):
        load_settings()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().__setattr__("runtime", "openvino")


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_loading_settings_writes_nothing(home: Path) -> None:
    load_settings()
    assert not home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_the_home_is_made_for_its_owner_only(home: Path) -> None:
    settings = load_settings()
    assert settings.make_home() == home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert settings.make_home() == home


def test_a_home_that_cannot_be_made_is_refused(home: Path) -> None:
    home.write_text("a file")
    with pytest.raises(BadSetting, match="cannot be made"):
        load_settings().make_home()


def test_a_home_below_a_file_has_no_settings_and_is_no_error(home: Path, tmp_path: Path) -> None:
    home.write_text("a file")
    assert load_settings(home=home).runtime == "auto"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are Linux's")
@pytest.mark.parametrize(
    ("xdg", "expected"), [("/data", "/data/overt"), ("", "/home/ann/.local/share/overt"), ("relative", "")]
)
def test_the_default_home_follows_the_platform(xdg: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("XDG_DATA_HOME", xdg)
    assert default_home() == Path(expected or "/home/ann/.local/share/overt")
