"""Standard output with readers that are slow, full or gone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from overt.cli.output import PATIENCE_S, Output

LINE = "x" * 99 + "\n"


@contextmanager
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Standard output is a pipe; its reading end."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stdout, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", stdout)
        yield reading
    os.close(reading)


def is_taken(output: Output, text: str) -> bool:
    try:
        output.write(text)
    except OSError as fault:
        return fault.strerror != "nobody reads"
    return True


def test_a_reader_who_does_not_read_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe(monkeypatch):
        output = Output()
        began_s = time.monotonic()
        written = 0
        while written < 10_000_000 and is_taken(output, LINE):
            written += len(LINE)
        assert written < 10_000_000
        assert time.monotonic() - began_s < PATIENCE_S + 4


@pytest.mark.long
def test_what_was_cut_off_is_written_first_and_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe(monkeypatch) as reading:
        output = Output()
        count = 0
        while is_taken(output, LINE):
            count += 1
        for _ in range(2):
            assert not is_taken(output, LINE)  # the same line, tried again
        got = os.read(reading, 1 << 22)
        assert is_taken(output, LINE)
        assert is_taken(output, "last\n")
        got += os.read(reading, 1 << 22)
    assert got.decode() == LINE * (count + 1) + "last\n"


def test_a_reader_who_left_is_told_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", stdout)
        with pytest.raises(BrokenPipeError):
            Output().write("a\n")
