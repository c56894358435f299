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


def outcome(program: str, folder: Path, **variables: str) -> tuple[set[str], list[str]]:
    """Families of the sockets that the program made, and the files that it left under its home."""
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
    return set(traces.sockets(made)), [str(path.relative_to(home)) for path in home.rglob("*")]


@pytest.mark.timeout(120)
def test_the_runtime_calls_nobody_and_leaves_nothing_in_the_home(tmp_path: Path) -> None:
    families, left = outcome(OURS, tmp_path)
    assert families <= {"AF_UNIX"}
    assert left == []


@pytest.mark.timeout(120)
@pytest.mark.long
def test_the_whole_demonstration_makes_no_socket(tmp_path: Path) -> None:
    """Supervisor and camera processes, from the command to the figures, on footage that is there already."""
    footage = tmp_path / "footage"
    footage.mkdir()
    for name in ("single_face.jpg", "single_face.mp4", "multi_face.jpg"):
        shutil.copy(sample_footage() / name, footage)
    command = f"import sys; sys.argv = ['overt', 'demo', '--once', '--json', '--footage', {str(footage)!r}]\n"
    families, left = outcome(command + "from overt.cli.start import run\nrun()", tmp_path, OVERT_HOME="home/overt")
    assert families <= {"AF_UNIX"}
    assert left == ["overt", "overt/cache"]


@pytest.mark.timeout(120)
def test_planted_an_import_without_the_guard_is_found_out(tmp_path: Path) -> None:
    families, left = outcome(PLANTED, tmp_path)
    assert families - {"AF_UNIX"} or left
