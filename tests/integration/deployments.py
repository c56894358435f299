"""Deployment files for the tests, and the command `overt` as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

OVERT = (str(Path(sys.executable).with_name("overt")),)
WHOLE = "[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]"

_TEXT = """[deployment]
name = "Test"
place = "Here"
use_case = "hotspot"
policy = "consent"

[authority]
legal_basis = "volunteers"
aim = "testing"
necessity = "testing"
proportionality = "testing"
alternatives = "none"
authorised_by = "a tester"
valid_from = {begins}
valid_until = {ends}

[watchlist]
folder = "{people}"
wanted_far = 0.001
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
    text = _TEXT.format(begins=begins, ends=ends, people=people)
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


def start(*arguments: str | Path, home: Path, **pipes: Any) -> subprocess.Popen[str]:
    """Starts `overt watch ... --json` with a home of its own."""
    return subprocess.Popen(
        [*OVERT, "watch", *map(str, arguments), "--json"],
        text=True,
        env={**os.environ, "OVERT_HOME": str(home)},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes},
    )


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


def alive(pids: Sequence[int]) -> list[int]:
    """Those of the processes that still run; a dead one that nobody has asked about yet does not."""
    return [pid for pid in pids if _state(pid) not in ("Z", "X", "")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""
