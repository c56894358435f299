"""What this machine can do, and what is missing, in plain words.

Rules:
  - nothing is sent, nothing is written, no network is loaded, and all of it takes less than a second;
  - what can be tried is tried: memory is sealed, and a short-lived process limits itself as a camera process does;
  - "missing": Overt cannot watch without it. "risk": Overt works, but a promise about forgetting is weaker here.
    "warning": Overt works, but slower or with less. Each of the three says what to do.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from overt.domain.errors import BadModel, OvertError
from overt.engine.clock import SystemClock
from overt.engine.limits import can_lock_memory, swap_is_on
from overt.engine.sealed import is_sealed, seal
from overt.faces.pack import Pack, find_pack
from overt.services.packs import file_states
from overt.services.place import LEDGER_KEY, Place, place_of, require_outside
from overt.settings import Settings
from overt.vault.keyring import FolderKeyring
from overt.vault.master import load_master_key

State = Literal["fine", "warning", "risk", "missing"]
GIB: Final = 1 << 30
LEAST_PYTHON: Final = (3, 11)
#: Resident memory measured with the default pack: the supervisor's process 0.47 GiB, a camera process 0.33 GiB.
GIB_A_PROCESS: Final = 0.5
LEAST_FREE_GIB: Final = 1.0
_TRIAL = (
    "import resource; from overt.engine.limits import lock_down; lock_down();"
    " print(*resource.getrlimit(resource.RLIMIT_CORE), *resource.getrlimit(resource.RLIMIT_FSIZE))"
)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        what: its name.
        state: see the top of this file.
        says: what was found, in a sentence.
        todo: what to do; empty when it is fine.
    """

    what: str
    state: State
    says: str
    todo: str = ""


def examine(settings: Settings, *, encoding: str | None) -> list[Check]:
    """Looks at everything.

    Args:
        settings: of this machine.
        encoding: of the terminal, as Python names it.
    """
    flags, processor_name = processor_flags(_text("/proc/cpuinfo"))
    cores = allowed_cores(_text("/sys/fs/cgroup/cpu.max"))
    return [
        python(sys.version_info[:3]),
        processor_cores(cores, settings.camera_processes),
        memory(_text("/proc/meminfo"), _text("/sys/fs/cgroup/memory.max"), settings.camera_processes),
        processor(flags, processor_name),
        runtime(settings, flags),
        *model_pack(settings),
        swap(on=swap_is_on(), lockable=can_lock_memory()),
        memory_lock(on=swap_is_on(), lockable=can_lock_memory()),
        camera_process_limits(),
        sealed_memory(),
        home(settings.home),
        installation(place_of(settings, os.environ)),
        clock(),
        terminal(encoding),
        usb_cameras(Path("/dev")),
        decoding(),
    ]


def python(version: tuple[int, ...]) -> Check:
    shown = ".".join(map(str, version))
    if version[:2] >= LEAST_PYTHON:
        return Check(what="Python", state="fine", says=f"{shown}.")
    return Check(what="Python", state="missing", says=f"{shown} is too old.", todo="Install Python 3.11 or later.")


def allowed_cores(cpu_max: str) -> float:
    """Cores that this process may use: those it may run on, or less where its control group has a quota.

    Args:
        cpu_max: the group's `cpu.max`: "QUOTA PERIOD", or "max PERIOD"; empty where there is none.
    """
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    parts = cpu_max.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts) and int(parts[1]) > 0:
        return min(cores, int(parts[0]) / int(parts[1]))
    return cores


def processor_cores(cores: float, camera_processes: int) -> Check:
    says = f"{cores:g} allowed, for {camera_processes} camera process{'' if camera_processes == 1 else 'es'}."
    if camera_processes > cores:
        todo = "Set camera_processes to the number of cores: more of them only wait for each other."
        return Check(what="Cores", state="warning", says=says, todo=todo)
    return Check(what="Cores", state="fine", says=says)


def memory(meminfo: str, memory_max: str, camera_processes: int) -> Check:
    """Args: meminfo: text of `/proc/meminfo`; memory_max: of the control group's limit, bytes or "max"."""
    sizes = {line.split(":")[0]: line.split()[1] for line in meminfo.splitlines() if len(line.split()) > 1}
    if "MemAvailable" not in sizes:
        todo = "Look at it yourself before cameras run."
        return Check(what="Memory", state="warning", says="This system does not say how much it has.", todo=todo)
    free, total = int(sizes["MemAvailable"]) * 1024, int(sizes.get("MemTotal", "0")) * 1024
    if memory_max.strip().isdigit():
        free, total = min(free, int(memory_max)), min(total, int(memory_max))
    needed = GIB_A_PROCESS * (1 + camera_processes)
    says = f"{free / GIB:.1f} of {total / GIB:.1f} GiB free; about {needed:.1f} GiB needed."
    if free < needed * GIB:
        todo = "Free some memory, or set camera_processes lower."
        return Check(what="Memory", state="warning", says=says, todo=todo)
    return Check(what="Memory", state="fine", says=says)


