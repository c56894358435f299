"""What a camera process may not do; tried in a process of its own, since it cannot be undone."""

from __future__ import annotations

import subprocess
import sys

from overt.engine.limits import can_lock_memory, swap_is_on

PROGRAM = """
import ctypes, errno, os, resource, sys
from overt.engine.limits import lock_down
path = sys.argv[1]
reading, writing = os.pipe()
locked = lock_down()
file = os.open(path, os.O_WRONLY | os.O_CREAT)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    os.write(file, b"face")
    print("wrote")
except OSError as error:
    print(errno.errorcode[error.errno])
os.write(writing, b"word")
print(os.read(reading, 4).decode())
print(resource.getrlimit(resource.RLIMIT_CORE))
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
wanted = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(wanted), 0, 0, 0)
print(wanted.value)
print(locked, "VmLck" in open("/proc/self/status").read())
"""


def test_a_process_that_is_locked_down_writes_pipes_and_no_files(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"{tmp_path}/face"], capture_output=True, text=True, check=True, timeout=60
    )
    wrote, piped, core, dumpable, dies_with, locked = done.stdout.splitlines()
    assert wrote == "EFBIG"
    assert piped == "word"
    assert core == "(0, 0)"
    assert dumpable == "0"
    assert dies_with == "9"
    if can_lock_memory():
        assert locked == "True True"


def test_the_machine_says_whether_it_swaps() -> None:
    assert isinstance(swap_is_on(), bool)
