"""Processes that share a keyring, and are killed at any moment."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest

from overt.vault.errors import NoKey
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
from tests.needs import REPOSITORY, needs_part, rounds
from tests.unit.vault.children import started

MASTER = MasterKey(b"m" * 32)

# Says each step when it begins and when it has happened; every key follows from its name.
BUSY = """
import hashlib, sys
from pathlib import Path
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
keyring = FolderKeyring(Path(sys.argv[1]), MasterKey(b"m" * 32))
def say(*words): print(*words, flush=True)
say("ready")
for turn in range(10_000):
    name = f"alert-{turn}"
    say("putting", name)
    with keyring.creating():
        keyring.put(name, hashlib.sha256(name.encode()).digest())
        say("put", name)
    if turn % 3:
        old = f"alert-{turn - 1}"
        say("destroying", old)
        keyring.destroy(old)
        say("destroyed", old)
"""

WITHIN = """
import sys
from pathlib import Path
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
with getattr(FolderKeyring(Path(sys.argv[1]), MasterKey(b"m" * 32)), sys.argv[2])():
    print("within", flush=True)
    sys.stdin.readline()
"""

FORKED = """
import os, sys
from pathlib import Path
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
ends, end = os.pipe()
with FolderKeyring(Path(sys.argv[1]), MasterKey(b"m" * 32)).creating():
    child = os.fork()
    if child == 0:
        os.close(end)
        os.read(ends, 1)
        os._exit(0)
print("out again", flush=True)
sys.stdin.readline()
os.close(end)
os.waitpid(child, 0)
"""

LIFE = """
import sys
from pathlib import Path
from overt.vault.keyring import FolderKeyring
from overt.vault.master import MasterKey
keyring = FolderKeyring(Path(sys.argv[1]), MasterKey(b"m" * 32))
keyring.put("alert-1", bytes(32))
keyring.destroy("alert-1")
keyring.destroy("alert-1")
"""


def said(stream: Iterable[str] | None) -> dict[str, set[str]]:
    """By word, the names of the keys it was said of; a last line that was cut off is not counted."""
    assert stream is not None
    told: dict[str, set[str]] = {"putting": set(), "put": set(), "destroying": set(), "destroyed": set()}
    for line in stream:
        if line.endswith("\n"):
            word, name = line.split()
            told[word].add(name)
    return told


def test_a_process_killed_at_any_moment_leaves_whole_keys_or_none(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    steps = 0
    for turn in range(rounds(few=20, many=200)):
        folder = tmp_path / str(turn)
        keyring = FolderKeyring.make(folder, MASTER)
        with started(BUSY, str(folder)) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            heard = [child.stdout.readline() for _ in range(chance.randrange(6))]
            threading.Event().wait(chance.uniform(0.0, 0.03))
            child.kill()
            told = said(chain(heard, child.stdout))
        steps += len(told["put"])
        names = keyring.names()
        assert told["put"] - told["destroying"] <= names <= told["putting"] - told["destroyed"]
        for name in names:
            assert keyring.get(name) == hashlib.sha256(name.encode()).digest()
        for name in told["putting"] - names:
            with pytest.raises(NoKey):
                keyring.get(name)
        with keyring.sweeping():  # the killed one holds no lock
            assert {path.name for path in folder.iterdir()} == {"lock", *(f"{name}.key" for name in names)}
        assert keyring.names() == names
    assert steps > 20, "the children were killed before they did anything"


@pytest.mark.parametrize(
    ("held", "wanted", "waits"),
    [("creating", "sweeping", True), ("sweeping", "creating", True), ("creating", "creating", False)],
)
@pytest.mark.parametrize("killed", [False, True])
def test_processes_exclude_one_another_until_one_is_done_or_killed(
    tmp_path: Path, held: str, wanted: str, waits: bool, killed: bool
) -> None:
    keyring = FolderKeyring.make(tmp_path / "keyring", MASTER)
    been_in = threading.Event()

    def go() -> None:
        with getattr(keyring, wanted)():
            been_in.set()

    with started(WITHIN, str(tmp_path / "keyring"), held) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "within\n"
        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        assert been_in.wait(0.2 if waits else 10) != waits
        if killed:
            child.kill()
        else:
            child.communicate("\n", timeout=10)
        assert been_in.wait(10)
        thread.join(10)


def test_a_process_that_forked_within_lets_go_for_its_child_as_well(tmp_path: Path) -> None:
    keyring = FolderKeyring.make(tmp_path / "keyring", MASTER)
    with started(FORKED, str(tmp_path / "keyring")) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "out again\n"
        with keyring.sweeping():
            assert child.poll() is None  # and so its own child, which holds a copy of the lock's descriptor
        child.communicate("\n", timeout=10)
    assert child.returncode == 0


def test_every_step_reaches_the_disk_before_the_next_relies_on_it(tmp_path: Path) -> None:
    """What a power cut leaves depends on this order, which killing processes cannot show."""
    needs_part(shutil.which("strace") is not None, "needs strace")
    folder, trace = tmp_path / "keyring", tmp_path / "trace"
    FolderKeyring.make(folder, MASTER)
    calls = "trace=write,pwrite64,fsync,link,linkat,unlink,unlinkat"
    watched = ["strace", "-y", "-o", str(trace), "-e", calls, sys.executable, "-B", "-c", LIFE, str(folder)]
    subprocess.run(watched, cwd=REPOSITORY, check=True, timeout=60)
    about = re.compile(rf"(\w+?)(?:64|at)?\(\d+<{folder}(/\.|/a)?.*= \d+$")
    place = {"/.": "temporary", "/a": "key", None: "folder"}
    steps = [f"{found[1]} {place[found[2]]}" for found in map(about.match, trace.read_text().splitlines()) if found]
    put = ["write temporary", "fsync temporary", "link folder", "unlink folder", "fsync folder"]
    destroyed = ["pwrite key", "fsync key", "unlink folder", "fsync folder"]
    assert steps == [*put, *destroyed, "fsync folder"]
