"""Memory that is written once and then shared read-only: the watch list's templates and the networks.

A memfd has no name in any file system, `/dev/shm` included. It is sealed after it was filled, so that no process can
change, grow or shrink it, and each camera process maps it for reading only.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def seal(name: str, parts: Sequence[bytes | memoryview]) -> int:
    """Puts the parts, one after the other, into a sealed memfd; returns its descriptor, which the caller closes.

    Args:
        name: seen in `/proc/PID/maps` only.
    """
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    views = [memoryview(part).cast("B") for part in parts]
    os.ftruncate(descriptor, max(1, sum(len(view) for view in views)))
    with mmap.mmap(descriptor, 0) as memory:
        at = 0
        for view in views:
            memory[at : at + len(view)] = view
            at += len(view)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return descriptor


def map_sealed(descriptor: int, *, writeable: bool = False) -> NDArray[np.uint8]:
    """The whole content, shape (bytes,). The map lives as long as the array or a view of it.

    Args:
        writeable: for a library that insists; what is written stays with this process and changes nothing for others.
    """
    access = mmap.ACCESS_COPY if writeable else mmap.ACCESS_READ
    return np.frombuffer(mmap.mmap(descriptor, 0, access=access), np.uint8)


def is_sealed(descriptor: int) -> bool:
    return fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & _SEALS == _SEALS
