"""The live line of a long step: there in a terminal, nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from overt.cli.progress import Counter

PROGRAM = """
from overt.cli.progress import Counter
with Counter("Reading pictures") as counter:
    for done in range(1, 1201):
        counter(done, 1200)
"""


def test_a_terminal_sees_how_far_it_is() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=theirs, stdout=theirs, env=environment) as started:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # a pseudo-terminal that nobody holds any longer
                break
            if not part:
                break
            said += part
    os.close(ours)
    assert started.returncode == 0
    assert b"Reading pictures" in said
    assert b"1,200 of 1,200" in said


def test_what_is_no_terminal_sees_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Counter("Reading pictures") as counter:
        counter(1, 2)
    counter.close()
    assert capfd.readouterr() == ("", "")
