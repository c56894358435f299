"""What a camera process may not do, set by itself before it sees a frame.

Rules:
  - it cannot write a file: the largest file size is 0 (pipes still work);
  - it leaves no core dump, and other accounts cannot read its memory;
  - its memory is not swapped out, where the machine allows locking it;
  - what it frees is overwritten by the C library, such as the pictures of a decoder whose camera was lost;
  - it dies with the process that started it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_CAP_IPC_LOCK = 14
_M_PERTURB = -6
PERTURB = 165  # freed memory is filled with this byte
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def environment() -> dict[str, str]:
    """The environment in which a camera process is started. Whatever is as large as a picture goes back to the system
    when it is freed: the C library would learn otherwise after the first one, and keep it between smaller things."""
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_PERTURB_": str(PERTURB),
        "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(8 << 20),
        "MALLOC_ARENA_MAX": "2",
    }


def lock_down() -> bool:
    """Sets the limits; says whether memory could be locked against swapping.

    Raises:
        OSError: a limit that must hold could not be set.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for option, value in ((_PR_SET_DUMPABLE, 0), (_PR_SET_PDEATHSIG, signal.SIGKILL)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option} was refused")
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def keep_to_itself() -> None:
    """What the supervisor sets for itself before it opens a list: no core dump, its memory is not for other accounts,
    and the C library overwrites what is freed, such as the pictures of an alert once they are sealed.

    Raises:
        OSError: a limit that must hold could not be set.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl was refused")
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_PERTURB, PERTURB)


def give_back_memory() -> None:
    """Hands what was freed back to the system, such as the networks' files once they are compiled."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def swap_is_on() -> bool:
    """Whether this machine may write memory to a disk."""
    try:
        return len(Path("/proc/swaps").read_text("ascii").splitlines()) > 1
    except OSError:
        return True


def can_lock_memory() -> bool:
    """Whether this account may lock as much memory as a camera process needs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return soft == resource.RLIM_INFINITY or bool(_capabilities() >> _CAP_IPC_LOCK & 1)


def _capabilities() -> int:
    """What this process may do, as the kernel's bit mask."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
