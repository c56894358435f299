"""The doctor: each check on texts that a machine might give, then all of them on this machine."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from overt.domain.errors import BadModel
from overt.engine.clock import SystemClock
from overt.faces.pack import Pack, default_pack
from overt.faces.runtime import open_runtime
from overt.services import doctor
from overt.services.doctor import Check, State
from overt.services.installation import create
from overt.settings import load_settings
from overt.testing.fixed_clock import FixedClock
from tests.installations import place_in

MEMINFO = "MemTotal:       16777216 kB\nMemFree:         1000 kB\nMemAvailable:    8388608 kB\n"
CPUINFO = "processor\t: 0\nmodel name\t: A Processor\nflags\t\t: sse avx2 avx512f\n\nprocessor\t: 1\nmodel name\t: B\n"


def fine_or_told(check: Check) -> bool:
    """Whatever is not fine says what to do, and the rest says nothing of the kind."""
    return check.says.endswith((".", ").")) and bool(check.todo) == (check.state != "fine")


def test_every_check_on_this_machine_says_what_it_found() -> None:
    checks = doctor.examine(load_settings(), encoding="utf-8")
    assert [check.what for check in checks] == [
        *("Python", "Cores", "Memory", "Processor", "Runtime", "Detector", "Embedder", "Calibration", "Swap"),
        *("Memory lock", "Core dumps", "Sealed memory", "OVERT_HOME", "Installation", "Clock"),
        *("Terminal", "USB cameras", "Video"),
    ]
    assert all(fine_or_told(check) for check in checks)
    assert not [check for check in checks if check.state == "missing"]


def test_the_runtime_told_is_the_one_that_opens() -> None:
    settings = load_settings()
    flags, _ = doctor.processor_flags(Path("/proc/cpuinfo").read_text("utf-8"))
    opened = open_runtime(settings.runtime, settings.precision)
    assert doctor.runtime(settings, flags).says.startswith(f"{opened.name}, in {opened.precision}")


def test_an_examination_opens_no_socket_and_loads_no_network() -> None:
    program = (
        "import sys; seen = []\n"
        "sys.addaudithook(lambda event, _: seen.append(event) if event.startswith('socket.') else None)\n"
        "from overt.services.doctor import examine; from overt.settings import load_settings\n"
        "examine(load_settings(), encoding='utf-8')\n"
        "print(seen, [name for name in ('openvino', 'onnxruntime', 'scipy', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[] []\n"


@pytest.mark.parametrize(("version", "state"), [((3, 10, 9), "missing"), ((3, 11, 0), "fine"), ((3, 13, 1), "fine")])
def test_an_old_python_is_missing(version: tuple[int, int, int], state: State) -> None:
    assert doctor.python(version).state == state


def test_a_quota_counts_as_fewer_cores() -> None:
    allowed = doctor.allowed_cores("")
    assert allowed >= 1
    assert doctor.allowed_cores("max 100000") == allowed
    assert doctor.allowed_cores("50000 100000") == 0.5
    assert doctor.processor_cores(1.5, 2).state == "warning"
    assert doctor.processor_cores(2, 2).state == "fine"


@pytest.mark.parametrize(
    ("limit", "processes", "state", "says"),
    [
        ("max", 2, "fine", "8.0 of 16.0 GiB free"),
        ("", 2, "fine", "8.0 of 16.0 GiB free"),
        (str(1 << 30), 2, "warning", "1.0 of 1.0 GiB free"),
        ("max", 31, "warning", "about 16.0 GiB needed"),
    ],
)
def test_memory_is_held_against_the_camera_processes(limit: str, processes: int, state: State, says: str) -> None:
    check = doctor.memory(MEMINFO, limit, processes)
    assert check.state == state
    assert says in check.says


def test_a_machine_that_does_not_say_its_memory_is_a_warning() -> None:
    assert doctor.memory("", "", 1).state == "warning"


def test_the_first_processor_speaks_for_all() -> None:
    assert doctor.processor_flags(CPUINFO) == (frozenset({"sse", "avx2", "avx512f"}), "A Processor")
    assert doctor.processor_flags("") == (frozenset(), "")


@pytest.mark.parametrize(
    ("flags", "state", "says"),
    [
        ({"amx_bf16", "avx512f", "avx2"}, "fine", "AMX bf16, AVX-512, AVX2"),
        ({"avx2"}, "warning", "AVX2"),
        (set(), "warning", "no wide arithmetic known"),
    ],
)
def test_a_narrow_processor_is_a_warning(flags: set[str], state: State, says: str) -> None:
    check = doctor.processor(frozenset(flags), "A Processor")
    assert check.state == state
    assert says in check.says


@pytest.mark.parametrize(
    ("name", "precision", "flags", "ends"),
    [
        ("auto", "auto", {"amx_bf16"}, "in bf16."),
        ("openvino", "auto", set(), "in f32."),
        ("auto", "f32", {"amx_bf16"}, "in f32."),
        ("onnxruntime", "auto", {"amx_bf16"}, "in f32, as runtime is set."),
        ("openvino-gpu", "auto", {"amx_bf16"}, "on a graphics card, as runtime is set."),
    ],
)
def test_the_precision_follows_settings_and_processor(name: str, precision: str, flags: set[str], ends: str) -> None:
    check = doctor.runtime(load_settings(runtime=name, precision=precision), frozenset(flags))
    assert check.state == "fine"
    assert check.says.endswith(ends)


def test_a_pack_that_was_never_calibrated_is_missing_something() -> None:
    check = doctor.calibration(dataclasses.replace(default_pack(), calibration=None))
    assert check.state == "missing"
    assert "overt calibrate" in check.todo


@pytest.mark.parametrize(
    ("on", "lockable", "states"),
    [
        (False, True, ("fine", "fine")),
        (False, False, ("fine", "warning")),
        (True, True, ("warning", "fine")),
        (True, False, ("risk", "warning")),
    ],
)
def test_swap_is_a_risk_where_memory_cannot_be_locked(on: bool, lockable: bool, states: tuple[State, State]) -> None:
    found = (doctor.swap(on=on, lockable=lockable), doctor.memory_lock(on=on, lockable=lockable))
    assert tuple(check.state for check in found) == states
    assert ("could reach the disk" in found[0].says) == (on and not lockable)


def test_a_home_that_is_absent_open_to_others_or_no_folder(tmp_path: Path) -> None:
    assert doctor.home(tmp_path / "a" / "b").state == "fine"
    (tmp_path / "own").mkdir(mode=0o700)
    assert doctor.home(tmp_path / "own").state == "fine"
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o750)
    assert doctor.home(tmp_path / "open").todo == f"chmod 700 {tmp_path / 'open'}"
    (tmp_path / "file").touch()
    assert doctor.home(tmp_path / "file").state == "missing"
    assert doctor.home(tmp_path / "file" / "home").state == "missing"


@pytest.mark.parametrize(
    ("encoding", "state"), [("utf-8", "fine"), ("UTF8", "fine"), ("ascii", "warning"), (None, "warning")]
)
def test_a_terminal_without_utf8_is_a_warning(encoding: str | None, state: State) -> None:
    assert doctor.terminal(encoding).state == state


def test_usb_cameras_are_named(tmp_path: Path) -> None:
    assert doctor.usb_cameras(tmp_path).says == "None; network cameras need none."
    for name in ("video0", "video2", "vcs"):
        (tmp_path / name).touch()
    assert doctor.usb_cameras(tmp_path).says == "video0, video2."


@pytest.mark.parametrize(
    ("name", "installed", "state", "says"),
    [
        ("auto", ("openvino",), "fine", "OpenVINO 1.0"),
        ("auto", ("onnxruntime",), "warning", "no OpenVINO"),
        ("onnxruntime", ("onnxruntime-gpu",), "fine", "as runtime is set"),
        ("auto", (), "missing", "Neither"),
        ("openvino", ("onnxruntime",), "missing", "openvino, is not installed"),
        ("openvino-gpu", ("onnxruntime",), "missing", "openvino-gpu, is not installed"),
    ],
)
def test_a_runtime_that_is_absent_is_told(
    name: str, installed: tuple[str, ...], state: State, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(package: str) -> str:
        if package not in installed:
            raise importlib.metadata.PackageNotFoundError
        return "1.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    check = doctor.runtime(load_settings(runtime=name), frozenset())
    assert (check.state, says in check.says, fine_or_told(check)) == (state, True, True)


def test_a_pack_that_is_not_there_or_not_the_published_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = default_pack()
    own = dataclasses.replace(pack, folder=tmp_path, detector=dataclasses.replace(pack.detector, distribution=None))
    monkeypatch.setattr(doctor, "find_pack", lambda name, home: own)
    assert [check.state for check in doctor.model_pack(load_settings())] == ["missing", "fine", "fine"]
    (tmp_path / pack.detector.file).write_bytes(b"another file")
    detector = doctor.model_pack(load_settings())[0]
    assert "not the published file" in detector.says
    assert fine_or_told(detector)

    def unreadable(name: str, home: Path) -> Pack:
        raise BadModel("The pack cannot be read.", "Install it again.")

    monkeypatch.setattr(doctor, "find_pack", unreadable)
    (check,) = doctor.model_pack(load_settings())
    assert (check.state, check.says, check.todo) == ("missing", "The pack cannot be read.", "Install it again.")


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python"])
def test_a_process_that_cannot_limit_itself_is_told(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", python)
    check = doctor.camera_process_limits()
    assert check.state == "missing"
    assert fine_or_told(check)


def test_memory_that_cannot_be_sealed_and_a_clock_that_is_absent_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise OSError

    monkeypatch.setattr(doctor, "seal", refused)
    monkeypatch.setattr(SystemClock, "boot_us", refused)
    for check in (doctor.sealed_memory(), doctor.clock()):
        assert check.state == "missing"
        assert fine_or_told(check)


def test_a_disk_with_little_room_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_GIB", 1e9)
    check = doctor.home(tmp_path / "absent")
    assert check.state == "warning"
    assert "GiB free" in check.says


def test_keys_that_open_are_fine_and_others_are_not(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    assert doctor.installation(place).state == "fine"
    create(place, clock=FixedClock(), random_bytes=os.urandom)
    assert doctor.installation(place).says.endswith("its keys open.")
    other = dataclasses.replace(place, environment={"OVERT_MASTER_KEY": "ab" * 32})
    check = doctor.installation(other)
    assert check.state == "missing"
    assert fine_or_told(check)


def test_a_camera_that_may_not_be_opened_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video0").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    check = doctor.usb_cameras(tmp_path)
    assert check.state == "warning"
    assert "video0; this account may not open video0" in check.says


def test_a_decoder_that_is_absent_or_lacks_something_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"mjpeg", "hevc"})
    assert "lacks h264" in doctor.decoding().says
    monkeypatch.setitem(sys.modules, "av", None)
    check = doctor.decoding()
    assert check.state == "missing"
    assert fine_or_told(check)


def test_a_file_of_the_system_that_is_absent_is_empty() -> None:
    assert doctor._text("/nowhere/cpuinfo") == ""