def processor_flags(cpuinfo: str) -> tuple[frozenset[str], str]:
    """Abilities and name of the processor, from the text of `/proc/cpuinfo`; empty where it does not say."""
    found: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return frozenset(found.get("flags", "").split()), found.get("model name", "")


def processor(flags: frozenset[str], name: str) -> Check:
    abilities = [
        words
        for words, there in (
            ("AMX bf16", "amx_bf16" in flags),
            ("AVX-512", "avx512f" in flags),
            ("AVX2", "avx2" in flags),
        )
        if there
    ]
    says = f"{name or 'Unnamed'}: {', '.join(abilities) or 'no wide arithmetic known'}."
    if "avx512f" in flags:
        return Check(what="Processor", state="fine", says=says)
    todo = "Plan fewer cameras a core, and measure with overt watch --rehearsal --fast --profile."
    return Check(what="Processor", state="warning", says=says, todo=todo)


def runtime(settings: Settings, flags: frozenset[str]) -> Check:
    """The library that would run the networks; found by its package, not imported, since that takes too long."""
    openvino = _version("openvino") if settings.runtime != "onnxruntime" else None
    onnx = (
        (_version("onnxruntime") or _version("onnxruntime-gpu"))
        if settings.runtime in ("auto", "onnxruntime")
        else None
    )
    if openvino is not None and settings.runtime == "openvino-gpu":
        return Check(what="Runtime", state="fine", says=f"OpenVINO {openvino}, on a graphics card, as runtime is set.")
    if openvino is not None:
        wide = settings.precision == "auto" and bool(flags & {"amx_bf16", "avx512_bf16"})
        return Check(what="Runtime", state="fine", says=f"OpenVINO {openvino}, in {'bf16' if wide else 'f32'}.")
    if onnx is not None and settings.runtime == "onnxruntime":
        return Check(what="Runtime", state="fine", says=f"ONNX Runtime {onnx}, in f32, as runtime is set.")
    if onnx is not None:
        todo = "Install OpenVINO where it exists for this processor: it is two to five times as fast."
        return Check(what="Runtime", state="warning", says=f"ONNX Runtime {onnx}, in f32; no OpenVINO.", todo=todo)
    says = (
        "Neither OpenVINO nor ONNX Runtime is installed."
        if settings.runtime == "auto"
        else (f"The runtime that is set, {settings.runtime}, is not installed.")
    )
    return Check(what="Runtime", state="missing", says=says, todo="Install it, or set runtime to auto.")


def model_pack(settings: Settings) -> list[Check]:
    """The chosen pack: its two files and its calibration."""
    try:
        pack = find_pack(settings.pack, settings.home)
    except BadModel as error:
        return [Check(what="Model pack", state="missing", says=error.sentence, todo=error.todo)]
    return [*_files(pack), calibration(pack)]


def _files(pack: Pack) -> Iterator[Check]:
    for file in file_states(pack):
        what, name = file.part.capitalize(), file.model.file
        if file.word == "fine":
            yield Check(what=what, state="fine", says=f"{name} is the published file.")
        elif file.word == "missing":
            yield Check(what=what, state="missing", says=f"{name} is missing or cannot be read.", todo=file.todo)
        else:
            says = f"{name} is not the published file: another SHA-256."
            yield Check(what=what, state="missing", says=says, todo=file.todo)


def calibration(pack: Pack) -> Check:
    if pack.calibration is None:
        says = f"The pack {pack.name} was never calibrated, so nothing runs live with it."
        return Check(what="Calibration", state="missing", says=says, todo="Run overt calibrate FOLDER.")
    curve = pack.calibration
    says = f"{pack.name}, on {curve.people:,} people and {curve.comparisons:,} comparisons."
    return Check(what="Calibration", state="fine", says=says)


def swap(*, on: bool, lockable: bool) -> Check:
    if not on:
        return Check(what="Swap", state="fine", says="Off: no memory reaches a disk.")
    todo = "Switch swap off (swapoff -a, and in /etc/fstab)."
    if lockable:
        says = "On. Camera processes lock their memory, but a machine that hibernates writes it all to the disk."
        return Check(what="Swap", state="warning", says=says, todo=todo)
    says = "On: the memory of camera processes could reach the disk, faces of passers-by included."
    return Check(what="Swap", state="risk", says=says, todo=todo)


def memory_lock(*, on: bool, lockable: bool) -> Check:
    """Args: on: swap is on; lockable: this account may lock as much memory as it needs."""
    if lockable:
        return Check(what="Memory lock", state="fine", says="This account may lock memory against swapping.")
    says = "This account may not lock memory" + (", and swap is on." if on else "; with swap off nothing is lost.")
    todo = "Allow it: LimitMEMLOCK=infinity in the service, or memlock in /etc/security/limits.conf."
    return Check(what="Memory lock", state="warning", says=says, todo=todo)


