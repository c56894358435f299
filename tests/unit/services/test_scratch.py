"""Folders for what must not stay."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from overt.services.scratch import Scratch, sweep
from overt.store.errors import StoreUnavailable

DIES = """
import os, signal, sys
from pathlib import Path
from overt.services.scratch import Scratch
folder = Scratch(Path(sys.argv[1]))
(folder.path / "1").write_bytes(b"a face")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_folder_is_its_owners_alone_and_gone_with_what_is_in_it(tmp_path: Path) -> None:
    folder = Scratch(tmp_path / "home" / "cache")
    assert folder.path.parent == tmp_path / "home" / "cache"
    assert folder.path.stat().st_mode & 0o777 == folder.path.parent.stat().st_mode & 0o777 == 0o700
    (folder.path / "1").write_bytes(b"x")
    sweep(tmp_path / "home" / "cache")
    assert (folder.path / "1").exists()  # somebody has it
    folder.close()
    folder.close()
    assert list((tmp_path / "home" / "cache").iterdir()) == []


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob("*/1"))) == 1
    (tmp_path / "other").mkdir()
    (tmp_path / "scratch-file").write_text("no folder")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "scratch-file"]
    sweep(tmp_path / "nothing")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(StoreUnavailable, match="cannot be put down"):
        Scratch(tmp_path / "cache")


def test_a_folder_that_was_swept_before_it_was_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock
    swept: list[int] = []

    def flock(file: int, how: int) -> None:
        if len(swept) == 1:  # the second folder: somebody holds it just now
            swept.append(0)
            raise BlockingIOError
        if not swept:
            swept.append(0)
            for folder in tmp_path.glob("scratch-*"):
                folder.rmdir()
        real(file, how)

    monkeypatch.setattr("overt.services.scratch.fcntl.flock", flock)
    folder = Scratch(tmp_path)
    assert os.listdir(folder.path) == []  # noqa: PTH208
    folder.close()
