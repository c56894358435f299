"""Deployment files for the tests, and the command `overt` as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from overt.bootstrap import recogniser
from overt.engine.clock import SystemClock, boot_id, machine_id
from overt.faces.recogniser import Recogniser
from overt.services.installation import create, opened
from overt.services.place import Place, place_of
from overt.settings import load_settings
from tests.authority import OFFICER, area_of, authorised, case_in, sign_in, write_policy

MASTER_KEY = "5e" * 32
PASSPHRASE = "correct horse battery"
OVERT = (str(Path(sys.executable).with_name("overt")),)
WHOLE = "[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]"

_TEXT = """[deployment]
name = "Test"
place = "Here"
use_case = "hotspot"
policy = "mild.toml"
purpose = "trial"
expected_passages = 1000
{area}

[authority]
legal_basis = "volunteers"
aim = "testing"
necessity = "testing"
proportionality = "testing"
alternatives = "none"
authorised_by = "{officer}"
valid_from = {begins}
valid_until = {ends}

[watchlist]
folder = "{people}"
wanted_far = 0.001

[[document]]
kind = "signs"
reference = "seen to stand"
date = {begins}
"""
_CAMERA = """
[[camera]]
name = "{name}"
url = "{url}"
zone = {zone}
smallest_face_px = 40
"""


def write_deployment(
    path: Path,
    cameras: Mapping[str, str | Path],
    people: Path,
    *,
    begins_h: float = -1,
    ends_h: float = 8,
    zone: str = WHOLE,
) -> Path:
    """A deployment file.

    Args:
        cameras: address by name.
        begins_h, ends_h: of the authority's window, hours from now.
    """
    now = datetime.now(UTC)
    begins, ends = (f"{now + timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ}" for h in (begins_h, ends_h))
    write_policy(path.with_name("mild.toml"))
    text = _TEXT.format(begins=begins, ends=ends, people=people, area=area_of(str(path)), officer=OFFICER)
    text += "".join(_CAMERA.format(name=name, url=url, zone=zone) for name, url in cameras.items())
    path.write_text(text, "utf-8")
    return path


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended: exit code, JSON lines, standard error."""

    code: int
    lines: tuple[dict[str, Any], ...]
    err: str

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "alert" in line]

    @property
    def figures(self) -> dict[str, Any]:
        """Of the last line; there is no other such line."""
        (line,) = [line for line in self.lines if "figures" in line]
        assert line is self.lines[-1]
        found = line["figures"]
        assert isinstance(found, dict)
        return found


def environment(home: Path) -> dict[str, str]:
    """Of a command that uses this home."""
    return {**os.environ, "OVERT_HOME": str(home), "OVERT_MASTER_KEY": MASTER_KEY}


def place_at(home: Path) -> Place:
    """Where the installation of this home lies, as the command `overt` sees it."""
    return place_of(load_settings(home=home), environment(home), boot_id(), machine_id())


def installed(home: Path) -> Path:
    """The home, with an installation in it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / "heads" / "newest").exists():
        create(place_at(home), clock=SystemClock(), random_bytes=os.urandom)
    return home


@cache
def reader() -> Recogniser:
    """The real one, made once."""
    return recogniser(load_settings())


def ready(file: Path, home: Path) -> Path:
    """The home, with an installation in which this deployment is entered and signed, and an operator signed in."""
    case = case_in(file)
    with opened(place_at(installed(home)), clock=SystemClock(), random_bytes=os.urandom) as installation:
        authorised(installation, case, reader())
        sign_in(installation, home)
    return home


def start(*arguments: str | Path, home: Path, command: Sequence[str] = OVERT, **pipes: Any) -> subprocess.Popen[str]:
    """Starts `overt watch ... --json` with a home of its own; live in an installation, with the passphrase given."""
    process = subprocess.Popen(
        [*command, "watch", *map(str, arguments), "--json"],
        text=True,
        env=environment(home),
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes},
    )
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(f"{PASSPHRASE}\n")
        process.stdin = None
    return process


def ended(process: subprocess.Popen[str], seconds: float = 60) -> Ended:
    """Waits for the end; every line on standard output must be a JSON object."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    lines = tuple(json.loads(line) for line in (out or "").splitlines())
    return Ended(code=process.returncode, lines=lines, err=err or "")


def run(*arguments: str | Path, home: Path, seconds: float = 60) -> Ended:
    return ended(start(*arguments, home=home), seconds)


def children(pid: int) -> list[int]:
    """Of a process, by /proc."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text("ascii").split())
    except OSError:
        return found
    return found


def cameras(pid: int) -> list[int]:
    """Its camera processes: those of its children that watch, and no others that it starts for a moment."""
    return [child for child in children(pid) if b"overt.engine.camera" in _command(child)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pids: Sequence[int]) -> list[int]:
    """Those of the processes that still run; a dead one that nobody has asked about yet does not."""
    return [pid for pid in pids if _state(pid) not in ("Z", "X", "")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""
