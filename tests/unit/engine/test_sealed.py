"""Shared memory that nobody can change any more, with or without the descriptor."""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from overt.engine.sealed import is_sealed, map_sealed, seal

PARTS = (b"networks", np.arange(3, dtype=np.float32).data)


@pytest.fixture
def descriptor() -> Iterator[int]:
    made = seal("overt-test", PARTS)
    yield made
    os.close(made)


def test_the_parts_lie_one_after_the_other(descriptor: int) -> None:
    content = map_sealed(descriptor)
    assert content[:8].tobytes() == b"networks"
    assert content[8:].view(np.float32).tolist() == [0, 1, 2]


def test_it_is_sealed_for_good(descriptor: int) -> None:
    assert is_sealed(descriptor)
    with pytest.raises(PermissionError):
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW)


def test_it_cannot_be_written(descriptor: int) -> None:
    with pytest.raises(PermissionError):
        os.pwrite(descriptor, b"x", 0)


@pytest.mark.parametrize("size", [0, 5, 10_000])
def test_it_cannot_be_resized(descriptor: int, size: int) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, size)


def test_it_cannot_be_mapped_for_writing(descriptor: int) -> None:
    with pytest.raises(PermissionError):
        mmap.mmap(descriptor, 0, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def test_opened_anew_it_cannot_be_written_either(descriptor: int) -> None:
    again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
    try:
        with pytest.raises(PermissionError):
            os.write(again, b"x")
    finally:
        os.close(again)


def test_the_array_is_read_only(descriptor: int) -> None:
    content = map_sealed(descriptor)
    with pytest.raises(ValueError, match="read-only"):
        content[0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        content.setflags(write=True)


def test_what_a_library_writes_into_its_own_map_changes_nothing_for_others(descriptor: int) -> None:
    own, shared = map_sealed(descriptor, writeable=True), map_sealed(descriptor)
    own[:8] = 0
    assert shared[:8].tobytes() == map_sealed(descriptor, writeable=True)[:8].tobytes() == b"networks"


def test_it_lies_in_no_file_system(descriptor: int) -> None:
    assert str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith("/memfd:overt-test")
    assert os.fstat(descriptor).st_nlink == 0


def test_other_programs_do_not_inherit_it(descriptor: int) -> None:
    assert not os.get_inheritable(descriptor)


def test_nothing_at_all_can_be_sealed_too() -> None:
    made = seal("overt-test", [])
    try:
        assert is_sealed(made)
    finally:
        os.close(made)


def test_memory_that_was_not_sealed_is_known() -> None:
    made = os.memfd_create("overt-test", os.MFD_ALLOW_SEALING)
    try:
        assert not is_sealed(made)
    finally:
        os.close(made)
