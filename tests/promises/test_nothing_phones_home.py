"""Opening the runtime and inferring calls nobody and leaves nothing behind, with CI unset too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import needs_part, sample_footage
from tests.promises import traces

OURS = """
import numpy as np
from overt.faces.pack import default_pack, load
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import open_runtime
networks = load(default_pack())
recogniser = Recogniser(open_runtime("openvino"), networks)
recogniser.embedder.embed([np.zeros((112, 112, 3), np.uint8)], np.zeros((1, recogniser.length), np.float32))
"""
PLANTED = """
import openvino
openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")
"""


def traced(program: str, folder: Path, **variables: str) -> tuple[list[traces.Call], list[str]]:
    """What the program asked of the kernel, and the files that it left under its home."""
    needs_part(shutil.which("strace") is not None, "needs Debian's strace")
    home = folder / "home"
    home.mkdir()
    trace = folder / "trace.txt"
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "XDG_CONFIG_HOME")}
    subprocess.run(
        [*traces.strace(trace), sys.executable, "-P", "-B", "-c", program],
        env={**environment, "HOME": str(home), **variables},
        cwd=folder,
        check=True,
        timeout=90,
        capture_output=True,
    )
    made = traces.calls(trace)
    assert len(made) > 100
    return made, [str(path.relative_to(home)) for path in home.rglob("*")]


def outcome(program: str, folder: Path, **variables: str) -> tuple[set[str], list[str]]:
    """Families of the sockets that the program made, and the files that it left under its home."""
    made, left = traced(program, folder, **variables)
    return set(traces.sockets(made)), left


def demonstration(folder: Path, *options: str) -> tuple[list[traces.Call], list[str]]:
    """`overt demo --once`, on footage that is there already."""
    footage = folder / "footage"
    footage.mkdir()
    for name in ("single_face.jpg", "single_face.mp4", "multi_face.jpg"):
        shutil.copy(sample_footage() / name, footage)
    words = ["overt", "demo", "--once", "--footage", str(footage), *options]
    program = f"import sys; sys.argv = {words!r}\nfrom overt.cli.start import run\nrun()"
    return traced(program, folder, OVERT_HOME="home/overt")


@pytest.mark.timeout(120)
def test_the_runtime_calls_nobody_and_leaves_nothing_in_the_home(tmp_path: Path) -> None:
    families, left = outcome(OURS, tmp_path)
    assert families <= {"AF_UNIX"}
    assert left == []


@pytest.mark.timeout(120)
@pytest.mark.long
def test_the_whole_demonstration_in_a_terminal_makes_no_socket(tmp_path: Path) -> None:
    """Supervisor and camera processes, from the command to the figures."""
    made, left = demonstration(tmp_path, "--json")
    assert set(traces.sockets(made)) <= {"AF_UNIX"}
    assert left == ["overt", "overt/cache"]


@pytest.mark.timeout(120)
@pytest.mark.long
def test_the_demonstration_with_its_console_listens_to_this_machine_and_calls_nobody(tmp_path: Path) -> None:
    made, left = demonstration(tmp_path, "--port", "0")
    assert set(traces.sockets(made)) <= {"AF_UNIX", "AF_INET"}
    assert traces.addresses(made) == {("bind", "127.0.0.1")}
    assert left == ["overt", "overt/cache"]


@pytest.mark.timeout(120)
def test_planted_an_import_without_the_guard_is_found_out(tmp_path: Path) -> None:
    families, left = outcome(PLANTED, tmp_path)
    assert families - {"AF_UNIX"} or left