def camera_process_limits() -> Check:
    """Starts a process that limits itself as a camera process does, and asks what became of it."""
    what = "Core dumps"
    command = [sys.executable, "-P", "-c", _TRIAL]
    try:
        tried = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=False
        )
        kept = tried.returncode == 0 and tried.stdout.split() == ["0"] * 4
    except (OSError, subprocess.TimeoutExpired):
        kept = False
    if kept:
        return Check(what=what, state="fine", says="Camera processes forbid themselves dumps and files (tried).")
    says = "A process could not forbid itself to dump its memory or to write files, so no camera would run."
    return Check(
        what=what, state="missing", says=says, todo="Run Overt on Linux, without a filter of prctl or setrlimit."
    )


def sealed_memory() -> Check:
    """Seals one byte, as the watch list is sealed."""
    try:
        descriptor = seal("overt-doctor", [b"0"])
        try:
            sealed = is_sealed(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, AttributeError):
        sealed = False
    if sealed:
        return Check(what="Sealed memory", state="fine", says="The list can be shared in memory that nobody changes.")
    says = "Memory cannot be sealed (memfd), so a watch list cannot be handed to camera processes."
    return Check(what="Sealed memory", state="missing", says=says, todo="Run Overt on Linux 3.17 or later.")


def home(folder: Path) -> Check:
    """The folder for everything that Overt keeps. Free space is that of the disk where it is or would be."""
    what = "OVERT_HOME"
    standing = next(place for place in (folder, *folder.parents) if place.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        says = f"{folder} cannot be used: {standing} is no folder or may not be written."
        return Check(what=what, state="missing", says=says, todo="Name another folder with OVERT_HOME.")
    free = shutil.disk_usage(standing).free / GIB
    if folder.exists() and (mode := stat.S_IMODE(folder.stat().st_mode)) & 0o077:
        says = f"{folder} is open to other accounts (mode {mode:04o})."
        return Check(what=what, state="warning", says=says, todo=f"chmod 700 {folder}")
    if free < LEAST_FREE_GIB:
        says = f"{folder}: only {free:.1f} GiB free."
        return Check(what=what, state="warning", says=says, todo="Make room, or name another folder with OVERT_HOME.")
    made = "is yours only" if folder.exists() else "is made when something is first kept"
    return Check(what=what, state="fine", says=f"{folder} {made}; {free:.0f} GiB free.")


def installation(place: Place) -> Check:
    """Whether the keys of the installation open; its store is not touched."""
    what = "Installation"
    if not place.keyring.is_dir():
        return Check(what=what, state="fine", says="None here yet; overt init makes one, and a rehearsal needs none.")
    try:
        require_outside(place)
        FolderKeyring(place.keyring, load_master_key(place.master_key_file, place.environment)).get(LEDGER_KEY)
    except OvertError as error:
        return Check(what=what, state="missing", says=error.sentence, todo=error.todo)
    return Check(what=what, state="fine", says=f"At {place.home}; its keys open.")


def clock() -> Check:
    """The clock that goes on while the machine sleeps; jumps of the wall clock are judged by it."""
    try:
        running = SystemClock().boot_us() > 0
    except (OSError, AttributeError):
        running = False
    if running:
        return Check(what="Clock", state="fine", says="Jumps of the clock can be noticed (CLOCK_BOOTTIME).")
    says = "There is no CLOCK_BOOTTIME, so a jump of the clock would go unnoticed."
    return Check(what="Clock", state="missing", says=says, todo="Run Overt on Linux.")


def terminal(encoding: str | None) -> Check:
    if (encoding or "").replace("-", "").replace("_", "").lower() == "utf8":
        return Check(what="Terminal", state="fine", says="UTF-8.")
    says = f"{encoding or 'No encoding'}: names outside it are not shown right."
    return Check(what="Terminal", state="warning", says=says, todo="Set LANG to one that ends in UTF-8.")


def usb_cameras(devices: Path) -> Check:
    """Args: devices: the folder of device files, `/dev`."""
    found = sorted(devices.glob("video[0-9]*"))
    closed = [path for path in found if not os.access(path, os.R_OK | os.W_OK)]
    names = ", ".join(path.name for path in found)
    if closed:
        says = f"{names}; this account may not open {', '.join(path.name for path in closed)}."
        return Check(what="USB cameras", state="warning", says=says, todo="Add the account to the group video.")
    return Check(what="USB cameras", state="fine", says=f"{names}." if found else "None; network cameras need none.")


def decoding() -> Check:
    """Whether video can be decoded and network cameras be read."""
    todo = "Install PyAV again (the package av)."
    try:
        import av  # noqa: PLC0415  (a broken installation is a finding, not a crash)
    except ImportError:
        return Check(what="Video", state="missing", says="PyAV cannot be imported.", todo=todo)
    absent = [name for name in ("rtsp", "mpjpeg") if name not in av.formats_available]
    absent += [name for name in ("h264", "hevc", "mjpeg") if name not in av.codecs_available]
    if absent:
        says = f"PyAV {av.__version__} lacks {', '.join(absent)}."
        return Check(what="Video", state="missing", says=says, todo=todo)
    return Check(what="Video", state="fine", says=f"PyAV {av.__version__}: RTSP and MJPEG, H.264 and H.265.")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _text(path: str) -> str:
    """The text of a file of the system; empty where it is not there."""
    try:
        return Path(path).read_text("utf-8", errors="replace")
    except OSError:
        return ""
